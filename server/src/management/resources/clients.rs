//! Back-ends of the organisation, and how long their secrets are good. The secrets are kept by who issues tokens.

use std::sync::Arc;

use axum::http::StatusCode;
use engage_store::platform::{self, ClientReads as _};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::admin::NewClient as Registered;
use crate::api::call::{Answer, Call, Reply, told};
use crate::api::fault::Fault;
use crate::api::given::{Given, NOTHING};
use crate::api::scalars;
use crate::management::Management;
use crate::management::values::Told;
use crate::openapi::{Described, Shape};

/// A back-end of the organisation. What is changed holds on every server within a minute.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct Client {
    /// Its client id in the platform's tenant.
    id: Uuid,
    /// What people call it.
    label: String,
    /// Whether it may call.
    enabled: bool,
    /// Since when it is there.
    created: Told<Timestamp>,
    /// Until when it has a secret that is good; `null`: none is known.
    secrets_end: Option<Told<Timestamp>>,
    /// What is known of its secrets, those that end first first.
    secrets: Vec<ClientSecret>,
}

/// How long a secret of a back-end is good. The secret itself is not known here.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct ClientSecret {
    /// What it is called where it was made (`keyId`).
    id: Uuid,
    /// Since when it is good.
    starts: Told<Timestamp>,
    /// Until when it is good.
    ends: Told<Timestamp>,
}

/// A back-end that is to call.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct NewClient {
    /// Its client id in the platform's tenant. It belongs to one organisation.
    id: Uuid,
    /// What people call it: 200 bytes at most.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"\S"))]
    label: String,
}

/// How long a secret of a back-end is good, as who issued it says.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct NewClientSecret {
    /// What it is called where it was made (`keyId`). It is not the secret.
    id: Uuid,
    /// Since when it is good; left out: now.
    #[schemars(with = "Option<Told<Timestamp>>")]
    starts: Option<Timestamp>,
    /// Until when it is good.
    #[schemars(with = "Told<Timestamp>")]
    ends: Timestamp,
}

impl From<platform::Client> for Client {
    fn from(client: platform::Client) -> Self {
        let platform::Client { client: id, label, enabled, created, secrets, .. } = client;
        let secrets_end = secrets.iter().map(|secret| secret.ends).max().map(Told);
        let secrets = secrets.into_iter().map(ClientSecret::from).collect();
        Self { id, label, enabled, created: Told(created), secrets_end, secrets }
    }
}

impl From<platform::ClientSecret> for ClientSecret {
    fn from(platform::ClientSecret { id, starts, ends }: platform::ClientSecret) -> Self {
        Self { id, starts: Told(starts), ends: Told(ends) }
    }
}

impl NewClient {
    fn read(given: &mut Given<'_>) -> Option<Self> {
        let (id, label) = (given.id("id"), given.text("label"));
        let (id, label) = (given.needed("id", id), given.needed("label", label));
        Some(Self { id: id?, label: label? })
    }
}

impl NewClientSecret {
    fn read(given: &mut Given<'_>) -> Option<Self> {
        let (id, starts, ends) = (given.id("id"), given.instant("starts"), given.instant("ends"));
        let (id, ends) = (given.needed("id", id), given.needed("ends", ends));
        Some(Self { id: id?, starts, ends: ends? })
    }
}

/// The clients of the environment.
async fn all(management: &Management, call: &Call) -> Result<Vec<platform::Client>, Fault> {
    let mut all = management.database.reader().clients(call.tenancy.organisation).await?;
    all.retain(|client| client.environment == call.tenancy.environment);
    Ok(all)
}

async fn one(management: &Management, call: &Call) -> Result<platform::Client, Fault> {
    let id = call.id()?;
    all(management, call).await?.into_iter().find(|client| client.client == id).ok_or_else(Fault::absent)
}

pub(super) async fn list(management: Arc<Management>, mut call: Call) -> Answer {
    call.query.finish()?;
    Reply::of(&all(&management, &call).await?.into_iter().map(Client::from).collect::<Vec<_>>())
}

pub(super) async fn get(management: Arc<Management>, call: Call) -> Answer {
    Reply::of(&Client::from(one(&management, &call).await?))
}

pub(super) async fn create(management: Arc<Management>, call: Call) -> Answer {
    let sent = call.object()?;
    let mut given = Given::new(&sent, &NOTHING);
    let new = NewClient::read(&mut given);
    let NewClient { id, label } = given.finish(new)?;
    let (organisation, environment) = (call.tenancy.organisation, call.tenancy.environment);
    let new = Registered { client: id, environment, label };
    let made = management.secret_admin(&call)?.register_client(organisation, new).await?;
    Ok(call.created(id, told(&Client::from(made))?))
}

async fn enabled(management: &Management, call: &Call, enabled: bool) -> Answer {
    // What another environment has is not there for who calls.
    let found = one(management, call).await?;
    management.secret_admin(call)?.enable_client(call.tenancy.organisation, found.client, enabled).await?;
    Reply::of(&Client::from(platform::Client { enabled, ..found }))
}

pub(super) async fn enable(management: Arc<Management>, call: Call) -> Answer {
    enabled(&management, &call, true).await
}

pub(super) async fn disable(management: Arc<Management>, call: Call) -> Answer {
    enabled(&management, &call, false).await
}

pub(super) async fn add_secret(management: Arc<Management>, call: Call) -> Answer {
    let (client, sent) = (one(&management, &call).await?.client, call.object()?);
    let mut given = Given::new(&sent, &NOTHING);
    let new = NewClientSecret::read(&mut given);
    let NewClientSecret { id, starts, ends } = given.finish(new)?;
    let admin = management.secret_admin(&call)?;
    let secret = platform::ClientSecret { id, starts: starts.unwrap_or_else(|| admin.now()), ends };
    admin.add_client_secret(call.tenancy.organisation, client, secret).await?;
    Ok(call.created(id, told(&ClientSecret::from(secret))?))
}

pub(super) async fn remove_secret(management: Arc<Management>, call: Call) -> Answer {
    let client = one(&management, &call).await?.client;
    let named = call.named.get(1).map(String::as_str).unwrap_or_default();
    let id = scalars::id(named).map_err(|_| Fault::absent())?;
    management.secret_admin(&call)?.remove_client_secret(call.tenancy.organisation, client, id).await?;
    Ok(Reply::Nothing(StatusCode::NO_CONTENT))
}

const TAG: &str = "Clients";

/// What operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let (one, all, secret) = (Shape::of::<Client>(), Shape::of::<Vec<Client>>(), Shape::of::<ClientSecret>());
    vec![
        Described::new("Clients_list", TAG, "List back-ends").answers(200, all, json!([example()])),
        Described::new("Clients_create", TAG, "Register a back-end")
            .says("A client id belongs to one organisation (409).")
            .takes(Shape::of::<NewClient>(), json!({"id": ID, "label": "core banking"}))
            .answers(201, one, example())
            .refuses([409]),
        Described::new("Clients_get", TAG, "Read a back-end").answers(200, one, example()),
        Described::new("Clients_enable", TAG, "Let a back-end call again").answers(200, one, example()),
        Described::new("Clients_disable", TAG, "Let a back-end call no longer").answers(200, one, example()),
        Described::new("ClientSecrets_create", TAG, "Write down how long a secret of a back-end is good")
            .says("The secret itself is not asked for. Before it ends, an alert says so.")
            .takes(Shape::of::<NewClientSecret>(), json!({"id": SECRET, "ends": "2028-05-28T06:00:00Z"}))
            .answers(201, secret, told_secret())
            .refuses([409]),
        Described::new("ClientSecrets_delete", TAG, "Forget a secret of a back-end").done(204),
    ]
}

const ID: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001";
const SECRET: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0002";

fn told_secret() -> Value {
    json!({"id": SECRET, "starts": "2026-05-28T06:00:00Z", "ends": "2028-05-28T06:00:00Z"})
}

fn example() -> Value {
    json!({
        "id": ID,
        "label": "core banking",
        "enabled": true,
        "created": "2026-05-28T06:00:00Z",
        "secretsEnd": "2028-05-28T06:00:00Z",
        "secrets": [told_secret()],
    })
}
