//! What a PATCH may not do, and what is none.

use engage_scim::patch::MAX_OPERATIONS;
use engage_scim::{MAX_ELEMENTS, Patch, Status};
use serde_json::{Value, json};

use crate::matrix::{mails, one, refuses};
use crate::{ENTERPRISE, group, kind_of, patched, user};

#[test]
fn what_may_not_be_written_or_removed() {
    let wrote = |path: &str| one("replace", path, json!("x"));
    for path in ["id", "meta", "meta.version", "schemas", "groups", "groups.value", r#"groups[value eq "g"].display"#] {
        refuses(json!({}), wrote(path), "mutability");
        refuses(json!({}), json!([{ "op": "remove", "path": path }]), "mutability");
    }
    refuses(json!({}), wrote(&format!("{ENTERPRISE}:manager.displayName")), "mutability");
    refuses(json!({}), json!([{ "op": "remove", "path": "userName" }]), "mutability");
    refuses(json!({}), one("replace", "userName", Value::Null), "mutability");
    refuses(json!({}), one("replace", "userName", json!("")), "invalidValue");
    let members = group(&["1"]);
    for operations in
        [one("replace", r#"members[value eq "1"].value"#, json!("2")), one("remove", "members.value", Value::Null)]
    {
        assert_eq!(kind_of(&patched(&members, operations).unwrap_err()), "mutability");
    }
    let same = patched(&members, one("replace", r#"members[value eq "1"].value"#, json!("1"))).unwrap();
    assert!(!same.changed);
}

#[test]
fn paths_and_values_that_cannot_be() {
    for path in [
        "emails[",
        "emails[type eq \"work\"",
        "emails[type eq \"work\"]]",
        "emails.",
        "a b",
        "title[value pr]",
        "x[y eq 1]",
    ] {
        let error = patched(&user(json!({})), one("add", path, json!("x"))).unwrap_err();
        assert!(matches!(kind_of(&error), "invalidPath" | "invalidFilter"), "{path}: {error:?}");
    }
    refuses(json!({}), one("add", "shoeSize", json!("x")), "invalidPath");
    refuses(json!({}), one("add", r#"emails[type eq "work"]value"#, json!("x")), "invalidPath");
    refuses(json!({}), one("add", r#"emails[type eq "work"].shoe"#, json!("x")), "invalidPath");
    refuses(json!({}), one("add", r#"emails[shoe eq "work"].value"#, json!("x")), "invalidFilter");
    refuses(json!({}), one("add", r#"emails[primary gt "true"].value"#, json!("x")), "invalidFilter");
    for (path, value) in [
        ("title", json!(5)),
        ("title", json!(["a", "b"])),
        ("active", json!("yes")),
        ("active", json!({})),
        ("name", json!("Bo")),
        ("emails", json!([5])),
        ("addresses", json!(["x"])),
        ("emails.primary", json!("maybe")),
        ("x509Certificates", json!([{ "value": "?" }])),
    ] {
        refuses(mails(), one("replace", path, value), "invalidValue");
    }
    refuses(json!({}), json!([{ "op": "add", "path": "title" }]), "invalidValue");
    refuses(json!({}), json!([{ "op": "add", "value": "x" }]), "invalidValue");
    let nameless = one("remove", "members", json!([{ "display": "d" }]));
    assert_eq!(kind_of(&patched(&group(&["1"]), nameless).unwrap_err()), "invalidValue");
}

#[test]
fn all_operations_take_effect_or_none() {
    let before = user(mails());
    let kept = before.clone();
    let operations = json!([
        { "op": "replace", "path": "title", "value": "t" },
        { "op": "remove", "path": "emails" },
        { "op": "remove", "path": "userName" },
    ]);
    let error = patched(&before, operations).unwrap_err();
    assert!(error.detail.starts_with("operation 3: `userName`"), "{error:?}");
    assert_eq!(before, kept);
}

#[test]
fn bodies_that_are_no_patch() {
    for body in [
        json!([]),
        json!({}),
        json!({ "Operations": {} }),
        json!({ "Operations": ["add"] }),
        json!({ "Operations": [{ "path": "title" }] }),
        json!({ "Operations": [{ "op": "move", "path": "title" }] }),
        json!({ "Operations": [{ "op": "add", "OP": "remove", "path": "title" }] }),
        json!({ "Operations": [{ "op": "add", "path": 5 }] }),
    ] {
        assert_eq!(kind_of(&Patch::read(body.clone()).unwrap_err()), "invalidSyntax", "{body}");
    }
    let many = vec![json!({ "op": "remove", "path": "title" }); MAX_OPERATIONS + 1];
    assert_eq!(Patch::read(json!({ "Operations": many })).unwrap_err().status, Status::PayloadTooLarge);
    let elements = |from: usize, to: usize| (from..to).map(|n| json!({ "value": n.to_string() })).collect::<Vec<_>>();
    let full = user(json!({ "emails": elements(0, MAX_ELEMENTS) }));
    let error = patched(&full, one("add", "emails", json!(elements(MAX_ELEMENTS, MAX_ELEMENTS + 1)))).unwrap_err();
    assert_eq!(kind_of(&error), "invalidValue");
}
