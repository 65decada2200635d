//! JSON as YAML that a person would write: records on one line where they fit, text plain where it cannot be
//! mistaken.

use serde_json::{Map, Value as Json};

/// A line longer than this is broken into one line per field.
const WIDTH: usize = 110;

/// Writes a value as YAML lines, each indented by `indent` spaces. Mappings keep the order of their keys.
pub fn emit(value: &Json, indent: usize) -> String {
    let mut out = String::new();
    block(value, indent, &mut out);
    out
}

fn block(value: &Json, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Json::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                out.push_str(&format!("{pad}{}:", scalar(key)));
                under(value, indent, out);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for item in items {
                element(item, indent, out);
            }
        }
        other => out.push_str(&format!("{pad}{}\n", flow(other))),
    }
}

/// What stands after `key:`.
fn under(value: &Json, indent: usize, out: &mut String) {
    if let Json::String(text) = value
        && text.trim_end().contains('\n')
        && is_block_text(text)
    {
        // The blanks between lines stay; one newline at the end is what `|` means.
        out.push_str(" |\n");
        for line in text.trim_end_matches('\n').lines() {
            out.push_str(&if line.is_empty() {
                "\n".to_owned()
            } else {
                format!("{}{line}\n", " ".repeat(indent + 2))
            });
        }
        return;
    }
    let line = flow(value);
    let simple = match value {
        Json::Object(map) => map.is_empty() || (indent > 0 && flat(map) && indent + line.len() < WIDTH),
        Json::Array(items) => items.iter().all(|item| !item.is_object() && !item.is_array()) && line.len() < WIDTH,
        _ => true,
    };
    if simple {
        out.push_str(&format!(" {line}\n"));
    } else {
        out.push('\n');
        block(value, indent + 2, out);
    }
}

fn element(item: &Json, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    let line = flow(item);
    if let Json::Object(map) = item
        && !map.is_empty()
        && (!flat(map) || indent + line.len() > WIDTH)
    {
        // The first field stands behind the dash, the others below it.
        let mut lines = String::new();
        block(item, indent + 2, &mut lines);
        out.push_str(&format!("{pad}- {}", lines.get(indent + 2..).unwrap_or_default()));
        return;
    }
    out.push_str(&format!("{pad}- {line}\n"));
}

fn flat(map: &Map<String, Json>) -> bool {
    map.values().all(|value| match value {
        Json::Object(_) => false,
        Json::Array(items) => items.iter().all(|item| !item.is_object() && !item.is_array()),
        _ => true,
    })
}

/// A block scalar keeps what it is given, except blanks at the start of the first line and control characters.
fn is_block_text(text: &str) -> bool {
    !text.starts_with([' ', '\n']) && !text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{feff}')
}

fn flow(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => scalar(text),
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(map) => {
            let fields: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// Text plain where it reads back as the same text everywhere in YAML, quoted otherwise.
fn scalar(text: &str) -> String {
    let word = text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$')
        && !text.ends_with(' ')
        && text.chars().all(|c| c.is_alphanumeric() || "_-. /@$".contains(c))
        && !["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    if word || is_uuid(text) { text.to_owned() } else { Json::String(text.to_owned()).to_string() }
}

/// A UUID is text to every reader of YAML, though it may begin with a digit.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_digit() || ('a'..='f').contains(&c),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_reads_back() {
        let long = "x".repeat(120);
        let value = json!({
            "plan": "read account\n  by Id\n\ncreate\n",
            "round_trips": 1,
            "empty": {}, "none": [], "flag": true, "nothing": null,
            "text": "yes", "number": "12", "dash": "- a", "colon": "a: b", "quote": "\"", "id": "7e330000-0000-4000-8000-000000000001", "one": "line\n",
            "state": {"account": [{"Id": "a", "Name": "Blåbær AS", "When": "2026-11-30T08:00:00Z"}, {"Id": long}],
                      "deep": [{"part": [{"Id": "x"}]}, [1, 2]]},
        });
        let written = emit(&value, 0);
        let read: Json = serde_yaml::from_str(&written).unwrap();
        assert_eq!(read, value, "{written}");
        insta::assert_snapshot!(written.replace(&long, "xxx…"), @r#"
        plan: |
          read account
            by Id

          create
        round_trips: 1
        empty: {}
        none: []
        flag: true
        nothing: null
        text: "yes"
        number: "12"
        dash: "- a"
        colon: "a: b"
        quote: "\""
        id: 7e330000-0000-4000-8000-000000000001
        one: "line\n"
        state:
          account:
            - {Id: a, Name: Blåbær AS, When: "2026-11-30T08:00:00Z"}
            - Id: xxx…
          deep:
            - part:
                - {Id: x}
            - [1, 2]
        "#);
    }
}
