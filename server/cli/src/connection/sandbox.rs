//! Connections to a sandbox, as its ready line describes it.

use std::sync::Arc;

use engage_adapters::dataverse;
use engage_adapters::http::{Assertions, ConfigError, HttpOptions, Secret};
use engage_adapters::salesforce;
use engage_engine::{Catalog, CrmName};
use serde_json::Value as Json;

use super::{Connection, Own, employee, signing_key};
use crate::failure::Failure;

/// The connection to a CRM of a sandbox, as its ready line describes it; employees act as the user with this role.
///
/// # Errors
/// When the ready line lacks something.
pub fn of_sandbox(crm: &CrmName, facts: &Json, role: &str, catalog: &Catalog) -> Result<Connection, Failure> {
    of_sandbox_for(crm, facts, role, None, catalog)
}

/// The same, for employees whose tokens somebody keeps.
///
/// # Errors
/// As [`of_sandbox`].
pub fn of_sandbox_for(
    crm: &CrmName,
    facts: &Json,
    role: &str,
    kept: Option<&Arc<dyn Assertions>>,
    catalog: &Catalog,
) -> Result<Connection, Failure> {
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
            signing_key: facts.get("private_key").and_then(Json::as_str).map(|pem| signing_key(pem.to_owned())),
            username: None,
            audience: None,
            usernames: username_of(facts).map(employee),
            api_version: None,
            http: HttpOptions::default(),
        };
        return Connection::salesforce(config, catalog, crm).map_err(wrong);
    }
    let own = || assertion_of(facts, role).map(|token| Arc::new(Own(Secret::new(token))) as Arc<dyn Assertions>);
    let assertion = kept.cloned().or_else(own);
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
    let opened = Connection::dataverse(config, catalog, crm).map_err(wrong)?;
    Ok(Connection { bring_tokens: kept.is_some(), ..opened })
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
