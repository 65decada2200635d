//! `add` and `replace` of attributes.

use serde_json::{Map, Value};

use super::draft::{Draft, Mode, taken};
use crate::error::ScimError;
use crate::path::AttrPath;
use crate::resource::coerce::{self, Origin, distinct};
use crate::schema::{Attribute, Mutability, Slot};

impl Draft {
    pub(super) fn write_attribute(&mut self, mode: Mode, path: &AttrPath, value: Value) -> Result<(), ScimError> {
        let AttrPath { slot, part } = path;
        match (slot.attribute.multi_valued, part) {
            (true, None) if mode == Mode::Add => self.append(slot, value),
            (true, None) => self.set(mode, slot, value),
            (true, Some(part)) => self.write_elements(mode, slot, None, Some(part), value),
            (false, Some(part)) => self.edit(slot, |object| {
                let mut fields = taken(object);
                let result = write_part(mode, part, &mut fields, value);
                *object = Value::Object(fields);
                result
            }),
            (false, None) if slot.attribute.is_complex() => self.merge(mode, slot, value),
            (false, None) => self.set(mode, slot, value),
        }
    }

    /// Sets an attribute as a whole.
    fn set(&mut self, mode: Mode, slot: &Slot, value: Value) -> Result<(), ScimError> {
        let value = coerce::attribute(slot.attribute, value, Origin::Client)?;
        if value.is_none() && mode == Mode::Add {
            return Ok(());
        }
        self.edit(slot, |there| assign(slot.attribute, there, value))
    }

    /// Sets the parts that are given; the others stay.
    fn merge(&mut self, mode: Mode, slot: &Slot, value: Value) -> Result<(), ScimError> {
        let value = coerce::unwrap(slot.attribute, value)?;
        if value.is_null() {
            return self.set(mode, slot, value);
        }
        self.edit(slot, |object| {
            let mut fields = taken(object);
            let result = merge_parts(mode, slot.attribute, &mut fields, value);
            *object = Value::Object(fields);
            result
        })
    }

    /// Adds what is listed.
    fn append(&mut self, slot: &Slot, value: Value) -> Result<(), ScimError> {
        let new = coerce::elements(slot.attribute, value, Origin::Client)?;
        self.push(slot, coerce::checked(slot.attribute, new)?)
    }
}

/// Fails where a list has become too long, or more is listed than it can hold.
pub(super) fn full(attribute: &Attribute, length: usize) -> Result<(), ScimError> {
    let most = coerce::most(attribute);
    if length > most {
        return Err(ScimError::value(format!("`{}` holds {most} elements at most", attribute.name)));
    }
    Ok(())
}

/// Puts a value in the place of another, as far as the attribute may change.
fn assign(attribute: &Attribute, there: &mut Value, value: Option<Value>) -> Result<(), ScimError> {
    let Some(value) = value else {
        return removable(attribute, !there.is_null()).map(|()| *there = Value::Null);
    };
    if attribute.mutability == Mutability::Immutable && !there.is_null() && *there != value {
        let detail = format!("`{}` is written once and has another value already", attribute.name);
        return Err(ScimError::mutability(detail));
    }
    *there = value;
    Ok(())
}

/// Fails where an attribute may not become unassigned.
pub(super) fn removable(attribute: &Attribute, assigned: bool) -> Result<(), ScimError> {
    let reason = match attribute.mutability {
        _ if attribute.required => "is required and cannot be removed",
        Mutability::ReadOnly => "is written by the server alone",
        Mutability::Immutable if assigned => "is written once and cannot be removed",
        _ => return Ok(()),
    };
    Err(ScimError::mutability(format!("`{}` {reason}", attribute.name)))
}

/// Writes the parts of an object into an element or complex attribute. Unknown ones and those that only the server writes are
/// ignored, as in POST.
pub(super) fn merge_parts(
    mode: Mode,
    attribute: &'static Attribute,
    fields: &mut Map<String, Value>,
    value: Value,
) -> Result<(), ScimError> {
    for (name, value) in distinct(coerce::object(attribute, value)?)? {
        if let Some(part) = attribute.part(&name).filter(|part| !part.is_read_only()) {
            write_part(mode, part, fields, value).map_err(|error| error.at(attribute.name))?;
        }
    }
    Ok(())
}

/// Writes one part.
pub(super) fn write_part(
    mode: Mode,
    part: &'static Attribute,
    fields: &mut Map<String, Value>,
    value: Value,
) -> Result<(), ScimError> {
    let value = coerce::attribute(part, value, Origin::Client)?;
    if value.is_none() && mode == Mode::Add {
        return Ok(());
    }
    let mut there = fields.remove(part.name).unwrap_or(Value::Null);
    assign(part, &mut there, value)?;
    if !there.is_null() {
        fields.insert(part.name.to_owned(), there);
    }
    Ok(())
}
