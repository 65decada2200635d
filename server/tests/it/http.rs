//! What stands around every surface.

use reqwest::Method;
use serde_json::json;

use crate::kit::{Kit, answer};

#[tokio::test]
async fn every_answer_has_an_id_and_headers_for_browsers() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let named = contoso.ask_with(Method::GET, "/rooms/scim/Users", None, &[("x-request-id", "abc-1")]).await;
    assert_eq!(named.header("x-request-id"), "abc-1");
    assert_eq!((named.header("x-content-type-options"), named.header("cache-control")), ("nosniff", "no-store"));
    let odd = contoso.ask_with(Method::GET, "/rooms/scim/Users", None, &[("x-request-id", "a b")]).await;
    assert_eq!(odd.header("x-request-id").len(), 36);
    let nowhere = answer(reqwest::Client::new().get(format!("{}/nothing", kit.url))).await;
    assert_eq!((nowhere.status.as_u16(), &nowhere.body["code"]), (404, &json!("NOT_FOUND")));
}

#[tokio::test]
async fn requests_are_held_to_limits() {
    let kit = Kit::with(&[("limits.body-bytes", "2048"), ("limits.headers", "20")]).await;
    let contoso = kit.customer("Contoso").await;
    let long = json!({"userName": "x".repeat(3000)});
    let refused = contoso.post("/rooms/scim/Users", &long).await;
    assert_eq!((refused.status.as_u16(), &refused.body["status"]), (413, &json!("413")));
    assert_eq!(refused.header("connection"), "close", "what is left of the body is not read");
    let headers: Vec<(String, String)> = (0..30).map(|n| (format!("x-{n}"), "1".to_owned())).collect();
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let many = contoso.ask_with(Method::GET, "/rooms/scim/Users", None, &headers).await;
    assert_eq!((many.status.as_u16(), &many.body["status"]), (431, &json!("431")));
    let user = json!({"userName": "x"});
    let media = contoso.ask_with(Method::POST, "/rooms/scim/Users", Some(&user), &[("content-encoding", "gzip")]).await;
    assert_eq!((media.status.as_u16(), &media.body["status"]), (415, &json!("415")));
    assert_eq!(media.header("connection"), "close");
}

#[tokio::test]
async fn pages_that_may_call_may_send_what_callers_send() {
    let kit = Kit::with(&[("cors.origins", "https://portal.example")]).await;
    let preflight = |origin: &str| {
        let asked = reqwest::Client::new().request(Method::OPTIONS, format!("{}/api/v3/config/employees", kit.url));
        let asked = asked.header("origin", origin).header("access-control-request-method", "GET");
        answer(asked.header("access-control-request-headers", "authorization,ocp-apim-subscription-key"))
    };
    let may = preflight("https://portal.example").await;
    assert_eq!(may.header("access-control-allow-origin"), "https://portal.example");
    let headers: Vec<&str> = may.header("access-control-allow-headers").split(',').collect();
    for name in ["authorization", "content-type", "x-engage-organization", "ocp-apim-subscription-key", "x-api-key"] {
        assert!(headers.contains(&name), "{name} of {headers:?}");
    }
    assert_eq!(preflight("https://elsewhere.example").await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn requests_are_counted_by_route_and_nobody_is_named() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let made = contoso.post("/rooms/scim/Users", &json!({"userName": "sea@contoso.example"})).await;
    contoso.get(&format!("/rooms/scim/Users/{}", made.id())).await;
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &kit.registry.lock().unwrap()).unwrap();
    let line = "engage_http_requests_total{method=\"GET\",route=\"/rooms/scim/Users/{id}\",status=\"200\"} 1";
    assert!(text.contains(line), "{text}");
    assert!(
        !text.contains(&made.id()) && !text.contains("contoso") && !text.contains(&contoso.organisation.to_string())
    );
}
