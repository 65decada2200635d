//! Back-ends that call: which organisation each belongs to, and until when its secrets are good.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::StoreError;
use super::organisations::{Environment, environment, found, named};
use super::sql::{Global, Row, Scoped, Session, Tx, Unscoped, binds};

/// The most clients of an organisation, and the most secrets of a client.
const MAX_CLIENTS: usize = 1000;
const MAX_SECRETS: usize = 20;

/// A back-end that is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its client id at who issues tokens. No two organisations have the same.
    pub client: Uuid,
    /// Whose it is.
    pub organisation: Uuid,
    /// Where it works.
    pub environment: Environment,
    /// What people call it.
    pub label: String,
    /// Whether it may call.
    pub enabled: bool,
    /// Since when it is there.
    pub created: Timestamp,
    /// Its secrets, those that end first first.
    pub secrets: Vec<ClientSecret>,
}

/// What is known of a secret of a client. The secret itself is known to who issues tokens, and not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientSecret {
    /// What it is called there (`keyId`).
    pub id: Uuid,
    /// Since when it is good.
    pub starts: Timestamp,
    /// Until when it is good.
    pub ends: Timestamp,
}

/// A client whose organisation and environment may do something.
const FIND: Global = Global::new(
    "SELECT c.organisation, c.environment FROM clients c
     JOIN organisations o ON o.organisation = c.organisation
     JOIN environments e ON e.organisation = c.organisation AND e.environment = c.environment
     WHERE c.client = $1 AND c.enabled = 1 AND o.enabled = 1 AND e.enabled = 1",
);
const LIST: Scoped = Scoped::new(
    "SELECT organisation, client, environment, label, enabled, created FROM clients WHERE organisation = $1
     ORDER BY label, client",
);
const SECRETS: Scoped = Scoped::new(
    "SELECT client, id, starts, ends FROM client_secrets WHERE organisation = $1 ORDER BY ends, client, id",
);
const COUNT: Scoped = Scoped::new("SELECT count(*) FROM clients WHERE organisation = $1");
const COUNT_SECRETS: Scoped =
    Scoped::new("SELECT count(*) FROM client_secrets WHERE organisation = $1 AND client = $2");
const REGISTER: Scoped = Scoped::new(
    "INSERT INTO clients (organisation, client, environment, label, enabled, created) VALUES ($1, $2, $3, $4, $5, $6)",
);
const ENABLE: Scoped = Scoped::new("UPDATE clients SET enabled = $3 WHERE organisation = $1 AND client = $2");
/// Holds the client, so that of two who add secrets one counts those of the other.
const HOLD: Scoped = Scoped::new("UPDATE clients SET label = label WHERE organisation = $1 AND client = $2");
const ADD_SECRET: Scoped =
    Scoped::new("INSERT INTO client_secrets (organisation, client, id, starts, ends) VALUES ($1, $2, $3, $4, $5)");
const REMOVE_SECRET: Scoped =
    Scoped::new("DELETE FROM client_secrets WHERE organisation = $1 AND client = $2 AND id = $3");

/// What is known of clients.
#[async_trait]
pub trait ClientReads {
    /// Where a client leads, where neither it nor that is disabled.
    ///
    /// # Errors
    /// Those of the database, here and below.
    async fn client(&mut self, client: Uuid) -> Result<Option<(Uuid, Environment)>, StoreError>;

    /// The clients of an organisation by their labels, disabled ones too.
    ///
    /// # Errors
    /// Those of the database.
    async fn clients(&mut self, organisation: Uuid) -> Result<Vec<Client>, StoreError>;
}

/// What is done with clients.
#[async_trait]
pub trait Clients: ClientReads {
    /// Registers a client, without secrets.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it is registered, for whichever organisation; [`StoreError::Absent`] where there is no such
    /// environment; [`StoreError::Refused`] where the label is empty or too long, or the organisation has too many.
    async fn register_client(&mut self, client: &Client) -> Result<(), StoreError>;

    /// Lets a client call, or not.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the organisation has no such client.
    async fn enable_client(&mut self, organisation: Uuid, client: Uuid, enabled: bool) -> Result<(), StoreError>;

    /// Writes down how long a secret is good.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the organisation has no such client, [`StoreError::Conflict`] where the secret is known,
    /// [`StoreError::Refused`] where it ends before it starts, or the client has too many.
    async fn add_client_secret(&mut self, of: Uuid, client: Uuid, secret: &ClientSecret) -> Result<(), StoreError>;

    /// Forgets a secret.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the client has no such secret.
    async fn remove_client_secret(&mut self, of: Uuid, client: Uuid, id: Uuid) -> Result<(), StoreError>;
}

#[async_trait]
impl<S: Session> ClientReads for S {
    async fn client(&mut self, client: Uuid) -> Result<Option<(Uuid, Environment)>, StoreError> {
        let row = Unscoped::over(self).first(&FIND, binds![client]).await?;
        row.map(|row| Ok((row.id(0)?, environment(&row, 1)?))).transpose()
    }

    async fn clients(&mut self, organisation: Uuid) -> Result<Vec<Client>, StoreError> {
        let rows = self.of(organisation).all(&LIST, binds![]).await?;
        let mut clients = rows.iter().map(read).collect::<Result<Vec<Client>, StoreError>>()?;
        for row in self.of(organisation).all(&SECRETS, binds![]).await? {
            let (client, id) = (row.id(0)?, row.id(1)?);
            let secret = ClientSecret { id, starts: row.instant(2)?, ends: row.instant(3)? };
            clients.iter_mut().filter(|one| one.client == client).for_each(|one| one.secrets.push(secret));
        }
        Ok(clients)
    }
}

#[async_trait]
impl Clients for Tx {
    async fn register_client(&mut self, new: &Client) -> Result<(), StoreError> {
        let Client { client, organisation, environment, label, enabled, created, secrets: _ } = new;
        let label = named(label)?;
        let known = self.of(*organisation).only(&COUNT, binds![]).await?.count(0)?;
        if known >= MAX_CLIENTS as u64 {
            return Err(StoreError::Refused { what: "a client more" });
        }
        let binds = binds![*client, environment.as_str(), label, *enabled, *created];
        self.of(*organisation).execute(&REGISTER, binds).await.map(drop)
    }

    async fn enable_client(&mut self, organisation: Uuid, client: Uuid, enabled: bool) -> Result<(), StoreError> {
        found("client", self.of(organisation).execute(&ENABLE, binds![client, enabled]).await?)
    }

    async fn add_client_secret(&mut self, of: Uuid, client: Uuid, secret: &ClientSecret) -> Result<(), StoreError> {
        let ClientSecret { id, starts, ends } = *secret;
        if ends <= starts {
            return Err(StoreError::Refused { what: "a secret that ends before it starts" });
        }
        found("client", self.of(of).execute(&HOLD, binds![client]).await?)?;
        if self.of(of).only(&COUNT_SECRETS, binds![client]).await?.count(0)? >= MAX_SECRETS as u64 {
            return Err(StoreError::Refused { what: "a secret more" });
        }
        self.of(of).execute(&ADD_SECRET, binds![client, id, starts, ends]).await.map(drop)
    }

    async fn remove_client_secret(&mut self, of: Uuid, client: Uuid, id: Uuid) -> Result<(), StoreError> {
        found("secret", self.of(of).execute(&REMOVE_SECRET, binds![client, id]).await?)
    }
}

fn read(row: &Row) -> Result<Client, StoreError> {
    Ok(Client {
        organisation: row.id(0)?,
        client: row.id(1)?,
        environment: environment(row, 2)?,
        label: row.text(3)?,
        enabled: row.flag(4)?,
        created: row.instant(5)?,
        secrets: Vec::new(),
    })
}
