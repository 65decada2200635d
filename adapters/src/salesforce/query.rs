//! Queries, and what has to be known to read their answers.
//!
//! Joins along relationships are paths and subqueries of one statement ("Using Relationship Queries"). What the wire
//! cannot say (a filter behind a path, two joins through one subquery) is done here after fetching more; what one
//! statement cannot reach at all is marked to be read apart.

use engage_engine::FieldType;
use engage_engine::adapter::{AdapterError, Join, Query};
use engage_engine::catalog::Entity;
use engage_engine::ids::FieldName;
use engage_engine::model::{Condition, Direction, Test};
use engage_engine::value::Value;

use super::filter::{Filter, filter};
use super::id::canonical;
use super::metadata::{ID, Metadata, Object};
use crate::guard::unsupported;

/// The most steps of a path from a child up to its parents ("Understanding Relationship Query Limitations").
const MAX_UP: usize = 5;
/// The most subqueries in each other: five levels, the root being the first ("Using Relationship Queries").
const MAX_DOWN: usize = 4;

/// How the rows of a query are asked for and read from an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading<'q> {
    /// The query.
    pub(super) query: &'q Query,
    pub(super) metadata: &'q Metadata,
    /// Its object.
    pub(super) object: &'q Object,
    /// What the wire filters by.
    pub(super) filter: Filter,
    /// The wire's order; absent where it can have none or several queries share the rows.
    pub(super) order: Option<String>,
    /// The wire's limit.
    pub(super) limit: Option<u32>,
    /// Field positions decoded: those wanted and those that are needed here, sorted.
    pub(super) fields: Vec<usize>,
    /// What is done with the rows here.
    pub(super) local: Local,
    /// Per join how its rows are reached.
    pub(super) joins: Vec<Nested<'q>>,
}

/// A join inside an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Nested<'q> {
    /// A parent, by a path; of a polymorphic reference only an object of this name.
    One { relationship: &'q str, kind: Option<&'q str>, reading: Reading<'q> },
    /// Children, by a subquery.
    Many { relationship: &'q str, reading: Reading<'q> },
    /// No relationship leads there from where the statement stands: a column that holds ids as text, children of a
    /// parent, too many levels. It is a query of its own.
    Apart(&'q Join),
}

/// What the wire left to be done.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Local {
    /// Rows that do not meet this are dropped.
    pub(super) filter: Option<Condition<Value>>,
    /// Rows are put in the query's order.
    pub(super) sort: bool,
    /// No more rows than these.
    pub(super) limit: Option<u32>,
}

/// Where in a statement a query stands.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// Steps up from what stands behind `FROM`.
    up: usize,
    /// Subqueries around.
    down: usize,
    /// Inside a `TYPEOF`, which may not stand in another.
    typed: bool,
    /// Other queries stand there too.
    shared: bool,
    /// Behind a path, where nothing is filtered, sorted or limited.
    path: bool,
}

/// A way from a row to the rows of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step<'q> {
    One(&'q str, Option<&'q str>),
    Many(&'q str),
    Apart,
}

/// Lowers one query.
///
/// # Errors
/// `NotFound` for what this organisation does not have, `Unsupported` for what no statement can say.
pub(super) fn reading<'q>(metadata: &'q Metadata, query: &'q Query) -> Result<Reading<'q>, AdapterError> {
    at(metadata, query, Place::default())
}

/// Recursion is as deep as the query's joins, which has been held against the capabilities.
fn at<'q>(metadata: &'q Metadata, query: &'q Query, place: Place) -> Result<Reading<'q>, AdapterError> {
    let object = metadata.of(&query.entity)?;
    let filter = own_filter(metadata, object, query)?;
    let alone = !place.shared && !place.path;
    let order = order(object, query)?.filter(|_| alone);
    let whole = alone && filter.exact;
    let local = Local {
        filter: query.filter.as_ref().filter(|_| !whole).map(with_whole_ids),
        sort: order.is_none() && !place.path,
        limit: query.limit.filter(|_| !whole || order.is_none()),
    };
    let limit = query.limit.filter(|_| whole && order.is_some());
    let joins = joins(metadata, query, place)?;
    let fields = needed(query, &local, &joins);
    Ok(Reading { query, metadata, object, filter, order, limit, fields, local, joins })
}

/// How the rows of a query's joins are reached.
fn joins<'q>(metadata: &'q Metadata, query: &'q Query, place: Place) -> Result<Vec<Nested<'q>>, AdapterError> {
    let steps: Result<Vec<Step<'q>>, _> = query.joins.iter().map(|join| step(metadata, query, join, place)).collect();
    let steps = steps?;
    let mut joins = Vec::with_capacity(steps.len());
    for (join, step) in query.joins.iter().zip(&steps) {
        let twice = steps.iter().filter(|other| *other == step).nth(1).is_some();
        let shared = place.shared || twice;
        joins.push(match *step {
            Step::One(relationship, kind) => {
                let below =
                    Place { up: place.up + 1, typed: place.typed || kind.is_some(), path: true, shared, ..place };
                Nested::One { relationship, kind, reading: at(metadata, &join.query, below)? }
            }
            Step::Many(relationship) => {
                let below = Place { down: place.down + 1, shared, ..Place::default() };
                Nested::Many { relationship, reading: at(metadata, &join.query, below)? }
            }
            Step::Apart => Nested::Apart(join),
        });
    }
    Ok(joins)
}

fn step<'q>(metadata: &'q Metadata, query: &'q Query, join: &'q Join, place: Place) -> Result<Step<'q>, AdapterError> {
    let (parent, child) = (&query.entity, &join.query.entity);
    let (above, below) = (metadata.of(parent)?, metadata.of(child)?);
    let is_id = |entity: &Entity, position| entity.position(FieldName::ID) == Some(position);
    let reference = |entity: &'q Entity, position: usize| {
        entity.fields.get(position).filter(|field| matches!(field.field_type, FieldType::Ref(_)))
    };
    if is_id(child, join.child_field) {
        let Some(field) = reference(parent, join.parent_field) else { return Err(no_reference()) };
        let (_, column) = above.read_column(field)?;
        let leads = column.kind == "reference" && column.targets.contains(&below.name) && place.up < MAX_UP;
        return Ok(match (&column.relationship, column.polymorphic()) {
            (Some(_), Some(_)) if place.typed => Step::Apart,
            (Some(relationship), Some(_)) if leads => Step::One(relationship, Some(&below.name)),
            (Some(relationship), None) if leads => Step::One(relationship, None),
            _ => Step::Apart,
        });
    }
    let field = reference(child, join.child_field).filter(|_| is_id(parent, join.parent_field));
    let Some(field) = field else { return Err(no_reference()) };
    let (name, _) = below.read_column(field)?;
    // "Using Relationship Queries": a subquery is about children of what stands behind the outer `FROM`.
    let reachable = !place.path && place.down < MAX_DOWN;
    Ok(above.child(below, name).filter(|_| reachable).map_or(Step::Apart, Step::Many))
}

pub(super) fn no_reference() -> AdapterError {
    unsupported("join on fields that are no references", super::NAME)
}

/// The fields that a query fetches: those wanted, and those that are looked at here.
fn needed(query: &Query, local: &Local, joins: &[Nested<'_>]) -> Vec<usize> {
    let mut fields = query.select.clone();
    if let Some(filter) = &local.filter {
        let named = engage_engine::condition::fields(filter);
        fields.extend(named.into_iter().filter_map(|name| query.entity.position(name.as_str())));
    }
    fields.extend(query.sort.filter(|_| local.sort).map(|(field, _)| field));
    fields.extend(joins.iter().filter_map(|join| match join {
        Nested::Apart(join) => Some(join.parent_field),
        _ => None,
    }));
    fields.sort_unstable();
    fields.dedup();
    fields
}

fn own_filter(metadata: &Metadata, object: &Object, query: &Query) -> Result<Filter, AdapterError> {
    match &query.filter {
        Some(condition) => filter(metadata, object, &query.entity, condition),
        None => Ok(Filter { text: None, exact: true }),
    }
}

/// The order of a query's rows; no value comes before every value, ties sort by the primary key. `None` where the
/// wire has another order than engage: picklists sort as the administrator arranged them ("ORDER BY"), and of a
/// polymorphic column only some values count.
fn order(object: &Object, query: &Query) -> Result<Option<String>, AdapterError> {
    let sorted = query.sort.and_then(|(position, direction)| Some((query.entity.fields.get(position)?, direction)));
    Ok(match sorted {
        Some((field, direction)) if !field.name.is_id() => {
            let (name, column) = object.read_column(field)?;
            let choice = matches!(field.field_type, FieldType::Choice | FieldType::MultiChoice);
            let arranged = choice || matches!(column.kind.as_str(), "picklist" | "multipicklist" | "combobox");
            let direction = if direction == Direction::Descending { "DESC NULLS LAST" } else { "ASC NULLS FIRST" };
            let possible = column.sort && !arranged && column.polymorphic().is_none();
            possible.then(|| format!("{name} {direction}, {ID}"))
        }
        Some((_, Direction::Descending)) => Some(format!("{ID} DESC")),
        _ => Some(ID.to_owned()),
    })
}

/// A condition for rows whose ids have all their characters.
pub(super) fn with_whole_ids(condition: &Condition<Value>) -> Condition<Value> {
    let all = |inner: &[Condition<Value>]| inner.iter().map(with_whole_ids).collect();
    match condition {
        Condition::And(inner) => Condition::And(all(inner)),
        Condition::Or(inner) => Condition::Or(all(inner)),
        Condition::Not(inner) => Condition::Not(Box::new(with_whole_ids(inner))),
        Condition::Test(test) => {
            let operands = test.operands.iter().map(|operand| match operand {
                Value::Id(id) => Value::Id(canonical(id).unwrap_or_else(|| id.clone())),
                other => other.clone(),
            });
            Condition::Test(Test { operands: operands.collect(), ..test.clone() })
        }
    }
}
