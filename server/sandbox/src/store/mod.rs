//! Typed rows in memory, for any CRM: primary keys, unique keys, references that cannot dangle, a version per row,
//! transactions that roll back.
//!
//! Nothing here knows a protocol. A table is what the [schema](crate::schema) says it is.

mod deletion;
mod error;
mod file;
mod gone;
mod state;
mod table;
mod transaction;
mod value;

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

pub use self::error::StoreError;
pub use self::file::{FileError, cut};
pub use self::state::{Side, State};
pub use self::table::Row;
pub use self::transaction::{Changes, Transaction};
pub use self::value::{Ref, RowId, Value, fold};
use crate::schema::Schema;

/// The rows of one CRM.
#[derive(Debug)]
pub struct Store {
    state: RwLock<State>,
    /// `None` in memory; without a journal inside once it is closed.
    journal: Option<Mutex<Option<file::Journal>>>,
    locks: Mutex<HashSet<(String, RowId)>>,
}

impl Store {
    /// An empty store in memory.
    pub fn new(schema: Arc<Schema>) -> Store {
        Store { state: RwLock::new(State::new(schema)), journal: None, locks: Mutex::default() }
    }

    /// A store kept in a file, which is read first if it exists. Every committed transaction is in the file when the
    /// write returns.
    ///
    /// # Errors
    /// When the file cannot be read or written, or does not fit the schema.
    pub fn open(schema: Arc<Schema>, path: &Path) -> Result<Store, FileError> {
        let mut state = State::new(schema);
        let journal = file::Journal::open(path, &mut state)?;
        Ok(Store { state: RwLock::new(state), journal: Some(Mutex::new(Some(journal))), locks: Mutex::default() })
    }

    /// The tables.
    pub fn schema(&self) -> Arc<Schema> {
        self.read(|state| Arc::clone(state.schema()))
    }

    /// Reads one consistent state.
    pub fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs a transaction: all of its writes, or none when `work` fails. Transactions run one after another.
    ///
    /// # Errors
    /// Whatever `work` fails with, and [`StoreError::NotKept`] when the file does not take it: then nothing has happened.
    pub fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let locks = self.locks().clone();
        let mut transaction = Transaction::new(&mut state, locks);
        let done = work(&mut transaction)?;
        if let Some(journal) = &self.journal {
            // A transaction that is let go of is undone.
            let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
            journal.as_mut().ok_or(StoreError::NotKept)?.append(&transaction.effects())?;
        }
        transaction.keep();
        Ok(done)
    }

    /// Forgets all rows and locks.
    ///
    /// # Errors
    /// [`StoreError::NotKept`] when the file cannot be emptied; nothing is forgotten then.
    pub fn clear(&self) -> Result<(), StoreError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(journal) = &self.journal {
            let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
            journal.as_mut().ok_or(StoreError::NotKept)?.clear()?;
        }
        *state = State::new(Arc::clone(state.schema()));
        self.locks().clear();
        Ok(())
    }

    /// Lets go of the file, so that another store can open it. Nothing is written any more.
    pub fn close(&self) {
        if let Some(journal) = &self.journal {
            *journal.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// Makes every write of the row fail with [`StoreError::Locked`] until it is unlocked.
    pub fn lock(&self, table: &str, id: &RowId) {
        self.locks().insert((table.to_owned(), id.clone()));
    }

    /// Ends [`Store::lock`].
    pub fn unlock(&self, table: &str, id: &RowId) {
        self.locks().remove(&(table.to_owned(), id.clone()));
    }

    fn locks(&self) -> MutexGuard<'_, HashSet<(String, RowId)>> {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
