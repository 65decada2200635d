//! Aggregates over groups.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::super::fault::Fault;
use super::super::render;
use super::query::{Aggregate, Order, Query, Wanted};
use super::run::{Joined, compare};
use crate::schema::Column;
use crate::store::Value;

/// Most rows that an aggregate is computed over.
const MAX_ROWS: usize = 50_000;

/// One object per group.
pub(super) fn objects(query: &Query<'_>, rows: &[Joined<'_>]) -> Result<Vec<Map<String, Json>>, Fault> {
    refuse_many(rows.len())?;
    let columns: Vec<(usize, &Wanted<'_>)> = query
        .entities
        .iter()
        .enumerate()
        .flat_map(|(at, entity)| entity.columns.iter().map(move |c| (at, c)))
        .collect();
    let cell = |row: &Joined<'_>, (entity, wanted): &(usize, &Wanted<'_>)| -> Option<Value> {
        row.get(*entity).copied().flatten()?.get(&wanted.column.name).cloned()
    };
    let grouping: Vec<_> = columns.iter().filter(|(_, wanted)| wanted.groups).collect();
    let mut groups: Vec<(Vec<Option<Value>>, Vec<&Joined<'_>>)> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for row in rows {
        let values: Vec<Option<Value>> = grouping.iter().map(|column| cell(row, column)).collect();
        let key: Vec<Option<String>> = values.iter().map(|value| value.as_ref().map(|v| v.key(false))).collect();
        let at = *known.entry(key).or_insert_with(|| {
            groups.push((values, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, members)) = groups.get_mut(at) {
            members.push(row);
        }
    }
    if groups.is_empty() && grouping.is_empty() {
        // Without groups there is one answer even for no rows.
        groups.push((Vec::new(), Vec::new()));
    }
    let mut found = Vec::new();
    for (_, members) in groups {
        let mut result: Vec<(String, Option<Value>, Json)> = Vec::new();
        for column in &columns {
            let values: Vec<Option<Value>> = members.iter().map(|row| cell(row, column)).collect();
            let value = match column.1.aggregate {
                Some(aggregate) => computed(aggregate, column.1.column, &values)?,
                None => values.first().cloned().flatten(),
            };
            let json = value.as_ref().map_or(Json::Null, |value| render::json_of(column.1.column, value));
            result.push((column.1.alias.clone().unwrap_or_default(), value, json));
        }
        found.push(result);
    }
    found.sort_by(|a, b| ordered(query, a, b));
    Ok(found.into_iter().map(|result| result.into_iter().map(|(alias, _, json)| (alias, json)).collect()).collect())
}

fn ordered(query: &Query<'_>, a: &[(String, Option<Value>, Json)], b: &[(String, Option<Value>, Json)]) -> Ordering {
    for order in &query.orders {
        let Order::Alias { alias, descending } = order else { continue };
        let value = |result: &[(String, Option<Value>, Json)]| {
            result.iter().find(|(name, _, _)| name == alias).and_then(|(_, value, _)| value.clone())
        };
        let ordering = compare(value(a).as_ref(), value(b).as_ref());
        if ordering != Ordering::Equal {
            return if *descending { ordering.reverse() } else { ordering };
        }
    }
    Ordering::Equal
}

/// What an aggregate makes of the values of a column.
pub(crate) fn computed(
    aggregate: Aggregate,
    column: &Column,
    values: &[Option<Value>],
) -> Result<Option<Value>, Fault> {
    let present: Vec<&Value> = values.iter().flatten().collect();
    let count = |count: usize| Some(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)));
    Ok(match aggregate {
        Aggregate::Count => count(values.len()),
        Aggregate::CountColumn => count(present.len()),
        Aggregate::Distinct => {
            let distinct: std::collections::HashSet<String> = present.iter().map(|value| value.key(false)).collect();
            count(distinct.len())
        }
        Aggregate::Least => present.into_iter().min_by(|a, b| compare(Some(a), Some(b))).cloned(),
        Aggregate::Greatest => present.into_iter().max_by(|a, b| compare(Some(a), Some(b))).cloned(),
        Aggregate::Sum | Aggregate::Average => {
            let mut sum = Decimal::ZERO;
            for value in &present {
                let number = value.number().and_then(|number| sum.checked_add(number));
                sum = number.ok_or_else(|| unfit(column))?;
            }
            match aggregate {
                _ if present.is_empty() => None,
                Aggregate::Sum => Some(Value::Decimal(sum)),
                _ => sum.checked_div(Decimal::from(present.len())).map(Value::Decimal),
            }
        }
    })
}

/// Refuses to aggregate more rows than the product does ("Aggregate data using OData").
pub(crate) fn refuse_many(rows: usize) -> Result<(), Fault> {
    match rows > MAX_ROWS {
        true => {
            let message = "AggregateQueryRecordLimit exceeded. Cannot perform this operation.";
            Err(Fault::new(400, "0x8004e023", message))
        }
        false => Ok(()),
    }
}

fn unfit(column: &Column) -> Fault {
    Fault::new(400, "0x80040203", format!("The attribute \"{}\" cannot be summed up.", column.name))
}
