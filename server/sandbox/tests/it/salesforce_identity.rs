//! Who a user is, and sessions that begin and end in other ways than by a token.

use serde_json::{Value as Json, json};

use crate::client::{Reply, send};
use crate::salesforce::Org;

async fn post(org: &Org, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    send(&format!("{}{path}", org.fact("url")), "POST", headers, body).await.unwrap()
}

fn between<'t>(text: &'t str, element: &str) -> &'t str {
    let after = text.split_once(&format!("<{element}>")).unwrap_or_else(|| panic!("no {element}: {text}")).1;
    after.split_once("</").unwrap().0
}

fn login(user: &str, password: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><se:Envelope xmlns:se=\"http://schemas.xmlsoap.org/soap/envelope/\"><se:Header/><se:Body>\
         <login xmlns=\"urn:partner.soap.sforce.com\"><username>{user}</username><password>{password}</password></login>\
         </se:Body></se:Envelope>"
    )
}

#[tokio::test]
async fn signing_in_by_soap_and_out_again() {
    let org = Org::start().await;
    let (name, password) = (org.user("employee", "username"), org.user("employee", "password"));
    let token = org.user("employee", "security_token");
    for path in ["/services/Soap/u/59.0", "/services/Soap/c/66.0/"] {
        let reply = post(&org, path, &[("SOAPAction", "login")], &login(&name, &format!("{password}{token}"))).await;
        let body = reply.expect(200).body;
        assert!(between(&body, "serverUrl").starts_with(&format!("{}/services/Soap/", org.fact("url"))));
        assert_eq!(between(&body, "userId"), org.user("employee", "user_id"));
        let session = between(&body, "sessionId");
        let org = Org { token: session.to_owned(), running: Org::start().await.running };
        assert_eq!(org.get("limits").await.status, 200);
    }
    for (name, password) in [(name.as_str(), "wrong"), ("nobody@sandbox.example", password.as_str()), (&name, "")] {
        let body = post(&org, "/services/Soap/u/59.0", &[], &login(name, password)).await.expect(500).body;
        assert_eq!(between(&body, "sf:exceptionCode"), "INVALID_LOGIN");
    }
    let query = login(&name, &password).replace("login", "query");
    let body = post(&org, "/services/Soap/u/59.0", &[], &query).await.expect(500).body;
    assert!(body.contains("Not supported by the sandbox: SOAP query"), "{body}");
    let body = post(&org, "/services/Soap/m/59.0", &[], &login(&name, &password)).await.expect(500).body;
    assert_eq!(between(&body, "sf:exceptionCode"), "FUNCTIONALITY_NOT_ENABLED");
    post(&org, "/services/Soap/u/59.0", &[], "no envelope").await.expect(500);
    assert!(org.running.log().iter().all(|entry| entry.body.is_none() || !entry.target.contains("Soap")));
}

#[tokio::test]
async fn a_session_ends() {
    let org = Org::start().await;
    org.get("limits").await.expect(200);
    let header = [("Content-Type", "application/x-www-form-urlencoded")];
    let client = format!("client_id={}&client_secret={}", org.fact("client_id"), org.fact("client_secret"));
    let token = org.token.replace('!', "%21");
    let ask = async |client: &str| {
        post(&org, "/services/oauth2/introspect", &header, &format!("token={token}&{client}")).await
    };
    let known = ask(&client).await.expect(200).json();
    assert_eq!((&known["active"], &known["username"]), (&json!(true), &json!("integration@sandbox.example")));
    ask("client_id=other").await.expect(401);
    post(&org, "/services/oauth2/revoke", &header, &format!("token={token}")).await.expect(200);
    assert_eq!(org.get("limits").await.status, 401);
    assert_eq!(ask(&client).await.expect(200).json(), json!({"active": false}));
    let again = post(&org, "/services/oauth2/revoke", &header, &format!("token={token}")).await.expect(400).json();
    assert_eq!(again["error"], "invalid_token");
    org.running.reset().unwrap();
    org.get("limits").await.expect(200);
}

#[tokio::test]
async fn username_and_password_for_a_client() {
    let org = Org::start().await;
    let form = format!(
        "grant_type=password&client_id={}&client_secret={}&username={}&password=",
        org.fact("client_id"),
        org.fact("client_secret"),
        org.user("employee", "username"),
    );
    let ask = async |password: &str| post(&org, "/services/oauth2/token", &[], &format!("{form}{password}")).await;
    let reply = ask(&org.user("employee", "password")).await.expect(200).json();
    assert!(reply["id"].as_str().unwrap().ends_with(&org.user("employee", "user_id")));
    assert_eq!(ask("wrong").await.expect(400).json()["error"], "invalid_grant");
    let without = form.replace("client_secret=", "client_secret=x");
    assert_eq!(post(&org, "/services/oauth2/token", &[], &without).await.expect(400).json()["error"], "invalid_client");
}

#[tokio::test]
async fn the_identity_of_a_user() {
    let org = Org::start().await;
    let url = org.fact("url");
    let path = format!("{url}/id/{}/{}", org.fact("organization_id"), org.user("integration", "user_id"));
    let bearer = format!("Bearer {}", org.token);
    let own = send(&path, "GET", &[("Authorization", &bearer)], "").await.unwrap().expect(200).json();
    assert_eq!((&own["id"], &own["asserted_user"]), (&json!(path), &json!(true)));
    assert_eq!(own["urls"]["rest"], format!("{url}/services/data/v{{version}}/"));
    let query = format!("{path}?version=latest&oauth_token={}", org.token.replace('!', "%21"));
    let by_query = send(&query, "GET", &[], "").await.unwrap().expect(200).json();
    assert_eq!(by_query["urls"]["sobjects"], format!("{url}/services/data/v66.0/sobjects/"));
    let other = path.replace(&org.user("integration", "user_id"), &org.user("employee", "user_id"));
    let other = send(&other, "GET", &[("Authorization", &bearer)], "").await.unwrap().expect(200).json();
    assert_eq!((&other["asserted_user"], &other["username"]), (&json!(false), &json!("employee@sandbox.example")));
    for (path, headers, text) in [
        (path.clone(), vec![], "Missing_OAuth_Token"),
        (path.clone(), vec![("Authorization", "Bearer x")], "Bad_OAuth_Token"),
        (path.replace("/id/00D", "/id/00E"), vec![("Authorization", bearer.as_str())], "Wrong_Org"),
        (
            format!("{url}/id/{}/005000000000001AAA", org.fact("organization_id")),
            vec![("Authorization", bearer.as_str())],
            "Bad_Id",
        ),
    ] {
        assert_eq!(send(&path, "GET", &headers, "").await.unwrap().expect(403).body, text);
    }
    let info =
        send(&format!("{url}/services/oauth2/userinfo"), "GET", &[("Authorization", &bearer)], "").await.unwrap();
    assert_eq!(info.expect(200).json()["organization_id"], Json::from(org.fact("organization_id")));
}
