//! Personal ids under a seal: encrypted under the organisation's key from the moment that they come in, opened by what is written to a
//! CRM, and gone when the runs of their meeting are at an end, or after a week.

use std::sync::Arc;

use async_trait::async_trait;
use engage_bookme::{Seal, Tenancy};
use engage_playbooks::ports::Time;
use engage_store::platform::{
    Actor, Purpose, Secret, SecretInfo, SecretName, SecretState, Secrets as _, StoreError, Vault,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use uuid::Uuid;

use crate::http::Ids;

/// The kind of these secrets.
pub(crate) const KIND: &str = "sealed";
/// What stands for one begins with it; an id that nobody guesses follows.
const STANDS_FOR: &str = "sealed:";
/// How long one is kept at most.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many are looked at at once.
const MOST: usize = 10_000;
/// Who does it, as the audit log has it.
const ACTOR: &str = "engage serve";

/// Personal ids under a seal. Cheap to clone.
#[derive(Clone)]
pub struct Seals {
    vault: Vault,
    time: Arc<dyn Time>,
    ids: Ids,
}

impl std::fmt::Debug for Seals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seals")
    }
}

/// Something that is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    name: SecretName,
    /// The meeting that it is of.
    pub meeting: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when it is kept at most.
    pub until: Timestamp,
}

impl Seals {
    /// Kept in a vault.
    #[must_use]
    pub fn new(vault: Vault, time: Arc<dyn Time>, ids: Ids) -> Self {
        Self { vault, time, ids }
    }

    /// The value that a text stands for; nothing where it stands for none, as it is gone, or never was.
    ///
    /// # Errors
    /// Those of the database, and of the key.
    pub async fn open(&self, organisation: Uuid, text: &str) -> Result<Option<SecretString>, StoreError> {
        let Some(id) = stands_for(text) else { return Ok(None) };
        // However many are sealed, one is found: behind its id there is the meeting, which nobody here knows.
        let found = self.vault.inventory().beginning(organisation, (KIND, &format!("{id}/")), 1).await?;
        let Some(info) = found.into_iter().next() else { return Ok(None) };
        let now = self.now();
        if info.expires.is_some_and(|until| until <= now) {
            return Ok(None);
        }
        let reason = "write it to the CRM".to_owned();
        let purpose = Purpose { actor: actor(), reason };
        match self.vault.reveal(&info.name, SecretState::Current, &purpose, now).await {
            Ok(secret) => Ok(secret.expose_text().map(SecretString::from)),
            // Its run has ended meanwhile.
            Err(StoreError::Absent { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What is sealed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sealed(&self, organisation: Uuid) -> Result<Vec<Sealed>, StoreError> {
        let all = self.vault.inventory().of_kind(organisation, KIND, MOST).await?;
        let sealed = |SecretInfo { name, created, expires, .. }: SecretInfo| Sealed {
            meeting: name.name.split('/').next_back().unwrap_or_default().to_owned(),
            since: created,
            until: expires.unwrap_or(created),
            name,
        };
        Ok(all.into_iter().map(sealed).collect())
    }

    /// Removes something that is sealed: what stands for it stands for nothing from then on.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget(&self, sealed: &Sealed) -> Result<(), StoreError> {
        match self.vault.remove(&sealed.name, &actor(), self.now()).await {
            Err(StoreError::Absent { .. }) => Ok(()),
            done => done,
        }
    }

    fn now(&self) -> Timestamp {
        let now = self.time.timestamp();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

/// Whether a text may stand for something that is sealed; the id that it names.
#[must_use]
pub fn stands_for(text: &str) -> Option<&str> {
    text.strip_prefix(STANDS_FOR).filter(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[async_trait]
impl Seal for Seals {
    async fn seal(&self, tenancy: &Tenancy, meeting: Uuid, value: &str) -> Result<String, StoreError> {
        let (id, now) = ((self.ids)().simple(), self.now());
        let name =
            SecretName { organisation: tenancy.organisation, kind: KIND.to_owned(), name: format!("{id}/{meeting}") };
        let expires = now.checked_add(KEPT).ok();
        self.vault.put(&name, &Secret::from(value), SecretState::Current, expires, &actor(), now).await?;
        Ok(format!("{STANDS_FOR}{id}"))
    }
}

fn actor() -> Actor {
    Actor { who: ACTOR.to_owned(), ..Actor::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_something_is_the_whole_of_a_text() {
        let id = "0f0c7f5e2a644d0a9e1e8c1c6c0a1b2d";
        assert_eq!(stands_for(&format!("sealed:{id}")), Some(id));
        for other in ["", "sealed:", id, &format!("sealed:{id} "), &format!("a sealed:{id}"), &format!("sealed:{id}0")]
        {
            assert_eq!(stands_for(other), None, "{other}");
        }
    }
}
