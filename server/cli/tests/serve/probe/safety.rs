//! Where a token goes, and where it does not.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::double::{Double, Fault, TOKEN};
use super::{Said, command, probe, probe_as_data};
use crate::kit::PROGRAM;

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
fn a_server_of_this_machine_is_asked_without_a_proxy() {
    let (double, proxy) = (Double::start(Fault::None), Double::start(Fault::None));
    let mut command = command(&[&double.url], TOKEN);
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, proxy.url.trim_end_matches("/scim"));
    }
    let said = Said::of(command.output().unwrap(), TOKEN);
    assert_eq!((said.code, proxy.log()), (0, Vec::new()), "{}", said.err);
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
