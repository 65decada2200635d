//! What discovery says, held against RFC 7643 §5 to §8.

use engage_scim::schema::{Attribute, RESOURCE_TYPES, SCHEMAS, discovery};
use serde_json::{Value, json};

use crate::ENTERPRISE;

const BASE: &str = "https://scim.example/employees/scim";

fn no_nulls(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(list) => list.iter().all(no_nulls),
        Value::Object(fields) => fields.values().all(no_nulls),
        _ => true,
    }
}

#[test]
fn lists_hold_all_there_is_and_each_is_found_alone() {
    let schemas = discovery::schemas(BASE);
    assert_eq!((&schemas["totalResults"], &schemas["itemsPerPage"]), (&json!(3), &json!(3)));
    for (schema, listed) in SCHEMAS.iter().zip(schemas["Resources"].as_array().unwrap()) {
        assert_eq!(discovery::schema(BASE, schema.urn).as_ref(), Some(listed));
        assert_eq!(listed["meta"]["location"], format!("{BASE}/Schemas/{}", schema.urn));
        assert_eq!(listed["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]));
    }
    let types = discovery::resource_types(BASE);
    for (kind, listed) in RESOURCE_TYPES.iter().zip(types["Resources"].as_array().unwrap()) {
        assert_eq!(discovery::resource_type(BASE, kind.name).as_ref(), Some(listed));
        assert_eq!(listed["meta"]["location"], format!("{BASE}/ResourceTypes/{}", kind.name));
    }
    let user = &types["Resources"][0];
    assert_eq!((&user["endpoint"], &user["id"]), (&json!("/Users"), &json!("User")));
    assert_eq!(user["schemaExtensions"], json!([{ "schema": ENTERPRISE, "required": false }]));
    assert!(discovery::resource_type(BASE, "Device").is_none());
    assert!([schemas, types, discovery::service_provider_config(BASE)].iter().all(no_nulls));
}

#[test]
fn the_configuration_says_what_the_server_does() {
    let config = discovery::service_provider_config(BASE);
    for (feature, supported) in
        [("patch", true), ("bulk", false), ("filter", true), ("changePassword", false), ("sort", false), ("etag", true)]
    {
        assert_eq!(config[feature]["supported"], supported, "{feature}");
    }
    assert_eq!(config["filter"]["maxResults"], 200);
    assert_eq!((&config["bulk"]["maxOperations"], &config["bulk"]["maxPayloadSize"]), (&json!(0), &json!(0)));
    assert_eq!(
        config["pagination"],
        json!({ "cursor": false, "index": true, "defaultPageSize": 100, "maxPageSize": 200 })
    );
    let scheme = &config["authenticationSchemes"][0];
    assert_eq!((&scheme["type"], &scheme["primary"]), (&json!("oauthbearertoken"), &json!(true)));
    for text in ["name", "description", "specUri"] {
        assert!(scheme[text].is_string(), "{text}");
    }
}

#[test]
fn every_attribute_has_every_characteristic() {
    fn check(drawn: &Value, attribute: &Attribute) {
        let texts = matches!(drawn["type"].as_str().unwrap(), "string" | "reference" | "binary");
        assert_eq!(drawn.get("caseExact").is_some(), texts, "{drawn}");
        assert_eq!(drawn.get("referenceTypes").is_some(), drawn["type"] == "reference", "{drawn}");
        for name in ["name", "description", "mutability", "returned", "uniqueness"] {
            assert!(drawn[name].is_string(), "{name} of {drawn}");
        }
        assert!(drawn["multiValued"].is_boolean() && drawn["required"].is_boolean(), "{drawn}");
        let parts = drawn.get("subAttributes").map_or(&[][..], |parts| parts.as_array().unwrap());
        assert_eq!(parts.len(), attribute.parts().len());
        parts.iter().zip(attribute.parts()).for_each(|(drawn, part)| check(drawn, part));
    }
    for schema in SCHEMAS {
        let drawn = discovery::schema(BASE, schema.urn).unwrap();
        let attributes = drawn["attributes"].as_array().unwrap();
        attributes.iter().zip(schema.attributes).for_each(|(drawn, attribute)| check(drawn, attribute));
    }
}

/// An attribute in one line: what is not said is as RFC 7643 §2.2 has it by default.
fn line(drawn: &Value) -> String {
    let many = if drawn["multiValued"] == true { "[]" } else { "" };
    let mut said = format!("{}: {}{many}", drawn["name"].as_str().unwrap(), drawn["type"].as_str().unwrap());
    for (name, default) in [("mutability", "readWrite"), ("returned", "default"), ("uniqueness", "none")] {
        if drawn[name] != default {
            said.push_str(&format!(" {}", drawn[name].as_str().unwrap()));
        }
    }
    for flag in ["required", "caseExact"] {
        if drawn[flag] == true {
            said.push_str(&format!(" {flag}"));
        }
    }
    for list in ["referenceTypes", "canonicalValues"] {
        let words = drawn.get(list).and_then(Value::as_array).into_iter().flatten();
        let words: Vec<&str> = words.map(|word| word.as_str().unwrap()).collect();
        if !words.is_empty() {
            said.push_str(&format!(" <{}>", words.join("|")));
        }
    }
    let parts: Vec<String> =
        drawn.get("subAttributes").and_then(Value::as_array).into_iter().flatten().map(line).collect();
    if parts.is_empty() { said } else { format!("{said} {{ {} }}", parts.join(", ")) }
}

fn lines(urn: &str) -> Vec<String> {
    discovery::schema(BASE, urn).unwrap()["attributes"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn users_are_those_of_the_standard() {
    let rest = "primary: boolean";
    let plain = format!("value: string, display: string, type: string, {rest}");
    let typed = |types: &str| format!("value: string, display: string, type: string <{types}>, {rest}");
    let services = "aim|gtalk|icq|xmpp|msn|skype|qq|yahoo";
    let address = "formatted: string, streetAddress: string, locality: string, region: string, postalCode: string, country: string";
    assert_eq!(
        lines("urn:ietf:params:scim:schemas:core:2.0:User"),
        [
            "userName: string server required".to_owned(),
            "name: complex { formatted: string, familyName: string, givenName: string, middleName: string, honorificPrefix: string, honorificSuffix: string }".to_owned(),
            "displayName: string".to_owned(),
            "nickName: string".to_owned(),
            "profileUrl: reference <external>".to_owned(),
            "title: string".to_owned(),
            "userType: string".to_owned(),
            "preferredLanguage: string".to_owned(),
            "locale: string".to_owned(),
            "timezone: string".to_owned(),
            "active: boolean".to_owned(),
            format!("emails: complex[] {{ {} }}", typed("work|home|other")),
            format!("phoneNumbers: complex[] {{ {} }}", typed("work|home|mobile|fax|pager|other")),
            format!("ims: complex[] {{ {} }}", typed(services)),
            format!("photos: complex[] {{ value: reference <external>, display: string, type: string <photo|thumbnail>, {rest} }}"),
            format!("addresses: complex[] {{ {address}, type: string <work|home|other>, {rest} }}"),
            "groups: complex[] readOnly { value: string readOnly caseExact, $ref: reference readOnly <Group>, display: string readOnly, type: string readOnly <direct|indirect> }".to_owned(),
            format!("entitlements: complex[] {{ {plain} }}"),
            format!("roles: complex[] {{ {plain} }}"),
            format!("x509Certificates: complex[] {{ value: binary caseExact, display: string, type: string, {rest} }}"),
        ]
    );
}

#[test]
fn groups_and_the_extension_are_those_of_the_standard() {
    let immutable = "$ref: reference immutable <User|Group>, type: string immutable <User|Group>";
    assert_eq!(
        lines("urn:ietf:params:scim:schemas:core:2.0:Group"),
        [
            "displayName: string required".to_owned(),
            format!("members: complex[] {{ value: string immutable caseExact, {immutable}, display: string }}"),
        ]
    );
    assert_eq!(
        lines(ENTERPRISE),
        [
            "employeeNumber: string",
            "costCenter: string",
            "organization: string",
            "division: string",
            "department: string",
            "manager: complex { value: string caseExact, $ref: reference <User>, displayName: string readOnly }",
        ]
    );
}
