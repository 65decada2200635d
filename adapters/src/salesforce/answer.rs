//! Answers: rows as the engine knows them.

use std::str::FromStr;

use engage_engine::adapter::{AdapterError, AdapterErrorKind, Page, Row};
use engage_engine::catalog::{Entity, EntityField};
use engage_engine::ids::FieldName;
use engage_engine::model::WireValue;
use engage_engine::{FieldType, Instance, Value};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::error::unread;
use super::id::canonical;
use super::literal;
use super::metadata::{Column, ID};
use super::query::{Local, Nested, Reading};
use crate::order::arrange;

/// Reads the rows of a query. They still hold what is only needed here, and lack what is read apart.
///
/// # Errors
/// `Rejected` with the field whose column holds what the definition's type cannot.
pub(super) fn page(reading: &Reading<'_>, result: &Json) -> Result<Page, AdapterError> {
    let mut reader = Reader { truncated: false };
    let rows = reader.rows(reading, result)?;
    Ok(Page { rows, truncated: reader.truncated })
}

struct Reader {
    truncated: bool,
}

impl Reader {
    /// The rows of a query's result or of a subquery's; no children are none, not an empty result. Recursion is as
    /// deep as the query's joins.
    fn rows(&mut self, reading: &Reading<'_>, result: &Json) -> Result<Vec<Row>, AdapterError> {
        if result.is_null() {
            return Ok(Vec::new());
        }
        let Some(Json::Array(records)) = result.get("records") else {
            return Err(unread("the answer holds no records"));
        };
        self.truncated |= result.get("done").and_then(Json::as_bool) != Some(true);
        let rows: Result<Vec<Row>, _> =
            records.iter().filter_map(Json::as_object).map(|record| self.row(reading, record)).collect();
        Ok(finish(reading, rows?))
    }

    fn row(&mut self, reading: &Reading<'_>, record: &Map<String, Json>) -> Result<Row, AdapterError> {
        let entity = &reading.query.entity;
        let id = record.get(ID).and_then(Json::as_str).and_then(canonical);
        let id = id.ok_or_else(|| unread("a record has no id"))?;
        let mut values = Instance::from([(FieldName::id(), Value::Id(id.clone()))]);
        for field in reading.fields.iter().filter_map(|position| entity.fields.get(*position)) {
            values.insert(field.name.clone(), value(reading, field, record)?);
        }
        let joined: Result<Vec<Vec<Row>>, _> = reading.joins.iter().map(|join| self.joined(join, record)).collect();
        Ok(Row { id, values, etag: None, joined: joined? })
    }

    fn joined(&mut self, join: &Nested<'_>, record: &Map<String, Json>) -> Result<Vec<Row>, AdapterError> {
        match join {
            Nested::Apart(_) => Ok(Vec::new()),
            Nested::Many { relationship, reading } => {
                self.rows(reading, record.get(*relationship).unwrap_or(&Json::Null))
            }
            Nested::One { relationship, kind, reading } => {
                let parent = record.get(*relationship).and_then(Json::as_object);
                let parent = parent.filter(|parent| kind.is_none_or(|kind| object_of(parent) == Some(kind)));
                let rows: Result<Vec<Row>, _> = parent.into_iter().map(|parent| self.row(reading, parent)).collect();
                Ok(finish(reading, rows?))
            }
        }
    }
}

/// The object that a record behind a reference is of: `TYPEOF` selects from the object itself, a path from `Name`,
/// which has the object as its `Type`. An object may have a column of that name.
fn object_of(record: &Map<String, Json>) -> Option<&str> {
    let attribute = record.get("attributes").and_then(|attributes| attributes.get("type")).and_then(Json::as_str);
    attribute.filter(|kind| *kind != "Name").or_else(|| record.get("Type")?.as_str())
}

fn value(reading: &Reading<'_>, field: &EntityField, record: &Map<String, Json>) -> Result<Value, AdapterError> {
    let (name, column) = reading.object.read_column(field)?;
    let Some(json) = record.get(name).filter(|json| !json.is_null()) else { return Ok(Value::Null) };
    if let Some(relationship) = column.polymorphic()
        && !refers(reading, field, record.get(relationship), json)
    {
        return Ok(Value::Null);
    }
    decode(column, field, json).ok_or_else(|| {
        let kind = AdapterErrorKind::Rejected { field: Some(field.name.to_string()) };
        AdapterError { kind, details: Some(format!("`{name}` does not hold a {}", field.field_type)) }
    })
}

/// Whether a polymorphic reference leads to the object that this field is about. Where the record behind it does not
/// show, the first characters of the id tell.
fn refers(reading: &Reading<'_>, field: &EntityField, behind: Option<&Json>, id: &Json) -> bool {
    let Some(target) = reading.metadata.referred(field) else { return true };
    let kind = behind.and_then(Json::as_object).and_then(object_of);
    match (kind, &target.key_prefix) {
        (Some(kind), _) => kind == target.name,
        (None, Some(prefix)) => id.as_str().is_some_and(|id| id.starts_with(prefix.as_str())),
        (None, None) => false,
    }
}

fn named(entity: &Entity, position: usize) -> Option<&FieldName> {
    entity.fields.get(position).map(|field| &field.name)
}

/// What the wire left to be done.
pub(super) fn finish(reading: &Reading<'_>, mut rows: Vec<Row>) -> Vec<Row> {
    let Local { filter, sort, limit } = &reading.local;
    if let Some(filter) = filter {
        rows.retain(|row| engage_engine::condition::matches(filter, &row.values));
    }
    if *sort {
        arrange(&reading.query.entity, reading.query.sort, &mut rows);
    }
    if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
        rows.truncate(limit);
    }
    rows
}

/// Takes away what nobody asked for. Recursion is as deep as the query's joins.
pub(super) fn strip(reading: &Reading<'_>, rows: &mut [Row]) {
    let entity = &reading.query.entity;
    for row in rows {
        let wanted = |name: &FieldName| {
            name.is_id() || reading.query.select.iter().any(|field| named(entity, *field) == Some(name))
        };
        row.values.retain(|name, _| wanted(name));
        for (join, joined) in reading.joins.iter().zip(&mut row.joined) {
            match join {
                Nested::One { reading, .. } | Nested::Many { reading, .. } => strip(reading, joined),
                Nested::Apart(_) => {}
            }
        }
    }
}

/// A column's value as its field's type; `None` when it is of another.
fn decode(column: &Column, field: &EntityField, json: &Json) -> Option<Value> {
    Some(match &field.field_type {
        FieldType::String => Value::String(text(json)?),
        FieldType::Ref(_) => {
            let id = json.as_str()?;
            // A column of texts may hold what is no id, and then it leads nowhere.
            Value::Id(canonical(id).unwrap_or_else(|| id.to_owned()))
        }
        FieldType::Boolean => Value::Boolean(json.as_bool()?),
        FieldType::Int => Value::Int(whole(json)?),
        FieldType::Double => Value::Double(json.as_f64().filter(|number| number.is_finite())?),
        FieldType::Decimal => Value::Decimal(decimal(&text(json)?)?),
        FieldType::Date => Value::Date(Date::from_str(json.as_str()?.get(..10)?).ok()?),
        FieldType::DateTime => Value::DateTime(Timestamp::from_str(json.as_str()?).ok()?),
        FieldType::Choice => Value::Choice(choice(column, field, text(json)?)),
        FieldType::MultiChoice => {
            let all = text(json)?;
            let values = all.split(';').filter(|value| !value.is_empty());
            let mut names: Vec<String> = values.map(|value| choice(column, field, value.to_owned())).collect();
            names.sort_unstable();
            names.dedup();
            Value::MultiChoice(names)
        }
    })
}

fn text(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Large amounts come with an exponent.
fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

/// Number columns without decimals come as `3.0`.
fn whole(json: &Json) -> Option<i64> {
    let exact = || decimal(&text(json)?).filter(|number| number.fract().is_zero())?.try_into().ok();
    json.as_i64().or_else(exact)
}

/// The name of a stored choice; one that the definition does not name shows as the CRM's own value, so that nothing
/// is lost and nothing is taken for another.
fn choice(column: &Column, field: &EntityField, found: String) -> String {
    let stored = |wire: &WireValue| literal::text(&literal::stored(column, wire));
    let declared = field.choices.iter().find(|choice| stored(&choice.wire_value()) == found);
    declared.map_or(found, |choice| choice.name.clone())
}
