//! Groups, where the server says that it has them.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::super::expect::{absent, at, holds, made, nothing, only, read, status};
use super::super::message::{Answers, Request};
use super::super::script::{Check, Finding, Known, Level, Part, Verdict};
use super::operation;

pub(super) const PART: Part = Part { title: "groups", checks: CHECKS };

/// The URN of groups, and what Entra sends beside it.
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const FOREIGN: &str = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";

const CHECKS: &[Check] = &[
    Check {
        name: "group-test-connection",
        about: "a group that nobody has finds an empty list, without members",
        level: Level::Entra("Test Connection where groups are mapped"),
        needs: &["token"],
        unless: no_groups,
        ask: |known| vec![find(&known.names.nobody)],
        judge: |_, answers, _| nothing(answers.first()),
        cure: "answer 200 and a ListResponse with `totalResults` 0",
    },
    Check {
        name: "group-create",
        about: "a group is made as Entra sends one: no members, and a schema of Microsoft's",
        level: Level::Must("RFC 7644 §3.3"),
        needs: &["token"],
        unless: no_groups,
        ask: |known| vec![Request::post(&["Groups"], group(known))],
        judge: |known, answers, _| {
            known.group = made(answers.first())?;
            Ok(())
        },
        cure: "answer 201 with the group; ignore schemas that you do not know, and take an empty list of members",
    },
    Check {
        name: "group-match",
        about: "the group is found by `displayName`, without its members",
        level: Level::Entra("the matching attribute of groups"),
        needs: &["group-create"],
        unless: no_groups,
        ask: |known| vec![find(&known.names.group)],
        judge: |known, answers, _| absent(only(answers.first(), &known.group)?, &["members"]),
        cure: "filter groups by `displayName eq`, and heed `excludedAttributes=members`",
    },
    Check {
        name: "group-add-members",
        about: "members are added whose `$ref` is null",
        level: Level::Entra("how members are added"),
        needs: &["group-create", "create-with-texts", "patch"],
        unless: no_groups,
        ask: |known| {
            let both = json!([{ "$ref": null, "value": known.user }, { "$ref": null, "value": known.colleague }]);
            change(known, json!([operation("Add", "members", both)]))
        },
        judge: |known, answers, _| members(known, answers, &[&known.user, &known.colleague]),
        cure: "take a `$ref` that is null for none, and keep members by their `value`",
    },
    Check {
        name: "group-remove-listed",
        about: "a member is removed that stands in the value, and no other",
        level: Level::Entra("how members are removed"),
        needs: &["group-add-members"],
        unless: no_groups,
        ask: |known| {
            let one = json!([{ "$ref": null, "value": known.user }]);
            change(known, json!([operation("Remove", "members", one)]))
        },
        judge: |known, answers, _| members(known, answers, &[&known.colleague]),
        cure: "where `remove` comes with a value, remove the members listed there and keep the others",
    },
    Check {
        name: "group-remove-by-filter",
        about: "a member is removed that a filter in the path names",
        level: Level::Must("RFC 7644 §3.5.2.2"),
        needs: &["group-remove-listed"],
        unless: no_groups,
        ask: |known| {
            let path = format!("members[value eq \"{}\"]", known.colleague);
            change(known, json!([{ "op": "remove", "path": path }]))
        },
        judge: |known, answers, _| members(known, answers, &[]),
        cure: "take `members[value eq \"ID\"]` as a path; Entra sends it with the flag `aadOptscim062020`",
    },
    Check {
        name: "group-rename",
        about: "the group gets another name",
        level: Level::Entra("a group that was renamed"),
        needs: &["group-create", "patch"],
        unless: no_groups,
        ask: |known| {
            let name = format!("{}-b", known.names.group);
            change(known, json!([operation("Replace", "displayName", name)]))
        },
        judge: |known, answers, _| {
            status(answers.first(), &[200, 204])?;
            let name = format!("{}-b", known.names.group);
            holds(read(answers.last(), &known.group)?, &["displayName"], &json!(name))
        },
        cure: "let `displayName` of groups be replaced",
    },
    Check {
        name: "group-delete",
        about: "the group is deleted with 204, and is not there any more",
        level: Level::Must("RFC 7644 §3.6"),
        needs: &["group-create", "unknown-id"],
        unless: no_groups,
        ask: |known| vec![Request::delete(&["Groups", &known.group]), Request::get(&["Groups", &known.group])],
        judge: |_, answers, _| {
            status(answers.first(), &[204])?;
            status(answers.last(), &[404])
        },
        cure: "answer 204 to DELETE, and 404 to all that comes after it",
    },
];

fn no_groups(known: &Known) -> Option<&'static str> {
    (!known.groups).then_some("`/ResourceTypes` does not list groups")
}

fn group(known: &Known) -> Json {
    json!({
        "schemas": [GROUP, FOREIGN],
        "externalId": known.names.group_external,
        "displayName": known.names.group,
        "members": [],
        "meta": { "resourceType": "Group" },
    })
}

/// A group as Entra looks for one.
fn find(name: &str) -> Request {
    let filter = format!("displayName eq \"{name}\"");
    Request::get(&["Groups"]).query("excludedAttributes", "members").query("filter", filter)
}

/// A change of the group, and how the group reads after it.
fn change(known: &Known, operations: Json) -> Vec<Request> {
    vec![Request::patch(&["Groups", &known.group], operations), Request::get(&["Groups", &known.group])]
}

/// The group has these members and no others, in any order.
fn members(known: &Known, answers: Answers<'_>, wanted: &[&String]) -> Verdict {
    status(answers.first(), &[200, 204])?;
    let group = read(answers.last(), &known.group)?;
    let found = at(group, &["members"]).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let ids: BTreeSet<&str> = found.iter().filter_map(|member| member.get("value")?.as_str()).collect();
    if ids == wanted.iter().map(|id| id.as_str()).collect() && found.len() == wanted.len() {
        return Ok(());
    }
    let theirs = wanted.iter().filter(|id| ids.contains(id.as_str())).count();
    Err(Finding::new(format!(
        "the group has {} members, {theirs} of the {} that are expected",
        found.len(),
        wanted.len()
    )))
}
