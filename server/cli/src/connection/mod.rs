//! Connections to real CRMs, as the environment describes them. Secrets stand in the environment alone: in no file of
//! a workspace, on no command line, in no message.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engage_adapters::dataverse::{self, Dataverse};
use engage_adapters::http::{Assertions, ConfigError, HttpOptions, Secret};
use engage_adapters::salesforce::{self, Salesforce, SigningKey, Usernames};
use engage_engine::access::Grants;
use engage_engine::adapter::{Adapter, AdapterError, Call};
use engage_engine::verify::Facts;
use engage_engine::{Catalog, CrmName, Identity};

use crate::failure::Failure;

mod sandbox;

pub use sandbox::{assertion_of, of_sandbox, of_sandbox_for, username_of};

/// What can be set of a connection, behind `ENGAGE_` and the CRM's name in capitals: `ENGAGE_DATAVERSE_URL`.
pub const VARIABLES: [(&str, &str); 15] = [
    ("URL", "where the CRM is; without it there is no connection"),
    ("TOKEN_URL", "the OAuth token endpoint"),
    ("CLIENT_ID", "the application"),
    ("CLIENT_SECRET", "its secret"),
    ("SCOPE", "the scope of tokens [default: `URL/.default`]"),
    ("ASSERTION", "the token that the employee who acts has signed in with, to act on their behalf"),
    ("USER", "the application's user: its id, or the name it signs in with; `verify --live` holds it against the CRM"),
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

/// A CRM that can be reached. Clones are the same connection.
#[derive(Debug, Clone)]
pub struct Connection {
    crm: Crm,
    employees: bool,
    /// Whether employees bring their tokens as they call, so that none is at hand before.
    bring_tokens: bool,
    client_id: String,
    user: Option<String>,
}

#[derive(Debug, Clone)]
enum Crm {
    Dataverse(Arc<Dataverse>),
    Salesforce(Arc<Salesforce>),
}

impl Connection {
    fn dataverse(config: dataverse::Config, catalog: &Catalog, crm: &CrmName) -> Result<Self, ConfigError> {
        let (employees, client_id) = (config.assertions.is_some(), config.client_id.clone());
        let opened = Dataverse::new(config, catalog, crm.clone())?;
        Ok(Self { crm: Crm::Dataverse(Arc::new(opened)), employees, bring_tokens: false, client_id, user: None })
    }

    fn salesforce(config: salesforce::Config, catalog: &Catalog, crm: &CrmName) -> Result<Self, ConfigError> {
        let employees = config.signing_key.is_some() && config.usernames.is_some();
        let client_id = config.client_id.clone();
        let opened = Salesforce::new(config, catalog, crm.clone())?;
        Ok(Self { crm: Crm::Salesforce(Arc::new(opened)), employees, bring_tokens: false, client_id, user: None })
    }

    /// The adapter.
    pub fn adapter(&self) -> &dyn Adapter {
        match &self.crm {
            Crm::Dataverse(crm) => &**crm,
            Crm::Salesforce(crm) => &**crm,
        }
    }

    /// The adapter, for those that keep it.
    pub fn shared(&self) -> Arc<dyn Adapter> {
        match &self.crm {
            Crm::Dataverse(crm) => Arc::<Dataverse>::clone(crm),
            Crm::Salesforce(crm) => Arc::<Salesforce>::clone(crm),
        }
    }

    /// Whether it can act for the employee who uses the command line: their token is there, or a key for them.
    pub fn acts_for_employees(&self) -> bool {
        self.employees
    }

    /// Whether employees bring their tokens as they call: it acts for them, and there is nobody whom it could be tried with.
    pub fn employees_bring_tokens(&self) -> bool {
        self.bring_tokens
    }

    /// The application at Entra whose users' tokens are exchanged for those of the CRM; none where it is no CRM of Entra.
    pub fn exchanges_for(&self) -> Option<&str> {
        matches!(self.crm, Crm::Dataverse(_)).then_some(self.client_id.as_str())
    }

    /// The application's user as the environment expects it.
    pub fn expected_user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// What the CRM says about the entities that the workspace names.
    ///
    /// # Errors
    /// When the CRM does not answer.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        self.told().await.map_err(|error| unreachable(&error))
    }

    /// The same, with why it does not answer as programs know it.
    ///
    /// # Errors
    /// [`AdapterError`] when the CRM does not answer.
    pub async fn told(&self) -> Result<Facts, AdapterError> {
        match &self.crm {
            Crm::Dataverse(crm) => crm.facts(&call()).await,
            Crm::Salesforce(crm) => crm.facts(&call()).await,
        }
    }

    /// Who the CRM takes an identity for: the user's id, and the name to sign in with where the CRM tells.
    ///
    /// # Errors
    /// [`AdapterError`] when there is no token, or the CRM does not know its bearer.
    pub async fn user(&self, identity: &Identity) -> Result<(String, Option<String>), AdapterError> {
        let call = Call { identity: identity.clone(), ..call() };
        match &self.crm {
            Crm::Dataverse(crm) => crm.who_am_i(&call).await.map(|user| (user.user_id, None)),
            Crm::Salesforce(crm) => {
                let user = crm.user_info(&call).await?;
                Ok((user.user_id, Some(user.preferred_username).filter(|name| !name.is_empty())))
            }
        }
    }

    /// What the CRM allows an identity.
    ///
    /// # Errors
    /// When the CRM does not answer.
    pub async fn grants(&self, identity: &Identity) -> Result<Grants, Failure> {
        let call = Call { identity: identity.clone(), ..call() };
        let grants = match &self.crm {
            Crm::Dataverse(crm) => crm.grants(&call).await,
            Crm::Salesforce(crm) => crm.grants(&call).await,
        };
        grants.map_err(|error| unreachable(&error))
    }

    /// Fetches what a dry run has to know about the CRM.
    ///
    /// # Errors
    /// When the CRM does not answer.
    pub async fn prepare(&self) -> Result<(), Failure> {
        let known = match &self.crm {
            Crm::Dataverse(crm) => crm.metadata(&call()).await.map(drop),
            Crm::Salesforce(crm) => crm.metadata(&call()).await.map(drop),
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
    open_for(crm, catalog, None)
}

/// The same, for employees whose tokens somebody keeps, where the environment has none of one's own.
///
/// # Errors
/// As [`open`].
pub fn open_for(
    crm: &CrmName,
    catalog: &Catalog,
    kept: Option<&Arc<dyn Assertions>>,
) -> Result<Option<Connection>, Failure> {
    let settings = Settings { prefix: format!("ENGAGE_{}", crm.as_str().to_uppercase().replace('-', "_")) };
    let Some(url) = settings.get("URL")? else { return Ok(None) };
    let user = settings.get("USER")?;
    match crm.as_str() {
        "dataverse" => {
            let own = settings.assertion()?;
            let bring_tokens = own.is_none() && kept.is_some();
            let config = dataverse::Config {
                url,
                token_url: settings.need("TOKEN_URL")?,
                client_id: settings.need("CLIENT_ID")?,
                client_secret: Secret::new(settings.need("CLIENT_SECRET")?),
                scope: settings.get("SCOPE")?,
                assertions: own.or_else(|| kept.cloned()),
                impersonate: settings.get("IMPERSONATE")?.is_some_and(|value| value == "1"),
                http: settings.http()?,
            };
            let opened = Connection::dataverse(config, catalog, crm);
            let of = |opened| Some(Connection { user, bring_tokens, ..opened });
            opened.map(of).map_err(|error| settings.wrong(&error))
        }
        "salesforce" => {
            let opened = Connection::salesforce(settings.salesforce(url)?, catalog, crm);
            opened.map(|opened| Some(Connection { user, ..opened })).map_err(|error| settings.wrong(&error))
        }
        other => Err(Failure::usage(format!("there is no adapter for a CRM `{other}`"))),
    }
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
