//! Who is in which group.

use std::collections::BTreeMap;

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

/// `$among`, here and below, says that a member is one of a list. PostgreSQL looks up an array in an index, element by element; beside
/// a list that it joins it might read the whole index.
macro_rules! remove {
    ($among:literal) => {
        concat!(
            "DELETE FROM directory_members WHERE organisation = $1 AND environment = $2 AND service = $3
             AND group_id = $4 AND member_id ",
            $among
        )
    };
}

macro_rules! among {
    ($among:literal) => {
        concat!(
            "SELECT member_id, member_type, display FROM directory_members WHERE organisation = $1 AND environment = $2
             AND service = $3 AND group_id = $4 AND member_id ",
            $among,
            " ORDER BY member_id"
        )
    };
}

macro_rules! groups {
    ($among:literal) => {
        concat!(
            "SELECT member_id, group_id FROM (
               SELECT organisation, member_id, group_id, row_number() OVER (PARTITION BY member_id ORDER BY group_id) AS place
               FROM directory_members WHERE organisation = $1 AND environment = $2 AND service = $3
               AND member_id ",
            $among,
            ") placed WHERE placed.organisation = $1 AND place <= $5 ORDER BY member_id, group_id"
        )
    };
}

const ADD: Scoped = Scoped::two(add!("json_each($5) e"), add!("jsonb_array_elements(CAST($5 AS jsonb)) AS e(value)"));
const REMOVE: Scoped = Scoped::two(
    remove!("IN (SELECT e.value FROM json_each($5) e)"),
    remove!("= ANY (ARRAY(SELECT e.value FROM jsonb_array_elements_text(CAST($5 AS jsonb)) AS e(value)))"),
);
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
const AMONG: Scoped = Scoped::two(
    among!("IN (SELECT e.value FROM json_each($5) e)"),
    among!("= ANY (ARRAY(SELECT e.value FROM jsonb_array_elements_text(CAST($5 AS jsonb)) AS e(value)))"),
);
const COUNT: Scoped = Scoped::new(
    "SELECT count(*) FROM directory_members WHERE organisation = $1 AND environment = $2 AND service = $3
     AND group_id = $4",
);
const GROUPS: Scoped = Scoped::two(
    groups!("IN (SELECT e.value FROM json_each($4) e)"),
    groups!("= ANY (ARRAY(SELECT e.value FROM jsonb_array_elements_text(CAST($4 AS jsonb)) AS e(value)))"),
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

    /// Those of some ids who are members of a group, by their ids.
    ///
    /// # Errors
    /// Those of the database.
    async fn members_among(&mut self, realm: &Realm, group: Uuid, ids: &[String])
    -> Result<Vec<MemberRow>, StoreError>;

    /// How many members a group has.
    ///
    /// # Errors
    /// Those of the database.
    async fn members_count(&mut self, realm: &Realm, group: Uuid) -> Result<u64, StoreError>;

    /// The groups of each member that is in one, by their ids, as many of each as asked for: one question for all.
    ///
    /// # Errors
    /// Those of the database.
    async fn groups_of(
        &mut self,
        realm: &Realm,
        members: &[Uuid],
        most: usize,
    ) -> Result<BTreeMap<Uuid, Vec<Uuid>>, StoreError>;
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
        self.of(realm.organisation).all(&LIST, binds).await?.iter().map(member).collect()
    }

    async fn members_among(
        &mut self,
        realm: &Realm,
        group: Uuid,
        ids: &[String],
    ) -> Result<Vec<MemberRow>, StoreError> {
        let binds = realm.with(binds![text(group), can_be(ids)?]);
        self.of(realm.organisation).all(&AMONG, binds).await?.iter().map(member).collect()
    }

    async fn members_count(&mut self, realm: &Realm, group: Uuid) -> Result<u64, StoreError> {
        let binds = realm.with(binds![text(group)]);
        self.of(realm.organisation).only(&COUNT, binds).await?.count(0)
    }

    async fn groups_of(
        &mut self,
        realm: &Realm,
        members: &[Uuid],
        most: usize,
    ) -> Result<BTreeMap<Uuid, Vec<Uuid>>, StoreError> {
        let asked: Vec<String> = members.iter().copied().map(text).collect();
        let binds = realm.with(binds![json_text(&json!(asked))?, most]);
        let mut groups: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        for row in self.of(realm.organisation).all(&GROUPS, binds).await? {
            groups.entry(id(&row, 0)?).or_default().push(id(&row, 1)?);
        }
        Ok(groups)
    }
}

#[async_trait]
impl Members for Tx {
    async fn add_members(&mut self, realm: &Realm, group: Uuid, new: &[MemberRow]) -> Result<u64, StoreError> {
        let rows = json_text(&Value::Array(new.iter().map(row).collect::<Result<_, _>>()?))?;
        self.of(realm.organisation).execute(&ADD, realm.with(binds![text(group), rows])).await
    }

    async fn remove_members(&mut self, realm: &Realm, group: Uuid, ids: &[String]) -> Result<u64, StoreError> {
        self.of(realm.organisation).execute(&REMOVE, realm.with(binds![text(group), can_be(ids)?])).await
    }

    async fn clear_members(&mut self, realm: &Realm, group: Uuid) -> Result<u64, StoreError> {
        self.of(realm.organisation).execute(&CLEAR, realm.with(binds![text(group)])).await
    }
}

fn member(row: &Row) -> Result<MemberRow, StoreError> {
    Ok(MemberRow { id: row.text(0)?, kind: row.text_if(1)?, display: row.text_if(2)? })
}

/// Ids of members, as JSON. None that is kept has a zero byte in it.
fn can_be(ids: &[String]) -> Result<String, StoreError> {
    let ids: Vec<&String> = ids.iter().filter(|id| !id.contains('\0')).collect();
    json_text(&json!(ids))
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
