//! What a new leader finds: every run that is not at an end, folded from its journal and put where it was.

use std::sync::Arc;

use engage_playbooks::compiled::Compiled;
use engage_playbooks::ports::{JournalError, RunRecord};
use engage_playbooks::run::{Command, RunKey};
use futures_util::StreamExt as _;
use jiff::Timestamp;

use super::chores::Chore;
use super::run::{Known, Place};
use super::unfinished::{Stranded, StrandedRuns};
use super::{Alarm, Leader};
use crate::fold::{FoldError, Folded, fold};
use crate::metrics::Measure;

/// How many records are asked for at a time.
const PAGE: usize = 500;
/// How many journals are read at the same time.
const AT_ONCE: usize = 16;

/// A run that was found, without its machine: what waits is folded again when it goes on.
pub(super) struct Found {
    key: RunKey,
    compiled: Arc<Compiled>,
    subject: Option<Arc<str>>,
    started_at: Timestamp,
    since: Timestamp,
    entries: u32,
    /// It waits for a time or its employee, until this alarm.
    parked: Option<Option<Timestamp>>,
}

impl Leader {
    /// Takes over what is there.
    pub(super) async fn restore(&mut self) -> Result<(), JournalError> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.host.journal.unfinished(&self.lease, after.as_ref(), PAGE).await?;
            let last = page.len() < PAGE;
            after = page.last().map(|record| record.key.clone());
            self.find(page, &mut found).await?;
            if last || after.is_none() {
                break;
            }
        }
        // The order in which they began is the order of each line.
        found.sort_by(|a: &Found, b: &Found| (a.started_at, &a.key).cmp(&(b.started_at, &b.key)));
        self.last_start = found.last().map_or(self.last_start, |last| last.started_at.max(self.last_start));
        self.host.metrics.record(Measure::Led { restored: found.len() });
        for run in found {
            self.place(run);
        }
        self.tell_load();
        Ok(())
    }

    /// Runs that could not go on are tried again: their version may be there now.
    pub(super) fn take_over(&mut self, runs: StrandedRuns) {
        let (host, blocks, now) = (self.host.clone(), self.config.blocks_at_once, self.now);
        for (key, stranded) in runs {
            let host = host.clone();
            self.chores.spawn(async move {
                let result = fold(&*host.journal, &*host.shelf, &key, blocks).await;
                let found = result.map(|folded| summary(key.clone(), folded, now));
                Chore::Found { key, stranded, found }
            });
        }
    }

    async fn find(&mut self, records: Vec<RunRecord>, found: &mut Vec<Found>) -> Result<(), JournalError> {
        let (host, blocks, now) = (self.host.clone(), self.config.blocks_at_once, self.now);
        let folds = records.into_iter().map(|record| {
            let host = host.clone();
            async move {
                let folded = fold(&*host.journal, &*host.shelf, &record.key, blocks).await;
                (record, folded)
            }
        });
        let mut folds = futures_util::stream::iter(folds).buffer_unordered(AT_ONCE);
        while let Some((record, folded)) = folds.next().await {
            let RunRecord { key, playbook, started_at, .. } = record;
            match folded {
                Ok(folded) => found.extend(summary(key, folded, now)),
                Err(FoldError::Journal(error)) => return Err(error),
                Err(error) => {
                    tracing::error!(run = %key.run, tenant = %key.tenant, %error, "a run cannot go on");
                    self.host.metrics.record(Measure::Stranded);
                    let since = error.since().unwrap_or(started_at);
                    self.may_never_end(since);
                    self.stranded.insert(key, Stranded { playbook, since });
                }
            }
        }
        Ok(())
    }

    /// Puts a run that was found where it was.
    pub(super) fn place(&mut self, found: Found) {
        let Found { key, compiled, subject, started_at, since, entries, parked } = found;
        self.may_never_end(since);
        let known = Known { compiled, subject, started_at, since, entries, place: Place::Behind };
        let line = known.line(&key);
        self.runs.insert(key.clone(), known);
        let Some(alarm) = parked else { return self.queue(&key) };
        // Whoever had begun had its turn; of a line, only the first of these has it.
        let turn = line.is_none_or(|line| self.order.join(&line, started_at, &key));
        if let Some(known) = self.runs.get_mut(&key).filter(|_| turn) {
            known.place = Place::Parked;
            self.timers.set(&Alarm::Run(key), alarm);
        }
    }
}

fn summary(key: RunKey, folded: Folded, now: Timestamp) -> Option<Found> {
    let Folded { mut machine, entries, .. } = folded;
    let beginning = machine.beginning()?;
    let subject = beginning.subject.as_deref().map(Arc::from);
    let (compiled, started_at, deadline) = (machine.compiled().clone(), machine.started_at()?, machine.deadline());
    let since = machine.going_since()?;
    let begun = machine.view().iter().any(|block| block.attempts > 0);
    let todo = machine.pending(now);
    let has_to_act = todo.iter().any(|command| matches!(command, Command::Run(_) | Command::Finish { .. }));
    let alarm = todo.iter().filter_map(|command| match command {
        Command::WakeAt { at, .. } => Some(*at),
        _ => None,
    });
    let alarm = alarm.chain(deadline).min();
    let parked = (begun && !has_to_act).then_some(alarm);
    Some(Found { key, compiled, subject, started_at, since, entries, parked })
}
