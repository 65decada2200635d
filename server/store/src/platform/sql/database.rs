//! The database, whichever it is.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::job::Work;
#[cfg(feature = "postgres")]
use super::postgres::Postgres;
use super::session::Reader;
#[cfg(feature = "sqlite")]
use super::sqlite::Sqlite;
use super::{Status, migrate};
use crate::platform::StoreError;

/// How a database is used.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most connections that read; of PostgreSQL those that write are among them.
    pub connections: u32,
    /// How long a statement, a job or a connection may take.
    pub patience: Duration,
    /// How long to wait for other servers that bring the tables up to date.
    pub migration_patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { connections: 8, patience: Duration::from_secs(10), migration_patience: Duration::from_secs(60) }
    }
}

/// A database that is open. Cheap to clone: clones are one process.
#[derive(Clone)]
pub struct Database(Arc<Kind>);

enum Kind {
    #[cfg(feature = "sqlite")]
    Sqlite(Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Database")
    }
}

impl Database {
    /// Opens a file of SQLite, made where it is not there, for this user alone, and brings it up to date. Must be called
    /// on a Tokio runtime; the writer lives on it, and ends when the last clone is dropped.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file cannot be opened, [`StoreError::Newer`] when a newer program made it.
    #[cfg(feature = "sqlite")]
    pub async fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Kind::Sqlite(Sqlite::open(path.as_ref(), &options).await?))))
    }

    /// A database in memory, for as long as it is not dropped. It has one connection: a job must not use a reader.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is no memory.
    #[cfg(feature = "sqlite")]
    pub async fn in_memory(options: Options) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Kind::Sqlite(Sqlite::in_memory(&options).await?))))
    }

    /// Connects to a database of PostgreSQL by its address, and brings it up to date. It may be the one of the journal.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the address is none, [`StoreError::Unavailable`] when the database cannot be asked,
    /// [`StoreError::Newer`] when a newer program made its tables.
    #[cfg(feature = "postgres")]
    pub async fn connect(url: &str, options: Options) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Kind::Postgres(Postgres::connect(url, &options).await?))))
    }

    /// What version the tables of a file are of; nothing is changed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file cannot be read.
    #[cfg(feature = "sqlite")]
    pub async fn status_of_file(path: impl AsRef<Path>) -> Result<Status, StoreError> {
        super::sqlite::status(path.as_ref()).await
    }

    /// What version the tables of a database are of; nothing is changed.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    #[cfg(feature = "postgres")]
    pub async fn status_of_address(url: &str, options: Options) -> Result<Status, StoreError> {
        super::postgres::status(url, &options).await
    }

    /// Who reads what is committed.
    #[must_use]
    pub fn reader(&self) -> Reader {
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(database) => database.reader(),
            #[cfg(feature = "postgres")]
            Kind::Postgres(database) => database.reader(),
        }
    }

    /// How many statements all readers have asked since this was opened: what a question costs a database, on any machine.
    #[must_use]
    pub fn statements_read(&self) -> u64 {
        self.reader().asked.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// How many statements all transactions have asked since this was opened, those of attempts that failed too; each is a round trip on
    /// PostgreSQL, beside the two that begin and commit a transaction.
    #[must_use]
    pub fn statements_written(&self) -> u64 {
        let written = match &*self.0 {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(database) => database.written(),
            #[cfg(feature = "postgres")]
            Kind::Postgres(database) => database.written(),
        };
        written.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Does some work in one transaction. Once this returns well, it is written and synced; if it fails, nothing of it is
    /// there. Dropped before it returns, either may be the case.
    ///
    /// # Errors
    /// Those of the work; [`StoreError::Unavailable`], [`StoreError::Unknown`] and [`StoreError::Contended`] of the
    /// database.
    pub async fn write<I, T, E>(&self, input: I, work: impl Work<I, T, E>) -> Result<T, E>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(database) => database.write(input, work).await,
            #[cfg(feature = "postgres")]
            Kind::Postgres(database) => database.write(input, work).await,
        }
    }

    /// Asks the database for its version: it answers, and its tables are those that this program knows.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Newer`] once a newer program has migrated it meanwhile.
    pub async fn ready(&self) -> Result<Status, StoreError> {
        let status = migrate::status(&mut self.reader()).await?;
        status.check()?;
        Ok(status)
    }

    /// Copies a database of SQLite into a file that is not there yet, readable by this user alone. The copy is of one
    /// instant; others go on writing.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where the target is there, or the database is PostgreSQL, which is copied with `pg_dump`.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), StoreError> {
        match &*self.0 {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(database) => database.backup(to.as_ref()).await,
            #[cfg(feature = "postgres")]
            Kind::Postgres(_) => {
                let _ = to;
                Err(StoreError::Refused { what: "a copy of PostgreSQL, which `pg_dump` makes," })
            }
        }
    }

    /// Copies a file of SQLite as [`backup`](Self::backup) does, without opening it for anything else: its tables stay of the
    /// version that they are of.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where there is no database, [`StoreError::Refused`] where the target is there,
    /// [`StoreError::Corrupt`] where the file is none of ours.
    #[cfg(feature = "sqlite")]
    pub async fn backup_file(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<(), StoreError> {
        super::sqlite::backup_file(from.as_ref(), to.as_ref()).await
    }

    /// Puts a copy in the place of a database that is not there yet.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where something is there, [`StoreError::Corrupt`] where the copy is damaged or none of
    /// ours, [`StoreError::Newer`] where a newer program made it.
    #[cfg(feature = "sqlite")]
    pub async fn restore(from: impl AsRef<Path>, into: impl AsRef<Path>) -> Result<(), StoreError> {
        super::sqlite::restore(from.as_ref(), into.as_ref()).await
    }
}
