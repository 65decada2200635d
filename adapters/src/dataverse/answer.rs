//! Answers: rows as the engine knows them.

use std::collections::HashMap;
use std::str::FromStr;

use engage_engine::adapter::{AdapterError, AdapterErrorKind, Page, Query, Row};
use engage_engine::catalog::{Entity, EntityField};
use engage_engine::ids::{FieldName, SemanticId};
use engage_engine::model::WireValue;
use engage_engine::{FieldType, Instance, Value};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::literal::is_guid;
use super::query::{Local, Nested, Reading};
use crate::order::arrange;

/// The most rows of a collection directly below the root; there may be more, and no link leads to them ("Join tables
/// using OData").
const MOST_EXPANDED: usize = 5000;

/// The tables that references lead to, by entity.
pub(super) type Targets = HashMap<SemanticId, String>;

/// Reads the rows of a query.
///
/// # Errors
/// `Rejected` with the field whose column holds what the definition's type cannot.
pub(super) fn page(reading: &Reading<'_>, rows: &[Json], targets: &Targets) -> Result<Page, AdapterError> {
    let mut reader = Reader { targets, truncated: false };
    let rows = reader.rows(reading, rows.iter())?;
    Ok(Page { rows, truncated: reader.truncated })
}

struct Reader<'a> {
    targets: &'a Targets,
    truncated: bool,
}

impl Reader<'_> {
    /// Recursion is as deep as the query's joins.
    fn rows<'j>(
        &mut self,
        reading: &Reading<'_>,
        rows: impl Iterator<Item = &'j Json>,
    ) -> Result<Vec<Row>, AdapterError> {
        let rows: Result<Vec<Row>, _> =
            rows.filter_map(Json::as_object).map(|columns| self.row(reading, columns)).collect();
        let mut rows = finish(reading, rows?);
        strip(reading.query, &mut rows);
        Ok(rows)
    }

    fn row(&mut self, reading: &Reading<'_>, columns: &Map<String, Json>) -> Result<Row, AdapterError> {
        let (entity, table) = (&reading.query.entity, reading.table);
        let id = columns.get(&table.primary_id).and_then(Json::as_str).unwrap_or_default().to_owned();
        let mut values = Instance::from([(FieldName::id(), Value::Id(id.clone()))]);
        for field in reading.fields.iter().filter_map(|position| entity.fields.get(*position)) {
            values.insert(field.name.clone(), value(self.targets, field, &table.property(field), columns)?);
        }
        let etag = columns.get("@odata.etag").and_then(Json::as_str).map(str::to_owned);
        let joined: Result<Vec<Vec<Row>>, _> = reading.joins.iter().map(|join| self.joined(join, columns)).collect();
        Ok(Row { id, values, etag, joined: joined? })
    }

    fn joined(&mut self, join: &Nested<'_>, columns: &Map<String, Json>) -> Result<Vec<Row>, AdapterError> {
        match columns.get(&join.property) {
            Some(Json::Array(rows)) => {
                let more = join.paged && columns.contains_key(&format!("{}@odata.nextLink", join.property));
                self.truncated |= more || rows.len() >= MOST_EXPANDED;
                self.rows(&join.reading, rows.iter())
            }
            Some(one @ Json::Object(_)) => self.rows(&join.reading, std::iter::once(one)),
            _ => Ok(Vec::new()),
        }
    }
}

/// Takes away what nobody asked for.
pub(super) fn strip(query: &Query, rows: &mut [Row]) {
    for row in rows {
        let wanted = |name: &FieldName| {
            name.is_id() || query.select.iter().any(|field| named(&query.entity, *field) == Some(name))
        };
        row.values.retain(|name, _| wanted(name));
    }
}

/// The value of a field, whose column has the name `property` in the answer.
pub(super) fn value(
    targets: &Targets,
    field: &EntityField,
    property: &str,
    columns: &Map<String, Json>,
) -> Result<Value, AdapterError> {
    let Some(json) = columns.get(property).filter(|json| !json.is_null()) else { return Ok(Value::Null) };
    if let FieldType::Ref(entity) = &field.field_type {
        // A polymorphic column says what it refers to; another table than this field's is no value of it.
        let kind = columns.get(&format!("{property}@Microsoft.Dynamics.CRM.lookuplogicalname"));
        let other = kind.and_then(Json::as_str).zip(targets.get(entity));
        if other.is_some_and(|(found, wanted)| found != wanted) {
            return Ok(Value::Null);
        }
    }
    decode(field, json).ok_or_else(|| {
        let kind = AdapterErrorKind::Rejected { field: Some(field.name.to_string()) };
        AdapterError { kind, details: Some(format!("`{property}` does not hold a {}", field.field_type)) }
    })
}

fn named(entity: &Entity, position: usize) -> Option<&FieldName> {
    entity.fields.get(position).map(|field| &field.name)
}

/// What the wire left to be done.
fn finish(reading: &Reading<'_>, mut rows: Vec<Row>) -> Vec<Row> {
    let Local { filter, sort, limit } = reading.local;
    if let Some(filter) = filter {
        rows.retain(|row| engage_engine::condition::matches(filter, &row.values));
    }
    if sort {
        arrange(&reading.query.entity, reading.query.sort, &mut rows);
    }
    if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
        rows.truncate(limit);
    }
    rows
}

/// A column's value as its field's type; `None` when it is of another.
fn decode(field: &EntityField, json: &Json) -> Option<Value> {
    Some(match &field.field_type {
        FieldType::String => Value::String(text(json)?),
        // A GUID that is kept as text may be in capitals there; ids are compared letter for letter.
        FieldType::Ref(_) => {
            let id = json.as_str()?;
            Value::Id(if is_guid(id) { id.to_ascii_lowercase() } else { id.to_owned() })
        }
        FieldType::Boolean => Value::Boolean(json.as_bool()?),
        FieldType::Int => Value::Int(json.as_i64()?),
        FieldType::Double => Value::Double(json.as_f64().filter(|number| number.is_finite())?),
        FieldType::Decimal => {
            let text = text(json)?;
            // JSON may write a number with an exponent.
            Value::Decimal(Decimal::from_str(&text).or_else(|_| Decimal::from_scientific(&text)).ok()?)
        }
        FieldType::Date => Value::Date(Date::from_str(json.as_str()?.get(..10)?).ok()?),
        FieldType::DateTime => Value::DateTime(Timestamp::from_str(json.as_str()?).ok()?),
        FieldType::Choice => Value::Choice(choice(field, &stored(json)?)),
        FieldType::MultiChoice => {
            let all = text(json)?;
            let numbers = all.split(',').map(str::trim).filter(|number| !number.is_empty());
            let wires = numbers
                .map(|number| number.parse().map_or_else(|_| WireValue::Text(number.to_owned()), WireValue::Int));
            let mut names: Vec<String> = wires.map(|wire| choice(field, &wire)).collect();
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

fn stored(json: &Json) -> Option<WireValue> {
    Some(match json {
        Json::Bool(flag) => WireValue::Boolean(*flag),
        Json::Number(_) => WireValue::Int(json.as_i64()?),
        Json::String(text) => WireValue::Text(text.clone()),
        _ => return None,
    })
}

/// The name of a stored choice; one that the definition does not name shows as the CRM's own value, so that nothing
/// is lost and nothing is taken for another.
fn choice(field: &EntityField, wire: &WireValue) -> String {
    let declared = field.choices.iter().find(|choice| choice.wire_value() == *wire);
    match (declared, wire) {
        (Some(choice), _) => choice.name.clone(),
        (None, WireValue::Int(number)) => number.to_string(),
        (None, WireValue::Boolean(flag)) => flag.to_string(),
        (None, WireValue::Text(text)) => text.clone(),
    }
}
