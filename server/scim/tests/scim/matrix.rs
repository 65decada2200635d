//! The matrix of PATCH (RFC 7644 §3.5.2), row by row and column by column.

use serde_json::{Value, json};

use crate::{ENTERPRISE, group, kind_of, meta, patched, user};

/// What the attribute is after the operations, of a user who had that; `null` for unassigned.
fn check(before: Value, operations: Value, attribute: &str, expected: Value) {
    let before = user(before);
    let outcome = patched(&before, operations.clone()).unwrap_or_else(|error| panic!("{operations}: {error:?}"));
    let found = outcome.resource.body().get(attribute).cloned().unwrap_or_default();
    assert_eq!(found, expected, "{operations}");
    assert_eq!(outcome.changed, outcome.resource != before, "{operations} says whether anything changed");
}

pub(crate) fn refuses(before: Value, operations: Value, expected: &str) {
    let error = patched(&user(before), operations.clone()).unwrap_err();
    assert_eq!(kind_of(&error), expected, "{operations}: {error:?}");
    assert!(error.detail.starts_with("operation "), "{error:?}");
}

pub(crate) fn mails() -> Value {
    json!({ "emails": [{ "type": "work", "value": "a" }, { "type": "home", "value": "b" }] })
}

pub(crate) fn one(op: &str, path: &str, value: Value) -> Value {
    json!([{ "op": op, "path": path, "value": value }])
}

#[test]
fn add_without_path_merges_into_the_resource() {
    let value = json!({ "title": "t", "name": { "givenName": "Bo" }, "emails": [{ "type": "other", "value": "c" }] });
    let operations = json!([{ "op": "add", "value": value }]);
    let before = json!({ "title": "old", "name": { "familyName": "Ek" }, "emails": [{ "value": "a" }] });
    check(before.clone(), operations.clone(), "title", json!("t"));
    check(before.clone(), operations.clone(), "name", json!({ "familyName": "Ek", "givenName": "Bo" }));
    check(before, operations, "emails", json!([{ "value": "a" }, { "type": "other", "value": "c" }]));
}

#[test]
fn add_to_a_single_value_sets_it() {
    check(json!({}), one("add", "title", json!("t")), "title", json!("t"));
    check(json!({ "title": "old" }), one("add", "title", json!("t")), "title", json!("t"));
    check(json!({ "title": "t" }), one("add", "title", json!("t")), "title", json!("t"));
    check(json!({}), one("add", "name.givenName", json!("Bo")), "name", json!({ "givenName": "Bo" }));
    check(json!({ "title": "t" }), one("add", "title", Value::Null), "title", json!("t"));
}

#[test]
fn add_to_a_list_appends_what_is_not_there() {
    let both = json!([{ "type": "work", "value": "a" }, { "type": "home", "value": "b" }]);
    check(mails(), one("add", "emails", json!([{ "value": "b", "type": "home" }])), "emails", both.clone());
    check(mails(), one("add", "emails", json!([])), "emails", both);
    let three = json!([{ "type": "work", "value": "a" }, { "type": "home", "value": "b" }, { "value": "c" }]);
    check(mails(), one("add", "emails", json!([{ "value": "c" }, { "value": "c" }])), "emails", three.clone());
    check(mails(), one("add", "emails", json!({ "value": "c" })), "emails", three);
}

#[test]
fn add_and_replace_write_into_what_a_filter_selects() {
    for op in ["add", "replace"] {
        let work = json!([{ "type": "work", "value": "n" }, { "type": "home", "value": "b" }]);
        check(mails(), one(op, r#"emails[type eq "work"].value"#, json!("n")), "emails", work.clone());
        check(mails(), one(op, r#"emails[type eq "WORK"]"#, json!({ "value": "n" })), "emails", work.clone());
        check(mails(), one(op, r#"emails[type eq "work"]"#, json!([{ "value": "n" }])), "emails", work);
        let all =
            json!([{ "type": "work", "value": "a", "display": "d" }, { "type": "home", "value": "b", "display": "d" }]);
        check(mails(), one(op, "emails[value pr].display", json!("d")), "emails", all.clone());
        check(mails(), one(op, "emails.display", json!("d")), "emails", all);
    }
}

#[test]
fn add_and_replace_make_what_a_filter_describes() {
    for op in ["add", "replace"] {
        let made = json!([{ "type": "work", "value": "n" }]);
        check(json!({}), one(op, r#"emails[type eq "work"].value"#, json!("n")), "emails", made.clone());
        check(json!({}), one(op, r#"emails[type eq "work"]"#, json!({ "value": "n" })), "emails", made);
        let seeded = json!([{ "type": "work", "display": "d", "value": "n" }]);
        let path = r#"emails[type eq "work" and display eq "d"].value"#;
        check(json!({}), one(op, path, json!("n")), "emails", seeded);
        check(json!({}), one(op, "emails.value", json!("n")), "emails", json!([{ "value": "n" }]));
        check(json!({}), one(op, r#"emails[type eq "work"].value"#, Value::Null), "emails", Value::Null);
        refuses(json!({}), one(op, r#"emails[type eq "a" and type eq "b"].value"#, json!("n")), "noTarget");
    }
}

#[test]
fn a_filter_that_says_more_than_what_an_element_is() {
    // `add` makes an element if the filter is right about it; `replace` has nothing to replace.
    let path = r#"emails[type ne "work"].value"#;
    check(json!({}), one("add", path, json!("n")), "emails", json!([{ "value": "n" }]));
    refuses(json!({}), one("replace", path, json!("n")), "noTarget");
    let path = r#"emails[type eq "a" or type eq "b"].value"#;
    refuses(json!({}), one("add", path, json!("n")), "noTarget");
    refuses(json!({}), one("replace", path, json!("n")), "noTarget");
    refuses(json!({}), one("replace", r#"emails[not (type eq "a")].value"#, json!("n")), "noTarget");
}

#[test]
fn replace_without_path_sets_each_attribute_that_is_given() {
    let value = json!({ "title": null, "name": { "givenName": "Bo" }, "emails": [{ "value": "c" }] });
    let operations = json!([{ "op": "replace", "value": value }]);
    let before =
        json!({ "title": "old", "name": { "familyName": "Ek" }, "emails": [{ "value": "a" }], "locale": "da" });
    check(before.clone(), operations.clone(), "title", Value::Null);
    check(before.clone(), operations.clone(), "name", json!({ "familyName": "Ek", "givenName": "Bo" }));
    check(before.clone(), operations.clone(), "emails", json!([{ "value": "c" }]));
    check(before, operations, "locale", json!("da"));
}

#[test]
fn replace_of_a_single_value_sets_it() {
    check(json!({}), one("replace", "title", json!("t")), "title", json!("t"));
    check(json!({ "title": "t" }), one("replace", "title", Value::Null), "title", Value::Null);
    let named = json!({ "name": { "givenName": "Bo", "familyName": "Ek" } });
    let merged = json!({ "givenName": "Ib", "familyName": "Ek" });
    check(named.clone(), one("replace", "name", json!({ "givenName": "Ib" })), "name", merged.clone());
    check(named.clone(), one("replace", "name.givenName", json!("Ib")), "name", merged);
    check(named.clone(), one("replace", "name", json!({ "givenName": null })), "name", json!({ "familyName": "Ek" }));
    check(named, one("replace", "name", Value::Null), "name", Value::Null);
}

#[test]
fn replace_of_a_list_replaces_all_of_it() {
    check(mails(), one("replace", "emails", json!([{ "value": "c" }])), "emails", json!([{ "value": "c" }]));
    check(mails(), one("replace", "emails", json!([])), "emails", Value::Null);
    check(mails(), one("replace", "emails", Value::Null), "emails", Value::Null);
    let home = json!([{ "type": "home", "value": "b" }]);
    check(mails(), one("replace", r#"emails[type eq "work"]"#, Value::Null), "emails", home);
}

#[test]
fn remove_unassigns() {
    check(json!({ "title": "t" }), json!([{ "op": "remove", "path": "title" }]), "title", Value::Null);
    check(json!({}), json!([{ "op": "remove", "path": "title" }]), "title", Value::Null);
    check(mails(), json!([{ "op": "remove", "path": "emails" }]), "emails", Value::Null);
    let named = json!({ "name": { "givenName": "Bo", "familyName": "Ek" } });
    let left = json!({ "familyName": "Ek" });
    check(named.clone(), json!([{ "op": "remove", "path": "name.givenName" }]), "name", left);
    check(named, json!([{ "op": "remove", "path": "name" }]), "name", Value::Null);
    let types = json!([{ "type": "work" }, { "type": "home" }]);
    check(mails(), json!([{ "op": "remove", "path": "emails.value" }]), "emails", types);
    // Unassigned, as the standard has it; that the user then counts as active is what the schema says.
    check(json!({ "active": false }), json!([{ "op": "remove", "path": "active" }]), "active", Value::Null);
}

#[test]
fn remove_takes_what_a_filter_selects() {
    let work = r#"emails[type eq "work"]"#;
    let home = json!([{ "type": "home", "value": "b" }]);
    check(mails(), json!([{ "op": "remove", "path": work }]), "emails", home);
    let emptied = json!([{ "type": "work" }, { "type": "home", "value": "b" }]);
    check(mails(), json!([{ "op": "remove", "path": format!("{work}.value") }]), "emails", emptied);
    check(json!({}), json!([{ "op": "remove", "path": work }]), "emails", Value::Null);
    check(
        mails(),
        one("remove", "emails", json!([{ "value": "A" }])),
        "emails",
        json!([{ "type": "home", "value": "b" }]),
    );
    let same = mails()["emails"].clone();
    check(mails(), one("remove", "emails", json!([{ "value": "a", "type": "home" }])), "emails", same.clone());
    check(mails(), one("remove", "emails", json!([])), "emails", same.clone());
    check(mails(), one("remove", "emails", json!([{ "shoeSize": 40 }])), "emails", same);
}

#[test]
fn remove_needs_a_path() {
    refuses(json!({}), json!([{ "op": "remove" }]), "noTarget");
    refuses(json!({}), json!([{ "op": "remove", "path": "", "value": { "title": "t" } }]), "noTarget");
}

#[test]
fn an_extension_is_written_and_removed_like_the_rest() {
    let path = |name: &str| format!("{ENTERPRISE}:{name}");
    let works = json!({ ENTERPRISE: { "department": "d", "manager": { "value": "m" } } });
    check(json!({}), one("add", &path("department"), json!("d")), ENTERPRISE, json!({ "department": "d" }));
    let value = json!({ "DEPARTMENT": "d", "manager.value": "m" });
    check(json!({}), one("replace", ENTERPRISE, value), ENTERPRISE, works[ENTERPRISE].clone());
    let left = json!({ "manager": { "value": "m" } });
    check(works.clone(), json!([{ "op": "remove", "path": path("department") }]), ENTERPRISE, left);
    check(works.clone(), json!([{ "op": "remove", "path": ENTERPRISE }]), ENTERPRISE, Value::Null);
    let outcome = patched(&user(works), json!([{ "op": "remove", "path": ENTERPRISE }])).unwrap();
    assert_eq!(outcome.resource.body()["schemas"].as_array().unwrap().len(), 1, "schemas say what there is");
}

#[test]
fn what_the_server_says_may_be_repeated_without_a_path() {
    let identified = user(json!({})).identified("u1", &meta());
    let value = json!({ "id": "u1", "schemas": ["x"], "meta": { "version": "W/\"9\"" }, "groups": [], "title": "t" });
    let outcome = patched(&identified, json!([{ "op": "replace", "value": value }])).unwrap();
    assert_eq!(outcome.resource.text("title"), Some("t"));
    assert_eq!(outcome.resource.text("id"), Some("u1"));
    assert_eq!(outcome.resource.body()["meta"]["version"], "W/\"3\"");
    let error = patched(&identified, json!([{ "op": "replace", "value": { "id": "u2" } }])).unwrap_err();
    assert_eq!(kind_of(&error), "mutability");
}

#[test]
fn one_element_is_primary_at_most() {
    let before = json!({ "emails": [{ "value": "a", "primary": true }, { "value": "b" }] });
    let second = json!([{ "value": "a", "primary": false }, { "value": "b", "primary": true }]);
    check(before.clone(), one("add", r#"emails[value eq "b"].primary"#, json!("True")), "emails", second);
    let third = json!([{ "value": "a", "primary": false }, { "value": "b" }, { "value": "c", "primary": true }]);
    check(before.clone(), one("add", "emails", json!([{ "value": "c", "primary": true }])), "emails", third.clone());
    check(
        before.clone(),
        one("add", "emails[primary eq \"True\" and value eq \"c\"].value", json!("c")),
        "emails",
        json!([
            { "value": "a", "primary": false }, { "value": "b" }, { "primary": true, "value": "c" }
        ]),
    );
    refuses(before.clone(), one("replace", "emails.primary", json!(true)), "invalidValue");
    let two = json!([{ "value": "x", "primary": true }, { "value": "y", "primary": true }]);
    refuses(before.clone(), one("replace", "emails", two.clone()), "invalidValue");
    refuses(before, one("add", "emails", two), "invalidValue");
}

#[test]
fn nothing_changes_without_a_difference() {
    let before = user(mails());
    assert!(!patched(&before, json!([])).unwrap().changed);
    let back = json!([{ "op": "add", "path": "title", "value": "t" }, { "op": "remove", "path": "title" }]);
    assert!(!patched(&before, back).unwrap().changed);
    let turned = json!([{ "type": "home", "value": "b" }, { "value": "a", "type": "work" }]);
    let outcome = patched(&before, one("replace", "emails", turned)).unwrap();
    assert!(!outcome.changed, "the order of a list has no meaning");
    assert_eq!(outcome.resource, before);
    assert!(
        !patched(&group(&["1", "2"]), one("add", "members", json!([{ "value": "2", "type": "User" }])))
            .unwrap()
            .changed
    );
}

#[test]
fn what_became_equal_is_one() {
    let operations =
        one("replace", "emails", json!([{ "type": "work", "value": "a" }, { "type": "home", "value": "a" }]));
    let mut operations = operations.as_array().unwrap().clone();
    operations.push(json!({ "op": "remove", "path": "emails.type" }));
    check(json!({}), Value::Array(operations), "emails", json!([{ "value": "a" }]));
}

#[test]
fn members_that_went_may_come_again() {
    let add = |id: &str| json!({ "op": "add", "path": "members", "value": [{ "value": id }] });
    let removals = [
        json!({ "op": "remove", "path": "members[value eq \"1\"]" }),
        json!({ "op": "remove", "path": "members[value sw \"1\"]" }),
        json!({ "op": "remove", "path": "members", "value": [{ "value": "1" }] }),
        json!({ "op": "remove", "path": "members" }),
        json!({ "op": "replace", "path": "members", "value": [{ "value": "2" }] }),
        json!({ "op": "replace", "value": { "members": null } }),
    ];
    for removal in removals {
        let outcome = patched(&group(&[]), json!([add("1"), removal, add("1"), add("1")])).unwrap();
        let members = outcome.resource.body()["members"].as_array().unwrap();
        assert_eq!(members.iter().filter(|member| member["value"] == "1").count(), 1, "{removal}");
    }
}
