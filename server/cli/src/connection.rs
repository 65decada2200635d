//! Connections to real CRMs, as the environment describes them. Secrets stand in the environment alone: in no file of
//! a workspace, on no command line, in no message.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engage_adapters::dataverse::{self, Dataverse};
use engage_adapters::http::{Assertions, ConfigError, HttpOptions, Secret};
use engage_adapters::salesforce::{self, Salesforce, SigningKey, Usernames};
use engage_engine::adapter::{Adapter, AdapterError, Call};
use engage_engine::verify::Facts;
use engage_engine::{Catalog, CrmName, Identity};
use serde_json::Value as Json;

use crate::failure::Failure;

/// What can be set of a connection, behind `ENGAGE_` and the CRM's name in capitals: `ENGAGE_DATAVERSE_URL`.
pub const VARIABLES: [(&str, &str); 14] = [
    ("URL", "where the CRM is; without it there is no connection"),
    ("TOKEN_URL", "the OAuth token endpoint"),
    ("CLIENT_ID", "the application"),
    ("CLIENT_SECRET", "its secret"),
    ("SCOPE", "the scope of tokens [default: `URL/.default`]"),
    ("ASSERTION", "the token that the employee who acts has signed in with, to act on their behalf"),
    ("IMPERSONATE", "`1`: employees are impersonated by the application"),
    ("KEY_FILE", "Salesforce: the private key of the application, PEM, to act for users"),
    ("KEY", "the same as text in place of a file"),
    ("EMPLOYEE", "Salesforce: the username of the employee who acts [default: what `--acting` says]"),
    ("USERNAME", "Salesforce: whom the application acts as where it has a key"),
    ("AUDIENCE", "Salesforce: whom assertions are for [default: Salesforce itself]"),
    ("API_VERSION", "Salesforce: the version of the API [default: v66.0]"),
    ("CA_FILE", "certificates trusted beside the machine's own, PEM"),
];

/// How long the CRM may take to answer what a command asks.
const PATIENCE: Duration = Duration::from_secs(60);

/// A CRM that can be reached.
#[derive(Debug)]
pub enum Connection {
    /// Microsoft Dataverse.
    Dataverse(Box<Dataverse>),
    /// Salesforce.
    Salesforce(Box<Salesforce>),
}

impl Connection {
    /// The adapter.
    pub fn adapter(&self) -> &dyn Adapter {
        match self {
            Self::Dataverse(crm) => &**crm,
            Self::Salesforce(crm) => &**crm,
        }
    }

    /// What the CRM says about the entities that the workspace names.
    ///
    /// # Errors
    /// When the CRM does not answer.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        let facts = match self {
            Self::Dataverse(crm) => crm.facts(&call()).await,
            Self::Salesforce(crm) => crm.facts(&call()).await,
        };
        facts.map_err(|error| unreachable(&error))
    }

    /// Fetches what a dry run has to know about the CRM.
    ///
    /// # Errors
    /// When the CRM does not answer.
    pub async fn prepare(&self) -> Result<(), Failure> {
        let known = match self {
            Self::Dataverse(crm) => crm.metadata(&call()).await.map(drop),
            Self::Salesforce(crm) => crm.metadata(&call()).await.map(drop),
        };
        known.map_err(|error| unreachable(&error))
    }
}

fn call() -> Call {
    Call { identity: Identity::Application, run: String::new(), timeout: Some(PATIENCE) }
}

fn unreachable(error: &AdapterError) -> Failure {
    let mut failure = Failure::outside(format!("the CRM did not answer: {error}"));
    failure.notes.extend(error.details.iter().map(|words| format!("the CRM says: {words}")));
    failure
}

/// The connection to a CRM; `None` where the environment describes none.
///
/// # Errors
/// When it describes one that cannot be used.
pub fn open(crm: &CrmName, catalog: &Catalog) -> Result<Option<Connection>, Failure> {
    let settings = Settings { prefix: format!("ENGAGE_{}", crm.as_str().to_uppercase().replace('-', "_")) };
    let Some(url) = settings.get("URL")? else { return Ok(None) };
    match crm.as_str() {
        "dataverse" => {
            let config = dataverse::Config {
                url,
                token_url: settings.need("TOKEN_URL")?,
                client_id: settings.need("CLIENT_ID")?,
                client_secret: Secret::new(settings.need("CLIENT_SECRET")?),
                scope: settings.get("SCOPE")?,
                assertions: settings.assertion()?,
                impersonate: settings.get("IMPERSONATE")?.is_some_and(|value| value == "1"),
                http: settings.http()?,
            };
            let opened = Dataverse::new(config, catalog, crm.clone());
            opened.map(|opened| Some(Connection::Dataverse(Box::new(opened)))).map_err(|error| settings.wrong(&error))
        }
        "salesforce" => {
            let opened = Salesforce::new(settings.salesforce(url)?, catalog, crm.clone());
            opened.map(|opened| Some(Connection::Salesforce(Box::new(opened)))).map_err(|error| settings.wrong(&error))
        }
        other => Err(Failure::usage(format!("there is no adapter for a CRM `{other}`"))),
    }
}

/// The connection to a CRM of a sandbox, as its ready line describes it; employees act as the user with this role.
///
/// # Errors
/// When the ready line lacks something.
pub fn of_sandbox(crm: &CrmName, facts: &Json, role: &str, catalog: &Catalog) -> Result<Connection, Failure> {
    let text = |name: &str| {
        let missing = || Failure::outside(format!("the sandbox does not say its `{name}`"));
        facts.get(name).and_then(Json::as_str).map(str::to_owned).ok_or_else(missing)
    };
    let (client_id, secret) = (text("client_id")?, Secret::new(text("client_secret")?));
    let wrong = |error: ConfigError| Failure::outside(format!("the sandbox: {error}"));
    if crm.as_str() == "salesforce" {
        let config = salesforce::Config {
            login_url: text("url")?,
            client_id,
            client_secret: Some(secret),
            signing_key: text("private_key").ok().map(signing_key),
            username: None,
            audience: None,
            usernames: username_of(facts).map(employee),
            api_version: None,
            http: HttpOptions::default(),
        };
        let opened = Salesforce::new(config, catalog, crm.clone()).map_err(wrong)?;
        return Ok(Connection::Salesforce(Box::new(opened)));
    }
    let assertion = assertion_of(facts, role).map(|token| Arc::new(Own(Secret::new(token))) as Arc<dyn Assertions>);
    let config = dataverse::Config {
        url: text("url")?,
        token_url: text("token_url")?,
        client_id,
        client_secret: secret,
        scope: None,
        assertions: assertion,
        impersonate: false,
        http: HttpOptions::default(),
    };
    let opened = Dataverse::new(config, catalog, crm.clone()).map_err(wrong)?;
    Ok(Connection::Dataverse(Box::new(opened)))
}

/// The token that a user with a role has signed in with, out of a CRM's part of the ready line.
pub fn assertion_of(facts: &Json, role: &str) -> Option<String> {
    let mut users = facts.get("users")?.as_object()?.values();
    let user = users.find(|user| user.get("role").and_then(Json::as_str) == Some(role))?;
    user.get("assertion").and_then(Json::as_str).map(str::to_owned)
}

/// The username of the employee of a sandbox's Salesforce.
pub fn username_of(facts: &Json) -> Option<String> {
    facts.get("users")?.get("employee")?.get("username")?.as_str().map(str::to_owned)
}

/// The connection to a CRM.
///
/// # Errors
/// As [`open`], and when the environment describes none.
pub fn required(crm: &CrmName, catalog: &Catalog) -> Result<Connection, Failure> {
    open(crm, catalog)?.ok_or_else(|| {
        let name = crm.as_str().to_uppercase().replace('-', "_");
        Failure::usage(format!("nothing says where `{crm}` is")).help(format!("set `ENGAGE_{name}_URL` and its like"))
    })
}

/// The username of the one employee who uses the command line.
#[derive(Debug)]
struct User(String);

/// The token of the one employee who uses the command line.
#[derive(Debug)]
struct Own(Secret);

#[async_trait]
impl Assertions for Own {
    async fn assertion(&self, _: &str) -> Result<Option<Secret>, AdapterError> {
        Ok(Some(self.0.clone()))
    }
}

#[async_trait]
impl Usernames for User {
    async fn username(&self, _: &str) -> Result<Option<String>, AdapterError> {
        Ok(Some(self.0.clone()))
    }
}

fn signing_key(pem: String) -> SigningKey {
    SigningKey { pem: Secret::new(pem), now: jiff::Timestamp::now }
}

fn employee(username: String) -> Arc<dyn Usernames> {
    Arc::new(User(username))
}

struct Settings {
    prefix: String,
}

impl Settings {
    fn get(&self, name: &str) -> Result<Option<String>, Failure> {
        let name = format!("{}_{name}", self.prefix);
        match env::var(&name) {
            Ok(value) if value.is_empty() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(_)) => Err(Failure::usage(format!("`{name}` is no text"))),
        }
    }

    fn need(&self, name: &str) -> Result<String, Failure> {
        let missing = || Failure::usage(format!("`{}_{name}` is not set", self.prefix));
        self.get(name)?.ok_or_else(missing)
    }

    fn salesforce(&self, login_url: String) -> Result<salesforce::Config, Failure> {
        let pem = match self.file("KEY_FILE")? {
            Some(pem) => Some(String::from_utf8(pem).map_err(|_| self.wrong(&ConfigError::Key))?),
            None => self.get("KEY")?,
        };
        Ok(salesforce::Config {
            login_url,
            client_id: self.need("CLIENT_ID")?,
            client_secret: self.get("CLIENT_SECRET")?.map(Secret::new),
            signing_key: pem.map(signing_key),
            username: self.get("USERNAME")?,
            audience: self.get("AUDIENCE")?,
            usernames: self.get("EMPLOYEE")?.map(employee),
            api_version: self.get("API_VERSION")?,
            http: self.http()?,
        })
    }

    fn file(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let Some(path) = self.get(name)? else { return Ok(None) };
        std::fs::read(&path).map(Some).map_err(|error| Failure::usage(format!("`{path}`: {error}")))
    }

    fn assertion(&self) -> Result<Option<Arc<dyn Assertions>>, Failure> {
        let token = self.get("ASSERTION")?.map(Secret::new);
        Ok(token.map(|token| Arc::new(Own(token)) as Arc<dyn Assertions>))
    }

    fn http(&self) -> Result<HttpOptions, Failure> {
        let mut options = HttpOptions::default();
        options.extra_roots.extend(self.file("CA_FILE")?);
        Ok(options)
    }

    fn wrong(&self, error: &ConfigError) -> Failure {
        Failure::usage(format!("the connection of `{}_URL`: {error}", self.prefix))
    }
}
