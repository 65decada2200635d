//! Runs that never end: when their time is over people hear of them, then they fail with the reason
//! [`UNFINISHED`](engage_playbooks::run::UNFINISHED), and once that is durable they are removed.

use std::collections::BTreeMap;

use engage_engine::SemanticId;
use engage_playbooks::ports::{Journal, JournalError, RunRecord};
use engage_playbooks::run::{Fact, FactKind, RunKey, RunOutcome, RunState, UNFINISHED};
use jiff::{SignedDuration, Timestamp};

use super::chores::Chore;
use super::run::{Place, Run};
use super::{Alarm, Leader};
use crate::host::{NeverEnded, Unheard};
use crate::metrics::Measure;

/// When it is looked again for runs that could not be given up: people were not told, or a block is under way.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// The most runs that are given up in one go, and how soon the next go is.
const AT_ONCE: usize = 500;
const NEXT_GO: SignedDuration = SignedDuration::from_mins(1);

/// Runs that cannot go on here, by key.
pub(super) type StrandedRuns = BTreeMap<RunKey, Stranded>;

/// A run that cannot go on here.
#[derive(Debug, Clone)]
pub(super) struct Stranded {
    pub(super) playbook: SemanticId,
    /// When it began, or was last let go on.
    pub(super) since: Timestamp,
}

/// A run that cannot go on here, as its journal has it.
pub(super) struct Left {
    record: RunRecord,
    /// How many entries there are; `None` where they cannot be read.
    entries: Option<u32>,
}

/// A run whose end is on its way to the journal, and which is removed behind it.
pub(crate) struct GivenUp {
    pub(crate) key: RunKey,
    pub(crate) playbook: SemanticId,
}

impl Leader {
    fn longest(&self) -> Option<SignedDuration> {
        SignedDuration::try_from(self.config.unfinished?).ok()
    }

    /// A run is not at an end: it is looked at when its time is over, if it still is there then.
    pub(super) fn may_never_end(&mut self, since: Timestamp) {
        let over = self.longest().and_then(|longest| since.checked_add(longest).ok());
        if let Some(over) = over {
            self.timers.sooner(&Alarm::Unfinished, over);
        }
    }

    /// Looks for runs that are not at an end when their time is over, and lets people hear of them. One with a block under way has
    /// to wait until nobody is at it.
    pub(super) fn look_for_unfinished(&mut self) {
        let Some(longest) = self.longest() else { return };
        let now = self.now;
        let (mut over, mut busy, mut next) = (Vec::new(), false, None::<Timestamp>);
        let known = self.runs.iter().map(|(key, known)| {
            let active = matches!(known.place, Place::Active(_)) || self.given_up.contains(key);
            (key, &known.compiled.id, known.since, active)
        });
        let stranded = self.stranded.iter().map(|(key, run)| (key, &run.playbook, run.since, false));
        for (key, playbook, since, active) in known.chain(stranded) {
            let Ok(at) = since.checked_add(longest) else { continue };
            if at > now {
                next = Some(next.map_or(at, |next| next.min(at)));
            } else if active {
                busy = true;
            } else if over.len() < AT_ONCE {
                over.push(NeverEnded { key: key.clone(), playbook: playbook.clone(), since });
            }
        }
        let again = if over.len() == AT_ONCE { Some(NEXT_GO) } else { (busy || !over.is_empty()).then_some(AGAIN) };
        let again = again.and_then(|pause| now.checked_add(pause).ok());
        self.timers.set(&Alarm::Unfinished, again.or(next));
        if !over.is_empty() {
            let host = self.host.clone();
            self.chores.spawn(async move {
                let heard = host.alerts.never_ended(&over).await;
                Chore::Told { runs: over, heard }
            });
        }
    }

    /// People have heard of runs that never ended: their journals are read, to say there that they were given up.
    pub(super) fn told_of(&mut self, runs: Vec<NeverEnded>, heard: Result<(), Unheard>) {
        if let Err(error) = heard {
            let runs = runs.len();
            return tracing::error!(%error, runs, "runs that never ended stay for now: nobody could be told of them");
        }
        for NeverEnded { key, .. } in runs {
            if let Some(stranded) = self.stranded.remove(&key) {
                self.read_what_is_left(key, stranded);
            } else if self.runs.get(&key).is_some_and(|known| !matches!(known.place, Place::Active(_))) {
                self.given_up.insert(key.clone());
                self.load(&key);
            }
        }
    }

    /// Gives a run up whose journal was read.
    pub(super) fn give_up(&mut self, run: &mut Run) {
        if run.active.machine.state().at_an_end() {
            return;
        }
        self.append(run, FactKind::Finished { outcome: RunOutcome::unfinished() });
        self.pending.given_up(GivenUp { key: run.key.clone(), playbook: run.known.compiled.id.clone() });
    }

    /// Reads what there is of a run that cannot go on here.
    pub(super) fn read_what_is_left(&mut self, key: RunKey, stranded: Stranded) {
        let host = self.host.clone();
        self.chores.spawn(async move {
            let left = left(&*host.journal, &key).await;
            Chore::Left { key, stranded, left }
        });
    }

    /// Gives a run up that cannot go on here: there is no machine to say what follows, and nothing does.
    pub(super) fn give_up_stranded(&mut self, key: RunKey, stranded: Stranded, left: Left) {
        let Left { record, entries } = left;
        if let Some(sequence) = entries {
            let fact = Fact { at: self.now, kind: FactKind::Finished { outcome: RunOutcome::unfinished() } };
            if let Err(error) = self.pending.fact(&key, sequence, &fact, self.config.inline_output) {
                self.broken = Some(format!("an end is no JSON: {error}"));
            }
        }
        self.pending.record(RunRecord {
            state: RunState::Failed,
            updated_at: self.now,
            wake_at: None,
            failed_block: None,
            reason: Some(UNFINISHED.to_owned()),
            entries: entries.map_or(record.entries, |entries| entries.saturating_add(1)),
            ..record
        });
        self.pending.given_up(GivenUp { key, playbook: stranded.playbook });
    }

    /// It is durable that a run was given up: it goes. Where this process dies before, it goes as every run that has failed.
    pub(super) fn remove_given_up(&mut self, run: GivenUp) {
        let GivenUp { key, playbook } = run;
        tracing::error!(run = %key.run, tenant = %key.tenant, %playbook, "a run that never ended is given up and removed");
        self.host.metrics.record(Measure::GivenUp { playbook: &playbook });
        let (host, lease) = (self.host.clone(), self.lease.clone());
        self.chores.spawn(async move {
            let result = host.journal.erase(&lease, &key).await;
            Chore::Erased { key, offer: None, result }
        });
    }
}

/// What there is of a run; `None` where it is at an end, or gone.
async fn left(journal: &dyn Journal, key: &RunKey) -> Result<Option<Left>, JournalError> {
    let Some(record) = journal.run(key).await?.filter(|record| !record.state.at_an_end()) else { return Ok(None) };
    let entries = match journal.entries(key).await {
        Ok(entries) => u32::try_from(entries.len()).ok(),
        Err(JournalError::Corrupt(_)) => None,
        Err(error) => return Err(error),
    };
    Ok(Some(Left { record, entries }))
}
