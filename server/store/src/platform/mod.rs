//! The platform's store: customers, tokens, directories, events, background work; in SQLite or PostgreSQL.
//!
//! [`Database`] opens either. What reads goes through a [`Reader`], what writes is a job in one transaction ([`Tx`]); the
//! areas are traits on those two, one pair each: what is known, and what is done.
//!
//! ```no_run
//! use engage_store::platform::{Database, Options, Organisation, OrganisationReads, Organisations, StoreError};
//! # async fn open(id: uuid::Uuid, now: jiff::Timestamp) -> Result<(), StoreError> {
//! # #[cfg(feature = "sqlite")] {
//! let database = Database::open("platform.db", Options::default()).await?;
//! let contoso = Organisation { id, name: "Contoso".to_owned(), enabled: true, created: now };
//! // Once this returns, it is written and synced.
//! database.write(contoso, |tx, new| Box::pin(async move { tx.create_organisation(new).await })).await?;
//! assert!(database.reader().organisation(id).await?.is_some());
//! # }
//! # Ok(())
//! # }
//! ```

mod alerts;
mod audit;
mod bookings;
mod clients;
mod counts;
mod directory;
mod error;
mod jobs;
mod organisations;
mod outbox;
mod secrets;
pub mod sql;
mod tokens;

pub use alerts::{Acknowledged, Alert, AlertPlace, AlertQuery, AlertReads, Alerts, Sighting};
pub use audit::{Audit, AuditEntry, AuditOutcome, AuditPlace, AuditQuery, AuditReads};
pub use bookings::{
    BookingConfiguration, BookingConfigurationReads, CHANGES_KEPT, Calendar, CalendarReads, CalendarsOf, ChangeReads,
    Changes, Document, Erasable, Mark, Meeting, MeetingFilter, MeetingReads, Meetings, NewDocument, SlotFilter,
    SlotRow, Tenancy,
};
pub use clients::{Client, ClientReads, ClientSecret, Clients};
pub use counts::{CountWindow, Counts};
pub use directory::{
    Content, Directory, DirectoryReads, Found, Kind, MemberReads, MemberRow, Members, NewRecord, Purge, PurgeReads,
    Realm, Record, Service, Tombstone,
};
pub use error::{Failure, StoreError, Unique};
pub use jobs::{Claim, Job, JobReads, Jobs};
pub use organisations::{
    Environment, OpenEnvironment, Organisation, OrganisationReads, Organisations, Tenant, TenantLimits,
};
pub use outbox::{Event, Outbox, OutboxReads, Waiting};
pub use secrets::{
    Actor, Inventory, KeyError, KeyUse, KeyWrap, Keyring, LocalKey, Purpose, Random, Rewrapped, Secret, SecretInfo,
    SecretName, SecretState, Secrets, SystemRandom, Vault, draw_token,
};
pub use sql::{Condition, Database, Options, Reader, Status, Tx};
pub use tokens::{COARSE, NewToken, OVERLAP, Slot, Token, TokenDigest, TokenReads, Tokens};

/// A text in lower case, as it is kept where case does not count: character by character as Unicode has it, not as a
/// database or a language does. `engage-scim` compares in the same way.
#[must_use]
pub fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}
