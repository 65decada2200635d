//! The operation `test`: plan and exact requests, nothing sent.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::clock::Clock;
use super::error::{Failure, RunError, RunErrorKind};
use super::fetch::{Fetch, Found};
use super::lower::Lowering;
use super::progress::Progress;
use super::query::read_of;
use super::session::Session;
use super::state::State;
use super::values::Values;
use super::{Work, absorb, check, failed, planned};
use crate::adapter::{AdapterError, Request, WriteAction, Written};
use crate::catalog::{Part, Pattern};
use crate::ids::FieldName;
use crate::plan::{By, GroupKind, Operation, Plan, StepAction};
use crate::value::{FieldType, Instance, Value};

/// What an operation would do.
#[derive(Debug, Clone)]
pub struct DryRun {
    /// The plan for the input as it is.
    pub plan: Plan,
    /// The requests, in order.
    pub requests: Vec<Planned>,
}

/// A request that would be sent.
#[derive(Debug, Clone)]
pub struct Planned {
    /// 1-based; requests of one trip go at the same time.
    pub trip: usize,
    /// Reads or writes.
    pub kind: GroupKind,
    /// The request; its body holds the input's values.
    pub request: Request,
}

impl DryRun {
    /// As JSON: `{"plan": …, "requests": [{"trip": 1, "kind": "read", "method": …, "target": …, "body": …}]}`.
    pub fn to_json(&self) -> Json {
        let requests = self.requests.iter().map(|Planned { trip, kind, request }| {
            let Request { method, target, body } = request;
            json!({ "trip": trip, "kind": kind, "method": method, "target": target, "body": body })
        });
        json!({ "plan": self.plan, "requests": requests.collect::<Vec<_>>() })
    }
}

/// A clock for where nothing takes time.
pub(super) struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {}
}

impl Work<'_> {
    pub(super) fn dry_run(&mut self, session: &Session<'_>) -> Result<DryRun, RunError> {
        self.preview(session).map_err(|failure| failed(session, failure))
    }

    fn preview(&mut self, session: &Session<'_>) -> Result<DryRun, Failure> {
        let pattern = self.pattern;
        let mut state = self.start(session)?;
        let first = planned(session, pattern, self.operation, &state)?;
        let mut preview = Preview { session, pattern, operation: self.operation, requests: Vec::new(), trips: 0 };
        let mut plan = first.clone();
        for _ in 0..=pattern.parts.len().saturating_mul(2) {
            if plan.groups.iter().all(|group| group.kind != GroupKind::Read) {
                break;
            }
            let rows = preview.reads(&plan, &state)?;
            if self.operation == Operation::Read {
                return Ok(DryRun { plan: first, requests: preview.requests });
            }
            absorb::absorb(pattern, &plan, &mut state, rows, &session.keys)?;
            plan = planned(session, pattern, self.operation, &state)?;
        }
        preview.writes(&plan, &state)?;
        Ok(DryRun { plan: first, requests: preview.requests })
    }
}

struct Preview<'a> {
    session: &'a Session<'a>,
    pattern: &'a Pattern,
    operation: Operation,
    requests: Vec<Planned>,
    /// Trips of the plans before this one.
    trips: usize,
}

fn unsupported(error: AdapterError) -> Failure {
    RunErrorKind::Adapter(error).into()
}

impl Preview<'_> {
    fn add(&mut self, trip: usize, kind: GroupKind, requests: Vec<Request>) {
        let trip = self.trips + trip;
        self.requests.extend(requests.into_iter().map(|request| Planned { trip, kind, request }));
    }

    fn reads(&mut self, plan: &Plan, state: &State) -> Result<Vec<Vec<Found>>, Failure> {
        let mut fetch = Fetch::new(self.session, self.pattern, plan, state);
        let mut groups: Vec<_> = plan.groups.iter().filter(|group| group.kind == GroupKind::Read).collect();
        groups.sort_by_key(|group| group.trip);
        for group in &groups {
            for request in fetch.requests(group) {
                let requests = self.session.adapter.preview_read(&request.queries).map_err(unsupported)?;
                self.add(group.trip, group.kind, requests);
            }
            for member in &group.members {
                let rows = self.pretend(plan, state, member.step);
                if let Some(list) = fetch.rows.get_mut(member.step) {
                    *list = rows;
                }
            }
        }
        self.trips += groups.iter().map(|group| group.trip).max().unwrap_or_default();
        Ok(fetch.rows)
    }

    /// What the step would find: the records named, else one; a new record is not there yet.
    fn pretend(&self, plan: &Plan, state: &State, step: usize) -> Vec<Found> {
        let Some(found) = plan.steps.get(step) else { return Vec::new() };
        let (Some(read), Some(part)) = (read_of(found), self.pattern.parts.get(found.position)) else {
            return Vec::new();
        };
        let named: Vec<&String> =
            state.records(found.position).iter().filter_map(|record| record.id.as_ref()).collect();
        let placeholder = format!("<{}.Id>", part.ref_id);
        match &read.by {
            By::Children { .. } => Vec::new(),
            By::Match { .. } if self.operation == Operation::Create => Vec::new(),
            By::Match { on } => {
                let wanted = Values::new(self.pattern, state).matched(found.position, on);
                let rows = wanted.into_iter().enumerate().map(|(index, (_, values))| {
                    let mut row = pretended(part, format!("<{}[{index}].Id>", part.ref_id));
                    let values = on.iter().cloned().zip(values);
                    Arc::make_mut(&mut row.values).extend(values);
                    row
                });
                rows.collect()
            }
            _ if named.is_empty() => vec![pretended(part, placeholder)],
            _ => named.into_iter().map(|id| pretended(part, id.clone())).collect(),
        }
    }

    fn writes(&mut self, plan: &Plan, state: &State) -> Result<(), Failure> {
        let values = Values::settle(self.pattern, plan, state);
        let problems = check::values(self.pattern, plan, state, &values, true);
        if !problems.is_empty() {
            return Err(RunErrorKind::Input(problems).into());
        }
        let capabilities = self.session.capabilities();
        let lowering = Lowering::new(self.pattern, plan, state, &values, &self.session.keys, capabilities);
        let mut progress = Progress::default();
        let mut groups: Vec<_> = plan.groups.iter().collect();
        groups.sort_by_key(|group| group.trip);
        for group in groups {
            let lowered = lowering.lower(group.kind, &lowering.slots(group), &progress)?;
            if lowered.slots.is_empty() {
                continue;
            }
            let requests = self.session.adapter.preview_write(&lowered.group).map_err(unsupported)?;
            self.add(group.trip, group.kind, requests);
            for (slot, write) in lowered.slots.iter().zip(&lowered.group.writes) {
                let Some((step, part)) = lowering.step(*slot) else { continue };
                let id = match &write.action {
                    WriteAction::Create { id: Some(id) } => id.clone(),
                    _ if part.multiple => format!("<{}[{}].Id>", part.ref_id, slot.index),
                    _ => format!("<{}.Id>", part.ref_id),
                };
                if matches!(step.action, StepAction::Create | StepAction::Upsert { .. } | StepAction::Find { .. }) {
                    let written = Written { id, created: true, etag: None };
                    progress.wrote(slot.part, slot.index, super::Done::Created, Some(written), true);
                }
            }
        }
        Ok(())
    }
}

/// Whether a value stands for what only the CRM can tell.
pub(super) fn is_placeholder(value: &Value) -> bool {
    matches!(value, Value::Id(text) | Value::String(text) if text.starts_with('<') && text.ends_with('>'))
}

/// A record that nobody has read.
fn pretended(part: &Part, id: String) -> Found {
    let value = |(name, field_type): (&FieldName, &FieldType)| match field_type {
        FieldType::Ref(_) => Value::Id(format!("<{}.{name}>", part.ref_id)),
        _ => Value::String(format!("<{}.{name}>", part.ref_id)),
    };
    let fields = part.entity.fields.iter();
    let mut values: Instance =
        fields.map(|field| (field.name.clone(), value((&field.name, &field.field_type)))).collect();
    values.insert(FieldName::id(), Value::Id(id.clone()));
    Found { id, values: Arc::new(values), etag: None }
}
