//! The normal form of resources.

use engage_scim::json::Limits;
use engage_scim::schema::{GROUP, Slot, USER};
use engage_scim::{MAX_ELEMENTS, MAX_STRING, Resource, ScimError, ScimType, Status};
use serde_json::{Value, json};

use crate::{ENTERPRISE, kind_of, made, meta, user};

fn refused(sent: Value) -> ScimError {
    Resource::read(&USER, sent).unwrap_err()
}

#[test]
fn names_are_canonical_and_in_order() {
    let sent = r#"{"TITLE":"t","emails":[{"VALUE":"a","Type":"work"}],"URN:ietf:params:scim:schemas:extension:enterprise:2.0:USER":
        {"DEPARTMENT":"d"},"username":"bo","meta":{"version":"x"},"EXTERNALID":"e"}"#;
    let resource = Resource::from_bytes(&USER, sent.as_bytes(), &Limits::default()).unwrap();
    let names: Vec<String> = resource.body().keys().cloned().collect();
    assert_eq!(names, ["schemas", "externalId", "userName", "title", "active", "emails", ENTERPRISE]);
    assert_eq!(resource.body()["emails"], json!([{ "value": "a", "type": "work" }]));
    assert_eq!(resource.body()[ENTERPRISE], json!({ "department": "d" }));
    assert_eq!(resource.body()["schemas"][1], ENTERPRISE);
}

#[test]
fn what_is_required_is_there() {
    assert_eq!(refused(json!({})).detail, "`userName` is required; map it to an attribute that has a value");
    for sent in [json!({ "userName": null }), json!({ "userName": "" }), json!({ "userName": [] })] {
        assert_eq!(kind_of(&refused(sent)), "invalidValue");
    }
    assert_eq!(kind_of(&Resource::read(&GROUP, json!({ "members": [] })).unwrap_err()), "invalidValue");
}

#[test]
fn what_is_sent_twice_means_nothing() {
    assert_eq!(kind_of(&refused(json!({ "userName": "a", "USERNAME": "b" }))), "invalidSyntax");
    assert_eq!(
        kind_of(&refused(json!({ "userName": "a", "name": { "givenName": "b", "givenname": "c" } }))),
        "invalidSyntax"
    );
    assert_eq!(kind_of(&refused(json!([]))), "invalidSyntax");
}

#[test]
fn values_have_the_type_of_their_attribute() {
    for (name, value) in [
        ("title", json!(5)),
        ("title", json!({ "x": "y" })),
        ("title", json!(["a", "b"])),
        ("active", json!("1")),
        ("name", json!(true)),
        ("emails", json!(7)),
        ("emails", json!([{ "value": ["a", "b"] }])),
        ("emails", json!([{ "value": "a", "primary": true }, { "value": "b", "primary": "True" }])),
        ("addresses", json!("x")),
        (ENTERPRISE, json!("x")),
        (ENTERPRISE, json!({ "manager": 5 })),
        ("x509Certificates", json!([{ "value": "A" }])),
    ] {
        let sent = json!({ "userName": "bo", name: value });
        assert_eq!(kind_of(&refused(sent.clone())), "invalidValue", "{sent}");
    }
    assert!(!refused(json!({ "userName": "bo", "title": { "secret": 1 } })).detail.contains("secret"));
    for fit in ["", "QQ==", "QUI=", "QUJD", "QUJDRA", "-_-_"] {
        user(json!({ "x509Certificates": [{ "value": fit }] }));
    }
}

#[test]
fn lists_hold_nothing_twice_and_not_too_much() {
    let mails = json!([{ "value": "a", "type": "t" }, { "type": "t", "value": "a" }, null, { "value": null }, "b"]);
    assert_eq!(
        user(json!({ "emails": mails })).body()["emails"],
        json!([{ "value": "a", "type": "t" }, { "value": "b" }])
    );
    let members = json!([{ "value": "1" }, { "value": "1", "display": "d" }, "2"]);
    let group = made(&GROUP, json!({ "displayName": "g", "members": members }));
    assert_eq!(group.body()["members"], json!([{ "value": "1" }, { "value": "2" }]));
    let nameless = json!({ "displayName": "g", "members": [{ "display": "d" }] });
    assert_eq!(Resource::read(&GROUP, nameless).unwrap_err().detail, "every element of `members` needs `value`");
    let many: Vec<String> = (0..=MAX_ELEMENTS).map(|n| n.to_string()).collect();
    assert_eq!(kind_of(&refused(json!({ "userName": "bo", "emails": many }))), "invalidValue");
    assert_eq!(kind_of(&refused(json!({ "userName": "bo", "title": "x".repeat(MAX_STRING + 1) }))), "invalidValue");
}

#[test]
fn the_server_adds_what_it_knows() {
    let groups = Slot { extension: None, attribute: USER.attribute("groups").unwrap() };
    let sent = json!({ "id": "x", "groups": [{ "value": "forged" }], "meta": { "version": "x" } });
    let resource = user(sent);
    assert!(resource.get(&groups).is_none() && resource.text("id").is_none());
    let resource =
        resource.identified("u1", &meta()).with(&groups, json!([{ "value": "g1", "display": "G" }])).unwrap();
    let names: Vec<&String> = resource.body().keys().collect();
    assert_eq!(names, ["schemas", "id", "userName", "active", "groups", "meta"]);
    assert_eq!(resource.body()["meta"]["version"], "W/\"3\"");
    assert_eq!(resource.body()["meta"]["resourceType"], "User");
    let kept = resource.clone().into_json();
    assert_eq!(Resource::from_stored(&USER, kept).unwrap(), resource, "what is kept is read as it was");
    assert!(resource.with(&groups, json!(5)).is_err());
}

#[test]
fn a_replacement_clears_what_it_leaves_out() {
    let before =
        user(json!({ "title": "t", "active": false, ENTERPRISE: { "department": "d" } })).identified("u1", &meta());
    let outcome =
        before.replaced_by(made(&USER, json!({ "userName": "bo@x.dk", "id": "u2", "nickName": "b" }))).unwrap();
    assert!(outcome.changed);
    let after = outcome.resource.body();
    assert!(after.get("title").is_none() && after.get(ENTERPRISE).is_none());
    assert_eq!((&after["id"], &after["active"], &after["nickName"]), (&json!("u1"), &json!(true), &json!("b")));
    assert_eq!(after["meta"], before.body()["meta"]);
    let same = made(
        &USER,
        json!({ "active": "False", "title": "t", "userName": "bo@x.dk", ENTERPRISE: { "department": "d" } }),
    );
    assert!(!before.replaced_by(same).unwrap().changed);
}

#[test]
fn users_are_read_byte_for_byte() {
    let nfc = "All\u{e9} 1-3";
    let nfd = "Alle\u{301} 1-3";
    let at = |text: &str| user(json!({ "addresses": [{ "type": "work", "formatted": text }] }));
    assert_eq!(at(nfc).as_user().unwrap().location(), Some(nfc));
    assert_eq!(at(nfd).as_user().unwrap().location(), Some(nfd));
    assert_ne!(at("Allé 1-3"), at("allé 1-3"));
    let more = json!({ "name": { "givenName": "Bo ", "familyName": "Ek" }, "displayName": "Bo Ek", "externalId": "e" });
    let resource = user(more);
    let bo = resource.as_user().unwrap();
    assert_eq!((bo.given_name(), bo.family_name(), bo.display_name()), (Some("Bo "), Some("Ek"), Some("Bo Ek")));
    assert_eq!((bo.user_name(), bo.external_id(), bo.location()), ("bo@x.dk", Some("e"), None));
    assert!(made(&GROUP, json!({ "displayName": "g" })).as_user().is_none());
}

#[test]
fn mail_is_that_of_work_or_the_name() {
    let mail = |emails: Value| user(json!({ "emails": emails })).as_user().unwrap().email().to_owned();
    assert_eq!(mail(json!([{ "type": "home", "value": "h" }])), "bo@x.dk");
    assert_eq!(
        mail(json!([{ "type": "home", "value": "h", "primary": true }, { "type": "WORK", "value": "W@x" }])),
        "W@x"
    );
    assert_eq!(mail(json!([{ "type": "work", "value": "1" }, { "type": "work", "value": "2", "primary": true }])), "2");
    assert_eq!(mail(json!([{ "type": "work" }, { "type": "work", "value": "2" }])), "2");
    let inactive = user(json!({ "active": "false" }));
    assert!(!inactive.as_user().unwrap().active());
}

#[test]
fn errors_are_told_as_the_protocol_wants() {
    let error = ScimError::new(ScimType::Uniqueness, "taken");
    let schemas = json!(["urn:ietf:params:scim:api:messages:2.0:Error"]);
    let body = json!({ "schemas": schemas, "status": "409", "scimType": "uniqueness", "detail": "taken" });
    assert_eq!((error.to_json(), error.to_string()), (body, "taken".to_owned()));
    let body = ScimError::status(Status::NotFound, "no such user").to_json();
    assert_eq!(body, json!({ "schemas": schemas, "status": "404", "detail": "no such user" }));
    assert_eq!(ScimType::Sensitive.status(), Status::Forbidden);
    let long = "x".repeat(500);
    let error = engage_scim::patch::Target::parse(&USER, &format!("{long}\u{7}")).unwrap_err();
    assert!(error.detail.len() < 120 && !error.detail.contains('\u{7}'), "{error}");
}
