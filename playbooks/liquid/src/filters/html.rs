//! HTML. One pass each: no text takes more than its length.

use super::{Call, Outcome};
use crate::value::Value;

fn entity(character: char) -> Option<&'static str> {
    match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        _ => None,
    }
}

fn escaped<'v>(call: &mut Call<'_, 'v>, keep: fn(&str) -> bool) -> Outcome<Value<'v>> {
    let text = call.text()?;
    let mut safe = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        match entity(character) {
            Some(entity) if character != '&' || !keep(text.get(at + 1..).unwrap_or_default()) => safe.push_str(entity),
            _ => safe.push(character),
        }
    }
    call.meter.value(safe.len())?;
    Ok(Value::from(safe))
}

pub(super) fn escape<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    escaped(call, |_| false)
}

/// Leaves what is an entity already.
pub(super) fn escape_once<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    escaped(call, is_entity)
}

/// The longest name or number of an entity that is looked for.
const MAX_ENTITY: usize = 40;

/// What follows a `&` makes it an entity.
fn is_entity(after: &str) -> bool {
    let mut name = after.bytes().take(MAX_ENTITY).take_while(|byte| *byte != b';').peekable();
    let number = name.next_if_eq(&b'#').is_some();
    let letters: Vec<u8> = name.collect();
    let length = letters.len() + usize::from(number);
    let fits = |byte: &u8| if number { byte.is_ascii_digit() } else { byte.is_ascii_alphabetic() };
    !letters.is_empty() && letters.iter().all(fits) && after.as_bytes().get(length) == Some(&b';')
}

/// What is taken out whole, by how it begins and ends.
const WHOLE: [(&str, &str); 3] = [("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->")];

/// Takes scripts, styles, comments and tags out.
pub(super) fn strip_html<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let text = call.text()?;
    let mut rest: &str = &text;
    let mut plain = String::with_capacity(text.len());
    // What was not found once is not looked for again: it is not further on either.
    let mut missing = [false; 4];
    while let Some(open) = rest.find('<') {
        let (before, tag) = rest.split_at(open);
        plain.push_str(before);
        match skip(tag, &mut missing) {
            Some(after) => rest = after,
            None => {
                plain.push('<');
                rest = tag.get(1..).unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    Ok(Value::from(plain))
}

/// What follows the tag that begins here.
fn skip<'t>(tag: &'t str, missing: &mut [bool; 4]) -> Option<&'t str> {
    let [whole @ .., simple] = missing;
    for ((open, close), missing) in WHOLE.iter().zip(whole) {
        if !*missing && tag.starts_with(open) {
            match tag.find(close) {
                Some(end) => return tag.get(end + close.len()..),
                None => *missing = true,
            }
        }
    }
    if *simple {
        return None;
    }
    let end = tag.find('>');
    *simple = end.is_none();
    tag.get(end? + 1..)
}

pub(super) fn newline_to_br<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let text = call.text()?;
    let broken = text.replace("\r\n", "\n").replace('\n', "<br />\n");
    call.meter.value(broken.len())?;
    Ok(Value::from(broken))
}

pub(super) fn strip_newlines<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    Ok(Value::from(call.text()?.replace("\r\n", "").replace('\n', "")))
}
