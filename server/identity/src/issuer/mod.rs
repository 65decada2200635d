//! A local issuer: it behaves like Microsoft Entra towards those who sign in, ask for tokens and verify them, for work and tests
//! without a tenant.
//!
//! Its keys are made at random when it starts and are kept nowhere, so its tokens are worth nothing to anybody else. It shares no
//! code with the validation: each proves the other. It knows what Entra's pages say of tokens of version 1.0 and 2.0, metadata
//! and key sets, `client_credentials`, and `authorization_code` with PKCE; refusals have the shape of OAuth with Entra's codes.
//! Anybody who reaches it may sign in as anybody it knows: it is for loopback addresses alone.

mod answer;
mod authorize;
mod back;
mod form;
mod grants;
mod metadata;
mod mint;
mod realm;
mod redeem;
mod signing;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engage_playbooks::ports::Time;
use serde_json::{Map, Value};

use self::grants::Grants;
pub use self::realm::{Application, Person, Realm, Resource};
use self::signing::Signing;

/// The longest form that is read, in bytes.
const MAX_FORM: usize = 64 << 10;

/// Fills bytes at random: for codes and ids of tokens. Keys are made by the cryptography itself.
pub type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// The issuer cannot make a key, or cannot sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no randomness for keys and signatures")]
pub struct IssuerError;

/// A local issuer. Clones are the same issuer.
#[derive(Clone)]
pub struct LocalIssuer {
    inner: Arc<Inner>,
    /// Where this one's metadata says that it is reached.
    address: Arc<str>,
}

struct Inner {
    realm: Realm,
    time: Arc<dyn Time>,
    random: Random,
    signing: Mutex<Signing>,
    grants: Mutex<Grants>,
}

impl fmt::Debug for LocalIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalIssuer").field("base", &self.inner.realm.base).finish_non_exhaustive()
    }
}

impl LocalIssuer {
    /// Of a realm, with a key of its own.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn new(realm: Realm, time: Arc<dyn Time>, random: Random) -> Result<Self, IssuerError> {
        let (signing, grants) = (Mutex::new(Signing::new()?), Mutex::default());
        let address = Arc::from(realm.base.as_str());
        Ok(Self { inner: Arc::new(Inner { realm, time, random, signing, grants }), address })
    }

    /// The same issuer where it is reached under another address too, as over TLS, which some clients insist on: its metadata names
    /// endpoints there. Tokens and metadata name the same issuer under either.
    #[must_use]
    pub fn reached_at(&self, address: &str) -> Self {
        Self { inner: Arc::clone(&self.inner), address: Arc::from(address.trim_end_matches('/')) }
    }

    /// Who and what the issuer knows.
    #[must_use]
    pub fn realm(&self) -> &Realm {
        &self.inner.realm
    }

    /// Signs with a new key from now on. The key set tells the old ones still.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn roll_over(&self) -> Result<(), IssuerError> {
        // Made before the lock is taken: it takes long.
        let key = signing::key()?;
        self.signing().add(key);
        Ok(())
    }

    /// Takes all keys but the newest out of the key set.
    pub fn retire(&self) {
        self.signing().retire();
    }

    /// Signs claims with the newest key.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn sign(&self, claims: &Map<String, Value>) -> Result<String, IssuerError> {
        let signing = self.signing();
        signing.sign(&signing.header(), claims)
    }

    /// Signs what is no token that the issuer would issue: with RS256 and the newest key, whatever the header says.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn sign_as(&self, header: &Map<String, Value>, claims: &Map<String, Value>) -> Result<String, IssuerError> {
        self.signing().sign(header, claims)
    }

    /// The header of the next token.
    #[must_use]
    pub fn header(&self) -> Map<String, Value> {
        self.signing().header()
    }

    /// The issuer over HTTP, below its address: metadata, key sets, sign-in, tokens, and
    /// `POST /sandbox/rollover`, which does [`roll_over`](Self::roll_over).
    pub fn router(&self) -> Router {
        Router::new()
            .route("/{tenant}/.well-known/openid-configuration", get(metadata::v1))
            .route("/{tenant}/v2.0/.well-known/openid-configuration", get(metadata::v2))
            .route("/{tenant}/discovery/keys", get(metadata::keys_v1))
            .route("/{tenant}/discovery/v2.0/keys", get(metadata::keys_v2))
            .route("/{tenant}/oauth2/v2.0/authorize", get(authorize::page))
            .route("/{tenant}/oauth2/v2.0/token", post(redeem::token))
            .route("/sandbox/rollover", post(rolled_over))
            .layer(DefaultBodyLimit::max(MAX_FORM))
            .with_state(self.clone())
    }

    fn signing(&self) -> MutexGuard<'_, Signing> {
        self.inner.signing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn grants(&self) -> MutexGuard<'_, Grants> {
        self.inner.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A text that nobody guesses, of so many bytes.
    fn unguessable<const N: usize>(&self) -> String {
        let mut bytes = [0; N];
        (self.inner.random)(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Seconds since 1970.
    fn now(&self) -> i64 {
        self.inner.time.timestamp().as_second()
    }
}

async fn rolled_over(State(issuer): State<LocalIssuer>) -> StatusCode {
    match issuer.roll_over() {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(IssuerError) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
