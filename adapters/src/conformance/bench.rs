//! What every test stands on: short ways to write, read and compare.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, Capabilities, Find, GroupError, Join, Page, Query, Record, Row,
    Write, WriteAction, WriteGroup, WriteValue, Written,
};
use engage_engine::catalog::{Entity, Pattern};
use engage_engine::model::{Condition, Direction, Operator, Test};
use engage_engine::{FieldName, Identity, Value};

use super::report::Ran;
use super::terms::Terms;

pub(super) type Outcome = Result<(), String>;

pub(super) struct Bench {
    pub(super) adapter: Arc<dyn Adapter>,
    pub(super) terms: Terms,
    notes: Mutex<Vec<String>>,
}

pub(super) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

pub(super) fn id(id: &str) -> Value {
    Value::Id(id.to_owned())
}

pub(super) fn set(name: &'static str, value: Value) -> (&'static str, WriteValue) {
    (name, WriteValue::Value(value))
}

pub(super) fn ensure(holds: bool, why: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(why()) }
}

pub(super) fn same<T: PartialEq + fmt::Debug>(what: &str, got: &T, wanted: &T) -> Outcome {
    ensure(got == wanted, || format!("{what}: expected {wanted:?}, got {got:?}"))
}

/// That a call failed as it should.
pub(super) fn fails<T>(what: &str, got: Result<T, AdapterError>, kind: fn(&AdapterErrorKind) -> bool) -> Outcome {
    match got {
        Ok(_) => Err(format!("{what}: it was accepted")),
        Err(error) if kind(&error.kind) => Ok(()),
        Err(error) => Err(format!("{what}: failed as {}", why(&error))),
    }
}

/// An error in full. What is in it are the suite's own values.
pub(super) fn why(error: &AdapterError) -> String {
    let details = error.details.as_ref().map(|details| format!(" ({details})"));
    format!("`{error}`{}", details.unwrap_or_default())
}

fn unsupported(kind: &AdapterErrorKind) -> bool {
    matches!(kind, AdapterErrorKind::Unsupported { .. })
}

pub(super) fn test(field: &str, operator: Operator, operands: Vec<Value>) -> Result<Condition<Value>, String> {
    let field = FieldName::new(field).map_err(|error| error.to_string())?;
    Ok(Condition::Test(Test { field, operator, operands }))
}

impl Bench {
    pub(super) fn new(adapter: Arc<dyn Adapter>, terms: Terms) -> Self {
        Self { adapter, terms, notes: Mutex::default() }
    }

    /// What became of a test.
    pub(super) fn ran(self, test: &str, outcome: Outcome) -> Ran {
        let notes = self.notes.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ran { test: test.to_owned(), notes, failed: outcome.err() }
    }

    fn note(&self, note: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// That a call was refused, as it has to be where the adapter or the terms do not declare it.
    pub(super) fn refused<T>(&self, what: &str, got: Result<T, AdapterError>) -> Outcome {
        fails(what, got, unsupported)?;
        self.note(format!("refused: {what}"));
        Ok(())
    }

    /// That something cannot be asked here, and why.
    pub(super) fn unasked(&self, why: &str) -> Outcome {
        self.note(format!("not asked: {why}"));
        Ok(())
    }

    /// Whether writes go in groups that are all or nothing: wherever there are such groups.
    pub(super) fn atomic(&self) -> bool {
        self.can().atomic_group.is_some()
    }

    /// Whether writes of one group can refer to each other: to a record whose id the caller gives, where they cannot to
    /// one whose id nobody knows.
    pub(super) fn refers(&self) -> bool {
        self.can().back_references && (self.back_references_to_new() || self.can().caller_ids)
    }

    fn back_references_to_new(&self) -> bool {
        self.atomic() || self.terms.back_references_alone
    }

    /// Whether embedded records are written.
    pub(super) fn embeds(&self) -> bool {
        self.atomic() || self.terms.embedded_alone
    }

    /// An id in the CRM's form that nothing has.
    pub(super) fn nowhere(&self, entity: &str) -> String {
        self.terms.id(entity, 0)
    }

    pub(super) fn can(&self) -> &Capabilities {
        self.adapter.capabilities()
    }

    pub(super) fn call(&self) -> Call {
        Call { identity: Identity::Application, run: "conformance".to_owned(), timeout: None }
    }

    pub(super) fn entity(&self, name: &str) -> Result<Arc<Entity>, String> {
        let entity = self.terms.catalog.entity(self.adapter.crm().as_str(), name);
        entity.map(Arc::clone).ok_or_else(|| format!("the suite has no entity `{name}`"))
    }

    pub(super) fn pattern(&self, name: &str) -> Result<Arc<Pattern>, String> {
        let pattern = self.terms.catalog.pattern(self.adapter.crm().as_str(), name);
        pattern.map(Arc::clone).ok_or_else(|| format!("the suite has no pattern `{name}`"))
    }

    pub(super) fn field(&self, entity: &str, name: &str) -> Result<usize, String> {
        self.entity(entity)?.position(name).ok_or_else(|| format!("the suite has no field `{name}`"))
    }

    /// A write of some fields.
    pub(super) fn put(
        &self,
        entity: &str,
        action: WriteAction,
        fields: &[(&str, WriteValue)],
    ) -> Result<Write, String> {
        let mut by_position = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            by_position.push((self.field(entity, name)?, value.clone()));
        }
        by_position.sort_by_key(|(position, _)| *position);
        Ok(Write { entity: self.entity(entity)?, action, fields: by_position, embedded: Vec::new() })
    }

    pub(super) fn new_one(&self, entity: &str, fields: &[(&str, WriteValue)]) -> Result<Write, String> {
        self.put(entity, WriteAction::Create { id: None }, fields)
    }

    /// A create that later writes of its group can refer to.
    pub(super) fn referred(&self, entity: &str, number: u32, fields: &[(&str, WriteValue)]) -> Result<Write, String> {
        let id = (!self.back_references_to_new()).then(|| self.terms.id(entity, number));
        self.put(entity, WriteAction::Create { id }, fields)
    }

    pub(super) fn update(&self, entity: &str, id: &str, fields: &[(&str, WriteValue)]) -> Result<Write, String> {
        let action = WriteAction::Update { record: Record::Id(id.to_owned()), etag: None };
        self.put(entity, action, fields)
    }

    pub(super) fn delete(&self, entity: &str, id: &str) -> Result<Write, String> {
        self.put(entity, WriteAction::Delete { record: Record::Id(id.to_owned()), etag: None }, &[])
    }

    pub(super) fn upsert(
        &self,
        entity: &str,
        key: &str,
        only: bool,
        fields: &[(&str, WriteValue)],
    ) -> Result<Write, String> {
        let action = WriteAction::Upsert { key: vec![self.field(entity, key)?], update_only: only };
        self.put(entity, action, fields)
    }

    pub(super) fn find(&self, entity: &str, key: &'static str, value: Value) -> Result<Write, String> {
        let find = WriteAction::Find(Find { key: vec![self.field(entity, key)?] });
        self.put(entity, find, &[set(key, value)])
    }

    pub(super) async fn group(
        &self,
        atomic: bool,
        writes: Vec<Write>,
    ) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        self.adapter.write(&self.call(), &WriteGroup { atomic, writes }).await
    }

    /// One write by itself, atomic where the CRM has that.
    pub(super) async fn one(&self, write: Write) -> Result<Written, AdapterError> {
        let results = self.group(self.atomic(), vec![write]).await.map_err(|failed| failed.error)?;
        let missing = || Err(AdapterError::new(AdapterErrorKind::Unknown));
        results.into_iter().next().unwrap_or_else(missing)
    }

    /// One write that must succeed.
    pub(super) async fn done(&self, write: Write) -> Result<Written, String> {
        self.one(write).await.map_err(|error| format!("a plain write failed: {}", why(&error)))
    }

    pub(super) async fn create(&self, entity: &str, fields: &[(&str, WriteValue)]) -> Result<String, String> {
        let written = self.done(self.new_one(entity, fields)?).await?;
        ensure(written.created, || "a create does not say `created`".to_owned())?;
        Ok(written.id)
    }

    /// A query for some fields, by Id.
    pub(super) fn query(&self, entity: &str, fields: &[&str]) -> Result<Query, String> {
        let mut select = Vec::with_capacity(fields.len());
        for field in fields {
            select.push(self.field(entity, field)?);
        }
        select.sort_unstable();
        Ok(Query { entity: self.entity(entity)?, select, filter: None, sort: None, limit: None, joins: Vec::new() })
    }

    pub(super) fn join(&self, parent: (&str, &str), child: (&str, &str), query: Query) -> Result<Join, String> {
        let (parent_field, child_field) = (self.field(parent.0, parent.1)?, self.field(child.0, child.1)?);
        Ok(Join { parent_field, child_field, query })
    }

    pub(super) fn sorted(&self, mut query: Query, field: &str, direction: Direction) -> Result<Query, String> {
        let position = query.entity.position(field).ok_or("no such field")?;
        query.sort = Some((position, direction));
        Ok(query)
    }

    pub(super) async fn read(&self, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        self.adapter.read(&self.call(), queries).await
    }

    /// The rows of one query that must succeed whole.
    pub(super) async fn rows(&self, query: Query) -> Result<Vec<Row>, String> {
        let mut pages = self.read(&[query]).await.map_err(|error| format!("a plain read failed: {}", why(&error)))?;
        ensure(pages.len() == 1, || format!("one query, {} pages", pages.len()))?;
        let page = pages.pop().unwrap_or_default();
        ensure(!page.truncated, || "the page is truncated".to_owned())?;
        Ok(page.rows)
    }

    /// One field of all records of an entity that a filter leaves, by Id.
    pub(super) async fn names(
        &self,
        entity: &str,
        field: &str,
        filter: Option<Condition<Value>>,
    ) -> Result<Vec<String>, String> {
        let rows = self.rows(Query { filter, ..self.query(entity, &[field])? }).await?;
        let mut names: Vec<String> = rows.iter().map(|row| shown(row, field)).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// That nothing is in a table.
    pub(super) async fn empty(&self, entity: &str) -> Outcome {
        let rows = self.rows(self.query(entity, &[])?).await?;
        ensure(rows.is_empty(), || format!("there are {} records of `{entity}` that must not be", rows.len()))
    }
}

/// A text field of a row, for comparison; `-` for none.
pub(super) fn shown(row: &Row, field: &str) -> String {
    match row.values.get(field) {
        Some(Value::String(text) | Value::Id(text) | Value::Choice(text)) => text.clone(),
        Some(Value::Null) => "-".to_owned(),
        Some(other) => other.to_json().to_string(),
        None => "absent".to_owned(),
    }
}

pub(super) fn shown_all(rows: &[Row], field: &str) -> Vec<String> {
    rows.iter().map(|row| shown(row, field)).collect()
}
