//! How many requests a caller may make.

use engage_server::api::{Rates, Settings};

use super::kit::{ADMIN, As, Kit, SYSTEM, THEIRS};

async fn kit(per_hour: u64, per_minute: u64) -> Kit {
    Kit::with(Settings { rates: Rates { per_hour, per_minute }, ..Settings::default() }).await
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
