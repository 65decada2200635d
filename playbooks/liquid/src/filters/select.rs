//! Items by what one of their fields is.

use rust_decimal::Decimal;

use super::text::number;
use super::{Call, Outcome, reason};
use crate::value::{Number, Value, equal};

/// What `item[name]` is.
pub(super) enum Property<'v> {
    Value(Value<'v>),
    /// The item is nothing that could have fields: Liquid then gives up without a word.
    None,
    /// The item is something else altogether, which is an error.
    Wrong,
}

/// The field of an object; of a text, the part that is asked for, of a number the number asked for.
pub(super) fn property<'v>(item: &Value<'v>, name: &Value<'v>) -> Property<'v> {
    match (item, name) {
        (Value::Object(_) | Value::Loop(_), Value::Text(_)) => Property::Value(item.index(name).unwrap_or(Value::Nil)),
        (Value::Object(_) | Value::Loop(_), _) => Property::Value(Value::Nil),
        (Value::Nil | Value::Bool(_) | Value::Empty | Value::Blank, _) => Property::None,
        (Value::Text(text), Value::Text(part)) => {
            Property::Value(if text.contains(&**part) { name.clone() } else { Value::Nil })
        }
        (Value::Text(_), Value::Nil) => Property::None,
        (Value::Number(one), Value::Number(other)) => {
            Property::Value(if one.compare(other).is_some_and(|order| order.is_eq()) {
                name.clone()
            } else {
                Value::Nil
            })
        }
        _ => Property::Wrong,
    }
}

/// Which items have a true field, or one that is equal to the second argument; none if an item cannot have fields.
fn matching<'v>(call: &mut Call<'_, 'v>, items: &[Value<'v>]) -> Outcome<Option<Vec<bool>>> {
    let (name, wanted) = (call.argument(0), call.argument(1));
    let mut matching = Vec::with_capacity(items.len());
    for item in items {
        call.meter.touch(item)?;
        call.meter.touch(&name)?;
        let value = match property(item, &name) {
            Property::Value(value) => value,
            Property::None => return Ok(None),
            Property::Wrong => return reason("an item has no fields"),
        };
        let fits = if let Value::Nil = wanted { value.is_truthy() } else { equal(&value, &wanted, call.meter)? };
        matching.push(fits);
    }
    Ok(Some(matching))
}

fn kept<'v>(call: &mut Call<'_, 'v>, keep: bool) -> Outcome<Value<'v>> {
    let items = call.items()?;
    let Some(matching) = matching(call, &items)? else { return Ok(Value::Nil) };
    let kept = items.into_iter().zip(matching).filter(|(_, fits)| *fits == keep).map(|(item, _)| item);
    Ok(Value::list(kept.collect()))
}

/// `where`, which is no name in Rust.
pub(super) fn filter<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    kept(call, true)
}

pub(super) fn reject<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    kept(call, false)
}

/// The items, and the place of the first that fits; none if an item before it cannot have fields.
fn found<'v>(call: &mut Call<'_, 'v>) -> Outcome<Option<(Vec<Value<'v>>, Option<usize>)>> {
    let items = call.items()?;
    for at in 0..items.len() {
        let Some(fits) = matching(call, items.get(at..=at).unwrap_or_default())? else { return Ok(None) };
        if fits == [true] {
            return Ok(Some((items, Some(at))));
        }
    }
    Ok(Some((items, None)))
}

pub(super) fn find<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let found = found(call)?.and_then(|(items, at)| items.get(at?).cloned());
    Ok(found.unwrap_or(Value::Nil))
}

pub(super) fn find_index<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    Ok(found(call)?.and_then(|(_, at)| at).map_or(Value::Nil, Value::count))
}

pub(super) fn has<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    Ok(found(call)?.map_or(Value::Nil, |(_, at)| Value::Bool(at.is_some())))
}

pub(super) fn map<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let name = call.argument(0);
    let mut values = Vec::new();
    for item in call.items()? {
        match (&item, property(&item, &name)) {
            (Value::Object(_) | Value::Loop(_), Property::Value(value)) => values.push(value),
            _ => return reason("an item has no fields"),
        }
    }
    Ok(Value::list(values))
}

pub(super) fn sum<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut total, mut fraction) = (Decimal::ZERO, false);
    for item in call.items()? {
        let value = match call.arguments.first() {
            None | Some(Value::Nil) => item,
            Some(name) => match property(&item, name) {
                Property::Value(value) => value,
                Property::None | Property::Wrong => return reason("an item has no fields"),
            },
        };
        let addend = number(&value);
        let sum = addend.decimal().and_then(|addend| total.checked_add(addend));
        let Some(sum) = sum else { return reason("the sum has more than 28 digits") };
        (total, fraction) = (sum, fraction || addend.has_fraction());
    }
    Ok(Value::Number(Number::result(total, fraction)))
}
