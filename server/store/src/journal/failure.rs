//! What a database said, fit to be shown: one failure answers every caller of a group, and none of them sees a value.

use std::fmt;
use std::sync::Arc;

use engage_playbooks::ports::JournalError;

/// Why a store could not be asked.
#[derive(Debug, Clone)]
pub(super) struct Failure(Arc<str>);

impl Failure {
    pub(super) fn new(why: impl fmt::Display) -> Self {
        Self(Arc::from(why.to_string()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(said) = &error else { return Self::new(&error) };
        // Class 22 of SQL's states is about data, and its messages show it.
        match said.code() {
            Some(code) if code.starts_with("22") => {
                Self::new(format!("the database refused what it was given: {code}"))
            }
            _ => Self::new(said.message()),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for Failure {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::VersionMissing(_) => {
                Self::new("it was written by a newer version of engage, and is read by that one")
            }
            error => Self::new(error),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(error)
    }
}

#[cfg(feature = "sqlite")]
impl From<crate::sqlite::Unmigrated> for Failure {
    fn from(error: crate::sqlite::Unmigrated) -> Self {
        use crate::sqlite::Unmigrated::{Busy, Lock, Migration, Open};
        match error {
            Migration(error) => error.into(),
            Open(error) => error.into(),
            Busy | Lock(_) => Self::new(error),
        }
    }
}

impl From<Failure> for JournalError {
    fn from(failure: Failure) -> Self {
        Self::Unavailable(Box::new(failure))
    }
}

/// The way from a library's error to a journal's.
pub(super) fn unavailable(error: impl Into<Failure>) -> JournalError {
    error.into().into()
}
