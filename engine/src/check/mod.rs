//! The checker: from a model to a catalog, or to everything that is wrong with it.
//!
//! One rule per file, each with its code, its example and its tests. Rules see the model alone, and all of them run:
//! a problem in one place hides none in another, except what only follows from it (a part whose entity is unknown
//! has no unknown fields).

mod definition;
mod definitions;
mod pattern;
mod resolve;
mod shape;
mod suggest;
#[cfg(test)]
pub(crate) mod testing;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::ids::CrmName;
use crate::model::Model;
use crate::problem::{CodeInfo, Problem, Severity};
use definitions::Definitions;
use shape::{OnCrm, Shape};

/// What checking a model gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The model, resolved; `None` when there is an error among the problems.
    pub catalog: Option<Catalog>,
    /// Everything found, in the order of the model.
    pub problems: Vec<Problem>,
}

impl Checked {
    /// Whether nothing stands in the way of using the model: warnings may.
    pub fn is_ok(&self) -> bool {
        self.catalog.is_some()
    }

    /// The problems that are errors.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error)
    }
}

/// Checks a model whole and resolves it.
///
/// A pattern is resolved on every CRM that defines all its entities; that some CRM lacks one is a warning where
/// another has them all.
///
/// ```
/// use engage_engine::check::check;
/// use engage_engine::model::Model;
///
/// let checked = check(&Model::default());
/// assert!(checked.is_ok());
/// ```
pub fn check(model: &Model) -> Checked {
    let all = Definitions::new(model);
    let mut problems = Vec::new();
    for rule in definition::ACROSS {
        rule(&all, &mut problems);
    }
    for entry in all.iter() {
        for rule in definition::EACH {
            rule(entry, &all, &mut problems);
        }
    }
    for rule in pattern::ACROSS {
        rule(model, &mut problems);
    }
    for (index, pattern) in model.patterns.iter().enumerate() {
        check_pattern(&Shape::new(index, pattern), &all, &mut problems);
    }
    problems.sort_by(|a, b| (a.at, a.code, &a.message).cmp(&(b.at, b.code, &b.message)));
    let broken = problems.iter().any(|problem| problem.severity == Severity::Error);
    Checked { catalog: (!broken).then(|| resolve::catalog(model, &all)), problems }
}

fn check_pattern(shape: &Shape<'_>, all: &Definitions<'_>, problems: &mut Vec<Problem>) {
    for rule in pattern::SHAPE {
        rule(shape, all, problems);
    }
    let crms = OnCrm::candidates(shape, all);
    let found = crms.iter().map(|crm| {
        let on_crm = OnCrm::new(shape, all, crm);
        let mut found = Vec::new();
        for rule in pattern::ON_CRM {
            rule(&on_crm, &mut found);
        }
        (*crm, found)
    });
    problems.extend(merged(found.collect()));
}

/// One problem instead of one per CRM; a problem that only some have says which.
fn merged(found: Vec<(&CrmName, Vec<Problem>)>) -> Vec<Problem> {
    let crms = found.len();
    let mut merged: BTreeMap<_, (Problem, Vec<&CrmName>)> = BTreeMap::new();
    for (crm, problems) in found {
        for problem in problems {
            let key = (problem.at, problem.code, problem.message.clone());
            let (first, on) = match merged.entry(key) {
                Entry::Vacant(free) => {
                    free.insert((problem, vec![crm]));
                    continue;
                }
                Entry::Occupied(taken) => taken.into_mut(),
            };
            if on.last() != Some(&crm) {
                on.push(crm);
            }
            let known: BTreeSet<_> = first.related.iter().cloned().collect();
            first.related.extend(problem.related.into_iter().filter(|related| !known.contains(related)));
        }
    }
    let problems = merged.into_values().map(|(mut problem, on)| {
        if on.len() < crms {
            let names: Vec<String> = on.iter().map(|crm| format!("`{crm}`")).collect();
            problem.message = format!("{} on {}", problem.message, names.join(" and "));
        }
        problem
    });
    problems.collect()
}

/// Every code of the checker, by code.
pub fn codes() -> Vec<CodeInfo> {
    let mut codes: Vec<CodeInfo> = definition::CODES.iter().chain(pattern::CODES).map(|info| **info).collect();
    codes.sort_by_key(|info| info.code);
    codes
}

/// Whether two lists hold the same names, for messages: `` `a`, `b` ``.
fn quoted<T: std::fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
