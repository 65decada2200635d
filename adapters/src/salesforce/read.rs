//! Reads over the wire: one statement or a composite of them, further pages, and what no statement reaches.

use std::collections::HashMap;

use engage_engine::Value;
use engage_engine::adapter::{AdapterError, Call, Join, Page, Query, Row};
use engage_engine::model::{Condition, Operator, Test};
use futures_util::future::BoxFuture;
use serde_json::Value as Json;

use super::answer::{self, arrange, strip};
use super::error::{error, unread};
use super::literal::encode;
use super::metadata::Metadata;
use super::query::{Nested, Reading, reading};
use super::service::Service;
use super::statement::statement;

/// The longest target of a request of its own, in bytes; longer ones stand in the body of a composite.
pub(super) const MAX_TARGET: usize = 8_000;
/// The most queries in a composite ("Send Multiple Requests Using Composite").
const MAX_QUERIES: usize = 5;
/// The most pages of one query that are followed; more is a truncated answer.
const MAX_PAGES: usize = 40;
/// Keys that one query for what is read apart asks for.
const KEYS: usize = 400;

/// One read.
pub(super) struct Reader<'a> {
    pub(super) service: &'a Service,
    pub(super) call: &'a Call,
    pub(super) metadata: &'a Metadata,
}

/// The path that asks for a query's first page.
pub(super) fn target(root: &str, reading: &Reading<'_>) -> Result<String, AdapterError> {
    Ok(format!("{root}query?q={}", encode(&statement(reading)?)))
}

impl Reader<'_> {
    /// Answers queries, however many.
    pub(super) fn pages<'a>(&'a self, queries: &'a [Query]) -> BoxFuture<'a, Result<Vec<Page>, AdapterError>> {
        Box::pin(async move {
            let readings: Result<Vec<Reading<'_>>, _> =
                queries.iter().map(|query| reading(self.metadata, query)).collect();
            let readings = readings?;
            let mut pages = Vec::with_capacity(readings.len());
            for several in readings.chunks(MAX_QUERIES) {
                for (reading, result) in several.iter().zip(self.results(several).await?) {
                    let result = self.whole(result).await?;
                    let mut page = answer::page(reading, &result)?;
                    page.truncated |= self.apart(reading, page.rows.iter_mut().collect()).await?;
                    strip(reading, &mut page.rows);
                    pages.push(page);
                }
            }
            Ok(pages)
        })
    }

    /// The first page of each query, in one request.
    async fn results(&self, readings: &[Reading<'_>]) -> Result<Vec<Json>, AdapterError> {
        let targets: Result<Vec<String>, _> =
            readings.iter().map(|reading| target(&self.service.root, reading)).collect();
        let targets = targets?;
        if let [target] = targets.as_slice()
            && target.len() <= MAX_TARGET
        {
            return Ok(vec![self.service.get(self.call, target).await?]);
        }
        let answers = self.service.composite(self.call, &targets).await?;
        let bodies = answers.into_iter().map(|answer| match answer.status {
            200 => Ok(answer.body),
            status => Err(error(status, &answer.body, None, None)),
        });
        bodies.collect()
    }

    /// Follows the links to more rows, of the query and of its subqueries, up to a bound ("Execute a SOQL Query that
    /// Returns a Large Number of Records").
    async fn whole(&self, mut result: Json) -> Result<Json, AdapterError> {
        for _ in 0..MAX_PAGES {
            let Some((place, link)) = open(&result, String::new()) else { break };
            if !link.starts_with("/services/data/") {
                return Err(unread("a link to more rows leads elsewhere"));
            }
            let mut more: Json = self.service.get(self.call, &link).await?;
            let part = result.pointer_mut(&place).and_then(Json::as_object_mut);
            let (Some(part), Some(Json::Array(rows))) = (part, more.get_mut("records").map(Json::take)) else {
                return Err(unread("a further page holds no records"));
            };
            if let Some(Json::Array(records)) = part.get_mut("records") {
                records.extend(rows);
            }
            for member in ["done", "nextRecordsUrl"] {
                part.insert(member.to_owned(), more.get(member).cloned().unwrap_or_default());
            }
        }
        Ok(result)
    }

    /// Reads what no statement reaches, for rows of one reading; whether anything was truncated. Recursion is as deep
    /// as the query's joins.
    fn apart<'a>(
        &'a self,
        reading: &'a Reading<'_>,
        mut rows: Vec<&'a mut Row>,
    ) -> BoxFuture<'a, Result<bool, AdapterError>> {
        Box::pin(async move {
            let mut truncated = false;
            for (position, nested) in reading.joins.iter().enumerate() {
                match nested {
                    Nested::Apart(join) => truncated |= self.join(reading, join, position, &mut rows).await?,
                    Nested::One { reading, .. } | Nested::Many { reading, .. } => {
                        let below = rows.iter_mut().filter_map(|row| row.joined.get_mut(position)).flatten();
                        truncated |= self.apart(reading, below.collect()).await?;
                    }
                }
            }
            Ok(truncated)
        })
    }

    /// A join as queries for the values that the rows have.
    async fn join(
        &self,
        reading: &Reading<'_>,
        join: &Join,
        position: usize,
        rows: &mut [&mut Row],
    ) -> Result<bool, AdapterError> {
        let name = |query: &Query, field: usize| query.entity.fields.get(field).map(|field| field.name.clone());
        let (Some(above), Some(below)) = (name(reading.query, join.parent_field), name(&join.query, join.child_field))
        else {
            return Err(super::query::no_reference());
        };
        let mut keys: Vec<String> = rows.iter().filter_map(|row| key(row, above.as_str())).collect();
        keys.sort_unstable();
        keys.dedup();
        let queries: Vec<Query> = keys.chunks(KEYS).map(|keys| keyed(join, &below, keys)).collect();
        let pages = self.pages(&queries).await?;
        let truncated = pages.iter().any(|page| page.truncated);
        let mut found: HashMap<String, Vec<Row>> = HashMap::new();
        for child in pages.into_iter().flat_map(|page| page.rows) {
            found.entry(key(&child, below.as_str()).unwrap_or_default()).or_default().push(child);
        }
        for row in rows {
            let own = key(row, above.as_str()).and_then(|key| found.get(&key));
            let mut own = own.cloned().unwrap_or_default();
            arrange(&join.query.entity, join.query.sort, &mut own);
            own.truncate(join.query.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX));
            for child in &mut own {
                let selected = |name: &engage_engine::FieldName| {
                    let mut selected =
                        join.query.select.iter().filter_map(|field| join.query.entity.fields.get(*field));
                    name.is_id() || selected.any(|field| field.name == *name)
                };
                child.values.retain(|name, _| selected(name));
            }
            if let Some(joined) = row.joined.get_mut(position) {
                *joined = own;
            }
        }
        Ok(truncated)
    }
}

/// The value that a row is joined by.
fn key(row: &Row, field: &str) -> Option<String> {
    match row.values.get(field) {
        Some(Value::Id(id)) => Some(id.clone()),
        _ => None,
    }
}

/// The query of a join for some parents. Its sort and limit are per parent, and done here.
fn keyed(join: &Join, field: &engage_engine::FieldName, keys: &[String]) -> Query {
    let operands = keys.iter().cloned().map(Value::Id).collect();
    let mut conditions = vec![Condition::Test(Test { field: field.clone(), operator: Operator::In, operands })];
    conditions.extend(join.query.filter.clone());
    let mut select = join.query.select.clone();
    select.push(join.child_field);
    select.extend(join.query.sort.map(|(field, _)| field));
    select.sort_unstable();
    select.dedup();
    Query { select, filter: Some(Condition::And(conditions)), sort: None, limit: None, ..join.query.clone() }
}

/// The first part of an answer that has more rows: its place, and where they are.
fn open(json: &Json, place: String) -> Option<(String, String)> {
    match json {
        Json::Object(members) => {
            let link = members.get("nextRecordsUrl").and_then(Json::as_str);
            if let (Some(link), Some(false)) = (link, members.get("done").and_then(Json::as_bool)) {
                return Some((place, link.to_owned()));
            }
            let mut inner = members.iter().filter(|(_, member)| member.is_object() || member.is_array());
            inner.find_map(|(name, member)| open(member, format!("{place}/{name}")))
        }
        Json::Array(items) => {
            items.iter().enumerate().find_map(|(position, item)| open(item, format!("{place}/{position}")))
        }
        _ => None,
    }
}
