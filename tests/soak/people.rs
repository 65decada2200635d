//! People, and what Entra says of them.

use serde_json::{Value as Json, json};

/// Where employees are.
pub(crate) const USERS: &str = "/employees/scim/Users";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Somebody, as Entra creates them. No two have the same number.
pub(crate) fn new(number: usize) -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "externalId": external(number),
        "userName": user_name(number),
        "active": true,
        "displayName": format!("Person {number}"),
        "title": format!("Person {number}"),
        "emails": [{"primary": true, "type": "work", "value": user_name(number)}],
        "name": {"givenName": "Person", "familyName": number.to_string(), "formatted": format!("Person {number}")},
        ENTERPRISE: {"department": format!("Department {}", number % 40), "employeeNumber": number.to_string()},
    })
}

/// What changes of somebody at once.
pub(crate) fn change(to: &str) -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [
            {"op": "Replace", "path": "displayName", "value": to},
            {"op": "Replace", "path": "title", "value": to},
        ],
    })
}

pub(crate) fn user_name(number: usize) -> String {
    format!("person-{number}@contoso.example")
}

fn external(number: usize) -> String {
    format!("external-{number}")
}

/// How Entra looks somebody up: by name, or by its own id.
pub(crate) fn by_name(number: usize) -> String {
    format!("{USERS}?filter=userName+eq+%22person-{number}%40contoso.example%22")
}

pub(crate) fn by_external(number: usize) -> String {
    format!("{USERS}?filter=externalId+eq+%22{}%22", external(number))
}
