//! Cuts a query whose condition is too long for the wire into several whose rows together are its own, and puts their
//! answers together again.
//!
//! It knows no wire: whoever calls says what fits.

use std::cmp::Reverse;
use std::collections::HashSet;

use engage_engine::Value;
use engage_engine::adapter::{AdapterError, Page, Query};
use engage_engine::model::{Condition, Operator, Test};

use crate::order::arrange;

/// The queries that a query is cut into, all of which fit; `None` where it fits as it is, or cannot be cut: not every
/// condition is a list of alternatives.
///
/// # Errors
/// Those of `fits`.
pub(crate) fn pieces(
    query: &Query,
    most: usize,
    fits: &dyn Fn(&Query) -> Result<bool, AdapterError>,
) -> Result<Option<Vec<Query>>, AdapterError> {
    if fits(query)? {
        return Ok(None);
    }
    let mut whole = query.clone();
    // The rows of several queries are put in order here, so that what they are ordered by has to come along.
    whole.select.extend(query.sort.map(|(field, _)| field));
    whole.select.sort_unstable();
    whole.select.dedup();
    let (mut open, mut pieces) = (vec![whole], Vec::new());
    while let Some(piece) = open.pop() {
        if fits(&piece)? {
            pieces.push(piece);
            continue;
        }
        let Some((first, second)) = piece.filter.as_ref().and_then(|filter| halves(filter, false)) else {
            return Ok(None);
        };
        if open.len() + pieces.len() + 2 > most {
            return Ok(None);
        }
        open.push(Query { filter: Some(second), ..piece.clone() });
        open.push(Query { filter: Some(first), ..piece });
    }
    Ok(Some(pieces))
}

/// The page of a query out of those of its pieces: every row once, in order, no more than wanted.
pub(crate) fn merge(query: &Query, pages: impl IntoIterator<Item = Page>) -> Page {
    let mut whole = Page::default();
    let mut seen = HashSet::new();
    for page in pages {
        whole.truncated |= page.truncated;
        whole.rows.extend(page.rows.into_iter().filter(|row| seen.insert(row.id.clone())));
    }
    arrange(&query.entity, query.sort, &mut whole.rows);
    whole.rows.truncate(query.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX));
    let sorted = query.sort.map(|(field, _)| field).filter(|field| !query.select.contains(field));
    let extra = sorted.and_then(|field| query.entity.fields.get(field)).filter(|field| !field.name.is_id());
    if let Some(field) = extra {
        whole.rows.iter_mut().for_each(|row| {
            row.values.remove(&field.name);
        });
    }
    whole
}

/// Two conditions of which one holds wherever the condition (or its negation) does, and nowhere else. Recursion is
/// bounded: deeper conditions have been refused.
fn halves(condition: &Condition<Value>, not: bool) -> Option<(Condition<Value>, Condition<Value>)> {
    match (condition, not) {
        (Condition::Test(test), not) => list(test, not),
        (Condition::Not(inner), not) => halves(inner, !not),
        (Condition::Or(inner), false) | (Condition::And(inner), true) => match inner.as_slice() {
            [] => None,
            [only] => halves(only, not),
            several => {
                let (first, second) = several.split_at(several.len() / 2);
                let half = |half: &[Condition<Value>]| match not {
                    false => Condition::Or(half.to_vec()),
                    true => Condition::Not(Box::new(Condition::And(half.to_vec()))),
                };
                Some((half(first), half(second)))
            }
        },
        (Condition::And(inner), false) | (Condition::Or(inner), true) => {
            let mut longest: Vec<usize> = (0..inner.len()).collect();
            longest.sort_by_key(|position| Reverse(inner.get(*position).map(weight)));
            longest.into_iter().find_map(|position| {
                let (first, second) = halves(inner.get(position)?, not)?;
                let others = inner.iter().enumerate().filter(|(other, _)| *other != position);
                let others: Vec<Condition<Value>> = others
                    .map(|(_, other)| if not { Condition::Not(Box::new(other.clone())) } else { other.clone() })
                    .collect();
                let with = |half| Condition::And(others.iter().cloned().chain([half]).collect());
                Some((with(first), with(second)))
            })
        }
    }
}

fn list(test: &Test<Value>, not: bool) -> Option<(Condition<Value>, Condition<Value>)> {
    let alternatives = matches!((test.operator, not), (Operator::In, false) | (Operator::NotIn, true));
    if !alternatives || test.operands.len() < 2 {
        return None;
    }
    let half = |operands: &[Value]| {
        Condition::Test(Test { field: test.field.clone(), operator: Operator::In, operands: operands.to_vec() })
    };
    let (first, second) = test.operands.split_at(test.operands.len() / 2);
    Some((half(first), half(second)))
}

/// About how long a condition is on a wire.
fn weight(condition: &Condition<Value>) -> usize {
    match condition {
        Condition::Test(test) => test.operands.iter().map(length).sum::<usize>(),
        Condition::Not(inner) => weight(inner),
        Condition::And(inner) | Condition::Or(inner) => inner.iter().map(weight).sum(),
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::String(text) | Value::Id(text) | Value::Choice(text) => 8 + text.len(),
        _ => 24,
    }
}

#[cfg(test)]
mod tests;
