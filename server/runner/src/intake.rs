//! What is taken in, by whichever engine: from an event to the beginnings of runs, and which run may go on by request.

use std::sync::Arc;

use engage_engine::SemanticId;
use engage_engine::ids::RefId;
use engage_playbooks::compiled::Compiled;
use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::limits::{MAX_EVENT_DEPTH, MAX_EVENT_ID, MAX_OFFER};
use engage_playbooks::ports::{DurableEngine, EngineError, Event};
use engage_playbooks::run::{Beginning, Fact, FactKind, RunKey, RunState};
use engage_playbooks::types::{Misfits, take_in};
use jiff::Timestamp;

use crate::config::Config;
use crate::measure::{Bounds, TooFar};
use crate::shelf::Shelf;

/// The longest id of an event, and the longest subject, in bytes.
pub(crate) const MAX_ID: usize = MAX_EVENT_ID;
/// What the data, and the given values, of an event may come to at most: an offer with all that stands around them, and an
/// entry with the given values, have room for no more.
const MAX_BYTES: usize = MAX_OFFER - 64 * 1024;
/// How deep they may be at most: what a journal holds is read by a parser that has a limit.
const MAX_DEPTH: usize = MAX_EVENT_DEPTH - 1;
/// The field of an event's data in which the id of its portal stands.
const PORTAL: &str = "PortalId";

/// Why an event is not taken in. No values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventProblem {
    /// A name is empty, or too long.
    #[error("the {what} of an event has 1 to {MAX_ID} bytes, this one has {bytes}")]
    Name {
        /// Which.
        what: &'static str,
        /// Its bytes.
        bytes: usize,
    },
    /// Its data goes too far.
    #[error("the {what} of the event cannot be taken in: {why}")]
    TooFar {
        /// Which data.
        what: &'static str,
        /// How.
        why: TooFar,
    },
    /// Events of this kind are for one playbook, which has to be named.
    #[error("an event of the kind {0} names its playbook")]
    NoPlaybook(TriggerKind),
    /// The playbook that it is for is not switched on.
    #[error("there is no playbook `{0}` that is switched on")]
    NoSuchPlaybook(SemanticId),
    /// Its data is not what the playbook that it is for takes.
    #[error("the data of the event is not what `{playbook}` takes: {misfits}")]
    Data {
        /// The playbook.
        playbook: SemanticId,
        /// Where not.
        misfits: Misfits,
    },
    /// The playbook that it is for starts otherwise.
    #[error("`{playbook}` is started by {starts_by}, not by {kind}")]
    OtherTrigger {
        /// The playbook.
        playbook: SemanticId,
        /// What starts it.
        starts_by: TriggerKind,
        /// What came.
        kind: TriggerKind,
    },
}

/// Whether an event may be taken in.
///
/// # Errors
/// [`EventProblem`], the first there is.
pub fn check(event: &Event, shelf: &dyn Shelf, config: &Config) -> Result<(), EventProblem> {
    for (what, text) in
        [("id", Some(&event.id)), ("subject", event.subject.as_ref()), ("employee", event.employee.as_ref())]
    {
        let Some(bytes) = text.map(String::len) else { continue };
        if !(1..=MAX_ID).contains(&bytes) {
            return Err(EventProblem::Name { what, bytes });
        }
    }
    let bounds = Bounds { bytes: config.event.bytes.min(MAX_BYTES), depth: config.event.depth.min(MAX_DEPTH) };
    for (what, value) in [("data", &event.data), ("given values", &event.given)] {
        bounds.hold(value).map_err(|why| EventProblem::TooFar { what, why })?;
    }
    let Some(id) = &event.playbook else {
        let for_one = matches!(event.kind, TriggerKind::Manual | TriggerKind::Webhook | TriggerKind::Schedule);
        return if for_one { Err(EventProblem::NoPlaybook(event.kind)) } else { Ok(()) };
    };
    let on = shelf.on(&event.tenant);
    let playbook = on.iter().find(|playbook| playbook.id == *id);
    let playbook = playbook.ok_or_else(|| EventProblem::NoSuchPlaybook(id.clone()))?;
    let starts_by = playbook.trigger().map_or(event.kind, |trigger| trigger.kind);
    if starts_by != event.kind {
        return Err(EventProblem::OtherTrigger { playbook: id.clone(), starts_by, kind: event.kind });
    }
    let takes = playbook.blocks.first().map(|node| take_in(&event.data, &node.output).map(drop));
    takes.unwrap_or(Ok(())).map_err(|misfits| EventProblem::Data { playbook: id.clone(), misfits })
}

/// The playbooks that an event starts.
pub fn started_by(event: &Event, shelf: &dyn Shelf) -> Vec<Arc<Compiled>> {
    let mut playbooks = shelf.on(&event.tenant);
    playbooks.retain(|playbook| meets(event, playbook));
    playbooks
}

fn meets(event: &Event, playbook: &Compiled) -> bool {
    let Some(trigger) = playbook.trigger() else { return false };
    let for_it = event.playbook.as_ref().is_none_or(|id| *id == playbook.id);
    let portal = event.data.get(PORTAL).and_then(serde_json::Value::as_str);
    let in_scope = trigger.portals.is_empty() || trigger.portals.iter().any(|id| portal == Some(id));
    for_it && trigger.kind == event.kind && in_scope
}

/// How a run of a playbook begins that an event starts.
pub fn beginning(event: &Event, playbook: &Compiled, now: Timestamp, config: &Config) -> Beginning {
    Beginning::of(event, playbook, playbook.deadline_from(now, Some(config.deadline)))
}

/// Whether a run may go on by request, from a block or from what failed.
///
/// # Errors
/// As [`DurableEngine::retry`] says.
pub async fn may_go_on(
    engine: &dyn DurableEngine,
    shelf: &dyn Shelf,
    key: &RunKey,
    from: Option<&RefId>,
) -> Result<(), EngineError> {
    let record = engine.status(key).await?.ok_or_else(|| EngineError::NoSuchRun(key.clone()))?;
    match record.state {
        RunState::Failed | RunState::Cancelled => {}
        RunState::Succeeded => return Err(EngineError::Refused(format!("run {key} has succeeded"))),
        _ => return Err(EngineError::NotAtAnEnd(key.clone())),
    }
    let Some(block) = from else { return Ok(()) };
    let facts = engine.history(key).await?;
    let Some(Fact { kind: FactKind::Started(beginning), .. }) = facts.first() else { return Ok(()) };
    let version = shelf.pinned(&key.tenant, &beginning.digest);
    if version.is_some_and(|version| version.position(block).is_some()) {
        return Ok(());
    }
    Err(EngineError::Refused(format!("the playbook of run {key} has no block `{block}`")))
}
