//! Keys that wrap keys: they are named in the database, and are somewhere else.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::aead::NONCE_LEN;

use super::random::Random;
use super::seal::{KEY, Sealed, open, seal};
use super::secret::Secret;
use crate::platform::{Failure, StoreError};

/// The name of a local key that has no other.
const LOCAL: &str = "local";
/// The longest name of a key, in bytes.
const MAX_ID: usize = 200;

/// Why a key did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KeyError {
    /// Whoever keeps it cannot be asked now.
    #[error("the key cannot be asked")]
    Unavailable(#[source] Failure),
    /// What was to be unwrapped was wrapped by another key, for another purpose, or has been changed.
    #[error("the key did not wrap this")]
    Refused,
}

impl KeyError {
    /// A key that cannot be asked now, for a reason without values.
    #[must_use]
    pub fn unavailable(why: impl std::fmt::Display) -> Self {
        Self::Unavailable(Failure::new(why))
    }
}

/// A key that wraps keys: of this process, or of a service that keeps it.
///
/// # Contract
/// What one instance wrapped, any other of the same id unwraps. `about` is authenticated and not kept: unwrapping with
/// another is refused. Calls may come at once, and may be given up at any time.
#[async_trait]
pub trait KeyWrap: Send + Sync {
    /// Its name: it stands beside what it wrapped, and in messages.
    fn id(&self) -> &str;

    /// Wraps a key.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`].
    async fn wrap_key(&self, key: &Secret, about: &[u8]) -> Result<Vec<u8>, KeyError>;

    /// Unwraps a key.
    ///
    /// # Errors
    /// [`KeyError::Refused`] where this key has not wrapped it for the same purpose, [`KeyError::Unavailable`].
    async fn unwrap_key(&self, wrapped: &[u8], about: &[u8]) -> Result<Secret, KeyError>;
}

/// A key of this process, from a file or from the environment.
pub struct LocalKey {
    id: String,
    key: Secret,
    random: Arc<dyn Random>,
}

impl std::fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl LocalKey {
    /// Reads a key: 64 hexadecimal digits, as `openssl rand -hex 32` writes them, and before them, if it has one, its name
    /// and a colon. Without a name it is called `local`. White space around it does not count.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where it is no key.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use engage_store::platform::{KeyWrap, LocalKey, SystemRandom};
    /// # fn main() -> Result<(), engage_store::platform::StoreError> {
    /// let text = format!("2026-06:{}", "5a".repeat(32));
    /// assert_eq!(LocalKey::parse(&text, Arc::new(SystemRandom))?.id(), "2026-06");
    /// # Ok(())
    /// # }
    /// ```
    pub fn parse(text: &str, random: Arc<dyn Random>) -> Result<Self, StoreError> {
        match parts(text) {
            Some((id, key)) => Ok(Self { id: id.to_owned(), key, random }),
            None => {
                Err(StoreError::Refused { what: "a key that is not 64 hexadecimal digits, with or without a name," })
            }
        }
    }

    /// Whether a text is a key, as [`parse`](Self::parse) reads it.
    #[must_use]
    pub fn reads(text: &str) -> bool {
        parts(text).is_some()
    }
}

/// The name of a key, and the key.
fn parts(text: &str) -> Option<(&str, Secret)> {
    let (id, digits) = text.trim().rsplit_once(':').unwrap_or((LOCAL, text.trim()));
    let plain = !id.is_empty() && id.len() <= MAX_ID && id.chars().all(|c| c.is_ascii_graphic());
    let key = bytes(digits).map(Secret::new)?;
    plain.then_some((id, key))
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = digits.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2).filter_map(|pair| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    });
    let bytes: Vec<u8> = pairs.collect();
    (digits.len() == 2 * KEY && bytes.len() == KEY).then_some(bytes)
}

#[async_trait]
impl KeyWrap for LocalKey {
    fn id(&self) -> &str {
        &self.id
    }

    async fn wrap_key(&self, key: &Secret, about: &[u8]) -> Result<Vec<u8>, KeyError> {
        let Sealed { mut nonce, bytes } = seal(&*self.random, &self.key, about, key).map_err(KeyError::unavailable)?;
        nonce.extend(bytes);
        Ok(nonce)
    }

    async fn unwrap_key(&self, wrapped: &[u8], about: &[u8]) -> Result<Secret, KeyError> {
        let (nonce, bytes) = wrapped.split_at_checked(NONCE_LEN).ok_or(KeyError::Refused)?;
        let sealed = Sealed { nonce: nonce.to_vec(), bytes: bytes.to_vec() };
        open(&self.key, about, &sealed).map_err(|_| KeyError::Refused)?.ok_or(KeyError::Refused)
    }
}

/// The key that wraps what is new, and those that what is old was wrapped by.
#[derive(Clone)]
pub struct Keyring {
    current: Arc<dyn KeyWrap>,
    others: Vec<Arc<dyn KeyWrap>>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.all().map(|key| key.id())).finish()
    }
}

impl Keyring {
    /// A ring of a key for what is new and others for what is old.
    #[must_use]
    pub fn new(current: Arc<dyn KeyWrap>, others: Vec<Arc<dyn KeyWrap>>) -> Self {
        Self { current, others }
    }

    /// The key for what is new.
    #[must_use]
    pub fn current(&self) -> &dyn KeyWrap {
        &*self.current
    }

    /// The names of the others.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(|key| key.id())
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &dyn KeyWrap> {
        std::iter::once(&self.current).chain(&self.others).map(|key| &**key)
    }

    /// # Errors
    /// [`StoreError::MissingKey`] where it is not on the ring.
    pub(super) fn find(&self, id: &str) -> Result<&dyn KeyWrap, StoreError> {
        self.all().find(|key| key.id() == id).ok_or_else(|| StoreError::MissingKey { id: id.to_owned() })
    }
}
