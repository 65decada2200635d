//! How many requests came from whom in a window of time, counted by all servers together.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreError;
use super::sql::{Global, Tx, Unscoped, binds};

/// The longest name of a caller, in bytes.
const MAX_CALLER: usize = 200;

/// A window of time in which requests of a caller are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CountWindow {
    /// Who is counted.
    pub caller: String,
    /// Since when.
    pub starts: Timestamp,
    /// Until when: from then on the count is of no use.
    pub ends: Timestamp,
}

const ADD: Global = Global::new(
    "INSERT INTO request_counts (caller, starts, ends, requests) VALUES ($1, $2, $3, $4)
     ON CONFLICT (caller, starts, ends) DO UPDATE SET requests = request_counts.requests + excluded.requests
     RETURNING requests",
);
const FORGET: Global = Global::new(
    "DELETE FROM request_counts WHERE (caller, starts, ends) IN
     (SELECT caller, starts, ends FROM request_counts WHERE ends <= $1 ORDER BY ends LIMIT $2)",
);

/// What is done with counts.
#[async_trait]
pub trait Counts {
    /// Adds so many requests to a window; how many there are then, those of other servers too.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where the name of the caller is too long, and those of the database.
    async fn count_requests(&mut self, window: &CountWindow, more: u64) -> Result<u64, StoreError>;

    /// Forgets windows that are over, a few at a time; how many.
    ///
    /// # Errors
    /// Those of the database.
    async fn forget_counts(&mut self, now: Timestamp, most: usize) -> Result<u64, StoreError>;
}

#[async_trait]
impl Counts for Tx {
    async fn count_requests(&mut self, window: &CountWindow, more: u64) -> Result<u64, StoreError> {
        let CountWindow { caller, starts, ends } = window;
        if caller.len() > MAX_CALLER {
            return Err(StoreError::Refused { what: "a caller of that name" });
        }
        let more = i64::try_from(more).unwrap_or(i64::MAX);
        let row = Unscoped::over(self).first(&ADD, binds![caller, *starts, *ends, more]).await?;
        row.ok_or_else(|| StoreError::corrupt("a count without a row"))?.count(0)
    }

    async fn forget_counts(&mut self, now: Timestamp, most: usize) -> Result<u64, StoreError> {
        Unscoped::over(self).execute(&FORGET, binds![now, most]).await
    }
}
