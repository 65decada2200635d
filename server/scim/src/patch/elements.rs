//! `add` and `replace` of elements that a filter selects, and of elements that are not there yet.

use serde_json::{Map, Value};

use super::change::{full, merge_parts, write_part};
use super::draft::{Draft, Mode, taken};
use crate::error::{ScimError, ScimType};
use crate::filter::{Expr, Literal, Op, PartTerm, Test, ValueFilter};
use crate::resource::coerce::{self, is_primary};
use crate::resource::key;
use crate::schema::{Attribute, Slot};

impl Draft {
    /// Writes a part, or several as an object, into the elements that a filter selects; into all where there is none.
    pub(super) fn write_elements(
        &mut self,
        mode: Mode,
        slot: &Slot,
        filter: Option<&ValueFilter>,
        part: Option<&'static Attribute>,
        value: Value,
    ) -> Result<(), ScimError> {
        let attribute = slot.attribute;
        let value = if part.is_some() { value } else { coerce::unwrap(attribute, value)? };
        let selects = |element: &Value| filter.is_none_or(|filter| filter.selects(element));
        let there = self.value(slot).and_then(Value::as_array).into_iter().flatten();
        let selected: Vec<bool> = there.map(selects).collect();
        self.look_at(selected.len());
        if !selected.contains(&true) {
            return self.create(mode, slot, filter, part, value);
        }
        let is_selected = |index: usize| selected.get(index) == Some(&true);
        self.edit_list(slot, |list| {
            for (_, element) in list.iter_mut().enumerate().filter(|(index, _)| is_selected(*index)) {
                write_element(mode, attribute, part, element, value.clone())?;
            }
            identified(attribute, list)?;
            prefer(attribute, list, is_selected)
        })
    }

    /// Makes the element that a filter describes and writes into it. `null` makes nothing.
    fn create(
        &mut self,
        mode: Mode,
        slot: &Slot,
        filter: Option<&ValueFilter>,
        part: Option<&'static Attribute>,
        value: Value,
    ) -> Result<(), ScimError> {
        let attribute = slot.attribute;
        let described = filter.is_none_or(describes);
        if mode == Mode::Replace && !described {
            return Err(no_target(slot));
        }
        if value.is_null() {
            return Ok(());
        }
        let mut element = Value::Object(filter.map_or_else(|| Ok(Map::new()), |filter| seed(slot, filter))?);
        write_element(mode, attribute, part, &mut element, value)?;
        // A filter that says more than what the element is has to be right about the one that was made of it.
        if !described && !filter.is_none_or(|filter| filter.selects(&element)) {
            return Err(no_target(slot));
        }
        identified(attribute, std::slice::from_ref(&element))?;
        self.push(slot, vec![element])
    }

    /// Adds elements at the end; those that are there already are not added again.
    pub(super) fn push(&mut self, slot: &Slot, new: Vec<Value>) -> Result<(), ScimError> {
        let attribute = slot.attribute;
        let preferred = self.extend_list(slot, |list, keys| {
            let before = list.len();
            list.extend(new.into_iter().filter(|element| keys.insert(key(attribute, element))));
            let preferred = list.iter().skip(before).any(is_primary);
            full(attribute, list.len()).map(|()| preferred.then_some(before))
        })?;
        match preferred {
            // The elements before may no longer be what their keys say.
            Some(before) => self.edit_list(slot, |list| prefer(attribute, list, |index| index >= before)),
            None => Ok(()),
        }
    }
}

fn no_target(slot: &Slot) -> ScimError {
    let detail = format!("no element of `{slot}` is as the filter says, and none can be made of it");
    ScimError::new(ScimType::NoTarget, detail)
}

fn write_element(
    mode: Mode,
    attribute: &'static Attribute,
    part: Option<&'static Attribute>,
    element: &mut Value,
    value: Value,
) -> Result<(), ScimError> {
    if value.is_null() && part.is_none() {
        if mode == Mode::Replace {
            *element = Value::Null;
        }
        return Ok(());
    }
    let mut fields = taken(element);
    let result = match part {
        Some(part) => write_part(mode, part, &mut fields, value),
        None => merge_parts(mode, attribute, &mut fields, value),
    };
    *element = Value::Object(fields);
    result
}

/// Fails where an element lost what tells it apart.
pub(super) fn identified(attribute: &Attribute, list: &[Value]) -> Result<(), ScimError> {
    let Some(part) = attribute.identity else { return Ok(()) };
    let is_there = |element: &Value| element.is_null() || element.get(part).is_some();
    if list.iter().all(is_there) {
        return Ok(());
    }
    Err(ScimError::value(format!("every element of `{}` needs `{part}`", attribute.name)))
}

/// Of several elements that are primary the one that was written last is the one that counts (RFC 7644 §3.5.2).
pub(super) fn prefer(
    attribute: &Attribute,
    list: &mut [Value],
    written: impl Fn(usize) -> bool,
) -> Result<(), ScimError> {
    let primaries: Vec<usize> =
        list.iter().enumerate().filter(|(_, element)| is_primary(element)).map(|(index, _)| index).collect();
    if primaries.len() < 2 {
        return Ok(());
    }
    if primaries.iter().filter(|index| written(**index)).count() != 1 {
        let detail = format!("only one element of `{}` can be `primary`", attribute.name);
        return Err(ScimError::value(detail));
    }
    for index in primaries.into_iter().filter(|index| !written(*index)) {
        if let Some(fields) = list.get_mut(index).and_then(Value::as_object_mut) {
            fields.insert("primary".to_owned(), Value::Bool(false));
        }
    }
    Ok(())
}

/// Whether a filter says no more than what an element is: `eq`, joined by `and`.
fn describes(filter: &ValueFilter) -> bool {
    match filter {
        Expr::Term(PartTerm { test, .. }) => matches!(test, Test::Compare(Op::Eq, _)),
        Expr::And(all) => all.iter().all(describes),
        Expr::Not(_) | Expr::Or(_) => false,
    }
}

/// The parts that an element has if the filter selects it (RFC 7644, erratum 8097).
///
/// # Errors
/// `noTarget` where no element can be as the filter says.
fn seed(slot: &Slot, filter: &ValueFilter) -> Result<Map<String, Value>, ScimError> {
    let mut fields = Map::new();
    for PartTerm { part, test } in required(filter) {
        let Test::Compare(Op::Eq, literal) = test else { continue };
        let Some(value) = value_of(literal) else { continue };
        let value = coerce::attribute(part, value, coerce::Origin::Client)?;
        let before = value.clone().and_then(|value| fields.insert(part.name.to_owned(), value));
        if before.is_some_and(|before| !test.holds(part, Some(&before))) {
            return Err(no_target(slot));
        }
    }
    Ok(fields)
}

/// The tests that have to hold.
fn required(filter: &ValueFilter) -> Vec<&PartTerm> {
    match filter {
        Expr::Term(term) => vec![term],
        Expr::And(all) => all.iter().flat_map(required).collect(),
        Expr::Not(_) | Expr::Or(_) => Vec::new(),
    }
}

fn value_of(literal: &Literal) -> Option<Value> {
    match literal {
        Literal::Null => None,
        Literal::Boolean(value) => Some(Value::Bool(*value)),
        Literal::String(text) => Some(Value::from(text.as_str())),
        Literal::Number(number) => number.to_string().parse().ok().map(Value::Number),
        Literal::Instant(instant) => Some(Value::from(instant.to_string())),
    }
}
