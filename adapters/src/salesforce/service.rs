//! Calls to one organisation: tokens, versions, metadata, usage.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use engage_engine::Identity;
use engage_engine::adapter::{AdapterError, Call};
use engage_engine::ids::SemanticId;
use engage_engine::run::Clock;
use engage_engine::verify::Facts;
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::error::{error, limit, unread};
use super::metadata::{self, Metadata};
use super::outcome::{Answer, Composite};
use crate::http::{Client, Reply, Token, Tokens};

/// How long metadata is believed.
const METADATA_TTL: Duration = Duration::from_secs(600);
/// The most requests in a composite ("Send Multiple Requests Using Composite").
const MAX_SUBREQUESTS: usize = 25;

/// One organisation.
pub(super) struct Service {
    pub(super) client: Arc<Client>,
    pub(super) tokens: Tokens,
    /// The path of the version: `/services/data/v66.0/`.
    pub(super) root: String,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) objects: Vec<String>,
    pub(super) entities: std::collections::HashMap<SemanticId, String>,
    pub(super) metadata: RwLock<Option<(Duration, Arc<Metadata>)>>,
    /// One at a time fetches metadata; who comes meanwhile waits for it.
    pub(super) fetching: tokio::sync::Mutex<()>,
    pub(super) usage: RwLock<Option<Usage>>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("root", &self.root).finish_non_exhaustive()
    }
}

/// How much of the organisation's daily calls is used (`Sforce-Limit-Info`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Calls of the last 24 hours.
    pub used: u64,
    /// The most calls in 24 hours.
    pub most: u64,
}

/// Who Salesforce takes the caller for ("User Info Endpoint").
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UserInfo {
    /// The user.
    pub user_id: String,
    /// The organisation.
    pub organization_id: String,
    /// The user's name to sign in with.
    #[serde(default)]
    pub preferred_username: String,
}

/// A figure of the organisation's limits ("Limits").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Limit {
    /// The most there is.
    #[serde(rename = "Max")]
    pub most: i64,
    /// What is left of it.
    #[serde(rename = "Remaining")]
    pub remaining: i64,
}

impl Service {
    /// Sends a request under an identity; a refused token is renewed once. `target` is a path of the organisation.
    pub(super) async fn ask(
        &self,
        call: &Call,
        method: &Method,
        target: &str,
        body: Option<&Json>,
    ) -> Result<Reply, AdapterError> {
        let token = self.tokens.get(&call.identity).await?;
        let reply = self.send(call, method, target, body, &token).await?;
        if reply.status != 401 {
            return Ok(reply);
        }
        self.tokens.refused(&call.identity, &token).await;
        let token = self.tokens.get(&call.identity).await?;
        self.send(call, method, target, body, &token).await
    }

    async fn send(
        &self,
        call: &Call,
        method: &Method,
        target: &str,
        body: Option<&Json>,
        token: &Token,
    ) -> Result<Reply, AdapterError> {
        // `instance_url` of the token's answer; see `auth`.
        let base = token.base.as_deref().unwrap_or_default();
        let mut request = self.client.request(method.clone(), &format!("{base}{target}"));
        request = request.bearer_auth(token.secret.expose()).header("accept", "application/json");
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let reply = self.client.send(request, call.timeout).await?;
        if limit(reply.status, &reply.body) {
            self.client.pushed_back();
        }
        if let Some(usage) = reply.header("sforce-limit-info").and_then(usage) {
            *self.usage.write().unwrap_or_else(PoisonError::into_inner) = Some(usage);
        }
        Ok(reply)
    }

    /// Reads a resource.
    pub(super) async fn get<T: DeserializeOwned>(&self, call: &Call, target: &str) -> Result<T, AdapterError> {
        let reply = self.ask(call, &Method::GET, target, None).await?;
        answered(&reply)?;
        serde_json::from_slice(&reply.body).map_err(|_| unread("the answer cannot be read"))
    }

    /// Sends reads as one composite; answers in order, whatever they say.
    pub(super) async fn composite(&self, call: &Call, targets: &[String]) -> Result<Vec<Answer>, AdapterError> {
        let (target, body) = composite(&self.root, targets);
        let reply = self.ask(call, &Method::POST, &target, Some(&body)).await?;
        answered(&reply)?;
        let unread = || unread("the composite was not answered whole");
        let composite: Composite = serde_json::from_slice(&reply.body).map_err(|_| unread())?;
        if composite.answers.len() != targets.len() {
            return Err(unread());
        }
        Ok(composite.answers)
    }

    /// The metadata, fetched when there is none or it is too old.
    pub(super) async fn metadata(&self, call: &Call) -> Result<Arc<Metadata>, AdapterError> {
        if let Some(metadata) = self.fresh() {
            return Ok(metadata);
        }
        let _fetching = self.fetching.lock().await;
        if let Some(metadata) = self.fresh() {
            return Ok(metadata);
        }
        // A describe shows what its reader may see; what all share is what the application may.
        let call = &Call { identity: Identity::Application, ..call.clone() };
        let mut objects = Vec::with_capacity(self.objects.len());
        for (name, describe) in self.describes(call).await? {
            objects.push(metadata::object(name, &describe).map_err(|error| unread(&error.to_string()))?);
        }
        let metadata = Arc::new(Metadata::of_entities(objects, self.entities.clone()));
        let kept = Some((self.clock.now(), metadata.clone()));
        *self.metadata.write().unwrap_or_else(PoisonError::into_inner) = kept;
        Ok(metadata)
    }

    /// What the organisation says about the objects, in full; not kept.
    pub(super) async fn facts(&self, call: &Call) -> Result<Facts, AdapterError> {
        let mut facts = Facts::default();
        for (name, describe) in self.describes(call).await? {
            let table = metadata::facts(name, &describe).map_err(|error| unread(&error.to_string()))?;
            facts.tables.insert(name.to_owned(), table);
        }
        Ok(facts)
    }

    /// The describes of the objects that the definitions name. Who has not got one may still work with the others.
    pub(super) async fn describes(&self, call: &Call) -> Result<Vec<(&str, Json)>, AdapterError> {
        let mut describes = Vec::with_capacity(self.objects.len());
        for names in self.objects.chunks(MAX_SUBREQUESTS) {
            let targets: Vec<String> =
                names.iter().map(|name| format!("{}{}", self.root, metadata::target(name))).collect();
            for (name, answer) in names.iter().zip(self.composite(call, &targets).await?) {
                match answer.status {
                    200 => describes.push((name.as_str(), answer.body)),
                    404 => {}
                    status => return Err(error(status, &answer.body, None, None)),
                }
            }
        }
        Ok(describes)
    }

    fn fresh(&self) -> Option<Arc<Metadata>> {
        let kept = self.metadata.read().unwrap_or_else(PoisonError::into_inner);
        let (at, metadata) = kept.as_ref()?;
        (self.clock.now().saturating_sub(*at) < METADATA_TTL).then(|| metadata.clone())
    }

    /// The metadata as it was last seen, however long ago.
    pub(super) fn last_metadata(&self) -> Option<Arc<Metadata>> {
        let kept = self.metadata.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map(|(_, metadata)| metadata.clone())
    }
}

/// Reads as one composite.
pub(super) fn composite(root: &str, targets: &[String]) -> (String, Json) {
    let one =
        |(position, url): (usize, &String)| json!({"method": "GET", "url": url, "referenceId": format!("q{position}")});
    let requests: Vec<Json> = targets.iter().enumerate().map(one).collect();
    (format!("{root}composite"), json!({"allOrNone": false, "compositeRequest": requests}))
}

/// The error of an answer that is one.
fn answered(reply: &Reply) -> Result<(), AdapterError> {
    if reply.status == 200 {
        return Ok(());
    }
    let body = serde_json::from_slice(&reply.body).unwrap_or_default();
    Err(error(reply.status, &body, reply.retry_after(), None))
}

/// `api-usage=54/15000`, perhaps with other figures behind it.
fn usage(header: &str) -> Option<Usage> {
    let figures = header.split([';', ',']).find_map(|part| part.trim().strip_prefix("api-usage="))?;
    let (used, most) = figures.split_once('/')?;
    Some(Usage { used: used.parse().ok()?, most: most.trim().parse().ok()? })
}
