//! What the libraries of Microsoft ask of the issuer beyond what a sign-in needs.

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use engage_identity::Version;
use serde_json::{Value, json};

use crate::issuer::{BACK, Live, VERIFIER, asked, live};
use crate::kit::{TENANT, UI, person};

async fn redeemed(live: &Live, code: &str) -> (StatusCode, Value) {
    let id = UI.to_string();
    let redeem = [
        ("grant_type", "authorization_code"),
        ("client_id", id.as_str()),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
        ("client_info", "1"),
    ];
    live.token("organizations", &redeem).await
}

#[tokio::test]
async fn an_answer_goes_back_in_a_form_where_that_is_asked_for() {
    let live = live().await;
    let known = person(TENANT, 1, &[]).object.to_string();
    let hostile = "\"><script>alert(1)</script>";
    let form = [("person", known.as_str()), ("response_mode", "form_post"), ("state", hostile)];
    let answer = live.authorize("organizations", &asked(&form)).await;
    assert_eq!((answer.status().as_u16(), answer.headers().get("location")), (200, None));
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let page = answer.text().await.unwrap();
    let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    let allowed = STANDARD.encode(digest(&SHA256, script.as_bytes()));
    assert_eq!(
        policy,
        format!("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; script-src 'sha256-{allowed}'")
    );
    assert_eq!(page.matches("<script>").count(), 1, "{page}");
    assert!(page.contains(&format!("<form method=\"post\" action=\"{BACK}\">")), "{page}");
    assert!(page.contains("name=\"state\" value=\"&quot;&gt;&lt;script&gt;"), "{page}");
    let code = page.split("name=\"code\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let (status, told) = redeemed(&live, code).await;
    assert_eq!(status, 200, "{told}");
    let wrong = live.authorize("organizations", &asked(&[("response_mode", "form_post"), ("scope", "openid")])).await;
    let wrong = wrong.text().await.unwrap();
    assert!(wrong.contains("name=\"error\" value=\"invalid_scope\""), "{wrong}");
}

#[tokio::test]
async fn a_program_listens_on_any_port_of_this_machine() {
    let live = live().await;
    let known = person(TENANT, 1, &[]).object.to_string();
    let status = async |uri: &str| {
        let answer = live.authorize("organizations", &asked(&[("person", &known), ("redirect_uri", uri)])).await;
        let location = answer.headers().get("location").map(|location| location.to_str().unwrap().to_owned());
        assert!(location.is_none_or(|location| location.starts_with(&format!("{uri}?"))), "{uri}");
        answer.status().as_u16()
    };
    for uri in ["http://127.0.0.1:9/back", "http://127.0.0.1:50123/back", "http://127.0.0.1/back"] {
        assert_eq!(status(uri).await, 302, "{uri}");
    }
    for uri in [
        "http://127.0.0.1:9@evil.example/back",
        "http://127.0.0.1.evil.example/back",
        "http://127.0.0.1:50123/other",
        "http://localhost:9/back",
        "https://127.0.0.1:9/back",
        "http://evil.example:9/back",
    ] {
        assert_eq!(status(uri).await, 400, "{uri}");
    }
}

#[tokio::test]
async fn under_another_address_it_is_the_same_issuer() {
    let live = live().await;
    let secured = live.issuer.reached_at("https://localhost:4443/");
    let tenant = TENANT.to_string();
    let [plain, other] = [&live.issuer, &secured].map(|issuer| issuer.metadata(Version::V2, &tenant).unwrap());
    assert_eq!(plain["issuer"], other["issuer"]);
    for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        let below = plain[endpoint].as_str().unwrap().strip_prefix(&live.base).unwrap();
        assert_eq!(other[endpoint], format!("https://localhost:4443{below}"));
    }
    secured.roll_over().unwrap();
    assert_eq!(secured.header(), live.issuer.header());
}

#[tokio::test]
async fn who_has_signed_in_is_told_to_whoever_asks() {
    let live = live().await;
    let known = person(TENANT, 1, &[]).object.to_string();
    let back = live.code(&[("person", &known), ("client_info", "1")]).await;
    let (_, told) = redeemed(&live, &back["code"]).await;
    for info in [back["client_info"].as_str(), told["client_info"].as_str().unwrap()] {
        let info: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(info).unwrap()).unwrap();
        assert_eq!(info, json!({"uid": known, "utid": TENANT}));
    }
    assert!(!live.code(&[("person", &known)]).await.contains_key("client_info"));
}
