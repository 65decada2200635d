//! How values become lines: on one line where they fit, else one line for each property.

use serde_json::Value;

use crate::yaml::NodeKind;
use crate::yaml::scalar::resolve;

/// The longest line that is written where breaking is possible.
const WIDTH: usize = 120;

/// A value to be written.
pub(super) enum Out {
    /// As it stands: a number, `true`, `null`.
    Word(String),
    /// Text, quoted if it has to be.
    Text(String),
    /// A list, on one line where it fits.
    List(Vec<Out>),
    /// A list with a line for each element.
    Rows(Vec<Out>),
    /// A mapping.
    Map(Vec<(String, Out)>),
}

impl Out {
    pub(super) fn word(word: &str) -> Self {
        Self::Word(word.to_owned())
    }

    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// The same value as JSON. As deep as the value, which is bounded.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Word(word) => word.parse().unwrap_or_else(|_| Value::String(word.clone())),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(values) | Self::Rows(values) => values.iter().map(Self::json).collect(),
            Self::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), value.json())).collect(),
        }
    }

    /// The properties of a mapping as JSON; none of what is no mapping.
    pub(super) fn object(&self) -> serde_json::Map<String, Value> {
        match self.json() {
            Value::Object(object) => object,
            _ => serde_json::Map::new(),
        }
    }
}

/// Writes a mapping as a document, one line for each property.
pub(super) fn document(out: &Out, text: &mut String) {
    block(out, 0, text);
}

/// Writes a value as JSON, broken into lines where it is long; the first line is open at a column. As deep as the value,
/// which is bounded.
pub(super) fn json(out: &Out, indent: usize, column: usize, text: &mut String) {
    let mut line = String::new();
    let rows = matches!(out, Out::Rows(rows) if !rows.is_empty());
    if !rows && (flow(out, WIDTH.saturating_sub(column), json_text, &mut line) || is_leaf(out)) {
        text.push_str(&line);
        return;
    }
    let elements: Vec<(Option<&str>, &Out)> = match out {
        Out::Map(entries) => entries.iter().map(|(key, inner)| (Some(key.as_str()), inner)).collect(),
        Out::List(values) | Out::Rows(values) => values.iter().map(|inner| (None, inner)).collect(),
        Out::Word(_) | Out::Text(_) => Vec::new(),
    };
    let (open, close) = if matches!(out, Out::Map(_)) { ('{', '}') } else { ('[', ']') };
    text.push(open);
    for (position, (key, inner)) in elements.into_iter().enumerate() {
        text.push_str(if position == 0 { "\n" } else { ",\n" });
        text.push_str(&" ".repeat(indent + 2));
        let key = key.map_or_else(String::new, |key| json_text(key) + ": ");
        text.push_str(&key);
        json(inner, indent + 2, indent + 2 + key.chars().count(), text);
    }
    text.push('\n');
    text.push_str(&" ".repeat(indent));
    text.push(close);
}

/// A text as JSON has it.
fn json_text(text: &str) -> String {
    visible(&Value::String(text.to_owned()).to_string())
}

/// JSON whose texts hold no sign that a person would not see, or that YAML refuses.
pub(crate) fn visible(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character != '\n' && is_hidden(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(character);
        }
    }
    out
}

/// Writes a value below a key or a `- `, whose line is still open; ends with a line break.
fn value(out: &Out, indent: usize, key_width: usize, text: &mut String) {
    let rows = matches!(out, Out::Rows(rows) if !rows.is_empty());
    let mut line = String::new();
    let room = WIDTH.saturating_sub(indent + key_width);
    if !rows && (flow(out, room, scalar, &mut line) || is_leaf(out)) {
        text.push(' ');
        text.push_str(&line);
        text.push('\n');
    } else {
        text.push('\n');
        block(out, indent + 2, text);
    }
}

fn is_leaf(out: &Out) -> bool {
    match out {
        Out::Word(_) | Out::Text(_) => true,
        Out::List(values) | Out::Rows(values) => values.is_empty(),
        Out::Map(entries) => entries.is_empty(),
    }
}

/// Writes a value over several lines.
fn block(out: &Out, indent: usize, text: &mut String) {
    let margin = " ".repeat(indent);
    match out {
        Out::Word(_) | Out::Text(_) => {
            text.push_str(&margin);
            flow(out, usize::MAX, scalar, text);
            text.push('\n');
        }
        Out::Map(entries) => {
            for (key, inner) in entries {
                text.push_str(&margin);
                entry(key, inner, indent, text);
            }
        }
        Out::List(values) | Out::Rows(values) => {
            for element in values {
                text.push_str(&margin);
                text.push('-');
                item(element, indent, text);
            }
        }
    }
}

fn entry(key: &str, inner: &Out, indent: usize, text: &mut String) {
    let key = scalar(key);
    text.push_str(&key);
    text.push(':');
    value(inner, indent, key.chars().count() + 2, text);
}

/// An element behind its `-`: a mapping that needs several lines starts on the line of the dash.
fn item(element: &Out, indent: usize, text: &mut String) {
    let mut line = String::new();
    let fits = flow(element, WIDTH.saturating_sub(indent + 2), scalar, &mut line);
    match element {
        Out::Map(entries) if !fits && !entries.is_empty() => {
            for (position, (key, inner)) in entries.iter().enumerate() {
                text.push_str(if position == 0 { " " } else { "" });
                if position > 0 {
                    text.push_str(&" ".repeat(indent + 2));
                }
                entry(key, inner, indent + 2, text);
            }
        }
        _ => value(element, indent, 2, text),
    }
}

/// Writes a value on one line; false, with `text` in an unknown state, when it needs more than `room` columns. Text
/// is written whole whatever the room, since it cannot be broken. `quote` spells texts.
fn flow(out: &Out, room: usize, quote: fn(&str) -> String, text: &mut String) -> bool {
    match out {
        Out::Word(word) => text.push_str(word),
        Out::Text(content) => text.push_str(&quote(content)),
        Out::List(values) | Out::Rows(values) => {
            text.push('[');
            for (position, inner) in values.iter().enumerate() {
                text.push_str(if position == 0 { "" } else { ", " });
                if !flow(inner, room, quote, text) || text.len() > room.saturating_mul(4) {
                    return false;
                }
            }
            text.push(']');
        }
        Out::Map(entries) => {
            text.push('{');
            for (position, (key, inner)) in entries.iter().enumerate() {
                text.push_str(if position == 0 { "" } else { ", " });
                text.push_str(&quote(key));
                text.push_str(": ");
                if !flow(inner, room, quote, text) || text.len() > room.saturating_mul(4) {
                    return false;
                }
            }
            text.push('}');
        }
    }
    // A character has at most four bytes, so that far too long lines are given up early.
    text.len() <= room || text.chars().count() <= room
}

/// A text, in quotes unless every reader of YAML takes it for text without them.
fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

fn is_plain(text: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ' ' | '@' | '(' | ')' | '+' | '$');
    let starts = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    // Words that YAML 1.1 takes for booleans or numbers are quoted for the sake of other readers.
    let older = ["y", "n", "yes", "no", "on", "off"].iter().any(|word| text.eq_ignore_ascii_case(word));
    let text_to_us = matches!(resolve(text), NodeKind::Text(_));
    starts && !text.ends_with(' ') && text.chars().all(inner) && !older && text_to_us
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if is_hidden(c) => match u32::from(c) {
                code @ 0..=0xff => quoted.push_str(&format!("\\x{code:02x}")),
                code @ 0x100..=0xffff => quoted.push_str(&format!("\\u{code:04x}")),
                code => quoted.push_str(&format!("\\U{code:08x}")),
            },
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// What a reader would not see or YAML does not allow as it stands.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{a0}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(u32::from(c) & 0xffff, 0xfffe | 0xffff)
}
