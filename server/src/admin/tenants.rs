//! Whose users may go where, and what they may do there at most.

use std::collections::BTreeSet;

use engage_identity::Role;
use engage_store::platform::{
    Audit as _, Environment, OrganisationReads as _, Organisations as _, StoreError, Tenant, TenantLimits,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Admin;

/// A tenant and where it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MappedTenant {
    /// The Entra tenant (`tid`).
    pub tenant: Uuid,
    /// The organisation.
    pub organisation: Uuid,
    /// Its environment.
    pub environment: Environment,
}

/// What the users of a tenant may do at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// The role that they have at most; none where their tokens alone say it.
    pub cap: Option<Role>,
    /// The applications that they may use; none where they may use any that their tenant has consented to.
    pub clients: Option<BTreeSet<Uuid>>,
}

impl Limits {
    fn stored(&self) -> TenantLimits {
        TenantLimits { cap: self.cap.map(|role| role.as_str().to_owned()), clients: self.clients.clone() }
    }
}

impl Admin {
    /// Lets the users of a tenant go to an environment of an organisation.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where they may already, [`StoreError::Absent`] where there is no such environment,
    /// [`StoreError::Refused`] where the limits are too many.
    pub async fn map_tenant(&self, of: MappedTenant, limits: &Limits) -> Result<Tenant, StoreError> {
        self.opened(of.organisation, of.environment).await?;
        let new = self.tenant(of, limits.stored());
        let entry = self.entry(of.organisation, new.created, "tenant.mapped", details(&new));
        let work = self.database.write((new.clone(), entry), |tx, (new, entry)| {
            Box::pin(async move {
                tx.map_tenant(new).await?;
                tx.append_audit(entry).await
            })
        });
        work.await?;
        Ok(new)
    }

    /// Limits what the users of a tenant may do, in the place of the limits before.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the tenant does not lead there, [`StoreError::Refused`] where the limits are too many.
    pub async fn limit_tenant(&self, of: MappedTenant, limits: &Limits) -> Result<Tenant, StoreError> {
        let before = self.mapped(of).await?;
        let new = Tenant { limits: limits.stored(), ..before.clone() };
        let details = json!({ "before": details(&before), "after": details(&new) });
        let entry = self.entry(of.organisation, self.now(), "tenant.limited", details);
        let work = self.database.write((new.clone(), entry), |tx, (new, entry)| {
            Box::pin(async move {
                tx.limit_tenant(new).await?;
                tx.append_audit(entry).await
            })
        });
        work.await?;
        Ok(new)
    }

    /// Lets the users of a tenant go there again, or no longer.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the tenant does not lead there.
    pub async fn enable_tenant(&self, of: MappedTenant, enabled: bool) -> Result<Tenant, StoreError> {
        let found = Tenant { enabled, ..self.mapped(of).await? };
        let event = if enabled { "tenant.enabled" } else { "tenant.disabled" };
        let entry = self.entry(of.organisation, self.now(), event, details(&found));
        let work = self.database.write((found.clone(), enabled, entry), |tx, (found, enabled, entry)| {
            Box::pin(async move {
                tx.enable_tenant(found, *enabled).await?;
                tx.append_audit(entry).await
            })
        });
        work.await?;
        Ok(found)
    }

    /// Takes away where a tenant leads.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where it does not lead there.
    pub async fn unmap_tenant(&self, of: MappedTenant) -> Result<(), StoreError> {
        let gone = self.mapped(of).await?;
        let entry = self.entry(of.organisation, self.now(), "tenant.unmapped", details(&gone));
        let work = self.database.write((gone, entry), |tx, (gone, entry)| {
            Box::pin(async move {
                if !tx.unmap_tenant(gone).await? {
                    return Err(StoreError::Absent { what: "tenant" });
                }
                tx.append_audit(entry).await
            })
        });
        work.await
    }

    /// Where a tenant leads, as it is now.
    async fn mapped(&self, of: MappedTenant) -> Result<Tenant, StoreError> {
        let tenants = self.database.reader().tenants(of.organisation).await?;
        let found = tenants.into_iter().find(|one| one.tenant == of.tenant && one.environment == of.environment);
        found.ok_or(StoreError::Absent { what: "tenant" })
    }

    fn tenant(&self, of: MappedTenant, limits: TenantLimits) -> Tenant {
        let MappedTenant { tenant, organisation, environment } = of;
        Tenant { tenant, organisation, environment, enabled: true, created: self.now(), limits }
    }
}

fn details(tenant: &Tenant) -> Value {
    json!({
        "tenant": tenant.tenant,
        "environment": tenant.environment.as_str(),
        "roleCap": tenant.limits.cap,
        "clients": tenant.limits.clients,
    })
}
