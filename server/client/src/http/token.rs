//! Where access tokens come from.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::call::bounded;
use super::clock::Now;
use super::{Error, plain_http, safe};

/// How long before its end a token is taken for over, at most: half of its life, where that is less.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);
/// The most bytes of the answer with a token.
const MOST: usize = 1 << 20;

/// Gives access tokens. A client asks before each call: a source keeps what it has while it is good.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A token that is good now.
    ///
    /// # Errors
    /// [`TokenError`] where there is none.
    async fn token(&self) -> Result<SecretString, TokenError>;
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Who gives tokens says no.
    #[error("no token is given: status {status}, `{code}`")]
    Refused {
        /// The status.
        status: u16,
        /// `error` of the answer.
        code: String,
    },
    /// Who gives tokens cannot be reached, or gives an answer that cannot be read.
    #[error("who gives tokens does not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One token, however it was come by.
#[derive(Debug, Clone)]
pub struct FixedToken(pub SecretString);

#[async_trait]
impl TokenSource for FixedToken {
    async fn token(&self) -> Result<SecretString, TokenError> {
        Ok(self.0.clone())
    }
}

/// Client credentials: a back-end proves who it is with a secret. A token is kept until shortly before its end; however many calls need
/// one at a time, it is asked for once.
pub struct ClientCredentials {
    http: reqwest::Client,
    url: reqwest::Url,
    client_id: String,
    secret: SecretString,
    scope: String,
    now: Now,
    kept: Mutex<Option<(SecretString, Timestamp)>>,
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// What is answered. `expires_in` is seconds; some write them as text.
#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    expires_in: Option<serde_json::Value>,
    error: Option<String>,
}

impl ClientCredentials {
    /// Tokens of an address (`…/oauth2/v2.0/token`), for a client with its secret, of a scope (`…/.default`).
    ///
    /// # Errors
    /// [`Error::Address`] where the address is none, or the secret would be sent in the clear.
    pub fn new(
        url: &str,
        client_id: impl Into<String>,
        secret: SecretString,
        scope: impl Into<String>,
    ) -> Result<Self, Error> {
        Ok(Self {
            http: plain_http()?,
            url: safe(url)?,
            client_id: client_id.into(),
            secret,
            scope: scope.into(),
            now: Now::default(),
            kept: Mutex::default(),
        })
    }

    /// The same by another clock.
    #[must_use]
    pub fn with_clock(mut self, now: Now) -> Self {
        self.now = now;
        self
    }

    async fn fetched(&self) -> Result<(SecretString, Timestamp), TokenError> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.secret.expose_secret()),
            ("scope", self.scope.as_str()),
        ];
        let request = self.http.post(self.url.clone()).timeout(Duration::from_secs(30)).form(&form);
        let asked = self.now.read();
        let response = request.send().await.map_err(|error| TokenError::Unavailable(Box::new(error.without_url())))?;
        let status = response.status();
        let bytes = bounded(response, MOST).await.map_err(|error| TokenError::Unavailable(Box::new(error)))?;
        let answer: Answer = match serde_json::from_slice(&bytes) {
            Ok(answer) => answer,
            // Words of a proxy are no answer of who gives tokens.
            Err(error) => return Err(TokenError::Unavailable(Box::new(error))),
        };
        let refused =
            |code: Option<String>| TokenError::Refused { status: status.as_u16(), code: code.unwrap_or_default() };
        let token = match answer.access_token {
            Some(token) if status.is_success() => SecretString::from(token),
            _ => return Err(refused(answer.error)),
        };
        let seconds = answer.expires_in.and_then(|value| value.to_string().trim_matches('"').parse::<u32>().ok());
        let life = SignedDuration::from_secs(i64::from(seconds.unwrap_or_default()));
        let margin = MARGIN.min(life / 2);
        Ok((token, asked.saturating_add(life - margin).unwrap_or(asked)))
    }
}

#[async_trait]
impl TokenSource for ClientCredentials {
    async fn token(&self) -> Result<SecretString, TokenError> {
        let mut kept = self.kept.lock().await;
        if let Some((token, until)) = &*kept
            && self.now.read() < *until
        {
            return Ok(token.clone());
        }
        let (token, until) = self.fetched().await?;
        *kept = Some((token.clone(), until));
        Ok(token)
    }
}
