//! Tokens of Salesforce: the application's own by its secret, anybody's by its key.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use engage_engine::Identity;
use engage_engine::adapter::{AdapterError, AdapterErrorKind};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use crate::http::{Client, ConfigError, Fresh, Secret, TokenSource, form_token, trusted};

/// How long an assertion is good for, in seconds ("OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration").
const ASSERTION_SECONDS: i64 = 180;
/// Whom assertions are for.
const AUDIENCE: &str = "https://login.salesforce.com";
/// The same where organisations are only tried.
const TEST_AUDIENCE: &str = "https://test.salesforce.com";

/// Salesforce's names of the employees, from whoever knows them.
#[async_trait]
pub trait Usernames: Send + Sync + fmt::Debug {
    /// The Salesforce username of an employee of the platform; `None`: the employee has none.
    ///
    /// # Errors
    /// [`AdapterError`] when it cannot be asked.
    async fn username(&self, employee: &str) -> Result<Option<String>, AdapterError>;
}

/// The private key whose certificate the connected app holds.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// The RSA key, PEM.
    pub pem: Secret,
    /// The time of day, since an assertion says until when it is good: `jiff::Timestamp::now`. The adapter reads no
    /// clock of its own.
    pub now: fn() -> Timestamp,
}

/// What signs assertions.
pub(super) struct Signer {
    key: EncodingKey,
    audience: String,
    now: fn() -> Timestamp,
}

impl Signer {
    /// Reads a key.
    pub(super) fn new(key: &SigningKey, audience: String) -> Result<Self, ConfigError> {
        let encoding = EncodingKey::from_rsa_pem(key.pem.expose().as_bytes()).map_err(|_| ConfigError::Key)?;
        let signer = Self { key: encoding, audience, now: key.now };
        // A key that is too short shows only when it is used.
        signer.sign("", "").map_err(|_| ConfigError::Key)?;
        Ok(signer)
    }

    fn sign(&self, client_id: &str, username: &str) -> Result<Secret, AdapterError> {
        let exp = (self.now)().as_second().saturating_add(ASSERTION_SECONDS);
        let claims = Claims { iss: client_id, sub: username, aud: &self.audience, exp };
        let signed = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key);
        signed.map(Secret::new).map_err(|_| refused("the assertion cannot be signed"))
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
}

/// The audience of an organisation, by where it signs in.
pub(super) fn audience(login_url: &str) -> &'static str {
    let host = login_url.trim_start_matches("https://");
    if host == "test.salesforce.com" || host.contains(".sandbox.my.") { TEST_AUDIENCE } else { AUDIENCE }
}

/// Where tokens come from.
pub(super) struct Login {
    pub(super) client: Arc<Client>,
    pub(super) login_url: String,
    pub(super) client_id: String,
    pub(super) client_secret: Option<Secret>,
    pub(super) signer: Option<Signer>,
    pub(super) username: Option<String>,
    pub(super) usernames: Option<Arc<dyn Usernames>>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("login_url", &self.login_url).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenSource for Login {
    async fn fetch(&self, identity: &Identity) -> Result<Fresh, AdapterError> {
        let mut fresh = match (identity, &self.client_secret, &self.username) {
            (Identity::Application, Some(secret), _) => self.client_credentials(secret).await?,
            (Identity::Application, None, Some(username)) => self.bearer(username).await?,
            (Identity::Application, None, None) => return Err(refused("there is no user to act as")),
            (Identity::Employee(employee), ..) => self.bearer(&self.known_as(employee).await?).await?,
        };
        // The answer says where the organisation is; a token goes nowhere else, and not in the clear.
        let base = fresh.token.base.take().unwrap_or_else(|| self.login_url.clone());
        let base = trusted("instance_url", &base).map_err(|error| refused(&error.to_string()))?;
        fresh.token.base = Some(base);
        Ok(fresh)
    }
}

impl Login {
    fn token_url(&self) -> String {
        format!("{}/services/oauth2/token", self.login_url)
    }

    async fn known_as(&self, employee: &str) -> Result<String, AdapterError> {
        let Some(usernames) = &self.usernames else { return Ok(employee.to_owned()) };
        usernames.username(employee).await?.ok_or_else(|| refused("the employee has no user"))
    }

    /// "OAuth 2.0 Client Credentials Flow for Server-to-Server Integration".
    async fn client_credentials(&self, secret: &Secret) -> Result<Fresh, AdapterError> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", self.client_id.as_str()),
            ("client_secret", secret.expose()),
        ];
        form_token(&self.client, &self.token_url(), &form).await
    }

    /// "OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration".
    async fn bearer(&self, username: &str) -> Result<Fresh, AdapterError> {
        let Some(signer) = &self.signer else { return Err(refused("there is no key to act for a user with")) };
        let assertion = signer.sign(&self.client_id, username)?;
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.expose())];
        form_token(&self.client, &self.token_url(), &form).await
    }
}

fn refused(details: &str) -> AdapterError {
    AdapterError { kind: AdapterErrorKind::Unauthenticated, details: Some(details.to_owned()) }
}
