//! A CRM of a few lines, with faults on order. The real simulated CRM is an adapter and so out of the engine's reach.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;

use crate::adapter::*;
use crate::catalog::Entity;
use crate::condition::matches;
use crate::ids::{CrmName, FieldName};
use crate::model::Direction;
use crate::run::{Clock, Jitter};
use crate::value::{Instance, Value};

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    /// It fails with no effect.
    Before(AdapterErrorKind),
    /// It takes effect and the answer is lost.
    After,
    /// Of a group that is not atomic only the first write takes effect, then the answer is lost.
    Half,
}

type Table = BTreeMap<String, (Instance, u64)>;

#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    pub(crate) tables: BTreeMap<String, Table>,
    next: u64,
}

#[derive(Debug)]
pub(crate) struct Crm {
    name: CrmName,
    pub(crate) capabilities: Capabilities,
    pub(crate) store: Mutex<Store>,
    pub(crate) calls: Mutex<Vec<String>>,
    pub(crate) faults: Mutex<BTreeMap<usize, Fault>>,
}

pub(crate) fn everything() -> Capabilities {
    let limits = |form: &str, max| BatchLimits { form: form.into(), max };
    Capabilities {
        name: "everything".into(),
        atomic_group: Some(AtomicGroup { form: "group".into(), max_writes: 100, max_depth: None, max_kinds: None }),
        other_atomic_group: None,
        write_batch: limits("batch", 100),
        read_batch: limits("batch", 100),
        share_reads: true,
        back_references: true,
        caller_ids: true,
        upsert: true,
        find_in_group: true,
        compound_keys: true,
        etags: true,
        join: JoinLimits {
            form: "join".into(),
            depth: 5,
            many_depth: 5,
            many_below_one: true,
            max_to_one: 10,
            max_to_many: 10,
            max_total: 15,
            repeats: true,
            any_field: true,
            by_value: None,
            sorted: JoinSort::Wire,
        },
        in_list: 100,
    }
}

/// Ids are the CRM's, groups are atomic, records refer back.
pub(crate) fn own_ids() -> Capabilities {
    Capabilities { name: "own ids".into(), caller_ids: false, ..everything() }
}

/// Nothing but one record at a time.
pub(crate) fn plain() -> Capabilities {
    let mut plain = everything();
    plain.name = "plain".into();
    plain.atomic_group = None;
    plain.write_batch.max = 1;
    plain.read_batch.max = 1;
    plain.share_reads = false;
    plain.back_references = false;
    plain.caller_ids = false;
    plain.upsert = false;
    plain.find_in_group = false;
    plain.etags = false;
    plain.join.depth = 0;
    plain.in_list = 2;
    plain
}

/// Groups are not atomic; records have the caller's ids and versions.
pub(crate) fn batches() -> Capabilities {
    let mut batches = everything();
    batches.name = "batches".into();
    batches.atomic_group = None;
    batches.write_batch.max = 2;
    batches.back_references = false;
    batches.join.depth = 1;
    batches.in_list = 3;
    batches
}

impl Crm {
    pub(crate) fn new(capabilities: Capabilities) -> Self {
        Self {
            name: CrmName::new("crm-a").unwrap(),
            capabilities,
            store: Mutex::default(),
            calls: Mutex::default(),
            faults: Mutex::default(),
        }
    }

    pub(crate) fn with(self, entity: &str, id: &str, fields: &[(&str, &str)]) -> Self {
        let mut record: Instance =
            fields.iter().map(|(name, text)| (FieldName::new(name).unwrap(), value(name, text))).collect();
        record.insert(FieldName::id(), Value::Id(id.into()));
        self.store.lock().unwrap().tables.entry(entity.into()).or_default().insert(id.into(), (record, 1));
        self
    }

    pub(crate) fn fault(self, call: usize, fault: Fault) -> Self {
        self.faults.lock().unwrap().insert(call, fault);
        self
    }

    /// The records, with ids that the CRM made replaced by how many there were before: a line each.
    pub(crate) fn state(&self) -> Vec<String> {
        let store = self.store.lock().unwrap();
        let mut lines = Vec::new();
        for (entity, table) in &store.tables {
            for (id, (record, _)) in table {
                let fields = record.iter().filter(|(name, value)| !name.is_id() && !value.is_null());
                let fields: Vec<String> = fields.map(|(name, value)| format!("{name}={}", value.to_json())).collect();
                lines.push(format!("{entity} {id}: {}", fields.join(" ")));
            }
        }
        lines
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    fn next_fault(&self, call: &str) -> Option<Fault> {
        let mut calls = self.calls.lock().unwrap();
        calls.push(call.to_owned());
        self.faults.lock().unwrap().remove(&calls.len())
    }
}

/// References by the habit of their names, everything else text.
pub(crate) fn value(name: &str, text: &str) -> Value {
    let reference = name.ends_with("Id") || ["Manager", "Primary", "Author"].contains(&name);
    if reference { Value::Id(text.into()) } else { Value::String(text.into()) }
}

fn error(kind: AdapterErrorKind) -> AdapterError {
    AdapterError::new(kind)
}

fn name(entity: &Entity, field: usize) -> FieldName {
    entity.fields[field].name.clone()
}

impl Store {
    fn rows(&self, query: &Query, above: Option<&Value>, child_field: usize) -> Vec<Row> {
        let empty = Table::new();
        let table = self.tables.get(query.entity.id.as_str()).unwrap_or(&empty);
        let mut found: Vec<(&String, &(Instance, u64))> = table
            .iter()
            .filter(|(_, (record, _))| query.filter.as_ref().is_none_or(|filter| matches(filter, record)))
            .filter(|(_, (record, _))| {
                above.is_none_or(|above| {
                    let own = record.get(&name(&query.entity, child_field)).unwrap_or(&Value::Null);
                    !own.is_null() && own.same(above)
                })
            })
            .collect();
        if let Some((field, direction)) = query.sort {
            let field = name(&query.entity, field);
            let key = |record: &Instance| record.get(&field).cloned().unwrap_or(Value::Null);
            found.sort_by(|(a_id, (a, _)), (b_id, (b, _))| {
                let ordering = key(a).compare(&key(b)).unwrap_or_else(|| key(b).is_null().cmp(&key(a).is_null()));
                let ordering = if direction == Direction::Descending { ordering.reverse() } else { ordering };
                ordering.then(a_id.cmp(b_id))
            });
        }
        found.truncate(query.limit.map_or(usize::MAX, |limit| limit as usize));
        found.into_iter().map(|(id, (record, version))| self.row(query, id, record, *version)).collect()
    }

    fn row(&self, query: &Query, id: &str, record: &Instance, version: u64) -> Row {
        let get = |field: FieldName| (field.clone(), record.get(&field).cloned().unwrap_or(Value::Null));
        let mut values: Instance = query.select.iter().map(|field| get(name(&query.entity, *field))).collect();
        values.insert(FieldName::id(), Value::Id(id.into()));
        let joined = query.joins.iter().map(|join| {
            let above = record.get(&name(&query.entity, join.parent_field)).cloned().unwrap_or(Value::Null);
            if above.is_null() { Vec::new() } else { self.rows(&join.query, Some(&above), join.child_field) }
        });
        Row { id: id.into(), values, etag: Some(version.to_string()), joined: joined.collect() }
    }

    fn write(&mut self, write: &Write, made: &[String]) -> Result<Written, AdapterError> {
        let fields: Instance = write
            .fields
            .iter()
            .map(|(field, value)| {
                let value = match value {
                    WriteValue::Value(value) => value.clone(),
                    WriteValue::Back(back) => Value::Id(made[back.0].clone()),
                };
                (name(&write.entity, *field), value)
            })
            .collect();
        let record_id = |record: &Record| match record {
            Record::Id(id) => id.clone(),
            Record::Back(back) => made[back.0].clone(),
        };
        let by_key = |store: &Self, key: &[usize]| {
            let table = store.tables.get(write.entity.id.as_str())?;
            let same = |record: &Instance| {
                key.iter().all(|field| {
                    let name = name(&write.entity, *field);
                    record.get(&name).is_some_and(|value| value.same(&fields[&name]))
                })
            };
            table.iter().find(|(_, (record, _))| same(record)).map(|(id, _)| id.clone())
        };
        match &write.action {
            WriteAction::Create { id } => self.create(write, id.clone(), fields),
            WriteAction::Update { record, etag } => self.change(write, &record_id(record), etag.as_ref(), fields),
            WriteAction::Upsert { key, update_only } => match by_key(self, key) {
                Some(id) => self.change(write, &id, None, fields),
                None if *update_only => Err(error(AdapterErrorKind::NotFound)),
                None => self.create(write, None, fields),
            },
            WriteAction::Find(find) => {
                let id = by_key(self, &find.key).ok_or_else(|| error(AdapterErrorKind::NotFound))?;
                Ok(Written { id, created: false, etag: None })
            }
            WriteAction::Delete { record, etag } => {
                let id = record_id(record);
                let table = self.tables.entry(write.entity.id.to_string()).or_default();
                let (_, version) = table.get(&id).ok_or_else(|| error(AdapterErrorKind::NotFound))?;
                if etag.as_ref().is_some_and(|etag| *etag != version.to_string()) {
                    return Err(error(AdapterErrorKind::Conflict));
                }
                table.remove(&id);
                Ok(Written { id, created: false, etag: None })
            }
        }
    }

    fn create(&mut self, write: &Write, id: Option<String>, mut fields: Instance) -> Result<Written, AdapterError> {
        let id = id.unwrap_or_else(|| {
            self.next += 1;
            format!("{}-{}", write.entity.id, self.next)
        });
        let table = self.tables.entry(write.entity.id.to_string()).or_default();
        let unique = write.entity.idempotency.map(|field| name(&write.entity, field));
        let taken = unique.and_then(|name| Some((fields.get(&name)?.clone(), name))).is_some_and(|(key, name)| {
            table.values().any(|(record, _)| record.get(&name).is_some_and(|value| value.same(&key)))
        });
        if taken || table.contains_key(&id) {
            return Err(error(AdapterErrorKind::Duplicate));
        }
        fields.insert(FieldName::id(), Value::Id(id.clone()));
        table.insert(id.clone(), (fields, 1));
        self.embed(write, &id);
        Ok(Written { id, created: true, etag: Some("1".into()) })
    }

    fn change(
        &mut self,
        write: &Write,
        id: &str,
        etag: Option<&String>,
        fields: Instance,
    ) -> Result<Written, AdapterError> {
        let table = self.tables.entry(write.entity.id.to_string()).or_default();
        let (record, version) = table.get_mut(id).ok_or_else(|| error(AdapterErrorKind::NotFound))?;
        if etag.is_some_and(|etag| *etag != version.to_string()) {
            return Err(error(AdapterErrorKind::Conflict));
        }
        record.extend(fields);
        *version += 1;
        let etag = Some(version.to_string());
        self.embed(write, id);
        Ok(Written { id: id.into(), created: false, etag })
    }

    /// Embedded records stand in their own table, named by their parent.
    fn embed(&mut self, write: &Write, id: &str) {
        for embedded in &write.embedded {
            let table = self.tables.entry(embedded.entity.id.to_string()).or_default();
            table.retain(|key, _| !key.starts_with(&format!("{id}/")));
            for (index, row) in embedded.rows.iter().enumerate() {
                let fields = row.iter().map(|(field, value)| {
                    let WriteValue::Value(value) = value else { panic!("a reference inside an embedded record") };
                    (name(&embedded.entity, *field), value.clone())
                });
                table.insert(format!("{id}/{index}"), (fields.collect(), 1));
            }
        }
    }
}

#[async_trait]
impl Adapter for Crm {
    fn crm(&self) -> &CrmName {
        &self.name
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn read(&self, _: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        assert!(queries.len() <= self.capabilities.read_batch.max);
        let names: Vec<&str> = queries.iter().map(|query| query.entity.id.as_str()).collect();
        match self.next_fault(&format!("read {}", names.join("+"))) {
            Some(Fault::Before(kind)) => return Err(error(kind)),
            Some(_) => return Err(error(AdapterErrorKind::Unknown)),
            None => {}
        }
        let store = self.store.lock().unwrap();
        Ok(queries.iter().map(|query| Page { rows: store.rows(query, None, 0), truncated: false }).collect())
    }

    async fn write(&self, _: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        let verb = |write: &Write| match write.action {
            WriteAction::Create { .. } => "create",
            WriteAction::Update { .. } => "update",
            WriteAction::Upsert { .. } => "upsert",
            WriteAction::Delete { .. } => "delete",
            WriteAction::Find(_) => "find",
        };
        let names: Vec<String> =
            group.writes.iter().map(|write| format!("{} {}", verb(write), write.entity.id)).collect();
        let fault = self.next_fault(&names.join("+"));
        if let Some(Fault::Before(kind)) = fault {
            return Err(error(kind).into());
        }
        let mut store = self.store.lock().unwrap();
        let mut next = store.clone();
        let (mut made, mut results) = (Vec::new(), Vec::new());
        for (position, write) in group.writes.iter().enumerate() {
            if fault == Some(Fault::Half) && position > 0 {
                break;
            }
            let result = next.write(write, &made);
            if let (Err(error), true) = (&result, group.atomic) {
                return Err(GroupError { error: error.clone(), culprit: Some(position) });
            }
            made.push(result.as_ref().map(|written| written.id.clone()).unwrap_or_default());
            results.push(result);
        }
        if !(group.atomic && fault == Some(Fault::Half)) {
            *store = next;
        }
        if fault.is_some() { Err(error(AdapterErrorKind::Unknown).into()) } else { Ok(results) }
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        let line = |query: &Query| Request {
            method: "READ".into(),
            target: query.entity.id.to_string(),
            body: query
                .filter
                .as_ref()
                .map(|filter| crate::input::filter::to_json(filter).to_string())
                .unwrap_or_default(),
        };
        Ok(queries.iter().map(line).collect())
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        let line = |write: &Write| {
            let fields = write.fields.iter().map(|(field, value)| {
                let value = match value {
                    WriteValue::Value(value) => value.to_json().to_string(),
                    WriteValue::Back(back) => format!("${}", back.0),
                };
                format!("{}={value}", name(&write.entity, *field))
            });
            Request {
                method: "WRITE".into(),
                target: write.entity.id.to_string(),
                body: fields.collect::<Vec<_>>().join(" "),
            }
        };
        Ok(group.writes.iter().map(line).collect())
    }
}

/// A clock on which only sleeping takes time.
#[derive(Debug, Default)]
pub(crate) struct Fake {
    pub(crate) now: Mutex<Duration>,
}

#[async_trait]
impl Clock for Fake {
    fn now(&self) -> Duration {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        // A timer that races a call never wins against one that is ready.
        tokio::task::yield_now().await;
        *self.now.lock().unwrap() += duration;
    }
}

/// The longest pause, always.
#[derive(Debug)]
pub(crate) struct Longest;

impl Jitter for Longest {
    fn between(&self, _: Duration, high: Duration) -> Duration {
        high
    }
}
