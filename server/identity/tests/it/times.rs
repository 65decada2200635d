//! Clocks that differ by up to two minutes, and those that differ by more.

use engage_identity::Reason;
use serde_json::json;

use crate::kit::{Kit, but};

#[tokio::test]
async fn two_minutes_are_allowed_and_a_second_more_is_not() {
    let kit = Kit::warm().await;
    let now = kit.time.seconds();
    let longest = 28 * 3600 + 120;
    for (issued, begins, expires, expected) in [
        (-3600, -3600, -119, None),
        (-3600, -3600, -120, Some(Reason::Expired)),
        (-3600, -3600, -121, Some(Reason::Expired)),
        (0, 119, 3600, None),
        (0, 120, 3600, None),
        (0, 121, 3600, Some(Reason::NotYetValid)),
        (119, 0, 3600, None),
        (120, 0, 3600, None),
        (121, 0, 3600, Some(Reason::NotYetValid)),
        (0, 0, longest, None),
        (0, 0, longest + 1, Some(Reason::LifetimeRefused)),
        (-100, 0, longest - 100, None),
        (-101, 0, longest - 100, Some(Reason::LifetimeRefused)),
    ] {
        let times = json!({"iat": now + issued, "nbf": now + begins, "exp": now + expires});
        let said = kit.authenticate(&kit.sign(&but(&kit.user(), times.clone()))).await;
        assert_eq!(said.err().map(|denied| denied.reason), expected, "{times}");
    }
    kit.authenticate(&kit.sign(&but(&kit.user(), json!({"nbf": null})))).await.unwrap();
}

#[tokio::test]
async fn a_token_ends_while_it_is_used() {
    let kit = Kit::warm().await;
    let token = kit.sign(&kit.user());
    kit.time.forward(3600 + 119);
    kit.authenticate(&token).await.unwrap();
    kit.time.forward(1);
    assert_eq!(kit.authenticate(&token).await.unwrap_err().reason, Reason::Expired);
}
