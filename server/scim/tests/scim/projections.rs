//! What of a resource is shown.

use engage_scim::projection::Projection;
use engage_scim::schema::{Attribute, GROUP, ResourceType, Returned, Schema, USER};
use serde_json::{Value, json};

use crate::{ENTERPRISE, group, kind_of, made, meta, user};

fn shown(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let more = json!({
        "externalId": "e",
        "title": "t",
        "name": { "givenName": "Bo", "familyName": "Ek" },
        "emails": [{ "type": "work", "value": "a" }, { "display": "d" }],
        ENTERPRISE: { "department": "d", "manager": { "value": "m", "$ref": "r" } },
    });
    let resource = user(more).identified("u1", &meta());
    Projection::parse(&USER, attributes, excluded).unwrap().apply(&resource)
}

/// The names that are shown besides `schemas` and `id`.
fn names(value: &Value) -> Vec<&str> {
    let fields = value.as_object().unwrap();
    assert!(fields.contains_key("schemas") && fields.contains_key("id"), "{value}");
    fields.keys().map(String::as_str).filter(|name| !["schemas", "id"].contains(name)).collect()
}

#[test]
fn all_is_shown_unless_something_is_asked_for() {
    let whole = shown(None, None);
    assert_eq!(names(&whole), ["externalId", "userName", "name", "title", "active", "emails", ENTERPRISE, "meta"]);
    assert_eq!(shown(Some(""), Some(" , ")), whole);
    assert_eq!(names(&shown(Some("shoeSize"), None)), [""; 0]);
    assert_eq!(shown(None, Some("shoeSize,id,schemas")), whole);
}

#[test]
fn what_is_named_is_shown() {
    assert_eq!(names(&shown(Some("USERNAME, title"), None)), ["userName", "title"]);
    let value = shown(Some("name.givenName,emails.value,meta.version"), None);
    assert_eq!(value["name"], json!({ "givenName": "Bo" }));
    assert_eq!(value["emails"], json!([{ "value": "a" }]));
    assert_eq!(value["meta"], json!({ "version": "W/\"3\"" }));
    let department = shown(Some(&format!("{ENTERPRISE}:department")), None);
    assert_eq!(department[ENTERPRISE], json!({ "department": "d" }));
    let manager = shown(Some(&format!("{ENTERPRISE}:manager.value")), None);
    assert_eq!(manager[ENTERPRISE], json!({ "manager": { "value": "m" } }));
    assert_eq!(names(&shown(Some(ENTERPRISE), None)), [ENTERPRISE]);
    assert_eq!(names(&shown(Some("urn:ietf:params:scim:schemas:core:2.0:User:title"), None)), ["title"]);
    assert_eq!(names(&shown(Some("emails.primary"), None)), [""; 0]);
}

#[test]
fn what_is_excluded_is_not() {
    let value = shown(None, Some("emails,name.givenName,meta,externalId"));
    assert_eq!(names(&value), ["userName", "name", "title", "active", ENTERPRISE]);
    assert_eq!(value["name"], json!({ "familyName": "Ek" }));
    assert_eq!(
        names(&shown(None, Some(&format!("{ENTERPRISE},emails.value,emails.type,name,meta"))))[3..],
        ["active", "emails"]
    );
    let value = shown(None, Some(&format!("{ENTERPRISE}:manager.value,{ENTERPRISE}:department")));
    assert_eq!(value[ENTERPRISE], json!({ "manager": { "$ref": "r" } }));
}

#[test]
fn members_need_not_be_fetched_to_be_left_out() {
    let includes = |attributes, excluded| Projection::parse(&GROUP, attributes, excluded).unwrap().includes("members");
    assert!(includes(None, None) && includes(Some("members"), None) && includes(Some("members.value"), None));
    assert!(includes(None, Some("members.value")) && includes(None, Some("displayName")));
    assert!(!includes(None, Some("Members")) && !includes(Some("displayName"), None));
    let value = Projection::parse(&GROUP, None, Some("members")).unwrap().apply(&group(&["1"]));
    assert!(value.get("members").is_none() && value["displayName"] == "g");
}

#[test]
fn both_at_once_are_refused() {
    let error = Projection::parse(&USER, Some("title"), Some("name")).unwrap_err();
    assert_eq!(kind_of(&error), "invalidValue");
    let many = vec!["title"; 101].join(",");
    assert!(Projection::parse(&USER, Some(&many), None).is_err());
    assert!(Projection::parse(&USER, Some("title"), None).unwrap().names_attributes());
    assert!(!Projection::whole(&USER).names_attributes());
}

static SECRETS: Schema = Schema { urn: "urn:test:Box", name: "Box", description: "", attributes: BOX };
static BOXES: ResourceType =
    ResourceType { name: "Box", endpoint: "/Boxes", description: "", schema: &SECRETS, extensions: &[] };
const BOX: &[Attribute] = &[
    Attribute::string("key", "").returned(Returned::Never),
    Attribute::string("heavy", "").returned(Returned::Request),
    Attribute::string("label", "").returned(Returned::Always),
    Attribute::complex("lock", "", LOCK),
];
const LOCK: &[Attribute] = &[
    Attribute::string("code", "").returned(Returned::Never),
    Attribute::string("maker", "").returned(Returned::Always),
    Attribute::string("year", ""),
    Attribute::string("plan", "").returned(Returned::Request),
];

#[test]
fn every_way_of_being_returned_is_kept() {
    let lock = json!({ "code": "c", "maker": "m", "year": "y", "plan": "p" });
    let resource = made(&BOXES, json!({ "key": "k", "heavy": "h", "label": "l", "lock": lock }));
    let shown = |attributes, excluded| {
        let mut value = Projection::parse(&BOXES, attributes, excluded).unwrap().apply(&resource);
        value.as_object_mut().unwrap().remove("schemas");
        value
    };
    assert_eq!(shown(None, None), json!({ "label": "l", "lock": { "maker": "m", "year": "y" } }));
    assert_eq!(
        shown(Some("key,heavy,lock.code"), None),
        json!({ "label": "l", "heavy": "h", "lock": { "maker": "m" } })
    );
    assert_eq!(shown(Some("lock.plan"), None), json!({ "label": "l", "lock": { "maker": "m", "plan": "p" } }));
    assert_eq!(shown(None, Some("label,lock.year,lock.maker")), json!({ "label": "l", "lock": { "maker": "m" } }));
}
