//! Which batches of a group may be written. One that may not fails alone.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use engage_playbooks::ports::JournalError;
use engage_playbooks::run::RunKey;

use super::desk::{Append, Ask};
use super::rows::Rows;

/// How many runs the next number is kept of; beyond that all are forgotten and asked for again.
const MAX_KNOWN: usize = 1 << 16;

/// The number that comes next in each run, of those a writer has seen. Right as long as nobody else writes, which the
/// lease says.
#[derive(Default)]
pub(super) struct Tails(HashMap<RunKey, u32>);

impl Tails {
    /// Those of a group that have to be asked for.
    pub(super) fn unknown(&self, appends: &[Ask<Append, ()>]) -> Vec<RunKey> {
        let keys = appends.iter().flat_map(|ask| ask.what.rows.entries.iter().map(|entry| &entry.key));
        let mut unknown: Vec<RunKey> = keys.filter(|key| !self.0.contains_key(*key)).cloned().collect();
        unknown.sort();
        unknown.dedup();
        unknown
    }

    pub(super) fn learn(&mut self, key: RunKey, next: u32) {
        self.0.insert(key, next);
    }

    /// Forgets all, when what was written is not known.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Forgets runs of which no more is expected, and all when there are too many.
    pub(super) fn tidy(&mut self, written: &Rows) {
        for (key, row) in &written.runs {
            if row.ended.is_some() {
                self.0.remove(key);
            }
        }
        if self.0.len() > MAX_KNOWN {
            self.0.clear();
        }
    }
}

/// What may be written of a group, and who waits for it.
#[derive(Default)]
pub(super) struct Admitted {
    pub(super) rows: Rows,
    pub(super) waiting: Vec<Ask<(), ()>>,
}

/// Sorts a group: what may be written is merged, everything else is answered. Every run of the group has to be known.
pub(super) fn admit(appends: Vec<Ask<Append, ()>>, token: Option<u64>, tails: &mut Tails) -> Admitted {
    let mut admitted = Admitted::default();
    for ask in appends {
        let (Append { lease, rows }, waiting) = ask.split();
        let fits = if Some(lease.token) == token { advance(&rows, tails) } else { Err(JournalError::Fenced) };
        match fits {
            Ok(()) => {
                admitted.rows.absorb(rows);
                admitted.waiting.push(waiting);
            }
            Err(error) => {
                waiting.answer(Err(error));
            }
        }
    }
    admitted
}

/// Counts the entries of a batch on, or none of them.
fn advance(rows: &Rows, tails: &mut Tails) -> Result<(), JournalError> {
    let mut ahead: HashMap<&RunKey, u32> = HashMap::new();
    for entry in &rows.entries {
        let next = match ahead.entry(&entry.key) {
            Slot::Occupied(slot) => slot.into_mut(),
            Slot::Vacant(slot) => slot.insert(tails.0.get(&entry.key).copied().unwrap_or(0)),
        };
        if entry.sequence != *next {
            let (key, expected, found) = (entry.key.clone(), *next, entry.sequence);
            return Err(JournalError::Sequence { key, expected, found });
        }
        *next = next.saturating_add(1);
    }
    for (key, next) in ahead {
        tails.0.insert(key.clone(), next);
    }
    Ok(())
}
