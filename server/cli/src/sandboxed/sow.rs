//! Puts the records that a run begins with into a CRM, through its adapter and as a client would.
//!
//! In the file records have ids of their author's choice. A CRM has its own, so that whatever refers to a record is
//! translated: references among the records here, those of an input by [`Ids::translate`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use engage_dsl::diagnostic::Diagnostic;
use engage_dsl::source::Span;
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, EmbeddedWrite, Record, Write, WriteAction, WriteGroup, WriteValue,
};
use engage_engine::catalog::{Catalog, Entity};
use engage_engine::input::PartInput;
use engage_engine::model::Condition;
use engage_engine::{FieldName, FieldType, Identity, Input, Instance, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::case::{State, codes, typed};

/// What ids of a file stand for in a CRM.
#[derive(Debug, Default)]
pub struct Ids {
    by_id: HashMap<String, String>,
}

impl Ids {
    /// Puts the CRM's ids in place of the file's, wherever an input names a record.
    pub fn translate(&self, input: &mut Input) {
        for part in input.parts.values_mut() {
            match part {
                PartInput::One(instance) => self.instance(instance),
                PartInput::Many(instances) => instances.iter_mut().for_each(|instance| self.instance(instance)),
                PartInput::Filter(condition) => self.condition(condition),
            }
        }
    }

    /// Puts the CRM's ids in place of the file's, wherever the data of an event is one. As deep as its reader lets it be.
    pub fn translate_data(&self, data: &mut Json) {
        match data {
            Json::String(text) => {
                if let Some(own) = self.by_id.get(text) {
                    text.clone_from(own);
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.translate_data(item)),
            Json::Object(fields) => fields.values_mut().for_each(|value| self.translate_data(value)),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn instance(&self, instance: &mut Instance) {
        instance.values_mut().for_each(|value| self.value(value));
    }

    fn condition(&self, condition: &mut Condition<Value>) {
        match condition {
            Condition::And(inner) | Condition::Or(inner) => inner.iter_mut().for_each(|one| self.condition(one)),
            Condition::Not(inner) => self.condition(inner),
            Condition::Test(test) => test.operands.iter_mut().for_each(|value| self.value(value)),
        }
    }

    fn value(&self, value: &mut Value) {
        if let Value::Id(id) = value
            && let Some(own) = self.by_id.get(id)
        {
            id.clone_from(own);
        }
    }
}

/// A record on its way.
struct Seed {
    entity: Arc<Entity>,
    instance: Instance,
    /// Its id in the file.
    id: Option<String>,
    span: Option<Span>,
}

/// Puts records in, in whatever order they can be. What only the CRM itself sets is left to it.
///
/// # Errors
/// Every name and value that does not fit, at its place; or the first record that the CRM refuses.
pub(super) async fn sow(catalog: &Catalog, adapter: &dyn Adapter, state: &State) -> Result<Ids, Vec<Diagnostic>> {
    let all = seeds(catalog, adapter, state)?.into_iter();
    let (inside, mut waiting): (Vec<Seed>, Vec<Seed>) = all.partition(|seed| seed.entity.embedded.is_some());
    let unmade = waiting.iter().filter_map(|seed| seed.id.clone()).collect();
    let mut sower = Sower { adapter, ids: Ids::default(), unmade };
    let mut later = Vec::new();
    while !waiting.is_empty() {
        let (mut ready, rest): (Vec<Seed>, Vec<Seed>) =
            waiting.into_iter().partition(|seed| sower.is_ready(seed, &inside));
        waiting = rest;
        if ready.is_empty() {
            // They refer to each other in a circle: the first goes without what it refers to, which is set afterwards.
            ready.push(waiting.remove(0));
        }
        for seed in ready {
            let missing = sower.make(&seed, &inside).await?;
            if missing {
                later.push(seed);
            }
        }
    }
    for seed in &later {
        sower.complete(seed).await?;
    }
    Ok(sower.ids)
}

fn seeds(catalog: &Catalog, adapter: &dyn Adapter, state: &State) -> Result<Vec<Seed>, Vec<Diagnostic>> {
    let records = typed(catalog, adapter.crm(), state)?;
    let spans = state.iter().flat_map(|(_, rows)| rows.iter().map(|row| row.span));
    let seed = |((entity, instance), span): ((&Arc<Entity>, Instance), Span)| {
        let id = match instance.get(FieldName::ID) {
            Some(Value::Id(id) | Value::String(id)) => Some(id.clone()),
            _ => None,
        };
        Seed { entity: Arc::clone(entity), instance, id, span: Some(span) }
    };
    Ok(records.into_iter().zip(spans).map(seed).collect())
}

/// The records that travel inside another's write.
fn inside_of<'s>(parent: &'s Seed, inside: &'s [Seed]) -> impl Iterator<Item = &'s Seed> {
    inside.iter().filter(move |child| {
        let at_parent = child.entity.embedded.as_ref().is_some_and(|place| place.parent == parent.entity.id);
        let mut references = child.entity.fields.iter().filter(|field| is_reference(&field.field_type, &parent.entity));
        at_parent
            && references.any(|field| {
                let value = child.instance.get(&field.name);
                matches!((value, &parent.id), (Some(Value::Id(id)), Some(own)) if id == own)
            })
    })
}

fn is_reference(field: &FieldType, entity: &Entity) -> bool {
    matches!(field, FieldType::Ref(target) if *target == entity.id)
}

struct Sower<'a> {
    adapter: &'a dyn Adapter,
    ids: Ids,
    /// Ids of the file whose records are not there yet.
    unmade: HashSet<String>,
}

impl Sower<'_> {
    /// Whether a record and what travels inside it refer to nothing that is not there yet, but for the record itself.
    fn is_ready(&self, seed: &Seed, inside: &[Seed]) -> bool {
        let waits = |one: &Seed| {
            let mut values = one.instance.iter().filter(|(name, _)| !name.is_id());
            values.any(|(_, value)| {
                let own = matches!((value, &seed.id), (Value::Id(id), Some(own)) if id == own);
                self.is_unmade(value) && !own
            })
        };
        !inside_of(seed, inside).chain([seed]).any(waits)
    }

    fn is_unmade(&self, value: &Value) -> bool {
        matches!(value, Value::Id(id) if self.unmade.contains(id))
    }

    /// Makes a record with what travels inside it; whether something it refers to is missing.
    async fn make(&mut self, seed: &Seed, inside: &[Seed]) -> Result<bool, Vec<Diagnostic>> {
        let own = self.own_id(seed);
        let (fields, missing) = self.fields(seed, false);
        let mut embedded: Vec<EmbeddedWrite> = Vec::new();
        for child in inside_of(seed, inside) {
            let (row, _) = self.fields(child, true);
            match embedded.iter_mut().find(|write| write.entity.id == child.entity.id) {
                Some(write) => write.rows.push(row),
                None => embedded.push(EmbeddedWrite { entity: Arc::clone(&child.entity), rows: vec![row] }),
            }
        }
        let action = WriteAction::Create { id: own };
        let id = self.write(seed, Write { entity: Arc::clone(&seed.entity), action, fields, embedded }).await?;
        if let Some(own) = &seed.id {
            self.unmade.remove(own);
            self.ids.by_id.insert(own.clone(), id);
        }
        Ok(missing)
    }

    /// Sets what a record refers to that was not there when it was made.
    async fn complete(&mut self, seed: &Seed) -> Result<(), Vec<Diagnostic>> {
        let Some(own) = seed.id.as_ref().and_then(|id| self.ids.by_id.get(id)) else { return Ok(()) };
        let action = WriteAction::Update { record: Record::Id(own.clone()), etag: None };
        let (mut fields, _) = self.fields(seed, false);
        fields.retain(|(position, _)| {
            let field = seed.entity.fields.get(*position);
            field.is_some_and(|field| matches!(field.field_type, FieldType::Ref(_)))
        });
        let write = Write { entity: Arc::clone(&seed.entity), action, fields, embedded: Vec::new() };
        self.write(seed, write).await.map(drop)
    }

    async fn write(&self, seed: &Seed, write: Write) -> Result<String, Vec<Diagnostic>> {
        let atomic = self.adapter.capabilities().atomic_group.is_some();
        let call = Call { identity: Identity::Application, run: String::new(), timeout: None };
        let done = self.adapter.write(&call, &WriteGroup { atomic, writes: vec![write] }).await;
        let done = done.map_err(|failed| refused(seed, &failed.error))?.into_iter().next();
        match done {
            Some(Ok(written)) => Ok(written.id),
            Some(Err(error)) => Err(refused(seed, &error)),
            None => Err(refused(seed, &AdapterError::new(AdapterErrorKind::Unknown))),
        }
    }

    /// The primary key of a record where the CRM takes one: that of the file if it is of the CRM's form, else one that
    /// is the same in every run.
    fn own_id(&self, seed: &Seed) -> Option<String> {
        if !self.adapter.capabilities().caller_ids {
            return None;
        }
        let id = seed.id.as_ref()?;
        let own = Uuid::parse_str(id);
        let own =
            own.unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{}/{id}", seed.entity.id).as_bytes()));
        Some(own.to_string())
    }

    /// The values that a client sets, and whether some were left out because their records are not there.
    fn fields(&self, seed: &Seed, inside: bool) -> (Vec<(usize, WriteValue)>, bool) {
        let (mut fields, mut missing) = (Vec::new(), false);
        for (position, field) in seed.entity.fields.iter().enumerate() {
            let Some(value) = seed.instance.get(&field.name).filter(|value| !value.is_null()) else { continue };
            // The collection itself says whose the records inside are.
            let parent = seed.entity.embedded.as_ref().map(|place| &place.parent);
            let to_parent = inside && matches!(&field.field_type, FieldType::Ref(target) if Some(target) == parent);
            if field.name.is_id() || field.write_column.is_none() || to_parent {
                continue;
            }
            if self.is_unmade(value) {
                missing = true;
                continue;
            }
            let mut value = value.clone();
            self.ids.value(&mut value);
            fields.push((position, WriteValue::Value(value)));
        }
        (fields, missing)
    }
}

fn refused(seed: &Seed, error: &AdapterError) -> Vec<Diagnostic> {
    // The sandbox's own words: there is no real customer in it.
    let words = error.details.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
    let id = seed.id.as_ref().map(|id| format!(" `{id}`")).unwrap_or_default();
    let message = format!("`{}`{id}: {error}{words}", seed.entity.id);
    let nowhere = Span::new(engage_dsl::source::FileId(0), 0, 0);
    let problem = Diagnostic::error(codes::BAD_STATE.code, seed.span.unwrap_or(nowhere), message);
    vec![problem.help("the records before the operation have to fit what the sandbox's tables take")]
}
