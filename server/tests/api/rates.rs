//! How many requests a caller may make.

use axum::body::Body;
use axum::http::Request;
use engage_server::api::{Rates, Settings};
use engage_server::http::Refusal;

use super::kit::{ADMIN, Answer, As, Kit, SYSTEM, THEIRS};

const EMPLOYEES: &str = "/api/v3/config/employees";

async fn kit(per_hour: u64, per_minute: u64) -> Kit {
    Kit::with(Settings { rates: Rates { per_hour, per_minute } }).await
}

#[test]
fn a_thousand_an_hour_and_a_hundred_a_minute_unless_said_otherwise() {
    assert_eq!(Settings::default().rates, Rates { per_hour: 1_000, per_minute: 100 });
}

#[tokio::test]
async fn too_many_in_a_minute_wait_for_the_next() {
    let kit = kit(1_000, 3).await;
    for left in [2, 1, 0] {
        let answer = kit.get(SYSTEM, "/config/employees").await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            (answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining")),
            ("3", left.to_string().as_str())
        );
    }
    let refused = kit.get(SYSTEM, "/config/employees").await;
    assert_eq!(refused.expect(429)["code"], "TOO_MANY_REQUESTS");
    assert_eq!(refused.header("x-ratelimit-remaining"), "0");
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    for other in [ADMIN, As::System(THEIRS)] {
        assert_eq!(kit.get(other, "/config/employees").await.status, 200, "{other:?} has a share of its own");
    }
    kit.pass(wait);
    assert_eq!(kit.get(SYSTEM, "/config/employees").await.status, 200);
}

#[tokio::test]
async fn the_hour_counts_too() {
    let kit = kit(3, 2).await;
    for (wait, status) in [(60, 200), (60, 200), (60, 200), (60, 429)] {
        let answer = kit.get(SYSTEM, "/config/employees").await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
        kit.pass(wait);
    }
}

#[tokio::test]
async fn whoever_is_not_let_in_is_counted_by_where_he_calls_from() {
    let kit = kit(1_000, 2).await;
    kit.get(As::Nobody, "/config/employees").await.expect(401);
    kit.get(As::Nobody, "/nothing").await.expect(404);
    kit.get(As::Nobody, "/config/employees").await.expect(429);
    assert_eq!(kit.get(SYSTEM, "/config/employees").await.status, 200, "who is let in does not pay for it");
}

#[tokio::test]
async fn what_is_refused_before_anybody_is_asked_who_he_is_counts_too_and_is_no_other_refusal() {
    let kit =
        Kit::configured(Settings { rates: Rates { per_hour: 1_000, per_minute: 3 } }, &[("limits.body-bytes", "2048")])
            .await;
    let post = || Request::builder().method("POST").uri("/api/v3/labels");
    let long_head = || post().extension(Refusal::Head).body(Body::empty()).unwrap();
    let long_body = || post().header("content-length", "2049").body(Body::empty()).unwrap();
    for (left, request, status) in
        [("2", long_head(), 431), ("1", long_body(), 413), ("0", long_head(), 431), ("0", long_body(), 413)]
    {
        let answer = kit.sent_from([192, 0, 2, 1], request).await;
        answer.expect(status);
        assert_eq!((answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining")), ("3", left));
        assert!(!answer.header("x-ratelimit-reset").is_empty());
    }
    kit.get(As::Nobody, "/config/employees").await.expect(429);
    let elsewhere = kit.sent_from([192, 0, 2, 2], long_head()).await;
    assert_eq!(elsewhere.header("x-ratelimit-remaining"), "2", "another address has a share of its own");
    let scim = Request::builder().uri("/employees/scim/Users").extension(Refusal::Head).body(Body::empty()).unwrap();
    let others = kit.sent_from([192, 0, 2, 2], scim).await;
    assert_eq!((others.status.as_u16(), others.header("x-ratelimit-limit")), (431, ""), "nobody counts there");
}

/// Sends a token from an address.
async fn bearing(kit: &Kit, token: &str, address: [u8; 4]) -> Answer {
    let request = Request::builder().uri(EMPLOYEES).header("authorization", format!("Bearer {token}"));
    kit.sent_from(address, request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn after_too_many_tokens_that_were_refused_no_further_one_is_looked_at() {
    let kit = kit(1_000, 3).await;
    let (here, elsewhere) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    let [known, unknown] = [SYSTEM, ADMIN].map(|who| kit.token(who).unwrap());
    assert_eq!(bearing(&kit, &known, here).await.status, 200);
    let forged = format!("{}A", known.get(..known.len() - 1).unwrap());
    for status in [401, 401, 401, 429] {
        bearing(&kit, &forged, here).await.expect(status);
    }
    let shut = bearing(&kit, &unknown, here).await;
    assert_eq!(shut.expect(429)["code"], "TOO_MANY_REQUESTS");
    assert_eq!((shut.header("x-ratelimit-limit"), shut.header("x-ratelimit-remaining")), ("3", "0"));
    let wait: i64 = shut.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(bearing(&kit, &known, here).await.status, 200, "who was let in is let in");
    assert_eq!(bearing(&kit, &unknown, elsewhere).await.status, 200, "the token is good");
    kit.pass(wait);
    assert_eq!(bearing(&kit, &kit.token(ADMIN).unwrap(), here).await.status, 200, "until the window is over");
}

#[tokio::test]
async fn bodies_are_as_long_as_the_setting_says() {
    let kit = Kit::configured(Settings::default(), &[("limits.body-bytes", "2097152")]).await;
    let long = |bytes: usize| {
        let request = Request::builder().method("POST").uri("/api/v3/labels");
        request.header("content-type", "application/json").body(Body::from(" ".repeat(bytes) + "{}")).unwrap()
    };
    let bearing = |mut request: Request<Body>| {
        let token = format!("Bearer {}", kit.token(ADMIN).unwrap());
        request.headers_mut().insert("authorization", token.parse().unwrap());
        kit.sent_from([192, 0, 2, 1], request)
    };
    bearing(long((2 << 20) - 2)).await.expect(400);
    bearing(long(2 << 20)).await.expect(413);
}
