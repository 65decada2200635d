//! What no statement reaches and can be asked for all the same before the first rows are known: by the ids that the
//! query names, or by its own condition once more.

use engage_engine::Value;
use engage_engine::adapter::{AdapterError, Join, Query};
use engage_engine::ids::FieldName;
use engage_engine::model::{Condition, Operator, Test};

use super::id::canonical;
use super::metadata::{ID, Metadata};
use super::query::{Nested, Reading, reading};
use super::read::{KEYS, MAX_QUERIES, Names};

/// The longest condition that is said twice, in bytes: a statement has 100,000 characters.
const MAX_REPEATED: usize = 20_000;

/// A query for a join that is sent along with its parent's.
#[derive(Debug)]
pub(super) struct Early {
    /// The parent's query, by position.
    pub(super) root: usize,
    /// The join, by position.
    pub(super) join: usize,
    query: Query,
    /// What restricts it to children of the parents, where their ids are not known.
    within: Option<String>,
}

impl Early {
    /// How it is asked for and read.
    pub(super) fn reading<'q>(&'q self, metadata: &'q Metadata) -> Result<Reading<'q>, AdapterError> {
        let mut reading = reading(metadata, &self.query)?;
        if let Some(within) = &self.within {
            reading.filter.text = Some(match reading.filter.text {
                Some(text) => format!("({text}) AND {within}"),
                None => within.clone(),
            });
        }
        Ok(reading)
    }
}

/// How queries are read, and what can be asked along with them as far as one request has room.
pub(super) fn readings<'q>(
    metadata: &'q Metadata,
    queries: &'q [Query],
) -> Result<(Vec<Reading<'q>>, Vec<Early>), AdapterError> {
    let readings: Result<Vec<Reading<'q>>, _> = queries.iter().map(|query| reading(metadata, query)).collect();
    let readings = readings?;
    let mut early = Vec::new();
    for (root, reading) in readings.iter().enumerate() {
        let ids = reading.query.filter.as_ref().and_then(ids);
        for (position, nested) in reading.joins.iter().enumerate() {
            let Nested::Apart(join) = nested else { continue };
            let names = Names::of(reading, join)?;
            if names.above != FieldName::ID {
                continue;
            }
            let one = |query, within| Early { root, join: position, query, within };
            match &ids {
                Some(ids) if ids.is_empty() || ids.len() > KEYS => {}
                Some(ids) => early.push(one(keyed(join, names.below, ids), None)),
                None => early.extend(within(metadata, reading, join)?.map(|text| one(whole(join), Some(text)))),
            }
        }
    }
    early.truncate(MAX_QUERIES.saturating_sub(readings.len()));
    Ok((readings, early))
}

/// The ids that a condition restricts records to.
fn ids(condition: &Condition<Value>) -> Option<Vec<String>> {
    match condition {
        Condition::Test(test) if test.field.is_id() && matches!(test.operator, Operator::Equals | Operator::In) => {
            let known = |operand: &Value| match operand {
                Value::Id(id) => canonical(id),
                _ => None,
            };
            Some(test.operands.iter().filter_map(known).collect())
        }
        Condition::And(inner) => inner.iter().find_map(|inner| match inner {
            test @ Condition::Test(_) => ids(test),
            _ => None,
        }),
        _ => None,
    }
}

/// A semi-join that restricts children to those of the records that a reading finds ("Comparison Operators": a
/// reference on the left, the ids of what it refers to on the right, no path in between, and two objects). `None` where
/// the parents are as many as there are, only some of those that fit, or told by more than their own columns.
fn within(metadata: &Metadata, reading: &Reading<'_>, join: &Join) -> Result<Option<String>, AdapterError> {
    let (Some(filter), Some(condition)) = (&reading.filter.text, &reading.query.filter) else { return Ok(None) };
    let child = metadata.of(&join.query.entity)?;
    let Some(field) = join.query.entity.fields.get(join.child_field) else { return Ok(None) };
    let (name, column) = child.read_column(field)?;
    let refers = column.kind == "reference" && column.filter && column.targets.contains(&reading.object.name);
    let refers = refers && child.name != reading.object.name;
    let mut plain = true;
    for named in engage_engine::condition::fields(condition) {
        if let Some(field) = reading.query.entity.field(named.as_str()) {
            plain &= reading.object.read_column(field)?.1.polymorphic().is_none();
        }
    }
    let all = reading.query.limit.is_none();
    let short = filter.len() <= MAX_REPEATED;
    Ok((refers && plain && all && short)
        .then(|| format!("{name} IN (SELECT {ID} FROM {} WHERE {filter})", reading.object.name)))
}

/// The query of a join for all its parents.
fn whole(join: &Join) -> Query {
    Query { select: needed(join), sort: None, limit: None, ..join.query.clone() }
}

/// The query of a join for some parents. Its sort and limit are per parent: done here, unless there is only one.
pub(super) fn keyed(join: &Join, field: &FieldName, keys: &[String]) -> Query {
    let operands = keys.iter().cloned().map(Value::Id).collect();
    let mut conditions = vec![Condition::Test(Test { field: field.clone(), operator: Operator::In, operands })];
    conditions.extend(join.query.filter.clone());
    let one = keys.len() == 1;
    let (sort, limit) = (join.query.sort.filter(|_| one), join.query.limit.filter(|_| one));
    Query { select: needed(join), filter: Some(Condition::And(conditions)), sort, limit, ..join.query.clone() }
}

/// What is selected of a join's records, so that they can be given to their parents.
fn needed(join: &Join) -> Vec<usize> {
    let mut select = join.query.select.clone();
    select.push(join.child_field);
    select.extend(join.query.sort.map(|(field, _)| field));
    select.sort_unstable();
    select.dedup();
    select
}
