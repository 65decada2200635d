//! Whose users may come to the organisation, and what they may do there at most.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::StatusCode;
use engage_identity::{Caller, Role, User};
use engage_store::platform::{self, OrganisationReads as _};
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::admin::{Limits, MappedTenant};
use crate::api::Reason;
use crate::api::call::{Answer, Call, Reply, told};
use crate::api::fault::Fault;
use crate::api::given::{Given, NOTHING};
use crate::management::Management;
use crate::management::values::{Told, word};
use crate::openapi::{Described, Shape};

/// An Entra tenant whose users may come. What is changed holds on every server within a minute.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct Tenant {
    /// The id of the tenant (`tid`).
    id: Uuid,
    /// Whether its users may come.
    enabled: bool,
    /// The role that they have at most: `Customer`, `Employee`, `Manager`, `Configurator` or `Admin`; `null`: their tokens alone
    /// say it.
    role_cap: Option<String>,
    /// The applications that they may use, by client id; `null`: any that their tenant has consented to.
    clients: Option<BTreeSet<Uuid>>,
    /// Since when it is there.
    created: Told<Timestamp>,
}

/// A tenant whose users are to come.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct NewTenant {
    /// The id of the tenant (`tid`).
    id: Uuid,
    /// The role that its users have at most; left out: their tokens alone say it.
    role_cap: Option<RoleName>,
    /// The applications that they may use, by client id, 100 at most; left out: any that their tenant has consented to.
    clients: Option<BTreeSet<Uuid>>,
}

/// What the users of a tenant may do at most. What is left out is no limit.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct TenantLimits {
    /// The role that they have at most.
    role_cap: Option<RoleName>,
    /// The applications that they may use, by client id, 100 at most.
    clients: Option<BTreeSet<Uuid>>,
}

/// A role of users. Read in any case.
#[derive(Debug, Clone, Copy)]
pub(in crate::management) enum RoleName {
    /// Books for himself.
    Customer,
    /// Works for the organisation.
    Employee,
    /// Leads those who do.
    Manager,
    /// Says what things mean.
    Configurator,
    /// Connects the organisation.
    Admin,
}

impl JsonSchema for RoleName {
    fn schema_name() -> Cow<'static, str> {
        "Role".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        word(
            &Role::ALL.map(Role::as_str),
            "What users may do, ascending: each may do what those before it may.",
            generator,
        )
    }
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Customer => Self::Customer,
            RoleName::Employee => Self::Employee,
            RoleName::Manager => Self::Manager,
            RoleName::Configurator => Self::Configurator,
            RoleName::Admin => Self::Admin,
        }
    }
}

impl RoleName {
    const ALL: [Self; 5] = [Self::Customer, Self::Employee, Self::Manager, Self::Configurator, Self::Admin];

    fn read(given: &mut Given<'_>, name: &str) -> Option<Self> {
        let text = given.text(name)?;
        let found = Self::ALL.into_iter().find(|role| Role::from(*role).as_str().eq_ignore_ascii_case(&text));
        if found.is_none() {
            given.wrong(name, engage_identity::NoRole.to_string());
        }
        found
    }
}

impl From<platform::Tenant> for Tenant {
    fn from(tenant: platform::Tenant) -> Self {
        let platform::Tenant { tenant: id, enabled, created, limits, .. } = tenant;
        Self { id, enabled, role_cap: limits.cap, clients: limits.clients, created: Told(created) }
    }
}

impl TenantLimits {
    fn read(given: &mut Given<'_>) -> Option<Self> {
        let role_cap = RoleName::read(given, "roleCap");
        // None named is a limit too: nobody may use anything.
        let clients = given.value("clients").is_some().then(|| given.ids("clients").into_iter().collect());
        Some(Self { role_cap, clients })
    }

    fn limits(self) -> Limits {
        Limits { cap: self.role_cap.map(Role::from), clients: self.clients }
    }
}

impl NewTenant {
    fn read(given: &mut Given<'_>) -> Option<Self> {
        let sent = given.id("id");
        let (id, limits) = (given.needed("id", sent), TenantLimits::read(given)?);
        Some(Self { id: id?, role_cap: limits.role_cap, clients: limits.clients })
    }
}

fn mapped(call: &Call, tenant: Uuid) -> MappedTenant {
    MappedTenant { tenant, organisation: call.tenancy.organisation, environment: call.tenancy.environment }
}

/// The tenants of the environment.
async fn all(management: &Management, call: &Call) -> Result<Vec<platform::Tenant>, Fault> {
    let mut all = management.database.reader().tenants(call.tenancy.organisation).await?;
    all.retain(|tenant| tenant.environment == call.tenancy.environment);
    Ok(all)
}

pub(super) async fn list(management: Arc<Management>, mut call: Call) -> Answer {
    call.query.finish()?;
    Reply::of(&all(&management, &call).await?.into_iter().map(Tenant::from).collect::<Vec<_>>())
}

pub(super) async fn get(management: Arc<Management>, call: Call) -> Answer {
    let id = call.id()?;
    let found = all(&management, &call).await?.into_iter().find(|tenant| tenant.tenant == id);
    Reply::of(&Tenant::from(found.ok_or_else(Fault::absent)?))
}

pub(super) async fn create(management: Arc<Management>, call: Call) -> Answer {
    let sent = call.object()?;
    let mut given = Given::new(&sent, &NOTHING);
    let new = NewTenant::read(&mut given);
    let NewTenant { id, role_cap, clients } = given.finish(new)?;
    let limits = TenantLimits { role_cap, clients }.limits();
    spares_others(&management, &call, id).await?;
    let made = management.admin(&call)?.map_tenant(mapped(&call, id), &limits).await?;
    Ok(call.created(id, told(&Tenant::from(made))?))
}

pub(super) async fn limit(management: Arc<Management>, call: Call) -> Answer {
    let (id, sent) = (call.id()?, call.object()?);
    let mut given = Given::new(&sent, &NOTHING);
    let read = TenantLimits::read(&mut given);
    let limits = given.finish(read)?.limits();
    let remains = |user: &User| {
        limits.cap.is_none_or(|cap| cap == Role::Admin)
            && limits.clients.as_ref().is_none_or(|clients| clients.contains(&user.client))
    };
    spares_the_caller(&call, id, remains)?;
    Reply::of(&Tenant::from(management.admin(&call)?.limit_tenant(mapped(&call, id), &limits).await?))
}

/// The users of a tenant that leads to another organisation would have to say at every call where they mean to go. That is for somebody
/// who comes by that tenant to decide, or for who runs the platform.
async fn spares_others(management: &Management, call: &Call, tenant: Uuid) -> Result<(), Fault> {
    if matches!(&call.origin.principal.caller, Caller::User(user) if user.tenant == tenant) {
        return Ok(());
    }
    let leads = management.database.reader().choices(tenant).await?;
    if leads.iter().all(|there| there.organisation == call.tenancy.organisation) {
        return Ok(());
    }
    let message = "that tenant leads to another organisation; let an administrator who comes by it map it, or who runs the platform";
    Err(Fault::new(StatusCode::CONFLICT, message).because(Reason::InUse))
}

/// Nobody takes away from themselves what they have come with: nobody else might be there to give it back.
fn spares_the_caller(call: &Call, tenant: Uuid, remains: impl Fn(&User) -> bool) -> Result<(), Fault> {
    match &call.origin.principal.caller {
        Caller::User(user) if user.tenant == tenant && !remains(user) => {
            let message = "you have come by this tenant, and could not come back; let somebody of another tenant do it, or the \
                command line";
            Err(Fault::new(StatusCode::CONFLICT, message).because(Reason::OwnAccess))
        }
        _ => Ok(()),
    }
}

async fn enabled(management: &Management, call: &Call, enabled: bool) -> Answer {
    let id = call.id()?;
    spares_the_caller(call, id, |_| enabled)?;
    Reply::of(&Tenant::from(management.admin(call)?.enable_tenant(mapped(call, id), enabled).await?))
}

pub(super) async fn enable(management: Arc<Management>, call: Call) -> Answer {
    enabled(&management, &call, true).await
}

pub(super) async fn disable(management: Arc<Management>, call: Call) -> Answer {
    enabled(&management, &call, false).await
}

pub(super) async fn remove(management: Arc<Management>, call: Call) -> Answer {
    let id = call.id()?;
    spares_the_caller(&call, id, |_| false)?;
    management.admin(&call)?.unmap_tenant(mapped(&call, id)).await?;
    Ok(Reply::Nothing(StatusCode::NO_CONTENT))
}

const TAG: &str = "Tenants";

/// What operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let (one, all) = (Shape::of::<Tenant>(), Shape::of::<Vec<Tenant>>());
    vec![
        Described::new("Tenants_list", TAG, "List tenants").answers(200, all, json!([example()])),
        Described::new("Tenants_create", TAG, "Let the users of a tenant in")
            .takes(Shape::of::<NewTenant>(), json!({"id": ID, "roleCap": "Manager", "clients": null}))
            .answers(201, one, example())
            .refuses([409]),
        Described::new("Tenants_get", TAG, "Read a tenant").answers(200, one, example()),
        Described::new("Tenants_limit", TAG, "Limit what the users of a tenant may do")
            .says("In the place of the limits before: what is left out is no limit. Nobody limits himself (409).")
            .takes(Shape::of::<TenantLimits>(), json!({"roleCap": "Manager"}))
            .answers(200, one, example())
            .refuses([409]),
        Described::new("Tenants_enable", TAG, "Let the users of a tenant in again").answers(200, one, example()),
        Described::new("Tenants_disable", TAG, "Shut the users of a tenant out")
            .says("Nobody shuts himself out (409).")
            .answers(200, one, example())
            .refuses([409]),
        Described::new("Tenants_delete", TAG, "Remove a tenant")
            .says("Nobody shuts himself out (409).")
            .done(204)
            .refuses([409]),
    ]
}

const ID: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001";

fn example() -> Value {
    json!({"id": ID, "enabled": true, "roleCap": "Manager", "clients": null, "created": "2026-05-28T06:00:00Z"})
}
