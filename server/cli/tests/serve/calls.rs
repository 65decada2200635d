//! Events, webhooks, runs, measures, the audit log.

use std::io::Write;
use std::net::TcpStream;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::kit::{MODEL, Place, SECRET, Server, TOKEN, answer, call};

fn kari() -> Json {
    json!({"name": "Kari", "mail": "kari@fjord.example"})
}

#[test]
fn an_event_becomes_a_run_and_the_run_records_and_nobody_sees_a_value() {
    let place = Place::new();
    let audit = place.path("audit.jsonl");
    let place = place.with(&["--audit", audit.to_str().unwrap(), "--log", "json"], &[]);
    let server = place.serve();
    assert_eq!((&server.ready["leader"], server.offer("visit", "v-1", &kari())), (&json!(true), json!(false)));
    let runs = server.until("succeeded", 1);
    assert_eq!(server.offer("visit", "v-1", &kari()), json!(true), "the same event is known");
    assert_eq!(place.contacts(), ["Kari", "Kari"]);

    let run = runs[0]["run"].as_str().unwrap();
    let (status, shown) = server.call("GET", &format!("/runs/{run}"), &Json::Null);
    assert_eq!((status, &shown["timeline"]["blocks"][1]["state"]), (200, &json!("done")), "{shown}");
    assert!(!shown.to_string().contains("Kari"), "{shown}");
    assert_eq!(server.call("POST", &format!("/runs/{run}/retry"), &Json::Null).0, 400, "it ended well");
    assert_eq!(server.call("POST", &format!("/runs/{run}/cancel"), &Json::Null).0, 202, "nothing to stop is no error");
    let log = server.end();

    let lines: Vec<Json> =
        std::fs::read_to_string(&audit).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|line| &line["block"]).collect::<Vec<_>>(), ["first", "second"]);
    assert_eq!(
        (&lines[0]["action"], &lines[0]["run"], &lines[0]["who"]),
        (&json!("create"), &json!(run), &json!("application"))
    );
    assert!(lines[0]["fields"].as_array().unwrap().contains(&json!("Email")) && lines[0]["id"].is_string());
    let told = format!("{log}{lines:?}");
    for secret in ["Kari", "kari@", TOKEN, SECRET, &SECRET[6..]] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    let spans = |line: &str| {
        let line: Json = serde_json::from_str(line).unwrap();
        line["spans"].as_array().is_some_and(|spans| spans.iter().any(|span| span["run"] == run))
    };
    assert!(log.lines().any(spans), "{log}");
}

#[test]
fn an_event_that_does_not_fit_is_told_where_and_not_taken_in() {
    let place = Place::new();
    let server = place.serve();
    let refused = |event: Json| {
        let (status, said) = server.call("POST", "/events", &event);
        assert_eq!((status, &said["code"]), (400, &json!("BAD_REQUEST")), "{said}");
        assert!(!said.to_string().contains("secret-value"), "{said}");
        said["details"]["path"].as_str().unwrap_or_default().to_owned()
    };
    let event = |data: Json| json!({"kind": "Manual", "playbook": "visit", "id": "v", "data": data});
    assert_eq!(refused(event(json!({"name": ["secret-value"], "mail": "m"}))), "data.name");
    assert_eq!(refused(event(json!({"name": "secret-value"}))), "data.mail");
    let (_, all) = server.call("POST", "/events", &event(json!({"name": 1, "mail": 2})));
    assert_eq!(all["details"]["problems"].as_array().map(Vec::len), Some(2), "{all}");
    assert_eq!(refused(json!({"kind": "Manul", "data": {}})), "kind");
    assert_eq!(refused(json!({"kind": "Webhook", "playbook": "push", "data": {"name": "x"}})), "kind");
    assert_eq!(refused(json!({"kind": "Manual", "playbook": "visit"})), "data");
    assert_eq!(refused(json!({"kind": "Manual", "playbook": "visit", "date": {}, "data": {}})), "date");
    assert_eq!(refused(json!({"kind": "CustomerOverview", "data": {"AccountId": "a"}})), "employee");
    assert_eq!(refused(json!({"kind": "Manual", "playbook": "vist", "data": {}})), "");
    let token = format!("Bearer {TOKEN}");
    let raw = |body: &[u8]| call(&server.address(), "POST", "/events", &[("authorization", &token)], body).0;
    assert_eq!((raw(b"{"), raw(&b"[".repeat(100_000)), raw(b"\xff")), (400, 400, 400));
    assert!(server.runs().is_empty());
}

#[test]
fn nobody_comes_in_without_the_token() {
    let place = Place::new();
    let server = place.serve();
    let address = server.address();
    for path in ["/runs", "/runs/0f0c7f5e-2a64-5d0a-9e1e-8c1c6c0a1b2d"] {
        for token in ["", "Bearer ", "Bearer wrong", &format!("Bearer {TOKEN}x"), &format!("Basic {TOKEN}"), TOKEN] {
            assert_eq!(call(&address, "GET", path, &[("authorization", token)], b"").0, 401, "{token}");
        }
        assert_eq!(call(&address, "GET", path, &[], b"").0, 401);
    }
    assert_eq!(call(&address, "POST", "/events", &[], b"{}").0, 401);
    assert_eq!(call(&address, "GET", "/healthz", &[], b"").0, 200);
    let (status, said) = call(&address, "GET", "/readyz", &[], b"");
    assert_eq!((status, said.trim()), (200, r#"{"ready":true,"leader":true}"#));
    assert_eq!(server.call("GET", "/runs/0f0c7f5e-2a64-5d0a-9e1e-8c1c6c0a1b2d", &Json::Null).0, 404);
    assert_eq!(server.call("GET", "/runs/none", &Json::Null).0, 404);
    assert_eq!(server.call("GET", "/runs?state=done", &Json::Null).0, 400);
    assert_eq!(server.call("GET", "/elsewhere", &Json::Null).0, 404);
    assert_eq!(server.call("DELETE", "/runs", &Json::Null).0, 405);
}

/// A webhook as its sender signs it.
fn hook(server: &Server, id: &str, age: i64, secret: &str, body: &str) -> (u16, Json) {
    let at = (jiff::Timestamp::now().as_second() - age).to_string();
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), format!("{id}.{at}.{body}").as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(tag));
    let headers = [("webhook-id", id), ("webhook-timestamp", at.as_str()), ("webhook-signature", signature.as_str())];
    let (status, text) = call(&server.address(), "POST", "/webhooks/push", &headers, body.as_bytes());
    (status, serde_json::from_str(&text).unwrap())
}

#[test]
fn a_webhook_is_taken_in_from_who_knows_the_secret_and_once() {
    let place = Place::new();
    let server = place.serve();
    let body = r#"{"name": "Ola"}"#;
    let (status, said) = hook(&server, "msg_1", 0, SECRET, body);
    assert_eq!((status, &said["known"]), (202, &json!(false)), "{said}");
    let (status, said) = hook(&server, "msg_1", 0, SECRET, body);
    assert_eq!((status, &said["known"]), (202, &json!(true)), "sent again: {said}");
    let other = format!("whsec_{}", STANDARD.encode([7; 24]));
    for (age, secret, reason) in
        [(0, other.as_str(), "wrong-signature"), (600, SECRET, "outside-window"), (-600, SECRET, "outside-window")]
    {
        let (status, said) = hook(&server, "msg_2", age, secret, body);
        assert_eq!((status, &said["details"]["reason"]), (401, &json!(reason)), "{said}");
    }
    for (body, reason) in [("{}", "schema"), ("no", "not-json"), (r#"{"name": 5}"#, "schema")] {
        let (status, said) = hook(&server, "msg_3", 0, SECRET, body);
        assert_eq!((status, &said["details"]["reason"]), (400, &json!(reason)), "{said}");
        let problems = said["details"]["problems"].as_array().map_or(0, Vec::len);
        assert_eq!(problems, usize::from(reason == "schema"), "{said}");
    }
    let (_, said) = hook(&server, "msg_3", 0, SECRET, "{}");
    let problem = json!({"reason": "schema", "path": "", "message": "required `name`"});
    assert_eq!(said["details"]["problems"], json!([problem]));
    for path in ["/webhooks/push", "/webhooks/visit", "/webhooks/no-such"] {
        assert_eq!(call(&server.address(), "POST", path, &[], body.as_bytes()).0, 401, "{path}");
    }
    server.until("succeeded", 1);
    assert_eq!(place.contacts(), ["Ola"]);
}

#[test]
fn a_head_of_many_lines_is_refused_in_words() {
    let server = Place::new().serve();
    let lines: Vec<(String, String)> = (0..120).map(|n| (format!("x-{n}"), "1".to_owned())).collect();
    let lines: Vec<(&str, &str)> = lines.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (status, said) = call(&server.address(), "GET", "/healthz", &lines, b"");
    assert_eq!(status, 431);
    let said: Json = serde_json::from_str(&said).unwrap();
    assert_eq!(said["code"], "REQUEST_HEADER_FIELDS_TOO_LARGE", "{said}");
}

#[test]
fn a_body_of_a_hundred_megabytes_is_refused_and_costs_nobody_else_anything() {
    let place = Place::new();
    let server = place.serve();
    let token = format!("authorization: Bearer {TOKEN}\r\n");
    for (path, head, refused) in [("/events", token.as_str(), 413), ("/webhooks/push", "", 413), ("/events", "", 401)] {
        for length in ["content-length: 104857600", "transfer-encoding: chunked"] {
            let mut stream = TcpStream::connect(server.address()).unwrap();
            let mut writer = stream.try_clone().unwrap();
            let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{head}{length}\r\n\r\n");
            let chunked = length.starts_with("transfer");
            let sending = std::thread::spawn(move || {
                let piece = vec![b'1'; 65536];
                writer.write_all(head.as_bytes())?;
                (0..1600).try_for_each(|_| {
                    if chunked {
                        writer.write_all(b"10000\r\n")?;
                    }
                    writer.write_all(&piece)?;
                    if chunked { writer.write_all(b"\r\n") } else { Ok(()) }
                })
            });
            assert_eq!(answer(&mut stream).0, refused, "{path} {length}");
            // The server stops to listen before all of it is sent.
            assert!(sending.join().unwrap().is_err());
        }
    }
    assert_eq!(server.offer("visit", "v-1", &kari()), json!(false));
    server.until("succeeded", 1);
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: usize = peak.trim().strip_suffix(" kB").unwrap().parse().unwrap();
    assert!(peak < 200 * 1024, "{peak} kB");
}

#[test]
fn prometheus_reads_what_happened() {
    let place = Place::new();
    let server = place.serve();
    server.offer("visit", "v-1", &kari());
    server.until("succeeded", 1);
    let address = server.ready["metrics_url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let (address, path) = address.split_once('/').unwrap();
    let (status, text) = call(address, "GET", &format!("/{path}"), &[], b"");
    assert_eq!(status, 200);
    let samples: Vec<(&str, f64)> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, value)| (name, value.parse().unwrap()))
        .collect();
    let value = |name: &str| samples.iter().find(|(found, _)| *found == name).map(|(_, value)| *value);
    let block = |name: &str, block: &str| value(&format!("{name}{{playbook=\"visit\",block=\"{block}\"}}"));
    assert_eq!(value("engage_leader"), Some(1.0), "{text}");
    assert_eq!((value("engage_events_total"), value("engage_runs_started_total")), (Some(1.0), Some(1.0)));
    assert_eq!(value("engage_run_seconds_count{playbook=\"visit\",state=\"succeeded\"}"), Some(1.0), "{text}");
    assert_eq!(block("engage_block_seconds_count", "first"), Some(1.0));
    assert_eq!(block("engage_round_trips_total", "second"), Some(1.0));
    assert!(value("engage_append_seconds_count").unwrap() >= 3.0 && text.ends_with("# EOF\n"));
    assert!(!text.contains("tenant") && !text.contains("v-1"), "{text}");
}

#[test]
fn an_event_starts_the_fork_and_not_what_it_replaces() {
    let place = Place::new();
    let write = |path: &str, text: &str| std::fs::write(place.path(path), text).unwrap();
    std::fs::create_dir(place.path("base")).unwrap();
    write("base/engage.toml", "name = \"base\"\n[package]\nversion = \"1.0.0\"\nvisibility = \"open\"\n");
    write("base/all.engage", MODEL);
    write("workspace/engage.toml", "name = \"visits\"\npackages = [\"../base\"]\n");
    let fork = "playbook my-visit \"A visitor alone\" {\n  fork base.visit version \"1.0.0\" replaces\n  \
                trigger Manual(name: string, mail: string)\n  \
                create only = person as application \"a visitor has no user\" { contact.LastName: trigger.name }\n}\n";
    write("workspace/all.engage", fork);
    let server = place.serve();
    let event = json!({"kind": "Manual", "playbook": "visit", "id": "v-1", "data": {"name": "Kari", "mail": "m"}});
    let (status, said) = server.call("POST", "/events", &event);
    assert!((400..500).contains(&status), "{status} {said}");
    server.offer("my-visit", "v-2", &json!({"name": "Ola", "mail": "m"}));
    server.until("succeeded", 1);
    assert_eq!(place.contacts(), ["Ola"]);
    server.end();
}
