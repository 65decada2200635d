//! Roles of tokens, and what they allow.

use engage_identity::{Mapping, Reason, Requirement, Role};
use serde_json::json;

use crate::kit::{Kit, ORGANISATION, TENANT, as_user, but, mapping};

#[tokio::test]
async fn the_highest_role_counts_and_unknown_ones_are_counted() {
    let kit = Kit::warm().await;
    for (roles, expected, unknown) in [
        (json!(["Employee", "Configurator", "Customer"]), Role::Configurator, 0),
        (json!(["admin", "System", "Employee", "Owner"]), Role::Employee, 3),
        (json!(["Admin", "Admin"]), Role::Admin, 0),
    ] {
        let principal = kit.authenticate(&kit.sign(&but(&kit.user(), json!({ "roles": roles })))).await.unwrap();
        let user = as_user(&principal);
        assert_eq!((user.role, user.unknown_roles), (expected, unknown));
    }
    for roles in [json!("Admin"), json!([1]), json!({"a": "Admin"}), json!(vec!["Admin"; 257])] {
        assert_eq!(kit.reason(&but(&kit.user(), json!({ "roles": roles }))).await, Reason::TokenMalformed);
    }
}

#[tokio::test]
async fn a_cap_lowers_and_never_raises() {
    let kit = Kit::warm().await;
    for cap in Role::ALL {
        kit.directory.unmap(TENANT, ORGANISATION);
        kit.directory.map(TENANT, Mapping { cap: Some(cap), ..mapping(ORGANISATION) });
        for role in Role::ALL {
            let token = kit.sign(&but(&kit.user(), json!({"roles": [role.as_str()]})));
            assert_eq!(as_user(&kit.authenticate(&token).await.unwrap()).role, role.min(cap));
        }
    }
}

#[tokio::test]
async fn a_requirement_admits_roles_from_its_minimum_on_and_back_ends_where_it_says_so() {
    let kit = Kit::warm().await;
    let system = kit.authenticate(&kit.sign(&kit.system())).await.unwrap();
    for minimum in Role::ALL {
        for role in Role::ALL {
            let token = kit.sign(&but(&kit.user(), json!({"roles": [role.as_str()]})));
            let user = kit.authenticate(&token).await.unwrap();
            let expected = if role >= minimum { Ok(()) } else { Err(Reason::RoleTooLow) };
            assert_eq!(Requirement::users(minimum).admits(&user), expected);
            assert_eq!(Requirement::users_and_systems(minimum).admits(&user), expected);
        }
        assert_eq!(Requirement::users(minimum).admits(&system), Err(Reason::CallerKindRefused));
        assert_eq!(Requirement::users_and_systems(minimum).admits(&system), Ok(()));
    }
    assert_eq!(Requirement::systems().admits(&system), Ok(()));
}

#[test]
fn reasons_are_distinct_in_the_log_and_told_with_a_status() {
    let codes: std::collections::BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    for reason in Reason::ALL {
        let told = reason.challenge().is_some();
        assert_eq!(told, reason.status() == 401, "{reason:?}");
        assert!(!reason.to_string().is_empty() && reason.public().bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
        let snake = format!("{reason:?}").chars().fold(String::new(), |text, letter| {
            let gap = if letter.is_uppercase() && !text.is_empty() { "_" } else { "" };
            format!("{text}{gap}{}", letter.to_lowercase())
        });
        assert_eq!(reason.code(), snake);
    }
}
