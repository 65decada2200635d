//! Queries as OData, and what has to be known to read their answers.
//!
//! Joins along lookups are nested `$expand`s, so that a pattern's read is one query ("Join tables using OData"). What
//! the wire cannot say (a filter behind a single-valued property, sorts below nested joins, two joins through one
//! property) is done here after fetching more.

use engage_engine::adapter::{AdapterError, Join, Query};
use engage_engine::catalog::Entity;
use engage_engine::ids::FieldName;
use engage_engine::model::{Condition, Direction};
use engage_engine::{FieldType, Value};

use super::filter::{Filter, filter};
use super::literal::encode;
use super::metadata::{Metadata, Table};
use crate::guard::unsupported;

/// The most rows that `$top` brings, as it is for a page ("Page results using OData"). More than these are paged.
const MOST_TOP: u32 = 5000;

/// A query as it travels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lowered<'q> {
    /// Path and query below the service root, encoded.
    pub(super) target: String,
    /// How the answer is read.
    pub(super) reading: Reading<'q>,
}

/// How the rows of a query are read from an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading<'q> {
    /// The query.
    pub(super) query: &'q Query,
    /// Its table.
    pub(super) table: &'q Table,
    /// Field positions decoded: those wanted and those that are needed here, sorted.
    pub(super) fields: Vec<usize>,
    /// What is done with the rows here.
    pub(super) local: Local<'q>,
    /// Per join its property and reading.
    pub(super) joins: Vec<Nested<'q>>,
}

impl Reading<'_> {
    /// How many rows off the wire are all that are wanted, where none of them is dropped here.
    pub(super) fn enough(&self) -> usize {
        let Local { filter, sort, limit } = self.local;
        let limit = limit.filter(|_| filter.is_none() && !sort).and_then(|limit| usize::try_from(limit).ok());
        limit.unwrap_or(usize::MAX)
    }
}

/// A join inside an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Nested<'q> {
    /// The navigation property.
    pub(super) property: String,
    /// Whether it holds a list.
    pub(super) many: bool,
    /// Whether a next link means that there is more: directly below the root it is there in any case.
    pub(super) paged: bool,
    /// How its rows are read.
    pub(super) reading: Reading<'q>,
}

/// What the wire left to be done.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Local<'q> {
    /// Rows that do not meet this are dropped.
    pub(super) filter: Option<&'q Condition<Value>>,
    /// Rows are put in the query's order.
    pub(super) sort: bool,
    /// No more rows than these.
    pub(super) limit: Option<u32>,
}

/// Lowers one query.
///
/// # Errors
/// `NotFound` for what this environment does not have, `Unsupported` for what no query can say.
pub(super) fn lower<'q>(metadata: &'q Metadata, query: &'q Query) -> Result<Lowered<'q>, AdapterError> {
    let lowering = Lowering { metadata, flat: query.joins.iter().all(|join| join.query.joins.is_empty()) };
    let table = metadata.of(&query.entity)?;
    let options = lowering.options(table, &[query], true)?;
    let options: Vec<String> = options.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let target = format!("{}?{}", table.entity_set, options.join("&"));
    Ok(Lowered { target, reading: lowering.reading(query, true, false)? })
}

struct Lowering<'q> {
    metadata: &'q Metadata,
    /// No joined query has joins of its own.
    flat: bool,
}

/// The joins of some queries through one property.
struct Expand<'q> {
    property: String,
    many: bool,
    joins: Vec<&'q Join>,
}

impl<'q> Lowering<'q> {
    /// The options of queries that share a place in the answer; at the root there is one.
    fn options(
        &self,
        table: &'q Table,
        queries: &[&'q Query],
        ordered: bool,
    ) -> Result<Vec<(&'static str, String)>, AdapterError> {
        let mut options = vec![("$select", self.select(table, queries))];
        let expands = self.expands(queries)?;
        if !expands.is_empty() {
            let texts: Result<Vec<String>, _> = expands.iter().map(|expand| self.expand(expand)).collect();
            options.push(("$expand", texts?.join(",")));
        }
        if let Some(text) = wire_filter(table, queries)? {
            options.push(("$filter", text));
        }
        if let ([query], true) = (queries, ordered) {
            let filter = own_filter(table, query)?;
            options.push(("$orderby", order(table, query)));
            if let Some(limit) = query.limit.filter(|limit| filter.exact && sorts(query) && *limit <= MOST_TOP) {
                options.push(("$top", limit.to_string()));
            }
        }
        Ok(options)
    }

    fn expand(&self, expand: &Expand<'q>) -> Result<String, AdapterError> {
        let queries: Vec<&Query> = expand.joins.iter().map(|join| &join.query).collect();
        let Some(first) = queries.first() else { return Ok(expand.property.clone()) };
        let table = self.metadata.of(&first.entity)?;
        let options = self.options(table, &queries, expand.many && self.flat)?;
        let options = options.into_iter().filter(|(name, _)| expand.many || *name != "$filter");
        let options: Vec<String> = options.map(|(name, value)| format!("{name}={value}")).collect();
        Ok(format!("{}({})", expand.property, options.join(";")))
    }

    /// The joins of queries by property, in order of appearance.
    fn expands(&self, queries: &[&'q Query]) -> Result<Vec<Expand<'q>>, AdapterError> {
        let mut expands: Vec<Expand<'q>> = Vec::new();
        for query in queries {
            for join in &query.joins {
                let (property, many) = self.property(query, join)?;
                match expands.iter_mut().find(|expand| expand.property == property) {
                    Some(expand) => expand.joins.push(join),
                    None => expands.push(Expand { property, many, joins: vec![join] }),
                }
            }
        }
        Ok(expands)
    }

    /// The navigation property of a join, and whether it leads to many.
    fn property(&self, query: &Query, join: &Join) -> Result<(String, bool), AdapterError> {
        let (parent, child) = (&query.entity, &join.query.entity);
        let table = self.metadata.of(parent)?;
        let is_id = |entity: &Entity, position| entity.position(FieldName::ID) == Some(position);
        if is_id(child, join.child_field) {
            let field = parent.fields.get(join.parent_field).filter(|field| table.is_lookup(field));
            let Some(field) = field else { return Err(unsupported("join on such a field", super::NAME)) };
            let property = table.expansion(table.read_column(field), &child.crm_type)?;
            return Ok((property.to_owned(), false));
        }
        let below = self.metadata.of(child)?;
        let field = child.fields.get(join.child_field).filter(|field| below.is_lookup(field));
        match field.filter(|_| is_id(parent, join.parent_field)) {
            Some(field) => Ok((self.metadata.collection(table, child, below.read_column(field))?, true)),
            None => Err(unsupported("join on fields that are no lookups", super::NAME)),
        }
    }

    fn select(&self, table: &Table, queries: &[&Query]) -> String {
        let mut columns = vec![table.primary_id.clone()];
        for query in queries {
            let fields = needed(query).into_iter().filter_map(|position| query.entity.fields.get(position));
            columns.extend(fields.map(|field| table.property(field)));
        }
        let mut seen = std::collections::HashSet::new();
        columns.retain(|column| seen.insert(column.clone()));
        columns.join(",")
    }

    /// `alone`: the wire applies the query's own filter, sort and limit.
    fn reading(&self, query: &'q Query, alone: bool, paged: bool) -> Result<Reading<'q>, AdapterError> {
        let table = self.metadata.of(&query.entity)?;
        let exact = own_filter(table, query)?.exact;
        let local = Local {
            filter: query.filter.as_ref().filter(|_| !alone || !exact),
            sort: !alone || !sorts(query),
            limit: query.limit.filter(|limit| !alone || !exact || !sorts(query) || *limit > MOST_TOP),
        };
        let expands = self.expands(&[query])?;
        let mut joins = Vec::with_capacity(query.joins.len());
        for join in &query.joins {
            let (property, many) = self.property(query, join)?;
            let single = expands.iter().any(|expand| expand.property == property && expand.joins.len() == 1);
            let reading = self.reading(&join.query, single && many && self.flat, !self.flat)?;
            joins.push(Nested { property, many, paged: paged || !self.flat, reading });
        }
        Ok(Reading { query, table, fields: needed(query), local, joins })
    }
}

/// The fields that a query fetches: those wanted, and those that its filter and its sort look at.
pub(super) fn needed(query: &Query) -> Vec<usize> {
    let mut fields = query.select.clone();
    if let Some(filter) = &query.filter {
        let named = engage_engine::condition::fields(filter);
        fields.extend(named.into_iter().filter_map(|name| query.entity.position(name.as_str())));
    }
    fields.extend(query.sort.map(|(field, _)| field));
    fields.sort_unstable();
    fields.dedup();
    fields
}

fn own_filter(table: &Table, query: &Query) -> Result<Filter, AdapterError> {
    match &query.filter {
        Some(condition) => filter(table, &query.entity, condition),
        None => Ok(Filter { text: None, exact: true }),
    }
}

/// What lets through the rows of all the queries.
fn wire_filter(table: &Table, queries: &[&Query]) -> Result<Option<String>, AdapterError> {
    let mut texts = Vec::with_capacity(queries.len());
    for query in queries {
        match own_filter(table, query)?.text {
            Some(text) => texts.push(text),
            None => return Ok(None),
        }
    }
    Ok(match texts.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(several.iter().map(|text| format!("({text})")).collect::<Vec<_>>().join(" or ")),
    })
}

/// Whether the wire can put rows in the query's order. It sorts choices by their numbers and lookups by the names of what
/// they refer to ("Order rows using OData"), which is another order than that of what the definition calls them.
fn sorts(query: &Query) -> bool {
    let field = query.sort.and_then(|(position, _)| query.entity.fields.get(position));
    let other = |kind: &FieldType| matches!(kind, FieldType::Choice | FieldType::MultiChoice | FieldType::Ref(_));
    field.is_none_or(|field| field.name.is_id() || !other(&field.field_type))
}

/// Ties sort by the primary key.
fn order(table: &Table, query: &Query) -> String {
    let sorted = query.sort.and_then(|(position, direction)| Some((query.entity.fields.get(position)?, direction)));
    match sorted {
        Some((field, direction)) if !field.name.is_id() && sorts(query) => {
            let descending = if direction == Direction::Descending { " desc" } else { "" };
            format!("{}{descending},{}", table.property(field), table.primary_id)
        }
        Some((field, Direction::Descending)) if field.name.is_id() => format!("{} desc", table.primary_id),
        _ => table.primary_id.clone(),
    }
}
