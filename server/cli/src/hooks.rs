//! Alerts on their way to whom an organisation has named: a call signed as Standard Webhooks say. Where to, and with what it is signed,
//! are secrets of the organisation, for such addresses often hold what lets callers in.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use engage_runner::webhook::{Secret as Key, signature};
use engage_server::platform::Safe;
use engage_server::work::{Around, Deaf, Herald};
use engage_store::platform::{Actor, Alert, Inventory, Purpose, SecretName, SecretState, Secrets as _};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde_json::json;
use uuid::Uuid;

use crate::failure::Failure;

/// The kind of the secrets, and their names.
const KIND: &str = "alerts.webhook";
const URL: &str = "url";
const KEY: &str = "key";
/// How long who is told may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many secrets of an organisation are looked through.
const MOST: usize = 1000;

/// Tells organisations of their alerts over HTTP.
pub struct Hooks {
    around: Around,
    safe: Safe,
    inventory: Inventory,
    client: Client,
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hooks")
    }
}

impl Hooks {
    /// Those of a platform.
    ///
    /// # Errors
    /// When the machine's certificates cannot be read.
    pub fn new(around: Around, safe: Safe) -> Result<Self, Failure> {
        let client = Client::builder()
            .timeout(PATIENCE)
            // Whoever answers there is told, and nobody whom they name.
            .redirect(Policy::none())
            .user_agent(concat!("engage/", env!("CARGO_PKG_VERSION")))
            .build();
        let client = client.map_err(|error| Failure::outside(format!("no call can be made: {error}")))?;
        Ok(Self { inventory: Inventory::new(around.database.clone()), around, safe, client })
    }

    /// Where an organisation wants to be told, and with what that is signed; nothing where it has named nobody.
    async fn target(&self, organisation: Uuid) -> Result<Option<(Url, Key)>, Deaf> {
        let there = self.inventory.of_kind(organisation, KIND, MOST).await.map_err(deaf)?;
        let has = |name: &str| there.iter().any(|info| info.name.name == name && info.state == SecretState::Current);
        if !has(URL) {
            return Ok(None);
        }
        if !has(KEY) {
            return Err(Deaf(format!("there is `{KIND}/{URL}` and no `{KIND}/{KEY}` to sign with")));
        }
        let url = address(&self.reveal(organisation, URL).await?).map_err(|wrong| Deaf(wrong.to_owned()))?;
        let key = Key::new(&self.reveal(organisation, KEY).await?).map_err(deaf)?;
        Ok(Some((url, key)))
    }

    async fn reveal(&self, organisation: Uuid, name: &str) -> Result<String, Deaf> {
        let name = SecretName { organisation, kind: KIND.to_owned(), name: name.to_owned() };
        let actor = Actor { who: "job alerts".to_owned(), ..Actor::default() };
        let purpose = Purpose { actor, reason: "tell of an alert".to_owned() };
        let vault = self.safe.vault().map_err(deaf)?;
        let now = self.around.time.timestamp();
        let value = vault.reveal(&name, SecretState::Current, &purpose, now).await.map_err(deaf)?;
        value.expose_text().map(str::to_owned).ok_or_else(|| Deaf(format!("`{KIND}` is no text")))
    }
}

#[async_trait]
impl Herald for Hooks {
    async fn tell(&self, alert: &Alert) -> Result<(), Deaf> {
        let Some((url, key)) = self.target(alert.organisation).await? else { return Ok(()) };
        let (id, seconds) = (alert.id.to_string(), self.around.time.timestamp().as_second());
        let body = body(alert).to_string();
        let call = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature(&key, &id, seconds, body.as_bytes()))
            .body(body);
        // The error's own words may show the address.
        let answer = call.send().await.map_err(|error| Deaf(error.without_url().to_string()))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(Deaf(format!("the answer was {status}"))),
        }
    }
}

/// What is told (Standard Webhooks, "Payload structure").
fn body(alert: &Alert) -> serde_json::Value {
    let Alert { organisation, id, environment, kind, opened, details, .. } = alert;
    json!({
        "type": "alert.opened",
        "timestamp": opened.to_string(),
        "data": {
            "id": id, "organisation": organisation, "environment": environment.as_str(), "kind": kind, "details": details,
        },
    })
}

/// An address where alerts may go: with TLS, or on this machine.
fn address(text: &str) -> Result<Url, &'static str> {
    let url: Url = text.parse().map_err(|_| "it is no address")?;
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => Ok(url),
        "http" if here => Ok(url),
        _ => Err("alerts go to an address with `https`"),
    }
}

/// Refuses what could not be used, before it is kept.
///
/// # Errors
/// When the value of a secret of that name cannot be right.
pub fn check(name: &SecretName, value: &str) -> Result<(), Failure> {
    let wrong = match (&*name.kind, &*name.name) {
        (KIND, URL) => address(value).err().map(str::to_owned),
        (KIND, KEY) => Key::new(value).err().map(|error| error.to_string()),
        (KIND, _) => Some(format!("of the kind `{KIND}` there are `{URL}` and `{KEY}`")),
        _ => None,
    };
    wrong.map_or(Ok(()), |wrong| Err(Failure::problem(format!("`{}/{}`: {wrong}", name.kind, name.name))))
}

fn deaf(error: impl std::fmt::Display) -> Deaf {
    Deaf(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_used_is_not_kept() {
        let refused = |name: &str, value: &str| {
            let name = SecretName { organisation: Uuid::nil(), kind: KIND.to_owned(), name: name.to_owned() };
            check(&name, value).is_err_and(|failure| !failure.message.contains(value))
        };
        assert!(!refused(URL, "https://hooks.example.com/T0/B0?key=1") && !refused(URL, "http://127.0.0.1:9/hook"));
        assert!(refused(URL, "http://hooks.example.com/") && refused(URL, "hooks.example.com/in"));
        assert!(!refused(KEY, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") && refused(KEY, "short"));
        assert!(refused("adress", "https://hooks.example.com/"));
    }
}
