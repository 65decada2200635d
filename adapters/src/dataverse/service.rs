//! Calls to one environment: tokens, headers, metadata.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use engage_engine::Identity;
use engage_engine::adapter::{AdapterError, AdapterErrorKind, Call};
use engage_engine::run::Clock;
use engage_engine::verify::Facts;
use reqwest::Method;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Entra;
use super::batch::{self, Answer, Batch};
use super::error::error;
use super::literal::is_guid;
use super::metadata::{self, Metadata};
use super::write::{Part, Role};
use crate::http::{Client, Reply, Token, Tokens};

/// The path of the Web API.
pub(super) const ROOT: &str = "/api/data/v9.2/";
/// The longest address of a request of its own, in bytes; inside a batch twice that ("Use OData to query data").
pub(super) const MAX_ADDRESS: usize = 32_768;
/// The most requests in a batch ("Execute batch operations using the Web API").
pub(super) const MAX_REQUESTS: usize = 1000;
/// How long metadata is believed.
const METADATA_TTL: Duration = Duration::from_secs(600);
/// Answers name what a polymorphic lookup refers to.
pub(super) const ANNOTATIONS: &str = "odata.include-annotations=\"Microsoft.Dynamics.CRM.lookuplogicalname\"";

/// One environment.
pub(super) struct Service {
    pub(super) client: Arc<Client>,
    pub(super) url: String,
    pub(super) tokens: Tokens,
    pub(super) entra: Arc<Entra>,
    pub(super) impersonate: bool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tables: Vec<String>,
    pub(super) metadata: RwLock<Option<(Duration, Arc<Metadata>)>>,
    /// One at a time fetches metadata; who comes meanwhile waits for it.
    pub(super) fetching: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A request below the service root.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    /// Path and query, or a whole address of this service.
    pub(super) target: &'a str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<(&'static str, String)>,
}

impl<'a> Ask<'a> {
    pub(super) fn get(target: &'a str) -> Self {
        Self { method: Method::GET, target, headers: Vec::new(), body: None }
    }
}

/// Who Dataverse takes the caller for ("WhoAmI Function").
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WhoAmI {
    /// The user.
    #[serde(rename = "UserId")]
    pub user_id: String,
    /// The user's business unit.
    #[serde(rename = "BusinessUnitId")]
    pub business_unit_id: String,
    /// The organisation.
    #[serde(rename = "OrganizationId")]
    pub organization_id: String,
}

impl Service {
    /// Sends a request under an identity; a refused token is renewed once.
    pub(super) async fn ask(&self, call: &Call, ask: &Ask<'_>) -> Result<Reply, AdapterError> {
        let (identity, impersonated) = self.identity(&call.identity).await?;
        let token = self.tokens.get(&identity).await?;
        let reply = self.send(call, ask, &token, impersonated).await?;
        if reply.status != 401 {
            return Ok(reply);
        }
        self.tokens.refused(&identity, &token).await;
        let token = self.tokens.get(&identity).await?;
        self.send(call, ask, &token, impersonated).await
    }

    /// Whose token is used, and whom it speaks for. An employee without a token to act on behalf of is impersonated
    /// by the application where that is set up ("Impersonate another user using the Web API").
    async fn identity<'c>(&self, identity: &'c Identity) -> Result<(Identity, Option<&'c str>), AdapterError> {
        match identity {
            Identity::Employee(employee) if self.impersonate && self.entra.assertion(employee).await?.is_none() => {
                if is_guid(employee) {
                    return Ok((Identity::Application, Some(employee)));
                }
                let details = Some("the employee is not named by an Entra object id".to_owned());
                Err(AdapterError { kind: AdapterErrorKind::Unauthenticated, details })
            }
            other => Ok((other.clone(), None)),
        }
    }

    async fn send(
        &self,
        call: &Call,
        ask: &Ask<'_>,
        token: &Token,
        impersonated: Option<&str>,
    ) -> Result<Reply, AdapterError> {
        let url = if ask.target.starts_with("https://") || ask.target.starts_with("http://") {
            // A next link: a token goes to this service and to nobody else.
            let own = ask.target.strip_prefix(&self.url).is_some_and(|rest| rest.starts_with(ROOT));
            if !own {
                return Err(unknown("a next link leads to another service"));
            }
            ask.target.to_owned()
        } else {
            format!("{}{ROOT}{}", self.url, ask.target)
        };
        let mut request = self.client.request(ask.method.clone(), &url);
        request = request.bearer_auth(token.secret.expose());
        request = request.header("accept", "application/json");
        request = request.header("odata-version", "4.0").header("odata-maxversion", "4.0");
        // Answers from a cache would show what was there before a write.
        request = request.header("if-none-match", "null");
        if let Some(employee) = impersonated {
            request = request.header("callerobjectid", employee);
        }
        if let Ok(run) = Uuid::parse_str(&call.run) {
            request = request.header("x-ms-client-request-id", run.to_string());
        }
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        if let Some((kind, body)) = &ask.body {
            request = request.header("content-type", *kind).body(body.clone());
        }
        self.client.send(request, call.timeout).await
    }

    /// Whether a target can be asked for by itself; a longer one has to travel in a batch.
    pub(super) fn takes(&self, target: &str) -> bool {
        self.url.len() + ROOT.len() + target.len() <= MAX_ADDRESS
    }

    /// Sends a batch of reads, each answered for itself; the answers in order, and how long to wait where one says so.
    pub(super) async fn batch(
        &self,
        call: &Call,
        batch: Batch,
        count: usize,
    ) -> Result<(Vec<Answer>, Option<Duration>), AdapterError> {
        let body = Some((batch::CONTENT_TYPE, batch.finish()));
        let headers = vec![("prefer", "odata.continue-on-error".to_owned())];
        let ask = Ask { method: Method::POST, target: "$batch", headers, body };
        let reply = self.ask(call, &ask).await?;
        let answers = answers(&reply)?;
        if answers.len() != count {
            return Err(unknown("the batch was not answered whole"));
        }
        Ok((answers, reply.retry_after()))
    }

    /// Asks all there is to ask, in as few batches as hold it; the answers in order, and how long to wait where one says so.
    pub(super) async fn all(
        &self,
        call: &Call,
        targets: &[String],
    ) -> Result<(Vec<Answer>, Option<Duration>), AdapterError> {
        let (mut answers, mut wait) = (Vec::with_capacity(targets.len()), None);
        for targets in targets.chunks(MAX_REQUESTS) {
            let mut batch = Batch::default();
            targets.iter().for_each(|target| batch.single(ROOT, &get(target, ANNOTATIONS)));
            let (more, after) = self.batch(call, batch, targets.len()).await?;
            answers.extend(more);
            wait = wait.or(after);
        }
        Ok((answers, wait))
    }

    /// Asks several things about each table. A table that is not there, or that the caller may not see, is left out.
    async fn about_tables(
        &self,
        call: &Call,
        questions: impl Fn(&str) -> Vec<String>,
    ) -> Result<Vec<(&str, Vec<String>)>, AdapterError> {
        let asked: Vec<Vec<String>> = self.tables.iter().map(|table| questions(table)).collect();
        let (answers, after) = self.all(call, &asked.concat()).await?;
        let mut answers = answers.into_iter();
        let mut found = Vec::with_capacity(asked.len());
        for (table, asked) in self.tables.iter().zip(asked) {
            let own: Vec<Answer> = answers.by_ref().take(asked.len()).collect();
            match own.iter().find(|answer| answer.status >= 400) {
                Some(missing) if missing.status == 404 => {}
                Some(failed) => return Err(error(failed.status, &failed.body, failed.retry_after().or(after), None)),
                None => found.push((table.as_str(), own.into_iter().map(|answer| answer.body).collect())),
            }
        }
        Ok(found)
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
        let mut tables = Vec::with_capacity(self.tables.len());
        for (name, answers) in self.about_tables(call, |table| vec![metadata::target(table)]).await? {
            let definition = answers.first().map(String::as_str).unwrap_or_default();
            tables.push(metadata::table(name, definition.as_bytes()).map_err(|error| unknown(&error.to_string()))?);
        }
        let metadata = Arc::new(Metadata::new(tables));
        let kept = Some((self.clock.now(), metadata.clone()));
        *self.metadata.write().unwrap_or_else(PoisonError::into_inner) = kept;
        Ok(metadata)
    }

    /// What the environment says about the tables, in full; in one request, and not kept.
    pub(super) async fn facts(&self, call: &Call) -> Result<Facts, AdapterError> {
        let questions = |table: &str| [vec![metadata::target(table)], metadata::targets(table)].concat();
        let mut facts = Facts::default();
        for (name, answers) in self.about_tables(call, questions).await? {
            let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
            let Some((definition, details)) = answers.split_first() else { continue };
            let table = metadata::table(name, definition.as_bytes()).map_err(|error| unknown(&error.to_string()))?;
            facts.tables.insert(name.to_owned(), metadata::facts(&table, details));
        }
        Ok(facts)
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

/// A read inside a batch.
pub(super) fn get(target: &str, prefer: &str) -> Part {
    let headers = vec![("Prefer", prefer.to_owned())];
    Part { write: 0, role: Role::Find, method: "GET", target: target.to_owned(), headers, body: None }
}

/// The answers in the answer to a batch. A batch that fails as a whole may still hold the one that failed.
pub(super) fn answers(reply: &Reply) -> Result<Vec<Answer>, AdapterError> {
    let text = reply.text();
    let parts = reply.header("content-type").and_then(|kind| batch::answers(kind, &text));
    match parts {
        Some(answers) if !answers.is_empty() => Ok(answers),
        _ if reply.status >= 400 => Err(error(reply.status, &text, reply.retry_after(), None)),
        _ => Err(unknown("the batch was not answered as one")),
    }
}

pub(super) fn unknown(details: &str) -> AdapterError {
    AdapterError { kind: AdapterErrorKind::Unknown, details: Some(details.to_owned()) }
}
