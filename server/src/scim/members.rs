//! Who is in a group, kept apart from it: groups are large, and change by a member at a time.

use std::collections::{BTreeMap, BTreeSet};

use engage_scim::Resource;
use engage_scim::schema::{GROUP, Slot, USER};
use engage_store::platform::{Kind, MemberReads, MemberRow, Members, Realm, StoreError, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::Fault;

/// How many members are read at a time.
const PAGE: usize = 1000;
/// How many groups of one user are told.
const MOST_GROUPS: usize = 250;

/// What becomes of the members of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) added: Vec<MemberRow>,
    pub(super) removed: Vec<String>,
}

impl Difference {
    /// From what was to what is to be. A member who is told of otherwise is removed and added.
    pub(super) fn between(was: &Resource, is: &Resource) -> Self {
        let (was, is) = (rows(was), rows(is));
        let added = is.values().filter(|row| was.get(&row.id) != Some(row)).cloned().collect();
        let gone: BTreeSet<&String> =
            was.values().filter(|row| is.get(&row.id) != Some(row)).map(|row| &row.id).collect();
        Self { added, removed: gone.into_iter().cloned().collect() }
    }

    /// Of a group that is new.
    pub(super) fn all(group: &Resource) -> Self {
        Self { added: rows(group).into_values().collect(), removed: Vec::new() }
    }

    pub(super) async fn write(&self, tx: &mut Tx, realm: &Realm, group: Uuid) -> Result<(), StoreError> {
        if !self.removed.is_empty() {
            tx.remove_members(realm, group, &self.removed).await?;
        }
        if !self.added.is_empty() {
            tx.add_members(realm, group, &self.added).await?;
        }
        Ok(())
    }
}

fn rows(group: &Resource) -> BTreeMap<String, MemberRow> {
    let members = group.body().get("members").and_then(Value::as_array).into_iter().flatten();
    let text = |member: &Value, name: &str| member.get(name).and_then(Value::as_str).map(str::to_owned);
    let row = |member: &Value| {
        let id = text(member, "value")?;
        Some((id.clone(), MemberRow { id, kind: text(member, "type"), display: text(member, "display") }))
    };
    members.filter_map(row).collect()
}

/// A resource with what is kept apart from it: the members of a group, the groups of a user.
pub(super) async fn joined(
    reader: &mut impl MemberReads,
    realm: &Realm,
    (kind, id): (Kind, Uuid),
    resource: Resource,
    base: &str,
) -> Result<Resource, Fault> {
    match kind {
        Kind::Group => with(resource, "members", members(reader, realm, id).await?, &GROUP),
        Kind::User => with(resource, "groups", groups(reader, realm, id, base).await?, &USER),
    }
}

fn with(
    resource: Resource,
    name: &str,
    values: Vec<Value>,
    kind: &'static engage_scim::schema::ResourceType,
) -> Result<Resource, Fault> {
    match kind.attribute(name) {
        Some(attribute) if !values.is_empty() => {
            Ok(resource.with(&Slot { extension: None, attribute }, Value::Array(values))?)
        }
        _ => Ok(resource),
    }
}

async fn members(reader: &mut impl MemberReads, realm: &Realm, group: Uuid) -> Result<Vec<Value>, StoreError> {
    let (mut all, mut after): (Vec<Value>, Option<String>) = (Vec::new(), None);
    loop {
        let page = reader.members(realm, group, after.as_deref(), PAGE).await?;
        let full = page.len() == PAGE;
        after = page.last().map(|row| row.id.clone());
        all.extend(
            page.into_iter()
                .map(|MemberRow { id, kind, display }| json!({ "value": id, "type": kind, "display": display })),
        );
        if !full {
            return Ok(all);
        }
    }
}

async fn groups(
    reader: &mut impl MemberReads,
    realm: &Realm,
    member: Uuid,
    base: &str,
) -> Result<Vec<Value>, StoreError> {
    let groups = reader.groups_of(realm, member, MOST_GROUPS).await?;
    let told = |id: Uuid| json!({ "value": id, "$ref": format!("{base}/Groups/{id}"), "type": "direct" });
    Ok(groups.into_iter().map(told).collect())
}
