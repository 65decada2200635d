//! Who issues tokens in a sandbox: a local issuer with keys of this start, at an address of this machine that nobody else reaches.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use engage_adapters::http::Assertions;
use engage_engine::CrmName;
use engage_identity::issuer::{Application, IssuerError, LocalIssuer, Person, Realm, Resource};
use engage_identity::{Api, Authority, Environment, Role, Settings, Systems, Version};
use engage_server::admin::{Admin, Limits, MappedTenant, NewClient};
use engage_server::http::Listener;
use engage_store::platform::{self, ClientReads as _, OrganisationReads as _};
use secrecy::SecretString;
use serde_json::{Map, Value as Json, json};
use tokio::sync::watch;
use uuid::{Uuid, uuid};

use super::Sandbox;
use super::folder::Folder;
use crate::commands::serve::sockets::{BOUNDS, listen};
use crate::configured::store;
use crate::failure::Failure;
use crate::sandboxed::{Elsewhere, Local};
use crate::workspace::Loaded;

/// Settings that would lead to another issuer.
pub(super) const ELSEWHERE: [&str; 10] = [
    "identity.authority=https://login.microsoftonline.com",
    "identity.v1-issuer=https://sts.windows.net/{tenantid}/",
    "identity.environment=prod",
    "identity.management-client-id=",
    "identity.management-uri=",
    "identity.platform-tenant=",
    "identity.system-client-id=",
    "identity.system-uri=",
    "identity.system-permission=",
    "identity.custom-keys=",
];

/// The tenant of the organisation's people, and the platform's own.
const TENANT: Uuid = uuid!("d3300000-0000-4000-8000-000000000001");
const PLATFORM: Uuid = uuid!("d3300000-0000-4000-8000-000000000002");
/// The two APIs.
const MANAGEMENT: Uuid = uuid!("d3300000-0000-4000-8000-000000000003");
const SYSTEMS: Uuid = uuid!("d3300000-0000-4000-8000-000000000004");
/// What people sign in with, and the back-end of the organisation.
const TOOL: Uuid = uuid!("d3300000-0000-4000-8000-000000000005");
const BACK_END: Uuid = uuid!("d3300000-0000-4000-8000-000000000006");
/// Which user of Dataverse people with a role are, and whether that one is made for it.
const USERS: [(Role, &str, bool); 4] = [
    (Role::Employee, "salesperson", false),
    (Role::Manager, "manager", true),
    (Role::Configurator, "configurator", true),
    (Role::Admin, "system-administrator", false),
];
/// The first of the people who are none: the others follow.
const PEOPLE: u128 = 0xd330_0000_0000_4000_8000_0000_0000_0100;

const MANAGEMENT_URI: &str = "api://engage-management";
const SYSTEMS_URI: &str = "https://engage.example/engage-system-integration";
/// The app role that the back-end has.
const PERMISSION: &str = "System.Integration";
/// Where those who sign in are sent back to.
const REDIRECT_URI: &str = "http://localhost/callback";
/// Under what name the secret of the back-end is kept.
const SECRET: &str = "client";

/// An issuer that answers, and what it has issued.
pub(in crate::commands::serve) struct Issuer {
    base: String,
    secret: String,
    tokens: Json,
}

impl Issuer {
    /// Begins to answer until the process is asked to end, and lets the tenant and the back-end lead to the organisation.
    pub(super) async fn begin(
        admin: &Admin,
        organisation: Uuid,
        sandbox: &Sandbox,
        stop: &watch::Receiver<bool>,
    ) -> Result<Self, Failure> {
        lead(admin, organisation).await?;
        let secret = secret(&sandbox.folder)?;
        let listener: Listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let base = format!("http://{}", listener.address());
        let realm = realm(&base, &secret, &sandbox.crm);
        let issuer = LocalIssuer::new(realm, admin.time.clone(), Arc::new(fill)).map_err(|error| failed(&error))?;
        let tokens = tokens(&issuer).map_err(|error| failed(&error))?;
        let keys = issuer.key_set(Version::V2, &TENANT.to_string());
        sandbox
            .crm
            .trust(&keys.map_err(|_| Failure::outside("the issuer of the sandbox does not know its own tenant"))?);
        tokio::spawn(listener.serve(issuer.router(), None, BOUNDS, stop.clone()));
        Ok(Self { base, secret, tokens })
    }

    /// What its tokens are held against.
    pub(in crate::commands::serve) fn settings(&self) -> Settings {
        let api = |client_id, uri: &str| Api { client_id, uri: uri.to_owned() };
        Settings {
            authority: Authority::local(&self.base),
            management: api(MANAGEMENT, MANAGEMENT_URI),
            systems: Some(Systems {
                tenant: PLATFORM,
                api: api(SYSTEMS, SYSTEMS_URI),
                permission: Some(PERMISSION.to_owned()),
            }),
            environment: Environment::Prod,
        }
    }

    /// Where it is, and how tokens are asked for there.
    pub(super) fn told(&self) -> Json {
        let Self { base, secret, tokens: _ } = self;
        json!({
            "authority": base,
            "token_endpoint": format!("{base}/{PLATFORM}/oauth2/v2.0/token"),
            "client_id": BACK_END,
            "client_secret": secret,
            "tenant": TENANT,
            "sign_in": {
                "authorize_endpoint": format!("{base}/organizations/oauth2/v2.0/authorize"),
                "token_endpoint": format!("{base}/organizations/oauth2/v2.0/token"),
                "client_id": TOOL,
                "redirect_uri": REDIRECT_URI,
            },
            "audiences": {
                "management": {
                    "client_id": MANAGEMENT, "uri": MANAGEMENT_URI, "scope": format!("{MANAGEMENT_URI}/access_as_user"),
                },
                "system": { "client_id": SYSTEMS, "uri": SYSTEMS_URI, "scope": format!("{SYSTEMS_URI}/.default") },
            },
        })
    }

    /// Tokens of an hour, by role.
    pub(super) fn tokens(&self) -> &Json {
        &self.tokens
    }
}

fn failed(error: &IssuerError) -> Failure {
    Failure::outside(error.to_string())
}

/// Bytes by chance.
fn fill(bytes: &mut [u8]) {
    for part in bytes.chunks_mut(16) {
        part.iter_mut().zip(Uuid::new_v4().into_bytes()).for_each(|(byte, drawn)| *byte = drawn);
    }
}

/// What the back-end proves itself with: the same in one folder.
fn secret(folder: &Folder) -> Result<String, Failure> {
    if let Some(kept) = folder.find(SECRET)? {
        return Ok(kept);
    }
    let drawn = super::draw()?;
    folder.keep(SECRET, drawn.clone())?;
    Ok(drawn)
}

/// Lets the tenant and the back-end lead to the organisation, where they do not. What somebody has changed of that stays.
async fn lead(admin: &Admin, organisation: Uuid) -> Result<(), Failure> {
    let (mut reader, environment) = (admin.database.reader(), platform::Environment::Prod);
    let tenants = reader.tenants(organisation).await.map_err(|error| store(&error))?;
    if !tenants.iter().any(|known| known.tenant == TENANT) {
        let of = MappedTenant { tenant: TENANT, organisation, environment };
        admin.map_tenant(of, &Limits::default()).await.map_err(|error| store(&error))?;
    }
    let clients = reader.clients(organisation).await.map_err(|error| store(&error))?;
    if !clients.iter().any(|known| known.client == BACK_END) {
        let new = NewClient { client: BACK_END, environment, label: "demo back-end".to_owned() };
        admin.register_client(organisation, new).await.map_err(|error| store(&error))?;
    }
    Ok(())
}

/// Starts the CRMs of a sandbox whose employees are the people of this issuer.
pub(super) fn beside(
    loaded: &Loaded,
    crm: &CrmName,
    folder: &Path,
    kept: Arc<dyn Assertions>,
) -> Result<Local, Failure> {
    let roles = USERS.iter().filter(|(_, _, made)| *made).map(|(role, ..)| role.as_str()).collect::<Vec<_>>();
    Local::start_in(loaded, crm, folder, &Elsewhere { client_id: &MANAGEMENT.to_string(), roles: &roles, kept })
}

/// The account of a person: that of the user of Dataverse that he is.
fn account(crm: &Local, role: Role) -> Option<Uuid> {
    let (_, user, _) = USERS.iter().find(|(of, ..)| *of == role)?;
    let path = format!("/dataverse/users/{user}/object_id");
    Json::Object(crm.ready().clone()).pointer(&path)?.as_str()?.parse().ok()
}

/// Who and what the issuer knows.
fn realm(base: &str, secret: &str, crm: &Local) -> Realm {
    let resource = |client_id, uri: &str| Resource { client_id, uri: uri.to_owned(), version: Version::V2 };
    let tool = Application {
        client_id: TOOL,
        tenant: TENANT,
        secret: None,
        redirect_uris: vec![REDIRECT_URI.to_owned()],
        permissions: Vec::new(),
    };
    let back_end = Application {
        client_id: BACK_END,
        tenant: PLATFORM,
        secret: Some(SecretString::from(secret)),
        redirect_uris: Vec::new(),
        permissions: vec![PERMISSION.to_owned()],
    };
    let person = |(role, number): (Role, u128)| Person {
        tenant: TENANT,
        object: account(crm, role).unwrap_or(Uuid::from_u128(PEOPLE + number)),
        name: format!("Demo {role}"),
        username: format!("{}@demo.example", role.as_str().to_lowercase()),
        roles: vec![role.as_str().to_owned()],
    };
    Realm {
        base: base.to_owned(),
        resources: vec![resource(MANAGEMENT, MANAGEMENT_URI), resource(SYSTEMS, SYSTEMS_URI)],
        applications: vec![tool, back_end],
        people: Role::ALL.into_iter().zip(0..).map(person).collect(),
    }
}

/// A token of each person, by role, and one of the back-end.
fn tokens(issuer: &LocalIssuer) -> Result<Json, IssuerError> {
    let Realm { resources, applications, people, .. } = issuer.realm();
    let mut tokens = Map::new();
    for resource in resources.iter().filter(|resource| resource.client_id == MANAGEMENT) {
        for person in people {
            let role = person.roles.concat().to_lowercase();
            tokens.insert(role, issuer.user_token(person, resource, TOOL)?.into());
        }
    }
    for resource in resources.iter().filter(|resource| resource.client_id == SYSTEMS) {
        for application in applications.iter().filter(|application| application.secret.is_some()) {
            tokens.insert("system".to_owned(), issuer.application_token(application, resource)?.into());
        }
    }
    Ok(Json::Object(tokens))
}
