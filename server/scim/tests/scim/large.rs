//! Groups as large as they come: work grows with their size and no faster.

use engage_scim::schema::GROUP;
use engage_scim::{MAX_MEMBERS, Resource, Status};
use serde_json::{Value, json};

use crate::{kind_of, patched};

fn members(from: usize, to: usize) -> Vec<Value> {
    (from..to).map(|n| json!({ "value": format!("member-{n:08}") })).collect()
}

fn group_of(count: usize) -> Resource {
    Resource::read(&GROUP, json!({ "displayName": "g", "members": members(0, count) })).unwrap()
}

fn count(resource: &Resource) -> usize {
    resource.body().get("members").map_or(0, |members| members.as_array().unwrap().len())
}

#[test]
fn many_members_come_and_go_at_once() {
    let group = group_of(20_000);
    let added = patched(&group, json!([{ "op": "add", "path": "members", "value": members(10_000, 40_000) }])).unwrap();
    assert_eq!(count(&added.resource), 40_000);
    let operations = json!([{ "op": "remove", "path": "members", "value": members(5_000, 40_000) }]);
    assert_eq!(count(&patched(&added.resource, operations).unwrap().resource), 5_000);
    let turned: Vec<Value> = members(0, 20_000).into_iter().rev().collect();
    assert!(!patched(&group, json!([{ "op": "replace", "path": "members", "value": turned }])).unwrap().changed);
}

#[test]
fn many_operations_on_many_members() {
    let group = group_of(20_000);
    let add = |n: usize| json!({ "op": "Add", "path": "members", "value": members(n, n + 1) });
    let outcome = patched(&group, (20_000..21_000).map(add).collect()).unwrap();
    assert_eq!(count(&outcome.resource), 21_000);
    let remove = |n: usize| json!({ "op": "remove", "path": format!("members[value eq \"member-{n:08}\"]") });
    let outcome = patched(&outcome.resource, (20_000..21_000).map(remove).collect()).unwrap();
    assert_eq!(outcome.resource, group);
}

#[test]
fn operations_that_would_take_long_are_refused() {
    let group = group_of(20_000);
    let show =
        |n: usize| json!({ "op": "add", "path": format!("members[value eq \"member-{n:08}\"].display"), "value": "d" });
    let error = patched(&group, (0..1_000).map(show).collect()).unwrap_err();
    assert_eq!((error.status, error.scim_type), (Status::PayloadTooLarge, None));
    assert!(patched(&group, (0..10).map(show).collect()).unwrap().changed);
}

#[test]
fn a_group_has_a_largest_size() {
    let full = group_of(MAX_MEMBERS);
    let one_more = json!([{ "op": "add", "path": "members", "value": members(MAX_MEMBERS, MAX_MEMBERS + 1) }]);
    assert_eq!(kind_of(&patched(&full, one_more).unwrap_err()), "invalidValue");
    let there = json!([{ "op": "add", "path": "members", "value": members(7, 8) }]);
    assert!(!patched(&full, there).unwrap().changed);
}
