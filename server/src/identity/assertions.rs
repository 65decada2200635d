//! What employees signed in with, for what is done on their behalf once they were answered (OAuth 2.0 On-Behalf-Of).
//!
//! A playbook runs after the call that it follows from. So the token of that call is kept until the employee's runs are at an end, or
//! the token is: encrypted, as a secret of the organisation, of which every reading is written down. No event and no journal has it.

use std::sync::Arc;

use engage_identity::{Api, Denied, Reason, User, Validator};
use engage_playbooks::ports::Time;
use engage_store::platform::{
    Actor, Purpose, Secret, SecretInfo, SecretName, SecretState, Secrets as _, StoreError, Vault,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

/// The kind of these secrets; each is called as the account of its employee.
const KIND: &str = "assertion";
/// How long the one that is kept is as good as a newer one.
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
        Self { vault, time, own: None }
    }

    /// An organisation has an application of its own at its CRM: its employees bring a token for that one too, as
    /// `X-Engage-Crm-Assertion`.
    #[must_use]
    pub fn own(self, organisation: Uuid, application: Api) -> Self {
        Self { own: Some((organisation, application)), ..self }
    }

    /// Keeps the token of an employee who calls. One that was kept just now is as good.
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
        let token = match &self.own {
            Some((of, application)) if *of == organisation => {
                validator.crm_assertion(headers, user, application).await?
            }
            _ => user.assertion.clone(),
        };
        let (name, now) = (name(organisation, &user.object.to_string()), self.now());
        let known = self.vault.inventory().current(&name).await?;
        if known.is_some_and(|known| now.duration_since(known.created) < FRESH) {
            return Ok(());
        }
        let value = Secret::new(token.expose_secret().as_bytes().to_vec());
        let actor = Actor { who: user.object.to_string(), ..Actor::default() };
        self.vault.put(&name, &value, SecretState::Current, Some(user.expires), &actor, now).await?;
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
        let kept = |SecretInfo { name, created, expires, .. }: SecretInfo| Kept {
            employee: name.name,
            since: created,
            until: expires.unwrap_or(created),
        };
        Ok(current.map(kept).collect())
    }

    /// Forgets the token of an employee.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget(&self, organisation: Uuid, employee: &str) -> Result<(), StoreError> {
        let actor = Actor { who: "engage serve".to_owned(), ..Actor::default() };
        match self.vault.remove(&name(organisation, employee), &actor, self.now()).await {
            Err(StoreError::Absent { .. }) => Ok(()),
            done => done,
        }
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
