//! What a runner tells of itself, counted.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use engage_playbooks::run::RunState;
use engage_runner::{Alerts, Measure, Metrics, NeverEnded, Unheard};
use tokio::sync::watch;

/// Counts what was told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) led: usize,
    pub(crate) lost: usize,
    pub(crate) restored: usize,
    pub(crate) started: usize,
    pub(crate) ended: usize,
    pub(crate) succeeded: usize,
    pub(crate) blocks: usize,
    pub(crate) failed: usize,
    pub(crate) stranded: usize,
    pub(crate) purged: usize,
    pub(crate) given_up: usize,
    pub(crate) appends: usize,
    pub(crate) entries: usize,
    pub(crate) running: usize,
    pub(crate) waiting: usize,
    pub(crate) most_running: usize,
}

/// The measures of every runner of a test.
#[derive(Default)]
pub(crate) struct Seen {
    counts: watch::Sender<Counts>,
    /// Entries of each batch.
    pub(crate) batches: Mutex<Vec<usize>>,
    /// Runs that never ended, as they were told of.
    pub(crate) alerts: Mutex<Vec<NeverEnded>>,
    /// Nobody can be told.
    pub(crate) deaf: AtomicBool,
}

impl Seen {
    /// What was counted so far.
    pub(crate) fn counts(&self) -> Counts {
        *self.counts.borrow()
    }

    /// Waits until what was counted is enough.
    pub(crate) async fn until(&self, enough: impl FnMut(&Counts) -> bool) -> Counts {
        *self.counts.subscribe().wait_for(enough).await.unwrap()
    }

    /// Waits until so many runs are at an end, and durably so.
    pub(crate) async fn ended(&self, runs: usize) {
        self.until(|counts| counts.ended >= runs).await;
    }
}

impl Metrics for Seen {
    fn record(&self, measure: Measure<'_>) {
        if let Measure::Appended { entries, .. } = measure {
            self.batches.lock().unwrap().push(entries);
        }
        self.counts.send_modify(|counts| match measure {
            Measure::Led { restored } => {
                counts.led += 1;
                counts.restored += restored;
            }
            Measure::Lost => counts.lost += 1,
            Measure::Taken { started } => counts.started += started,
            Measure::Ended { state, .. } => {
                counts.ended += 1;
                counts.succeeded += usize::from(state == RunState::Succeeded);
            }
            Measure::Block { .. } => counts.blocks += 1,
            Measure::Failed { .. } => counts.failed += 1,
            Measure::Appended { entries, .. } => {
                counts.appends += 1;
                counts.entries += entries;
            }
            Measure::Load { running, waiting } => {
                (counts.running, counts.waiting) = (running, waiting);
                counts.most_running = counts.most_running.max(running);
            }
            Measure::Stranded => counts.stranded += 1,
            Measure::Purged { runs } => counts.purged += runs,
            Measure::GivenUp { .. } => counts.given_up += 1,
            _ => {}
        });
    }
}

#[async_trait]
impl Alerts for Seen {
    async fn never_ended(&self, runs: &[NeverEnded]) -> Result<(), Unheard> {
        self.alerts.lock().unwrap().extend(runs.iter().cloned());
        if self.deaf.load(Ordering::Relaxed) { Err(Unheard("told to be deaf".to_owned())) } else { Ok(()) }
    }
}
