//! How a run ended, for people and for programs.

use std::collections::BTreeMap;

use engage_playbooks::Compiled;
use engage_playbooks::model::BlockKind;
use engage_playbooks::run::{BlockFailure, FailureKind, Machine, RunKey, RunOutcome, RunState};
use serde_json::{Value as Json, json};

use crate::case::sorted;
use crate::exit::Exit;
use crate::failure::{Failure, Stopped};
use crate::timeline::state;

/// Failures for good that the outside is the reason of, by their words. All others are in the input or in the playbook.
const OUTSIDE: [&str; 18] = [
    "bad-answer",
    "budget",
    "conflict",
    "contract",
    "deadline",
    "denied",
    "duplicate",
    "internal",
    "not-connected",
    "not-found",
    "not-json",
    "quota-exhausted",
    "refused",
    "rejected",
    "truncated",
    "unauthenticated",
    "unknown",
    "unsupported",
];

/// A record that a run has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The block; `None` where it is not shown.
    pub block: Option<String>,
    /// The part of its pattern.
    pub part: String,
    /// The record's id in the CRM; `None` where it was left out.
    pub id: Option<String>,
    /// `created`, `updated`, `unchanged`, `skipped`, `deleted`.
    pub outcome: String,
}

/// What the writing blocks of a run have written so far.
pub fn written(machine: &Machine) -> Vec<Written> {
    let mut all = Vec::new();
    for node in &machine.compiled().blocks {
        if !matches!(node.block.kind, BlockKind::Create { .. } | BlockKind::Update { .. }) {
            continue;
        }
        let Some(Json::Object(parts)) = machine.output_of(&node.block.name) else { continue };
        for (part, instances) in parts {
            let text = |instance: &Json, key: &str| instance.get(key).and_then(Json::as_str).map(str::to_owned);
            all.extend(instances.as_array().into_iter().flatten().map(|instance| Written {
                block: (!machine.compiled().closed).then(|| node.block.name.to_string()),
                part: part.clone(),
                id: text(instance, "Id"),
                outcome: text(instance, "outcome").unwrap_or_default(),
            }));
        }
    }
    all
}

/// What the run was made to give; an empty object where it gave nothing.
pub fn outputs(machine: &Machine) -> Json {
    match machine.outcome() {
        Some(RunOutcome::Succeeded { outputs }) => sorted(outputs),
        _ => json!({}),
    }
}

/// A run that is at its end, or waits for its employee, for programs: `run`, `playbook`, `crm`, `event`, `state`,
/// `outputs`, `written`.
pub fn json(key: &RunKey, machine: &Machine) -> Json {
    let Compiled { id, crm, .. } = &**machine.compiled();
    let written = written(machine).into_iter();
    let written = written.map(
        |Written { block, part, id, outcome }| json!({"block": block, "part": part, "Id": id, "outcome": outcome}),
    );
    json!({
        "run": key.run.to_string(),
        "playbook": id.to_string(),
        "crm": crm.to_string(),
        "event": machine.beginning().map(|beginning| beginning.event.clone()),
        "state": state(machine.state()),
        "outputs": outputs(machine),
        "written": written.collect::<Vec<_>>(),
    })
}

/// How much of what was written, in words: `lead.lead: created 17`; `lead: created 17` where blocks are not shown.
pub fn tally(written: &[Written]) -> Vec<String> {
    let mut counts: BTreeMap<String, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for Written { block, part, id, outcome } in written {
        let place = block.as_ref().map_or_else(|| part.clone(), |block| format!("{block}.{part}"));
        counts.entry(place).or_default().entry(outcome).or_default().push(id.as_deref().unwrap_or("-"));
    }
    let line = |(place, outcomes): (&String, &BTreeMap<&str, Vec<&str>>)| {
        let words: Vec<String> =
            outcomes.iter().map(|(outcome, ids)| format!("{outcome} {}", ids.join(", "))).collect();
        format!("{place}: {}", words.join("; "))
    };
    counts.iter().map(line).collect()
}

/// Why a run did not end well; `None` of one that did.
pub fn failure(machine: &Machine) -> Option<Failure> {
    let closed = machine.compiled().closed;
    let outcome = machine.outcome().map(|outcome| if closed { outcome.closed() } else { outcome.clone() });
    let failure = match (machine.state(), &outcome) {
        (RunState::NeedsIdentity, _) => {
            Failure::outside("the run waits for its employee to sign in").help("`ENGAGE_…_ASSERTION` holds their token")
        }
        (_, Some(RunOutcome::Failed { block, failure })) => failed(block.as_ref().map(|name| name.as_str()), failure),
        (_, Some(RunOutcome::Cancelled { by })) => Failure::outside(format!("the run was stopped by {by}")),
        (_, Some(RunOutcome::Succeeded { .. })) => return None,
        (_, None) => Failure::outside("the run is not at its end"),
    };
    let notes = tally(&written(machine)).into_iter().map(|line| format!("before that: {line}"));
    Some(Failure { notes: failure.notes.iter().cloned().chain(notes).collect(), ..failure })
}

fn failed(block: Option<&str>, failure: &BlockFailure) -> Failure {
    let BlockFailure { kind, reason, message, wait_ms: _, trips: _ } = failure;
    let outside = *kind != FailureKind::Permanent || OUTSIDE.contains(&reason.as_str());
    let at = block.map(|block| format!("block `{block}`: ")).unwrap_or_default();
    let exit = if outside { Exit::Outside } else { Exit::Problems };
    let mut told = Failure::new(exit, format!("{at}{message}"));
    told.run = Some(Box::new(Stopped { reason: reason.clone(), later: None }));
    told
}
