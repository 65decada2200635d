//! Values as OData writes them. Nothing that comes from an input reaches a URL by another way.

use engage_engine::Value;
use engage_engine::catalog::EntityField;
use engage_engine::model::WireValue;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What may not stand in an address as it is: what would end the query or a parameter of it, and what no URL holds.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The same in a query, where the standard of URLs has a quote encoded too.
const RESERVED_IN_QUERY: &AsciiSet = &RESERVED.add(b'\'');

/// The text of a query option, encoded for a URL: as it is sent, so that its length is the one that counts.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED_IN_QUERY).to_string()
}

/// A part of a path, encoded for a URL.
pub(super) fn encode_path(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string().replace('/', "%2F")
}

/// Text as a literal: quoted, with quotes doubled ("Filter rows using OData").
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Text as the operand of `contains`, `startswith` and `endswith`, where `%`, `_` and `[` are wildcards unless they
/// stand in brackets.
pub(super) fn pattern(text: &str) -> String {
    quoted(&wildcards(text))
}

/// Text with its wildcards in brackets, so that they stand for themselves.
pub(super) fn wildcards(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '%' | '_' | '[' => escaped.extend(['[', character, ']']),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Whether text is a GUID, which is all that an id can be.
pub(super) fn is_guid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A value as a literal; `None` where the column can hold no such value, so that nothing equals it.
pub(super) fn literal(field: &EntityField, value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => quoted(text),
        Value::Id(id) => return is_guid(id).then(|| id.to_ascii_lowercase()),
        Value::Choice(name) => match wire(field, name)? {
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

/// Values that stand without quotes.
fn bare(value: &Value) -> Option<String> {
    Some(match value {
        Value::Boolean(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Date(day) => day.to_string(),
        Value::DateTime(instant) => instant.to_string(),
        _ => return None,
    })
}

/// The same value as an entry of `PropertyValues`, whose entries are all texts; `None` where it cannot be one.
///
/// A text with a double quote cannot: how it would be escaped is not documented.
pub(super) fn listed(field: &EntityField, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Choice(name) => match wire(field, name)? {
            WireValue::Text(text) => text,
            WireValue::Int(number) => number.to_string(),
            WireValue::Boolean(_) => return None,
        },
        other => literal(field, other)?,
    };
    (!text.contains(['"', '\\']) && !text.chars().any(char::is_control)).then(|| format!("\"{text}\""))
}
