//! A run at a glance, out of its machine.

use jiff::Timestamp;

use super::{Machine, RunKey, RunOutcome, RunState};
use crate::model::TriggerKind;
use crate::ports::RunRecord;

impl RunRecord {
    /// What is known of a run at a glance; nothing of one that has not begun. `wake_at`: when it goes on by itself, where it waits
    /// for a time.
    pub fn of(
        key: &RunKey,
        machine: &Machine,
        now: Timestamp,
        entries: u32,
        wake_at: Option<Timestamp>,
    ) -> Option<Self> {
        let beginning = machine.beginning()?;
        let state = machine.state();
        let (failed_block, reason) = match machine.outcome() {
            Some(RunOutcome::Failed { block, failure }) => (block.clone(), Some(failure.reason.clone())),
            _ => (None, None),
        };
        Some(Self {
            key: key.clone(),
            playbook: beginning.playbook.clone(),
            trigger: machine.compiled().trigger().map_or(TriggerKind::Manual, |trigger| trigger.kind),
            state,
            started_at: machine.started_at()?,
            updated_at: now,
            wake_at: wake_at.filter(|_| state == RunState::Running),
            failed_block,
            reason,
            entries,
        })
    }
}
