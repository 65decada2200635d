//! Microsoft Dataverse, Web API v9.2.
//!
//! A pattern's writes are one change set, its joined reads one query with nested `$expand`s, unrelated reads one
//! batch; each file says which of Microsoft's pages it follows. Names come from the environment's own metadata.
//!
//! | file | what |
//! |---|---|
//! | `metadata` | tables, columns, navigation properties, as the environment says |
//! | `literal`, `filter`, `query` | reads as OData |
//! | `fetch` | reads as FetchXML, for joins by value |
//! | `read` | reads over the wire, page by page, long ones in pieces |
//! | `write`, `batch` | writes as requests, requests as a batch |
//! | `answer`, `error` | what comes back |
//! | `auth`, `service` | tokens, calls, the metadata cache |

mod answer;
mod auth;
mod batch;
mod error;
mod fetch;
mod filter;
mod grants;
mod literal;
mod metadata;
mod outcome;
mod query;
mod read;
mod service;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeSet;
use std::sync::{Arc, RwLock};

use async_trait::async_trait;
use engage_engine::access::Grants;
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, Capabilities, GroupError, Page, Query, Request, WriteGroup, Written,
};
use engage_engine::run::{Clock, SystemClock};
use engage_engine::verify::Facts;
use engage_engine::{Catalog, CrmName, FieldType};
use reqwest::Method;

use crate::http::{Assertions, Client, ConfigError, HttpOptions, Secret, Tokens, trusted, unwritten};
use crate::{guard, targets};
use answer::Targets;
use auth::Entra;
use read::{Reader, Reads};
use service::{Ask, ROOT, Service};

pub use metadata::{Column, Metadata, MetadataError, Table};
pub use service::WhoAmI;

/// The name in messages.
const NAME: &str = "Dataverse Web API v9.2";

/// Where an environment is, and who the application is there.
#[derive(Debug, Clone)]
pub struct Config {
    /// The environment: `https://contoso.crm4.dynamics.com`.
    pub url: String,
    /// The token endpoint: `https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token`.
    pub token_url: String,
    /// The application's client id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The scope; `{url}/.default` where nothing is said.
    pub scope: Option<String>,
    /// The employees' own tokens, for acting on their behalf.
    pub assertions: Option<Arc<dyn Assertions>>,
    /// An employee without a token is impersonated by the application. Needs the privilege
    /// `prvActOnBehalfOfAnotherUser`, and employees named by their Entra object ids.
    pub impersonate: bool,
    /// Limits of the HTTP client.
    pub http: HttpOptions,
}

/// One Dataverse environment as an [`Adapter`].
#[derive(Debug)]
pub struct Dataverse {
    crm: CrmName,
    capabilities: Capabilities,
    service: Service,
    targets: Targets,
}

impl Dataverse {
    /// An adapter for the definitions that a catalog has of a CRM. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ConfigError`] for an address that a secret must not go to, or certificates that cannot be read.
    pub fn new(config: Config, catalog: &Catalog, crm: CrmName) -> Result<Self, ConfigError> {
        Self::with_clock(config, catalog, crm, Arc::new(SystemClock::default()))
    }

    /// The same with a clock.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_clock(
        config: Config,
        catalog: &Catalog,
        crm: CrmName,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        let url = trusted("url", &config.url)?;
        let client = Arc::new(Client::new(&config.http)?);
        let scope = config.scope.unwrap_or_else(|| format!("{url}/.default"));
        let entra = |client: &Arc<Client>, token_url| Entra {
            client: client.clone(),
            token_url,
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.clone(),
            scope: scope.clone(),
            assertions: config.assertions.clone(),
        };
        let token_url = trusted("token_url", &config.token_url)?;
        let tokens = Tokens::new(Box::new(entra(&client, token_url.clone())), clock.clone());
        let entities = || catalog.entities(crm.as_str());
        let tables: BTreeSet<String> = entities().map(|entity| entity.crm_type.clone()).collect();
        let service = Service {
            entra: Arc::new(entra(&client, token_url)),
            client,
            url,
            tokens,
            impersonate: config.impersonate,
            clock,
            tables: tables.into_iter().collect(),
            metadata: RwLock::new(None),
            fetching: tokio::sync::Mutex::new(()),
        };
        let targets = entities().map(|entity| (entity.id.clone(), entity.crm_type.clone())).collect();
        debug_assert!(entities().flat_map(|entity| &entity.fields).all(|field| match &field.field_type {
            FieldType::Ref(target) => catalog.entity(crm.as_str(), target.as_str()).is_some(),
            _ => true,
        }));
        Ok(Self { capabilities: targets::dataverse(), crm, service, targets })
    }

    /// Asks the environment who the caller is: whether it can be reached, the token is taken and the user is known.
    ///
    /// # Errors
    /// [`AdapterError`] for whatever of these is not so.
    pub async fn who_am_i(&self, call: &Call) -> Result<WhoAmI, AdapterError> {
        let reply = self.service.ask(call, &Ask::get("WhoAmI")).await?;
        let text = reply.text();
        if reply.status != 200 {
            return Err(error::error(reply.status, &text, reply.retry_after(), None));
        }
        serde_json::from_str(&text).map_err(|_| AdapterError {
            kind: AdapterErrorKind::Unknown,
            details: Some("WhoAmI was not answered".to_owned()),
        })
    }

    /// What the environment says about the tables that the definitions name; fetched when there is none yet or it is
    /// older than ten minutes. [`preview_read`](Adapter::preview_read) and
    /// [`preview_write`](Adapter::preview_write) need it beforehand.
    ///
    /// # Errors
    /// [`AdapterError`] when it cannot be fetched.
    pub async fn metadata(&self, call: &Call) -> Result<Arc<Metadata>, AdapterError> {
        self.service.metadata(call).await
    }

    /// What the environment says about those tables, in full, for
    /// [`verify`](engage_engine::verify::verify).
    ///
    /// # Errors
    /// [`AdapterError`] when it cannot be fetched.
    pub async fn facts(&self, call: &Call) -> Result<Facts, AdapterError> {
        self.service.facts(call).await
    }

    /// What the caller may do, for [`differences`](engage_engine::access::differences).
    ///
    /// # Errors
    /// [`AdapterError`] when it cannot be asked for.
    pub async fn grants(&self, call: &Call) -> Result<Grants, AdapterError> {
        let user = self.who_am_i(call).await?;
        self.service.grants(call, &user.user_id).await
    }

    fn known(&self) -> Result<Arc<Metadata>, AdapterError> {
        let known = self.service.last_metadata();
        known.ok_or_else(|| guard::unsupported("show requests before its metadata was fetched", NAME))
    }
}

#[async_trait]
impl Adapter for Dataverse {
    fn crm(&self) -> &CrmName {
        &self.crm
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        guard::queries(&self.capabilities, queries)?;
        let metadata = self.service.metadata(call).await?;
        let reads = Reads::new(&metadata, queries)?;
        let reader = Reader { service: &self.service, targets: &self.targets, call };
        reader.pages(&metadata, &reads).await
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        guard::group(&self.capabilities, group)?;
        if group.writes.is_empty() {
            return Ok(Vec::new());
        }
        let metadata = self.service.metadata(call).await.map_err(unwritten)?;
        let parts = write::lower(&metadata, &self.targets, group)?;
        let body = Some((batch::CONTENT_TYPE, outcome::batch(group, &parts)));
        let headers = if group.atomic { Vec::new() } else { vec![("prefer", "odata.continue-on-error".to_owned())] };
        let ask = Ask { method: Method::POST, target: "$batch", headers, body };
        let reply = self.service.ask(call, &ask).await?;
        outcome::read(&metadata, group, &parts, &reply)
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        guard::queries(&self.capabilities, queries)?;
        let metadata = self.known()?;
        let reads = Reads::new(&metadata, queries)?;
        let lowered = reads.lower(&metadata)?;
        Ok(match lowered.as_slice() {
            [] => Vec::new(),
            [one] if self.service.takes(&one.target()) => vec![request("GET", &one.target(), String::new())],
            several => vec![request("POST", "$batch", read::batch(several)?.finish())],
        })
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        guard::group(&self.capabilities, group)?;
        let parts = write::lower(&*self.known()?, &self.targets, group)?;
        Ok(vec![request("POST", "$batch", outcome::batch(group, &parts))])
    }
}

fn request(method: &str, target: &str, body: String) -> Request {
    Request { method: method.to_owned(), target: format!("{ROOT}{target}"), body }
}
