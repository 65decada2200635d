//! What a plain (unquoted) word means: YAML 1.2 core for null and booleans, JSON for numbers, text for everything else.
//!
//! Numbers are narrower than in YAML on purpose. A postal code `0123`, a phone number `+47…` and a version `1_0` are
//! text to their authors, and a decimal that keeps its spelling is never rounded.

use super::tree::NodeKind;

/// Resolves a plain word.
pub(crate) fn resolve(text: &str) -> NodeKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => NodeKind::Null,
        "true" | "True" | "TRUE" => NodeKind::Boolean(true),
        "false" | "False" | "FALSE" => NodeKind::Boolean(false),
        _ if is_number(text) => NodeKind::Number(text.to_owned()),
        _ => NodeKind::Text(text.to_owned()),
    }
}

/// Whether a text is a number as JSON spells it.
pub(crate) fn is_number(text: &str) -> bool {
    let rest = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = digits(rest);
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
        return false;
    }
    let rest = match rest.strip_prefix('.') {
        Some(rest) => match digits(rest) {
            ("", _) => return false,
            (_, rest) => rest,
        },
        None => rest,
    };
    let Some(exponent) = rest.strip_prefix(['e', 'E']) else { return rest.is_empty() };
    let (power, rest) = digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    !power.is_empty() && rest.is_empty()
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_json_with_their_spelling() {
        for number in ["0", "-0", "12", "-12.50", "1e9", "1.0E-3", "123456789012345678901234567890"] {
            assert!(matches!(resolve(number), NodeKind::Number(spelling) if spelling == number), "{number}");
        }
        for text in ["0123", "+1", "1.", ".5", "1_000", "0x1F", ".inf", ".nan", "1e", "-", "1-2", "2024-01-01", "1.2.3"]
        {
            assert!(matches!(resolve(text), NodeKind::Text(_)), "{text}");
        }
    }

    #[test]
    fn words_of_older_yaml_are_text() {
        for text in ["yes", "No", "Off", "on", "y", "n", "nULL", "tRUE"] {
            assert!(matches!(resolve(text), NodeKind::Text(_)), "{text}");
        }
    }
}
