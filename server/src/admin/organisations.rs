//! Customers: made, found, disabled, enabled, given environments.

use std::collections::BTreeSet;

use engage_store::platform::{
    Audit as _, Environment, Organisation, OrganisationReads as _, Organisations as _, StoreError,
};
use serde_json::json;
use uuid::Uuid;

use super::Admin;

impl Admin {
    /// Makes the record of a customer, with the environments that it is to have.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the name is taken, [`StoreError::Refused`] where it is empty, too long, has blanks around
    /// it or characters that do not show, or reads like an id.
    pub async fn create_organisation(
        &self,
        name: &str,
        environments: &[Environment],
    ) -> Result<Organisation, StoreError> {
        legible(name)?;
        let (id, created) = ((self.ids)(), self.now());
        let made = Organisation { id, name: name.to_owned(), enabled: true, created };
        let environments: BTreeSet<Environment> = environments.iter().copied().collect();
        let named: Vec<&str> = environments.iter().map(|environment| environment.as_str()).collect();
        let entry =
            self.entry(id, created, "organisation.created", json!({ "name": made.name, "environments": named }));
        let input = (made.clone(), environments, entry);
        let work = self.database.write(input, |tx, (made, environments, entry)| {
            Box::pin(async move {
                tx.create_organisation(made).await?;
                for environment in environments {
                    tx.open_environment(made.id, *environment, made.created).await?;
                }
                tx.append_audit(entry).await
            })
        });
        work.await?;
        Ok(made)
    }

    /// The organisation of an id or of a name. No name reads like an id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find_organisation(&self, named: &str) -> Result<Option<Organisation>, StoreError> {
        let mut reader = self.database.reader();
        match Uuid::try_parse(named) {
            Ok(id) => reader.organisation(id).await,
            Err(_) => reader.organisation_named(named).await,
        }
    }

    /// Gives an organisation an environment that it does not have yet.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it has it, [`StoreError::Absent`] where there is no such organisation.
    pub async fn open_environment(&self, id: Uuid, environment: Environment) -> Result<(), StoreError> {
        let details = json!({ "environment": environment.as_str() });
        let entry = self.entry(id, self.now(), "environment.opened", details);
        let work = self.database.write((id, environment, entry), |tx, (id, environment, entry)| {
            Box::pin(async move {
                tx.open_environment(*id, *environment, entry.at).await?;
                tx.append_audit(entry).await
            })
        });
        work.await
    }

    /// Says in which CRM an organisation keeps its records, by its name, or that nobody knows. What is said again is written down once.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where there is no such organisation, [`StoreError::Refused`] where the name is none that
    /// [`create_organisation`](Self::create_organisation) takes.
    pub async fn set_crm(&self, id: Uuid, crm: Option<&str>) -> Result<(), StoreError> {
        crm.map(legible).transpose()?;
        let before = self.database.reader().crm(id).await?;
        if before.as_deref() == crm && crm.is_some() {
            return Ok(());
        }
        let entry = self.entry(id, self.now(), "organisation.crm", json!({ "before": before, "after": crm }));
        let work = self.database.write((id, crm.map(ToOwned::to_owned), entry), |tx, (id, crm, entry)| {
            Box::pin(async move {
                tx.set_crm(*id, crm.as_deref()).await?;
                tx.append_audit(entry).await
            })
        });
        work.await
    }

    /// Enables or disables all that an organisation does.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where there is none.
    pub async fn enable_organisation(&self, id: Uuid, enabled: bool) -> Result<(), StoreError> {
        let event = if enabled { "organisation.enabled" } else { "organisation.disabled" };
        let entry = self.entry(id, self.now(), event, json!({}));
        let work = self.database.write((id, enabled, entry), |tx, (id, enabled, entry)| {
            Box::pin(async move {
                tx.enable_organisation(*id, *enabled).await?;
                tx.append_audit(entry).await
            })
        });
        work.await
    }
}

/// A name that people can tell from another, and from an id. How long it may be, the store says.
pub(super) fn legible(name: &str) -> Result<(), StoreError> {
    let wrong = if name.chars().any(char::is_control) {
        "a name with characters that do not show"
    } else if name.trim() != name {
        "a name with blanks around it"
    } else if Uuid::try_parse(name).is_ok() {
        "a name that reads like an id"
    } else {
        return Ok(());
    };
    Err(StoreError::Refused { what: wrong })
}
