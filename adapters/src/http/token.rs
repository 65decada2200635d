//! Tokens: fetched once for all who wait, kept until shortly before they end, never printed.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::Identity;
use engage_engine::adapter::{AdapterError, AdapterErrorKind};
use engage_engine::run::Clock;
use serde::Deserialize;
use serde_json::error::Category;

use super::{Client, Reply, Secret};

/// The most identities whose tokens are kept.
const MOST_KEPT: usize = 10_000;
/// The longest time before its end that a token is renewed.
const EARLY: Duration = Duration::from_secs(300);

/// The tokens that employees have signed in with, from whoever holds them: what acting on their behalf starts from.
#[async_trait]
pub trait Assertions: Send + Sync + fmt::Debug {
    /// The token that an employee's own call carried, whose audience is this application; `None` when there is none
    /// (any more), as in a run that goes on without the employee.
    ///
    /// # Errors
    /// [`AdapterError`] when the holder cannot be asked.
    async fn assertion(&self, employee: &str) -> Result<Option<Secret>, AdapterError>;

    /// The token of an employee is not exchanged for one of the CRM; `why` is a word of the protocol (RFC 6749 §5.2), for whoever holds
    /// the token and writes such things down. Nothing follows where nobody does.
    async fn refused(&self, employee: &str, why: &'static str) {
        let _ = (employee, why);
    }
}

/// A token in use.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) secret: Secret,
    /// Where calls go, when the answer that brought the token says so.
    #[cfg_attr(not(feature = "salesforce"), expect(dead_code, reason = "Entra's answers name no address"))]
    pub(crate) base: Option<String>,
}

/// A token as it was given out.
#[derive(Debug, Clone)]
pub(crate) struct Fresh {
    pub(crate) token: Token,
    /// `None`: until it is refused.
    pub(crate) lifetime: Option<Duration>,
}

/// Gives out tokens.
#[async_trait]
pub(crate) trait TokenSource: Send + Sync + fmt::Debug {
    async fn fetch(&self, identity: &Identity) -> Result<Fresh, AdapterError>;
}

#[derive(Debug, Clone)]
struct Kept {
    token: Token,
    renew_at: Option<Duration>,
}

type Slot = Arc<tokio::sync::Mutex<Option<Kept>>>;

/// The tokens of one environment.
pub(crate) struct Tokens {
    source: Box<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    slots: Mutex<HashMap<Identity, Slot>>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Tokens {
    pub(crate) fn new(source: Box<dyn TokenSource>, clock: Arc<dyn Clock>) -> Self {
        Self { source, clock, slots: Mutex::new(HashMap::new()) }
    }

    /// A token for an identity. Who comes while it is fetched waits for the same one.
    pub(crate) async fn get(&self, identity: &Identity) -> Result<Token, AdapterError> {
        let slot = self.slot(identity);
        let mut kept = slot.lock().await;
        if let Some(kept) = kept.as_ref()
            && kept.renew_at.is_none_or(|at| self.clock.now() < at)
        {
            return Ok(kept.token.clone());
        }
        let Fresh { token, lifetime } = self.source.fetch(identity).await?;
        let renew_at = lifetime.map(|lifetime| {
            let early = EARLY.min(lifetime / 10);
            self.clock.now().saturating_add(lifetime.saturating_sub(early))
        });
        *kept = Some(Kept { token: token.clone(), renew_at });
        Ok(token)
    }

    /// Forgets a token that was refused, unless somebody has renewed it already.
    pub(crate) async fn refused(&self, identity: &Identity, refused: &Token) {
        let slot = self.slot(identity);
        let mut kept = slot.lock().await;
        if kept.as_ref().is_some_and(|kept| kept.token.secret.expose() == refused.secret.expose()) {
            *kept = None;
        }
    }

    fn slot(&self, identity: &Identity) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST_KEPT && !slots.contains_key(identity) {
            // Those that nobody is using; their tokens are fetched again when somebody does.
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        slots.entry(identity.clone()).or_default().clone()
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<Lifetime>,
    instance_url: Option<String>,
}

/// Seconds; some issuers send a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lifetime {
    Number(u64),
    Text(String),
}

#[derive(Deserialize)]
struct Refused {
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Asks a token endpoint (RFC 6749 §4 and §5).
///
/// # Errors
/// `Unauthenticated` with the endpoint's words when it refuses, else as [`Client::send`]; a token request has no
/// effects, so no answer, and one that cannot be read, is `Unavailable`.
pub(crate) async fn form_token(client: &Client, url: &str, form: &[(&str, &str)]) -> Result<Fresh, AdapterError> {
    let request = client.request(reqwest::Method::POST, url).header("accept", "application/json").form(form);
    let reply = client
        .send(request, None)
        .await
        .map_err(|error| AdapterError { kind: AdapterErrorKind::Unavailable, details: error.details })?;
    if reply.status != 200 {
        return Err(refusal(&reply));
    }
    let granted = granted(&reply.body)?;
    let seconds = granted.expires_in.and_then(|lifetime| match lifetime {
        Lifetime::Number(seconds) => Some(seconds),
        Lifetime::Text(text) => text.trim().parse().ok(),
    });
    let token = Token { secret: Secret::new(granted.access_token), base: granted.instance_url };
    Ok(Fresh { token, lifetime: seconds.map(Duration::from_secs) })
}

fn granted(body: &[u8]) -> Result<Granted, AdapterError> {
    serde_json::from_slice(body).map_err(|error| AdapterError {
        // Of what was cut off on its way, or comes from something in between, nothing follows for whoever asked: an employee is
        // not sent to sign in again for it. What is whole, and no token, is a refusal.
        kind: match error.classify() {
            Category::Data => AdapterErrorKind::Unauthenticated,
            Category::Io | Category::Syntax | Category::Eof => AdapterErrorKind::Unavailable,
        },
        details: Some("the token endpoint did not answer with a token".to_owned()),
    })
}

/// Who refuses says so in words of its own (RFC 6749 §5.2), or with 401. Anything else comes from what stands before it (a limit, a
/// proxy) and says nothing of whoever asked.
fn refusal(reply: &Reply) -> AdapterError {
    let words = serde_json::from_slice::<Refused>(&reply.body).ok();
    let kind = match (reply.status, &words) {
        (429, _) => AdapterErrorKind::Throttled { after: reply.retry_after() },
        (500.., _) => AdapterErrorKind::Unavailable,
        (_, Some(words)) if words.error == "temporarily_unavailable" => AdapterErrorKind::Unavailable,
        (401, _) | (_, Some(_)) => AdapterErrorKind::Unauthenticated,
        (_, None) => AdapterErrorKind::Unavailable,
    };
    let details = words.map(|refused| format!("{}: {}", refused.error, refused.error_description));
    AdapterError { kind, details }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_was_cut_off_says_nothing_of_who_asked() {
        let kind = |body: &[u8]| granted(body).err().map(|error| error.kind);
        let whole = br#"{"access_token":"t","expires_in":"3600","instance_url":"https://a.example"}"#;
        assert_eq!(kind(whole), None);
        for cut in 0..whole.len() {
            assert_eq!(kind(&whole[..cut]), Some(AdapterErrorKind::Unavailable), "{cut}");
        }
        assert_eq!(kind(b"<html>Sign in to this network</html>"), Some(AdapterErrorKind::Unavailable));
        assert_eq!(kind(br#"{"error":"no"}"#), Some(AdapterErrorKind::Unauthenticated));
    }

    #[test]
    fn who_refuses_says_so_and_what_stands_before_it_is_an_outage() {
        let kind = |status: u16, body: &str| {
            refusal(&Reply { status, headers: reqwest::header::HeaderMap::new(), body: body.as_bytes().to_vec() }).kind
        };
        assert_eq!(kind(400, r#"{"error":"invalid_grant"}"#), AdapterErrorKind::Unauthenticated);
        assert_eq!(kind(401, ""), AdapterErrorKind::Unauthenticated);
        assert_eq!(kind(429, ""), AdapterErrorKind::Throttled { after: None });
        let limit = r#"[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"ConcurrentRequests Limit exceeded."}]"#;
        for (status, body) in
            [(403, limit), (400, r#"{"err"#), (503, ""), (400, r#"{"error":"temporarily_unavailable"}"#)]
        {
            assert_eq!(kind(status, body), AdapterErrorKind::Unavailable, "{status} {body}");
        }
    }
}
