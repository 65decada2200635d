//! A document as YAML, which every reader takes as the same: whatever older versions of YAML would take for a time, a number or a flag is
//! in quotes. The crates that write YAML quote by the latest version alone.

use serde_json::{Map, Value};

/// Words that older readers take for something else.
const WORDS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];

/// The same document as YAML.
#[must_use]
pub fn yaml(document: &Value) -> String {
    let mut out = String::new();
    match document {
        Value::Object(members) if !members.is_empty() => mapping(&mut out, members, 0, false),
        other => {
            out.push_str(&scalar(other, 0));
            out.push('\n');
        }
    }
    out
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// The lines of an object; the first where something stands already, if it is told so.
fn mapping(out: &mut String, members: &Map<String, Value>, depth: usize, mut begun: bool) {
    for (name, value) in members {
        if !std::mem::take(&mut begun) {
            indent(out, depth);
        }
        out.push_str(&text(name));
        out.push(':');
        match value {
            Value::Object(members) if !members.is_empty() => {
                out.push('\n');
                mapping(out, members, depth + 1, false);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                sequence(out, items, depth);
            }
            value => line(out, value, depth + 1),
        }
    }
}

fn sequence(out: &mut String, items: &[Value], depth: usize) {
    for item in items {
        indent(out, depth);
        out.push('-');
        match item {
            Value::Object(members) if !members.is_empty() => {
                out.push(' ');
                mapping(out, members, depth + 1, true);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                sequence(out, items, depth + 1);
            }
            item => line(out, item, depth + 1),
        }
    }
}

fn line(out: &mut String, value: &Value, depth: usize) {
    out.push(' ');
    out.push_str(&scalar(value, depth));
    out.push('\n');
}

fn scalar(value: &Value, depth: usize) -> String {
    match value {
        Value::String(lines) if is_block(lines) => {
            let mut out = "|-".to_owned();
            for line in lines.split('\n') {
                out.push('\n');
                if !line.is_empty() {
                    indent(&mut out, depth);
                    out.push_str(line);
                }
            }
            out
        }
        Value::String(one) => text(one),
        other => other.to_string(),
    }
}

/// Whether a text is written line by line as it is.
fn is_block(text: &str) -> bool {
    let plain = text.chars().all(|one| one == '\n' || !one.is_control());
    text.contains('\n') && plain && !text.starts_with([' ', '\n']) && !text.ends_with('\n')
}

/// A text of one line: as it is where nobody could take it for anything else, otherwise in quotes, as JSON has them.
fn text(text: &str) -> String {
    let begins = text.starts_with(|one: char| one.is_ascii_alphabetic() || matches!(one, '/' | '$'));
    let inside =
        |one: char| one.is_ascii_alphanumeric() || matches!(one, '/' | '{' | '}' | '$' | '_' | '.' | '-' | ' ');
    let plain = begins && text.chars().all(inside) && !text.ends_with(' ');
    if plain && !WORDS.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_older_readers_take_for_something_else_is_in_quotes() {
        let value = json!({
            "a": ["08:00:00", "2026-06-01", "no", "1", "#/x", "a: b", ""],
            "200": {"x": [[1, {"y": null}], {}], "z": []},
            "/a/{id}": "two\nlines: of it\n\n  more",
        });
        let expected = "a:\n- \"08:00:00\"\n- \"2026-06-01\"\n- \"no\"\n- \"1\"\n- \"#/x\"\n- \"a: b\"\n- \"\"\n\
                        \"200\":\n  x:\n  -\n    - 1\n    - \"y\": null\n  - {}\n  z: []\n\
                        /a/{id}: |-\n  two\n  lines: of it\n\n    more\n";
        assert_eq!(yaml(&value), expected);
    }
}
