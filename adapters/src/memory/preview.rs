//! Requests for dry runs. No CRM speaks this: they are made to be read.

use engage_engine::adapter::{Back, Capabilities, Query, Record, Request, Write, WriteAction, WriteGroup, WriteValue};
use engage_engine::catalog::Entity;
use engage_engine::model::{Condition, Direction};
use engage_engine::value::Value;
use serde_json::{Map, Value as Json, json};

use crate::guard::method;

pub(crate) fn read(queries: &[Query]) -> Vec<Request> {
    let target = match queries {
        [] => return Vec::new(),
        [query] => query.entity.crm_type.clone(),
        many => format!("batch of {}", many.len()),
    };
    vec![request("QUERY", target, &queries_json(queries))]
}

/// The queries of a read; one stands for itself.
pub(crate) fn queries_json(queries: &[Query]) -> Json {
    let mut bodies: Vec<Json> = queries.iter().map(query).collect();
    if bodies.len() == 1 { bodies.pop().unwrap_or_default() } else { Json::Array(bodies) }
}

/// The writes of a group.
pub(crate) fn writes_json(group: &WriteGroup) -> Json {
    Json::Array(group.writes.iter().enumerate().map(|(position, write)| one(position, write)).collect())
}

pub(crate) fn write(can: &Capabilities, group: &WriteGroup) -> Vec<Request> {
    if group.writes.is_empty() {
        return Vec::new();
    }
    let form = match crate::guard::form(can, group) {
        Some(limits) => &limits.form,
        None => &can.write_batch.form,
    };
    vec![request("WRITE", format!("{form} of {}", group.writes.len()), &writes_json(group))]
}

fn request(method: &str, target: String, body: &Json) -> Request {
    Request { method: method.to_owned(), target, body: format!("{body:#}") }
}

/// Recursion is as deep as the capabilities let joins be.
fn query(query: &Query) -> Json {
    let entity = &query.entity;
    let mut body = Map::new();
    body.insert("from".to_owned(), json!(entity.crm_type));
    body.insert("select".to_owned(), query.select.iter().map(|field| read_column(entity, *field)).collect());
    if let Some(filter) = &query.filter {
        body.insert("where".to_owned(), condition(entity, filter));
    }
    if let Some((field, direction)) = query.sort {
        let direction = if direction == Direction::Descending { " desc" } else { "" };
        body.insert("sort".to_owned(), json!(format!("{}{direction}", read_column(entity, field))));
    }
    if let Some(limit) = query.limit {
        body.insert("limit".to_owned(), json!(limit));
    }
    if !query.joins.is_empty() {
        let joins = query.joins.iter().map(|join| {
            let child = &join.query.entity;
            let on = format!("{} = {}", read_column(child, join.child_field), read_column(entity, join.parent_field));
            let mut below = self::query(&join.query);
            if let Some(below) = below.as_object_mut() {
                below.insert("on".to_owned(), json!(on));
            }
            below
        });
        body.insert("join".to_owned(), joins.collect());
    }
    Json::Object(body)
}

fn read_column(entity: &Entity, position: usize) -> String {
    let field = entity.fields.get(position);
    field.and_then(|field| field.read_column.clone()).unwrap_or_else(|| "Id".to_owned())
}

/// Recursion is bounded: the guard has refused deeper conditions.
fn condition(entity: &Entity, filter: &Condition<Value>) -> Json {
    match filter {
        Condition::Test(test) => {
            let position = entity.position(test.field.as_str());
            let column = position.map_or_else(|| test.field.to_string(), |position| read_column(entity, position));
            let operands = test.operands.iter().map(|operand| wire(entity, position, operand)).collect::<Vec<_>>();
            json!({ column: { test.operator.name(): operands } })
        }
        Condition::And(inner) => {
            json!({ "and": inner.iter().map(|inner| condition(entity, inner)).collect::<Vec<_>>() })
        }
        Condition::Or(inner) => json!({ "or": inner.iter().map(|inner| condition(entity, inner)).collect::<Vec<_>>() }),
        Condition::Not(inner) => json!({ "not": condition(entity, inner) }),
    }
}

/// The value as the CRM stores it.
fn wire(entity: &Entity, position: Option<usize>, value: &Value) -> Json {
    let choices = position.and_then(|position| entity.fields.get(position)).map(|field| field.choices.as_slice());
    let stored = |name: &str| {
        let choice = choices.unwrap_or_default().iter().find(|choice| choice.name == name);
        choice.map_or_else(|| json!(name), |choice| json!(super::Wire(choice.wire_value())))
    };
    match value {
        Value::Choice(name) => stored(name),
        Value::MultiChoice(names) => names.iter().map(|name| stored(name)).collect(),
        other => other.to_json(),
    }
}

fn one(position: usize, write: &Write) -> Json {
    let entity = &write.entity;
    let mut body = Map::new();
    let record = |record: &Record| match record {
        Record::Id(id) => id.clone(),
        Record::Back(back) => reference(*back),
    };
    let columns = |key: &[usize]| key.iter().map(|field| write_column(entity, *field)).collect::<Vec<_>>().join(", ");
    let (target, etag) = match &write.action {
        WriteAction::Create { id: None } => (entity.crm_type.clone(), None),
        WriteAction::Create { id: Some(id) } => (format!("{} as {id}", entity.crm_type), None),
        WriteAction::Update { record: id, etag } | WriteAction::Delete { record: id, etag } => {
            (format!("{}/{}", entity.crm_type, record(id)), etag.as_ref())
        }
        WriteAction::Upsert { key, update_only } => {
            let only = if *update_only { ", update only" } else { "" };
            (format!("{} by {}{only}", entity.crm_type, columns(key)), None)
        }
        WriteAction::Find(find) => (format!("{} by {}", entity.crm_type, columns(&find.key)), None),
    };
    body.insert(method(&write.action).to_owned(), json!(target));
    body.insert("ref".to_owned(), json!(position));
    if let Some(etag) = etag {
        body.insert("if".to_owned(), json!(etag));
    }
    if !write.fields.is_empty() {
        body.insert("set".to_owned(), set(entity, &write.fields));
    }
    for embedded in &write.embedded {
        let collection =
            embedded.entity.embedded.as_ref().map_or(embedded.entity.crm_type.as_str(), |own| &own.collection);
        let rows = embedded.rows.iter().map(|row| set(&embedded.entity, row));
        let all = body.entry(collection).or_insert_with(|| json!([]));
        all.as_array_mut().into_iter().for_each(|all| all.extend(rows.clone()));
    }
    Json::Object(body)
}

fn set(entity: &Entity, fields: &[(usize, WriteValue)]) -> Json {
    let mut body = Map::new();
    for (position, value) in fields {
        let value = match value {
            WriteValue::Value(value) => wire(entity, Some(*position), value),
            WriteValue::Back(back) => json!(reference(*back)),
        };
        body.insert(write_column(entity, *position), value);
    }
    Json::Object(body)
}

fn reference(Back(position): Back) -> String {
    format!("@{{{position}.id}}")
}

fn write_column(entity: &Entity, position: usize) -> String {
    let field = entity.fields.get(position);
    let column = field.and_then(|field| field.write_column.clone().or_else(|| field.read_column.clone()));
    column.unwrap_or_else(|| "Id".to_owned())
}
