//! The versions of the tables.

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use super::binds;
use super::scoped::Global;
use super::session::{Session, Unscoped};
use crate::platform::StoreError;

/// Where the versions are kept that were applied: not where the journal keeps its own.
pub(super) const TABLE: &str = "_engage_platform";

/// Every migration, in order: its number, its name, its texts. None is ever changed or removed.
const MIGRATIONS: [(i64, &str, &str, &str); 11] = [
    (
        1,
        "platform",
        include_str!("../../../migrations/platform/sqlite/0001_platform.sql"),
        include_str!("../../../migrations/platform/postgres/0001_platform.sql"),
    ),
    (
        2,
        "alerts told",
        include_str!("../../../migrations/platform/sqlite/0002_alerts_told.sql"),
        include_str!("../../../migrations/platform/postgres/0002_alerts_told.sql"),
    ),
    (
        3,
        "booking configuration",
        include_str!("../../../migrations/platform/sqlite/0003_booking_configuration.sql"),
        include_str!("../../../migrations/platform/postgres/0003_booking_configuration.sql"),
    ),
    (
        4,
        "booking calendar",
        include_str!("../../../migrations/platform/sqlite/0004_booking_calendar.sql"),
        include_str!("../../../migrations/platform/postgres/0004_booking_calendar.sql"),
    ),
    (
        5,
        "own indexes",
        include_str!("../../../migrations/platform/sqlite/0005_own_indexes.sql"),
        include_str!("../../../migrations/platform/postgres/0005_own_indexes.sql"),
    ),
    (
        6,
        "callers",
        include_str!("../../../migrations/platform/sqlite/0006_callers.sql"),
        include_str!("../../../migrations/platform/postgres/0006_callers.sql"),
    ),
    (
        7,
        "booking windows",
        include_str!("../../../migrations/platform/sqlite/0007_booking_windows.sql"),
        include_str!("../../../migrations/platform/postgres/0007_booking_windows.sql"),
    ),
    (
        8,
        "administration",
        include_str!("../../../migrations/platform/sqlite/0008_administration.sql"),
        include_str!("../../../migrations/platform/postgres/0008_administration.sql"),
    ),
    (
        9,
        "crm and sweeps",
        include_str!("../../../migrations/platform/sqlite/0009_crm_and_sweeps.sql"),
        include_str!("../../../migrations/platform/postgres/0009_crm_and_sweeps.sql"),
    ),
    (
        10,
        "booking changes",
        include_str!("../../../migrations/platform/sqlite/0010_booking_changes.sql"),
        include_str!("../../../migrations/platform/postgres/0010_booking_changes.sql"),
    ),
    (
        11,
        "meetings of employees",
        include_str!("../../../migrations/platform/sqlite/0011_meetings_of_employees.sql"),
        include_str!("../../../migrations/platform/postgres/0011_meetings_of_employees.sql"),
    ),
];

/// What version a database is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// The newest version that was applied; 0 where there are no tables.
    pub applied: i64,
    /// The newest version that this program knows.
    pub known: i64,
}

impl Status {
    pub(super) fn of(applied: i64) -> Self {
        Self { applied, known: MIGRATIONS.iter().map(|(number, ..)| *number).max().unwrap_or(0) }
    }

    /// # Errors
    /// [`StoreError::Newer`] when the tables are newer than this program.
    pub(super) fn check(self) -> Result<(), StoreError> {
        let Self { applied, known } = self;
        if applied > known { Err(StoreError::Newer { found: applied, known }) } else { Ok(()) }
    }
}

const APPLIED: Global = Global::new("SELECT coalesce(max(version), 0) FROM _engage_platform");

/// The version of a database that has tables.
pub(super) async fn status(session: &mut impl Session) -> Result<Status, StoreError> {
    let row = Unscoped::over(session).first(&APPLIED, binds![]).await?;
    Ok(Status::of(row.map_or(Ok(0), |row| row.integer(0))?))
}

/// The migrations in one language.
pub(super) fn migrator(postgres: bool) -> Migrator {
    let migrations = MIGRATIONS.map(|(number, name, sqlite, other)| {
        let text = if postgres { other } else { sqlite };
        Migration::new(number, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.to_vec());
    migrator.dangerous_set_table_name(TABLE);
    migrator
}

#[cfg(feature = "sqlite")]
impl From<crate::sqlite::Unmigrated> for StoreError {
    fn from(error: crate::sqlite::Unmigrated) -> Self {
        use crate::sqlite::Unmigrated::{Busy, Lock, Migration, Open};
        match error {
            Migration(error) => error.into(),
            Open(error) => error.into(),
            Busy | Lock(_) => Self::unavailable(error),
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(found) => Self::Newer { found, known: Status::of(0).known },
            MigrateError::VersionMismatch(_) | MigrateError::Dirty(_) => Self::corrupt(error),
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            error => Self::unavailable(error),
        }
    }
}
