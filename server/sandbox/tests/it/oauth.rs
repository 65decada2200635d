//! The token endpoint, discovery, and https.

use engage_sandbox::world::{Clock, World};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use engage_sandbox::{Options, Sandbox};
use jiff::Timestamp;

use crate::client::{Org, Reply, send};

async fn token(org: &Org, form: &[(&str, &str)]) -> Reply {
    let encode = |text: &str| text.replace('%', "%25").replace(':', "%3A").replace('/', "%2F").replace(' ', "+");
    let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    send(&org.fact("token_url"), "POST", &headers, &body.join("&")).await.unwrap()
}

#[tokio::test]
async fn client_credentials() {
    let org = Org::start().await;
    let (id, secret, scope) = (org.fact("client_id"), org.fact("client_secret"), org.fact("scope"));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
        ("scope", scope.as_str()),
    ];
    let answer = token(&org, &form).await.expect(200).json();
    assert_eq!((answer["token_type"].as_str(), answer["expires_in"].as_i64()), (Some("Bearer"), Some(3599)));
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    let who = org.call("GET", "WhoAmI()", &[("Authorization", &bearer)], "").await.expect(200).json();
    assert_eq!(who["UserId"], org.user("application", "user_id"));
    for (at, value, error) in [
        (0, "password", "unsupported_grant_type"),
        (1, "other", "unauthorized_client"),
        (2, "wrong", "invalid_client"),
        (3, "nothing", "invalid_scope"),
    ] {
        let mut wrong = form;
        wrong[at].1 = value;
        let refused = token(&org, &wrong).await;
        assert!(refused.status >= 400);
        assert_eq!(refused.json()["error"], error);
        assert!(refused.json()["error_description"].as_str().unwrap().starts_with("AADSTS"));
    }
    assert_eq!(token(&org, &form[..3]).await.expect(400).json()["error"], "invalid_request");
}

#[tokio::test]
async fn on_behalf_of_a_user() {
    let org = Org::start().await;
    let (id, secret, scope) = (org.fact("client_id"), org.fact("client_secret"), org.fact("scope"));
    let assertion = org.user("salesperson", "assertion");
    let mut form = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
        ("assertion", assertion.as_str()),
        ("scope", scope.as_str()),
        ("requested_token_use", "on_behalf_of"),
    ];
    let answer = token(&org, &form).await.expect(200).json();
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    let who = org.call("GET", "WhoAmI", &[("Authorization", &bearer)], "").await.expect(200).json();
    assert_eq!(who["UserId"], org.user("salesperson", "user_id"));
    let with_refresh = format!("{scope} offline_access");
    form[4].1 = &with_refresh;
    let refresh = token(&org, &form).await.expect(200).json()["refresh_token"].as_str().unwrap().to_owned();
    form[4].1 = &scope;
    let again = [
        ("grant_type", "refresh_token"),
        ("client_id", id.as_str()),
        ("client_secret", secret.as_str()),
        ("scope", scope.as_str()),
        ("refresh_token", refresh.as_str()),
    ];
    let bearer = format!("Bearer {}", token(&org, &again).await.expect(200).json()["access_token"].as_str().unwrap());
    let who = org.call("GET", "WhoAmI", &[("Authorization", &bearer)], "").await.expect(200).json();
    assert_eq!(who["UserId"], org.user("salesperson", "user_id"));
    let as_token = format!("Bearer {refresh}");
    org.call("GET", "WhoAmI", &[("Authorization", &as_token)], "").await.expect(401);
    let wrong = [again[0], again[1], again[2], again[3], ("refresh_token", assertion.as_str())];
    assert_eq!(token(&org, &wrong).await.expect(400).json()["error"], "invalid_grant");
    // A token for Dataverse itself is no assertion for the application.
    let wrong = org.user("salesperson", "token");
    form[3].1 = &wrong;
    assert_eq!(token(&org, &form).await.expect(400).json()["error"], "invalid_grant");
    form[3].1 = "nonsense";
    assert_eq!(token(&org, &form).await.expect(400).json()["error"], "invalid_grant");
    assert_eq!(token(&org, &form[..5]).await.expect(400).json()["error"], "invalid_request");
}

#[tokio::test]
async fn discovery_leads_to_the_keys() {
    let org = Org::start().await;
    let url = org.fact("url");
    let address = format!("{url}/{}/v2.0/.well-known/openid-configuration", org.fact("tenant_id"));
    let discovery = send(&address, "GET", &[], "").await.unwrap().expect(200).json();
    assert_eq!(discovery["token_endpoint"], org.fact("token_url"));
    let keys = send(discovery["jwks_uri"].as_str().unwrap(), "GET", &[], "").await.unwrap().expect(200).json();
    assert_eq!(keys["keys"][0]["kty"], "RSA");
    let log = org.running.log();
    assert_eq!(log.len(), 2);
}

struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

#[tokio::test]
async fn tokens_expire() {
    let clock = Arc::new(HandClock(AtomicI64::new(1_000_000)));
    let world = World { clock: Arc::<HandClock>::clone(&clock), ids: World::of_this_machine().ids };
    let running = Sandbox::start(Options { world, ..Options::default() }).await.unwrap();
    let facts = running.ready()["dataverse"].clone();
    let at = |name: &str| facts[name].as_str().unwrap().to_owned();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={}",
        at("client_id"),
        at("client_secret"),
        at("scope")
    );
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let issued = send(&at("token_url"), "POST", &kind, &form).await.unwrap().json()["access_token"].clone();
    let address = format!("{}/api/data/v9.2/WhoAmI", at("url"));
    let who = async |token: &serde_json::Value| {
        let bearer = format!("Bearer {}", token.as_str().unwrap());
        send(&address, "GET", &[("Authorization", &bearer)], "").await.unwrap().status
    };
    let ready = &facts["users"]["read-only"]["token"];
    assert_eq!((who(&issued).await, who(ready).await), (200, 200));
    clock.0.fetch_add(3600, Ordering::Relaxed);
    assert_eq!((who(&issued).await, who(ready).await), (401, 200), "those of the ready line are for longer work");
    clock.0.fetch_add(7 * 24 * 3600, Ordering::Relaxed);
    assert_eq!(who(ready).await, 401);
}

#[tokio::test]
async fn secrets_are_not_in_the_log() {
    let org = Org::start().await;
    token(&org, &[("client_secret", "very-secret")]).await;
    let log = format!("{:?}", org.running.log());
    assert!(!log.contains("very-secret"));
    assert!(!org.running.ready_line().contains('\n'));
}
