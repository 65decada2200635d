//! Tokens of both versions, and the audiences that each may have.

use engage_identity::issuer::Resource;
use engage_identity::{Reason, Version};
use serde_json::json;

use crate::kit::{BACK_END, INTEGRATION, Kit, MANAGEMENT, PLATFORM, TENANT, UI, application, as_user, but, person};

#[tokio::test]
async fn each_version_has_its_issuer_its_client_and_its_audiences() {
    let kit = Kit::warm().await;
    let refused = Some(Reason::AudienceRefused);
    for (version, audience, expected) in [
        (Version::V2, MANAGEMENT.to_string(), None),
        (Version::V2, "api://engage-management".to_owned(), refused),
        (Version::V2, "api://engage-management/".to_owned(), refused),
        (Version::V1, MANAGEMENT.to_string(), None),
        (Version::V1, "api://engage-management".to_owned(), None),
        (Version::V1, "api://engage-management/".to_owned(), None),
        (Version::V1, "api://engage-management//".to_owned(), refused),
        (Version::V1, "API://engage-management".to_owned(), refused),
        (Version::V1, "api://engage-management/x".to_owned(), refused),
    ] {
        let resource = Resource { version, ..kit.resource(0).clone() };
        let claims = kit.issuer.user_claims(&person(TENANT, 1, &["Manager"]), &resource, UI);
        let said = kit.authenticate(&kit.sign(&but(&claims, json!({ "aud": audience })))).await;
        match &said {
            Ok(principal) => assert_eq!(as_user(principal).client, UI),
            Err(denied) => assert_eq!(Some(denied.reason), expected, "{version:?} {audience}"),
        }
        assert_eq!(said.is_err(), expected.is_some(), "{version:?} {audience}");
    }
}

#[tokio::test]
async fn back_ends_have_tokens_of_both_versions() {
    let kit = Kit::warm().await;
    for (version, audience, suits) in [
        (Version::V2, INTEGRATION.to_string(), true),
        (Version::V2, "https://engage.example/integration".to_owned(), false),
        (Version::V1, "https://engage.example/integration".to_owned(), true),
        (Version::V1, "https://engage.example/integration/".to_owned(), true),
    ] {
        let resource = Resource { version, ..kit.resource(1).clone() };
        let client = application(BACK_END, PLATFORM, &["Integration.Call"]);
        let claims = but(&kit.issuer.application_claims(&client, &resource), json!({ "aud": audience }));
        let said = kit.authenticate(&kit.sign(&claims)).await;
        assert_eq!(said.is_ok(), suits, "{version:?} {audience}");
        // `idtyp` is an optional claim.
        let said = kit.authenticate(&kit.sign(&but(&claims, json!({"idtyp": null})))).await;
        assert_eq!(said.is_ok(), suits, "{version:?} {audience}");
    }
}

#[tokio::test]
async fn the_client_of_the_other_version_is_not_looked_at() {
    let kit = Kit::warm().await;
    let claims = but(&kit.system(), json!({"azp": UI, "appid": BACK_END}));
    assert_eq!(kit.reason(&claims).await, Reason::ClientNotRegistered);
}
