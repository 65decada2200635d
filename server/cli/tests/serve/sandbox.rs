//! `--sandbox`: everything in one process.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

use crate::kit::{PROGRAM, Server, call};

/// The command, in a folder that is no workspace and with nothing in its environment.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--sandbox"]).args(arguments).current_dir(folder);
    command
}

pub(crate) fn with_data(folder: &Path, arguments: &[&str]) -> Server {
    let mut command = command(folder, arguments);
    Server::start(command.args(["--listen", "127.0.0.1:0"]).arg("--data").arg(folder.join("data")))
}

pub(crate) fn text<'a>(line: &'a Json, path: &str) -> &'a str {
    line.pointer(path).and_then(Json::as_str).unwrap_or_else(|| panic!("no {path} in {line}"))
}

/// A call with a token, to an address of the server.
pub(crate) fn send(server: &Server, token: &str, method: &str, path: &str, body: &Json) -> (u16, Json) {
    at(&server.address(), token, method, path, body)
}

pub(crate) fn at(address: &str, token: &str, method: &str, path: &str, body: &Json) -> (u16, Json) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let (status, text) = call(address, method, path, &headers, body.as_bytes());
    (status, serde_json::from_str(&text).unwrap_or(Json::Null))
}

pub(crate) fn provision(server: &Server, name: &str) {
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("{name}@bank.example"),
        "externalId": name,
        "name": {"givenName": name, "familyName": "Green"},
        "active": true,
    });
    let token = text(&server.ready, "/scim/token");
    let (status, made) = send(server, token, "POST", "/employees/scim/Users", &user);
    assert_eq!(status, 201, "{made}");
}

/// Waits until as many runs have succeeded.
pub(crate) fn until(server: &Server, count: usize) {
    server.until_as(text(&server.ready, "/tokens/operator"), "succeeded", count);
}

#[test]
fn no_key_of_a_platform_comes_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), &["--listen", "127.0.0.1:0"]);
    Server::start(command.env("ENGAGE_KEYS_CURRENT_FILE", "/no/such.key")).end();
}

#[test]
fn an_employee_of_the_directory_becomes_a_user_of_dataverse_and_all_is_there_again_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let server = with_data(folder.path(), &[]);
    let first = server.ready.clone();
    provision(&server, "eli");
    until(&server, 1);
    server.kill();
    let server = with_data(folder.path(), &[]);
    for kept in ["/scim/token", "/tokens/operator"] {
        assert_eq!(text(&server.ready, kept), text(&first, kept), "{kept}: the same in one folder");
    }
    provision(&server, "fay");
    until(&server, 2);
    let dataverse = text(&server.ready, "/sandbox/dataverse/url").strip_prefix("http://").unwrap();
    let reader = text(&server.ready, "/sandbox/dataverse/users/system-administrator/token");
    let path = "/api/data/v9.2/systemusers?$select=internalemailaddress&$filter=lastname%20eq%20'Green'";
    let (status, found) = at(dataverse, reader, "GET", path, &Json::Null);
    let mut mails: Vec<&str> =
        found["value"].as_array().unwrap().iter().map(|user| text(user, "/internalemailaddress")).collect();
    mails.sort_unstable();
    assert_eq!((status, mails), (200, vec!["eli@bank.example", "fay@bank.example"]));
    let secrets = ["/scim/token", "/tokens/operator"].map(|path| text(&first, path).to_owned());
    let log = server.end();
    assert!(secrets.iter().all(|secret| !log.contains(secret)), "{log}");
}

/// What is kept under the name of a CRM.
fn kept(data: &Path) -> Option<Json> {
    serde_json::from_slice(&std::fs::read(data.join("engage-sandbox.json")).ok()?).ok()
}

#[test]
fn a_first_fill_that_was_killed_is_done_again_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut filling = command(folder.path(), &["--listen", "127.0.0.1:0", "--data", "data"]);
    let mut filling = filling.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let before: usize = loop {
        let mark = kept(&data).and_then(|kept| Some(kept.get("dataverse")?.as_str()?.to_owned()));
        if let Some(length) = mark.as_deref().and_then(|mark| mark.strip_prefix("begun ")) {
            break length.parse().unwrap();
        }
        assert_eq!((filling.try_wait().unwrap(), mark), (None, None), "it said that it begins");
        std::thread::yield_now();
    };
    filling.kill().unwrap();
    filling.wait().unwrap();
    with_data(folder.path(), &[]).end();
    let rows = data.join("crm/dataverse.jsonl");
    let whole = std::fs::read(&rows).unwrap();
    let lines = |text: &[u8]| text.iter().filter(|byte| **byte == b'\n').count();
    assert!(lines(&whole[before..]) > 5, "it begins with people");
    // As a kill leaves it before the first record, within one, after some, and after the last.
    for at in [before, before + 9, before.midpoint(whole.len()), whole.len()] {
        let mut mark = kept(&data).unwrap();
        assert_eq!(mark["dataverse"], "filled");
        mark["dataverse"] = json!(format!("begun {before}"));
        std::fs::write(data.join("engage-sandbox.json"), mark.to_string()).unwrap();
        std::fs::write(&rows, &whole[..at]).unwrap();
        with_data(folder.path(), &[]).end();
        assert_eq!(lines(&std::fs::read(&rows).unwrap()), lines(&whole), "{at} of {before} to {}", whole.len());
    }
}

#[test]
fn one_option_moves_it_to_salesforce() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&mut command(folder.path(), &["--crm", "salesforce", "--listen", "127.0.0.1:0"]));
    provision(&server, "eli");
    until(&server, 1);
    let salesforce = text(&server.ready, "/sandbox/salesforce/url").strip_prefix("http://").unwrap();
    let reader = text(&server.ready, "/sandbox/salesforce/users/administrator/token");
    let path = "/services/data/v66.0/query?q=SELECT+Email+FROM+User+WHERE+LastName='Green'";
    let (status, found) = at(salesforce, reader, "GET", path, &Json::Null);
    assert_eq!((status, text(&found, "/records/0/Email")), (200, "eli@bank.example"), "{found}");
    server.end();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left where it was started");
}

#[test]
fn what_a_sandbox_cannot_be_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("accounts"), "").unwrap();
    let refused = |arguments: &[&str]| {
        let said = command(folder.path(), arguments).output().unwrap();
        assert_eq!(said.status.code(), Some(2), "{arguments:?}");
        String::from_utf8(said.stderr).unwrap()
    };
    for (arguments, told) in [
        (["--data", "."].as_slice(), "has things in it that no sandbox has put there"),
        (&["--listen", "0.0.0.0:0", "--set", "server.trusted-proxies=10.0.0.0/8"], "for this machine alone"),
        (&["--crm", "memory"], "`--sandbox` and `--crm memory`"),
        (&["--organisation", "Contoso"], "`--sandbox` and `--organisation`"),
        (&["--journal", "runs.sqlite"], "`--sandbox` and another place for runs"),
        (&["--set", "store.url=postgres://user@host/database"], "`--sandbox` and a setting of the store"),
    ] {
        let said = refused(arguments);
        assert!(said.contains(told), "{arguments:?}: {said}");
    }
    let alone = Command::new(PROGRAM).args(["serve", "--data", "data"]).current_dir(folder.path()).output().unwrap();
    assert!(String::from_utf8(alone.stderr).unwrap().contains("--sandbox"));
}
