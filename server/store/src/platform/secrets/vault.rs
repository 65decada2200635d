//! Secrets, with the keys that open them.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::audit::{Actor, Purpose, entry};
use super::inventory::Inventory;
use super::key::{KeyError, KeyWrap, Keyring};
use super::random::Random;
use super::rows::{self, SecretInfo, SecretName, SecretState, Stored};
use super::seal::{draw_key, open, seal};
use super::secret::Secret;
use crate::platform::StoreError;
use crate::platform::audit::{Audit, AuditOutcome};
use crate::platform::sql::{Database, Tx};

/// The longest secret, in bytes.
const MAX_SECRET: usize = 64 << 10;
/// What the proof of a key is: this, wrapped by it.
const KNOWN: &[u8; 32] = b"engage: this is the key you mean";

/// Secrets of customers.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Writes a secret and returns what may be known of it. A new current one makes the one before it the previous one,
    /// which stays readable; a new next one takes the place of the one that was to come.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where it cannot be kept: too long, a name of other letters than `A-Z a-z 0-9 . _ : / @ -`,
    /// or to be the previous one.
    async fn put(
        &self,
        name: &SecretName,
        value: &Secret,
        state: SecretState,
        expires: Option<Timestamp>,
        actor: &Actor,
        at: Timestamp,
    ) -> Result<SecretInfo, StoreError>;

    /// Makes the next one the current one, and that the previous one.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where there is no next one.
    async fn promote(&self, name: &SecretName, actor: &Actor, at: Timestamp) -> Result<(), StoreError>;

    /// Removes every version.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where there is none.
    async fn remove(&self, name: &SecretName, actor: &Actor, at: Timestamp) -> Result<(), StoreError>;

    /// What may be known of the secrets of an organisation.
    ///
    /// # Errors
    /// Those of the database.
    async fn list(&self, organisation: Uuid, most: usize) -> Result<Vec<SecretInfo>, StoreError>;

    /// The value of a secret. That it was revealed, to whom and why, is written before it is returned; that it could not
    /// be, too.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where there is none, [`StoreError::MissingKey`] and [`StoreError::Corrupt`] where it does not
    /// open.
    async fn reveal(
        &self,
        name: &SecretName,
        state: SecretState,
        purpose: &Purpose,
        at: Timestamp,
    ) -> Result<Secret, StoreError>;
}

/// The secrets in a database, and the keys to them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Vault {
    inventory: Inventory,
    keys: Keyring,
    random: Shared,
}

#[derive(Clone)]
struct Shared(Arc<dyn Random>);

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Random")
    }
}

impl Vault {
    /// Opens the secrets with keys: every key that something is wrapped by has to be there, and to be the right one.
    ///
    /// # Errors
    /// [`StoreError::MissingKey`] and [`StoreError::WrongKey`], by its name; [`StoreError::Unavailable`] where whoever
    /// keeps a key cannot be asked.
    pub async fn open(
        database: Database,
        keys: Keyring,
        random: Arc<dyn Random>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let vault = Self { inventory: Inventory::new(database), keys, random: Shared(random) };
        vault.prove_current(now).await?;
        vault.check().await?;
        Ok(vault)
    }

    pub(super) fn database(&self) -> &Database {
        self.inventory.database()
    }

    /// Which secrets there are, which takes no key.
    #[must_use]
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The keys on its ring.
    #[must_use]
    pub fn ring(&self) -> &Keyring {
        &self.keys
    }

    /// Whether the keys are there and the right ones, as [`open`](Self::open) asks it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn check(&self) -> Result<(), StoreError> {
        let mut reader = self.database().reader();
        for key in self.keys.all() {
            if let Some(proof) = rows::proof(&mut reader, key.id()).await? {
                verify(key, &proof).await?;
            }
        }
        rows::keys(&mut reader).await?.iter().try_for_each(|used| self.keys.find(&used.id).map(drop))
    }

    /// Writes down what shows that the current key is the one of its name, where that is not known yet.
    async fn prove_current(&self, now: Timestamp) -> Result<(), StoreError> {
        let key = self.keys.current();
        if rows::proof(&mut self.database().reader(), key.id()).await?.is_some() {
            return Ok(());
        }
        let proof = key.wrap_key(&Secret::new(KNOWN.to_vec()), &about_proof(key)).await;
        let proof = proof.map_err(|error| of_key(key, error))?;
        // Another server may be doing the same with another key: the first one counts, and is looked at afterwards.
        let new = (key.id().to_owned(), proof);
        let work = self
            .database()
            .write(new, move |tx, (id, proof)| Box::pin(async move { rows::prove(tx, id, proof, now).await }));
        work.await
    }

    /// The key of a secret.
    pub(super) async fn unwrap(&self, info: &SecretInfo, data_key: &[u8]) -> Result<Secret, StoreError> {
        let key = self.keys.find(&info.key)?;
        match key.unwrap_key(data_key, &info.name.about_key()).await {
            Err(KeyError::Refused) => Err(damaged(info)),
            answer => answer.map_err(|error| of_key(key, error)),
        }
    }

    async fn opened(&self, stored: &Stored) -> Result<Secret, StoreError> {
        let Stored { info, data_key, sealed } = stored;
        let key = self.unwrap(info, data_key).await?;
        let value = open(&key, &info.name.about(info.version), sealed)?;
        value.ok_or_else(|| damaged(info))
    }
}

/// What a secret is written from; the transaction says which version it is.
struct Draft {
    name: SecretName,
    value: Secret,
    state: SecretState,
    expires: Option<Timestamp>,
    actor: Actor,
    at: Timestamp,
    kek: String,
    key: Secret,
    wrapped: Vec<u8>,
    random: Arc<dyn Random>,
}

async fn write(tx: &mut Tx, draft: &Draft) -> Result<SecretInfo, StoreError> {
    let Draft { name, value, state, expires, actor, at, kek, key, wrapped, random } = draft;
    let version = rows::newest(tx, name).await? + 1;
    match state {
        SecretState::Current => rows::shift(tx, name, SecretState::Current, SecretState::Previous).await.map(drop)?,
        SecretState::Next => rows::remove(tx, name, SecretState::Next).await?,
        SecretState::Previous => return Err(StoreError::Refused { what: "a new secret as the previous one" }),
    }
    let sealed = seal(&**random, key, &name.about(version), value)?;
    let (created, expires) = (*at, *expires);
    let info = SecretInfo { name: name.clone(), version, state: *state, key: kek.clone(), created, expires };
    rows::insert(tx, Stored { info: info.clone(), data_key: wrapped.clone(), sealed }).await?;
    let written = entry(name, actor, "secret.written", AuditOutcome::Done, Some(version), None, *at);
    tx.append_audit(&written).await?;
    Ok(info)
}

#[async_trait]
impl Secrets for Vault {
    async fn put(
        &self,
        name: &SecretName,
        value: &Secret,
        state: SecretState,
        expires: Option<Timestamp>,
        actor: &Actor,
        at: Timestamp,
    ) -> Result<SecretInfo, StoreError> {
        name.check()?;
        if value.expose().len() > MAX_SECRET {
            return Err(StoreError::Refused { what: "a secret of that size" });
        }
        // Before the transaction: whoever keeps the key may take its time.
        let (current, random) = (self.keys.current(), self.random.0.clone());
        let key = draw_key(&*random)?;
        let wrapped = current.wrap_key(&key, &name.about_key()).await.map_err(|error| of_key(current, error))?;
        let (name, value, actor, kek) = (name.clone(), value.clone(), actor.clone(), current.id().to_owned());
        let draft = Draft { name, value, state, expires, actor, at, kek, key, wrapped, random };
        self.database().write(draft, |tx, draft| Box::pin(write(tx, draft))).await
    }

    async fn promote(&self, name: &SecretName, actor: &Actor, at: Timestamp) -> Result<(), StoreError> {
        let input = (name.clone(), actor.clone());
        let work = self.database().write(input, move |tx, (name, actor)| {
            Box::pin(async move {
                let next = rows::find(tx, name, SecretState::Next).await?;
                let version = next.ok_or(StoreError::Absent { what: "secret to come" })?.info.version;
                rows::shift(tx, name, SecretState::Current, SecretState::Previous).await?;
                rows::shift(tx, name, SecretState::Next, SecretState::Current).await?;
                let done = entry(name, actor, "secret.promoted", AuditOutcome::Done, Some(version), None, at);
                tx.append_audit(&done).await
            })
        });
        work.await
    }

    async fn remove(&self, name: &SecretName, actor: &Actor, at: Timestamp) -> Result<(), StoreError> {
        self.inventory.remove(name, actor, at).await
    }

    async fn list(&self, organisation: Uuid, most: usize) -> Result<Vec<SecretInfo>, StoreError> {
        self.inventory.list(organisation, most).await
    }

    async fn reveal(
        &self,
        name: &SecretName,
        state: SecretState,
        purpose: &Purpose,
        at: Timestamp,
    ) -> Result<Secret, StoreError> {
        let stored = rows::find(&mut self.database().reader(), name, state).await?;
        let version = stored.as_ref().map(|stored| stored.info.version);
        let value = match &stored {
            Some(stored) => self.opened(stored).await,
            None => Err(StoreError::Absent { what: "secret" }),
        };
        let outcome = if value.is_ok() { AuditOutcome::Done } else { AuditOutcome::Failed };
        let Purpose { actor, reason } = purpose;
        let revealed = entry(name, actor, "secret.revealed", outcome, version, Some(reason), at);
        let work = self.database().write(revealed, |tx, entry| Box::pin(async move { tx.append_audit(entry).await }));
        work.await?;
        value
    }
}

/// A secret that its key does not open: it, or its key, is not what was written.
fn damaged(info: &SecretInfo) -> StoreError {
    let SecretInfo { name, version, .. } = info;
    StoreError::corrupt(format!("version {version} of the secret `{name}` of {} does not open", name.organisation))
}

fn about_proof(key: &dyn KeyWrap) -> Vec<u8> {
    format!("proof|{}", key.id()).into_bytes()
}

async fn verify(key: &dyn KeyWrap, proof: &[u8]) -> Result<(), StoreError> {
    match key.unwrap_key(proof, &about_proof(key)).await {
        Ok(known) if known.expose() == KNOWN => Ok(()),
        Ok(_) => Err(of_key(key, KeyError::Refused)),
        Err(error) => Err(of_key(key, error)),
    }
}

pub(super) fn of_key(key: &dyn KeyWrap, error: KeyError) -> StoreError {
    match error {
        KeyError::Unavailable(why) => StoreError::Unavailable(why),
        KeyError::Refused => StoreError::WrongKey { id: key.id().to_owned() },
    }
}
