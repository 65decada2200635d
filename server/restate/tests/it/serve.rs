//! `engage serve --engine restate`, as a process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::kit::{Ports, Server, eventually, free_port};

const TOKEN: &str = "a-token-that-nobody-may-see";
const WORKSPACE: &str = r#"
entity contact "Contact" on dataverse contact {
  Id       -> contactid
  LastName -> lastname  required max 50
}
pattern person "A person" { contact : contact }
playbook visit "A visitor and a friend" {
  trigger Manual(name: string)
  create first = person as application "a visitor has no user" { contact.LastName: trigger.name }
  create second = person as application "a visitor has no user" after first { contact.LastName: trigger.name }
}
"#;

/// A process that ends with its handle.
struct Engage {
    process: Child,
    base: String,
    metrics: String,
    client: Client,
}

impl Drop for Engage {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Engage {
    /// Starts it, and waits until it says how it stands.
    fn start(folder: &Path, server: Ports, worker: u16) -> (Self, Value) {
        let program = std::env::var("ENGAGE_PROGRAM").expect("tests/run.sh says where the program is");
        let at = |port: u16| format!("http://127.0.0.1:{port}");
        let mut process = Command::new(program)
            .args(["serve", "--engine", "restate", "--target", "dataverse", "--crm", "memory:crm.json"])
            .args(["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--audit", "audit.jsonl"])
            .args(["--restate-ingress", &at(server.ingress), "--restate-admin", &at(server.admin)])
            .args(["--worker", &format!("127.0.0.1:{worker}"), "--workspace", "workspace"])
            .env("ENGAGE_TOKEN", TOKEN)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        (Self { process, base: text("base_url"), metrics: text("metrics_url"), client: Client::new() }, ready)
    }

    async fn ask(&self, path: &str) -> (StatusCode, Value) {
        let request = self.client.get(format!("{}{path}", self.base)).bearer_auth(TOKEN);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    async fn tell(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.client.post(format!("{}{path}", self.base)).bearer_auth(TOKEN).json(body);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    async fn visit(&self, id: &str) -> Value {
        let event = json!({"kind": "Manual", "playbook": "visit", "id": id, "data": {"name": id}});
        let (status, said) = self.tell("/events", &event).await;
        assert_eq!((status, &said["event"]), (StatusCode::ACCEPTED, &json!(id)), "{said}");
        said["known"].clone()
    }

    /// The runs in a state, once there are as many.
    async fn until(&self, state: &str, count: usize) -> Vec<Value> {
        let mut runs = Vec::new();
        eventually(&format!("{count} runs are {state}"), async || {
            let (_, said) = self.ask(&format!("/runs?limit=100&state={state}")).await;
            runs = said["runs"].as_array().cloned().unwrap_or_default();
            runs.len() == count
        })
        .await;
        runs
    }
}

fn place() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("workspace")).unwrap();
    std::fs::write(folder.path().join("workspace/engage.toml"), "name = \"visits\"\n").unwrap();
    std::fs::write(folder.path().join("workspace/all.engage"), WORKSPACE).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_restate_runs_what_comes_and_goes_on_after_it_was_killed() {
    let folder = place();
    let (ports, worker) = (Ports::free(), free_port());
    let (engage, ready) = Engage::start(folder.path(), ports, worker);
    assert_eq!((&ready["journal"], &ready["registered"]), (&json!("restate"), &json!(false)));
    assert_eq!(engage.ask("/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE);
    let (status, said) = engage.ask("/runs").await;
    assert_eq!((status, &said["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("SERVICE_UNAVAILABLE")), "{said}");

    let server = Server::start(folder.path(), ports, "n1", &[]);
    server.ready().await;
    eventually("it is ready", async || engage.ask("/readyz").await.0 == StatusCode::OK).await;
    assert_eq!((engage.visit("kari").await, engage.visit("ola").await), (json!(false), json!(false)));
    let runs = engage.until("succeeded", 2).await;
    assert_eq!(engage.visit("kari").await, true);
    assert!(engage.until("failed", 0).await.is_empty());
    let path = format!("/runs/{}", runs[0]["run"].as_str().unwrap());
    let (_, shown) = engage.ask(&path).await;
    assert_eq!(shown["timeline"]["blocks"].as_array().map(Vec::len), Some(3), "{shown}");
    let (status, said) = engage.tell(&format!("{path}/retry"), &json!({})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "what has succeeded is not run again: {said}");
    let measured = engage.client.get(&engage.metrics).send().await.unwrap().text().await.unwrap();
    assert!(measured.contains("engage_runs_started_total 2\n"), "{measured}");
    assert!(measured.contains("engage_round_trips_total{playbook=\"visit\",block=\"second\"} 2\n"), "{measured}");
    assert!(!measured.contains("engage_leader"), "nobody leads: {measured}");

    for n in 0..20 {
        engage.visit(&format!("n{n}")).await;
    }
    drop(engage);
    let (engage, ready) = Engage::start(folder.path(), ports, worker);
    assert_eq!(ready["registered"], true);
    engage.until("succeeded", 22).await;
    let kept = std::fs::read_to_string(folder.path().join("crm.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["tables"]["contact"].as_object().unwrap().len(), 44);
    let audited = std::fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
    assert!(audited.contains("\"block\":\"second\"") && !audited.contains("kari"), "{audited}");
}
