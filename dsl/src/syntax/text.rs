//! Texts and quoted names: escapes, and when a name needs its backticks.

use crate::syntax::token::{LONG, number_length, word_length};

/// A backslash with something after it that is no escape: byte offset and length inside the marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadEscape {
    pub(crate) at: usize,
    pub(crate) length: usize,
}

/// Decodes what stands between the marks of a text or a quoted name. Bad escapes are left as they are.
pub(crate) fn decode(inner: &str, bad: &mut Vec<BadEscape>) -> String {
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut decoded = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        decoded.push_str(rest.get(..at).unwrap_or(""));
        let escape = rest.get(at..).unwrap_or("");
        let (length, character) = escaped(escape);
        match character {
            Some(character) => decoded.push(character),
            None => {
                bad.push(BadEscape { at: inner.len() - escape.len(), length });
                decoded.push_str(escape.get(..length).unwrap_or(""));
            }
        }
        rest = escape.get(length..).unwrap_or("");
    }
    decoded.push_str(rest);
    decoded
}

/// Decodes what stands between the marks of a text over several lines: it starts on the line behind the opening mark and
/// ends before the line of the closing one, whose indentation is no part of any line.
pub(crate) fn decode_long(inner: &str, bad: &mut Vec<BadEscape>) -> String {
    let first = inner.find('\n').filter(|at| inner.get(..*at).unwrap_or("").trim().is_empty());
    let Some(first) = first else { return decode(inner, bad) };
    let body = inner.get(first + 1..).unwrap_or("");
    let last = body.rfind('\n').map_or(0, |at| at + 1);
    let closing = body.get(last..).unwrap_or("");
    let own_line = closing.trim().is_empty();
    let margin = if own_line { closing.len() } else { 0 };
    let body = if own_line { body.get(..last.saturating_sub(1)).unwrap_or("") } else { body };
    let mut decoded = String::with_capacity(body.len());
    let mut at = first + 1;
    for (number, line) in body.split('\n').enumerate() {
        let blank = line.bytes().take(margin).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let mut escapes = Vec::new();
        decoded.push_str(if number == 0 { "" } else { "\n" });
        let text = line.get(blank..).unwrap_or("");
        decoded.push_str(&decode(text.strip_suffix('\r').unwrap_or(text), &mut escapes));
        bad.extend(escapes.into_iter().map(|escape| BadEscape { at: at + blank + escape.at, ..escape }));
        at += line.len() + 1;
    }
    decoded
}

/// The length of an escape and the character it stands for.
fn escaped(escape: &str) -> (usize, Option<char>) {
    let Some(sign) = escape.chars().nth(1) else { return (escape.len(), None) };
    let length = 1 + sign.len_utf8();
    let character = match sign {
        '"' | '\\' | '`' => sign,
        'n' => '\n',
        't' => '\t',
        'u' => {
            let digits = escape.get(length..).and_then(|rest| rest.strip_prefix('{')).and_then(|rest| {
                let end = rest.bytes().take(9).position(|byte| byte == b'}')?;
                rest.get(..end)
            });
            let Some(digits) = digits else { return (length, None) };
            let hexadecimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = u32::from_str_radix(digits, 16).ok().filter(|_| hexadecimal);
            return (length + digits.len() + 2, number.and_then(char::from_u32));
        }
        _ => return (length, None),
    };
    (length, Some(character))
}

/// Writes a text between marks, escaping the mark, backslashes, and what would be invisible.
pub(crate) fn encode(text: &str, mark: char, out: &mut String) {
    out.push(mark);
    escape(text, Some(mark), out);
    out.push(mark);
}

fn escape(text: &str, mark: Option<char>, out: &mut String) {
    use std::fmt::Write as _;
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if Some(c) == mark => out.extend(['\\', c]),
            c if is_invisible(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

/// Writes a text between three marks over several lines, each with an indentation.
pub(crate) fn encode_long(text: &str, indent: usize, out: &mut String) {
    let margin = " ".repeat(indent);
    out.push_str(LONG);
    out.push('\n');
    for line in text.split('\n') {
        let mut encoded = String::new();
        escape(line, None, &mut encoded);
        if !encoded.is_empty() {
            out.push_str(&margin);
        }
        out.push_str(&encoded.replace(LONG, "\\\"\\\"\\\""));
        out.push('\n');
    }
    out.push_str(&margin);
    out.push_str(LONG);
}

/// Controls, byte order marks, zero-width and direction signs, odd white space: what a reader of the file cannot see.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether a name can stand without backticks.
pub(crate) fn is_bare(name: &str) -> bool {
    !name.is_empty()
        && word_length(name) == name.len()
        && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        && number_length(name) != name.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_stand_for_their_characters() {
        let mut bad = Vec::new();
        assert_eq!(decode(r#"a\"\\\n\t\u{e9}\u{1F389}"#, &mut bad), "a\"\\\n\té🎉");
        assert_eq!(bad, []);
    }

    #[test]
    fn bad_escapes_are_placed_and_kept() {
        for (text, at, length) in [
            (r"C:\data", 2, 2),
            (r"\u{}", 0, 4),
            (r"\u{d800}", 0, 8),
            (r"\u00e9", 0, 2),
            (r"é\é", 2, 3),
            (r"\u{+1}", 0, 6),
        ] {
            let mut bad = Vec::new();
            assert_eq!(decode(text, &mut bad), text);
            assert_eq!(bad, [BadEscape { at, length }], "{text}");
        }
    }

    #[test]
    fn encoding_leads_back() {
        let text = "a\"b`c\\d\ne\u{1b}\u{200b}\u{feff}é";
        for mark in ['"', '`'] {
            let mut out = String::new();
            encode(text, mark, &mut out);
            let mut bad = Vec::new();
            assert_eq!(decode(&out[1..out.len() - 1], &mut bad), text);
            assert_eq!(bad, []);
        }
    }

    #[test]
    fn a_long_text_leads_back_and_leaves_its_margin_out() {
        for text in ["", "a", "a\n", "\n a\n\n   \nb", "\"\"\"\"\n\\ \" `\t\r\n\u{200b}", "  a\n b"] {
            for indent in [0, 6] {
                let mut out = String::new();
                encode_long(text, indent, &mut out);
                let mut bad = Vec::new();
                assert_eq!(decode_long(&out[3..out.len() - 3], &mut bad), text, "{out}");
                assert_eq!(bad, []);
            }
        }
        assert_eq!(decode_long(" one \\\" line ", &mut Vec::new()), " one \" line ");
        assert_eq!(decode_long("\r\n    a\r\n  b\r\n   ", &mut Vec::new()), " a\nb");
        let mut bad = Vec::new();
        decode_long("\n  a\n  C:\\data\n  ", &mut bad);
        assert_eq!(bad, [BadEscape { at: 9, length: 2 }]);
    }

    #[test]
    fn bare_names_are_words_that_are_no_numbers() {
        for bare in ["Email", "event-detail", "Størrelse", "2nd", "AMB_Event__c"] {
            assert!(is_bare(bare), "{bare}");
        }
        for quoted in ["", "a b", "-a", "a-", "12", "1e5", "a.b", "🎉", "a\u{200b}"] {
            assert!(!is_bare(quoted), "{quoted}");
        }
    }
}
