//! Who is in a group, kept apart from it: groups are large, and change by a member at a time.

use std::collections::{BTreeMap, BTreeSet};

use engage_scim::Resource;
use engage_scim::schema::{GROUP, ResourceType, Slot, USER};
use engage_store::platform::{Kind, MemberReads, MemberRow, Members, Realm, Record, StoreError, Tx};
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
        Kind::Group => with(resource, "members", members(reader, realm, id, base).await?, &GROUP),
        Kind::User => {
            let groups = reader.groups_of(realm, &[id], MOST_GROUPS).await?;
            with_groups(resource, groups.get(&id).map(Vec::as_slice).unwrap_or_default(), base)
        }
    }
}

/// The groups of everybody on a page, in one question.
pub(super) async fn groups_of_all(
    reader: &mut impl MemberReads,
    realm: &Realm,
    users: &[Record],
) -> Result<BTreeMap<Uuid, Vec<Uuid>>, StoreError> {
    let users: Vec<Uuid> = users.iter().map(|user| user.id).collect();
    reader.groups_of(realm, &users, MOST_GROUPS).await
}

/// A user with the groups that they are in.
pub(super) fn with_groups(user: Resource, groups: &[Uuid], base: &str) -> Result<Resource, Fault> {
    let told = |id: &Uuid| json!({ "value": id, "$ref": format!("{base}/Groups/{id}"), "type": "direct" });
    with(user, "groups", groups.iter().map(told).collect(), &USER)
}

fn with(resource: Resource, name: &str, values: Vec<Value>, kind: &'static ResourceType) -> Result<Resource, Fault> {
    match kind.attribute(name) {
        Some(attribute) if !values.is_empty() => {
            Ok(resource.with(&Slot { extension: None, attribute }, Value::Array(values))?)
        }
        _ => Ok(resource),
    }
}

/// A group with those of its members who are named.
pub(super) async fn with_members(
    reader: &mut impl MemberReads,
    realm: &Realm,
    (id, group): (Uuid, Resource),
    named: &[String],
    base: &str,
) -> Result<Resource, Fault> {
    let members = reader.members_among(realm, id, named).await?;
    with(group, "members", members.into_iter().map(|row| member(row, base)).collect(), &GROUP)
}

async fn members(
    reader: &mut impl MemberReads,
    realm: &Realm,
    group: Uuid,
    base: &str,
) -> Result<Vec<Value>, StoreError> {
    let (mut all, mut after): (Vec<Value>, Option<String>) = (Vec::new(), None);
    loop {
        let page = reader.members(realm, group, after.as_deref(), PAGE).await?;
        let full = page.len() == PAGE;
        after = page.last().map(|row| row.id.clone());
        all.extend(page.into_iter().map(|row| member(row, base)));
        if !full {
            return Ok(all);
        }
    }
}

/// A member as it was told of. Where it is follows from what it is: a client that does not say that gets no address that may be
/// wrong.
fn member(MemberRow { id, kind, display }: MemberRow, base: &str) -> Value {
    let of = |types: &ResourceType| kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case(types.name));
    let endpoint = [&USER, &GROUP].into_iter().find(|types| of(types)).map(|types| types.endpoint);
    let reference = endpoint.map(|endpoint| format!("{base}{endpoint}/{id}"));
    json!({ "value": id, "$ref": reference, "type": kind, "display": display })
}
