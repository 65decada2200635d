//! Queries over the tables.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use engage_engine::Value;
use engage_engine::adapter::{AdapterError, AdapterErrorKind, Page, Query, Row as Answer};
use engage_engine::condition::{fields, matches};
use engage_engine::model::{Condition, Direction, Operator, Test};
use engage_engine::value::Instance;

use super::cell::{Cell, Key};
use super::permissions::Action;
use super::store::{Place, Reader, Store, fail};
use super::table::{Row, Table};

/// Whether the caller may do something with a column (or the table) by name.
pub(super) type Allow<'a> = &'a dyn Fn(Action, &str, Option<&str>) -> bool;

/// A query with its names resolved.
struct Compiled<'q> {
    table: usize,
    select: Vec<Reader<'q>>,
    /// The test that an index answers, of a filter that is a conjunction.
    found_by: Option<(Reader<'q>, &'q [Value])>,
    rest: Vec<&'q Condition<Value>>,
    /// What `rest` looks at.
    looked_at: Vec<Reader<'q>>,
    sort: Option<(Reader<'q>, Direction)>,
    limit: Option<usize>,
    joins: Vec<CompiledJoin<'q>>,
}

struct CompiledJoin<'q> {
    parent: Reader<'q>,
    child: Reader<'q>,
    query: Compiled<'q>,
}

/// How rows are given out.
#[derive(Clone, Copy)]
pub(super) struct Giving {
    pub(super) etags: bool,
    /// The most rows of one query, or of one join of a row.
    pub(super) most: Option<usize>,
}

impl Store {
    pub(super) fn query(&mut self, query: &Query, allow: Allow<'_>, giving: Giving) -> Result<Page, AdapterError> {
        let compiled = self.compile(query, allow)?;
        self.build_indexes(&compiled);
        let mut page = Page::default();
        let ids = self.candidates(&compiled);
        let table = self.table(compiled.table)?;
        let rows: Vec<(&Arc<str>, &Row)> = match &ids {
            Some(ids) => ids.iter().filter_map(|id| table.rows().get_key_value(id)).collect(),
            None => table.rows().iter().collect(),
        };
        page.rows = self.give(&compiled, rows, giving, &mut page.truncated);
        Ok(page)
    }

    /// Recursion is as deep as the capabilities allow joins to be.
    fn compile<'q>(&self, query: &'q Query, allow: Allow<'_>) -> Result<Compiled<'q>, AdapterError> {
        let entity = &query.entity;
        let table = self.table_of(entity)?;
        let own = self.table(table)?;
        let denied = |what: &str| fail(AdapterErrorKind::Denied, format!("`{}`: reading {what}", own.name));
        if !allow(Action::Read, &own.name, None) {
            return Err(denied("the table"));
        }
        let reader = |position: usize| {
            let reader = self.reader(table, entity, position)?;
            let column = match reader.place {
                Place::Id => None,
                Place::Column(column) => own.columns.get(column),
            };
            match column {
                Some(column) if !allow(Action::Read, &own.name, Some(&column.name)) => Err(denied(&column.name)),
                _ => Ok(reader),
            }
        };
        let named = |name: &str| {
            let missing = || fail(AdapterErrorKind::NotFound, format!("`{}` has no field `{name}`", entity.id));
            entity.position(name).ok_or_else(missing).and_then(reader)
        };
        let mut parts = Vec::new();
        flatten(query.filter.as_ref(), &mut parts);
        let indexed =
            parts.iter().enumerate().filter_map(|(part, condition)| indexable(condition).map(|test| (part, test)));
        let best = indexed.min_by_key(|(_, test)| (!test.field.is_id(), test.operands.len()));
        let found_by = match best {
            None => None,
            Some((part, test)) => {
                parts.remove(part);
                Some((named(test.field.as_str())?, test.operands.as_slice()))
            }
        };
        let names: BTreeSet<&str> = parts.iter().flat_map(|part| fields(part)).map(|name| name.as_str()).collect();
        let mut joins = Vec::with_capacity(query.joins.len());
        for join in &query.joins {
            let below = self.compile(&join.query, allow)?;
            let child = self.reader(below.table, &join.query.entity, join.child_field)?;
            joins.push(CompiledJoin { parent: reader(join.parent_field)?, child, query: below });
        }
        Ok(Compiled {
            table,
            select: query.select.iter().map(|position| reader(*position)).collect::<Result<_, _>>()?,
            found_by,
            rest: parts,
            looked_at: names.into_iter().map(named).collect::<Result<_, _>>()?,
            sort: query
                .sort
                .map(|(position, direction)| Ok::<_, AdapterError>((reader(position)?, direction)))
                .transpose()?,
            limit: query.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            joins,
        })
    }

    fn build_indexes(&mut self, compiled: &Compiled<'_>) {
        let mut open = vec![compiled];
        while let Some(compiled) = open.pop() {
            if let Some((Reader { place: Place::Column(column), .. }, _)) = compiled.found_by
                && let Some(table) = self.tables.get_mut(compiled.table)
            {
                table.index(&[column]);
            }
            for join in &compiled.joins {
                if let (Place::Column(column), Some(table)) = (join.child.place, self.tables.get_mut(join.query.table))
                {
                    table.index(&[column]);
                }
                open.push(&join.query);
            }
        }
    }

    /// The rows that the indexed test leaves; `None`: all.
    fn candidates(&self, compiled: &Compiled<'_>) -> Option<BTreeSet<Arc<str>>> {
        let (reader, operands) = compiled.found_by.as_ref()?;
        let mut ids = BTreeSet::new();
        for operand in *operands {
            ids.extend(self.equal(compiled.table, reader, operand));
        }
        Some(ids)
    }

    /// The rows whose field equals a value, through the index that was built for it.
    fn equal(&self, table: usize, reader: &Reader<'_>, operand: &Value) -> Vec<Arc<str>> {
        let Some(own) = self.tables.get(table) else { return Vec::new() };
        let Place::Column(column) = reader.place else {
            return match operand {
                Value::Id(id) | Value::String(id) => own.stored_id(id).into_iter().collect(),
                _ => Vec::new(),
            };
        };
        let Some(key) = key_of(operand, reader, own, column) else { return Vec::new() };
        let ids = own.lookup(&[column], &[key]).into_iter().flatten();
        let same = |id: &&Arc<str>| {
            let row = own.row(id);
            row.is_some_and(|row| same_value(&reader.value(own, id, row), operand))
        };
        ids.filter(same).map(Arc::clone).collect()
    }

    fn give(
        &self,
        compiled: &Compiled<'_>,
        mut rows: Vec<(&Arc<str>, &Row)>,
        giving: Giving,
        truncated: &mut bool,
    ) -> Vec<Answer> {
        let Some(table) = self.tables.get(compiled.table) else { return Vec::new() };
        if !compiled.rest.is_empty() {
            rows.retain(|(id, row)| {
                let instance = read(&compiled.looked_at, table, id, row);
                compiled.rest.iter().all(|condition| matches(condition, &instance))
            });
        }
        if let Some((reader, direction)) = &compiled.sort {
            sort(&mut rows, |id, row| reader.value(table, id, row), *direction);
        }
        rows.truncate(compiled.limit.unwrap_or(usize::MAX));
        if giving.most.is_some_and(|most| rows.len() > most) {
            *truncated = true;
            rows.truncate(giving.most.unwrap_or(usize::MAX));
        }
        let answer = |(id, row): (&Arc<str>, &Row)| {
            let mut values = read(&compiled.select, table, id, row);
            values.insert(engage_engine::FieldName::id(), Value::Id(id.as_ref().to_owned()));
            let joins = compiled.joins.iter();
            Answer {
                id: id.as_ref().to_owned(),
                values,
                etag: giving.etags.then(|| etag(row.revision)),
                joined: joins
                    .map(|join| self.joined(join, join.parent.value(table, id, row), giving, truncated))
                    .collect(),
            }
        };
        rows.into_iter().map(answer).collect()
    }

    fn joined(&self, join: &CompiledJoin<'_>, value: Value, giving: Giving, truncated: &mut bool) -> Vec<Answer> {
        if value.is_null() {
            return Vec::new();
        }
        let Some(table) = self.tables.get(join.query.table) else { return Vec::new() };
        let mut ids = self.equal(join.query.table, &join.child, &value);
        if let Some((reader, operands)) = &join.query.found_by {
            let value = |id: &Arc<str>| table.row(id).map(|row| reader.value(table, id, row));
            ids.retain(|id| value(id).is_some_and(|value| operands.iter().any(|operand| same_value(&value, operand))));
        }
        let rows = ids.iter().filter_map(|id| table.rows().get_key_value(id)).collect();
        self.give(&join.query, rows, giving, truncated)
    }
}

pub(super) fn etag(revision: u64) -> String {
    format!("W/\"{revision}\"")
}

/// Null is the lowest of all values; ties sort by Id, upwards whatever the direction.
fn sort(rows: &mut Vec<(&Arc<str>, &Row)>, value: impl Fn(&Arc<str>, &Row) -> Value, direction: Direction) {
    let mut keyed: Vec<_> = rows.iter().map(|(id, row)| (value(id, row), *id, *row)).collect();
    keyed.sort_by(|(a, a_id, _), (b, b_id, _)| {
        let order = match (a.is_null(), b.is_null()) {
            (false, false) => a.compare(b).unwrap_or(Ordering::Equal),
            (a, b) => b.cmp(&a),
        };
        let order = if direction == Direction::Descending { order.reverse() } else { order };
        order.then_with(|| a_id.cmp(b_id))
    });
    *rows = keyed.into_iter().map(|(_, id, row)| (id, row)).collect();
}

fn read(readers: &[Reader<'_>], table: &Table, id: &Arc<str>, row: &Row) -> Instance {
    readers.iter().map(|reader| (reader.field.name.clone(), reader.value(table, id, row))).collect()
}

/// The tests that must all hold.
fn flatten<'q>(filter: Option<&'q Condition<Value>>, parts: &mut Vec<&'q Condition<Value>>) {
    match filter {
        Some(Condition::And(inner)) => inner.iter().for_each(|inner| flatten(Some(inner), parts)),
        Some(other) => parts.push(other),
        None => {}
    }
}

fn indexable(condition: &Condition<Value>) -> Option<&Test<Value>> {
    match condition {
        Condition::Test(test) if matches!(test.operator, Operator::Equals | Operator::In) => {
            let lists = test.operands.iter().any(|operand| matches!(operand, Value::MultiChoice(_)));
            (!lists).then_some(test)
        }
        _ => None,
    }
}

/// Ids and texts may meet in a join: an id kept in a text column.
fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Id(a), Value::String(b)) | (Value::String(a), Value::Id(b)) => a == b,
        _ => a.compare(b) == Some(Ordering::Equal),
    }
}

fn key_of(operand: &Value, reader: &Reader<'_>, table: &Table, column: usize) -> Option<Key> {
    let column = table.columns.get(column)?;
    match Cell::of(operand, reader.field, column.column_type()) {
        Some(cell) => cell.key(),
        // A stored choice that the definition does not name is compared by the CRM's own text.
        None => None,
    }
}
