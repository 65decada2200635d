//! Reads over the wire: one statement or a composite of them, further pages, and what no statement reaches.

use std::collections::HashMap;

use engage_engine::Value;
use engage_engine::adapter::{AdapterError, Call, Join, Page, Query, Row};
use engage_engine::ids::FieldName;
use futures_util::future::BoxFuture;
use serde_json::Value as Json;

use super::answer::{self, strip};
use super::early::{keyed, readings};
use super::error::{error, unread};
use super::literal::encode;
use super::metadata::Metadata;
use super::query::{Nested, Reading, no_reference, reading};
use super::service::Service;
use super::statement::{MAX_CHARACTERS, length, statement};
use crate::order::arrange;
use crate::split;

/// The longest target of a request of its own, in bytes; longer ones stand in the body of a composite.
pub(super) const MAX_TARGET: usize = 8_000;
/// The most queries in a composite ("Send Multiple Requests Using Composite").
pub(super) const MAX_QUERIES: usize = 5;
/// The most pages of one query that are followed; more is a truncated answer.
const MAX_PAGES: usize = 40;
/// The most pieces of a query whose statement would be too long.
const MAX_PIECES: usize = 100;
/// Keys that one query for what is read apart asks for.
pub(super) const KEYS: usize = 400;

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
    /// Answers queries, however many; those that are too long for a statement in pieces.
    pub(super) fn pages<'a>(&'a self, queries: &'a [Query]) -> BoxFuture<'a, Result<Vec<Page>, AdapterError>> {
        Box::pin(async move {
            let Some(cut) = cut(self.metadata, queries)? else { return self.whole_queries(queries).await };
            let asked: Vec<Query> = cut.iter().flatten().cloned().collect();
            let mut pages = self.whole_queries(&asked).await?.into_iter();
            let merged = queries.iter().zip(&cut).map(|(query, pieces)| match pieces.as_slice() {
                [_] => pages.next().unwrap_or_default(),
                several => split::merge(query, pages.by_ref().take(several.len())),
            });
            Ok(merged.collect())
        })
    }

    fn whole_queries<'a>(&'a self, queries: &'a [Query]) -> BoxFuture<'a, Result<Vec<Page>, AdapterError>> {
        Box::pin(async move {
            let (roots, early) = readings(self.metadata, queries)?;
            let extra: Result<Vec<Reading<'_>>, _> = early.iter().map(|early| early.reading(self.metadata)).collect();
            let extra = extra?;
            let all: Vec<&Reading<'_>> = roots.iter().chain(&extra).collect();
            let mut results = Vec::with_capacity(all.len());
            for several in all.chunks(MAX_QUERIES) {
                results.extend(self.results(several).await?);
            }
            let mut later = results.split_off(roots.len().min(results.len()));
            let mut given = Vec::with_capacity(extra.len());
            for ((reading, early), result) in extra.iter().zip(&early).zip(later.drain(..)) {
                given.push((early, self.page(reading, result, &[]).await?));
            }
            let mut pages = Vec::with_capacity(roots.len());
            for (root, (reading, result)) in roots.iter().zip(results).enumerate() {
                let own: Vec<(usize, &Page)> = given
                    .iter()
                    .filter(|(early, _)| early.root == root)
                    .map(|(early, page)| (early.join, page))
                    .collect();
                pages.push(self.page(reading, result, &own).await?);
            }
            Ok(pages)
        })
    }

    /// All of a query's rows, of which the first are here, and so are the pages of some of its joins.
    async fn page(&self, reading: &Reading<'_>, result: Json, given: &[(usize, &Page)]) -> Result<Page, AdapterError> {
        let result = self.whole(result).await?;
        let mut page = answer::page(reading, &result)?;
        page.truncated |= self.apart(reading, page.rows.iter_mut().collect(), given).await?;
        strip(reading, &mut page.rows);
        Ok(page)
    }

    /// The first page of each query, in one request.
    async fn results(&self, readings: &[&Reading<'_>]) -> Result<Vec<Json>, AdapterError> {
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
        given: &'a [(usize, &'a Page)],
    ) -> BoxFuture<'a, Result<bool, AdapterError>> {
        Box::pin(async move {
            let mut truncated = false;
            for (position, nested) in reading.joins.iter().enumerate() {
                match nested {
                    Nested::Apart(join) => {
                        let names = Names::of(reading, join)?;
                        let page = match given.iter().find(|(join, _)| *join == position) {
                            Some((_, page)) => (*page).clone(),
                            None => self.joined(join, &names, &rows).await?,
                        };
                        truncated |= page.truncated;
                        give(join, &names, page.rows, position, &mut rows);
                    }
                    Nested::One { reading, .. } | Nested::Many { reading, .. } => {
                        let below = rows.iter_mut().filter_map(|row| row.joined.get_mut(position)).flatten();
                        truncated |= self.apart(reading, below.collect(), &[]).await?;
                    }
                }
            }
            Ok(truncated)
        })
    }

    /// The rows of a join for the values that its parents have.
    async fn joined(&self, join: &Join, names: &Names<'_>, rows: &[&mut Row]) -> Result<Page, AdapterError> {
        let mut keys: Vec<String> = rows.iter().filter_map(|row| key(row, names.above)).collect();
        keys.sort_unstable();
        keys.dedup();
        let queries: Vec<Query> = keys.chunks(KEYS).map(|keys| keyed(join, names.below, keys)).collect();
        let pages = self.pages(&queries).await?;
        let truncated = pages.iter().any(|page| page.truncated);
        Ok(Page { rows: pages.into_iter().flat_map(|page| page.rows).collect(), truncated })
    }
}

/// The queries that travel for each query, where one has to be cut; else nothing.
pub(super) fn cut(metadata: &Metadata, queries: &[Query]) -> Result<Option<Vec<Vec<Query>>>, AdapterError> {
    let fits = |query: &Query| Ok(length(&reading(metadata, query)?)? <= MAX_CHARACTERS);
    let mut any = false;
    let mut cut = Vec::with_capacity(queries.len());
    for query in queries {
        let pieces = split::pieces(query, MAX_PIECES, &fits)?;
        any |= pieces.is_some();
        cut.push(pieces.unwrap_or_else(|| vec![query.clone()]));
    }
    Ok(Some(cut).filter(|_| any))
}

/// The fields of a join.
pub(super) struct Names<'a> {
    pub(super) above: &'a str,
    pub(super) below: &'a FieldName,
}

impl<'a> Names<'a> {
    pub(super) fn of(reading: &Reading<'a>, join: &'a Join) -> Result<Self, AdapterError> {
        let above = reading.query.entity.fields.get(join.parent_field).map(|field| field.name.as_str());
        let below = join.query.entity.fields.get(join.child_field).map(|field| &field.name);
        match (above, below) {
            (Some(above), Some(below)) => Ok(Self { above, below }),
            _ => Err(no_reference()),
        }
    }
}

/// Gives each parent its own of the rows of a join, in order, as many as are wanted.
fn give(join: &Join, names: &Names<'_>, found: Vec<Row>, position: usize, parents: &mut [&mut Row]) {
    let query = &join.query;
    let mut by_key: HashMap<String, Vec<Row>> = HashMap::new();
    for child in found {
        by_key.entry(key(&child, names.below.as_str()).unwrap_or_default()).or_default().push(child);
    }
    let selected = |name: &FieldName| {
        let mut selected = query.select.iter().filter_map(|field| query.entity.fields.get(*field));
        name.is_id() || selected.any(|field| field.name == *name)
    };
    for children in by_key.values_mut() {
        arrange(&query.entity, query.sort, children);
        children.truncate(query.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX));
        children.iter_mut().for_each(|child| child.values.retain(|name, _| selected(name)));
    }
    for parent in parents {
        let own = key(parent, names.above).and_then(|key| by_key.get(&key)).cloned();
        if let Some(joined) = parent.joined.get_mut(position) {
            *joined = own.unwrap_or_default();
        }
    }
}

/// The value that a row is joined by.
fn key(row: &Row, field: &str) -> Option<String> {
    match row.values.get(field) {
        Some(Value::Id(id)) => Some(id.clone()),
        _ => None,
    }
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
