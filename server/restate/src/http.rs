//! Restate over HTTP: its services, its administration, its tables.

use std::time::Duration;

use engage_playbooks::ports::EngineError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Everything but what may stand in a path as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How long Restate may take to take a connection.
const TO_CONNECT: Duration = Duration::from_secs(5);
/// How long it may take to answer: no call waits for a run.
const TO_ANSWER: Duration = Duration::from_secs(25);
/// Where a Restate server listens.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// For calls of services: `http://127.0.0.1:8080`.
    pub ingress: Url,
    /// For registering workers and for looking at what there is: `http://127.0.0.1:9070`.
    pub admin: Url,
}

/// Restate did not do as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("{0} cannot be made an address")]
    Address(&'static str),
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("it cannot be reached")]
    Http(#[from] reqwest::Error),
    #[error("no worker of this process is registered yet")]
    NotIntroduced,
}

impl From<Refused> for EngineError {
    fn from(refused: Refused) -> Self {
        Self::Unavailable(Box::new(refused))
    }
}

/// A Restate server.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    client: Client,
    addresses: Addresses,
}

impl Server {
    pub(crate) fn new(addresses: Addresses) -> Result<Self, Refused> {
        let client = Client::builder().connect_timeout(TO_CONNECT).timeout(TO_ANSWER).build()?;
        Ok(Self { client, addresses })
    }

    /// Calls a handler. Calls with the same key `once` are one.
    pub(crate) async fn call<T: Serialize + Sync>(
        &self,
        path: &[&str],
        once: Option<&str>,
        body: Option<&T>,
    ) -> Result<Response, Refused> {
        let mut request = self.client.request(Method::POST, address(&self.addresses.ingress, path)?);
        if let Some(key) = once {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        accepted(request).await
    }

    /// What a handler answers that takes nothing.
    pub(crate) async fn asked<R: DeserializeOwned>(&self, path: &[&str]) -> Result<R, Refused> {
        Ok(self.call::<()>(path, None, None).await?.json().await?)
    }

    /// Whether it takes calls in.
    pub(crate) async fn health(&self) -> Result<(), Refused> {
        accepted(self.client.get(address(&self.addresses.ingress, &["restate", "health"])?)).await?;
        Ok(())
    }

    /// Tells where a worker listens.
    pub(crate) async fn deploy(&self, worker: &Url) -> Result<(), Refused> {
        let body = json!({"uri": worker.as_str(), "force": true});
        accepted(self.client.post(address(&self.addresses.admin, &["deployments"])?).json(&body)).await?;
        Ok(())
    }

    /// Rows of its tables.
    pub(crate) async fn rows(&self, query: &str) -> Result<Vec<Value>, Refused> {
        let request = self.client.post(address(&self.addresses.admin, &["query"])?);
        let request = request.header("accept", "application/json").json(&json!({"query": query}));
        let mut answer: Value = accepted(request).await?.json().await?;
        Ok(answer.get_mut("rows").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default())
    }
}

fn address(base: &Url, path: &[&str]) -> Result<Url, Refused> {
    let mut text = base.as_str().trim_end_matches('/').to_owned();
    for segment in path {
        text.push('/');
        text.extend(utf8_percent_encode(segment, SEGMENT));
    }
    Url::parse(&text).map_err(|_| Refused::Address("a key"))
}

async fn accepted(request: RequestBuilder) -> Result<Response, Refused> {
    let response = request.send().await?;
    if response.status().is_success() { Ok(response) } else { Err(Refused::Status(response.status())) }
}
