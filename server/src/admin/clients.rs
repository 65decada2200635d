//! Back-ends that call: registered, disabled, enabled, and until when their secrets are good.

use engage_store::platform::{
    Audit as _, Client, ClientSecret, Clients as _, Environment, OrganisationReads as _, StoreError,
};
use serde_json::json;
use uuid::Uuid;

use super::Admin;
use super::organisations::legible;

/// A back-end that is to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClient {
    /// Its client id in the platform's tenant.
    pub client: Uuid,
    /// Where it works.
    pub environment: Environment,
    /// What people call it.
    pub label: String,
}

impl Admin {
    /// Registers a back-end of an organisation.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it is registered, for whichever organisation; [`StoreError::Absent`] where the organisation
    /// has no such environment; [`StoreError::Refused`] where the label cannot be.
    pub async fn register_client(&self, organisation: Uuid, new: NewClient) -> Result<Client, StoreError> {
        let NewClient { client, environment, label } = new;
        legible(&label)?;
        let now = self.now();
        self.opened(organisation, environment).await?;
        let details = json!({ "client": client, "environment": environment.as_str(), "label": label });
        let entry = self.entry(organisation, now, "client.registered", details);
        let made =
            Client { client, organisation, environment, label, enabled: true, created: now, secrets: Vec::new() };
        let work = self.database.write((made.clone(), entry), |tx, (made, entry)| {
            Box::pin(async move {
                tx.register_client(made).await?;
                tx.append_audit(entry).await
            })
        });
        work.await?;
        Ok(made)
    }

    /// Lets a back-end call, or not.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the organisation has no such client.
    pub async fn enable_client(&self, organisation: Uuid, client: Uuid, enabled: bool) -> Result<(), StoreError> {
        let event = if enabled { "client.enabled" } else { "client.disabled" };
        let entry = self.entry(organisation, self.now(), event, json!({ "client": client }));
        let work = self.database.write((organisation, client, enabled, entry), |tx, (of, client, enabled, entry)| {
            Box::pin(async move {
                tx.enable_client(*of, *client, *enabled).await?;
                tx.append_audit(entry).await
            })
        });
        work.await
    }

    /// Writes down how long a secret of a back-end is good, as who issued it says.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the organisation has no such client, [`StoreError::Conflict`] where the secret is known,
    /// [`StoreError::Refused`] where it ends before it starts, or there are too many.
    pub async fn add_client_secret(&self, of: Uuid, client: Uuid, secret: ClientSecret) -> Result<(), StoreError> {
        let ClientSecret { id, starts, ends } = secret;
        let details = json!({ "client": client, "secret": id, "starts": starts.to_string(), "ends": ends.to_string() });
        let entry = self.entry(of, self.now(), "client-secret.added", details);
        let work = self.database.write((of, client, secret, entry), |tx, (of, client, secret, entry)| {
            Box::pin(async move {
                tx.add_client_secret(*of, *client, secret).await?;
                tx.append_audit(entry).await
            })
        });
        work.await
    }

    /// Forgets a secret of a back-end.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the client has no such secret.
    pub async fn remove_client_secret(&self, of: Uuid, client: Uuid, id: Uuid) -> Result<(), StoreError> {
        let entry = self.entry(of, self.now(), "client-secret.removed", json!({ "client": client, "secret": id }));
        let work = self.database.write((of, client, id, entry), |tx, (of, client, id, entry)| {
            Box::pin(async move {
                tx.remove_client_secret(*of, *client, *id).await?;
                tx.append_audit(entry).await
            })
        });
        work.await
    }

    /// Whether an organisation has an environment. A foreign key would say the same, in no words of ours.
    pub(super) async fn opened(&self, organisation: Uuid, environment: Environment) -> Result<(), StoreError> {
        let open = self.database.reader().environments(organisation).await?;
        let found = open.iter().any(|open| open.environment == environment);
        if found { Ok(()) } else { Err(StoreError::Absent { what: "environment" }) }
    }
}
