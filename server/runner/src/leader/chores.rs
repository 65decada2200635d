//! What the leader asks of the journal beside appending, in tasks of their own: it never waits for them.

use std::collections::HashMap;

use engage_engine::SemanticId;
use engage_playbooks::ports::{JournalError, OfferId};
use engage_playbooks::run::{RunKey, Tenant};
use jiff::Timestamp;

use super::Leader;
use super::restore::Found;
use super::run::Place;
use super::unfinished::{Left, Stranded};
use crate::fold::{FoldError, Folded, fold};
use crate::host::{NeverEnded, Unheard};
use crate::metrics::Measure;

/// Up to when schedules have fired, of those that have a mark.
pub(super) type Marks = Vec<((Tenant, SemanticId), Option<Timestamp>)>;

/// What became of a chore.
pub(super) enum Chore {
    /// A journal was read.
    Loaded { key: RunKey, result: Result<Folded, FoldError> },
    /// A run that could not go on was tried again; nothing where it is no run.
    Found { key: RunKey, stranded: Stranded, found: Result<Option<Found>, FoldError> },
    /// A run was removed: because somebody asked, or because it was given up.
    Erased { key: RunKey, offer: Option<OfferId>, result: Result<bool, JournalError> },
    /// Runs were removed whose time was over.
    Purged { result: Result<usize, JournalError> },
    /// People were told of runs that never ended.
    Told { runs: Vec<NeverEnded>, heard: Result<(), Unheard> },
    /// A run that never ended and cannot go on here was read; nothing where it is no run any more.
    Left { key: RunKey, stranded: Stranded, left: Result<Option<Left>, JournalError> },
    /// It was found up to when schedules have fired.
    Marked { marks: Result<Marks, JournalError> },
    /// A schedule has offered its event.
    Fired { schedule: (Tenant, SemanticId), at: Timestamp, result: Result<Vec<bool>, JournalError> },
}

/// Runs whose journal is being read, and those whose journal has to be read again.
#[derive(Debug, Default)]
pub(super) struct Loads {
    /// And whether facts were on their way when the reading began: what was read may then lack them.
    under_way: HashMap<RunKey, bool>,
    /// Their last facts are on their way to the journal.
    again: Vec<RunKey>,
}

impl Leader {
    /// Reads the journal of a run, once at a time.
    pub(super) fn load(&mut self, key: &RunKey) {
        if self.loads.under_way.contains_key(key) {
            return;
        }
        self.loads.under_way.insert(key.clone(), self.facts_on_their_way());
        let (host, key, blocks) = (self.host.clone(), key.clone(), self.config.blocks_at_once);
        self.chores.spawn(async move {
            let result = fold(&*host.journal, &*host.shelf, &key, blocks).await;
            Chore::Loaded { key, result }
        });
    }

    /// Reads those journals again that were read while facts were on their way.
    pub(super) fn load_again(&mut self) {
        for key in std::mem::take(&mut self.loads.again) {
            self.load(&key);
        }
    }

    /// A chore is done.
    pub(super) fn chore(&mut self, chore: Chore) -> Result<(), JournalError> {
        match chore {
            Chore::Loaded { key, result } => return self.read(&key, result),
            Chore::Found { key, stranded, found } => match found {
                Ok(found) => found.into_iter().for_each(|found| self.place(found)),
                Err(FoldError::Journal(error)) => return Err(error),
                Err(_) => {
                    self.may_never_end(stranded.since);
                    self.stranded.insert(key, stranded);
                }
            },
            Chore::Erased { key, offer, result } => self.erased(&key, offer, result)?,
            Chore::Told { runs, heard } => self.told_of(runs, heard),
            Chore::Left { key, stranded, left } => {
                if let Some(left) = left? {
                    self.give_up_stranded(key, stranded, left);
                }
            }
            Chore::Purged { result } => {
                let runs = result?;
                self.host.metrics.record(Measure::Purged { runs });
                self.purged(runs);
            }
            Chore::Marked { marks } => self.scheduled(marks?),
            Chore::Fired { schedule, at, result } => {
                result?;
                self.fired(schedule, at);
            }
        }
        Ok(())
    }

    fn erased(
        &mut self,
        key: &RunKey,
        offer: Option<OfferId>,
        result: Result<bool, JournalError>,
    ) -> Result<(), JournalError> {
        match result {
            Ok(_) => {}
            Err(JournalError::Busy(_)) => {
                tracing::warn!(run = %key.run, "a run that is not at an end is not erased");
            }
            Err(error) => return Err(error),
        }
        if let Some(offer) = offer {
            self.pending.taken(offer);
        }
        Ok(())
    }

    fn read(&mut self, key: &RunKey, result: Result<Folded, FoldError>) -> Result<(), JournalError> {
        let early = self.loads.under_way.remove(key).unwrap_or_default();
        let on_its_way = self.facts_on_their_way();
        match result {
            Ok(folded) if !self.is_whole(key, &folded) && on_its_way => self.loads.again.push(key.clone()),
            // They have arrived since.
            Ok(folded) if !self.is_whole(key, &folded) && early => self.load(key),
            Ok(folded) if !self.is_whole(key, &folded) => self.strand(key, "its journal is shorter than it was"),
            Ok(folded) => self.loaded(key, folded),
            Err(FoldError::Journal(error)) => return Err(error),
            Err(FoldError::Absent) if on_its_way && self.runs.contains_key(key) => self.loads.again.push(key.clone()),
            Err(FoldError::Absent) if early && self.runs.contains_key(key) => self.load(key),
            Err(error) => self.strand(key, &error.to_string()),
        }
        Ok(())
    }

    fn facts_on_their_way(&self) -> bool {
        self.appending() || !self.pending.is_empty()
    }

    /// Whether all facts of a run were read. Of one that is not known its end has to be there.
    fn is_whole(&self, key: &RunKey, folded: &Folded) -> bool {
        match self.runs.get(key) {
            Some(known) => known.entries == folded.entries,
            None => folded.machine.state().at_an_end(),
        }
    }

    /// Leaves a run where it is: it cannot go on here, and holds up nobody.
    pub(super) fn strand(&mut self, key: &RunKey, why: &str) {
        for (offer, _) in self.requests.remove(key).unwrap_or_default() {
            self.pending.taken(offer);
        }
        let Some(known) = self.runs.remove(key) else { return };
        tracing::error!(run = %key.run, tenant = %key.tenant, playbook = %known.compiled.id, why, "a run cannot go on");
        self.host.metrics.record(Measure::Stranded);
        match known.place {
            Place::Loading | Place::Active(_) => self.places.give_back(&key.tenant, &known.compiled.id),
            Place::Queued => self.places.forget(key, &known.compiled.id),
            Place::Behind | Place::Parked => {}
        }
        self.timers.set(&super::Alarm::Run(key.clone()), None);
        self.leave(key, &known);
        let stranded = Stranded { playbook: known.compiled.id.clone(), since: known.since };
        if self.given_up.remove(key) {
            self.read_what_is_left(key.clone(), stranded);
        } else {
            self.stranded.insert(key.clone(), stranded);
        }
    }
}
