//! Alerts reach whom an organisation has named.

use std::io::Write as _;
use std::process::{Command, Stdio};

use engage_runner::webhook::{Headers, Secret, Window, verify};
use serde_json::{Value as Json, json};

use crate::directories::{place, send};
use crate::kit::{PATIENCE, PROGRAM, SECRET};
use crate::stub;

const KEYS: (&str, &str) =
    ("ENGAGE_KEYS_CURRENT", "here:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");

fn put(data: &str, name: &str, value: &str) {
    let mut command = Command::new(PROGRAM);
    command.args(["secrets", "put", "Contoso", name, "--set", data]).env(KEYS.0, KEYS.1);
    let mut process = command.stdin(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(value.as_bytes()).unwrap();
    assert!(process.wait().unwrap().success());
}

#[test]
fn an_alert_is_a_signed_call_to_whom_the_organisation_has_named() {
    let (place, data, token) = place();
    let place = place.with(&[], &[KEYS]);
    let (url, asked) = stub::listen();
    put(&data, "alerts.webhook/url", &format!("{url}/hook?code=nobody-may-see"));
    put(&data, "alerts.webhook/key", SECRET);
    let server = place.serve();
    for _ in 0..50 {
        assert_eq!(send(&server, &token, "POST", "/employees/scim/Users", &json!({})).0, 400);
    }
    server.end();
    // It is looked at once at the start.
    let server = place.serve();
    let heard = asked.recv_timeout(PATIENCE).unwrap();
    let headers = Headers::of(|name| heard.header(name));
    let id = heard.header("webhook-id").unwrap();
    let now = heard.header("webhook-timestamp").unwrap().parse().unwrap();
    let now = jiff::Timestamp::from_second(now).unwrap();
    let delivery = verify(&headers, &heard.body, &[Secret::new(SECRET).unwrap()], now, Window::default()).unwrap();
    assert_eq!((heard.path.as_str(), delivery.id.as_str()), ("/hook?code=nobody-may-see", id));
    let told: Json = delivery.body;
    assert_eq!((&told["type"], &told["data"]["kind"]), (&json!("alert.opened"), &json!("scim.quarantine-risk")));
    assert_eq!(told["data"]["details"], json!({"service": "employees", "requests": 50, "failed": 50}));
    heard.answer("");
    let log = server.end();
    assert!(!log.contains("nobody-may-see") && !log.contains(SECRET), "{log}");
}
