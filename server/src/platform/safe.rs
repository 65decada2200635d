//! The secrets of a platform, and the keys to them from where the configuration says.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use engage_store::platform::{Database, Inventory, KeyWrap, Keyring, LocalKey, Random, StoreError, Vault};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use super::PlatformError;
use crate::config::{KeySource, Keys, PrivateError, private};

/// What is wrong with a key of the configuration. It says nothing of what the key is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyProblem {
    /// Its file cannot be read, or others can read it.
    #[error(transparent)]
    File(#[from] PrivateError),
    /// It is no key.
    #[error("{place} holds no key: 64 hexadecimal digits, with or without a name and a colon before them")]
    NoKey {
        /// Where it stands.
        place: String,
    },
    /// Another has the same name.
    #[error("two keys are called `{id}`")]
    Twice {
        /// The name.
        id: String,
    },
}

/// All that is wrong with the keys of a configuration.
#[derive(Debug)]
pub struct KeyProblems(pub Vec<KeyProblem>);

impl fmt::Display for KeyProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&told.join("; "))
    }
}

impl std::error::Error for KeyProblems {}

/// The secrets of a platform, with the keys to them where the configuration has some. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Safe {
    inventory: Inventory,
    vault: Option<Vault>,
}

impl Safe {
    /// Opens the secrets in a database with the keys of the configuration: every key that something is kept under has to be there
    /// and to be the right one. Without a key there may be no secret yet.
    ///
    /// # Errors
    /// [`PlatformError::Keys`] where a key of the configuration is none, or open to others; by the name of the key
    /// [`StoreError::MissingKey`] and [`StoreError::WrongKey`]; and those of the database.
    pub async fn open(
        keys: &Keys,
        database: Database,
        random: Arc<dyn Random>,
        now: Timestamp,
    ) -> Result<Self, PlatformError> {
        let inventory = Inventory::new(database.clone());
        if let Some(ring) = ring(keys, &random).map_err(PlatformError::Keys)? {
            let vault = Vault::open(database, ring, random, now).await?;
            return Ok(Self { inventory, vault: Some(vault) });
        }
        let safe = Self { inventory, vault: None };
        safe.check().await?;
        Ok(safe)
    }

    /// Whether every key that something is kept under is there now, and is the right one: others may have brought in a further
    /// one since it was opened.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn check(&self) -> Result<(), PlatformError> {
        if let Some(vault) = &self.vault {
            return Ok(vault.check().await?);
        }
        match self.inventory.keys().await?.into_iter().next() {
            Some(used) => Err(StoreError::MissingKey { id: used.id }.into()),
            None => Ok(()),
        }
    }

    /// The secrets, where there is a key to keep them under.
    ///
    /// # Errors
    /// [`PlatformError::NoKey`] where the configuration has none.
    pub fn vault(&self) -> Result<&Vault, PlatformError> {
        self.vault.as_ref().ok_or(PlatformError::NoKey)
    }
}

/// The keys of a configuration. A service that keeps keys becomes one of them in [`key`], and everything else stays as it is.
fn ring(keys: &Keys, random: &Arc<dyn Random>) -> Result<Option<Keyring>, KeyProblems> {
    let Some(current) = &keys.current else { return Ok(None) };
    let (mut problems, mut names, mut read) = (Vec::new(), BTreeSet::new(), Vec::new());
    for source in std::iter::once(current).chain(&keys.previous) {
        match key(source, random) {
            Ok(key) if !names.insert(key.id().to_owned()) => {
                problems.push(KeyProblem::Twice { id: key.id().to_owned() });
            }
            Ok(key) => read.push(key),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(KeyProblems(problems));
    }
    let mut read = read.into_iter();
    Ok(read.next().map(|current| Keyring::new(current, read.collect())))
}

/// One key, from where it is.
fn key(source: &KeySource, random: &Arc<dyn Random>) -> Result<Arc<dyn KeyWrap>, KeyProblem> {
    let (text, place) = match source {
        KeySource::File(path) => (private(path)?, format!("`{}`", path.display())),
        KeySource::Text(text) => (text.clone(), "a variable".to_owned()),
    };
    let key = LocalKey::parse(text.expose_secret(), Arc::clone(random));
    Ok(Arc::new(key.map_err(|_| KeyProblem::NoKey { place })?))
}
