//! Runs a FetchXML query.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json};

use super::super::call::Call;
use super::super::condition::compared;
use super::super::fault::Fault;
use super::super::paging::Cookie;
use super::super::{nav, render};
use super::aggregate;
use super::query::{self, Entity, Order, Query, Related, Test};
use crate::http::Answer;
use crate::schema::Table;
use crate::store::{Row, RowId, State, Value};

/// Largest page.
const MAX_PAGE: usize = 5000;

/// Most combinations a join may make.
const MAX_COMBINATIONS: usize = 1_000_000;

/// One row of a join: a row per entity, none where an outer join found nothing.
pub(super) type Joined<'r> = Vec<Option<&'r Row>>;

/// Answers a query.
pub(crate) fn run<'s>(call: &Call<'s>, state: &State, table: &'s Table, text: &str) -> Result<Answer, Fault> {
    let query = query::parse(call, table, text)?;
    let between = between(state, &query);
    let mut rows = joined(state, &between, &query)?;
    let mut objects: Vec<Map<String, Json>> = if query.aggregate {
        aggregate::objects(&query, &rows)?
    } else {
        sort(&query, &mut rows);
        rows.iter().map(|row| object(call, state, &query, row)).collect()
    };
    if query.distinct {
        let mut seen = HashSet::new();
        objects.retain(|object| {
            let content: Vec<String> = object
                .iter()
                .filter(|(name, _)| *name != "@odata.etag")
                .map(|(name, value)| format!("{name}{value}"))
                .collect();
            seen.insert(content)
        });
    }
    Ok(page(call, table, &query, objects))
}

fn page(call: &Call<'_>, table: &Table, query: &Query<'_>, objects: Vec<Map<String, Json>>) -> Answer {
    let total = objects.len();
    let size = query.top.or(query.count).or(call.prefer.page_size).unwrap_or(MAX_PAGE).min(MAX_PAGE);
    let start = size.saturating_mul(query.page - 1);
    let shown: Vec<Json> = objects.into_iter().skip(start).take(size).map(Json::Object).collect();
    let more = query.top.is_none() && start + shown.len() < total;
    let mut body = Map::new();
    body.insert("@odata.context".into(), format!("{}$metadata#{}", call.root, table.set).into());
    if more {
        // The cookie comes unasked.
        let cookie = crate::http::decode(&Cookie::at(query.page + 1, start + shown.len()).write(), false);
        body.insert("@Microsoft.Dynamics.CRM.fetchxmlpagingcookie".into(), cookie.unwrap_or_default().into());
    }
    // The others are annotations like any: they come when they are asked for.
    let mut annotate = |name: &str, value: Json| {
        if call.prefer.wants(&format!("Microsoft.Dynamics.CRM.{name}")) {
            body.insert(format!("@Microsoft.Dynamics.CRM.{name}"), value);
        }
    };
    if query.total {
        annotate("totalrecordcount", total.min(MAX_PAGE).into());
        annotate("totalrecordcountlimitexceeded", (total > MAX_PAGE).into());
    }
    annotate("morerecords", more.into());
    body.insert("value".into(), Json::Array(shown));
    call.json(200, &Json::Object(body))
}

/// Rows of the tables between two others, made up from links.
type Between = HashMap<String, Vec<Row>>;

fn between(state: &State, query: &Query<'_>) -> Between {
    let schema = state.schema();
    let mut found = Between::new();
    for link in schema.links.iter().filter(|link| query.entities.iter().any(|entity| entity.table.name == link.table)) {
        let (Some(left), Some(right)) = (schema.table(&link.left), schema.table(&link.right)) else { continue };
        let row = |(a, b): &(RowId, RowId)| {
            let values = [(left.id.clone(), Value::Id(a.clone())), (right.id.clone(), Value::Id(b.clone()))];
            Row { id: a.clone(), sequence: 0, version: 0, values: values.into() }
        };
        found.insert(link.table.clone(), state.links(&link.name).map(row).collect());
    }
    found
}

/// The values that the rows of each related table have in the column compared.
type Keys = Vec<HashSet<String>>;

fn keys(state: &State, query: &Query<'_>) -> Result<Keys, Fault> {
    let mut found = Keys::new();
    for Related { from, query } in &query.related {
        let between = between(state, query);
        let rows = joined(state, &between, query)?;
        found.push(rows.iter().filter_map(|row| cell(row, 0, from)).map(|value| value.key(false)).collect());
    }
    Ok(found)
}

/// All combinations of rows that fit together and pass the filters.
fn joined<'r>(state: &'r State, between: &'r Between, query: &Query<'_>) -> Result<Vec<Joined<'r>>, Fault> {
    let Some((root, links)) = query.entities.split_first() else { return Ok(Vec::new()) };
    let keys = keys(state, query)?;
    let all = |entity: &Entity<'_>| -> Vec<&'r Row> {
        match between.get(&entity.table.name) {
            Some(rows) => rows.iter().collect(),
            None => state.rows(&entity.table.name).collect(),
        }
    };
    let mut rows: Vec<Joined<'r>> = all(root).into_iter().map(|row| vec![Some(row)]).collect();
    for entity in links {
        rows = join(all(entity), rows, entity, &keys)?;
    }
    rows.retain(|row| root.filter.iter().all(|test| holds(test, row, &keys) == Some(true)));
    keep_first(query, &mut rows);
    Ok(rows)
}

/// Of the combinations that differ only in what counts once, the first.
fn keep_first(query: &Query<'_>, rows: &mut Vec<Joined<'_>>) {
    if !query.entities.iter().any(|entity| entity.only_first) {
        return;
    }
    let mut seen = HashSet::new();
    rows.retain(|row| {
        let counting = row.iter().zip(&query.entities).filter(|(_, entity)| !entity.only_first);
        // A row is itself and no other: rows between tables have no number of their own.
        seen.insert(counting.map(|(row, _)| row.map(std::ptr::from_ref)).collect::<Vec<_>>())
    });
}

fn join<'r>(
    found: Vec<&'r Row>,
    rows: Vec<Joined<'r>>,
    entity: &Entity<'_>,
    keys: &Keys,
) -> Result<Vec<Joined<'r>>, Fault> {
    let Some(link) = &entity.link else { return Ok(rows) };
    let mut index: HashMap<String, Vec<&Row>> = HashMap::new();
    for row in found {
        if let Some(value) = row.get(&link.from) {
            index.entry(value.key(false)).or_default().push(row);
        }
    }
    let mut out = Vec::new();
    for row in rows {
        let parent = row.get(link.parent).copied().flatten();
        let key = parent.and_then(|parent| parent.get(&link.to)).map(|value| value.key(false));
        let before = out.len();
        for found in key.and_then(|key| index.get(&key)).into_iter().flatten() {
            let mut combined = row.clone();
            combined.push(Some(found));
            if entity.filter.iter().all(|test| holds(test, &combined, keys) == Some(true)) {
                out.push(combined);
            }
        }
        if out.len() == before && link.outer {
            let mut combined = row;
            combined.push(None);
            out.push(combined);
        }
        if out.len() > MAX_COMBINATIONS {
            return Err(Fault::new(400, "0x80040203", "The query makes too many combinations of rows."));
        }
    }
    Ok(out)
}

fn cell<'r>(rows: &Joined<'r>, entity: usize, column: &str) -> Option<&'r Value> {
    rows.get(entity).copied().flatten()?.get(column)
}

/// True, false, or neither because of a null.
fn holds(test: &Test, rows: &Joined<'_>, keys: &Keys) -> Option<bool> {
    match test {
        Test::All(tests) => {
            let mut all = Some(true);
            for test in tests {
                match holds(test, rows, keys) {
                    Some(false) => return Some(false),
                    None => all = None,
                    Some(true) => {}
                }
            }
            all
        }
        Test::Any(tests) => {
            // A filter without conditions lets everything through.
            let mut any = Some(tests.is_empty());
            for test in tests {
                match holds(test, rows, keys) {
                    Some(true) => return Some(true),
                    None => any = None,
                    Some(false) => {}
                }
            }
            any
        }
        Test::Null { entity, column, wanted } => Some(cell(rows, *entity, column).is_none() == *wanted),
        Test::Compare { entity, column, comparison, value } => {
            compared(*comparison, cell(rows, *entity, column)?.compare(value)?)
        }
        Test::Like { entity, column, pattern, negated } => {
            Some(pattern.matches(cell(rows, *entity, column)?.as_text()?) != *negated)
        }
        Test::Function { entity, column, function } => function.holds(cell(rows, *entity, column)),
        Test::Columns { left, comparison, right } => {
            compared(*comparison, cell(rows, left.0, &left.1)?.compare(cell(rows, right.0, &right.1)?)?)
        }
        Test::Related { entity, column, at, wanted } => {
            let key = cell(rows, *entity, column).map(|value| value.key(false));
            let found = key.is_some_and(|key| keys.get(*at).is_some_and(|keys| keys.contains(&key)));
            Some(found == *wanted)
        }
    }
}

fn sort(query: &Query<'_>, rows: &mut [Joined<'_>]) {
    rows.sort_by(|a, b| {
        for order in &query.orders {
            let Order::Column { entity, column, descending } = order else { continue };
            let ordering = compare(cell(a, *entity, column), cell(b, *entity, column));
            if ordering != Ordering::Equal {
                return if *descending { ordering.reverse() } else { ordering };
            }
        }
        Ordering::Equal
    });
}

/// Nulls first, as the database has them.
pub(crate) fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(a), Some(b)) => a.compare(b).unwrap_or(Ordering::Equal),
    }
}

fn object(call: &Call<'_>, state: &State, query: &Query<'_>, rows: &Joined<'_>) -> Map<String, Json> {
    let mut out = Map::new();
    for (number, entity) in query.entities.iter().enumerate() {
        let Some(row) = rows.get(number).copied().flatten() else { continue };
        if number == 0 {
            out.insert("@odata.etag".into(), render::etag(row).into());
        }
        for wanted in &entity.columns {
            let name = match (&wanted.alias, number) {
                (Some(alias), _) => alias.clone(),
                (None, 0) => nav::property_name(wanted.column),
                (None, _) => format!("{}.{}", entity.alias, wanted.column.name),
            };
            call.named_cell(state, row, entity.table, wanted.column, &name, &mut out);
            if number > 0 && out.get(&name).is_some_and(Json::is_null) {
                // Columns of linked rows are left out when they are null.
                out.remove(&name);
            }
        }
        if number == 0 {
            out.entry(entity.table.id.clone()).or_insert_with(|| row.id.as_str().into());
        }
    }
    out
}
