//! What has been deleted, for those who ask what has changed.

use std::collections::VecDeque;

use super::RowId;

/// Most deletions that are remembered.
const MAX: usize = 100_000;

/// Deleted rows in the order of their deletion.
#[derive(Debug, Default)]
pub(super) struct Gone {
    rows: VecDeque<Deleted>,
    /// The version of the latest deletion that is forgotten.
    forgotten: u64,
}

#[derive(Debug)]
struct Deleted {
    table: String,
    id: RowId,
    sequence: u64,
    version: u64,
}

impl Gone {
    /// Remembers a deletion.
    pub(super) fn add(&mut self, table: &str, id: &RowId, sequence: u64, version: u64) {
        self.rows.push_back(Deleted { table: table.to_owned(), id: id.clone(), sequence, version });
        if self.rows.len() > MAX
            && let Some(oldest) = self.rows.pop_front()
        {
            self.forgotten = oldest.version;
        }
    }

    /// Takes the latest deletion back.
    pub(super) fn undo(&mut self) {
        self.rows.pop_back();
    }

    /// The version of the deletion of a row.
    pub(super) fn version_of(&self, sequence: u64) -> u64 {
        self.rows.iter().rev().find(|row| row.sequence == sequence).map_or(0, |row| row.version)
    }

    /// Rows of a table deleted after a version; none where some of them are forgotten.
    pub(super) fn since(&self, table: &str, version: u64) -> Option<Vec<&RowId>> {
        let found = self.rows.iter().filter(|row| row.version > version && row.table == table);
        (version >= self.forgotten).then(|| found.map(|row| &row.id).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forgotten_is_not_passed_over_in_silence() {
        let mut gone = Gone::default();
        for version in 1..=MAX as u64 + 1 {
            gone.add("t", &RowId::new(version.to_string()), version, version);
        }
        assert_eq!(gone.since("t", 0), None);
        assert_eq!(gone.since("t", 1).map(|rows| rows.len()), Some(MAX));
        assert_eq!(gone.since("other", 1).map(|rows| rows.len()), Some(0));
        assert_eq!(gone.since("t", MAX as u64).map(|rows| rows.len()), Some(1));
    }
}
