//! `remove`.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::change::{full, removable};
use super::draft::{Draft, taken, writable};
use super::elements::identified;
use super::path::Target;
use crate::error::{ScimError, ScimType};
use crate::filter::{Expr, Literal, Op, PartTerm, Test, ValueFilter, equal};
use crate::path::AttrPath;
use crate::resource::coerce::{self, Origin};
use crate::resource::key;
use crate::schema::{Attribute, Slot};

impl Draft {
    /// Unassigns. A value tells which elements of a list, and nothing otherwise.
    pub(super) fn remove(&mut self, target: &Target, value: Value) -> Result<(), ScimError> {
        match target {
            Target::Schema(None) => {
                let detail = "`remove` needs a `path`: the attribute to remove";
                Err(ScimError::new(ScimType::NoTarget, detail))
            }
            Target::Schema(Some(schema)) => {
                let assigned = schema.attributes.iter().map(|attribute| Slot { extension: Some(schema), attribute });
                let assigned: Vec<Slot> = assigned.filter(|slot| self.value(slot).is_some()).collect();
                assigned.iter().try_for_each(|slot| removable(slot.attribute, true))?;
                self.remove_schema(schema);
                Ok(())
            }
            Target::Attribute(path) => {
                writable(path)?;
                self.remove_attribute(path, value)
            }
            Target::Elements { slot, filter, part } => {
                writable(&AttrPath { slot: *slot, part: *part })?;
                self.remove_elements(slot, Some(filter), *part)
            }
        }
    }

    fn remove_attribute(&mut self, path: &AttrPath, value: Value) -> Result<(), ScimError> {
        let AttrPath { slot, part } = path;
        match (slot.attribute.multi_valued, part) {
            (true, Some(part)) => self.remove_elements(slot, None, Some(part)),
            (true, None) if !value.is_null() => self.remove_listed(slot, value),
            (false, Some(part)) => self.edit(slot, |object| remove_part(object, part)),
            (_, None) => {
                removable(slot.attribute, self.value(slot).is_some())?;
                self.edit(slot, |value| *value = Value::Null);
                Ok(())
            }
        }
    }

    /// Removes the elements that a filter selects, or a part of them.
    fn remove_elements(
        &mut self,
        slot: &Slot,
        filter: Option<&ValueFilter>,
        part: Option<&'static Attribute>,
    ) -> Result<(), ScimError> {
        let selected = |element: &Value| filter.is_none_or(|filter| filter.selects(element));
        let Some(part) = part else {
            self.edit_list(slot, |list| list.retain(|element| !selected(element)));
            return Ok(());
        };
        self.edit_list(slot, |list| {
            let mut chosen = list.iter_mut().filter(|element| selected(element));
            chosen.try_for_each(|element| remove_part(element, part))
        })
    }

    /// Removes the elements of a list that are listed in the value: those with the same id where elements have one, and
    /// otherwise those with all the parts that are given. Of those there are few, so that each may be held against each.
    fn remove_listed(&mut self, slot: &Slot, value: Value) -> Result<(), ScimError> {
        let attribute = slot.attribute;
        let listed = coerce::elements(attribute, value, Origin::Client)?;
        full(attribute, listed.len())?;
        if attribute.identity.is_none() {
            let listed = |element: &Value| listed.iter().any(|like| equal(attribute, element, like));
            self.edit_list(slot, |list| list.retain(|element| !listed(element)));
            return Ok(());
        }
        identified(attribute, &listed)?;
        let ids: HashSet<String> = listed.iter().map(|element| key(attribute, element)).collect();
        self.edit_list(slot, |list| list.retain(|element| !ids.contains(&key(attribute, element))));
        Ok(())
    }
}

/// The list, and the key of the element, where a path selects one element by its id and clients may remove it.
pub(super) fn one_by_id(target: &Target) -> Option<(Slot, String)> {
    let Target::Elements { slot, filter: Expr::Term(PartTerm { part, test }), part: None } = target else {
        return None;
    };
    let Test::Compare(Op::Eq, Literal::String(id)) = test else { return None };
    let by_id = slot.attribute.identity == Some(part.name) && !slot.attribute.is_read_only();
    let element = Value::Object(Map::from_iter([(part.name.to_owned(), Value::from(id.as_str()))]));
    by_id.then(|| (*slot, key(slot.attribute, &element)))
}

fn remove_part(object: &mut Value, part: &Attribute) -> Result<(), ScimError> {
    let mut fields: Map<String, Value> = taken(object);
    let result = removable(part, fields.contains_key(part.name));
    fields.remove(part.name);
    *object = Value::Object(fields);
    result
}
