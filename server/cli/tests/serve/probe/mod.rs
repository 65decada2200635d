//! A server is probed: our own in all its services, and one that is broken in single ways.

mod double;
mod fault;
mod faults;
mod safety;

use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use crate::directories;
use crate::kit::PROGRAM;
use double::{Double, Fault, TOKEN, Watch};

/// How a probe ended, and what it said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn of(output: Output, token: &str) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let Output { status, stdout, stderr } = output;
        let said = Self { code: status.code().unwrap(), out: text(stdout), err: text(stderr) };
        let quoted = serde_json::to_string(token).unwrap();
        for token in [token, quoted.trim_matches('"')] {
            assert!(
                !said.out.contains(token) && !said.err.contains(token),
                "the token is told: {}{}",
                said.out,
                said.err
            );
        }
        said
    }

    fn data(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{}{}", self.out, self.err))
    }

    /// The checks that came out so.
    fn checks(&self, outcome: &str) -> Vec<String> {
        let data = self.data();
        let all = data["checks"].as_array().unwrap().iter().filter(|check| check["outcome"] == outcome);
        all.map(|check| check["check"].as_str().unwrap().to_owned()).collect()
    }

    fn check(&self, name: &str) -> Json {
        let data = self.data();
        data["checks"].as_array().unwrap().iter().find(|check| check["check"] == name).unwrap().clone()
    }
}

fn command(arguments: &[&str], token: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["scim", "probe"]).args(arguments).env_clear().env("ENGAGE_SCIM_TOKEN", token);
    command.stdin(Stdio::null());
    command
}

fn probe(arguments: &[&str], token: &str) -> Said {
    Said::of(command(arguments, token).output().unwrap(), token)
}

fn probe_as_data(url: &str, token: &str) -> Said {
    probe(&[url, "--format", "json"], token)
}

#[test]
fn our_own_services_pass_and_keep_nothing() {
    let (place, _, token) = directories::place();
    let server = place.serve();
    for (service, skipped) in
        [("employees", vec!["room", "room-read"]), ("rooms", Vec::new()), ("advisors", vec!["room", "room-read"])]
    {
        let url = format!("http://{}/{service}/scim", server.address());
        let said = probe_as_data(&url, &token);
        assert_eq!(said.code, 0, "{service}: {}{}", said.out, said.err);
        assert_eq!(said.checks("skipped"), skipped, "{service}");
        assert!(said.checks("failed").is_empty() && said.checks("warning").is_empty(), "{service}: {}", said.out);
        let data = said.data();
        assert_eq!((&data["end"], &data["url"]), (&"whole".into(), &url.as_str().into()));
        for kind in ["Users", "Groups"] {
            let path = format!("/{service}/scim/{kind}?count=0");
            let (_, list) = directories::send(&server, &token, "GET", &path, &Json::Null);
            assert_eq!(list["totalResults"], 0, "{service}: nothing stays");
        }
    }
    let log = server.end();
    assert!(!log.contains("engage-probe"), "{log}");
}

#[test]
fn text_says_what_was_sent_what_came_and_what_to_do() {
    let double = Double::start(Fault::TextActive);
    let said = probe(&[&double.url], TOKEN);
    assert_eq!(said.code, 1, "{}", said.err);
    let expected = "\
  FAILED   boolean                      `active` is told as a boolean, not as a text
           by    MUST, RFC 7643 §2.3.2
           sent  GET /Users/r1  ->  200
           found `active` is \"True\" where true is expected
           do    answer with `true` and `false` of JSON, whatever was sent
";
    assert!(said.out.contains(expected), "{}", said.out);
    assert!(said.out.contains("  passed   create                       a user is made"), "{}", said.out);
    assert!(said.out.ends_with(" passed, 1 failed, 0 warnings, 2 skipped; nothing is left behind\n"), "{}", said.out);
    assert!(!said.out.contains('\u{1b}'));
    let coloured = probe(&[&double.url, "--color", "always"], TOKEN);
    assert!(coloured.out.contains("\u{1b}[1;31mFAILED \u{1b}[0m  boolean"), "{}", coloured.out);
}

#[test]
fn a_server_that_is_not_there_is_the_outside() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let said = probe(&[&format!("http://{free}/scim")], TOKEN);
    assert_eq!((said.code, said.out.as_str()), (3, ""));
    assert!(said.err.starts_with("error: the server cannot be asked: no connection: "), "{}", said.err);
    assert!(said.err.contains("\nhelp: see whether the server runs"), "{}", said.err);
    let said = probe(&[&format!("http://{free}/scim"), "--format", "json"], TOKEN);
    let told: Json = serde_json::from_str(&said.err).unwrap();
    assert_eq!((said.code, &told["exit"]), (3, &3.into()));
}

#[test]
fn a_run_that_is_interrupted_takes_back_what_it_made() {
    let process: Arc<Mutex<Option<u32>>> = Arc::default();
    let seen = Arc::clone(&process);
    let (send, interrupted) = std::sync::mpsc::channel();
    let send = Mutex::new(Some(send));
    let double = Double::watched(
        Fault::None,
        Watch(Arc::new(move |line| {
            // While the first change waits for its answer.
            if !line.starts_with("PATCH") {
                return;
            }
            let Some(send) = send.lock().unwrap().take() else { return };
            let id = loop {
                if let Some(id) = *seen.lock().unwrap() {
                    break id;
                }
            };
            assert!(Command::new("kill").args(["-INT", &id.to_string()]).status().unwrap().success());
            send.send(()).unwrap();
        })),
    );
    let mut command = command(&[&double.url, "--format", "json"], TOKEN);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    *process.lock().unwrap() = Some(child.id());
    let said = Said::of(child.wait_with_output().unwrap(), TOKEN);
    interrupted.recv().unwrap();
    assert_eq!((said.code, &said.data()["end"]), (3, &"stopped".into()), "{}", said.out);
    assert!(said.checks("failed").is_empty() && said.checks("skipped").contains(&"delete".to_owned()));
    assert!(
        double.names().is_empty() && double.log().iter().any(|line| line.starts_with("DELETE")),
        "{:?}",
        double.log()
    );
}
