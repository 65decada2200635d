//! What is kept of a user or a group.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::platform::organisations::Environment;
use crate::platform::sql::{Bind, Row, binds, json_text};
use crate::platform::{StoreError, folded};

/// The longest text that is looked for, in bytes: an index of PostgreSQL takes no more than 2,704.
const MAX_KEY: usize = 1024;
/// The longest record, in bytes.
const MAX_BODY: usize = 1 << 20;

/// One directory of a customer: what the address of a service and a token lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Realm {
    /// Whose it is.
    pub organisation: Uuid,
    /// Where it counts.
    pub environment: Environment,
    /// What it is about.
    pub service: Service,
}

/// What a directory is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// People.
    Employees,
    /// Rooms, which are users too.
    Rooms,
}

impl Service {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Employees, Self::Rooms];

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Employees => "employees",
            Self::Rooms => "rooms",
        }
    }

    pub(super) fn read(text: &str) -> Result<Self, StoreError> {
        let known = Self::ALL.into_iter().find(|service| service.as_str() == text);
        known.ok_or_else(|| StoreError::corrupt("a service that is none"))
    }
}

/// A user or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A user: a person, or a room.
    User,
    /// A group.
    Group,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }

    pub(super) fn read(text: &str) -> Result<Self, StoreError> {
        match text {
            "user" => Ok(Self::User),
            "group" => Ok(Self::Group),
            _ => Err(StoreError::corrupt("a kind of record that is none")),
        }
    }
}

/// What a record says.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// The name of a user; no two of a realm have the same, in whatever case.
    pub user_name: Option<String>,
    /// The customer's id; no two users and no two groups of a realm have the same.
    pub external_id: Option<String>,
    /// The name to show; no two groups of a realm have the same, in whatever case.
    pub display_name: Option<String>,
    /// Whether it counts.
    pub active: bool,
    /// All of it, as it was sent.
    pub body: Value,
    /// The same, each text in lower case ([`folded`]) whose case does not count. Conditions look here.
    pub folded: Value,
    /// Since when it does not count.
    pub deactivated_at: Option<Timestamp>,
    /// When it is to be removed.
    pub purge_at: Option<Timestamp>,
}

/// A record that is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRecord {
    /// Its id, for ever.
    pub id: Uuid,
    /// What it is.
    pub kind: Kind,
    /// The id of what we know of the person, the room or the group; it outlives the record.
    pub domain: Uuid,
    /// What it says.
    pub content: Content,
}

/// A record that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its id, for ever.
    pub id: Uuid,
    /// What it is.
    pub kind: Kind,
    /// The id of what we know of it.
    pub domain: Uuid,
    /// Whether it counts.
    pub active: bool,
    /// All that it says, as it was sent.
    pub body: Value,
    /// How often it was written.
    pub version: i64,
    /// When it was made.
    pub created: Timestamp,
    /// When it was written last.
    pub modified: Timestamp,
    /// Since when it does not count.
    pub deactivated_at: Option<Timestamp>,
    /// When it is to be removed.
    pub purge_at: Option<Timestamp>,
}

/// A record that is deleted and not yet removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The id of the record.
    pub id: Uuid,
    /// The id of what we know of it.
    pub domain: Uuid,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// When it is to be removed.
    pub purge_at: Option<Timestamp>,
}

/// The columns of a [`Record`].
macro_rules! record_columns {
    () => {
        "r.id, r.kind, r.domain, r.active, r.body, r.version, r.created, r.modified, r.deactivated_at, r.purge_at"
    };
}
pub(super) use record_columns;

impl Record {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row, 0)?,
            kind: Kind::read(&row.text(1)?)?,
            domain: row.id(2)?,
            active: row.flag(3)?,
            body: row.json(4)?,
            version: row.integer(5)?,
            created: row.instant(6)?,
            modified: row.instant(7)?,
            deactivated_at: row.instant_if(8)?,
            purge_at: row.instant_if(9)?,
        })
    }
}

/// The id of a record, which is kept as text because filters look for it as one.
pub(super) fn id(row: &Row, at: usize) -> Result<Uuid, StoreError> {
    Uuid::try_parse(&row.text(at)?).map_err(|_| StoreError::corrupt("an id that is none"))
}

impl Content {
    /// Its columns, from `user_name` to `purge_at`, of a record of a kind.
    pub(super) fn binds(&self, kind: Kind) -> Result<Vec<Bind>, StoreError> {
        let display_name = key("displayName", self.display_name.as_deref())?.map(folded);
        let group_name = display_name.clone().filter(|_| kind == Kind::Group);
        let user_name = key("userName", self.user_name.as_deref())?;
        Ok(binds![
            user_name,
            user_name.map(folded),
            key("externalId", self.external_id.as_deref())?,
            display_name,
            group_name,
            self.active,
            body(&self.body)?,
            body(&self.folded)?,
            self.deactivated_at,
            self.purge_at,
        ])
    }
}

/// A text that an index can hold.
pub(super) fn key<'t>(what: &'static str, text: Option<&'t str>) -> Result<Option<&'t str>, StoreError> {
    // Lower case can be longer, by half at most.
    match text {
        Some(text) if text.len() > MAX_KEY => Err(StoreError::Refused { what: long(what) }),
        text => Ok(text),
    }
}

fn long(what: &'static str) -> &'static str {
    match what {
        "userName" => "a userName of more than 1024 bytes",
        "externalId" => "an externalId of more than 1024 bytes",
        "displayName" => "a displayName of more than 1024 bytes",
        _ => "a key of more than 1024 bytes",
    }
}

fn body(value: &Value) -> Result<String, StoreError> {
    let text = json_text(value)?;
    if text.len() > MAX_BODY { Err(StoreError::Refused { what: "a record of that size" }) } else { Ok(text) }
}

impl Realm {
    /// Its columns but the organisation, which is bound by itself.
    pub(super) fn binds(&self) -> Vec<Bind> {
        binds![self.environment.as_str(), self.service.as_str()]
    }

    /// Its columns and more.
    pub(super) fn with(&self, more: Vec<Bind>) -> Vec<Bind> {
        let mut binds = self.binds();
        binds.extend(more);
        binds
    }
}
