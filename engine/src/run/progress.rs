//! What an execution has done so far: Ids, versions, effects, and in which order.

use std::collections::HashMap;

use super::outcome::{Done, Effect, Effects};
use super::state::State;
use super::values::{Values, instances};
use crate::adapter::Written;
use crate::catalog::Pattern;
use crate::plan::{Plan, StepAction};

/// One effect, as it happened.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) part: usize,
    pub(super) index: usize,
    pub(super) id: Option<String>,
    pub(super) done: Done,
    /// Whether this execution did it, and not an earlier attempt of the same operation.
    pub(super) own: bool,
    /// Deferred references that were set, by field position.
    pub(super) deferred: Vec<usize>,
}

/// What has been done.
#[derive(Debug, Default)]
pub(super) struct Progress {
    ids: HashMap<(usize, usize), String>,
    etags: HashMap<(usize, usize), Option<String>>,
    outcomes: HashMap<(usize, usize), Done>,
    pub(super) log: Vec<Entry>,
}

impl Progress {
    pub(super) fn id(&self, part: usize, index: usize) -> Option<&String> {
        self.ids.get(&(part, index))
    }

    /// The version of a record that this execution wrote last.
    pub(super) fn etag(&self, part: usize, index: usize) -> Option<&String> {
        self.etags.get(&(part, index)).and_then(Option::as_ref)
    }

    /// The Id that a look-up inside a group found.
    pub(super) fn found(&mut self, part: usize, index: usize, id: String) {
        self.ids.insert((part, index), id);
    }

    /// A record was made or changed. `id` is `None` where it took effect and nobody told the Id.
    pub(super) fn wrote(&mut self, part: usize, index: usize, done: Done, written: Option<Written>, own: bool) {
        let at = (part, index);
        let (id, etag) = written.map_or((None, None), |written| (Some(written.id), written.etag));
        self.ids.extend(id.clone().map(|id| (at, id)));
        self.etags.insert(at, etag);
        // Setting a deferred field does not make less of a record that was made.
        self.outcomes.entry(at).or_insert(done);
        self.log.push(Entry { part, index, id, done, own, deferred: Vec::new() });
    }

    /// The write booked last set deferred references.
    pub(super) fn deferred(&mut self, fields: Vec<usize>) {
        if let Some(entry) = self.log.last_mut() {
            entry.deferred = fields;
        }
    }

    /// A record has another version, though nothing new is to be told of it.
    pub(super) fn turned(&mut self, part: usize, index: usize, etag: Option<String>) {
        self.etags.insert((part, index), etag);
    }

    /// It was sent, and nobody knows whether it took effect.
    pub(super) fn unsure(&mut self, part: usize, index: usize) {
        self.outcomes.entry((part, index)).or_insert(Done::Unknown);
    }

    /// Nothing more will be sent: what was to be written and has no outcome yet is not done.
    pub(super) fn stopped(&mut self, plan: &Plan, values: &Values<'_>) {
        for (position, step) in plan.steps.iter().enumerate() {
            for (slot, index) in instances(step).iter().enumerate() {
                let writes = match &step.action {
                    StepAction::Create | StepAction::Upsert { .. } | StepAction::Embed { .. } => true,
                    StepAction::Update => !values.of(position, slot).is_empty(),
                    StepAction::Read(_) | StepAction::Find { .. } | StepAction::Delete | StepAction::Defer => false,
                };
                if writes {
                    self.outcomes.entry((step.position, *index)).or_insert(Done::NotDone);
                }
            }
        }
    }

    /// An instance that travelled in its parent's write.
    pub(super) fn carried(&mut self, part: usize, index: usize, done: Done) {
        self.outcomes.insert((part, index), done);
    }

    pub(super) fn deleted(&mut self, part: usize, index: usize, id: String) {
        self.log.push(Entry { part, index, id: Some(id), done: Done::Deleted, own: true, deferred: Vec::new() });
    }

    /// Part by part, every instance that the input or the plan knows.
    pub(super) fn effects(&self, pattern: &Pattern, plan: Option<&Plan>, state: &State) -> Effects {
        let mut counts: Vec<usize> = (0..pattern.parts.len()).map(|part| state.records(part).len()).collect();
        for step in plan.iter().flat_map(|plan| &plan.steps) {
            let whole = !matches!(step.action, StepAction::Delete | StepAction::Read(_));
            let most = instances(step).iter().max().map_or(0, |index| index + 1);
            if let Some(count) = counts.get_mut(step.position).filter(|_| whole) {
                *count = most.max(*count);
            }
        }
        let mut effects = Effects::default();
        for ((position, part), count) in pattern.parts.iter().enumerate().zip(counts) {
            let list = (0..count).map(|index| self.effect(state, position, index)).collect();
            effects.parts.insert(part.ref_id.clone(), list);
        }
        for entry in self.log.iter().filter(|entry| entry.done == Done::Deleted) {
            let part = pattern.parts.get(entry.part).and_then(|part| effects.parts.get_mut(&part.ref_id));
            if let Some(list) = part {
                list.push(Effect { id: entry.id.clone(), outcome: Done::Deleted });
            }
        }
        effects
    }

    fn effect(&self, state: &State, part: usize, index: usize) -> Effect {
        let known = state.record(part, index).and_then(|record| record.id.clone());
        let id = self.id(part, index).cloned().or(known);
        let outcome = self.outcomes.get(&(part, index)).copied();
        let outcome = outcome.unwrap_or(if id.is_some() { Done::Unchanged } else { Done::Skipped });
        Effect { id, outcome }
    }
}
