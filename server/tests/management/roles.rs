//! Who may call what: every row of the table with everybody.

use engage_identity::Role;
use engage_server::api::Operation;
use engage_server::management::operations;
use serde_json::json;

use super::call;
use super::kit::{As, Kit, OURS};

/// A path that leads nowhere: whoever may not call is refused before anything is looked for.
fn path(operation: &Operation) -> String {
    let segment = |segment: &str| match segment.starts_with('{') {
        true => "00000000-0000-0000-0000-00000000dead".to_owned(),
        false => segment.to_owned(),
    };
    operation.path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_operation_is_for_those_of_its_row() {
    let kit = Kit::start().await;
    for operation in operations() {
        let (id, path) = (operation.id, path(operation));
        if operation.open {
            for who in [As::Nobody, As::System(OURS), As::User(OURS, "Customer", 1)] {
                assert_eq!(call(&kit, who, operation.method.clone(), &path, None).await.status, 200, "{id} of {who:?}");
            }
            continue;
        }
        let nobody = call(&kit, As::Nobody, operation.method.clone(), &path, None).await;
        assert_eq!(nobody.refused(401), "TOKEN_MISSING", "{id} of nobody");
        for role in Role::ALL {
            let may = operation.requirement.minimum.is_some_and(|minimum| role >= minimum);
            let who = As::User(OURS, role.as_str(), 1);
            let answer = call(&kit, who, operation.method.clone(), &path, Some(json!({}))).await;
            let refused = answer.status == 403 && answer.json()["details"]["reason"] == "ROLE_TOO_LOW";
            assert_eq!(refused, !may, "{id} of {role}: {} {}", answer.status, answer.text);
            assert!(answer.status.as_u16() < 500, "{id} of {role}: {} {}", answer.status, answer.text);
            assert!(!answer.header("x-ratelimit-remaining").is_empty(), "{id} of {role}");
        }
        let system = call(&kit, As::System(OURS), operation.method.clone(), &path, Some(json!({}))).await;
        let refused = system.status == 403 && system.json()["details"]["reason"] == "CALLER_KIND_REFUSED";
        assert_eq!(refused, !operation.requirement.system, "{id} of a back-end: {}", system.text);
    }
}

#[test]
fn back_ends_may_do_what_only_they_can_and_nothing_else() {
    let of_systems: Vec<&str> = operations().iter().filter(|row| row.requirement.system).map(|row| row.id).collect();
    let expected = ["EmployeeSkills_get", "EmployeeSkills_replace", "EmployeeSkills_patch", "Holds_release"];
    assert_eq!(of_systems, expected);
}
