//! Change tracking: delta links.

use engage_sandbox::Options;
use serde_json::Value as Json;

use crate::client::{A, B, Org, Reply, names};

const TRACK: (&str, &str) = ("Prefer", "odata.track-changes");

async fn track(org: &Org, path: &str) -> Reply {
    org.call("GET", path, &[TRACK], "").await.expect(200)
}

fn delta(body: &Json) -> String {
    body["@odata.deltaLink"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

#[tokio::test]
async fn a_link_leads_to_what_has_changed() {
    let org = Org::start().await;
    org.people().await;
    let first = track(&org, "accounts?$select=name,fax").await;
    assert_eq!(first.header("preference-applied"), Some("odata.track-changes"));
    assert_eq!(names(&first, "name"), ["Northwind", "Contoso"]);
    let link = delta(&first.json());
    assert!(link.contains("$select=name,fax&$deltatoken="), "{link}");
    assert_eq!(names(&org.get(&link).await.expect(200), "name"), [""; 0]);

    org.patch(&format!("accounts({B})"), r#"{"fax":"1"}"#).await.expect(204);
    org.post("accounts", r#"{"name":"New"}"#).await.expect(204);
    org.call("DELETE", &format!("accounts({A})"), &[], "").await.expect(204);
    let changed = org.get(&link).await.expect(200).json();
    assert!(changed["@odata.context"].as_str().unwrap().ends_with("#accounts(name,fax)/$delta"));
    let rows = changed["value"].as_array().unwrap();
    assert_eq!((rows[0]["name"].as_str(), rows[1]["name"].as_str()), (Some("Contoso"), Some("New")));
    assert_eq!((rows[2]["id"].as_str(), rows[2]["reason"].as_str()), (Some(A), Some("deleted")));
    assert!(rows[2]["@odata.context"].as_str().unwrap().ends_with("#accounts/$deletedEntity"));
    assert_eq!(rows.len(), 3);
    let token = link.rsplit_once("$deltatoken=").unwrap().1;
    let count = org.get(&format!("accounts/$count?$deltatoken={token}")).await.expect(200);
    assert_eq!(count.body.trim_start_matches('\u{feff}'), "3");
    assert_eq!(names(&org.get(&delta(&changed)).await.expect(200), "name"), [""; 0]);
}

#[tokio::test]
async fn nothing_is_lost_between_pages() {
    let org = Org::start().await;
    for number in 0..5 {
        org.post("contacts", &format!(r#"{{"lastname":"n{number}"}}"#)).await.expect(204);
    }
    let two = ("Prefer", "odata.track-changes, odata.maxpagesize=2");
    let page = org.call("GET", "contacts?$select=lastname", &[two], "").await.expect(200);
    assert_eq!(names(&page, "lastname"), ["n0", "n1"]);
    assert!(page.json().get("@odata.deltaLink").is_none());
    // A change behind the page that has been read belongs to the changes.
    let id = page.json()["value"][0]["contactid"].as_str().unwrap().to_owned();
    org.patch(&format!("contacts({id})"), r#"{"lastname":"changed"}"#).await.expect(204);
    let mut seen = Vec::new();
    let mut body = page.json();
    while let Some(next) = body["@odata.nextLink"].as_str().map(str::to_owned) {
        let page = org.call("GET", &next, &[("Prefer", "odata.maxpagesize=2")], "").await.expect(200);
        seen.extend(names(&page, "lastname"));
        body = page.json();
    }
    assert_eq!(seen, ["n2", "n3", "n4"]);
    assert_eq!(names(&org.get(&delta(&body)).await.expect(200), "lastname"), ["changed"]);
}

#[tokio::test]
async fn what_is_rolled_back_or_back_again_is_not_deleted() {
    let org = Org::start().await;
    org.people().await;
    let link = delta(&track(&org, "accounts?$select=name").await.json());
    let part = |number: u8, line: &str, body: &str| {
        format!(
            "--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {number}\r\n\r\n{line} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{body}\r\n"
        )
    };
    let delete = part(1, &format!("DELETE /api/data/v9.2/accounts({A})"), "");
    let fail = part(2, "POST /api/data/v9.2/accounts", r#"{"nothing":1}"#);
    let batch = format!("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{delete}{fail}--c--\r\n--b--\r\n");
    org.call("POST", "$batch", &[("Content-Type", "multipart/mixed; boundary=b")], &batch).await.expect(400);
    org.call("DELETE", &format!("accounts({B})"), &[], "").await.expect(204);
    org.post("accounts", &format!(r#"{{"accountid":"{B}","name":"back"}}"#)).await.expect(204);
    let changed = org.get(&link).await.expect(200);
    assert_eq!(names(&changed, "name"), ["back"]);
}

#[tokio::test]
async fn deletions_are_kept_in_the_file() {
    let folder = std::env::temp_dir().join(format!("engage-sandbox-tracking-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let options = || Options { folder: Some(folder.clone()), ..Options::default() };
    let org = Org::with(options()).await;
    org.people().await;
    let link = delta(&track(&org, "accounts?$select=name").await.json());
    org.call("DELETE", &format!("accounts({A})"), &[], "").await.expect(204);
    drop(org);
    let org = Org::with(options()).await;
    let (_, query) = link.split_once("accounts?").unwrap();
    let changed = org.get(&format!("accounts?{query}")).await.expect(200).json();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(changed["value"].as_array().unwrap().len(), 1);
    assert_eq!(changed["value"][0]["id"], A);
}

#[tokio::test]
async fn what_cannot_be_tracked_is_refused() {
    let org = Org::start().await;
    org.people().await;
    for (option, name) in [
        ("$filter=name eq 'x'", "filter"),
        ("$orderby=name", "orderby"),
        ("$top=1", "top"),
        ("$expand=primarycontactid", "expand"),
    ] {
        let path = format!("accounts?{}", option.replace(' ', "%20"));
        let reply = org.call("GET", &path, &[TRACK], "").await.refused(400, "0x80060888");
        let message = format!("The \\\"${name}\\\" query parameter isn't supported when Change Tracking is enabled.");
        assert!(reply.body.contains(&message), "{}", reply.body);
    }
    org.call("GET", "roles", &[TRACK], "").await.refused(400, "0x80060888");
    org.get("accounts?$deltatoken=nonsense").await.refused(400, "0x80060888");
    org.get("accounts?$deltatoken=999999!01/01/2026").await.refused(400, "0x80044352");
    let tracked = org.get("EntityDefinitions?$select=LogicalName&$filter=ChangeTrackingEnabled eq true").await;
    assert!(names(&tracked.expect(200), "LogicalName").contains(&"account".to_owned()));
}
