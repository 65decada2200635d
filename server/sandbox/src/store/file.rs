//! A store in a file: one line of JSON per committed effect, appended.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::StoreError;
use super::state::State;
use super::transaction::Effect;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read or written.
    #[error("cannot use the file `{path}`")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another sandbox has it.
    #[error("another sandbox uses the file `{path}`")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// A line is not one of ours, or names a table the schema does not have.
    #[error("line {line} of `{path}` is not a record of this store")]
    Record {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// Takes back what was appended to a file of rows since it had a length. Does nothing where it has no more than that.
///
/// # Errors
/// When another sandbox has the file, or it cannot be written.
pub fn cut(path: &Path, length: u64) -> Result<(), FileError> {
    let io = |source| FileError::Io { path: path.to_owned(), source };
    let file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(io)?,
    };
    lock(&file, path)?;
    if file.metadata().map_err(io)?.len() > length {
        file.set_len(length).map_err(io)?;
    }
    Ok(())
}

/// Takes a file for this process. The lock ends with the process, however it ends.
fn lock(file: &File, path: &Path) -> Result<(), FileError> {
    file.try_lock().map_err(|failed| match failed {
        TryLockError::WouldBlock => FileError::Busy { path: path.to_owned() },
        TryLockError::Error(source) => FileError::Io { path: path.to_owned(), source },
    })
}

#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    /// How much of the file is whole transactions.
    good: u64,
}

impl Journal {
    pub(super) fn open(path: &Path, state: &mut State) -> Result<Journal, FileError> {
        let io = |source| FileError::Io { path: path.to_owned(), source };
        let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(io)?;
        lock(&file, path)?;
        let mut reader = BufReader::new(&file);
        let (mut line, mut good, mut number) = (String::new(), 0_u64, 0);
        loop {
            line.clear();
            let length = reader.read_line(&mut line).map_err(io)?;
            number += 1;
            if length == 0 {
                break;
            }
            if !line.ends_with('\n') {
                // Cut short while it was written: this transaction did not happen.
                file.set_len(good).map_err(io)?;
                break;
            }
            let record = || FileError::Record { path: path.to_owned(), line: number };
            let effects: Vec<Effect> = serde_json::from_str(&line).map_err(|_| record())?;
            for effect in effects {
                replay(state, effect).ok_or_else(record)?;
            }
            good += length as u64;
        }
        Ok(Journal { file, good })
    }

    /// A journal over an open file.
    #[cfg(test)]
    pub(super) fn over(file: File) -> Journal {
        Journal { file, good: 0 }
    }

    /// One line per transaction, so a line cut short by a crash is a transaction that did not happen.
    pub(super) fn append(&mut self, effects: &[Effect]) -> Result<(), StoreError> {
        if effects.is_empty() {
            return Ok(());
        }
        let mut line = serde_json::to_string(effects).map_err(|_| StoreError::NotKept)?;
        line.push('\n');
        if self.file.write_all(line.as_bytes()).is_err() {
            // What of the line is there would spoil the next one. Where even this fails, the next opening cuts it off.
            let _ = self.file.set_len(self.good);
            return Err(StoreError::NotKept);
        }
        self.good += line.len() as u64;
        Ok(())
    }

    pub(super) fn clear(&mut self) -> Result<(), StoreError> {
        self.file.set_len(0).map_err(|_| StoreError::NotKept)?;
        self.good = 0;
        Ok(())
    }
}

fn replay(state: &mut State, effect: Effect) -> Option<()> {
    let schema = Arc::clone(&state.schema);
    match effect {
        Effect::Put { table, row } => {
            let definition = schema.table(&table)?;
            state.counter = state.counter.max(row.sequence).max(row.version);
            state.tables.entry(table).or_default().put(definition, row);
        }
        Effect::Remove { table, sequence, version } => {
            let gone = state.tables.entry(table.clone()).or_default().take(schema.table(&table)?, sequence);
            state.counter = state.counter.max(version);
            if let Some(row) = gone {
                state.gone.add(&table, &row.id, sequence, version);
            }
        }
        Effect::Link { relation, left, right } => {
            state.links.entry(relation).or_default().insert((left, right));
        }
        Effect::Unlink { relation, left, right } => {
            state.links.entry(relation).or_default().remove(&(left, right));
        }
    }
    Some(())
}
