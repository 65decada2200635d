//! Roles, columns, impersonation, throttling.

use engage_sandbox::Options;
use engage_sandbox::dataverse::Setup;

use crate::client::{A, C, Org, send};

#[tokio::test]
async fn a_role_allows_what_it_names() {
    let org = Org::start().await;
    org.people().await;
    let call = async |user: &str, method: &str, path: &str, body: &str| {
        let bearer = format!("Bearer {}", org.user(user, "token"));
        org.call(method, path, &[("Authorization", &bearer)], body).await
    };
    call("read-only", "GET", "accounts", "").await.expect(200);
    let denied = call("read-only", "POST", "accounts", "{}").await.refused(403, "0x80040220");
    assert!(denied.body.contains("prvCreateAccount"));
    call("read-only", "DELETE", &format!("accounts({A})"), "").await.refused(403, "0x80040220");
    call("no-access", "GET", &format!("accounts({A})"), "").await.refused(403, "0x80040220");
    call("no-access", "GET", "WhoAmI", "").await.expect(200);
    call("salesperson", "POST", "accounts", r#"{"name":"S"}"#).await.expect(204);
    let bind = format!(r#"{{"primarycontactid@odata.bind":"/contacts({C})"}}"#);
    call("column-restricted", "PATCH", &format!("accounts({A})"), &bind).await.refused(403, "0x80040220");
}

#[tokio::test]
async fn a_closed_column_reads_as_null_and_cannot_be_written() {
    let org = Org::start().await;
    org.people().await;
    let bearer = format!("Bearer {}", org.user("column-restricted", "token"));
    let headers = [("Authorization", bearer.as_str())];
    let path = format!("accounts({A})");
    let row = org.call("GET", &path, &headers, "").await.expect(200).json();
    assert!(row["revenue"].is_null() && row["name"] == "Northwind");
    for leak in ["accounts?$filter=revenue%20gt%201000", "accounts?$orderby=revenue"] {
        org.call("GET", leak, &headers, "").await.refused(403, "0x80040220");
    }
    org.call("PATCH", &path, &headers, r#"{"revenue":1}"#).await.refused(403, "0x80040220");
    org.call("PATCH", &path, &headers, r#"{"name":"x"}"#).await.expect(204);
}

#[tokio::test]
async fn impersonation_needs_a_privilege_and_narrows_rights() {
    let org = Org::start().await;
    let user = org.user("salesperson", "user_id");
    let object = org.user("salesperson", "object_id");
    let created = org.call("POST", "accounts", &[("CallerObjectId", &object)], r#"{"name":"N"}"#).await.expect(204);
    let row = org.call("GET", created.header("OData-EntityId").unwrap(), &[], "").await.json();
    assert_eq!(row["_createdby_value"], user);
    assert_eq!(row["_createdonbehalfby_value"], org.user("system-administrator", "user_id"));
    let reader = org.user("read-only", "user_id");
    org.call("POST", "accounts", &[("MSCRMCallerID", &reader)], "{}").await.refused(403, "0x80040220");
    assert_eq!(org.call("GET", "WhoAmI", &[("MSCRMCallerID", &reader)], "").await.json()["UserId"], reader);
    let bearer = format!("Bearer {}", org.user("salesperson", "token"));
    let headers = [("Authorization", bearer.as_str()), ("MSCRMCallerID", &reader)];
    let denied = org.call("GET", "accounts", &headers, "").await.refused(403, "0x80040220");
    assert!(denied.body.contains("prvActOnBehalfOfAnotherUser"));
    let nobody = [("MSCRMCallerID", "00000000-0000-0000-0000-00000000000f")];
    org.call("GET", "accounts", &nobody, "").await.expect(403);
}

#[tokio::test]
async fn the_privileges_of_a_user_can_be_asked() {
    let org = Org::start().await;
    let path =
        format!("systemusers({})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()", org.user("read-only", "user_id"));
    let answer = org.get(&path).await.expect(200).json();
    let names: Vec<&str> =
        answer["RolePrivileges"].as_array().unwrap().iter().map(|p| p["PrivilegeName"].as_str().unwrap()).collect();
    assert!(names.contains(&"prvReadAccount") && names.contains(&"prvReadActivity") && names.contains(&"prvReadUser"));
    assert!(!names.contains(&"prvWriteAccount") && !names.contains(&"prvActOnBehalfOfAnotherUser"));
    let other = path.replace("RetrieveUserPrivileges", "RetrieveTeamPrivileges");
    org.get(&other).await.expect(501);
}

#[tokio::test]
async fn disabled_users_are_refused() {
    let org = Org::start().await;
    let path = format!("systemusers({})", org.user("read-only", "user_id"));
    org.patch(&path, r#"{"isdisabled":true}"#).await.expect(204);
    let bearer = format!("Bearer {}", org.user("read-only", "token"));
    org.call("GET", "accounts", &[("Authorization", &bearer)], "").await.refused(403, "0x80040225");
}

#[tokio::test]
async fn requests_beyond_the_limit_are_throttled() {
    let dataverse_setup = Setup { requests_per_window: 2, ..Setup::default() };
    let org = Org::with(Options { dataverse_setup, ..Options::default() }).await;
    let first = org.get("WhoAmI").await.expect(200);
    assert_eq!(first.header("x-ms-ratelimit-burst-remaining-xrm-requests"), Some("1"));
    org.get("WhoAmI").await.expect(200);
    let refused = org.get("WhoAmI").await.refused(429, "0x80072322");
    assert_eq!(refused.header("Retry-After"), Some("300"));
}

#[tokio::test]
async fn too_many_requests_at_the_same_time_are_throttled() {
    let dataverse_setup = Setup { concurrency: 1, ..Setup::default() };
    let org = Org::with(Options { dataverse_setup, ..Options::default() }).await;
    let slow = [("x-sandbox-fault", r#"{"kind":"latency","milliseconds":200}"#)];
    let calls = [org.call("GET", "WhoAmI", &slow, ""), org.call("GET", "WhoAmI", &slow, "")];
    let [one, two] = calls;
    let (one, two) = tokio::join!(one, two);
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 429]);
    org.get("WhoAmI").await.expect(200);
}

#[tokio::test]
async fn without_a_token_nothing_is_answered() {
    let org = Org::start().await;
    let reply = send(&format!("{}/accounts", org.root), "GET", &[], "").await.unwrap().expect(401);
    assert!(reply.header("WWW-Authenticate").unwrap().starts_with("Bearer authorization_uri="));
    let assertion = format!("Bearer {}", org.user("salesperson", "assertion"));
    org.call("GET", "accounts", &[("Authorization", &assertion)], "").await.expect(401);
    org.call("GET", "accounts", &[("Authorization", "Bearer nonsense")], "").await.expect(401);
}
