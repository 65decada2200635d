//! Lists as wholes: order, parts, joining. And what is not there.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::select::{Property, property};
use super::text::{whole, whole_or};
use super::{Call, Outcome, reason};
use crate::limits::{ITEM_BYTES, Meter};
use crate::value::{Sink, Value, equal, print, to_text};

/// The argument in place of nothing: nil, false, or an empty text, list or object. With `allow_false`, false is kept.
pub(super) fn default<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let allow_false = call.options.iter().any(|(_, value)| value.is_truthy());
    let nothing = match &call.input {
        Value::Bool(false) => !allow_false,
        Value::Nil => true,
        value => value.is_empty(),
    };
    Ok(if nothing { call.argument(0) } else { call.input.clone() })
}

pub(super) fn size<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    Ok(Value::count(call.input.size().unwrap_or(0)))
}

pub(super) fn first<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    Ok(call.input.first())
}

pub(super) fn last<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    Ok(call.input.last())
}

pub(super) fn reverse<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut items = call.items()?;
    items.reverse();
    Ok(Value::list(items))
}

pub(super) fn join<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let items = call.items()?;
    let separator = match call.arguments.first() {
        None => " ".to_owned(),
        Some(value) => to_text(&value.clone(), call.meter)?.to_string(),
    };
    let mut sink = Sink::value(call.meter);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            sink.push(&separator)?;
        }
        print(item, &mut sink, call.meter)?;
    }
    call.meter.bytes(sink.text.len())?;
    Ok(Value::from(sink.text))
}

pub(super) fn concat<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut items, more) = (call.items()?, call.argument(0));
    if !matches!(more, Value::List(_) | Value::Range(..)) {
        return reason("the argument is no list");
    }
    call.meter.value(items.len().saturating_add(more.length()).saturating_mul(ITEM_BYTES))?;
    call.meter.items(more.length())?;
    items.extend((0..more.length()).map(|at| more.item(at)));
    Ok(Value::list(items))
}

/// The value of the field that the first argument names, or the item itself if it names none.
fn key<'v>(call: &mut Call<'_, 'v>, item: &Value<'v>) -> Outcome<Value<'v>> {
    call.meter.touch(item)?;
    match call.arguments.first() {
        None | Some(Value::Nil) => Ok(item.clone()),
        Some(name) => match property(item, name) {
            Property::Value(value) => Ok(value),
            Property::None | Property::Wrong => reason("an item has no fields"),
        },
    }
}

pub(super) fn compact<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut kept = Vec::new();
    for item in call.items()? {
        if !matches!(key(call, &item)?, Value::Nil) {
            kept.push(item);
        }
    }
    Ok(Value::list(kept))
}

/// What items are told apart by. Lists and objects are compared one by one.
fn mark(value: &Value<'_>, meter: &mut Meter<'_>) -> Outcome<Option<(u8, String)>> {
    let kind = match value {
        Value::Nil | Value::Empty | Value::Blank => 0,
        Value::Bool(_) => 1,
        Value::Text(_) => 2,
        Value::Number(number) => return Ok(number.decimal().map(|value| (3, value.normalize().to_string()))),
        _ => return Ok(None),
    };
    meter.touch(value)?;
    Ok(Some((kind, to_text(value, meter)?.to_string())))
}

pub(super) fn uniq<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut marks, mut others): (BTreeSet<(u8, String)>, Vec<Value<'v>>) = Default::default();
    let mut kept = Vec::new();
    for item in call.items()? {
        let key = key(call, &item)?;
        let new = match mark(&key, call.meter)? {
            Some(mark) => marks.insert(mark),
            None => {
                let mut known = false;
                for other in &others {
                    call.meter.step()?;
                    known = known || equal(&key, other, call.meter)?;
                }
                if !known {
                    others.push(key);
                }
                !known
            }
        };
        if new {
            kept.push(item);
        }
    }
    Ok(Value::list(kept))
}

/// Items and what they are sorted by, in the order of the input.
fn keyed<'v>(call: &mut Call<'_, 'v>) -> Outcome<Vec<(Value<'v>, Value<'v>)>> {
    let items = call.items()?;
    // Every item is compared about as often as their number has bits.
    let rounds = items.len().checked_ilog2().unwrap_or(0) as usize + 1;
    call.meter.items(items.len().saturating_mul(rounds))?;
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        let key = key(call, &item)?;
        if let Value::Text(text) = &key {
            call.meter.bytes(text.len().saturating_mul(rounds))?;
        }
        keyed.push((key, item));
    }
    Ok(keyed)
}

fn sorted<'v>(mut keyed: Vec<(Value<'v>, Value<'v>)>, order: fn(&Value<'v>, &Value<'v>) -> Ordering) -> Value<'v> {
    keyed.sort_by(|(one, _), (other, _)| match (one, other) {
        (Value::Nil, Value::Nil) => Ordering::Equal,
        (Value::Nil, _) => Ordering::Greater,
        (_, Value::Nil) => Ordering::Less,
        _ => order(one, other),
    });
    Value::list(keyed.into_iter().map(|(_, item)| item).collect())
}

/// Numbers by size or texts by their characters, what is not there last.
pub(super) fn sort<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let keyed = keyed(call)?;
    let keys = || keyed.iter().map(|(key, _)| key).filter(|key| !matches!(key, Value::Nil));
    let sortable = keys().all(|key| matches!(key, Value::Number(_))) || keys().all(|key| matches!(key, Value::Text(_)));
    if !sortable && keys().count() > 1 {
        return reason("the items have no order: they are neither all numbers nor all texts");
    }
    Ok(sorted(keyed, |one, other| match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.compare(other).unwrap_or(Ordering::Equal),
        (Value::Text(one), Value::Text(other)) => (**one).cmp(&**other),
        _ => Ordering::Equal,
    }))
}

/// By the texts of the items, capital or not, what is not there last.
pub(super) fn sort_natural<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut keyed = keyed(call)?;
    for (key, _) in &mut keyed {
        if !matches!(key, Value::Nil) {
            *key = Value::from(to_text(key, call.meter)?.to_lowercase());
        }
    }
    Ok(sorted(keyed, |one, other| match (one, other) {
        (Value::Text(one), Value::Text(other)) => (**one).cmp(&**other),
        _ => Ordering::Equal,
    }))
}

/// From where to where a slice goes; none if it begins outside.
fn bounds(call: &Call<'_, '_>, length: usize) -> Outcome<Option<(usize, usize)>> {
    let count = match call.arguments.get(1) {
        None | Some(Value::Nil) => 1,
        Some(count) => whole(count)?,
    };
    let start = whole_or(call, 0, 0)?;
    let distance = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
    let start = if start < 0 { length.checked_sub(distance) } else { Some(distance) };
    let count = usize::try_from(count).ok();
    Ok(start
        .filter(|start| *start <= length)
        .zip(count)
        .map(|(start, count)| (start, start.saturating_add(count).min(length))))
}

/// Characters of a text or items of a list; from the end if the first argument is negative.
pub(super) fn slice<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    if let Value::List(_) | Value::Range(..) = call.input {
        let Some((start, end)) = bounds(call, call.input.length())? else { return Ok(Value::list(Vec::new())) };
        call.meter.value((end - start).saturating_mul(ITEM_BYTES))?;
        call.meter.items(end - start)?;
        return Ok(Value::list((start..end).map(|at| call.input.item(at)).collect()));
    }
    let text = call.text()?;
    let Some((start, end)) = bounds(call, text.chars().count())? else { return Ok(Value::text("")) };
    Ok(Value::from(text.chars().skip(start).take(end - start).collect::<String>()))
}
