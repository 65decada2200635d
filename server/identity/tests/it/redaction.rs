//! Nothing of a token or of its user is in what is printed.

use engage_identity::{Facts, Presented};
use serde_json::json;

use crate::kit::{Kit, STRANGER, TENANT, UI, bearer, but, person};

/// What nothing may print.
fn secrets(token: &str) -> Vec<String> {
    let mut found: Vec<String> = token.split('.').map(str::to_owned).collect();
    found.extend(["Astrid", "secretive", "nordbank", "a-secret-of-the-tests"].map(str::to_owned));
    found
}

fn holds_none(what: &str, printed: &str, token: &str) {
    for secret in secrets(token).iter().filter(|secret| !secret.is_empty()) {
        assert!(!printed.contains(secret.as_str()), "{what} prints {secret}: {printed}");
    }
}

#[tokio::test]
async fn whoever_is_refused_is_not_quoted() {
    let kit = Kit::warm().await;
    let user = kit.user();
    let stranger = kit.issuer.user_claims(&person(STRANGER, 3, &["Admin"]), kit.resource(0), UI);
    for claims in [
        stranger,
        but(&user, json!({"scp": "x"})),
        but(&user, json!({"aud": "Astrid-secretive"})),
        but(&user, json!({"exp": 1})),
        but(&user, json!({"iss": "https://nordbank.example"})),
        but(&user, json!({"exp": 1, "uti": "Astrid\nsecretive"})),
        but(&user, json!({"azp": "nordbank"})),
        but(&user, json!({"roles": ["nordbank"]})),
        but(&user, json!({"tid": "nordbank"})),
    ] {
        let token = kit.sign(&claims);
        let denied = kit.authenticate(&token).await.unwrap_err();
        holds_none("the refusal", &format!("{denied:?} {denied} {}", denied.reason.public()), &token);
    }
    let header = but(&kit.issuer.header(), json!({"kid": "nordbank secretive"}));
    let token = kit.issuer.sign_as(&header, &user).unwrap();
    let denied = kit.authenticate(&token).await.unwrap_err();
    holds_none("the refusal", &format!("{denied:?} {denied}"), &token);
}

#[tokio::test]
async fn whoever_is_let_in_is_not_printed() {
    let kit = Kit::warm().await;
    let token = kit.sign(&kit.user());
    let principal = kit.authenticate(&token).await.unwrap();
    let all = format!("{principal:?} {:?} {:?} {:?} {:?}", kit.validator, kit.keys, kit.issuer, kit.directory);
    holds_none("debugging", &all, &token);
    let realm = format!("{:?}", kit.issuer.realm().applications);
    holds_none("the realm", &realm, &token);
}

#[tokio::test]
async fn the_log_finds_a_token_again() {
    let kit = Kit::warm().await;
    let claims = but(&kit.user(), json!({"exp": 1, "uti": "hX-9_a"}));
    let headers = bearer(&kit.sign(&claims));
    let denied = kit.validator.authenticate(Presented { headers: &headers, query: None }).await.unwrap_err();
    let kid = kit.issuer.header()["kid"].as_str().map(str::to_owned);
    let facts = Facts { kid, tenant: Some(TENANT), client: Some(UI), uti: Some("hX-9_a".to_owned()) };
    assert_eq!(denied.facts, facts);
}
