//! What those who run the platform do with its customers and their tokens. A change and the record of it in the audit log
//! commit together, whoever asks for it: the command line, or a surface.
//!
//! | file | what |
//! |---|---|
//! | `alerts` | that somebody has seen an alert |
//! | `clients` | back-ends that call: registered, disabled, enabled, and until when their secrets are good |
//! | `credentials` | what lets somebody in, and when it ends |
//! | `organisations` | customers: made, found, disabled, enabled, given environments |
//! | `tenants` | whose users may go where, and what they may do there at most |
//! | `tokens` | tokens of directories: issued, revoked |

mod alerts;
mod clients;
mod credentials;
mod organisations;
mod tenants;
mod tokens;

use std::sync::Arc;

use engage_playbooks::ports::Time;
use engage_store::platform::{Actor, Audit as _, AuditEntry, AuditOutcome, Database, Random, StoreError};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::http::Ids;

pub use clients::NewClient;
pub use credentials::{Credential, CredentialKind, CredentialState, THRESHOLDS, credentials};
pub use tenants::{Limits, MappedTenant};
pub use tokens::{Issued, Validity};

/// Administration of a platform, in somebody's name.
///
/// ```
/// use std::sync::Arc;
///
/// use engage_playbooks::ports::Time;
/// use engage_server::admin::{Admin, Validity};
/// use engage_store::platform::{Actor, Database, Environment, OVERLAP, Options, StoreError, SystemRandom};
///
/// # async fn a_customer_and_a_token(time: Arc<dyn Time>, ids: engage_server::http::Ids) -> Result<(), StoreError> {
/// let admin = Admin {
///     database: Database::open("platform.db", Options::default()).await?,
///     time,
///     ids,
///     random: Arc::new(SystemRandom),
///     actor: Actor { who: "command line".to_owned(), ..Actor::default() },
/// };
/// let contoso = admin.create_organisation("Contoso", &[Environment::Prod]).await?;
/// let validity = Validity { lifetime: None, overlap: OVERLAP };
/// let issued = admin.issue_token(contoso.id, Environment::Prod, validity).await?;
/// assert_eq!(issued.secret.expose().len(), 32);
/// # Ok(())
/// # }
/// ```
pub struct Admin {
    /// The platform's database.
    pub database: Database,
    /// The time of day.
    pub time: Arc<dyn Time>,
    /// Makes ids; none is made twice.
    pub ids: Ids,
    /// What tokens are drawn from.
    pub random: Arc<dyn Random>,
    /// In whose name.
    pub actor: Actor,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").field("actor", &self.actor).finish_non_exhaustive()
    }
}

impl Admin {
    /// The instant, as a store keeps it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = self.time.timestamp();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// Writes down something that was done elsewhere, or is about to be.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn note(&self, of: Uuid, event: &str, details: Value) -> Result<(), StoreError> {
        let entry = self.entry(of, self.now(), event, details);
        let work = self.database.write(entry, |tx, entry| Box::pin(async move { tx.append_audit(entry).await }));
        work.await
    }

    /// What is written down of a change that is made.
    fn entry(&self, organisation: Uuid, at: Timestamp, event: &str, details: Value) -> AuditEntry {
        let Actor { who, source, correlation } = self.actor.clone();
        let (event, outcome) = (event.to_owned(), AuditOutcome::Done);
        AuditEntry { organisation, at, actor: who, source, correlation, event, outcome, details }
    }
}
