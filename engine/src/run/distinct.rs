//! Which record each written instance is: its match values are there, and no record is written twice.

use std::collections::HashMap;

use super::check::{null_match, path};
use super::query::Key;
use super::state::State;
use super::values::{Resolved, Values, instances};
use crate::catalog::{Part, Pattern};
use crate::input::InputProblem;
use crate::plan::{Plan, Step, StepAction};
use crate::problem::{Code, CodeInfo};
use crate::value::fold;

pub(super) const TWICE: CodeInfo = CodeInfo {
    code: Code("E0484"),
    title: "one record is written twice",
    explanation: "Two instances turn out to be one record: their match values are the same, or they lead to a record \
                  that is given by its `Id` too. One of the two would undo the other, or a second record would be \
                  made of what is one.",
    example: r#"{"contacts": [{"Email": "ada@example.com"}, {"Email": "ADA@example.com"}]}"#,
    cure: r#"{"contacts": [{"Email": "ada@example.com"}]}"#,
};

/// What identifies a record among those of its entity.
#[derive(PartialEq, Eq, Hash)]
enum Mark {
    Id(String),
    /// Field positions, each with what its value is compared by.
    Match(Vec<(usize, Key)>),
}

/// Holds the writes of a plan against each other, and match values against null.
pub(super) fn distinct(pattern: &Pattern, plan: &Plan, state: &State, values: &Values<'_>) -> Vec<InputProblem> {
    let mut seen: HashMap<(&str, Mark), (usize, usize)> = HashMap::new();
    let mut problems = Vec::new();
    for (position, step) in plan.steps.iter().enumerate() {
        let Some(part) = pattern.parts.get(step.position) else { continue };
        for (slot, index) in instances(step).iter().enumerate() {
            let fields = values.of(position, slot);
            let mark = match &step.action {
                // Without a value there is nothing to send.
                StepAction::Update if fields.is_empty() => continue,
                StepAction::Update => id(state, step, *index),
                StepAction::Create if part.match_on.is_empty() => continue,
                StepAction::Create => {
                    nulls(part, step, *index, values, fields, &mut problems);
                    matched(&part.match_on, fields)
                }
                StepAction::Upsert { key, .. } => {
                    let key: Vec<usize> = key.iter().filter_map(|name| part.entity.position(name.as_str())).collect();
                    matched(&key, fields)
                }
                _ => continue,
            };
            let Some(mark) = mark else { continue };
            if let Some(first) = seen.insert((part.entity.id.as_str(), mark), (step.position, *index)) {
                problems.extend(twice(pattern, first, (step.position, *index)));
            }
        }
    }
    problems
}

fn id(state: &State, step: &Step, index: usize) -> Option<Mark> {
    state.record(step.position, index)?.id.as_deref().map(|id| Mark::Id(fold(id)))
}

/// `None` where a value is not known before the write: then it names a record that is not there yet.
fn matched(on: &[usize], fields: &[(usize, Resolved)]) -> Option<Mark> {
    let key = |field: &usize| match fields.iter().find(|(found, _)| found == field)? {
        (_, Resolved::Value(value)) => Some((*field, Key::of(value)?)),
        (_, Resolved::Id { .. }) => None,
    };
    let mut keys = on.iter().map(key).collect::<Option<Vec<_>>>()?;
    keys.sort_unstable_by_key(|(field, _)| *field);
    Some(Mark::Match(keys))
}

/// A record that was looked for by nothing was not found; it must not be made for that.
fn nulls(
    part: &Part,
    step: &Step,
    index: usize,
    values: &Values<'_>,
    fields: &[(usize, Resolved)],
    problems: &mut Vec<InputProblem>,
) {
    let later =
        |field: usize| fields.iter().any(|(found, value)| *found == field && matches!(value, Resolved::Id { .. }));
    for field in part.match_on.iter().copied().filter(|field| !later(*field)) {
        let Some(name) = part.entity.fields.get(field).map(|field| &field.name) else { continue };
        if values.match_value(step.position, index, name).is_none_or(|value| value.is_null()) {
            problems.push(null_match(part, index, name));
        }
    }
}

fn twice(pattern: &Pattern, first: (usize, usize), second: (usize, usize)) -> Option<InputProblem> {
    let place = |(part, index): (usize, usize)| Some(path(pattern.parts.get(part)?, index));
    let message = format!("this is the same record as `{}`", place(first)?);
    let problem = InputProblem::new(&TWICE, place(second)?, message);
    Some(problem.help("give each record once, with all its values"))
}
