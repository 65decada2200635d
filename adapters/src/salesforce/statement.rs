//! Statements: what a query is in SOQL.

use std::collections::HashSet;

use engage_engine::adapter::AdapterError;

use super::metadata::ID;
use super::query::{Nested, Reading};
use crate::guard::unsupported;

/// The longest statement, in characters ("SOQL and SOSL Limits for Search Queries").
pub(super) const MAX_CHARACTERS: usize = 100_000;

/// The statement of a query.
///
/// # Errors
/// `Unsupported` for one that is too long.
pub(super) fn statement(reading: &Reading<'_>) -> Result<String, AdapterError> {
    let text = select(&[reading], &reading.object.name)?;
    if text.chars().count() > MAX_CHARACTERS {
        return Err(unsupported("ask so long a question", super::NAME));
    }
    Ok(text)
}

/// How many characters the statement of a query has.
pub(super) fn length(reading: &Reading<'_>) -> Result<usize, AdapterError> {
    Ok(select(&[reading], &reading.object.name)?.chars().count())
}

/// A statement or a subquery of readings that share its rows.
fn select(readings: &[&Reading<'_>], from: &str) -> Result<String, AdapterError> {
    let mut text = format!("SELECT {} FROM {from}", items(readings, "")?.join(", "));
    if let Some(filter) = filter(readings) {
        text.push_str(&format!(" WHERE {filter}"));
    }
    if let [reading] = readings {
        if let Some(order) = &reading.order {
            text.push_str(&format!(" ORDER BY {order}"));
        }
        if let Some(limit) = reading.limit {
            text.push_str(&format!(" LIMIT {limit}"));
        }
    }
    Ok(text)
}

/// What lets through the rows of all the readings.
fn filter(readings: &[&Reading<'_>]) -> Option<String> {
    let texts: Option<Vec<&str>> = readings.iter().map(|reading| reading.filter.text.as_deref()).collect();
    match texts?.as_slice() {
        [] => None,
        [only] => Some((*only).to_owned()),
        several => Some(several.iter().map(|text| format!("({text})")).collect::<Vec<_>>().join(" OR ")),
    }
}

/// What is selected for readings that share a place, a path in front of it. Recursion is as deep as the joins.
fn items(readings: &[&Reading<'_>], path: &str) -> Result<Vec<String>, AdapterError> {
    let mut items = vec![format!("{path}{ID}")];
    let steps = steps(readings);
    for reading in readings {
        for field in reading.fields.iter().filter_map(|field| reading.query.entity.fields.get(*field)) {
            let (name, column) = reading.object.read_column(field)?;
            items.push(format!("{path}{name}"));
            // "TYPEOF": a relationship that it is about may not be selected from otherwise, and its answer tells the
            // object anyway.
            let typed = |relationship: &str| steps.iter().any(|step| step.kind.is_some() && step.name == relationship);
            items.extend(
                column
                    .polymorphic()
                    .filter(|name| !typed(name))
                    .map(|relationship| format!("{path}{relationship}.Type")),
            );
        }
    }
    for step in steps.iter().filter(|step| !step.many && step.kind.is_none()) {
        items.extend(self::items(&step.readings, &format!("{path}{}.", step.name))?);
    }
    items.extend(types(&steps, path)?);
    for step in steps.iter().filter(|step| step.many) {
        items.push(format!("({})", select(&step.readings, step.name)?));
    }
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.clone()));
    Ok(items)
}

/// One `TYPEOF` for each polymorphic relationship, whatever the objects asked for behind it.
fn types(steps: &[Step<'_>], path: &str) -> Result<Vec<String>, AdapterError> {
    let mut typed: Vec<(&str, String)> = Vec::new();
    for step in steps {
        let Some(kind) = step.kind else { continue };
        let when = format!(" WHEN {kind} THEN {}", items(&step.readings, "")?.join(", "));
        match typed.iter_mut().find(|(name, _)| *name == step.name) {
            Some((_, text)) => text.push_str(&when),
            None => typed.push((step.name, when)),
        }
    }
    Ok(typed.into_iter().map(|(name, when)| format!("TYPEOF {path}{name}{when} END")).collect())
}

/// A relationship followed, and all that follow it.
struct Step<'r> {
    name: &'r str,
    many: bool,
    kind: Option<&'r str>,
    readings: Vec<&'r Reading<'r>>,
}

/// The relationships of readings that share a place, in order of appearance.
fn steps<'r>(readings: &[&'r Reading<'r>]) -> Vec<Step<'r>> {
    let mut steps: Vec<Step<'r>> = Vec::new();
    for nested in readings.iter().flat_map(|reading| &reading.joins) {
        let (name, many, kind, reading) = match nested {
            Nested::One { relationship, kind, reading } => (*relationship, false, *kind, reading),
            Nested::Many { relationship, reading } => (*relationship, true, None, reading),
            Nested::Apart(_) => continue,
        };
        match steps.iter_mut().find(|step| (step.name, step.many, step.kind) == (name, many, kind)) {
            Some(step) => step.readings.push(reading),
            None => steps.push(Step { name, many, kind, readings: vec![reading] }),
        }
    }
    steps
}
