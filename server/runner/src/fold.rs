//! From the journal of a run to its machine.

use std::collections::HashMap;
use std::sync::Arc;

use engage_engine::ids::RefId;
use engage_playbooks::compiled::Compiled;
use engage_playbooks::ports::{Journal, JournalError};
use engage_playbooks::run::{Fact, FactKind, Machine, RunKey, facts_of};
use jiff::Timestamp;

use crate::shelf::Shelf;

/// A run as far as its journal goes.
pub(crate) struct Folded {
    /// The machine: fed with every fact, its commands left alone.
    pub(crate) machine: Machine,
    /// How many entries there are.
    pub(crate) entries: u32,
    /// How many attempts in a row were cut off, by block.
    pub(crate) crashes: HashMap<RefId, u32>,
}

/// Why there is no machine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FoldError {
    /// The journal cannot be asked.
    #[error(transparent)]
    Journal(JournalError),
    /// There is no such run.
    #[error("there is no such run")]
    Absent,
    /// The run cannot go on here.
    #[error("{why}")]
    Stranded {
        /// Why not.
        why: String,
        /// When it began, or was last let go on; `None` where its facts cannot be read.
        since: Option<Timestamp>,
    },
}

impl FoldError {
    /// When the run began, or was last let go on, where that is known.
    pub(crate) fn since(&self) -> Option<Timestamp> {
        match self {
            Self::Stranded { since, .. } => *since,
            Self::Journal(_) | Self::Absent => None,
        }
    }
}

impl From<JournalError> for FoldError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Corrupt(why) => Self::Stranded { why, since: None },
            other => Self::Journal(other),
        }
    }
}

/// Makes the machine of a run from its journal.
pub(crate) async fn fold(
    journal: &dyn Journal,
    shelf: &dyn Shelf,
    key: &RunKey,
    blocks_at_once: usize,
) -> Result<Folded, FoldError> {
    let facts = facts_of(journal, key).await?;
    let stranded = |why| FoldError::Stranded { why, since: going_since(&facts) };
    let compiled = version(shelf, key, facts.first().ok_or(FoldError::Absent)?).map_err(stranded)?;
    let mut machine = Machine::new(compiled).most_at_once(blocks_at_once);
    let mut crashes = HashMap::new();
    for fact in &facts {
        count(&mut crashes, &fact.kind);
        machine.step(fact).map_err(|illegal| stranded(illegal.to_string()))?;
    }
    let entries = u32::try_from(facts.len()).map_err(|_| stranded("it is too long".to_owned()))?;
    Ok(Folded { machine, entries, crashes })
}

fn version(shelf: &dyn Shelf, key: &RunKey, first: &Fact) -> Result<Arc<Compiled>, String> {
    let FactKind::Started(beginning) = &first.kind else {
        return Err("its journal does not start with its beginning".to_owned());
    };
    let version = shelf.pinned(&key.tenant, &beginning.digest);
    version.ok_or_else(|| format!("version {} of `{}` is not there", beginning.digest, beginning.playbook))
}

/// When a run began, or was last let go on by request.
fn going_since(facts: &[Fact]) -> Option<Timestamp> {
    let goes = |fact: &&Fact| matches!(fact.kind, FactKind::Started(_) | FactKind::RetryRequested { .. });
    facts.iter().rev().find(goes).map(|fact| fact.at)
}

/// Counts attempts that nothing followed.
fn count(crashes: &mut HashMap<RefId, u32>, fact: &FactKind) {
    match fact {
        // The first of them is none yet: it is one when another follows, or the journal ends.
        FactKind::Attempted { block, .. } => *crashes.entry(block.clone()).or_default() += 1,
        FactKind::Done { block, .. } | FactKind::Failed { block, .. } | FactKind::NeedsIdentity { block, .. } => {
            crashes.remove(block);
        }
        FactKind::RetryRequested { .. } => crashes.clear(),
        _ => {}
    }
}
