//! Texts. Characters are Unicode's; no text is cut within one.

use super::{Call, Outcome, reason};
use crate::limits::ITEM_BYTES;
use crate::value::{Number, Text, Value, to_text};

fn given(text: &str, from: &Text<'_>) -> bool {
    text.len() == from.len()
}

/// The text itself if nothing changed, else a copy of the part.
fn part<'v>(part: &str, of: &Text<'v>) -> Value<'v> {
    if given(part, of) { Value::Text(of.clone()) } else { Value::from(part.to_owned()) }
}

pub(super) fn append<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (text, more) = (call.text()?, call.argument_text(0)?);
    both(call, &text, &more)
}

pub(super) fn prepend<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (text, more) = (call.text()?, call.argument_text(0)?);
    both(call, &more, &text)
}

fn both<'v>(call: &mut Call<'_, 'v>, one: &str, other: &str) -> Outcome<Value<'v>> {
    let length = one.len().saturating_add(other.len());
    call.meter.value(length)?;
    call.meter.bytes(length)?;
    Ok(Value::from([one, other].concat()))
}

pub(super) fn capitalize<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let text = call.text()?;
    let mut rest = text.chars();
    let first: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
    Ok(Value::from(first + &rest.as_str().to_lowercase()))
}

pub(super) fn downcase<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    Ok(Value::from(call.text()?.to_lowercase()))
}

pub(super) fn upcase<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    Ok(Value::from(call.text()?.to_uppercase()))
}

/// Liquid's whitespace: a no-break space is none, it holds figures and names together.
fn is_space(character: char) -> bool {
    character.is_ascii_whitespace() || matches!(character, '\x0b' | '\0')
}

pub(super) fn strip<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let text = call.text()?;
    Ok(part(text.trim_matches(is_space), &text))
}

pub(super) fn lstrip<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let text = call.text()?;
    Ok(part(text.trim_start_matches(is_space), &text))
}

pub(super) fn rstrip<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let text = call.text()?;
    Ok(part(text.trim_end_matches(is_space), &text))
}

/// Which of the places a replacement is made at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    First,
    Last,
}

fn substitute<'v>(call: &mut Call<'_, 'v>, which: Which) -> Outcome<Value<'v>> {
    let (text, old, new) = (call.text()?, call.argument_text(0)?, call.argument_text(1)?);
    let places = match which {
        Which::All => text.matches(&*old).count(),
        Which::First | Which::Last => usize::from(text.contains(&*old)),
    };
    if places == 0 {
        return Ok(Value::Text(text));
    }
    let length = (text.len() - places * old.len()).saturating_add(places.saturating_mul(new.len()));
    call.meter.value(length)?;
    call.meter.bytes(length)?;
    Ok(Value::from(match which {
        Which::All => text.replace(&*old, &new),
        Which::First => text.replacen(&*old, &new, 1),
        Which::Last => {
            let (before, after) = text.rsplit_once(&*old).unwrap_or((&text, ""));
            [before, &*new, after].concat()
        }
    }))
}

pub(super) fn replace<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    substitute(call, Which::All)
}

pub(super) fn replace_first<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    substitute(call, Which::First)
}

pub(super) fn replace_last<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    substitute(call, Which::Last)
}

/// Without a second argument, what is replaced is replaced by nothing.
pub(super) fn remove<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    substitute(call, Which::All)
}

pub(super) fn remove_first<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    substitute(call, Which::First)
}

pub(super) fn remove_last<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    substitute(call, Which::Last)
}

/// By a separator, without empty texts at the end; by one space, at any whitespace; by nothing, into characters.
pub(super) fn split<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (text, separator) = (call.text()?, call.argument_text(0)?);
    let mut parts: Vec<&str> = Vec::new();
    let mut add = |part| {
        parts.push(part);
        call.meter.value(text.len() + parts.len() * ITEM_BYTES)
    };
    match &*separator {
        " " => text.split_ascii_whitespace().try_for_each(&mut add)?,
        "" => text.split("").filter(|part| !part.is_empty()).try_for_each(&mut add)?,
        separator => text.split(separator).try_for_each(&mut add)?,
    }
    while parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    call.meter.items(parts.len())?;
    Ok(Value::list(parts.into_iter().map(|part| Value::from(part.to_owned())).collect()))
}

/// A whole number that an argument says.
pub(super) fn whole(value: &Value<'_>) -> Outcome<i64> {
    let number = match value {
        Value::Number(number) if !number.has_fraction() => number.index(),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.map_or_else(|| reason("an argument is no whole number"), Ok)
}

/// The argument as a whole number, `otherwise` if it is not there.
pub(super) fn whole_or(call: &Call<'_, '_>, at: usize, otherwise: i64) -> Outcome<i64> {
    call.arguments.get(at).map_or(Ok(otherwise), whole)
}

/// The text at the end of what was cut off.
fn ellipsis<'v>(call: &mut Call<'_, 'v>) -> Outcome<Text<'v>> {
    match call.arguments.get(1) {
        None => Ok(Text::Given("...")),
        Some(value) => Ok(to_text(&value.clone(), call.meter)?),
    }
}

pub(super) fn truncate<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (text, length, end) = (call.text()?, whole_or(call, 0, 50)?, ellipsis(call)?);
    if i64::try_from(text.chars().count()).is_ok_and(|count| count <= length) {
        return Ok(Value::Text(text));
    }
    let ending = i64::try_from(end.chars().count()).unwrap_or(i64::MAX);
    let kept = usize::try_from(length.saturating_sub(ending)).unwrap_or(0);
    let bytes = text.char_indices().nth(kept).map_or(text.len(), |(at, _)| at);
    both(call, text.get(..bytes).unwrap_or_default(), &end)
}

pub(super) fn truncatewords<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (text, count, end) = (call.text()?, whole_or(call, 0, 15)?, ellipsis(call)?);
    let count = usize::try_from(count).unwrap_or(0).max(1);
    let words: Vec<&str> = text.split_ascii_whitespace().take(count.saturating_add(1)).collect();
    match words.get(..count) {
        Some(kept) if words.len() > count => both(call, &kept.join(" "), &end),
        _ => Ok(Value::Text(text)),
    }
}

/// The number that a value is in calculations: 0 if it is none.
pub(super) fn number<'v>(value: &'v Value<'v>) -> Number<'v> {
    match value {
        Value::Number(number) => *number,
        Value::Text(text) => Number::of_text(text),
        _ => Number::integer(0),
    }
}
