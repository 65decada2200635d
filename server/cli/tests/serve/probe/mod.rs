//! A server is probed: our own in all its services, and one that is broken in single ways.

mod double;

use std::io::Write as _;
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
    let (place, token) = directories::place();
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
fn each_fault_fails_the_check_that_is_about_it_and_no_other() {
    // The fault, what fails, what is a warning, what is left out because of it.
    type Case<'c> = (Fault, &'c [&'c str], &'c [&'c str], &'c [&'c str]);
    let patched = [
        "patch-without-path",
        "patch-all-or-none",
        "patch-of-the-same",
        "operations-in-capitals",
        "part-of-an-element",
        "part-of-a-new-element",
        "dotted-names",
        "urn-in-path",
        "manager-as-text",
        "value-in-a-list",
        "disable",
        "find-disabled",
        "restore",
        "disable-without-path",
        "if-match-of-another",
        "if-match",
        "group-add-members",
        "group-remove-listed",
        "group-remove-by-filter",
        "group-rename",
    ];
    let grouped = [
        "etag",
        "if-none-match",
        "if-match-of-another",
        "if-match",
        "group-test-connection",
        "group-create",
        "group-match",
        "group-add-members",
        "group-remove-listed",
        "group-remove-by-filter",
        "group-rename",
        "group-delete",
    ];
    let discovery = ["service-provider-config", "patch-and-filter", "resource-types", "schemas", "schema-by-urn"];
    let cases: [Case<'_>; 16] = [
        (Fault::None, &[], &[], &[]),
        (Fault::MediaType, &["media-type"], &[], &[]),
        (
            Fault::NoTotal,
            &["test-connection", "test-connection-external-id", "group-test-connection"],
            &[],
            &["feature-flag"],
        ),
        (
            Fault::FoundUnknown,
            &["unknown-id"],
            &[],
            &["group-delete", "delete", "delete-again", "find-deleted", "create-again"],
        ),
        (
            Fault::NumericStatus,
            &["unknown-id", "duplicate"],
            &["wrong-token", "no-token"],
            &["group-delete", "delete", "delete-again", "find-deleted", "create-again"],
        ),
        (Fault::TextActive, &["boolean"], &[], &[]),
        (Fault::PatchIgnored, &["patch"], &[], &patched),
        (Fault::TakenTwice, &["duplicate"], &[], &["find-deleted", "create-again"]),
        (Fault::DeleteLeaves, &["delete"], &[], &["delete-again", "find-deleted", "create-again"]),
        (Fault::AnyToken, &["wrong-token", "no-token"], &[], &[]),
        (Fault::NoChallenge, &[], &["wrong-token", "no-token"], &[]),
        (Fault::NoDiscovery, &[], &discovery, &grouped),
        (Fault::ExactNames, &["match-user-name-case"], &[], &[]),
        (Fault::WholePages, &["pages", "count-zero", "below-one"], &[], &[]),
        (Fault::BlindWrites, &["if-match-of-another"], &[], &["if-match"]),
        (Fault::AllMembersGo, &["group-remove-listed"], &[], &["group-remove-by-filter"]),
    ];
    for (fault, failed, warnings, skipped) in cases {
        let double = Double::start(fault);
        double.settle("somebody@contoso.example");
        let said = probe_as_data(&double.url, TOKEN);
        assert_eq!(said.checks("failed"), failed, "{fault:?}: {}", said.out);
        assert_eq!(said.checks("warning"), warnings, "{fault:?}: {}", said.out);
        let skipped: Vec<&str> = skipped.iter().copied().chain(["room", "room-read"]).collect();
        let mut left_out = said.checks("skipped");
        left_out.sort_by_key(|name| skipped.iter().position(|wanted| wanted == name));
        assert_eq!(left_out, skipped, "{fault:?}: {}", said.out);
        assert_eq!(said.code, i32::from(!failed.is_empty()), "{fault:?}");
        if fault != Fault::DeleteLeaves {
            assert_eq!(
                double.names(),
                ["somebody@contoso.example"],
                "{fault:?}: what was made is gone, and nobody else"
            );
            assert_eq!(said.data()["left"], serde_json::json!([]), "{fault:?}");
        }
    }
}

#[test]
fn what_stays_is_told_by_where_it_is() {
    let double = Double::start(Fault::DeleteLeaves);
    let said = probe_as_data(&double.url, TOKEN);
    assert_eq!(said.data()["left"], serde_json::json!(["/Users/r1", "/Users/r2"]));
    assert!(said.err.contains("it may still be there: /Users/r1"), "{}", said.err);
    assert_eq!(double.names().len(), 2);
}

#[test]
fn a_creation_that_was_answered_badly_is_found_and_undone() {
    let double = Double::start(Fault::LostCreation);
    double.settle("somebody@contoso.example");
    let said = probe_as_data(&double.url, TOKEN);
    assert_eq!(
        (said.code, said.checks("failed")),
        (1, vec!["create".to_owned(), "group-create".to_owned()]),
        "{}",
        said.out
    );
    assert_eq!(said.check("create")["found"][0], "500, out of luck where 201 is expected");
    assert_eq!(double.names(), ["somebody@contoso.example"]);
}

#[test]
fn a_filter_that_finds_everybody_costs_nobody() {
    let double = Double::start(Fault::NoFilter);
    double.settle("somebody@contoso.example");
    let said = probe_as_data(&double.url, TOKEN);
    assert_eq!(said.code, 1);
    assert!(said.checks("failed").contains(&"test-connection".to_owned()), "{}", said.out);
    assert_eq!(double.names(), ["somebody@contoso.example"]);
    assert!(!said.out.contains("somebody"), "nobody else is told of: {}", said.out);
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
fn a_token_that_is_none_stops_all_that_needs_one() {
    let double = Double::start(Fault::None);
    let said = probe_as_data(&double.url, "another-token");
    assert_eq!((said.code, said.checks("failed")), (1, vec!["token".to_owned()]), "{}", said.out);
    assert!(said.checks("passed").is_empty() && said.checks("warning").is_empty());
    assert_eq!(said.check("create")["found"][0], "it needs `token`, which failed");
    assert_eq!(double.log(), ["GET /scim/Users"], "nothing else is sent");
}

#[test]
fn no_server_repeats_the_token_into_the_report() {
    let double = Double::start(Fault::Indiscreet);
    for arguments in [&[double.url.as_str()][..], &[&double.url, "--format", "json"]] {
        let said = probe(arguments, TOKEN);
        assert_eq!(said.code, 1);
        assert!(said.out.contains("<redacted>") && !said.out.contains('\u{1b}'), "{}", said.out);
    }
    let said = probe(&[&format!("{}?key={TOKEN}", double.url), "--format", "json"], TOKEN);
    assert_eq!(said.data()["url"], double.url);
}

#[test]
fn redirects_are_not_followed_and_answers_have_an_end() {
    let double = Double::start(Fault::Redirect);
    let said = probe_as_data(&double.url, TOKEN);
    assert_eq!((said.code, double.log().len()), (1, 1), "{}", said.out);
    assert!(said.check("token")["cure"].as_str().unwrap().contains("redirects are not followed"));
    let double = Double::start(Fault::Endless);
    let said = probe_as_data(&double.url, TOKEN);
    assert_eq!((said.code, said.out.as_str()), (3, ""));
    assert!(said.err.contains("more than 4 MiB"), "{}", said.err);
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
fn what_cannot_be_sent_safely_is_not_sent() {
    let no_certificates = tempfile::NamedTempFile::new().unwrap();
    let no_certificates = no_certificates.path().to_str().unwrap();
    let url = "https://scim.example/scim";
    for (arguments, token, code, word) in [
        (&["http://scim.example/scim"][..], TOKEN, 2, "`http://` to another machine"),
        (&["scim.example"], TOKEN, 2, "not the address of a service"),
        (&[TOKEN], TOKEN, 2, "not the address of a service"),
        (&["https://me:hidden@scim.example/scim"], TOKEN, 2, "a user or a password"),
        (&[url], "", 2, "there is no token"),
        (&[url, ""], TOKEN, 2, "there is no token"),
        (&[url, "-"], TOKEN, 2, "there is no token"),
        (&[url], "to ken", 2, "no header can carry"),
        (&[url, "--ca-file", "no/such.pem"], TOKEN, 2, "no such file"),
        (&[url, "--ca-file", no_certificates], TOKEN, 1, "no certificates"),
        (&[url, "--timeout", "0"], TOKEN, 2, "--timeout"),
    ] {
        let output = command(arguments, token).output().unwrap();
        let said = Said::of(output, if token.is_empty() { TOKEN } else { token });
        assert_eq!((said.code, said.out.as_str()), (code, ""), "{arguments:?}: {}", said.err);
        assert!(said.err.contains(word) && !said.err.contains("hidden"), "{arguments:?}: {}", said.err);
    }
}

#[test]
fn the_token_comes_by_argument_or_standard_input_too_and_is_no_setting() {
    let double = Double::start(Fault::None);
    assert_eq!(probe(&[&double.url, TOKEN], "some-other-token").code, 0, "the argument wins over the variable");
    let mut piped =
        command(&[&double.url, "-"], "some-other-token").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    writeln!(piped.stdin.take().unwrap(), "{TOKEN}").unwrap();
    assert_eq!(piped.wait().unwrap().code(), Some(0));
    let mut check = Command::new(PROGRAM);
    let said = check.args(["config", "check"]).env_clear().env("ENGAGE_SCIM_TOKEN", TOKEN).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
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

#[tokio::test]
async fn a_certificate_of_ones_own_is_trusted_when_it_is_named() {
    let running = engage_sandbox::Sandbox::start(engage_sandbox::Options::default()).await.unwrap();
    let ready = running.ready();
    let url = ready["dataverse"]["https_url"].as_str().unwrap().to_owned();
    let ca = ready["ca_file"].as_str().unwrap().to_owned();
    tokio::task::spawn_blocking(move || {
        let said = probe(&[&url], TOKEN);
        assert!(said.code == 3 && said.err.contains("--ca-file"), "{}", said.err);
        let said = probe(&[&url, "--ca-file", &ca, "--format", "json"], TOKEN);
        assert_eq!(
            (said.code, said.checks("failed")),
            (1, vec!["token".to_owned()]),
            "it answers, and is no SCIM server"
        );
    })
    .await
    .unwrap();
}
