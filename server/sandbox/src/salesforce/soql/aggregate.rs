//! Grouped queries: aggregate functions, `GROUP BY`, `HAVING`.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json, json};

use super::super::fault::Fault;
use super::super::render;
use super::condition::Reader;
use super::path::{End, Resolved, value};
use super::run::{Asked, Plan, order};
use super::tree::{Call, Condition, Function, Item, Literal, Operand, Path, Query, Sign};
use crate::schema::Kind;
use crate::store::{Row, Value};

/// A grouped query.
pub(super) struct Grouping<'m, 'q> {
    pub(super) reader: Reader<'m, 'q>,
    pub(super) query: &'q Query,
}

struct Output<'m> {
    name: String,
    what: What<'m>,
}

enum What<'m> {
    Field(Resolved<'m>),
    Call(Function, Option<Resolved<'m>>),
}

/// The records of a grouped query.
pub(super) fn records(grouping: &Grouping<'_, '_>, asked: &Asked<'_>) -> Result<Vec<Json>, Fault> {
    let Grouping { reader, query } = grouping;
    let by: Vec<Resolved<'_>> = query.group.iter().map(|path| grouping.groupable(path)).collect::<Result<_, _>>()?;
    let outputs = grouping.outputs(&by)?;
    if by.is_empty() && query.limit.is_some() {
        let message = "Non-grouped query that uses overall aggregate functions cannot also use LIMIT";
        return Err(grouping.fail(0, message));
    }
    let inner = Query { order: Vec::new(), limit: None, offset: None, having: None, ..(*query).clone() };
    let plan = Plan::read(reader, &inner, &[], 0)?;
    let mut groups: BTreeMap<Vec<Option<String>>, Vec<&Row>> = BTreeMap::new();
    if by.is_empty() {
        groups.insert(Vec::new(), Vec::new());
    }
    for row in plan.rows(asked, None) {
        let key = by.iter().map(|path| value(asked.state, row, path).map(|value| value.key(false))).collect();
        groups.entry(key).or_default().push(row);
    }
    let mut kept: Vec<Vec<&Row>> = Vec::new();
    for rows in groups.into_values() {
        let holds = query.having.as_ref().map(|having| grouping.having(asked, having, &rows)).transpose()?;
        if holds.unwrap_or(true) {
            kept.push(rows);
        }
    }
    grouping.sort(asked, &mut kept)?;
    let skip = usize::try_from(query.offset.unwrap_or(0)).unwrap_or(usize::MAX);
    let take = query.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    Ok(kept.iter().skip(skip).take(take).map(|rows| record(asked, &outputs, rows)).collect())
}

fn record(asked: &Asked<'_>, outputs: &[Output<'_>], rows: &[&Row]) -> Json {
    let mut record = Map::new();
    record.insert("attributes".into(), json!({"type": "AggregateResult"}));
    for Output { name, what } in outputs {
        let json = match what {
            What::Field(path) => rows.first().and_then(|row| value(asked.state, row, path)),
            What::Call(function, path) => aggregate(asked, *function, path.as_ref(), rows),
        };
        record.insert(name.clone(), json.as_ref().map_or(Json::Null, render::plain));
    }
    Json::Object(record)
}

fn aggregate(asked: &Asked<'_>, function: Function, path: Option<&Resolved<'_>>, rows: &[&Row]) -> Option<Value> {
    let Some(path) = path else { return count(rows.len()) };
    let values: Vec<Value> = rows.iter().filter_map(|row| value(asked.state, row, path)).collect();
    let sum = || values.iter().filter_map(Value::number).sum::<Decimal>();
    match function {
        Function::Count => count(values.len()),
        Function::CountDistinct => count(values.iter().map(|value| value.key(false)).collect::<BTreeSet<_>>().len()),
        Function::Sum => (!values.is_empty()).then(|| Value::Decimal(sum())),
        Function::Avg => sum().checked_div(Decimal::from(values.len())).map(Value::Decimal),
        Function::Min => values.into_iter().min_by(|a, b| order(Some(a), Some(b), false, false)),
        Function::Max => values.into_iter().max_by(|a, b| order(Some(a), Some(b), false, false)),
    }
}

fn count(number: usize) -> Option<Value> {
    i64::try_from(number).ok().map(Value::Int)
}

impl<'m> Grouping<'m, '_> {
    fn fail(&self, at: usize, message: &str) -> Fault {
        self.reader.names.fail("MALFORMED_QUERY", at, message)
    }

    fn groupable(&self, path: &Path) -> Result<Resolved<'m>, Fault> {
        let resolved = self.reader.names.resolve(self.reader.table, self.reader.alias, path)?;
        match resolved.end {
            // Times are not groupable, functions of them are.
            End::Column { column, .. } if !column.groupable && path.of.is_none() => {
                let message = format!("field '{}' can not be grouped in a query call", column.name);
                Err(self.fail(path.at, &message))
            }
            _ => Ok(resolved),
        }
    }

    fn outputs(&self, by: &[Resolved<'m>]) -> Result<Vec<Output<'m>>, Fault> {
        let mut outputs: Vec<Output<'m>> = Vec::new();
        let mut unnamed = 0;
        for item in &self.query.select {
            let (name, what) = match item {
                Item::Field { path, alias } => {
                    let field = self.grouped(path, by)?;
                    let own = || match field.of {
                        Some(_) => format!("expr{unnamed}"),
                        None => field.name().to_owned(),
                    };
                    let name = alias.clone().unwrap_or_else(own);
                    unnamed += usize::from(alias.is_none() && field.of.is_some());
                    (name, What::Field(field))
                }
                Item::Aggregate { call, alias } => {
                    let name = alias.clone().unwrap_or_else(|| format!("expr{unnamed}"));
                    unnamed += usize::from(alias.is_none());
                    (name, self.call(call)?)
                }
                // "COUNT() must be the only element in the SELECT list", without GROUP BY ("COUNT() and COUNT(fieldName)").
                Item::Count => return Err(self.fail(0, "COUNT() must be alone: use COUNT(fieldName)")),
                Item::Fields(_, at) => return Err(self.fail(*at, "FIELDS is not allowed in a grouped query")),
                Item::TypeOf(types) => return Err(self.fail(types.path.at, "TYPEOF is not allowed in a grouped query")),
                Item::Children(query) => {
                    return Err(self.fail(query.from.at, "A subquery is not allowed in a grouped query"));
                }
            };
            if outputs.iter().any(|output| output.name.eq_ignore_ascii_case(&name)) {
                return Err(self.fail(0, &format!("duplicate alias: {name}")));
            }
            outputs.push(Output { name, what });
        }
        Ok(outputs)
    }

    /// A field that the rows of a group share.
    fn grouped(&self, path: &Path, by: &[Resolved<'m>]) -> Result<Resolved<'m>, Fault> {
        let field = self.reader.names.resolve(self.reader.table, self.reader.alias, path)?;
        let same = |other: &Resolved<'m>| {
            let up = |path: &Resolved<'m>| path.up.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
            other.name() == field.name() && other.of == field.of && up(other) == up(&field)
        };
        match by.iter().any(same) {
            true => Ok(field),
            false => Err(self.fail(path.at, &format!("Field must be grouped or aggregated: {}", path.text()))),
        }
    }

    fn call(&self, call: &Call) -> Result<What<'m>, Fault> {
        let Some(path) = &call.path else { return Ok(What::Call(call.function, None)) };
        let resolved = self.reader.names.resolve(self.reader.table, self.reader.alias, path)?;
        let kind = match resolved.end {
            End::Column { column, .. } if column.aggregatable || call.function == Function::Count => column.kind,
            End::Column { .. } => Kind::Virtual,
            End::Shared(_) => Kind::Text,
        };
        let sums = matches!(call.function, Function::Sum | Function::Avg);
        if kind == Kind::Virtual || (sums && !matches!(kind, Kind::Int | Kind::Decimal | Kind::Double)) {
            return Err(self.fail(call.at, &format!("field {} does not support aggregate operator", path.text())));
        }
        Ok(What::Call(call.function, Some(resolved)))
    }

    fn operand(&self, asked: &Asked<'m>, operand: &Operand, rows: &[&Row]) -> Result<Option<Value>, Fault> {
        match operand {
            Operand::Call(call) => match self.call(call)? {
                What::Call(function, path) => Ok(aggregate(asked, function, path.as_ref(), rows)),
                What::Field(_) => Ok(None),
            },
            Operand::Path(path) => {
                let by: Vec<Resolved<'m>> =
                    self.query.group.iter().map(|path| self.groupable(path)).collect::<Result<_, _>>()?;
                let field = self.grouped(path, &by)?;
                Ok(rows.first().and_then(|row| value(asked.state, row, &field)))
            }
        }
    }

    fn having(&self, asked: &Asked<'m>, condition: &Condition, rows: &[&Row]) -> Result<bool, Fault> {
        Ok(match condition {
            Condition::And(list) => {
                let all: Vec<bool> = list.iter().map(|one| self.having(asked, one, rows)).collect::<Result<_, _>>()?;
                all.into_iter().all(|holds| holds)
            }
            Condition::Or(list) => {
                let all: Vec<bool> = list.iter().map(|one| self.having(asked, one, rows)).collect::<Result<_, _>>()?;
                all.into_iter().any(|holds| holds)
            }
            Condition::Not(inner) => !self.having(asked, inner, rows)?,
            Condition::Compare { operand, sign, literal, at } if *sign != Sign::Like => {
                let found = self.operand(asked, operand, rows)?;
                let to = match literal {
                    Literal::Number(number) => Some(Value::Decimal(*number)),
                    Literal::Text { text, .. } => Some(Value::Text(text.clone())),
                    Literal::Bool(bool) => Some(Value::Bool(*bool)),
                    Literal::Null => None,
                    _ => return Err(self.fail(*at, "Not supported by the sandbox: this literal in HAVING")),
                };
                super::test::compare(found.as_ref(), *sign, to.as_ref(), false)
            }
            _ => return Err(self.fail(0, "Not supported by the sandbox: this condition in HAVING")),
        })
    }

    fn sort(&self, asked: &Asked<'m>, groups: &mut Vec<Vec<&Row>>) -> Result<(), Fault> {
        for by in self.query.order.iter().rev() {
            let taken = std::mem::take(groups);
            let mut keyed: Vec<(Option<Value>, Vec<&Row>)> = taken
                .into_iter()
                .map(|rows| Ok((self.operand(asked, &by.by, &rows)?, rows)))
                .collect::<Result<_, Fault>>()?;
            keyed.sort_by(|(a, _), (b, _)| order(a.as_ref(), b.as_ref(), by.descending, by.nulls_last));
            *groups = keyed.into_iter().map(|(_, rows)| rows).collect();
        }
        Ok(())
    }
}
