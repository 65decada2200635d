//! Log, reset, faults, seeds, https.

use std::sync::Arc;
use std::time::Duration;

use engage_sandbox::Options;
use engage_sandbox::server::{Fault, Rule};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::client::{A, Org, names, parse, send};

const SEED: &str = r"
kind: SandboxSeed
crm: dataverse
rows:
  accounts:
    - {accountid: aaaaaaaa-0000-0000-0000-000000000001, name: Seeded}
  contacts:
    - {lastname: Doe, parentcustomerid_account@odata.bind: /accounts(aaaaaaaa-0000-0000-0000-000000000001)}
";

async fn admin(org: &Org, method: &str, path: &str, body: &str) -> crate::client::Reply {
    let url = org.running.ready()["admin_url"].as_str().unwrap();
    send(&format!("{url}{path}"), method, &[], body).await.unwrap()
}

#[tokio::test]
async fn every_request_is_in_the_log_in_order() {
    let org = Org::start().await;
    org.get("accounts").await;
    org.post("accounts", r#"{"name":"x"}"#).await;
    let log = admin(&org, "GET", "/log?service=dataverse", "").await.json();
    let entries = log["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[1]["number"].as_u64(), entries[1]["status"].as_u64()), (Some(2), Some(204)));
    assert_eq!(entries[1]["body"], r#"{"name":"x"}"#);
    assert_eq!(admin(&org, "GET", "/log?service=other", "").await.json()["entries"].as_array().unwrap().len(), 0);
    admin(&org, "GET", "/nothing", "").await.expect(404);
    admin(&org, "PUT", "/log", "").await.expect(405);
}

#[tokio::test]
async fn a_reset_leaves_what_the_seeds_say() {
    let org = Org::with(Options { seeds: vec![SEED.to_owned()], ..Options::default() }).await;
    org.post("accounts", r#"{"name":"new"}"#).await.expect(204);
    admin(&org, "POST", "/faults", r#"{"rules":[{"times":9,"fault":{"kind":"unavailable"}}]}"#).await.expect(204);
    admin(&org, "POST", "/reset", "").await.expect(204);
    assert!(org.running.log().is_empty());
    assert_eq!(names(&org.get("accounts").await.expect(200), "name"), ["Seeded"]);
    assert_eq!(
        org.get("contacts?$expand=parentcustomerid_account($select=name)").await.json()["value"][0]["parentcustomerid_account"]
            ["name"],
        "Seeded"
    );
}

#[tokio::test]
async fn refusals_on_demand_have_no_effect() {
    let org = Org::start().await;
    for (fault, status) in [
        (r#"{"kind":"throttled","after":7}"#, 429),
        ("unavailable", 503),
        ("unauthenticated", 401),
        ("row_locked", 500),
        (r#"{"kind":"status","status":502}"#, 502),
    ] {
        let reply = org.call("POST", "accounts", &[("x-sandbox-fault", fault)], "{}").await.expect(status);
        assert_eq!(reply.header("Retry-After"), (status == 429).then_some("7"));
    }
    org.call("POST", "accounts", &[("x-sandbox-fault", "nonsense")], "{}").await.expect(400);
    assert_eq!(org.get("accounts/$count").await.body, "\u{feff}0");
}

#[tokio::test]
async fn a_rule_meets_the_requests_it_names() {
    let org = Org::start().await;
    let rules = r#"{"rules":[{"service":"dataverse","method":"POST","target":"/accounts","skip":1,"fault":{"kind":"unavailable"}}]}"#;
    admin(&org, "POST", "/faults", rules).await.expect(204);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(org.post("accounts", "{}").await.status);
    }
    assert_eq!(seen, [204, 503, 204]);
    assert_eq!(org.running.log()[1].fault.as_deref(), Some("Unavailable"));
    admin(&org, "POST", "/faults", r#"{"rules":[{"fault":{"kind":"nonsense"}}]}"#).await.expect(400);
}

#[tokio::test]
async fn connections_are_cut_before_or_after_the_effect() {
    let org = Org::start().await;
    let bearer = format!("Bearer {}", org.token);
    for (fault, rows) in [("cut_before", 0), ("cut_after", 1)] {
        let headers = [("Authorization", bearer.as_str()), ("x-sandbox-fault", fault)];
        assert!(send(&format!("{}/accounts", org.root), "POST", &headers, "{}").await.is_none());
        assert_eq!(org.get("accounts").await.json()["value"].as_array().unwrap().len(), rows, "{fault}");
    }
    assert_eq!(org.running.log()[0].status, None);
}

#[tokio::test]
async fn bodies_break_off_or_dawdle() {
    let org = Org::start().await;
    org.people().await;
    let bearer = format!("Bearer {}", org.token);
    let url = format!("{}/accounts", org.root);
    let truncated = [("Authorization", bearer.as_str()), ("x-sandbox-fault", r#"{"kind":"truncated","bytes":10}"#)];
    assert!(send(&url, "GET", &truncated, "").await.is_none());
    let slow =
        [("Authorization", bearer.as_str()), ("x-sandbox-fault", r#"{"kind":"slow","bytes":4096,"milliseconds":1}"#)];
    assert_eq!(names(&send(&url, "GET", &slow, "").await.unwrap(), "name").len(), 2);
    let late = [("Authorization", bearer.as_str()), ("x-sandbox-fault", r#"{"kind":"latency","milliseconds":30}"#)];
    let started = std::time::Instant::now();
    send(&url, "GET", &late, "").await.unwrap().expect(200);
    assert!(started.elapsed() >= Duration::from_millis(30));
}

#[tokio::test]
async fn bodies_have_a_largest_size() {
    let org = Org::with(Options { max_body: 100, ..Options::default() }).await;
    org.post("accounts", &format!(r#"{{"name":"{}"}}"#, "x".repeat(100))).await.expect(413);
}

#[tokio::test]
async fn https_with_our_own_authority() {
    let org = Org::start().await;
    let pem = std::fs::read(org.running.ready()["ca_file"].as_str().unwrap()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = org.fact("https_url").strip_prefix("https://").unwrap().to_owned();
    let port = host.split(':').nth(1).unwrap();
    let stream = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let request = format!(
        "GET /api/data/v9.2/WhoAmI HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        org.token
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let reply = parse(&bytes).unwrap().expect(200);
    assert!(reply.json()["@odata.context"].as_str().unwrap().starts_with(&format!("https://{host}/")));
}

#[tokio::test]
async fn rows_survive_in_a_folder() {
    let folder = std::env::temp_dir().join(format!("engage-sandbox-it-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let options = || Options { folder: Some(folder.clone()), ..Options::default() };
    let org = Org::with(options()).await;
    org.post("accounts", &format!(r#"{{"accountid":"{A}","name":"kept"}}"#)).await.expect(204);
    org.running.stop();
    let org = Org::with(options()).await;
    assert_eq!(names(&org.get("accounts").await, "name"), ["kept"]);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_repeatable_world_answers_the_same_twice() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let org = Org::start().await;
        org.people().await;
        let batch = "--b\r\nContent-Type: application/http\r\n\r\nPOST contacts HTTP/1.1\r\n\r\n{\"lastname\":\"x\"}\r\n--b--\r\n";
        let headers = [("Content-Type", "multipart/mixed;boundary=b")];
        let written = org.call("POST", "$batch", &headers, batch).await;
        let read = org.get("contacts?$orderby=lastname&$expand=owninguser($select=fullname)").await;
        runs.push(format!("{}{}", written.body, read.body).replace(&org.fact("url"), ""));
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn in_process_everything_is_at_hand() {
    let org = Org::start().await;
    org.running.seed(SEED).unwrap();
    let rule = Rule { service: None, method: None, target: None, skip: 0, times: 1, fault: Fault::Unavailable };
    assert!(org.running.set_faults(vec![rule]));
    org.get("accounts").await.expect(503);
    assert_eq!(org.running.service("dataverse").unwrap().store().read(|state| state.count("account")), 1);
    org.running.clear_log();
    assert!(org.running.log().is_empty() && org.running.service("other").is_none());
    org.running.reset().unwrap();
    assert_eq!(names(&org.get("accounts").await.expect(200), "name").len(), 0);
    assert!(org.running.seed("{kind: SandboxSeed, crm: dataverse, rows: {accounts: [{nothing: 1}]}}").is_err());
}
