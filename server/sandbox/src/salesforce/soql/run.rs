//! Answers queries over a state.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::super::Salesforce;
use super::super::fault::Fault;
use super::super::model::{Child, Model};
use super::super::work::Gone;
use super::aggregate::{self, Grouping};
use super::condition::Reader;
use super::expand;
use super::parse::parse;
use super::path::{End, Names, Resolved, value};
use super::select::Shape;
use super::test::Test;
use super::tree::{Item, Operand, Order, Query};
use crate::schema::{Kind, Table};
use crate::store::{Ref, Row, RowId, State, Value};

/// Longest statement, in characters.
const MAX_STATEMENT: usize = 100_000;
/// Largest offset.
const MAX_OFFSET: u64 = 2000;
/// Most records of a grouped query.
const MAX_GROUPS: usize = 2000;
/// First version in which subqueries nest.
const NESTS_SINCE: u32 = 58;
/// Levels of subqueries since then.
const MAX_DOWN: usize = 4;

/// What a query is asked of.
#[derive(Debug)]
pub(crate) struct Asked<'m> {
    pub(crate) model: &'m Model,
    pub(crate) state: &'m State,
    /// Path of the version.
    pub(crate) root: &'m str,
    pub(crate) version: u32,
    pub(crate) now: Timestamp,
    /// Who asks.
    pub(crate) user: &'m RowId,
    /// Rows on a page, of subqueries too.
    pub(crate) page: usize,
    /// Where pages are kept.
    pub(crate) sf: &'m Salesforce,
    /// Deleted rows, for `queryAll`.
    pub(crate) deleted: &'m [Gone],
}

/// What came of a query.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) total: usize,
    pub(crate) records: Vec<Json>,
    /// `COUNT()`: there are no records to fetch.
    pub(crate) only_count: bool,
}

/// Answers a query.
pub(crate) fn query(asked: &Asked<'_>, text: &str) -> Result<Found, Fault> {
    if text.chars().count() > MAX_STATEMENT {
        return Err(Fault::bad("QUERY_TOO_COMPLICATED", "The SOQL statement is longer than 100,000 characters"));
    }
    let query = parse(text)?;
    let names = Names { model: asked.model, whole: &asked.sf.model, text };
    let table = names.table(&query.from)?;
    let reader = Reader { asked, names, table, alias: query.alias.as_deref() };
    if matches!(query.select.as_slice(), [Item::Count]) && query.group.is_empty() {
        if let Some(order) = query.order.first() {
            return Err(reader.names.fail(
                "MALFORMED_QUERY",
                match &order.by {
                    Operand::Path(path) => path.at,
                    Operand::Call(call) => call.at,
                },
                "COUNT() cannot be ordered",
            ));
        }
        let plan = Plan::read(&reader, &query, &[], 0)?;
        return Ok(Found { total: plan.rows(asked, None).len(), records: Vec::new(), only_count: true });
    }
    let aggregates = query.select.iter().any(|item| matches!(item, Item::Aggregate { .. } | Item::Count));
    let records = match aggregates || !query.group.is_empty() {
        true => single_batch(aggregate::records(&Grouping { reader, query: &query }, asked)?)?,
        false => Plan::read(&reader, &query, &query.select, 0)?.records(asked, None),
    };
    Ok(Found { total: records.len(), records, only_count: false })
}

/// "In REST API, queries that include a GROUP BY clause can't use the query locator" ("Considerations for GROUP BY").
fn single_batch(records: Vec<Json>) -> Result<Vec<Json>, Fault> {
    match records.len() > MAX_GROUPS {
        true => {
            let message =
                "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch";
            Err(Fault::bad("EXCEEDED_ID_LIMIT", message))
        }
        false => Ok(records),
    }
}

/// A query whose names are known.
#[derive(Debug)]
pub(super) struct Plan<'m> {
    table: &'m Table,
    shape: Shape<'m>,
    /// Only rows of the user's own.
    mine: bool,
    filter: Option<Test<'m>>,
    order: Vec<Sort<'m>>,
    limit: Option<u64>,
    offset: u64,
}

#[derive(Debug)]
struct Sort<'m> {
    by: Resolved<'m>,
    descending: bool,
    nulls_last: bool,
}

impl<'m> Plan<'m> {
    pub(super) fn read(
        reader: &Reader<'m, '_>,
        query: &Query,
        items: &[Item],
        depth: usize,
    ) -> Result<Plan<'m>, Fault> {
        if query.having.is_some() && query.group.is_empty() {
            return Err(reader.names.fail("MALFORMED_QUERY", 0, "HAVING needs GROUP BY"));
        }
        let offset = query.offset.unwrap_or(0);
        if offset > MAX_OFFSET {
            return Err(Fault::bad("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"));
        }
        let filter = query.filter.as_ref().map(|filter| reader.condition(filter, true)).transpose()?;
        let order = query.order.iter().map(|order| sort(reader, order)).collect::<Result<_, _>>()?;
        if query.mine && reader.table.column("OwnerId").is_none() {
            return Err(reader.names.fail("MALFORMED_QUERY", query.from.at, "The scope 'mine' needs an owner"));
        }
        let items = expand::items(reader, query, items)?;
        let shape = Shape::read(reader, &items, depth)?;
        Ok(Plan { table: reader.table, shape, mine: query.mine, filter, order, limit: query.limit, offset })
    }

    /// All rows of a table in a shape.
    pub(super) fn of(table: &'m Table, shape: Shape<'m>) -> Plan<'m> {
        Plan { table, shape, mine: false, filter: None, order: Vec::new(), limit: None, offset: 0 }
    }

    /// A subquery: its `FROM` is the name of a relationship.
    pub(super) fn children(
        reader: &Reader<'m, '_>,
        query: &Query,
        depth: usize,
    ) -> Result<(Child<'m>, Plan<'m>), Fault> {
        let at = query.from.at;
        let most = if reader.asked.version >= NESTS_SINCE { MAX_DOWN } else { 1 };
        if depth >= most {
            let message = "SOQL statements cannot query aggregate relationships more than the allowed number of levels away from the root entity object.";
            return Err(reader.names.fail("INVALID_TYPE", at, message));
        }
        let name = query.from.names.last().map_or("", String::as_str);
        let Some(child) = reader.names.model.child(reader.table, name) else {
            let message = format!(
                "Didn't understand relationship '{name}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
            );
            return Err(reader.names.fail("INVALID_TYPE", at, &message));
        };
        let grouped = query.select.iter().any(|item| matches!(item, Item::Count | Item::Aggregate { .. }));
        if grouped || !query.group.is_empty() || query.offset.is_some() {
            return Err(reader.names.fail(
                "MALFORMED_QUERY",
                at,
                "A subquery can have no OFFSET, GROUP BY or aggregate function",
            ));
        }
        let inner = Reader { table: child.table, alias: query.alias.as_deref(), ..*reader };
        Ok((child, Plan::read(&inner, query, &query.select, depth + 1)?))
    }

    pub(super) fn rows<'a>(&self, asked: &'a Asked<'m>, below: Option<(&Child<'m>, &Ref)>) -> Vec<&'a Row> {
        let state = asked.state;
        let mut rows: Vec<&Row> = match below {
            Some((child, parent)) => {
                let refers = |row: &&Row| row.get(&child.column.name).and_then(Value::reference) == Some(parent);
                match asked.deleted.is_empty() {
                    true => collect_referring(state, child, parent),
                    false => self.everything(asked).into_iter().filter(refers).collect(),
                }
            }
            None => self.candidates(asked).unwrap_or_else(|| self.everything(asked)),
        };
        if self.mine {
            rows.retain(|row| row.get("OwnerId").and_then(Value::row_id) == Some(asked.user));
        }
        if let Some(filter) = &self.filter {
            rows.retain(|row| filter.holds(state, row));
        }
        if !self.order.is_empty() {
            let mut keyed: Vec<(Vec<Option<Value>>, &Row)> =
                rows.into_iter().map(|row| (self.keys(state, row), row)).collect();
            keyed.sort_by(|(a, _), (b, _)| self.compare(a, b));
            rows = keyed.into_iter().map(|(_, row)| row).collect();
        }
        let skip = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let take = self.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        rows.into_iter().skip(skip).take(take).collect()
    }

    pub(super) fn records(&self, asked: &Asked<'m>, below: Option<(&Child<'m>, &Ref)>) -> Vec<Json> {
        let rows = self.rows(asked, below);
        rows.into_iter().map(|row| self.shape.record(asked, self.table, row, &self.table.name)).collect()
    }

    fn everything<'a>(&self, asked: &'a Asked<'m>) -> Vec<&'a Row> {
        let deleted = asked.deleted.iter().filter(|gone| gone.table == self.table.name).map(|gone| &gone.row);
        asked.state.rows(&self.table.name).chain(deleted).collect()
    }

    /// The rows a condition on the id leaves, so that they need not be searched for.
    fn candidates<'a>(&self, asked: &'a Asked<'m>) -> Option<Vec<&'a Row>> {
        if !asked.deleted.is_empty() {
            return None;
        }
        let ids = self.filter.as_ref()?.ids(&self.table.id)?;
        let mut rows: Vec<&Row> = ids.into_iter().filter_map(|id| asked.state.get(&self.table.name, id)).collect();
        rows.sort_by_key(|row| row.sequence);
        rows.dedup_by_key(|row| row.sequence);
        Some(rows)
    }

    fn keys(&self, state: &State, row: &Row) -> Vec<Option<Value>> {
        self.order.iter().map(|sort| value(state, row, &sort.by)).collect()
    }

    fn compare(&self, a: &[Option<Value>], b: &[Option<Value>]) -> Ordering {
        let pairs = a.iter().zip(b).zip(&self.order);
        pairs
            .map(|((a, b), sort)| order(a.as_ref(), b.as_ref(), sort.descending, sort.nulls_last))
            .fold(Ordering::Equal, Ordering::then)
    }
}

fn collect_referring<'a>(state: &'a State, child: &Child<'_>, parent: &Ref) -> Vec<&'a Row> {
    let table = &child.table.name;
    let refers = |row: &&Row| row.get(&child.column.name).and_then(Value::reference) == Some(parent);
    let ids: Vec<_> = state.referring(table, &child.column.name, parent).map(|row| row.id.clone()).collect();
    ids.iter().filter_map(|id| state.get(table, id)).filter(refers).collect()
}

pub(super) fn order(a: Option<&Value>, b: Option<&Value>, descending: bool, nulls_last: bool) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) if nulls_last => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) if nulls_last => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(a), Some(b)) => {
            let order = a.compare(b).unwrap_or(Ordering::Equal);
            if descending { order.reverse() } else { order }
        }
    }
}

fn sort<'m>(reader: &Reader<'m, '_>, order: &Order) -> Result<Sort<'m>, Fault> {
    let path = match &order.by {
        Operand::Path(path) => path,
        Operand::Call(call) => {
            return Err(reader.names.fail(
                "MALFORMED_QUERY",
                call.at,
                "An aggregate function in ORDER BY needs GROUP BY",
            ));
        }
    };
    let by = reader.names.resolve(reader.table, reader.alias, path)?;
    match by.end {
        End::Column { column, .. } if !column.sortable || matches!(column.kind, Kind::Virtual | Kind::Choices) => {
            let message = format!("field '{}' can not be sorted in a query call", column.name);
            Err(reader.names.fail("INVALID_FIELD", path.at, &message))
        }
        _ => Ok(Sort { by, descending: order.descending, nulls_last: order.nulls_last }),
    }
}
