//! The adapter at our end of the wire, signed in as the sandbox's ready line says.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use engage_adapters::dataverse::{self, Dataverse};
use engage_adapters::http::{Assertions, HttpOptions, Secret};
use engage_adapters::salesforce::{self, Salesforce, SigningKey, Usernames};
use engage_cli::workspace::Loaded;
use engage_engine::adapter::{AdapterError, Call};
use engage_engine::verify::Facts;
use engage_engine::{Adapter, CrmName, Identity};
use engage_sandbox::Running;

use super::harness::call;

/// An adapter of one of the CRMs.
#[derive(Debug)]
pub enum Wire {
    Dataverse(Arc<Dataverse>),
    Salesforce(Arc<Salesforce>),
}

impl Wire {
    /// An adapter that knows nothing yet: no token, no table.
    pub fn connect(crm: &str, running: &Running, loaded: &Loaded) -> Self {
        connect(crm, running, loaded)
    }

    pub fn adapter(&self) -> &dyn Adapter {
        match self {
            Self::Dataverse(crm) => &**crm,
            Self::Salesforce(crm) => &**crm,
        }
    }

    /// The same, to be kept by others.
    pub fn shared(&self) -> Arc<dyn Adapter> {
        match self {
            Self::Dataverse(crm) => crm.clone(),
            Self::Salesforce(crm) => crm.clone(),
        }
    }

    /// What the CRM says to the application about the entities of the starter.
    pub async fn facts(&self) -> Facts {
        match self {
            Self::Dataverse(crm) => crm.facts(&application()).await.unwrap(),
            Self::Salesforce(crm) => crm.facts(&application()).await.unwrap(),
        }
    }

    /// Fetches what the CRM says of its tables, and the application's token.
    pub async fn prepare(&self) {
        match self {
            Self::Dataverse(crm) => drop(crm.metadata(&application()).await.unwrap()),
            Self::Salesforce(crm) => drop(crm.metadata(&application()).await.unwrap()),
        }
    }

    /// Fetches the employee's token.
    pub async fn sign_in(&self) {
        match self {
            Self::Dataverse(crm) => drop(crm.who_am_i(&call()).await.unwrap()),
            Self::Salesforce(crm) => drop(crm.user_info(&call()).await.unwrap()),
        }
    }

    /// The first characters of every object's ids, where ids have such.
    pub async fn prefixes(&self, loaded: &Loaded) -> BTreeMap<String, String> {
        let Self::Salesforce(crm) = self else { return BTreeMap::new() };
        let metadata = crm.metadata(&call()).await.unwrap();
        let prefix = |name: &str| metadata.get(name).unwrap().key_prefix.clone().unwrap();
        let objects = loaded.catalog.entities("salesforce").map(|entity| entity.crm_type.clone());
        objects.map(|name| (name.clone(), prefix(&name))).collect()
    }
}

fn application() -> Call {
    Call { identity: Identity::Application, ..call() }
}

/// What every employee signed in with.
#[derive(Debug)]
struct SignedIn(String);

#[async_trait]
impl Assertions for SignedIn {
    async fn assertion(&self, _: &str) -> Result<Option<Secret>, AdapterError> {
        Ok(Some(Secret::new(self.0.clone())))
    }
}

/// Every employee has the sandbox's one user for employees.
#[derive(Debug)]
struct Known(String);

#[async_trait]
impl Usernames for Known {
    async fn username(&self, _: &str) -> Result<Option<String>, AdapterError> {
        Ok(Some(self.0.clone()))
    }
}

/// The adapter of Dataverse, with what employees signed in with.
pub fn dataverse(running: &Running, loaded: &Loaded, assertions: Arc<dyn Assertions>) -> Dataverse {
    let at = |name: &str| running.ready()["dataverse"][name].as_str().unwrap().to_owned();
    let config = dataverse::Config {
        url: at("url"),
        token_url: at("token_url"),
        client_id: at("client_id"),
        client_secret: Secret::new(at("client_secret")),
        scope: None,
        assertions: Some(assertions),
        impersonate: false,
        http: HttpOptions::default(),
    };
    Dataverse::new(config, &loaded.catalog, CrmName::new("dataverse").unwrap()).unwrap()
}

fn connect(crm: &str, running: &Running, loaded: &Loaded) -> Wire {
    let facts = &running.ready()[crm];
    let at = |name: &str| facts[name].as_str().unwrap_or_else(|| panic!("the ready line has no {name}")).to_owned();
    let name = CrmName::new(crm).unwrap();
    let mut users = facts["users"].as_object().unwrap().iter();
    if crm == "dataverse" {
        let (_, user) = users.find(|(_, user)| user["role"] == "Salesperson").unwrap();
        let signed_in = SignedIn(user["assertion"].as_str().unwrap().to_owned());
        return Wire::Dataverse(Arc::new(dataverse(running, loaded, Arc::new(signed_in))));
    }
    let (_, user) = users.find(|(name, _)| *name == "employee").unwrap();
    let key = SigningKey { pem: Secret::new(at("private_key")), now: jiff::Timestamp::now };
    let config = salesforce::Config {
        login_url: at("url"),
        client_id: at("client_id"),
        client_secret: Some(Secret::new(at("client_secret"))),
        signing_key: Some(key),
        username: None,
        audience: None,
        usernames: Some(Arc::new(Known(user["username"].as_str().unwrap().to_owned()))),
        api_version: None,
        http: HttpOptions::default(),
    };
    Wire::Salesforce(Arc::new(Salesforce::new(config, &loaded.catalog, name).unwrap()))
}
