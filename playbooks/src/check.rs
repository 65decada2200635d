//! The checker: from a library to compiled playbooks, or to everything that is wrong with it.
//!
//! One rule per file, each with its code, its example and its tests. All of them run: a problem in one place hides none in
//! another, except what only follows from it. Types flow in display order from the trigger to the last block; where
//! something is wrong, the type is unknown from there on and nothing more is said about it.

mod capabilities;
mod compile;
mod digest;
mod flow;
mod known;
mod pair;
mod rules;
mod shape;
#[cfg(test)]
pub(crate) mod testing;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use engage_engine::Catalog;
use engage_engine::ids::CrmName;
use engage_engine::model::{Item, Place, Subject};
use engage_engine::problem::{Problem, Severity};

use crate::compiled::Playbooks;
use crate::model::{BlockKind, Library, Playbook};
use crate::ports::Templates;
use crate::writer::writers;
use flow::Flow;
use known::Known;
use shape::Shape;

pub use rules::codes;

/// What checking a library gives.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedLibrary {
    /// The playbooks, compiled; `None` when there is an error among the problems.
    pub playbooks: Option<Playbooks>,
    /// Everything found, in the order of the library.
    pub problems: Vec<Problem>,
}

impl CheckedLibrary {
    /// The problems that are errors.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error)
    }
}

/// Checks a library whole against a catalog and compiles its playbooks. Without `templates` every template is an error:
/// a template that nobody can read is not rendered wrong in silence.
///
/// A playbook is compiled on every CRM that has all the patterns it names. Mappers of booked meetings become playbooks too:
/// see [`writer`](crate::writer).
///
/// ```
/// use engage_playbooks::{Library, check};
/// let checked = check(&Library::default(), &engage_engine::Catalog::default(), None);
/// assert!(checked.playbooks.is_some() && checked.problems.is_empty());
/// ```
pub fn check(library: &Library, catalog: &Catalog, templates: Option<&dyn Templates>) -> CheckedLibrary {
    let known = Known::new(library, catalog, templates);
    let mut problems = Vec::new();
    for rule in rules::ACROSS {
        rule(&known, &mut problems);
    }
    let writers = writers(library, catalog);
    let made = writers.iter().map(|(_, playbook)| playbook);
    let shapes: Vec<Shape<'_>> =
        library.playbooks.iter().chain(made).enumerate().map(|(index, playbook)| Shape::new(index, playbook)).collect();
    let (own, made) = shapes.split_at(library.playbooks.len().min(shapes.len()));
    for shape in own {
        check_playbook(shape, &known, &mut problems);
    }
    for (shape, (mapper, _)) in made.iter().zip(&writers) {
        problems.extend(unfit(shape, *mapper, &known));
    }
    problems.sort_by(|a, b| (a.at, a.code, &a.message).cmp(&(b.at, b.code, &b.message)));
    problems.dedup();
    let broken = problems.iter().any(|problem| problem.severity == Severity::Error);
    let playbooks = (!broken).then(|| compile::playbooks(&shapes, &known));
    CheckedLibrary { playbooks, problems }
}

fn check_playbook(shape: &Shape<'_>, known: &Known<'_>, problems: &mut Vec<Problem>) {
    if !rules::limits::check(shape, problems) {
        return;
    }
    for rule in rules::SHAPE {
        rule(shape, known, problems);
    }
    let found = crms(shape.playbook, known).into_iter().map(|crm| {
        let flow = Flow::new(shape, known, crm);
        let mut found = Vec::new();
        for rule in rules::FLOW {
            rule(&flow, &mut found);
        }
        (crm, found)
    });
    problems.extend(merged(found.collect()));
}

/// What is wrong with the writer of a mapper is wrong with its pattern: what nobody wrote has no line of its own.
fn unfit(shape: &Shape<'_>, mapper: usize, known: &Known<'_>) -> Option<Problem> {
    let mut found = Vec::new();
    check_playbook(shape, known, &mut found);
    let wrong = found.into_iter().find(|problem| problem.severity == Severity::Error)?;
    let at = Subject { item: Item::Mapper(mapper), place: Place::MapperPattern };
    Some(rules::unserved(at, &shape.playbook.name, &wrong.message))
}

/// The CRMs that have every pattern the playbook names that some CRM has; of a playbook that runs nowhere one look
/// without a CRM.
fn crms<'a>(playbook: &Playbook, known: &Known<'a>) -> Vec<Option<&'a CrmName>> {
    let patterns: Vec<_> = patterns(playbook).filter(|pattern| known.has_pattern(pattern)).collect();
    let has = |crm: &CrmName| patterns.iter().all(|pattern| known.catalog.pattern(crm.as_str(), pattern).is_some());
    let crms: Vec<_> = known.catalog.crms().filter(|crm| has(crm)).map(Some).collect();
    if crms.is_empty() { vec![None] } else { crms }
}

/// The patterns that a playbook names.
fn patterns(playbook: &Playbook) -> impl Iterator<Item = &str> {
    playbook.blocks.iter().filter_map(|block| match &block.kind {
        BlockKind::Read { pattern }
        | BlockKind::Filter { pattern, .. }
        | BlockKind::Create { pattern }
        | BlockKind::Update { pattern } => Some(pattern.as_str()),
        _ => None,
    })
}

/// One problem instead of one per CRM; a problem that only some have says which.
fn merged(found: Vec<(Option<&CrmName>, Vec<Problem>)>) -> Vec<Problem> {
    let crms = found.len();
    let mut merged: BTreeMap<_, (Problem, Vec<&CrmName>)> = BTreeMap::new();
    for (crm, problems) in found {
        for problem in problems {
            let key = (problem.at, problem.code, problem.message.clone());
            let (_, on) = match merged.entry(key) {
                Entry::Vacant(free) => free.insert((problem, Vec::new())),
                Entry::Occupied(taken) => taken.into_mut(),
            };
            if let Some(crm) = crm.filter(|crm| on.last() != Some(crm)) {
                on.push(crm);
            }
        }
    }
    let problems = merged.into_values().map(|(mut problem, on)| {
        if on.len() < crms && !on.is_empty() {
            let names: Vec<String> = on.iter().map(|crm| format!("`{crm}`")).collect();
            problem.message = format!("{} on {}", problem.message, names.join(" and "));
        }
        problem
    });
    problems.collect()
}

/// Names for messages: `` `a`, `b` ``.
fn quoted<T: std::fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
