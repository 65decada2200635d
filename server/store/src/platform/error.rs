//! What a caller of the store has to tell apart.

use std::fmt;
use std::sync::Arc;

/// What a database said, fit to be shown: one failure answers every caller of a group, and none of them sees a value.
#[derive(Debug, Clone)]
pub struct Failure(Arc<str>);

impl Failure {
    pub(crate) fn new(why: impl fmt::Display) -> Self {
        Self(Arc::from(why.to_string()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// What may exist only once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unique {
    /// An id, or the event of an outbox.
    Id,
    /// The name of an organisation.
    Name,
    /// The digest of a SCIM token.
    Token,
    /// A tenant in the same environment of the same organisation, or the environment itself.
    Environment,
    /// A client, of whichever organisation.
    Client,
    /// The `userName` of a user, in whatever case.
    UserName,
    /// The `externalId` of a user or of a group.
    ExternalId,
    /// The `displayName` of a group, in whatever case.
    DisplayName,
    /// The key of something that is set up for bookings.
    Key,
    /// The token of a hold.
    Hold,
    /// An event of an external calendar.
    Source,
    /// The time of an employee or of a room.
    Time,
    /// Something else.
    Other,
}

impl Unique {
    /// By the last column of the index.
    fn of(column: &str) -> Self {
        match column {
            "id" | "event" | "organisation" => Self::Id,
            "name" => Self::Name,
            "digest" => Self::Token,
            "environment" => Self::Environment,
            "client" => Self::Client,
            "user_name_folded" => Self::UserName,
            "external_id" => Self::ExternalId,
            "group_name" => Self::DisplayName,
            "key" => Self::Key,
            "hold_token" => Self::Hold,
            "source" => Self::Source,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Unique {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Token => "token",
            Self::Environment => "environment",
            Self::Client => "client",
            Self::UserName => "userName",
            Self::ExternalId => "externalId",
            Self::DisplayName => "displayName",
            Self::Key | Self::Other => "key",
            Self::Hold => "token of a hold",
            Self::Source => "event",
            Self::Time => "time",
        })
    }
}

/// Why the store did not do what it was asked. Of a write that failed nothing is there, unless it is
/// [`Unknown`](Self::Unknown).
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database is gone, full, or too slow. It is asked again with the next call.
    #[error("the store cannot be asked")]
    Unavailable(#[source] Failure),
    /// The commit was sent and no answer came: it is written, or it is not.
    #[error("the store did not say whether it has written")]
    Unknown(#[source] Failure),
    /// Others wrote the same rows, again and again.
    #[error("others were writing the same")]
    Contended,
    /// Something else has the same name.
    #[error("{what} is taken")]
    Conflict {
        /// What may exist only once.
        what: Unique,
    },
    /// The row has changed since it was read.
    #[error("it has changed since it was read")]
    Stale,
    /// There is nothing of that id in this organisation.
    #[error("there is no such {what}")]
    Absent {
        /// What was looked for.
        what: &'static str,
    },
    /// The store cannot keep it, whoever asks and however often.
    #[error("{what} cannot be kept")]
    Refused {
        /// What is wrong with it.
        what: &'static str,
    },
    /// Another server has taken over what this one claimed.
    #[error("another server has taken over")]
    Fenced,
    /// The tables were made by a newer program, and are read by that one.
    #[error("the tables are of version {found}, this program knows {known}")]
    Newer {
        /// The version of the tables.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// What is stored makes no sense.
    #[error("what is stored makes no sense: {what}")]
    Corrupt {
        /// What was found.
        what: String,
    },
    /// Secrets were sealed under a key that was not given.
    #[error("the key `{id}` is missing")]
    MissingKey {
        /// The name of the key.
        id: String,
    },
    /// A key of this name was given, but it is another one.
    #[error("the key `{id}` is not the one that secrets were sealed under")]
    WrongKey {
        /// The name of the key.
        id: String,
    },
    /// A job went on after a statement of it had failed, or panicked. A mistake of ours.
    #[error("the work on the store broke off")]
    Broken,
}

impl StoreError {
    /// Whether the same may be asked again without harm, and may then succeed.
    #[must_use]
    pub fn may_repeat(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Contended)
    }

    pub(crate) fn unavailable(why: impl fmt::Display) -> Self {
        Self::Unavailable(Failure::new(why))
    }

    pub(crate) fn corrupt(what: impl fmt::Display) -> Self {
        Self::Corrupt { what: what.to_string() }
    }

    /// Of a commit: where the connection went while it was under way, nobody knows.
    pub(crate) fn of_commit(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                Self::Unknown(Failure::new(error))
            }
            error => error.into(),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(said) => of_database(&**said),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnIndexOutOfBounds { .. } | sqlx::Error::Decode(_) => {
                Self::corrupt("a column of another type")
            }
            _ => Self::unavailable(error),
        }
    }
}

/// What the trigger says that lets no two have the same time.
const TAKEN: &str = "booking_guards: taken";

fn of_database(said: &dyn sqlx::error::DatabaseError) -> StoreError {
    match said.kind() {
        sqlx::error::ErrorKind::UniqueViolation => return StoreError::Conflict { what: clash(said) },
        sqlx::error::ErrorKind::ExclusionViolation => return StoreError::Conflict { what: Unique::Time },
        sqlx::error::ErrorKind::ForeignKeyViolation => return StoreError::Absent { what: "owner" },
        _ => {}
    }
    let code = said.code().unwrap_or_default();
    match &*code {
        // Serialization failure, deadlock (PostgreSQL's manual, "PostgreSQL Error Codes").
        "40001" | "40P01" => StoreError::Contended,
        // A trigger has raised ABORT: of ours that guard time one does (SQLite, "Result and Error Codes").
        "1811" if said.message() == TAKEN => StoreError::Conflict { what: Unique::Time },
        // "The database disk image is malformed", "not a database" (SQLite, "Result and Error Codes").
        "11" | "26" => StoreError::corrupt(said.message()),
        // Class 22 of SQL's states is about data, and its messages show it.
        code if code.len() == 5 && code.starts_with("22") => StoreError::Refused { what: "a value" },
        _ => StoreError::unavailable(said.message()),
    }
}

/// What clashed: PostgreSQL names the constraint (`table__column`), SQLite the columns (`table.column, table.column`).
fn clash(said: &dyn sqlx::error::DatabaseError) -> Unique {
    let column = match said.constraint() {
        Some(name) => name.rsplit("__").next(),
        None => said.message().rsplit('.').next(),
    };
    Unique::of(column.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_left_nothing_behind_may_be_repeated() {
        assert!(StoreError::unavailable("gone").may_repeat());
        assert!(StoreError::Contended.may_repeat());
        assert!(!StoreError::Unknown(Failure::new("gone")).may_repeat());
        assert!(!StoreError::Stale.may_repeat());
    }
}
