//! The issuer of a sandbox: its tokens are those of the people and the back-end of the demo organisation, and of nobody else.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::directories;
use crate::kit::{PROGRAM, Server, call};
use crate::sandbox::{at, send, text, with_data};

const CUSTOMERS: &str = "/api/management/v1/me/customers";

fn customers(server: &Server, token: &str) -> (u16, Json) {
    send(server, token, "GET", CUSTOMERS, &Json::Null)
}

fn token<'s>(server: &'s Server, role: &str) -> &'s str {
    text(&server.ready, &format!("/tokens/{role}"))
}

/// What a client gets for its secret.
pub(crate) fn by_itself(server: &Server, secret: &str) -> (u16, Json) {
    let told = |path: &str| text(&server.ready, path);
    let endpoint = told("/issuer/token_endpoint").strip_prefix(told("/issuer/authority")).unwrap();
    let (client, scope) = (told("/issuer/client_id"), told("/issuer/audiences/system/scope"));
    let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}&scope={scope}");
    let address = told("/issuer/authority").strip_prefix("http://").unwrap();
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let (status, body) = call(address, "POST", endpoint, &kind, form.as_bytes());
    (status, serde_json::from_str(&body).unwrap())
}

/// What a person gets who signs in with the tool of the organisation: the authorization code flow, with proof of who may redeem the
/// code (the example of RFC 7636, appendix B).
pub(crate) fn signed_in(server: &Server, username: &str) -> String {
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let told = |path: &str| text(&server.ready, path);
    let (client, back) = (told("/issuer/sign_in/client_id"), told("/issuer/sign_in/redirect_uri"));
    let scope = told("/issuer/audiences/management/scope");
    let path = |path: &str| told(path).strip_prefix(told("/issuer/authority")).unwrap().to_owned();
    let address = told("/issuer/authority").strip_prefix("http://").unwrap();
    let asked = format!(
        "{}?client_id={client}&response_type=code&redirect_uri={back}&scope={scope}&code_challenge={CHALLENGE}&\
         code_challenge_method=S256&login_hint={username}&prompt=none",
        path("/issuer/sign_in/authorize_endpoint")
    );
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {asked} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let code = answer.split_once("?code=").unwrap_or_else(|| panic!("{answer}")).1;
    let code = code.split(['&', '\r']).next().unwrap();
    let form = format!(
        "grant_type=authorization_code&client_id={client}&code={code}&redirect_uri={back}&code_verifier={VERIFIER}"
    );
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let (status, body) = call(address, "POST", &path("/issuer/sign_in/token_endpoint"), &kind, form.as_bytes());
    assert_eq!(status, 200, "{body}");
    text(&serde_json::from_str(&body).unwrap(), "/access_token").to_owned()
}

#[test]
fn a_token_of_each_role_is_good_and_of_this_start_alone() {
    let folder = tempfile::tempdir().unwrap();
    let server = with_data(folder.path(), &[]);
    for role in ["Admin", "Configurator", "Manager", "Employee", "Customer"] {
        let (status, told) = customers(&server, token(&server, &role.to_lowercase()));
        assert_eq!((status, &told[0]["name"], &told[0]["role"]), (200, &json!("Demo"), &json!(role)), "{told}");
        assert_eq!((told.as_array().unwrap().len(), &told[0]["environment"]), (1, &json!("prod")));
    }
    let refused = |server: &Server, token: &str| {
        let (status, told) = customers(server, token);
        (status, text(&told, "/details/reason").to_owned())
    };
    let system = token(&server, "system").to_owned();
    assert_eq!(refused(&server, &system), (403, "CALLER_KIND_REFUSED".to_owned()), "it is known, and no user");
    let admin = token(&server, "admin").to_owned();
    let (body, signature) = admin.rsplit_once('.').unwrap();
    let forged = format!("{body}.{}", signature.chars().rev().collect::<String>());
    for other in [forged.as_str(), token(&server, "operator"), text(&server.ready, "/scim/token")] {
        assert_eq!(customers(&server, other).0, 401);
    }
    let secret = text(&server.ready, "/issuer/client_secret").to_owned();
    let log = server.end();
    assert!([&admin, &system, &secret].iter().all(|secret| !log.contains(secret.as_str())), "{log}");

    let again = with_data(folder.path(), &[]);
    assert_eq!(text(&again.ready, "/issuer/client_secret"), secret, "the same in one folder");
    assert_eq!(customers(&again, &admin).0, 401, "keys are made anew at every start");
    assert_eq!(customers(&again, token(&again, "admin")).0, 200);
}

#[test]
fn a_back_end_asks_for_a_token_as_of_entra_until_it_is_disabled() {
    let folder = tempfile::tempdir().unwrap();
    let server = with_data(folder.path(), &[]);
    let (status, refused) = by_itself(&server, "wrong");
    assert_eq!((status, text(&refused, "/error")), (401, "invalid_client"));
    let (status, got) = by_itself(&server, text(&server.ready, "/issuer/client_secret"));
    assert_eq!((status, &got["expires_in"]), (200, &json!(3600)));
    // Nobody has asked for it yet, so that nothing of it is kept.
    let data = format!("store.data={}", folder.path().join("data").display());
    let disable = ["client", "disable", "Demo", text(&server.ready, "/issuer/client_id"), "--set", &data];
    assert!(Command::new(PROGRAM).args(disable).output().unwrap().status.success());
    let (status, told) = customers(&server, text(&got, "/access_token"));
    assert_eq!((status, text(&told, "/details/reason")), (403, "CLIENT_NOT_REGISTERED"));
}

#[test]
fn an_issuer_of_this_machine_is_for_a_sandbox_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("platform.toml");
    std::fs::write(&file, "[identity]\nauthority = \"http://127.0.0.1:4000\"\n").unwrap();
    let file = file.to_str().unwrap();
    for command in [&["config", "check"][..], &["serve", "--organisation", "Contoso", "--crm", "memory"]] {
        let said = Command::new(PROGRAM).args(command).args(["--config", file]).output().unwrap();
        assert_eq!(said.status.code(), Some(1), "{command:?}");
        assert!(String::from_utf8(said.stderr).unwrap().contains("is for `engage serve --sandbox` alone"));
    }
    let server = with_data(folder.path(), &["--config", file]);
    assert_eq!(customers(&server, token(&server, "admin")).0, 200);
}

#[test]
fn without_settings_nobody_is_asked_who_he_is() {
    let (place, _, _) = directories::place();
    let server = place.serve();
    assert_eq!(at(&server.address(), "x", "GET", CUSTOMERS, &Json::Null).0, 404);
    let log = server.end();
    assert_eq!(log.matches("the Public and the Management API are not served").count(), 1, "{log}");
}
