//! `$batch`.

use crate::client::{A, B, C, Org, Reply};

async fn batch(org: &Org, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut all = vec![("Content-Type", "multipart/mixed; boundary=\"batch_X\"")];
    all.extend(headers);
    org.call("POST", "$batch", &all, &body.replace('\n', "\r\n")).await
}

fn part(content_id: Option<&str>, request: &str) -> String {
    let id = content_id.map_or_else(String::new, |id| format!("Content-ID: {id}\n"));
    format!("Content-Type: application/http\nContent-Transfer-Encoding: binary\n{id}\n{request}\n")
}

fn change_set(parts: &[(&str, String)]) -> String {
    let parts: String = parts.iter().map(|(id, request)| format!("--cs\n{}", part(Some(id), request))).collect();
    format!("--batch_X\nContent-Type: multipart/mixed; boundary=cs\n\n{parts}--cs--\n")
}

fn single(request: &str) -> String {
    format!("--batch_X\n{}", part(None, request))
}

fn post(path: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\nContent-Type: application/json; type=entry\n\n{body}\n")
}

const END: &str = "--batch_X--\n";

fn account(id: &str, name: &str) -> String {
    post("/api/data/v9.2/accounts", &format!(r#"{{"accountid":"{id}","name":"{name}"}}"#))
}

async fn count(org: &Org, set: &str) -> String {
    org.get(&format!("{set}/$count")).await.body.trim_start_matches('\u{feff}').to_owned()
}

#[tokio::test]
async fn a_change_set_and_a_read_in_one_round_trip() {
    let org = Org::start().await;
    let contact = post(
        "/api/data/v9.2/contacts",
        &format!(r#"{{"contactid":"{C}","lastname":"L","parentcustomerid_account@odata.bind":"/accounts({A})"}}"#),
    );
    let read = format!("GET {}/accounts({A})?$select=name,createdon HTTP/1.1\n", org.root);
    let body = format!("\n{}{}{END}", change_set(&[("1", account(A, "N")), ("2", contact)]), single(&read));
    let reply = batch(&org, &[], &body).await.expect(200);
    assert!(reply.header("content-type").unwrap().starts_with("multipart/mixed; boundary=batchresponse_"));
    assert!(reply.body.contains("boundary=changesetresponse_"));
    assert_eq!(reply.body.matches("HTTP/1.1 204 No Content").count(), 2);
    assert!(reply.body.contains("Content-ID: 2\r\n"));
    assert!(reply.body.contains(&format!("OData-EntityId: {}/contacts({C})", org.root)));
    assert!(reply.body.contains("HTTP/1.1 200 OK") && reply.body.contains("\"createdon\":"));
    let log = org.running.log();
    assert_eq!(log.len(), 1, "one round trip");
    assert_eq!(log[0].operations.len(), 3);
}

#[tokio::test]
async fn a_failing_part_takes_its_change_set_back() {
    let org = Org::start().await;
    let body = format!(
        "{}{}{}{END}",
        single(&account(B, "before")),
        change_set(&[("1", account(A, "1")), ("2", account(A, "2"))]),
        single(&post("/api/data/v9.2/contacts", r#"{"lastname":"after"}"#)),
    );
    let reply = batch(&org, &[], &body).await.expect(412);
    assert_eq!(reply.body.matches("HTTP/1.1 ").count(), 1, "one error part: {}", reply.body);
    assert!(reply.body.contains("0x80040237"));
    assert_eq!(count(&org, "accounts").await, "1", "what came before the change set stays");
    assert_eq!(count(&org, "contacts").await, "0", "processing stopped");
}

#[tokio::test]
async fn with_continue_on_error_later_parts_run() {
    let org = Org::start().await;
    let body = format!(
        "{}{}{END}",
        change_set(&[("1", account(A, "1")), ("2", account(A, "2"))]),
        single(&post("/api/data/v9.2/contacts", r#"{"lastname":"after"}"#)),
    );
    let reply = batch(&org, &[("Prefer", "odata.continue-on-error")], &body).await.expect(200);
    assert_eq!(reply.body.matches("HTTP/1.1 412").count(), 1);
    assert!(reply.body.contains("REQ_ID: ") && !reply.body.contains("changesetresponse_"));
    assert!(reply.body.contains("HTTP/1.1 204 No Content"));
    assert_eq!(count(&org, "accounts").await, "0");
    assert_eq!(count(&org, "contacts").await, "1");
}

#[tokio::test]
async fn content_ids_stand_for_rows_of_the_same_change_set() {
    let org = Org::start().await;
    let parts = [
        ("1", post("accounts", r#"{"name":"N"}"#)),
        ("2", post("contacts", r#"{"lastname":"L","parentcustomerid_account@odata.bind":"$1"}"#)),
        (
            "3",
            "PATCH $1 HTTP/1.1\nContent-Type: application/json\n\n{\"primarycontactid@odata.bind\":\"$2\"}\n"
                .to_owned(),
        ),
        ("4", "PUT $2/firstname HTTP/1.1\nContent-Type: application/json\n\n{\"value\":\"F\"}\n".to_owned()),
        ("5", post("leads", r#"{"subject":"S"}"#)),
        ("6", post("$1/accountleads_association/$ref", r#"{"@odata.id":"$5"}"#)),
    ];
    batch(&org, &[], &format!("{}{END}", change_set(&parts))).await.expect(200);
    let row = org.get("accounts?$expand=primarycontactid($select=fullname)").await.json()["value"][0].clone();
    assert_eq!(row["primarycontactid"]["fullname"], "F L");
    assert_eq!(
        org.get("accounts?$expand=accountleads_association").await.json()["value"][0]["accountleads_association"][0]["subject"],
        "S"
    );
}

#[tokio::test]
async fn references_that_cannot_be_followed() {
    let org = Org::start().await;
    let later = [
        ("1", post("contacts", r#"{"lastname":"L","parentcustomerid_account@odata.bind":"$2"}"#)),
        ("2", post("accounts", r#"{"name":"N"}"#)),
    ];
    let reply = batch(&org, &[], &format!("{}{END}", change_set(&later))).await.expect(400);
    assert!(reply.body.contains("Content-ID Reference: '$2' does not exist in the batch context."));
    // A row returned as representation has no OData-EntityId, so nothing can refer to it.
    let represented = [
        ("1", "POST accounts HTTP/1.1\nContent-Type: application/json\nPrefer: return=representation\n\n{\"name\":\"N\"}\n".to_owned()),
        ("2", post("contacts", r#"{"lastname":"L","parentcustomerid_account@odata.bind":"$1"}"#)),
    ];
    let reply = batch(&org, &[], &format!("{}{END}", change_set(&represented))).await.expect(400);
    assert!(reply.body.contains("'$1' does not exist"));
    assert_eq!(count(&org, "accounts").await, "0");
}

#[tokio::test]
async fn line_feeds_alone_are_taken_and_broken_bodies_are_not() {
    let org = Org::start().await;
    let body = format!("{}{END}", change_set(&[("1", account(A, "N"))]));
    let headers = [("Content-Type", "multipart/mixed;boundary=batch_X")];
    org.call("POST", "$batch", &headers, &body).await.expect(200);
    for broken in [
        String::new(),
        END.to_owned(),
        body.replace("--batch_X--", ""),
        body.replace("--cs--", ""),
        body.replace("batch_X", "other"),
        body.replace("Content-ID: 1\n", ""),
        body.replace("application/http", "text/plain"),
        body.replace(" HTTP/1.1", ""),
        body.replace("POST /", "FETCH /"),
        format!("{}{END}", change_set(&[("1", format!("GET accounts({A}) HTTP/1.1\n"))])),
        format!("{}{END}", single("POST /api/data/v9.2/$batch HTTP/1.1\n")),
        format!("{}{END}", single("GET accounts HTTP/1.1\n").repeat(1001)),
    ] {
        let reply = org.call("POST", "$batch", &headers, &broken).await;
        assert_eq!(reply.status, 400, "{broken}");
    }
    org.call("POST", "$batch", &[("Content-Type", "application/json")], "{\"requests\":[]}").await.expect(400);
    org.call("GET", "$batch", &headers, "").await.expect(405);
    assert_eq!(count(&org, "accounts").await, "1");
}

#[tokio::test]
async fn a_thousand_parts() {
    let org = Org::start().await;
    let parts: Vec<(String, String)> =
        (0..1000).map(|number| (number.to_string(), post("accounts", &format!(r#"{{"name":"{number}"}}"#)))).collect();
    let parts: Vec<(&str, String)> = parts.iter().map(|(id, request)| (id.as_str(), request.clone())).collect();
    batch(&org, &[], &format!("{}{END}", change_set(&parts))).await.expect(200);
    assert_eq!(count(&org, "accounts").await, "1000");
}
