//! The local issuer over HTTP, and whole conversations with it: sign-in, tokens, and the validation of what comes out.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use engage_identity::issuer::LocalIssuer;
use engage_identity::{
    Authority, Caller, Environment, HttpFetch, Keys, Listed, Presented, Principal, Reason, Registration, Role,
    Validator,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use serde_json::Value;

use crate::http::served;
use crate::kit::{
    BACK_END, Hand, INTEGRATION, INTRUDER, ORGANISATION, OTHER_TENANT, PLATFORM, TENANT, UI, as_user, bearer, clock,
    counted, mapping, person, realm, settings,
};

pub(crate) const BACK: &str = "http://127.0.0.1:9/back";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// That of the verifier (RFC 7636, appendix B).
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const SCOPE: &str = "openid profile offline_access api://engage-management/access_as_user";

pub(crate) struct Live {
    pub(crate) base: String,
    client: Client,
    time: Arc<Hand>,
    pub(crate) issuer: LocalIssuer,
    validator: Validator,
}

pub(crate) async fn live() -> Live {
    let time = clock();
    let mut made = None;
    let base = served(|base| {
        let issuer = LocalIssuer::new(realm(base), time.clone(), counted()).unwrap();
        made.insert(issuer).router()
    })
    .await;
    let authority = Authority::local(&base);
    let fetch = Arc::new(HttpFetch::new(&authority).unwrap());
    let keys = Keys::new(authority, fetch, time.clone());
    assert_eq!(keys.refresh().await, []);
    let directory = Listed::default();
    directory.map(TENANT, mapping(ORGANISATION));
    directory.register(BACK_END, Registration { organisation: ORGANISATION, environment: Environment::Prod });
    let validator = Validator::new(settings(&base), keys, Arc::new(directory).into(), time.clone()).unwrap();
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    Live { base, client, time, issuer: made.unwrap(), validator }
}

impl Live {
    pub(crate) async fn token(&self, tenant: &str, fields: &[(&str, &str)]) -> (StatusCode, Value) {
        let request = self.client.post(format!("{}/{tenant}/oauth2/v2.0/token", self.base)).form(fields);
        read(request.send().await.unwrap()).await
    }

    pub(crate) async fn authorize(&self, tenant: &str, fields: &[(&str, &str)]) -> Response {
        let url = format!("{}/{tenant}/oauth2/v2.0/authorize", self.base);
        self.client.get(Url::parse_with_params(&url, fields).unwrap()).send().await.unwrap()
    }

    pub(crate) async fn code(&self, changes: &[(&str, &str)]) -> HashMap<String, String> {
        let answer = self.authorize("organizations", &asked(changes)).await;
        assert_eq!(answer.status(), 302);
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
        assert!(location.starts_with(BACK), "{location}");
        Url::parse(&location).unwrap().query_pairs().into_owned().collect()
    }

    async fn principal(&self, token: &str) -> Result<Principal, Reason> {
        let headers = bearer(token);
        let said = self.validator.authenticate(Presented { headers: &headers, query: None }).await;
        said.map_err(|denied| denied.reason)
    }
}

async fn read(answer: Response) -> (StatusCode, Value) {
    assert!(answer.headers()["cache-control"].to_str().unwrap().contains("no-store"));
    (answer.status(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap())
}

/// A request for a code, changed; an empty value takes a field away.
pub(crate) fn asked<'f>(changes: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let id = Box::leak(UI.to_string().into_boxed_str());
    let all = [
        ("client_id", &*id),
        ("response_type", "code"),
        ("redirect_uri", BACK),
        ("scope", SCOPE),
        ("state", "a state & more"),
        ("nonce", "n-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    change(&all, changes)
}

fn change<'f>(all: &[(&'f str, &'f str)], changes: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let kept = all.iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    kept.chain(changes).copied().filter(|(_, value)| !value.is_empty()).collect()
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_user_signs_in_on_a_page_and_calls() {
    let live = live().await;
    let page = live.authorize("organizations", &asked(&[])).await;
    assert_eq!(page.status(), 200);
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    let page = page.text().await.unwrap();
    let known = person(TENANT, 1, &[]);
    let link = page.split("href=\"").find(|link| link.contains(&known.object.to_string().replace('-', "%2D"))).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    let followed =
        live.client.get(format!("{}/organizations/oauth2/v2.0/authorize{link}", live.base)).send().await.unwrap();
    let back = Url::parse(followed.headers()["location"].to_str().unwrap()).unwrap();
    let back: HashMap<String, String> = back.query_pairs().into_owned().collect();
    assert_eq!(back["state"], "a state & more");

    let id = UI.to_string();
    let redeem = [
        ("grant_type", "authorization_code"),
        ("client_id", &id),
        ("code", &back["code"]),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    let (status, told) = live.token("organizations", &redeem).await;
    assert_eq!(status, 200, "{told}");
    let principal = live.principal(told["access_token"].as_str().unwrap()).await.unwrap();
    assert_eq!(principal.organisation, ORGANISATION);
    assert_eq!((as_user(&principal).object, as_user(&principal).role), (known.object, Role::Manager));
    let id_token = told["id_token"].as_str().unwrap();
    let id_claims = claims(id_token);
    assert_eq!((&id_claims["aud"], &id_claims["nonce"]), (&id.clone().into(), &"n-1".into()));
    assert_eq!(live.principal(id_token).await.unwrap_err(), Reason::AudienceRefused);

    let (status, again) = live.token("organizations", &redeem).await;
    assert_eq!(
        (status, &again["error"], &again["error_codes"][0]),
        (StatusCode::BAD_REQUEST, &"invalid_grant".into(), &70_008.into())
    );

    live.time.forward(4000);
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", &id),
        ("refresh_token", told["refresh_token"].as_str().unwrap()),
    ];
    let (status, told) = live.token("organizations", &refresh).await;
    assert_eq!(status, 200, "{told}");
    live.principal(told["access_token"].as_str().unwrap()).await.unwrap();
    assert_eq!(live.token("organizations", &refresh).await.1["error"], "invalid_grant", "each is used once");
}

#[tokio::test]
async fn a_back_end_proves_itself_in_the_form_or_in_a_header() {
    let live = live().await;
    let id = BACK_END.to_string();
    let scope = "https://engage.example/integration/.default";
    let form = [("grant_type", "client_credentials"), ("scope", scope)];
    let post = change(&form, &[("client_id", &id), ("client_secret", "a-secret-of-the-tests")]);
    let (status, told) = live.token(&PLATFORM.to_string(), &post).await;
    assert_eq!((status, &told["token_type"], &told["expires_in"]), (StatusCode::OK, &"Bearer".into(), &3600.into()));
    let principal = live.principal(told["access_token"].as_str().unwrap()).await.unwrap();
    assert!(matches!(principal.caller, Caller::System(system) if system.client == BACK_END));

    let basic = STANDARD.encode(format!("{id}:a%2Dsecret-of-the-tests"));
    let url = format!("{}/{PLATFORM}/oauth2/v2.0/token", live.base);
    let basic = live.client.post(&url).form(&form).header("authorization", format!("Basic {basic}"));
    let (status, told) = read(basic.send().await.unwrap()).await;
    assert_eq!(status, 200, "{told}");
    live.principal(told["access_token"].as_str().unwrap()).await.unwrap();

    // An application that somebody registers in a tenant of his own gets a token, and nothing by it.
    let intruder = INTRUDER.to_string();
    let post = change(&form, &[("client_id", &intruder), ("client_secret", "a-secret-of-the-tests")]);
    let (_, told) = live.token(&TENANT.to_string(), &post).await;
    assert_eq!(live.principal(told["access_token"].as_str().unwrap()).await.unwrap_err(), Reason::IssuerNotPlatform);
    assert_eq!(claims(told["access_token"].as_str().unwrap())["aud"], INTEGRATION.to_string());
}

#[tokio::test]
async fn refusals_of_the_token_endpoint_are_those_of_entra() {
    let live = live().await;
    let (id, public, tenant) = (BACK_END.to_string(), UI.to_string(), PLATFORM.to_string());
    let right = [
        ("grant_type", "client_credentials"),
        ("scope", "https://engage.example/integration/.default"),
        ("client_id", id.as_str()),
        ("client_secret", "a-secret-of-the-tests"),
    ];
    for (at, changes, status, error, code) in [
        (tenant.as_str(), vec![("client_secret", "wrong")], 401, "invalid_client", 7_000_215),
        (&tenant, vec![("client_secret", "")], 401, "invalid_client", 7_000_218),
        (&tenant, vec![("client_id", "x")], 400, "unauthorized_client", 700_016),
        (&tenant, vec![("client_id", "")], 400, "invalid_request", 900_144),
        (&tenant, vec![("client_id", public.as_str())], 401, "invalid_client", 700_025),
        (&tenant, vec![("grant_type", "password")], 400, "unsupported_grant_type", 70_003),
        (&tenant, vec![("grant_type", "")], 400, "invalid_request", 900_144),
        (&tenant, vec![("scope", "https://engage.example/integration/read")], 400, "invalid_scope", 1_002_012),
        (&tenant, vec![("scope", "https://other.example/.default")], 400, "invalid_resource", 500_011),
        (&tenant, vec![("scope", "")], 400, "invalid_request", 900_144),
        ("organizations", vec![], 400, "unauthorized_client", 700_016),
        ("aaaaaaaa-0000-4000-8000-00000000000f", vec![], 400, "invalid_tenant", 90_002),
    ] {
        let (got, told) = live.token(at, &change(&right, &changes)).await;
        assert_eq!(
            (got.as_u16(), told["error"].as_str(), told["error_codes"][0].as_i64()),
            (status, Some(error), Some(code)),
            "{told}"
        );
        assert!(told["error_description"].as_str().unwrap().starts_with(&format!("AADSTS{code}: ")), "{told}");
        for member in ["timestamp", "trace_id", "correlation_id"] {
            assert!(told[member].is_string(), "{told}");
        }
        assert!(!told.to_string().contains("wrong"));
    }
    let twice = [right.as_slice(), &[("scope", "x")]].concat();
    assert_eq!(live.token(&tenant, &twice).await.1["error_codes"][0], 9_002_313);
    let url = format!("{}/{tenant}/oauth2/v2.0/token", live.base);
    let json = live.client.post(&url).header("content-type", "application/json").body("{}");
    assert_eq!(read(json.send().await.unwrap()).await.1["error"], "invalid_request");
    assert_eq!(live.client.get(&url).send().await.unwrap().status(), 405);
    let long = live.client.post(&url).form(&[("x", "y".repeat(70_000))]).send().await.unwrap();
    assert_eq!(long.status(), 413);
}

#[tokio::test]
async fn a_code_is_for_whoever_asked_for_it() {
    let live = live().await;
    let known = person(TENANT, 1, &[]).object.to_string();
    let (id, other) = (UI.to_string(), BACK_END.to_string());
    for (changes, code) in [
        (vec![("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX")], 501_481),
        (vec![("code_verifier", "short")], 501_481),
        (vec![("code_verifier", "")], 900_144),
        (vec![("redirect_uri", "http://127.0.0.1:9/other")], 500_112),
        (vec![("code", "unknown")], 70_008),
        (vec![("client_id", other.as_str()), ("client_secret", "a-secret-of-the-tests")], 70_000),
    ] {
        let back = live.code(&[("person", &known)]).await;
        let right = [
            ("grant_type", "authorization_code"),
            ("client_id", id.as_str()),
            ("code", &back["code"]),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        let (status, told) = live.token("organizations", &change(&right, &changes)).await;
        assert_eq!((status.as_u16(), told["error_codes"][0].as_i64()), (400, Some(code)), "{told}");
    }
    let back = live.code(&[("person", &known)]).await;
    let right = [
        ("grant_type", "authorization_code"),
        ("client_id", id.as_str()),
        ("code", &back["code"]),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    live.time.forward(600);
    assert_eq!(live.token("organizations", &right).await.1["error_codes"][0], 70_008, "after ten minutes");
    let back = live.code(&[("person", &known)]).await;
    let right = change(&right, &[("code", &back["code"])]);
    assert_eq!(live.token(&OTHER_TENANT.to_string(), &right).await.1["error_codes"][0], 50_020, "of another tenant");
}

#[tokio::test]
async fn what_is_wrong_is_told_the_application_and_a_wrong_address_is_told_nobody() {
    let live = live().await;
    let known = person(TENANT, 1, &[]).object.to_string();
    for (changes, error) in [
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("response_mode", "fragment")], "invalid_request"),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge", "short")], "invalid_request"),
        (vec![("scope", "openid")], "invalid_scope"),
        (vec![("scope", "api://engage-management/admin")], "invalid_scope"),
        (vec![("scope", "api://other/access_as_user")], "invalid_resource"),
        (vec![("person", "x")], "access_denied"),
        (vec![("prompt", "none")], "login_required"),
        (vec![("prompt", "none"), ("login_hint", "nobody")], "login_required"),
    ] {
        let back = live.code(&changes).await;
        assert_eq!((back["error"].as_str(), back["state"].as_str()), (error, "a state & more"), "{back:?}");
        assert!(back["error_description"].starts_with("AADSTS") && !back.contains_key("code"));
    }
    let hinted = live.code(&[("prompt", "none"), ("login_hint", "astrid.secretive1@nordbank.example")]).await;
    assert!(hinted.contains_key("code"));
    for changes in [
        vec![("redirect_uri", "http://127.0.0.1:9/back/evil")],
        vec![("redirect_uri", "http://evil.example/back")],
        vec![("redirect_uri", "")],
        vec![("client_id", "\"><script>")],
    ] {
        let answer = live.authorize("organizations", &asked(&changes)).await;
        assert_eq!((answer.status().as_u16(), answer.headers().get("location")), (400, None));
        assert!(!answer.text().await.unwrap().contains("<script>"));
    }
    let page =
        live.authorize(&OTHER_TENANT.to_string(), &asked(&[("state", "\"><script>")])).await.text().await.unwrap();
    assert!(!page.contains("<script>") && !page.contains(&known.replace('-', "%2D")), "{page}");
}

#[tokio::test]
async fn keys_are_rolled_over_on_request() {
    let live = live().await;
    let claims = live.issuer.user_claims(&person(TENANT, 1, &["Manager"]), &live.issuer.realm().resources[0], UI);
    live.principal(&live.issuer.sign(&claims).unwrap()).await.unwrap();
    let before = live.issuer.header();
    let rolled = live.client.post(format!("{}/sandbox/rollover", live.base)).send().await.unwrap();
    assert_eq!(rolled.status(), 204);
    assert_ne!(live.issuer.header(), before);
    live.principal(&live.issuer.sign(&claims).unwrap()).await.unwrap();
    for _ in 0..9 {
        live.issuer.roll_over().unwrap();
    }
    let url = format!("{}/organizations/discovery/v2.0/keys", live.base);
    let set: Value =
        serde_json::from_slice(&live.client.get(url).send().await.unwrap().bytes().await.unwrap()).unwrap();
    assert_eq!(set["keys"].as_array().unwrap().len(), 8);
}

#[tokio::test]
async fn no_two_issuers_have_a_key_in_common() {
    let keys = [1, 2].map(|_| LocalIssuer::new(realm("http://127.0.0.1:1"), clock(), counted()).unwrap().header());
    assert_ne!(keys[0]["kid"], keys[1]["kid"]);
}
