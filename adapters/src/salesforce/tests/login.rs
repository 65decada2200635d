//! Signing in, and what a refused token brings.

use std::sync::Arc;

use async_trait::async_trait;
use engage_engine::Identity;
use engage_engine::adapter::{Adapter, AdapterError, AdapterErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value as Json, json};

use super::http::{adapter, application, call, config, records};
use super::stub::Stub;
use super::{catalog, crm, query};
use crate::http::{ConfigError, Secret};
use crate::salesforce::{Config, Salesforce, SigningKey, Usernames};

/// Made for these tests; it opens nothing.
const KEY: &str = include_str!("key.pem");
const PUBLIC: &str = include_str!("key.pub.pem");

fn key(pem: &str) -> SigningKey {
    SigningKey { pem: Secret::new(pem), now: jiff::Timestamp::now }
}

fn refused() -> (u16, Json) {
    (401, json!([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]))
}

#[derive(Debug)]
struct Known;

#[async_trait]
impl Usernames for Known {
    async fn username(&self, employee: &str) -> Result<Option<String>, AdapterError> {
        Ok((employee == "mia").then(|| "mia@contoso.example".to_owned()))
    }
}

#[tokio::test]
async fn an_assertion_acts_for_a_user() {
    let stub = Stub::start([(200, records(json!([]))), (200, records(json!([])))]).await;
    let config = Config {
        client_secret: None,
        signing_key: Some(key(KEY)),
        username: Some("integration@contoso.example".to_owned()),
        usernames: Some(Arc::new(Known)),
        ..config(&stub.url)
    };
    let adapter = Salesforce::new(config, &catalog(), crm()).unwrap();
    let queries = [query("account", &[])];
    adapter.read(&application(), &queries).await.unwrap();
    adapter.read(&call(Identity::Employee("mia".into())), &queries).await.unwrap();
    let failed = adapter.read(&call(Identity::Employee("nobody".into())), &queries).await.unwrap_err();
    assert_eq!(failed.kind, AdapterErrorKind::Unauthenticated);
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["https://login.salesforce.com"]);
    let users: Vec<Json> = stub.tokens().iter().map(|form| claims(form, &validation)).collect();
    assert_eq!(users, [json!("integration@contoso.example"), json!("mia@contoso.example")]);
    assert_eq!(stub.seen()[1].authorization.as_deref(), Some("Bearer token1"));
}

/// The user of an assertion, once its signature and its other claims have been looked at.
fn claims(form: &str, validation: &Validation) -> Json {
    let assertion = form.strip_prefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=");
    let key = DecodingKey::from_rsa_pem(PUBLIC.as_bytes()).unwrap();
    let claims = decode::<Json>(assertion.unwrap(), &key, validation).unwrap().claims;
    let now = jiff::Timestamp::now().as_second();
    assert!((1..=180).contains(&(claims["exp"].as_i64().unwrap() - now)));
    assert_eq!(claims["iss"], "app");
    claims["sub"].clone()
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let stub = Stub::start([refused(), (200, records(json!([])))]).await;
    let crm = adapter(&stub);
    crm.read(&application(), &[query("account", &[])]).await.unwrap();
    let tokens: Vec<Option<String>> = stub.seen().into_iter().map(|seen| seen.authorization).collect();
    assert_eq!(tokens, [Some("Bearer token0".to_owned()), Some("Bearer token1".to_owned())]);

    let stub = Stub::start([refused(), refused(), refused()]).await;
    let failed = adapter(&stub).read(&application(), &[query("account", &[])]).await.unwrap_err();
    assert_eq!((failed.kind, stub.seen().len()), (AdapterErrorKind::Unauthenticated, 2));
}

#[tokio::test]
async fn health() {
    let user =
        json!({"user_id": "005000000000001AAA", "organization_id": "00D000000000001AAA", "preferred_username": "i"});
    let stub = Stub::start([(200, user), (200, json!({"DailyApiRequests": {"Max": 15000, "Remaining": 14000}}))]).await;
    let adapter = adapter(&stub);
    assert_eq!(adapter.user_info(&application()).await.unwrap().user_id, "005000000000001AAA");
    assert_eq!(adapter.limits(&application()).await.unwrap().remaining, 14_000);
    let targets: Vec<String> = stub.seen().into_iter().map(|seen| seen.target).collect();
    assert_eq!(targets, ["/services/oauth2/userinfo", "/services/data/v66.0/limits"]);
}

#[test]
fn what_cannot_work_is_refused_at_once() {
    let refused = |config: Config| Salesforce::new(config, &catalog(), crm()).unwrap_err();
    let good = || config("https://contoso.my.salesforce.com");
    assert_eq!(refused(config("http://contoso.my.salesforce.com")), ConfigError::Address { name: "login_url" });
    assert_eq!(refused(Config { client_secret: None, ..good() }), ConfigError::Credentials);
    assert_eq!(refused(Config { signing_key: Some(key("no key")), ..good() }), ConfigError::Key);
    let version = Config { api_version: Some("../x".to_owned()), ..good() };
    assert_eq!(refused(version), ConfigError::Address { name: "api_version" });
    let shown = format!("{:?}", Config { signing_key: Some(key(KEY)), ..good() });
    assert!(!shown.contains("se+cret") && !shown.contains("BEGIN"));
}
