//! The input of a block, put together from its mappings.

use engage_engine::ids::RefId;
use serde_json::{Map, Value};

use super::{TransformError, evaluate};
use crate::model::{FieldMapping, Segment};

/// The longest list that destinations make.
const MAX_INDEX: usize = 10_000;

/// A mapping that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mapping {mapping}: {error}")]
pub struct InputError {
    /// Which mapping, from 0.
    pub mapping: usize,
    /// How.
    pub error: TransformError,
}

/// The input of a block: the value of the mapping without destination, else an object with what each mapping gives at
/// its destination.
///
/// * An absent value leaves its destination out; a list whose elements are given one by one (`lead[0].Name`) has its
///   elements all the same.
/// * `p[*].F` gives `F` to one element of `p` per element of the source; null leaves `F` out there.
///
/// `None` where the whole input is an absent value.
///
/// # Errors
/// The first [`InputError`] in the order of the mappings.
pub fn input<'a>(
    mappings: &[FieldMapping],
    outputs: &dyn Fn(&RefId) -> Option<&'a Value>,
) -> Result<Option<Value>, InputError> {
    let mut whole = Value::Object(Map::new());
    for (mapping, FieldMapping { destination, source }) in mappings.iter().enumerate() {
        let value = evaluate(source, outputs).map_err(|error| InputError { mapping, error })?;
        match destination {
            None => return Ok(value),
            Some(path) => put(&mut whole, path.segments(), value),
        }
    }
    Ok(Some(whole))
}

/// Puts a value at a path, making what is missing on the way.
fn put(here: &mut Value, path: &[Segment], value: Option<Value>) {
    let Some((segment, rest)) = path.split_first() else {
        if let Some(value) = value {
            *here = value;
        }
        return;
    };
    // Nothing is made for an absent value, except the elements of lists.
    let lists = path.iter().any(|segment| matches!(segment, Segment::Index(_)));
    if value.is_none() && !lists {
        return;
    }
    match segment {
        Segment::Key(key) => {
            if let Some(map) = object(here) {
                put(map.entry(key.clone()).or_insert(Value::Null), rest, value);
            }
        }
        Segment::Index(index) => {
            if let Some(slot) = element(here, *index) {
                if slot.is_null() && !rest.is_empty() {
                    *slot = Value::Object(Map::new());
                }
                put(slot, rest, value);
            }
        }
        Segment::All => {
            if let (Some(Value::Array(values)), Some(items)) = (value, list(here)) {
                spread(items, rest, values);
            }
        }
    }
}

fn spread(items: &mut Vec<Value>, rest: &[Segment], values: Vec<Value>) {
    for (index, value) in values.into_iter().enumerate() {
        if items.len() <= index {
            items.push(if rest.is_empty() { Value::Null } else { Value::Object(Map::new()) });
        }
        if let Some(slot) = items.get_mut(index) {
            put(slot, rest, Some(value).filter(|value| !value.is_null()));
        }
    }
}

fn object(here: &mut Value) -> Option<&mut Map<String, Value>> {
    if !here.is_object() {
        *here = Value::Object(Map::new());
    }
    here.as_object_mut()
}

fn list(here: &mut Value) -> Option<&mut Vec<Value>> {
    if !here.is_array() {
        *here = Value::Array(Vec::new());
    }
    here.as_array_mut()
}

fn element(here: &mut Value, index: usize) -> Option<&mut Value> {
    if index > MAX_INDEX {
        return None;
    }
    let items = list(here)?;
    if items.len() <= index {
        items.resize(index + 1, Value::Null);
    }
    items.get_mut(index)
}
