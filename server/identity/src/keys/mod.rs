//! The keys that tokens are signed with: fetched, kept, replaced, and given up (Microsoft, "Signing key rollover in the
//! Microsoft identity platform").
//!
//! | what | how |
//! |-|-|
//! | a mapped tenant | its own keys, fetched when first needed, good for 24 hours |
//! | any other tenant | the keys of all organisations, which only [`Keys::refresh`] fetches: a stranger's token causes no call |
//! | a key that is not there | fetched again, once in 5 minutes for a tenant |
//! | many ask at once | one fetch, which goes on when those who wait for it go away |
//! | the authority cannot be reached | what was there stays for 24 hours more |
//! | a key that is no longer told | is not trusted from then on |

mod fetch;
mod ring;
mod state;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engage_playbooks::ports::Time;
use futures_util::{FutureExt as _, StreamExt as _};
use jsonwebtoken::DecodingKey;
use serde_json::Value;
use tokio::runtime::Handle;
use uuid::Uuid;

pub use self::fetch::{Fetch, HttpFetch};
use self::ring::Ring;
use self::state::{Flight, Next, State};
use crate::json;
use crate::settings::{Authority, Version};

/// How many tenants are refreshed at once.
const AT_ONCE: usize = 8;

/// Why keys are not to be had. It says nothing of what was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// The address is not that of the authority.
    #[error("the address is not one that keys are fetched from")]
    Elsewhere,
    /// Nobody answered, or not in time.
    #[error("the authority cannot be reached")]
    Unreachable,
    /// Another status than 200.
    #[error("the authority answered {0}")]
    Status(u16),
    /// The answer is longer than 1 MiB.
    #[error("the answer of the authority is too long")]
    TooLong,
    /// The answer is no metadata, or no key set.
    #[error("the answer of the authority cannot be read")]
    Unreadable,
    /// The metadata names another issuer than ours.
    #[error("the metadata names another issuer")]
    Issuer,
    /// The key set holds no key that tokens are signed with.
    #[error("the key set holds no key")]
    NoKeys,
}

/// Whose keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Whose {
    /// Of all organisations.
    Organizations,
    /// Of one tenant.
    Tenant(Uuid),
}

/// Whose keys, for tokens of a version.
type Slot = (Whose, Version);

/// Keys that could not be refreshed. What was there stays for its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotRefreshed {
    /// Whose.
    pub whose: Whose,
    /// For tokens of which version.
    pub version: Version,
    /// Why.
    pub problem: KeyProblem,
}

/// Why there is no key for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoKey {
    /// The keys are known and it is none of them.
    Unknown,
    /// No keys are known.
    Unavailable,
}

/// What a token says of its key.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'t> {
    pub(crate) tenant: Uuid,
    pub(crate) version: Version,
    pub(crate) issuer: &'t str,
    pub(crate) kid: &'t str,
}

/// The keys of an authority. Clones share them.
#[derive(Clone)]
pub struct Keys {
    inner: Arc<Inner>,
}

struct Inner {
    authority: Authority,
    fetch: Arc<dyn Fetch>,
    time: Arc<dyn Time>,
    state: Mutex<State>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("authority", &self.inner.authority.base).finish_non_exhaustive()
    }
}

impl Keys {
    /// None yet. Fetches run on the Tokio runtime of whoever asks.
    pub fn new(authority: Authority, fetch: Arc<dyn Fetch>, time: Arc<dyn Time>) -> Self {
        Self { inner: Arc::new(Inner { authority, fetch, time, state: Mutex::default() }) }
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.inner.authority
    }

    /// Fetches the keys of all organisations, and again those of every tenant that was asked for in the last 24 hours. To be
    /// called when the server starts and every hour; how each went stands in the answer.
    pub async fn refresh(&self) -> Vec<NotRefreshed> {
        let now = self.inner.time.now();
        let slots = self.inner.state().due(now);
        let refreshed = futures_util::stream::iter(slots).map(|slot| async move {
            let flight = self.inner.state().flight(slot, || self.take_off(slot));
            flight.await.err().map(|problem| NotRefreshed { whose: slot.0, version: slot.1, problem })
        });
        refreshed.buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await
    }

    /// The keys that a token of a tenant of ours may be signed with: those that are there, or fetched now.
    pub(crate) async fn of_tenant(&self, asked: Asked<'_>) -> Result<Vec<DecodingKey>, NoKey> {
        let slot = (Whose::Tenant(asked.tenant), asked.version);
        let now = self.inner.time.now();
        let named = |ring: &Ring| ring.named(asked.kid, asked.issuer, asked.tenant);
        let next = self.inner.state().next(slot, now, |ring| !named(ring).is_empty(), || self.take_off(slot));
        if let Next::Wait(flight) = next {
            // Whether it went well shows in what is there now.
            let _ = flight.await;
        }
        found(self.inner.state().usable(slot, self.inner.time.now()).map(|ring| named(&ring)))
    }

    /// The keys that a token of anybody else's tenant may be signed with: those that are there.
    pub(crate) fn of_strangers(&self, asked: Asked<'_>) -> Result<Vec<DecodingKey>, NoKey> {
        let slot = (Whose::Organizations, asked.version);
        let ring = self.inner.state().usable(slot, self.inner.time.now());
        found(ring.map(|ring| ring.named(asked.kid, asked.issuer, asked.tenant)))
    }

    /// Starts to fetch. The task is its own: it ends in its time when those who wait for it have gone away.
    fn take_off(&self, slot: Slot) -> Flight {
        let inner = Arc::clone(&self.inner);
        let work = async move {
            // Told even when a fetch panics.
            let landing = Landing { inner: &inner, slot };
            let ring = inner.fetched(slot).await?;
            landing.inner.state().put(slot, ring, inner.time.now());
            Ok(())
        };
        let Ok(runtime) = Handle::try_current() else {
            return std::future::ready(Err(KeyProblem::Unreachable)).boxed().shared();
        };
        runtime.spawn(work).map(|ended| ended.unwrap_or(Err(KeyProblem::Unreachable))).boxed().shared()
    }
}

/// Says that a fetch is over, however it ended.
struct Landing<'i> {
    inner: &'i Inner,
    slot: Slot,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        self.inner.state().landed(self.slot);
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys as the authority tells them now.
    async fn fetched(&self, (whose, version): Slot) -> Result<Ring, KeyProblem> {
        let (tenant, issuer) = match whose {
            Whose::Organizations => (None, self.authority.template(version).to_owned()),
            Whose::Tenant(tenant) => (Some(tenant), self.authority.issuer(version, tenant)),
        };
        let metadata = self.fetch.fetch(&self.authority.metadata(version, tenant)).await?;
        let metadata = json::object(&metadata).ok_or(KeyProblem::Unreadable)?;
        let text = |name: &str| metadata.get(name).and_then(Value::as_str);
        if text("issuer") != Some(issuer.as_str()) {
            return Err(KeyProblem::Issuer);
        }
        let keys = text("jwks_uri").ok_or(KeyProblem::Unreadable)?;
        Ring::read(&self.fetch.fetch(keys).await?)
    }
}

fn found(keys: Option<Vec<DecodingKey>>) -> Result<Vec<DecodingKey>, NoKey> {
    match keys {
        None => Err(NoKey::Unavailable),
        Some(keys) if keys.is_empty() => Err(NoKey::Unknown),
        Some(keys) => Ok(keys),
    }
}
