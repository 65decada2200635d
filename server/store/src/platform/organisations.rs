//! Customers: their records, their environments, and whose Entra tenant leads to which of them.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::StoreError;
use super::sql::{Global, Row, Scoped, Session, Tx, Unscoped, binds};

/// The longest name, in bytes.
const MAX_NAME: usize = 200;

/// The most applications that the people of a tenant are limited to.
const MAX_ALLOWED: usize = 100;

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its id, for ever.
    pub id: Uuid,
    /// What people call it. No two have the same.
    pub name: String,
    /// Whether it may do anything.
    pub enabled: bool,
    /// When its record was made.
    pub created: Timestamp,
}

/// One of the three places that an organisation may work in, apart from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Environment {
    /// For those who build.
    Dev,
    /// For those who try.
    Test,
    /// For those who work.
    Prod,
}

impl Environment {
    /// Every environment.
    pub const ALL: [Self; 3] = [Self::Dev, Self::Test, Self::Prod];

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Test => "test",
            Self::Prod => "prod",
        }
    }
}

impl std::str::FromStr for Environment {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let known = Self::ALL.into_iter().find(|environment| environment.as_str() == text);
        known.ok_or(StoreError::Absent { what: "environment" })
    }
}

impl std::fmt::Display for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An environment that an organisation has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenEnvironment {
    /// Which.
    pub environment: Environment,
    /// Whether anything may be done there.
    pub enabled: bool,
    /// Since when it is there.
    pub created: Timestamp,
}

/// What the people of an Entra tenant may choose: an organisation and one of its environments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// The id of the Entra tenant (`tid`).
    pub tenant: Uuid,
    /// The organisation.
    pub organisation: Uuid,
    /// Its environment.
    pub environment: Environment,
    /// Whether it may be chosen.
    pub enabled: bool,
    /// Since when it is there.
    pub created: Timestamp,
    /// How what those people may do there is limited.
    pub limits: TenantLimits,
}

/// How what the people of a tenant may do in an environment is limited. What a role means is not known here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantLimits {
    /// The role that they have at most; none where their tokens alone say it.
    pub cap: Option<String>,
    /// The applications that they may use; none where they may use any.
    pub clients: Option<BTreeSet<Uuid>>,
}

impl TenantLimits {
    /// What stands in the two columns.
    fn texts(&self) -> Result<[Option<String>; 2], StoreError> {
        let long = self.cap.as_ref().is_some_and(|cap| cap.len() > MAX_NAME);
        if long || self.clients.as_ref().is_some_and(|clients| clients.len() > MAX_ALLOWED) {
            return Err(StoreError::Refused { what: "limits of that size" });
        }
        let list = |clients: &BTreeSet<Uuid>| clients.iter().map(ToString::to_string).collect::<serde_json::Value>();
        Ok([self.cap.clone(), self.clients.as_ref().map(|clients| list(clients).to_string())])
    }
}

const ONE: Scoped =
    Scoped::new("SELECT organisation, name, enabled, created FROM organisations WHERE organisation = $1");
const PAGE: Global = Global::new(
    "SELECT organisation, name, enabled, created FROM organisations WHERE organisation > $1 ORDER BY organisation LIMIT $2",
);
const NAMED: Global = Global::new("SELECT organisation, name, enabled, created FROM organisations WHERE name = $1");
const CREATE: Scoped =
    Scoped::new("INSERT INTO organisations (organisation, name, enabled, created) VALUES ($1, $2, $3, $4)");
const ENABLE: Scoped = Scoped::new("UPDATE organisations SET enabled = $2 WHERE organisation = $1");
const CRM: Scoped = Scoped::new("SELECT crm FROM organisations WHERE organisation = $1");
const SET_CRM: Scoped = Scoped::new("UPDATE organisations SET crm = $2 WHERE organisation = $1");
const RENAME: Scoped = Scoped::new("UPDATE organisations SET name = $2 WHERE organisation = $1");

const ENVIRONMENTS: Scoped =
    Scoped::new("SELECT environment, enabled, created FROM environments WHERE organisation = $1 ORDER BY environment");
const OPEN: Scoped =
    Scoped::new("INSERT INTO environments (organisation, environment, enabled, created) VALUES ($1, $2, 1, $3)");
const ENABLE_ENVIRONMENT: Scoped =
    Scoped::new("UPDATE environments SET enabled = $3 WHERE organisation = $1 AND environment = $2");

const TENANTS: Scoped = Scoped::new(
    "SELECT organisation, tenant, environment, enabled, created, role_cap, clients FROM tenants WHERE organisation = $1
     ORDER BY tenant, environment",
);
/// What an Entra tenant leads to, where neither it nor what it leads to is disabled.
const CHOICES: Global = Global::new(
    "SELECT t.organisation, t.tenant, t.environment, t.enabled, t.created, t.role_cap, t.clients FROM tenants t
     JOIN organisations o ON o.organisation = t.organisation
     JOIN environments e ON e.organisation = t.organisation AND e.environment = t.environment
     WHERE t.tenant = $1 AND t.enabled = 1 AND o.enabled = 1 AND e.enabled = 1
     ORDER BY t.organisation, t.environment",
);
const MAP: Scoped = Scoped::new(
    "INSERT INTO tenants (organisation, tenant, environment, enabled, created, role_cap, clients)
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
);
const LIMIT_TENANT: Scoped = Scoped::new(
    "UPDATE tenants SET role_cap = $4, clients = $5 WHERE organisation = $1 AND tenant = $2 AND environment = $3",
);
const ENABLE_TENANT: Scoped =
    Scoped::new("UPDATE tenants SET enabled = $4 WHERE organisation = $1 AND tenant = $2 AND environment = $3");
const UNMAP: Scoped = Scoped::new("DELETE FROM tenants WHERE organisation = $1 AND tenant = $2 AND environment = $3");

/// What is known of customers.
#[async_trait]
pub trait OrganisationReads {
    /// One organisation.
    ///
    /// # Errors
    /// Those of the database, here and below.
    async fn organisation(&mut self, id: Uuid) -> Result<Option<Organisation>, StoreError>;

    /// Organisations in the order of their ids, after one of them. For those who run the platform.
    ///
    /// # Errors
    /// Those of the database.
    async fn organisations(&mut self, after: Option<Uuid>, most: usize) -> Result<Vec<Organisation>, StoreError>;

    /// The organisation of a name. For those who run the platform.
    ///
    /// # Errors
    /// Those of the database.
    async fn organisation_named(&mut self, name: &str) -> Result<Option<Organisation>, StoreError>;

    /// The name of the CRM that an organisation keeps its records in; none where nobody has said it, and where there is no organisation.
    ///
    /// # Errors
    /// Those of the database.
    async fn crm(&mut self, organisation: Uuid) -> Result<Option<String>, StoreError>;

    /// The environments of an organisation.
    ///
    /// # Errors
    /// Those of the database.
    async fn environments(&mut self, organisation: Uuid) -> Result<Vec<OpenEnvironment>, StoreError>;

    /// The tenants of an organisation, disabled ones too.
    ///
    /// # Errors
    /// Those of the database.
    async fn tenants(&mut self, organisation: Uuid) -> Result<Vec<Tenant>, StoreError>;

    /// What those who sign in from a tenant may choose: nothing that is disabled.
    ///
    /// # Errors
    /// Those of the database.
    async fn choices(&mut self, tenant: Uuid) -> Result<Vec<Tenant>, StoreError>;
}

/// What is done with customers.
#[async_trait]
pub trait Organisations: OrganisationReads {
    /// Makes a record.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the id or the name is taken, [`StoreError::Refused`] where the name is empty or too
    /// long.
    async fn create_organisation(&mut self, organisation: &Organisation) -> Result<(), StoreError>;

    /// Enables or disables all that an organisation does.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where there is none.
    async fn enable_organisation(&mut self, id: Uuid, enabled: bool) -> Result<(), StoreError>;

    /// Gives it another name.
    ///
    /// # Errors
    /// As [`create_organisation`](Self::create_organisation), and [`StoreError::Absent`] where there is none.
    async fn rename_organisation(&mut self, id: Uuid, name: &str) -> Result<(), StoreError>;

    /// Says in which CRM it keeps its records, by its name; or that nobody knows.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where there is no organisation, [`StoreError::Refused`] where the name is empty or too long.
    async fn set_crm(&mut self, id: Uuid, crm: Option<&str>) -> Result<(), StoreError>;

    /// Gives an organisation an environment.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it has it, [`StoreError::Absent`] where there is no organisation.
    async fn open_environment(&mut self, id: Uuid, environment: Environment, at: Timestamp) -> Result<(), StoreError>;

    /// Enables or disables all that is done in an environment.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the organisation does not have it.
    async fn enable_environment(&mut self, id: Uuid, which: Environment, enabled: bool) -> Result<(), StoreError>;

    /// Lets a tenant lead to an environment.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it does, [`StoreError::Absent`] where there is no such environment,
    /// [`StoreError::Refused`] where its limits are too many or too long.
    async fn map_tenant(&mut self, tenant: &Tenant) -> Result<(), StoreError>;

    /// Enables or disables what a tenant leads to.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where it leads nowhere.
    async fn enable_tenant(&mut self, of: &Tenant, enabled: bool) -> Result<(), StoreError>;

    /// Limits what the people of a tenant may do there to the limits that it has now.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where it leads nowhere, [`StoreError::Refused`] where the limits are too many or too long.
    async fn limit_tenant(&mut self, of: &Tenant) -> Result<(), StoreError>;

    /// Takes away what a tenant leads to; whether it did.
    ///
    /// # Errors
    /// Those of the database.
    async fn unmap_tenant(&mut self, of: &Tenant) -> Result<bool, StoreError>;
}

#[async_trait]
impl<S: Session> OrganisationReads for S {
    async fn organisation(&mut self, id: Uuid) -> Result<Option<Organisation>, StoreError> {
        self.of(id).first(&ONE, binds![]).await?.as_ref().map(organisation).transpose()
    }

    async fn organisations(&mut self, after: Option<Uuid>, most: usize) -> Result<Vec<Organisation>, StoreError> {
        let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
        let rows = Unscoped::over(self).all(&PAGE, binds![after, most]).await?;
        rows.iter().map(organisation).collect()
    }

    async fn organisation_named(&mut self, name: &str) -> Result<Option<Organisation>, StoreError> {
        Unscoped::over(self).first(&NAMED, binds![name]).await?.as_ref().map(organisation).transpose()
    }

    async fn crm(&mut self, organisation: Uuid) -> Result<Option<String>, StoreError> {
        let row = self.of(organisation).first(&CRM, binds![]).await?;
        row.map_or(Ok(None), |row| row.text_if(0))
    }

    async fn environments(&mut self, organisation: Uuid) -> Result<Vec<OpenEnvironment>, StoreError> {
        let rows = self.of(organisation).all(&ENVIRONMENTS, binds![]).await?;
        let open = |row: &Row| {
            let environment = environment(row, 0)?;
            Ok(OpenEnvironment { environment, enabled: row.flag(1)?, created: row.instant(2)? })
        };
        rows.iter().map(open).collect()
    }

    async fn tenants(&mut self, organisation: Uuid) -> Result<Vec<Tenant>, StoreError> {
        self.of(organisation).all(&TENANTS, binds![]).await?.iter().map(tenant).collect()
    }

    async fn choices(&mut self, tenant: Uuid) -> Result<Vec<Tenant>, StoreError> {
        let rows = Unscoped::over(self).all(&CHOICES, binds![tenant]).await?;
        rows.iter().map(self::tenant).collect()
    }
}

#[async_trait]
impl Organisations for Tx {
    async fn create_organisation(&mut self, new: &Organisation) -> Result<(), StoreError> {
        let name = named(&new.name)?;
        self.of(new.id).execute(&CREATE, binds![name, new.enabled, new.created]).await.map(drop)
    }

    async fn enable_organisation(&mut self, id: Uuid, enabled: bool) -> Result<(), StoreError> {
        found("organisation", self.of(id).execute(&ENABLE, binds![enabled]).await?)
    }

    async fn rename_organisation(&mut self, id: Uuid, name: &str) -> Result<(), StoreError> {
        let name = named(name)?;
        found("organisation", self.of(id).execute(&RENAME, binds![name]).await?)
    }

    async fn set_crm(&mut self, id: Uuid, crm: Option<&str>) -> Result<(), StoreError> {
        let crm = crm.map(named).transpose()?;
        found("organisation", self.of(id).execute(&SET_CRM, binds![crm]).await?)
    }

    async fn open_environment(&mut self, id: Uuid, environment: Environment, at: Timestamp) -> Result<(), StoreError> {
        self.of(id).execute(&OPEN, binds![environment.as_str(), at]).await.map(drop)
    }

    async fn enable_environment(&mut self, id: Uuid, which: Environment, enabled: bool) -> Result<(), StoreError> {
        let changed = self.of(id).execute(&ENABLE_ENVIRONMENT, binds![which.as_str(), enabled]).await?;
        found("environment", changed)
    }

    async fn map_tenant(&mut self, new: &Tenant) -> Result<(), StoreError> {
        let Tenant { tenant, organisation, environment, enabled, created, limits } = new;
        let [cap, clients] = limits.texts()?;
        let binds = binds![*tenant, environment.as_str(), *enabled, *created, cap, clients];
        self.of(*organisation).execute(&MAP, binds).await.map(drop)
    }

    async fn enable_tenant(&mut self, of: &Tenant, enabled: bool) -> Result<(), StoreError> {
        let binds = binds![of.tenant, of.environment.as_str(), enabled];
        found("tenant", self.of(of.organisation).execute(&ENABLE_TENANT, binds).await?)
    }

    async fn limit_tenant(&mut self, of: &Tenant) -> Result<(), StoreError> {
        let [cap, clients] = of.limits.texts()?;
        let binds = binds![of.tenant, of.environment.as_str(), cap, clients];
        found("tenant", self.of(of.organisation).execute(&LIMIT_TENANT, binds).await?)
    }

    async fn unmap_tenant(&mut self, of: &Tenant) -> Result<bool, StoreError> {
        let binds = binds![of.tenant, of.environment.as_str()];
        Ok(self.of(of.organisation).execute(&UNMAP, binds).await? > 0)
    }
}

/// A name that people gave something.
pub(super) fn named(name: &str) -> Result<&str, StoreError> {
    if name.trim().is_empty() || name.len() > MAX_NAME {
        return Err(StoreError::Refused { what: "a name of that length" });
    }
    Ok(name)
}

/// A change of something has to find it.
pub(super) fn found(what: &'static str, changed: u64) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::Absent { what }) } else { Ok(()) }
}

fn organisation(row: &Row) -> Result<Organisation, StoreError> {
    Ok(Organisation { id: row.id(0)?, name: row.text(1)?, enabled: row.flag(2)?, created: row.instant(3)? })
}

fn tenant(row: &Row) -> Result<Tenant, StoreError> {
    Ok(Tenant {
        organisation: row.id(0)?,
        tenant: row.id(1)?,
        environment: environment(row, 2)?,
        enabled: row.flag(3)?,
        created: row.instant(4)?,
        limits: TenantLimits { cap: row.text_if(5)?, clients: allowed(row, 6)? },
    })
}

fn allowed(row: &Row, at: usize) -> Result<Option<BTreeSet<Uuid>>, StoreError> {
    let none = |_| StoreError::corrupt("a list of applications that is none");
    let Some(text) = row.text_if(at)? else { return Ok(None) };
    let ids: Vec<String> = serde_json::from_str(&text).map_err(none)?;
    let ids = ids.iter().map(|id| Uuid::try_parse(id));
    ids.collect::<Result<_, _>>().map(Some).map_err(|_| StoreError::corrupt("an id that is none"))
}

pub(super) fn environment(row: &Row, at: usize) -> Result<Environment, StoreError> {
    row.text(at)?.parse().map_err(|_| StoreError::corrupt("an environment that is none"))
}
