//! Values as SOQL and URLs write them. Nothing that comes from an input reaches a statement by another way.

use engage_engine::Value;
use engage_engine::catalog::EntityField;
use engage_engine::model::WireValue;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::id::canonical;
use super::metadata::Column;

/// What may not stand in a query as it is: what would end the query or a parameter of it, and what a client or a
/// server on the way would write otherwise, so that what is shown is what is sent.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'\'')
    .add(b'+')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What stands in a segment of a path as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A statement, encoded as the value of a query parameter.
pub(super) fn encode(text: &str) -> String {
    // `%20` means a blank wherever an address stands, also in a body; `+` does so only in forms.
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A value as a segment of a path; `None` for what a path takes for a step.
pub(super) fn segment(text: &str) -> Option<String> {
    (!matches!(text, "" | "." | "..")).then(|| utf8_percent_encode(text, SEGMENT).to_string())
}

/// Text as a literal ("Quoted String Escape Sequences"). `@{` would be taken for a reference inside a composite
/// request, and is spelled otherwise.
pub(super) fn quoted(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '@' && characters.peek() == Some(&'{') {
            literal.push_str("\\u0040");
        } else {
            push(&mut literal, character);
        }
    }
    literal.push('\'');
    literal
}

fn push(literal: &mut String, character: char) {
    match character {
        '\\' => literal.push_str("\\\\"),
        '\'' => literal.push_str("\\'"),
        '\n' => literal.push_str("\\n"),
        '\r' => literal.push_str("\\r"),
        '\t' => literal.push_str("\\t"),
        // What some readers take for the end of a line.
        '\u{2028}' | '\u{2029}' => literal.push_str(&format!("\\u{:04X}", u32::from(character))),
        control if control.is_control() => literal.push_str(&format!("\\u{:04X}", u32::from(control))),
        other => literal.push(other),
    }
}

/// Text as a part of the operand of `LIKE`, and whether it means exactly that text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    literal: String,
    /// A pattern that is not exact lets more through.
    pub(super) exact: bool,
}

impl Pattern {
    /// Wildcards are escaped ("Reserved Characters"). How a backslash is escaped inside `LIKE` is not documented: it
    /// is asked for as any one character.
    pub(super) fn new(text: &str) -> Self {
        let (mut literal, mut exact) = (String::with_capacity(text.len()), true);
        for character in text.chars() {
            match character {
                '%' => literal.push_str("\\%"),
                '_' => literal.push_str("\\_"),
                '\\' => {
                    literal.push('_');
                    exact = false;
                }
                '@' => literal.push_str("\\u0040"),
                other => push(&mut literal, other),
            }
        }
        Self { literal, exact }
    }

    /// The operand: what may stand before and after the text.
    pub(super) fn between(&self, before: &str, after: &str) -> String {
        format!("'{before}{}{after}'", self.literal)
    }
}

/// A value as a literal; `None` where the column can hold no such value, so that nothing equals it.
pub(super) fn literal(column: &Column, field: &EntityField, value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => quoted(text),
        Value::Id(id) => quoted(&canonical(id)?),
        Value::Choice(name) => match stored(column, &wire(field, name)?) {
            WireValue::Int(number) => number.to_string(),
            WireValue::Boolean(flag) => flag.to_string(),
            WireValue::Text(text) => quoted(&text),
        },
        Value::MultiChoice(_) => return None,
        plain => bare(plain)?,
    })
}

/// The stored value of a choice.
pub(super) fn wire(field: &EntityField, name: &str) -> Option<WireValue> {
    field.choices.iter().find(|choice| choice.name == name).map(|choice| choice.wire_value())
}

/// A choice as its column stores it: a picklist's values are texts, whatever they look like.
pub(super) fn stored(column: &Column, wire: &WireValue) -> WireValue {
    let number = matches!(column.kind.as_str(), "int" | "double" | "currency" | "percent");
    match (column.kind.as_str(), wire) {
        (_, WireValue::Int(_)) if number => wire.clone(),
        ("boolean", WireValue::Boolean(_)) => wire.clone(),
        _ => WireValue::Text(text(wire)),
    }
}

/// The stored value as text, for comparison.
pub(super) fn text(wire: &WireValue) -> String {
    match wire {
        WireValue::Int(number) => number.to_string(),
        WireValue::Boolean(flag) => flag.to_string(),
        WireValue::Text(text) => text.clone(),
    }
}

/// Values that stand without quotes ("Date Formats and Date Literals": whole seconds).
fn bare(value: &Value) -> Option<String> {
    let year = |year: i16| (1..=9999).contains(&year);
    Some(match value {
        Value::Boolean(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Date(day) if year(day.year()) => day.to_string(),
        Value::DateTime(instant) if instant.subsec_nanosecond() == 0 => {
            let text = instant.to_string();
            // A year of four digits: others are written with a sign.
            return text.starts_with(|first: char| first.is_ascii_digit()).then_some(text);
        }
        _ => return None,
    })
}
