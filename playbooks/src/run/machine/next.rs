//! Which fact may follow: the one table of legal transitions.

use super::node::{NodeState, Stage};
use crate::run::FactKind;

/// What a run as a whole has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing has happened.
    Fresh,
    /// It began and is not at an end.
    Going,
    /// It ended well: nothing follows.
    Succeeded,
    /// It failed or was cancelled: it may go on by request.
    Stopped,
}

/// Whether a fact may follow, as far as the run as a whole decides.
pub(super) fn of_run(phase: Phase, fact: &FactKind) -> Result<(), &'static str> {
    match (phase, fact) {
        (Phase::Fresh, FactKind::Started(_)) => Ok(()),
        (Phase::Fresh, _) => Err("the run has not begun"),
        (Phase::Going, FactKind::Started(_)) => Err("the run has begun already"),
        (Phase::Going, FactKind::RetryRequested { .. }) => Err("the run is not at an end"),
        (Phase::Going, _) => Ok(()),
        (Phase::Stopped, FactKind::RetryRequested { .. }) => Ok(()),
        (Phase::Stopped | Phase::Succeeded, _) => Err("the run is at an end"),
    }
}

/// The stage of a block after a fact about it. `stopping`: nothing new starts in this run.
pub(super) fn of_block(node: &NodeState, fact: &FactKind, stopping: bool) -> Result<Stage, &'static str> {
    match (node.stage, fact) {
        (Stage::Ready | Stage::Retrying { .. }, FactKind::Attempted { .. }) if stopping => Err("the run is stopping"),
        // One that is under way and is attempted again was cut off by a crash.
        (Stage::Ready | Stage::Retrying { .. } | Stage::Running, FactKind::Attempted { attempt, .. }) => {
            if node.attempts.checked_add(1) == Some(*attempt) {
                Ok(Stage::Running)
            } else {
                Err("it is not the next attempt")
            }
        }
        (_, FactKind::Attempted { .. }) => Err("the block is not ready"),
        (Stage::Running, FactKind::Failed { attempt, .. }) if *attempt != node.attempts => {
            Err("it is not the attempt under way")
        }
        (Stage::Running, FactKind::Failed { retry_at: Some(at), .. }) => Ok(Stage::Retrying { at: *at }),
        (Stage::Running, FactKind::Failed { retry_at: None, .. }) => Ok(Stage::Failed),
        (Stage::Running, FactKind::Prepared { .. }) if node.prepared.is_some() => Err("the block is prepared already"),
        (Stage::Running, FactKind::Prepared { .. }) => Ok(Stage::Running),
        (Stage::Running, FactKind::Done { .. }) => Ok(Stage::Done),
        (Stage::Running, FactKind::NeedsIdentity { .. }) => Ok(Stage::NeedsIdentity),
        _ => Err("the block is not under way"),
    }
}
