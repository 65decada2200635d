//! Sends write groups: as soon as what they need has been written, so many at a time, each again where that is safe.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::batch;
use super::error::{Failure, RunErrorKind};
use super::lower::{Lowered, Lowering, Slot};
use super::observe::{Audit, AuditAction};
use super::outcome::Done;
use super::progress::Progress;
use super::retry::Backoff;
use super::session::{Pause, Session};
use super::settle;
use super::values::instances;
use crate::adapter::{AdapterError, AdapterErrorKind, Write, WriteAction, Written};
use crate::catalog::Part;
use crate::plan::{GroupKind, StepAction};

/// The writes of a plan on their way.
pub(super) struct Sender<'a> {
    pub(super) session: &'a Session<'a>,
    pub(super) lowering: &'a Lowering<'a>,
    /// Locked for bookkeeping only, never across a call.
    pub(super) progress: &'a Mutex<Progress>,
}

/// What is left to do after an answer.
pub(super) struct Round {
    /// To be sent again, in order.
    pub(super) again: Vec<Slot>,
    /// Why; `None`: at once.
    pub(super) cause: Option<AdapterError>,
    /// Of those sent again, the ones that may have taken effect: a repeat does no harm, and nothing else would tell.
    pub(super) doubt: Vec<Slot>,
}

impl Sender<'_> {
    /// Sends every write group. After a failure no further group goes out; those on their way are awaited.
    pub(super) async fn all(&self) -> Result<(), Failure> {
        let groups = &self.lowering.plan.groups;
        let is_write = |group: usize| groups.get(group).is_some_and(|group| group.kind != GroupKind::Read);
        let mut missing = vec![0_usize; groups.len()];
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
        let mut ready = VecDeque::new();
        for (position, group) in groups.iter().enumerate().filter(|(position, _)| is_write(*position)) {
            let needs = group.after.iter().copied().filter(|before| is_write(*before));
            for before in needs {
                if let (Some(count), Some(list)) = (missing.get_mut(position), next.get_mut(before)) {
                    *count += 1;
                    list.push(position);
                }
            }
            if missing.get(position) == Some(&0) {
                ready.push_back(position);
            }
        }
        let mut open = FuturesUnordered::new();
        let mut failed: Option<Failure> = None;
        loop {
            while failed.is_none() && open.len() < self.session.concurrency {
                let Some(position) = ready.pop_front() else { break };
                open.push(async move { (position, self.group(position).await) });
            }
            let Some((position, result)) = open.next().await else { break };
            match result {
                Err(failure) => failed = Some(Failure::or_worse(failed, failure)),
                Ok(()) => {
                    for after in next.get(position).into_iter().flatten() {
                        if let Some(count) = missing.get_mut(*after) {
                            *count -= 1;
                            if *count == 0 {
                                ready.push_back(*after);
                            }
                        }
                    }
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn group(&self, position: usize) -> Result<(), Failure> {
        let Some(group) = self.lowering.plan.groups.get(position) else { return Ok(()) };
        let mut pending = self.lowering.slots(group);
        let mut backoff = Backoff::new(self.session.retry);
        // What an earlier attempt may have done without an answer.
        let mut unanswered = HashSet::new();
        let mut doubt = Vec::new();
        loop {
            let lowered = {
                let progress = self.progress();
                self.lowering.lower(group.kind, &pending, &progress)?
            };
            let Some(first) = lowered.slots.first().copied() else { return Ok(()) };
            let spent = self.session.spend().map_err(|kind| self.failure(kind, first));
            spent.map_err(|failure| self.doubted(failure, &doubt))?;
            let round = self.attempt(&lowered, &mut unanswered).await;
            let round = round.map_err(|failure| self.doubted(failure, &doubt))?;
            pending = round.again;
            doubt.extend(round.doubt);
            doubt.retain(|slot| pending.contains(slot));
            let Some(first) = pending.first().copied() else { return Ok(()) };
            let Some(cause) = round.cause else { continue };
            let kind = match self.session.pause(&mut backoff, &cause).await {
                Pause::Over => continue,
                Pause::Spent(kind) if cause.kind != AdapterErrorKind::Unknown => kind,
                Pause::GivenUp | Pause::Spent(_) => self.given_up(cause),
            };
            if kind.is_unsure() {
                self.unsure(&pending);
            }
            return Err(self.doubted(self.failure(kind, first), &doubt));
        }
    }

    /// A failure after an attempt that was not answered: that the last one had no effect says nothing of the first.
    /// Only a refusal of the data does, since the first had the same.
    fn doubted(&self, failure: Failure, doubt: &[Slot]) -> Failure {
        use AdapterErrorKind as Kind;
        let refused = |error: &AdapterError| {
            matches!(error.kind, Kind::Rejected { .. } | Kind::NotFound | Kind::Conflict | Kind::Unsupported { .. })
        };
        let error = match &failure.kind {
            _ if doubt.is_empty() || failure.kind.is_unsure() => None,
            RunErrorKind::Adapter(error) => Some(error.clone()).filter(|error| !refused(error)),
            RunErrorKind::Deadline(error) => error.clone().or(Some(AdapterError::new(Kind::Unknown))),
            RunErrorKind::Budget { cause, .. } => cause.clone().or(Some(AdapterError::new(Kind::Unknown))),
            _ => None,
        };
        let Some(error) = error else { return failure };
        self.unsure(doubt);
        Failure { kind: RunErrorKind::OutcomeUnknown(error), ..failure }
    }

    fn given_up(&self, cause: AdapterError) -> RunErrorKind {
        if cause.kind == AdapterErrorKind::Unknown {
            RunErrorKind::OutcomeUnknown(cause)
        } else if self.session.deadline.is_some() && self.session.late() {
            RunErrorKind::Deadline(Some(cause))
        } else {
            RunErrorKind::Adapter(cause)
        }
    }

    async fn attempt(&self, lowered: &Lowered, unanswered: &mut HashSet<Slot>) -> Result<Round, Failure> {
        let answer = self.session.write(&lowered.group).await;
        let count = lowered.slots.len();
        let results = match answer {
            Ok(results) if results.len() == count => results,
            Ok(_) => {
                let first = lowered.slots.first().copied();
                let kind = RunErrorKind::Contract("a write group answers one result per write");
                return Err(first
                    .map_or_else(|| RunErrorKind::Internal("an empty group").into(), |slot| self.failure(kind, slot)));
            }
            Err(group) => {
                if lowered.group.atomic {
                    self.audit_group(lowered, &group.error.kind);
                    return settle::atomic(self, lowered, group, unanswered).await;
                }
                vec![Err(group.error); count]
            }
        };
        batch::one_by_one(self, lowered, results, unanswered).await
    }

    /// Books a write that took effect.
    pub(super) fn wrote(&self, lowered: &Lowered, position: usize, written: Written, own: bool) {
        let (Some(slot), Some(write)) = (lowered.slots.get(position), lowered.group.writes.get(position)) else {
            return;
        };
        let done = match &write.action {
            WriteAction::Create { .. } => Done::Created,
            WriteAction::Upsert { .. } if written.created => Done::Created,
            _ => Done::Updated,
        };
        self.audit(*slot, write, Some(&written.id), None);
        let mut progress = self.progress();
        match &write.action {
            WriteAction::Find(_) => progress.found(slot.part, slot.index, written.id),
            WriteAction::Delete { .. } => progress.deleted(slot.part, slot.index, written.id),
            _ => {
                progress.wrote(slot.part, slot.index, done, Some(written), own);
                self.deferred(&mut progress, *slot, write);
                self.carried(&mut progress, *slot, done);
            }
        }
    }

    /// Books writes that may or may not have taken effect.
    pub(super) fn unsure(&self, slots: &[Slot]) {
        let mut progress = self.progress();
        for slot in slots {
            progress.unsure(slot.part, slot.index);
            self.each_carried(*slot, |part, index| progress.unsure(part, index));
        }
    }

    /// Books a write that took effect with its group, though nobody told its Id.
    pub(super) fn wrote_unseen(&self, lowered: &Lowered, position: usize, own: bool) {
        let (Some(slot), Some(write)) = (lowered.slots.get(position), lowered.group.writes.get(position)) else {
            return;
        };
        let done = if matches!(write.action, WriteAction::Create { .. }) { Done::Created } else { Done::Updated };
        self.audit(*slot, write, settle::known_id(write), None);
        let mut progress = self.progress();
        match settle::known_id(write) {
            Some(id) if matches!(write.action, WriteAction::Delete { .. }) => {
                progress.deleted(slot.part, slot.index, id.to_owned());
            }
            Some(id) => {
                let written = Written { id: id.to_owned(), created: false, etag: None };
                progress.wrote(slot.part, slot.index, done, Some(written), own);
                self.deferred(&mut progress, *slot, write);
            }
            None if matches!(write.action, WriteAction::Find(_)) => {}
            None => progress.wrote(slot.part, slot.index, done, None, own),
        }
        self.carried(&mut progress, *slot, done);
    }

    /// A removal of what is gone already has reached its end.
    pub(super) fn gone(&self, lowered: &Lowered, position: usize) {
        if let (Some(slot), Some(write)) = (lowered.slots.get(position), lowered.group.writes.get(position))
            && let Some(id) = settle::known_id(write)
        {
            self.progress().deleted(slot.part, slot.index, id.to_owned());
        }
    }

    /// The write booked last is one that sets deferred references, if it is.
    fn deferred(&self, progress: &mut Progress, slot: Slot, write: &Write) {
        if self.lowering.step(slot).is_some_and(|(step, _)| matches!(step.action, StepAction::Defer)) {
            progress.deferred(write.fields.iter().map(|(field, _)| *field).collect());
        }
    }

    fn carried(&self, progress: &mut Progress, slot: Slot, done: Done) {
        self.each_carried(slot, |part, index| progress.carried(part, index, done));
    }

    /// The instances that travel in a write.
    fn each_carried(&self, slot: Slot, mut each: impl FnMut(usize, usize)) {
        let multiple = self.lowering.pattern.parts.get(slot.part).is_some_and(|part| part.multiple);
        for step in self.lowering.embedded.get(slot.step).into_iter().flatten() {
            let Some(step) = self.lowering.plan.steps.get(*step) else { continue };
            let own = instances(step).iter().filter(|index| !multiple || **index == slot.index);
            own.for_each(|index| each(step.position, *index));
        }
    }

    pub(super) fn part(&self, slot: Slot) -> Result<&Part, RunErrorKind> {
        let part = self.lowering.pattern.parts.get(slot.part);
        part.ok_or(RunErrorKind::Internal("a write of a part that is not there"))
    }

    pub(super) fn failure(&self, kind: RunErrorKind, slot: Slot) -> Failure {
        match self.lowering.step(slot) {
            Some((step, _)) => Failure::at(kind, &step.part).of(slot.index).step(slot.step),
            None => kind.into(),
        }
    }

    fn audit_group(&self, lowered: &Lowered, failure: &AdapterErrorKind) {
        for (slot, write) in lowered.slots.iter().zip(&lowered.group.writes) {
            self.audit(*slot, write, None, Some(failure));
        }
    }

    pub(super) fn audit(&self, slot: Slot, write: &Write, id: Option<&str>, failure: Option<&AdapterErrorKind>) {
        let Some((step, part)) = self.lowering.step(slot) else { return };
        let action = match (&write.action, &step.action) {
            (WriteAction::Find(_), _) => AuditAction::Read,
            (WriteAction::Create { .. }, _) => AuditAction::Create,
            (WriteAction::Upsert { .. }, StepAction::Upsert { update_only: true, .. }) => AuditAction::Update,
            (WriteAction::Upsert { .. }, _) => AuditAction::Upsert,
            (WriteAction::Update { .. }, _) => AuditAction::Update,
            (WriteAction::Delete { .. }, _) => AuditAction::Delete,
        };
        let run = &self.session.run;
        tracing::debug!(%run, part = %part.ref_id, entity = %part.entity.id, action = action.name(), ok = failure.is_none(), "write");
        if self.session.observer.is_none() {
            return;
        }
        let fields: Vec<usize> = write.fields.iter().map(|(field, _)| *field).collect();
        self.session.audit(|| Audit {
            run,
            identity: &self.session.identity,
            part: &part.ref_id,
            position: Some(slot.index),
            entity: &part.entity,
            action,
            fields: &fields,
            id,
            failure,
        });
    }
}
