//! Salesforce, REST API.
//!
//! A pattern's writes are one composite graph, its joined reads one SOQL statement, unrelated reads one composite;
//! each file says which of the vendor's pages it follows. Names come from the organisation's own describes.
//!
//! | file | what |
//! |---|---|
//! | `metadata` | objects, columns, relationships, as the organisation says |
//! | `id`, `literal`, `filter` | values and conditions as SOQL |
//! | `query`, `statement` | how a query is read, and its statement |
//! | `read`, `early`, `answer` | reads over the wire, what travels along with them, and what comes back |
//! | `before`, `write`, `outcome` | writes as nodes, and what comes back |
//! | `error` | what errors mean |
//! | `auth`, `service` | tokens, calls, the metadata cache |

mod answer;
mod auth;
mod before;
mod early;
mod error;
mod filter;
mod grants;
mod id;
mod literal;
mod metadata;
mod outcome;
mod query;
mod read;
mod service;
mod statement;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use engage_engine::access::Grants;
use engage_engine::adapter::{
    Adapter, AdapterError, Call, Capabilities, GroupError, Page, Query, Request, WriteGroup, Written,
};
use engage_engine::run::{Clock, SystemClock};
use engage_engine::verify::Facts;
use engage_engine::{Catalog, CrmName};
use reqwest::Method;

use crate::http::{Client, ConfigError, HttpOptions, Secret, Tokens, trusted, unwritten};
use crate::{guard, targets};
use auth::{Login, Signer};
use before::Before;
use read::Reader;
use service::Service;
use write::Lowered;

pub use auth::{SigningKey, Usernames};
pub use metadata::{Column, Metadata, MetadataError, Object};
pub use service::{Limit, Usage, UserInfo};

/// The name in messages.
const NAME: &str = "Salesforce REST API";
/// The version spoken where none is configured.
const VERSION: &str = "v66.0";

/// Where an organisation is, and who the application is there.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the organisation signs in: `https://contoso.my.salesforce.com`.
    pub login_url: String,
    /// The connected app's consumer key.
    pub client_id: String,
    /// Its secret: the application is the integration user that the app is set up with.
    pub client_secret: Option<Secret>,
    /// Its private key: with it the application acts for any user whom the app may act for, employees among them.
    pub signing_key: Option<SigningKey>,
    /// Whom the application acts as where it has a key and no secret.
    pub username: Option<String>,
    /// Whom assertions are for; where nothing is said, Salesforce itself, or its sandboxes by the `login_url`.
    pub audience: Option<String>,
    /// Salesforce's names of employees; without, employees are named by their usernames.
    pub usernames: Option<Arc<dyn Usernames>>,
    /// The version of the API: `v66.0`, and not before `v58.0`.
    pub api_version: Option<String>,
    /// Limits of the HTTP client.
    pub http: HttpOptions,
}

/// One Salesforce organisation as an [`Adapter`].
#[derive(Debug)]
pub struct Salesforce {
    crm: CrmName,
    capabilities: Capabilities,
    service: Service,
}

impl Salesforce {
    /// An adapter for the definitions that a catalog has of a CRM. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ConfigError`] for an address that a secret must not go to, keys or certificates that cannot be read, or
    /// nothing to sign in with.
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
        let client = Arc::new(Client::new(&config.http)?);
        let version = version(config.api_version.as_deref())?;
        let login = login(config, client.clone())?;
        let entities = || catalog.entities(crm.as_str());
        let objects: BTreeSet<String> = entities().map(|entity| entity.crm_type.clone()).collect();
        let service = Service {
            client,
            tokens: Tokens::new(Box::new(login), clock.clone()),
            root: format!("/services/data/{version}/"),
            clock,
            objects: objects.into_iter().collect(),
            entities: entities().map(|entity| (entity.id.clone(), entity.crm_type.clone())).collect(),
            metadata: RwLock::new(None),
            fetching: tokio::sync::Mutex::new(()),
            usage: RwLock::new(None),
        };
        Ok(Self { capabilities: targets::salesforce(), crm, service })
    }

    /// Asks the organisation who the caller is: whether it can be reached, the token is taken and the user is known.
    ///
    /// # Errors
    /// [`AdapterError`] for whatever of these is not so.
    pub async fn user_info(&self, call: &Call) -> Result<UserInfo, AdapterError> {
        self.service.get(call, "/services/oauth2/userinfo").await
    }

    /// The organisation's daily calls: how many there are, and how many are left.
    ///
    /// # Errors
    /// [`AdapterError`] when they cannot be asked for.
    pub async fn limits(&self, call: &Call) -> Result<Limit, AdapterError> {
        #[derive(serde::Deserialize)]
        struct Limits {
            #[serde(rename = "DailyApiRequests")]
            daily: Limit,
        }
        let limits: Limits = self.service.get(call, &format!("{}limits", self.service.root)).await?;
        Ok(limits.daily)
    }

    /// How many of the daily calls were used when the last answer came; `None` before one said so.
    pub fn usage(&self) -> Option<Usage> {
        *self.service.usage.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the organisation says about the objects that the definitions name; fetched when there is none yet or it
    /// is older than ten minutes. [`preview_read`](Adapter::preview_read) and
    /// [`preview_write`](Adapter::preview_write) need it beforehand.
    ///
    /// # Errors
    /// [`AdapterError`] when it cannot be fetched.
    pub async fn metadata(&self, call: &Call) -> Result<Arc<Metadata>, AdapterError> {
        self.service.metadata(call).await
    }

    /// What the organisation says about those objects, in full, for [`verify`](engage_engine::verify::verify).
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
        let user = self.user_info(call).await?;
        self.service.grants(call, user.user_id).await
    }

    fn known(&self) -> Result<Arc<Metadata>, AdapterError> {
        let known = self.service.last_metadata();
        known.ok_or_else(|| guard::unsupported("show requests before its metadata was fetched", NAME))
    }
}

/// The version's part of a path: `v`, a number, `.0`.
fn version(configured: Option<&str>) -> Result<String, ConfigError> {
    let version = configured.unwrap_or(VERSION);
    let number = version.strip_prefix('v').and_then(|rest| rest.strip_suffix(".0"));
    match number.map(str::parse::<u16>) {
        Some(Ok(_)) => Ok(version.to_owned()),
        _ => Err(ConfigError::Address { name: "api_version" }),
    }
}

fn login(config: Config, client: Arc<Client>) -> Result<Login, ConfigError> {
    let login_url = trusted("login_url", &config.login_url)?;
    let audience = config.audience.unwrap_or_else(|| auth::audience(&login_url).to_owned());
    let signer = config.signing_key.map(|key| Signer::new(&key, audience)).transpose()?;
    if config.client_secret.is_none() && (signer.is_none() || config.username.is_none()) {
        return Err(ConfigError::Credentials);
    }
    Ok(Login {
        client,
        login_url,
        client_id: config.client_id,
        client_secret: config.client_secret,
        signer,
        username: config.username,
        usernames: config.usernames,
    })
}

#[async_trait]
impl Adapter for Salesforce {
    fn crm(&self) -> &CrmName {
        &self.crm
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        guard::queries(&self.capabilities, queries)?;
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let metadata = self.service.metadata(call).await?;
        Reader { service: &self.service, call, metadata: &metadata }.pages(queries).await
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        guard::group(&self.capabilities, group)?;
        if group.writes.is_empty() {
            return Ok(Vec::new());
        }
        let metadata = self.service.metadata(call).await.map_err(unwritten)?;
        let reader = Reader { service: &self.service, call, metadata: &metadata };
        let before = before::before(&reader, group).await.map_err(unwritten)?;
        let Lowered { resource, body, refused } = write::lower(&metadata, &self.service.root, group, &before)?;
        let Some(body) = body else { return Ok(refused.into_iter().map(|(_, error)| Err(error)).collect()) };
        let target = format!("{}{resource}", self.service.root);
        let reply = self.service.ask(call, &Method::POST, &target, Some(&body)).await?;
        outcome::read(group, &refused, &reply)
    }

    /// What no statement reaches follows once the first rows are known, and is not shown.
    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        guard::queries(&self.capabilities, queries)?;
        asked(&*self.known()?, &self.service.root, queries)
    }

    /// What is looked up beforehand comes first; what it finds decides on the write, which is shown as though nothing
    /// were there: without the removal of embedded records, and with every reference that may have to be cleared.
    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        guard::group(&self.capabilities, group)?;
        if group.writes.is_empty() {
            return Ok(Vec::new());
        }
        let (metadata, root) = (self.known()?, &self.service.root);
        let mut requests = asked(&metadata, root, &before::asked(&metadata, group)?.queries)?;
        let lowered = write::lower(&metadata, root, group, &Before::default());
        let Lowered { resource, body, .. } = lowered.map_err(|failed| failed.error)?;
        requests.extend(body.map(|body| request("POST", format!("{root}{resource}"), body.to_string())));
        Ok(requests)
    }
}

/// The requests for the first pages of queries.
fn asked(metadata: &Metadata, root: &str, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
    let cut = read::cut(metadata, queries)?.map(|cut| cut.concat());
    let queries = cut.as_deref().unwrap_or(queries);
    let (readings, early) = early::readings(metadata, queries)?;
    let extra: Result<Vec<_>, AdapterError> = early.iter().map(|early| early.reading(metadata)).collect();
    let targets: Result<Vec<String>, AdapterError> =
        readings.iter().chain(&extra?).map(|reading| read::target(root, reading)).collect();
    let one = |targets: &[String]| match targets {
        [target] if target.len() <= read::MAX_TARGET => request("GET", target.clone(), String::new()),
        several => {
            let (target, body) = service::composite(root, several);
            request("POST", target, body.to_string())
        }
    };
    Ok(targets?.chunks(read::MAX_QUERIES).map(one).collect())
}

fn request(method: &str, target: String, body: String) -> Request {
    Request { method: method.to_owned(), target, body }
}
