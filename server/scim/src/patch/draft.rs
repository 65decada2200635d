//! The copy that operations work on.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::path::{Lost, Target};
use super::remove::one_by_id;
use super::request::{Operation, PatchOp};
use crate::error::{ScimError, Status};
use crate::path::AttrPath;
use crate::resource::coerce::{self, Origin, distinct};
use crate::resource::{Outcome, Resource, is_empty, key};
use crate::schema::{ResourceType, Schema, Slot};

/// A resource that is being changed: in normal form but for order, `schemas`, and what became empty.
pub(super) struct Draft {
    kind: &'static ResourceType,
    body: Map<String, Value>,
    /// The keys of the elements of one list, so that many operations that add to it take no longer than one.
    /// INVARIANT: complete for that list, or absent; whoever touches the list otherwise drops it.
    known: Option<(Slot, HashSet<String>)>,
    /// The keys of elements of one list that are to go, so that many operations that each remove one take no longer than
    /// one. INVARIANT: whatever else is done is done after they are gone.
    leaving: Option<(Slot, HashSet<String>)>,
    /// How many elements were looked at.
    looked_at: usize,
}

/// How many elements the operations of one request may look at: 250 that each write into one of 10,000 members do twice.
const MAX_LOOKS: usize = 5_000_000;

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// To what there is; null adds nothing.
    Add,
    /// In place of what there is; null unassigns.
    Replace,
}

impl Draft {
    pub(super) fn new(resource: &Resource) -> Self {
        Self { kind: resource.kind(), body: resource.body().clone(), known: None, leaving: None, looked_at: 0 }
    }

    pub(super) fn run(&mut self, operation: &Operation) -> Result<(), ScimError> {
        let Operation { op, path, value } = operation;
        let target = path.as_deref().map(|path| Target::parse(self.kind, path)).transpose()?;
        let target = target.unwrap_or(Target::Schema(None));
        if *op == PatchOp::Remove && self.leaves(&target) {
            return Ok(());
        }
        self.let_go();
        match (op, value) {
            (PatchOp::Remove, value) => self.remove(&target, value.clone().unwrap_or(Value::Null))?,
            (PatchOp::Add, Some(value)) => self.write(Mode::Add, &target, value.clone())?,
            (PatchOp::Replace, Some(value)) => self.write(Mode::Replace, &target, value.clone())?,
            (_, None) => return Err(ScimError::value(format!("`{}` needs a `value`", op.name()))),
        }
        self.within_measure()
    }

    /// Fails where the operations cost more than a request may.
    fn within_measure(&self) -> Result<(), ScimError> {
        if self.looked_at <= MAX_LOOKS {
            return Ok(());
        }
        let detail = "so many operations on so large a list take too long; send fewer, or one for several elements";
        Err(ScimError::status(Status::PayloadTooLarge, detail))
    }

    /// Whether an operation that removes one element by its id has been put off.
    fn leaves(&mut self, target: &Target) -> bool {
        let Some((slot, key)) = one_by_id(target) else { return false };
        if self.leaving.as_ref().is_some_and(|(list, _)| *list != slot) {
            self.let_go();
        }
        self.leaving.get_or_insert_with(|| (slot, HashSet::new())).1.insert(key);
        true
    }

    /// Removes the elements that are to go.
    fn let_go(&mut self) {
        if let Some((slot, keys)) = self.leaving.take() {
            self.edit_list(&slot, |list| list.retain(|element| !keys.contains(&key(slot.attribute, element))));
        }
    }

    fn write(&mut self, mode: Mode, target: &Target, value: Value) -> Result<(), ScimError> {
        match target {
            Target::Schema(scope) => self.write_all(mode, *scope, value),
            Target::Attribute(path) => {
                writable(path)?;
                self.write_attribute(mode, path, value)
            }
            Target::Elements { slot, filter, part } => {
                writable(&AttrPath { slot: *slot, part: *part })?;
                self.write_elements(mode, slot, Some(filter), *part, value)
            }
        }
    }

    /// A value without path: each of its names is one.
    fn write_all(&mut self, mode: Mode, scope: Option<&'static Schema>, value: Value) -> Result<(), ScimError> {
        let Value::Object(fields) = value else {
            return Err(ScimError::value("without the path of an attribute, `value` is an object of attributes"));
        };
        for (name, value) in distinct(fields)? {
            let target = match Target::find(self.kind, scope, &name) {
                Ok(target) => target,
                Err(Lost::Unknown(_)) => continue,
                Err(lost) => return Err(lost.into()),
            };
            if !self.repeats(&target, &value)? {
                self.write(mode, &target, value)?;
            }
        }
        Ok(())
    }

    /// Whether a value tells the server what only the server says, and nothing new. `schemas` and `meta` are never looked at.
    fn repeats(&self, target: &Target, value: &Value) -> Result<bool, ScimError> {
        let Target::Attribute(path) = target else { return Ok(false) };
        if writable(path).is_ok() {
            return Ok(false);
        }
        if matches!(path.slot.attribute.name, "schemas" | "meta") && path.slot.extension.is_none() {
            return Ok(true);
        }
        let said = coerce::attribute(path.leaf(), value.clone(), Origin::Server)?;
        let there = self.value(&path.slot);
        let there = match path.part {
            Some(part) => there.and_then(|value| value.get(part.name)),
            None => there,
        };
        Ok(said.is_none() || said.as_ref() == there)
    }

    pub(super) fn value(&self, slot: &Slot) -> Option<&Value> {
        match slot.extension {
            Some(schema) => self.body.get(schema.urn)?.get(slot.attribute.name),
            None => self.body.get(slot.attribute.name),
        }
    }

    /// Changes the value of an attribute; null stands for none, and what is empty afterwards is none.
    pub(super) fn edit<R>(&mut self, slot: &Slot, change: impl FnOnce(&mut Value) -> R) -> R {
        self.forget(slot);
        self.edit_kept(slot, change)
    }

    /// The same for one who keeps what is known of the list.
    fn edit_kept<R>(&mut self, slot: &Slot, change: impl FnOnce(&mut Value) -> R) -> R {
        let name = slot.attribute.name;
        let Some(schema) = slot.extension else { return edit(&mut self.body, name, change) };
        edit(&mut self.body, schema.urn, |object| {
            let mut fields = taken(object);
            let result = edit(&mut fields, name, change);
            *object = Value::Object(fields);
            result
        })
    }

    /// Changes the elements of a list.
    pub(super) fn edit_list<R>(&mut self, slot: &Slot, change: impl FnOnce(&mut Vec<Value>) -> R) -> R {
        self.forget(slot);
        self.look_at(self.length(slot));
        self.edit_kept(slot, |value| edit_elements(value, change))
    }

    /// Changes the elements of a list, along with what is known of them: the keys of all of them.
    pub(super) fn extend_list<R>(
        &mut self,
        slot: &Slot,
        change: impl FnOnce(&mut Vec<Value>, &mut HashSet<String>) -> R,
    ) -> R {
        let known = self.known.take().filter(|(list, _)| list == slot).map(|(_, keys)| keys);
        let attribute = slot.attribute;
        if known.is_none() {
            self.look_at(self.length(slot));
        }
        let (result, keys) = self.edit_kept(slot, |value| {
            edit_elements(value, |list| {
                let mut keys = known.unwrap_or_else(|| list.iter().map(|element| key(attribute, element)).collect());
                (change(list, &mut keys), keys)
            })
        });
        self.known = Some((*slot, keys));
        result
    }

    /// Counts what an operation costs.
    pub(super) fn look_at(&mut self, elements: usize) {
        self.looked_at += elements;
    }

    fn length(&self, slot: &Slot) -> usize {
        self.value(slot).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// What is known of a list that changes is known no more.
    pub(super) fn forget(&mut self, slot: &Slot) {
        if self.known.as_ref().is_some_and(|(list, _)| list == slot) {
            self.known = None;
        }
    }

    pub(super) fn remove_schema(&mut self, schema: &Schema) {
        // INVARIANT of `known`: the list may have been one of these.
        self.known = None;
        self.body.remove(schema.urn);
    }

    pub(super) fn finish(mut self, before: &Resource) -> Result<Outcome, ScimError> {
        self.let_go();
        // Elements may have become equal; those with an id keep it and cannot.
        for slot in self.kind.slots().filter(|slot| slot.attribute.multi_valued && slot.attribute.identity.is_none()) {
            let mut seen = HashSet::new();
            self.edit_list(&slot, |list| list.retain(|element| seen.insert(key(slot.attribute, element))));
        }
        let after = Resource::sealed(self.kind, self.body);
        after.require()?;
        Ok(before.turned_into(after))
    }
}

/// Changes one field; what is empty afterwards is not kept.
fn edit<R>(fields: &mut Map<String, Value>, name: &str, change: impl FnOnce(&mut Value) -> R) -> R {
    let mut value = fields.remove(name).unwrap_or(Value::Null);
    let result = change(&mut value);
    if !is_empty(&value) {
        fields.insert(name.to_owned(), value);
    }
    result
}

fn edit_elements<R>(value: &mut Value, change: impl FnOnce(&mut Vec<Value>) -> R) -> R {
    let mut list = match std::mem::take(value) {
        Value::Array(list) => list,
        _ => Vec::new(),
    };
    let result = change(&mut list);
    list.retain(|element| !is_empty(element));
    *value = Value::Array(list);
    result
}

/// The fields of an object, which is left empty.
pub(super) fn taken(object: &mut Value) -> Map<String, Value> {
    match std::mem::take(object) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Fails where clients may not write.
pub(super) fn writable(path: &AttrPath) -> Result<(), ScimError> {
    if path.slot.attribute.is_read_only() || path.leaf().is_read_only() {
        return Err(ScimError::mutability(format!("`{path}` is written by the server alone; do not map it")));
    }
    Ok(())
}
