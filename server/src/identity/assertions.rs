//! What employees signed in with, for what is done on their behalf once they were answered (OAuth 2.0 On-Behalf-Of).
//!
//! A playbook runs after the call that it follows from. So the token of that call is kept until the employee's runs are at an end, or
//! the token is: encrypted, as a secret of the organisation, of which every reading is written down. No event and no journal has it.

use std::sync::Arc;

use engage_identity::{Api, Assertion, Denied, Reason, User, Validator};
use engage_playbooks::ports::Time;
use engage_store::platform::{
    Actor, AuditEntry, AuditOutcome, Purpose, Secret, SecretInfo, SecretName, SecretState, Secrets as _, StoreError,
    Vault,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::Refusals;

/// The kind of these secrets; each is called as the account of its employee.
pub(crate) const KIND: &str = "assertion";
/// How long the one that is kept is as good as a newer one that ends no later.
const FRESH: SignedDuration = SignedDuration::from_secs(30);
/// How many are looked at at once.
const MOST: usize = 10_000;

/// Tokens of employees who called. Cheap to clone.
#[derive(Clone)]
pub struct Assertions {
    vault: Vault,
    time: Arc<dyn Time>,
    /// The organisation whose application at the CRM is another than the platform's own, and that application.
    own: Option<(Uuid, Api)>,
    refusals: Option<Refusals>,
}

impl std::fmt::Debug for Assertions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assertions").field("own", &self.own).finish_non_exhaustive()
    }
}

/// Why the token of an employee is not kept.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// The second token is missing, or is not good.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database, or the key.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An employee whose token is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    info: SecretInfo,
    /// The account (`oid`).
    pub employee: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when the token is good.
    pub until: Timestamp,
}

impl Assertions {
    /// Kept in a vault.
    #[must_use]
    pub fn new(vault: Vault, time: Arc<dyn Time>) -> Self {
        Self { vault, time, own: None, refusals: None }
    }

    /// Has it written down where a token is not exchanged for one of the CRM.
    #[must_use]
    pub fn audited(self, refusals: Refusals) -> Self {
        Self { refusals: Some(refusals), ..self }
    }

    /// An organisation has an application of its own at its CRM: its employees bring a token for that one too, as
    /// `X-Engage-Crm-Assertion`.
    #[must_use]
    pub fn own(self, organisation: Uuid, application: Api) -> Self {
        Self { own: Some((organisation, application)), ..self }
    }

    /// Keeps the token of an employee who calls. One that was kept just now and ends no sooner is as good.
    ///
    /// # Errors
    /// [`NotKept::Denied`] where the organisation has an application of its own and the token for that is missing, another's or not
    /// good; [`NotKept::Store`].
    pub async fn keep(
        &self,
        organisation: Uuid,
        user: &User,
        headers: &axum::http::HeaderMap,
        validator: &Validator,
    ) -> Result<(), NotKept> {
        let Assertion { token, expires } = match &self.own {
            Some((of, application)) if *of == organisation => {
                validator.crm_assertion(headers, user, application).await?
            }
            _ => Assertion { token: user.assertion.clone(), expires: user.expires },
        };
        let (name, now) = (name(organisation, &user.object.to_string()), self.now());
        let known = self.vault.inventory().current(&name).await?;
        let is_as_good = |known: &SecretInfo| {
            now.duration_since(known.created) < FRESH && known.expires.is_some_and(|until| until >= expires)
        };
        if known.as_ref().is_some_and(is_as_good) {
            return Ok(());
        }
        let value = Secret::new(token.expose_secret().as_bytes().to_vec());
        let actor = Actor { who: format!("user {}/{}", user.tenant, user.object), ..Actor::default() };
        self.vault.put(&name, &value, SecretState::Current, Some(expires), &actor, now).await?;
        Ok(())
    }

    /// The token of an employee, as long as it is good.
    ///
    /// # Errors
    /// Those of the database, and of the key.
    pub async fn find(&self, organisation: Uuid, employee: &str) -> Result<Option<SecretString>, StoreError> {
        let (name, now) = (name(organisation, employee), self.now());
        let known = self.vault.inventory().current(&name).await?;
        if known.is_none_or(|known| known.expires.is_none_or(|until| now >= until)) {
            return Ok(None);
        }
        let reason = "act on behalf of the employee at the CRM".to_owned();
        let purpose = Purpose { actor: Actor { who: "engage serve".to_owned(), ..Actor::default() }, reason };
        match self.vault.reveal(&name, SecretState::Current, &purpose, now).await {
            Ok(secret) => Ok(secret.expose_text().map(SecretString::from)),
            // It was forgotten meanwhile.
            Err(StoreError::Absent { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whose tokens are kept.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn kept(&self, organisation: Uuid) -> Result<Vec<Kept>, StoreError> {
        let all = self.vault.inventory().of_kind(organisation, KIND, MOST).await?;
        let current = all.into_iter().filter(|info| info.state == SecretState::Current);
        let kept = |info: SecretInfo| Kept {
            employee: info.name.name.clone(),
            since: info.created,
            until: info.expires.unwrap_or(info.created),
            info,
        };
        Ok(current.map(kept).collect())
    }

    /// Forgets the token of an employee as it was found, and no newer one: he may have called since, and what follows from that needs it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget(&self, kept: &Kept) -> Result<(), StoreError> {
        let actor = Actor { who: "engage serve".to_owned(), ..Actor::default() };
        match self.vault.inventory().remove_unchanged(&kept.info, &actor, self.now()).await {
            Err(StoreError::Absent { .. } | StoreError::Stale) => Ok(()),
            done => done,
        }
    }

    /// Writes down that the token of an employee is not exchanged for one of the CRM; `why` is a word of the protocol.
    pub async fn refused(&self, organisation: Uuid, employee: &str, why: &'static str) {
        let Some(refusals) = &self.refusals else { return };
        refusals
            .write(AuditEntry {
                organisation,
                at: self.now(),
                actor: "engage serve".to_owned(),
                source: None,
                correlation: None,
                event: "identity.on-behalf-refused".to_owned(),
                outcome: AuditOutcome::Refused,
                details: json!({ "employee": employee, "reason": why }),
            })
            .await;
    }

    fn now(&self) -> Timestamp {
        let now = self.time.timestamp();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

impl NotKept {
    /// What whoever calls is told, where it is of his doing.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Denied(denied) => Some(denied.reason),
            Self::Store(_) => None,
        }
    }
}

fn name(organisation: Uuid, employee: &str) -> SecretName {
    SecretName { organisation, kind: KIND.to_owned(), name: employee.to_owned() }
}
