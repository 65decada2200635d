//! All cases of a workspace: run, judged, and written back where that is asked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engage_dsl::diagnostic::Diagnostic;
use engage_dsl::source::{Sources, Span};
use engage_dsl::workspace::FileKind;
use engage_dsl::yaml::{Node, NodeKind};
use serde_json::{Map, Value as Json, json};

use super::compare::{compare_playbook, failure, here, sorted};
use super::{Actual, Any, Expect, Mismatch, PlaybookExpect, accept, compare, emit, execute, play, read_all};
use crate::failure::Failure;
use crate::workspace::{self, Loaded};

/// What a suite gave.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// One verdict per case and CRM, in the order of the files.
    pub verdicts: Vec<Verdict>,
    /// What is wrong with the cases themselves.
    pub problems: Vec<Diagnostic>,
    /// The files, to draw the problems with.
    pub sources: Sources,
}

/// How a case went on one CRM.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// What the case shows.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// The CRM.
    pub crm: String,
    /// What is not as expected; empty when the case passes.
    pub mismatches: Vec<Mismatch>,
    /// What happened.
    pub actual: Actual,
    at: Span,
}

impl Verdict {
    /// Whether all was as expected.
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty()
    }
}

impl Report {
    /// Whether there was nothing to run and nothing to complain about.
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty() && self.problems.is_empty()
    }

    /// Whether every case could be run and passed.
    pub fn passed(&self) -> bool {
        self.problems.is_empty() && self.verdicts.iter().all(Verdict::passed)
    }
}

/// Loads, checks and runs a workspace's cases: what the tests of a library of patterns call for each of its folders.
///
/// # Errors
/// When there is no such workspace, or it has errors.
pub fn folder(path: &Path) -> Result<Report, Failure> {
    Ok(suite(&workspace::load(path)?, None))
}

/// Runs the cases of a workspace whose file or name holds `filter`.
pub fn suite(loaded: &Loaded, filter: Option<&str>) -> Report {
    let mut report = Report { sources: loaded.workspace.sources.clone(), ..Report::default() };
    for (case, path) in cases(loaded, filter, &mut report.problems) {
        for crm in case.crms() {
            let done = match &case {
                Any::Pattern(case) => execute(loaded, case, crm),
                Any::Playbook(case) => play::execute(loaded, case, crm),
            };
            match done {
                Err(problems) => {
                    report.problems.extend(problems);
                    // What is wrong with a case is mostly wrong on every CRM: once is enough.
                    break;
                }
                Ok(actual) => report.verdicts.push(Verdict {
                    name: case.name().to_owned(),
                    path: path.clone(),
                    crm: crm.value.to_string(),
                    mismatches: match &case {
                        Any::Pattern(case) => compare(case, &loaded.catalog, &actual),
                        Any::Playbook(case) => compare_playbook(case, &loaded.catalog, &actual),
                    },
                    at: case.place().1,
                    actual,
                }),
            }
        }
    }
    report
}

/// The cases of a workspace whose file or name holds `filter`, each with its file, in the order of the files.
pub fn cases(loaded: &Loaded, filter: Option<&str>, problems: &mut Vec<Diagnostic>) -> Vec<(Any, PathBuf)> {
    let mut all = Vec::new();
    for (file, source) in loaded.workspace.files(FileKind::Case) {
        let (found, wrong) = read_all(file, source.text());
        problems.extend(wrong);
        let path = source.path().to_path_buf();
        let wanted = |case: &Any| {
            filter.is_none_or(|filter| path.to_string_lossy().contains(filter) || case.name().contains(filter))
        };
        all.extend(found.into_iter().filter(wanted).map(|case| (case, path.clone())));
    }
    all
}

/// What accepting gave.
#[derive(Debug, Clone, Default)]
pub struct Accepted {
    /// Files and their new text.
    pub files: BTreeMap<PathBuf, String>,
    /// Cases that are not written in lines, so that nothing in them can be replaced.
    pub refused: Vec<PathBuf>,
}

/// The new texts of the case files: every `expect` of a case that did not pass says what happened. Nothing is written.
pub fn accepted(loaded: &Loaded, report: &Report) -> Accepted {
    let mut given = Accepted::default();
    let mut problems = Vec::new();
    let all = cases(loaded, None, &mut problems);
    // From the last document of a file to the first, so that the places of the others stay where they are.
    for (case, path) in all.iter().rev() {
        let (file, at) = case.place();
        let verdicts: Vec<&Verdict> = report.verdicts.iter().filter(|verdict| verdict.at == at).collect();
        if verdicts.iter().all(|verdict| verdict.passed()) && !unfilled(case) {
            continue;
        }
        let actuals: Vec<&Actual> = verdicts.iter().map(|verdict| &verdict.actual).collect();
        if actuals.is_empty() || actuals.len() < case.crms().len() {
            continue;
        }
        let Some(source) = loaded.workspace.sources.get(file) else { continue };
        let text = given.files.get(path).map_or(source.text(), String::as_str);
        match written(case, text, &expectation(case, &actuals)) {
            Some(new) => drop(given.files.insert(path.clone(), new)),
            None => given.refused.push(path.clone()),
        }
    }
    given
}

/// The text of a file with another `expect` in one of its cases; `None` where that cannot be done without touching
/// anything else: what was written is read again, and has to hold the same cases.
fn written(case: &Any, text: &str, expect: &Json) -> Option<String> {
    let offset = |at: u32| usize::try_from(at).ok();
    let (file, at) = case.place();
    let old = case.expects_at().map(|at| at.start).and_then(offset);
    let new = accept(text, offset(at.start)?, old, &emit(&json!({ "expect": expect }), 0))?;
    let held = |text: &str| {
        let (cases, problems) = read_all(file, text);
        let names = cases.into_iter().map(|case| (case.name().to_owned(), case.subject().to_owned()));
        (names.collect::<Vec<_>>(), problems.len())
    };
    (held(text) == held(&new)).then_some(new)
}

/// What the parts of an expectation are called, and what stands there now.
struct Slots<'c> {
    at: Option<Span>,
    plan: (&'static str, &'c Option<Node>),
    result: (&'static str, &'c Option<Node>),
    round_trips: &'c Option<Node>,
    state: &'c Option<Node>,
}

fn slots(case: &Any) -> Slots<'_> {
    match case {
        Any::Pattern(case) => {
            let Expect { at, plan, round_trips, result, state, problems: _ } = &case.expect;
            Slots { at: *at, plan: ("plan", plan), result: ("result", result), round_trips, state }
        }
        Any::Playbook(case) => {
            let PlaybookExpect { at, schedule, round_trips, outputs, state, failure: _ } = &case.expect;
            Slots { at: *at, plan: ("schedule", schedule), result: ("outputs", outputs), round_trips, state }
        }
    }
}

/// Whether the case leaves something to be filled in: all of it, or a key without a value.
fn unfilled(case: &Any) -> bool {
    let Slots { at, plan, result, round_trips, state } = slots(case);
    let empty = |node: &Node| match &node.kind {
        NodeKind::Null => true,
        NodeKind::Map(entries) => entries.is_empty(),
        _ => false,
    };
    at.is_none() || [plan.1, round_trips, result.1, state].into_iter().flatten().any(empty)
}

/// What the case should say: the plan and its trips always; result and state where the case names them, or names
/// nothing at all.
fn expectation(case: &Any, actuals: &[&Actual]) -> Json {
    let mut expect = Map::new();
    let mut put = |key: &str, value: &dyn Fn(&Actual) -> Option<Json>| {
        if let Some(value) = each(case.scope().per_crm, actuals, value) {
            expect.insert(key.to_owned(), value);
        }
    };
    let Slots { at, plan, result, round_trips: _, state: named } = slots(case);
    put(plan.0, &|actual| actual.plan.clone().map(Json::String));
    put("round_trips", &|actual| actual.round_trips.map(Json::from));
    if at.is_none() || result.1.is_some() {
        put(result.0, &|actual| actual.result.as_ref().map(sorted));
    }
    if at.is_none() || named.is_some() {
        put("state", &|actual| {
            Some(state(case, actual)).filter(|state| state.as_object().is_some_and(|all| !all.is_empty()))
        });
    }
    match case {
        Any::Pattern(_) => put("problems", &|actual| {
            let codes: Vec<&str> = actual.problems.iter().map(|problem| problem.code.as_str()).collect();
            (!codes.is_empty()).then(|| json!(codes))
        }),
        Any::Playbook(_) => put("failure", &failure),
    }
    Json::Object(expect)
}

/// The tables that the case names, or those of the entities that were written where it names none.
fn state(case: &Any, actual: &Actual) -> Json {
    let node = slots(case).state.as_ref().and_then(|node| here(case.scope(), node, actual.crm.as_str()));
    let named: Vec<String> = match node.map(engage_dsl::value::json) {
        Some(Json::Object(tables)) => tables.into_iter().map(|(entity, _)| entity).collect(),
        _ => Vec::new(),
    };
    let wanted = |entity: &str| {
        if named.is_empty() {
            actual.written.iter().any(|name| name == entity)
        } else {
            named.iter().any(|name| name == entity)
        }
    };
    let tables = actual.state.iter().filter(|(entity, rows)| {
        // A table that nobody named and that is empty says nothing.
        wanted(entity) && !(named.is_empty() && rows.as_array().is_some_and(Vec::is_empty))
    });
    Json::Object(tables.map(|(entity, rows)| (entity.clone(), sorted(rows))).collect())
}

/// One value where every CRM gives the same, else a mapping by CRM.
fn each(per_crm: bool, actuals: &[&Actual], value: &dyn Fn(&Actual) -> Option<Json>) -> Option<Json> {
    let values: Vec<(String, Json)> =
        actuals.iter().filter_map(|actual| Some((actual.crm.to_string(), value(actual)?))).collect();
    let (_, first) = values.first()?;
    let same = values.len() == actuals.len() && values.iter().all(|(_, other)| other == first);
    if same || !per_crm { Some(first.clone()) } else { Some(Json::Object(values.into_iter().collect())) }
}
