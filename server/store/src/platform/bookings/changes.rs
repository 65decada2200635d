//! What has changed since something was read: who keeps what was read asks this, and reads anew what it names.
//!
//! The tables are filled by triggers of the migration, so that no write can forget it.

use async_trait::async_trait;
use uuid::Uuid;

use super::Tenancy;
use crate::platform::StoreError;
use crate::platform::sql::{Scoped, Session, binds};

/// A state of an environment. What is read after it was asked for is no older.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(String);

/// What has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The state that they lead to.
    pub mark: Mark,
    /// Something that is set up.
    pub setup: bool,
    /// An employee or a room of the directories.
    pub directory: bool,
    /// The calendars of these employees and rooms, each once. A hold that has run out is no change.
    pub calendars: Vec<Uuid>,
}

// PostgreSQL: a number that goes up would have to go up as changes are committed, so that no two could change something at once. A
// snapshot knows which transactions it saw. What a copy of another cluster brought along may come from transactions that are
// still to be here; it is no news.
const MARK: Scoped = Scoped::two(
    "SELECT CAST(coalesce(max(number), 0) AS text) FROM booking_changes WHERE organisation = $1 AND environment = $2",
    "SELECT CAST(pg_current_snapshot() AS text), count(*) FROM booking_revisions
     WHERE organisation = $1 AND environment = $2",
);
const SINCE: Scoped = Scoped::two(
    "SELECT resource, CAST(number AS text) FROM booking_changes
     WHERE organisation = $1 AND environment = $2 AND number > CAST($3 AS integer) ORDER BY number",
    "SELECT DISTINCT resource, CAST(pg_current_snapshot() AS text) FROM booking_changes
     WHERE organisation = $1 AND environment = $2 AND written >= pg_snapshot_xmin(CAST($3 AS pg_snapshot))
       AND written < pg_snapshot_xmax(pg_current_snapshot())
       AND NOT pg_visible_in_snapshot(written, CAST($3 AS pg_snapshot))",
);
/// Forgets what everybody who asks at all has been told of. A file has one row for each resource, and forgets none.
pub(super) const FORGET: Scoped = Scoped::two(
    "DELETE FROM booking_changes WHERE organisation = $1 AND environment = $2 AND 1 = 0",
    "DELETE FROM booking_changes WHERE organisation = $1 AND environment = $2
       AND at < date_part('epoch', clock_timestamp()) * 1000000 - 86400000000",
);

/// How long changes are known at least, by the clock of the database. Who has not asked for longer than half of it reads everything
/// anew.
pub const CHANGES_KEPT: std::time::Duration = std::time::Duration::from_secs(86_400);

/// What is known of changes.
#[async_trait]
pub trait ChangeReads {
    /// The state that an environment is in.
    ///
    /// # Errors
    /// Those of the database, here and below.
    async fn booking_mark(&mut self, tenancy: &Tenancy) -> Result<Mark, StoreError>;

    /// What has changed since a state, in one statement, whose cost grows with the changes alone. The state was asked for, or
    /// found to be the last, less than [`CHANGES_KEPT`] ago.
    ///
    /// # Errors
    /// Those of the database.
    async fn booking_changes(&mut self, tenancy: &Tenancy, since: &Mark) -> Result<Changes, StoreError>;
}

#[async_trait]
impl<S: Session> ChangeReads for S {
    async fn booking_mark(&mut self, tenancy: &Tenancy) -> Result<Mark, StoreError> {
        Ok(Mark(self.of(tenancy.organisation).only(&MARK, tenancy.with(binds![])).await?.text(0)?))
    }

    async fn booking_changes(&mut self, tenancy: &Tenancy, since: &Mark) -> Result<Changes, StoreError> {
        let rows = self.of(tenancy.organisation).all(&SINCE, tenancy.with(binds![since.0.as_str()])).await?;
        let mut changes = Changes { mark: since.clone(), setup: false, directory: false, calendars: Vec::new() };
        for row in &rows {
            match row.id(0)? {
                id if id.is_nil() => changes.directory = true,
                id if id.is_max() => changes.setup = true,
                id => changes.calendars.push(id),
            }
        }
        if let Some(last) = rows.last() {
            changes.mark = Mark(last.text(1)?);
        }
        Ok(changes)
    }
}
