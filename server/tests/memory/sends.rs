//! Sends them, to every address, and looks at what it cost.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::HEAP;
use crate::bodies::{self, Hostile, MEMBERS};
use crate::kit::{Customer, Kit};

/// The most that a request may have allocated at any time, its connection included, in bytes: for a body of the most that is taken, a
/// mebibyte, which holds as many values as are taken.
const BOUND: usize = 48 << 20;
/// The same of a request that is refused before its body is read.
const UNREAD: usize = 1 << 20;

const ADDRESSES: [(&str, &str); 14] = [
    ("POST", "/Users"),
    ("PUT", "/Users/x"),
    ("PATCH", "/Users/x"),
    ("POST", "/Users/.search"),
    ("POST", "/Groups"),
    ("PUT", "/Groups/x"),
    ("PATCH", "/Groups/x"),
    ("POST", "/Groups/.search"),
    ("POST", "/.search"),
    ("POST", "/Bulk"),
    ("PATCH", "/Me"),
    ("POST", "/Schemas"),
    ("POST", "/ServiceProviderConfig"),
    ("DELETE", "/Nothing"),
];

/// Sends a request as it stands; status, body, and the most that was allocated meanwhile. The body is not counted.
async fn cost(kit: &Kit, head: &str, body: &[u8]) -> (u16, Value, usize) {
    let mut stream = TcpStream::connect(kit.url.trim_start_matches("http://")).await.unwrap();
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    let head = format!("{head}Host: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    // Whoever refuses early does not read it all.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let cost = HEAP.peak_usage().saturating_sub(before);
    let answer = String::from_utf8(answer).unwrap();
    let (head, said) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(said).unwrap_or(Value::Null), cost)
}

fn refused(status: u16, said: &Value, what: &str) {
    assert!((400..500).contains(&status) || status == 501, "{what}: {status} {said}");
    assert_eq!(said["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{what}: {said}");
    assert_eq!(said["status"], json!(status.to_string()), "{what}");
    assert!(said["detail"].as_str().unwrap().len() < 400, "{what}: {said}");
}

fn head(method: &str, path: &str, token: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/scim+json\r\n")
}

/// Sends bodies to every address of a directory: each is told in words, and none costs more than it may.
async fn everywhere<'h>(customer: &Customer<'_>, mount: &str, hostile: impl Iterator<Item = &'h Hostile> + Clone) {
    let mut most = (0, String::new());
    for (method, path) in ADDRESSES {
        for Hostile { what, bytes } in hostile.clone() {
            let head = head(method, &format!("{mount}{path}"), &customer.token);
            let (status, said, cost) = cost(customer.kit, &head, bytes).await;
            let what = format!("{what} at {method} {mount}{path}");
            // A search ignores what it does not know; a group may have as many members as fit into a body.
            let found = path.ends_with("/.search") && status == 200 && said["Resources"].is_array();
            if !(found || (what.starts_with(MEMBERS) && status == 201)) {
                refused(status, &said, &what);
            }
            most = most.max((cost, what));
        }
    }
    assert!(most.0 < BOUND, "{} bytes: {}", most.0, most.1);
}

#[tokio::test]
async fn no_body_costs_more_than_it_may_at_any_address() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let hostile = bodies::all();
    everywhere(&contoso, "/employees/scim", hostile.iter()).await;
    for mount in ["/rooms/scim", "/advisors/scim"] {
        everywhere(&contoso, mount, hostile.iter().filter(|hostile| hostile.bytes.len() < 100_000)).await;
    }
    assert_eq!(contoso.get("/employees/scim/Users?count=0").await.body["totalResults"], 0, "nothing of it is kept");
}

#[tokio::test]
async fn no_filter_costs_more_than_it_may_at_any_address() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let deep = format!("{}title%20pr{}", "(".repeat(1_000), ")".repeat(1_000));
    for filter in [deep, vec!["title%20pr"; 682].join("%20or%20"), "(".repeat(30_000)] {
        for path in ["/Users", "/Groups", "/Users?startIndex=9", "/Schemas", "/ResourceTypes"] {
            let separator = if path.contains('?') { '&' } else { '?' };
            let path = format!("/employees/scim{path}{separator}filter={filter}");
            let (status, said, cost) = cost(&kit, &head("GET", &path, &contoso.token), b"").await;
            refused(status, &said, &path[..40]);
            assert!(cost < UNREAD, "{cost} bytes: {}", &path[..40]);
        }
    }
}

#[tokio::test]
async fn of_a_stranger_no_body_is_read() {
    let kit = Kit::start().await;
    let (token, path) = ("x".repeat(32), "/employees/scim");
    for (method, address) in ADDRESSES {
        for Hostile { what, bytes } in &bodies::all() {
            let (status, said, cost) = cost(&kit, &head(method, &format!("{path}{address}"), &token), bytes).await;
            let what = format!("{what} at {method} {address}");
            refused(status, &said, &what);
            assert!(cost < UNREAD, "{cost} bytes, {status}: {what}");
        }
    }
}
