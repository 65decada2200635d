//! Who is in which group.

use async_trait::async_trait;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Realm, id, key};
use super::read::text;
use crate::platform::sql::{Row, Scoped, Session, Tx, binds, json_text};
use crate::platform::{StoreError, folded};

/// A member, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// The id of the member.
    pub id: String,
    /// `User` or `Group`.
    pub kind: Option<String>,
    /// A name to show.
    pub display: Option<String>,
}

macro_rules! add {
    ($from:literal) => {
        concat!(
            "INSERT INTO directory_members (organisation, environment, service, group_id, member_id, member_type,
               display, display_folded)
             SELECT $1, $2, $3, $4, e.value ->> 'id', e.value ->> 'type', e.value ->> 'display', e.value ->> 'folded'
             FROM ",
            $from,
            " WHERE true ON CONFLICT (organisation, environment, service, group_id, member_id) DO NOTHING"
        )
    };
}

macro_rules! remove {
    ($from:literal) => {
        concat!(
            "DELETE FROM directory_members WHERE organisation = $1 AND environment = $2 AND service = $3
             AND group_id = $4 AND member_id IN (SELECT e.value FROM ",
            $from,
            ")"
        )
    };
}

const ADD: Scoped = Scoped::two(add!("json_each($5) e"), add!("jsonb_array_elements(CAST($5 AS jsonb)) AS e(value)"));
const REMOVE: Scoped =
    Scoped::two(remove!("json_each($5) e"), remove!("jsonb_array_elements_text(CAST($5 AS jsonb)) AS e(value)"));
const CLEAR: Scoped = Scoped::new(
    "DELETE FROM directory_members WHERE organisation = $1 AND environment = $2 AND service = $3 AND group_id = $4",
);
const LEAVE: Scoped = Scoped::new(
    "DELETE FROM directory_members WHERE organisation = $1 AND environment = $2 AND service = $3 AND member_id = $4",
);
const LIST: Scoped = Scoped::new(
    "SELECT member_id, member_type, display FROM directory_members WHERE organisation = $1 AND environment = $2
     AND service = $3 AND group_id = $4 AND member_id > $5 ORDER BY member_id LIMIT $6",
);
const COUNT: Scoped = Scoped::new(
    "SELECT count(*) FROM directory_members WHERE organisation = $1 AND environment = $2 AND service = $3
     AND group_id = $4",
);
const GROUPS: Scoped = Scoped::new(
    "SELECT group_id FROM directory_members WHERE organisation = $1 AND environment = $2 AND service = $3
     AND member_id = $4 ORDER BY group_id LIMIT $5",
);

/// What is known of memberships.
#[async_trait]
pub trait MemberReads {
    /// Members of a group by their ids, after one of them.
    ///
    /// # Errors
    /// Those of the database, here and below.
    async fn members(
        &mut self,
        realm: &Realm,
        group: Uuid,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<MemberRow>, StoreError>;

    /// How many members a group has.
    ///
    /// # Errors
    /// Those of the database.
    async fn members_count(&mut self, realm: &Realm, group: Uuid) -> Result<u64, StoreError>;

    /// The groups of a member, by their ids.
    ///
    /// # Errors
    /// Those of the database.
    async fn groups_of(&mut self, realm: &Realm, member: Uuid, most: usize) -> Result<Vec<Uuid>, StoreError>;
}

/// What is done with memberships. That changes no version: who changes members writes the group too.
#[async_trait]
pub trait Members: MemberReads {
    /// Adds members; how many were none before.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where an id or a name cannot be kept.
    async fn add_members(&mut self, realm: &Realm, group: Uuid, new: &[MemberRow]) -> Result<u64, StoreError>;

    /// Removes members; how many there were.
    ///
    /// # Errors
    /// Those of the database.
    async fn remove_members(&mut self, realm: &Realm, group: Uuid, ids: &[String]) -> Result<u64, StoreError>;

    /// Removes every member; how many there were.
    ///
    /// # Errors
    /// Those of the database.
    async fn clear_members(&mut self, realm: &Realm, group: Uuid) -> Result<u64, StoreError>;
}

#[async_trait]
impl<S: Session> MemberReads for S {
    async fn members(
        &mut self,
        realm: &Realm,
        group: Uuid,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<MemberRow>, StoreError> {
        let binds = realm.with(binds![text(group), after.unwrap_or_default(), most]);
        let rows = self.of(realm.organisation).all(&LIST, binds).await?;
        let read = |row: &Row| Ok(MemberRow { id: row.text(0)?, kind: row.text_if(1)?, display: row.text_if(2)? });
        rows.iter().map(read).collect()
    }

    async fn members_count(&mut self, realm: &Realm, group: Uuid) -> Result<u64, StoreError> {
        let binds = realm.with(binds![text(group)]);
        self.of(realm.organisation).only(&COUNT, binds).await?.count(0)
    }

    async fn groups_of(&mut self, realm: &Realm, member: Uuid, most: usize) -> Result<Vec<Uuid>, StoreError> {
        let binds = realm.with(binds![text(member), most]);
        self.of(realm.organisation).all(&GROUPS, binds).await?.iter().map(|row| id(row, 0)).collect()
    }
}

#[async_trait]
impl Members for Tx {
    async fn add_members(&mut self, realm: &Realm, group: Uuid, new: &[MemberRow]) -> Result<u64, StoreError> {
        let rows = json_text(&Value::Array(new.iter().map(row).collect::<Result<_, _>>()?))?;
        self.of(realm.organisation).execute(&ADD, realm.with(binds![text(group), rows])).await
    }

    async fn remove_members(&mut self, realm: &Realm, group: Uuid, ids: &[String]) -> Result<u64, StoreError> {
        // No member that is kept has a zero byte in its id.
        let ids: Vec<&String> = ids.iter().filter(|id| !id.contains('\0')).collect();
        let rows = json_text(&json!(ids))?;
        self.of(realm.organisation).execute(&REMOVE, realm.with(binds![text(group), rows])).await
    }

    async fn clear_members(&mut self, realm: &Realm, group: Uuid) -> Result<u64, StoreError> {
        self.of(realm.organisation).execute(&CLEAR, realm.with(binds![text(group)])).await
    }
}

fn row(member: &MemberRow) -> Result<Value, StoreError> {
    let MemberRow { id, kind, display } = member;
    let id = key("id", Some(id))?;
    Ok(json!({ "id": id, "type": kind, "display": display, "folded": display.as_deref().map(folded) }))
}

/// Lets what is gone be in no group, and have no members.
pub(super) async fn forget_memberships(tx: &mut Tx, realm: &Realm, id: Uuid) -> Result<(), StoreError> {
    for statement in [&CLEAR, &LEAVE] {
        tx.of(realm.organisation).execute(statement, realm.with(binds![text(id)])).await?;
    }
    Ok(())
}
