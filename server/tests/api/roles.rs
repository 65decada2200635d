//! Who may call what: every row of the table with everybody.

use engage_identity::Role;
use engage_server::api::{Operation, operations};
use serde_json::json;

use super::kit::{As, Kit, OURS};

/// A path that leads nowhere: whoever may not call is refused before anything is looked for.
pub(crate) fn path(operation: &Operation) -> String {
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
        for version in &operation.versions {
            let address = format!("{}{}", version.prefix(), path(operation));
            let nobody = kit.call(As::Nobody, operation.method.clone(), &address, None).await;
            if operation.open {
                for who in [As::Nobody, As::System(OURS), As::User(OURS, "Customer", 1)] {
                    let answer = kit.call(who, operation.method.clone(), &address, None).await;
                    assert_eq!(answer.status, 200, "{} of {who:?}", operation.id);
                }
                continue;
            }
            assert_eq!(nobody.status, 401, "{} of nobody", operation.id);
            for role in Role::ALL {
                let may = operation.requirement.minimum.is_some_and(|minimum| role >= minimum);
                let who = As::User(OURS, role.as_str(), 1);
                let answer = kit.call(who, operation.method.clone(), &address, Some(json!({}))).await;
                let refused = answer.status == 403 && answer.json()["details"]["reason"] == "ROLE_TOO_LOW";
                assert_eq!(refused, !may, "{} of {role}: {} {}", operation.id, answer.status, answer.text);
                assert!(answer.status != 500, "{} of {role}: {}", operation.id, answer.text);
            }
            let system = kit.call(As::System(OURS), operation.method.clone(), &address, Some(json!({}))).await;
            let refused = system.status == 403 && system.json()["details"]["reason"] == "CALLER_KIND_REFUSED";
            assert_eq!(refused, !operation.requirement.system, "{} of a back-end", operation.id);
        }
    }
}

#[test]
fn what_is_elevated_is_for_administrators_alone() {
    let elevated: Vec<&str> = operations()
        .iter()
        .filter(|operation| operation.requirement.minimum == Some(Role::Admin) && !operation.requirement.system)
        .map(|operation| operation.id)
        .collect();
    assert_eq!(elevated, ["EmployeeSchedules_create", "EmployeeSchedules_delete", "OrganizationSettings_delete"]);
}

#[tokio::test]
async fn every_alias_leads_where_its_path_does() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    for operation in operations().iter().filter(|operation| operation.method == "GET" && !operation.path.contains('{'))
    {
        for version in &operation.versions {
            let mut answers = Vec::new();
            for path in operation.paths() {
                let address = format!("{}{path}", version.prefix());
                let answer = kit.call(As::System(OURS), operation.method.clone(), &address, None).await;
                answers.push((answer.status, answer.text));
            }
            answers.dedup();
            assert_eq!(answers.len(), 1, "{}: {answers:?}", operation.id);
            assert_ne!(answers[0].0, 404, "{}", operation.id);
        }
    }
}
