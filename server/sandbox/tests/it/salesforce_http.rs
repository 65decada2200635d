//! What every client meets: verbs, headers, formats, resources, changes over time.

use engage_sandbox::Options;
use engage_sandbox::salesforce::Setup;
use serde_json::{Value as Json, json};

use crate::salesforce::{Org, refused};

#[tokio::test]
async fn resources_are_listed() {
    let org = Org::start().await;
    let root = org.get("/services/data/v66.0/").await.expect(200).json();
    assert_eq!(root["sobjects"], "/services/data/v66.0/sobjects");
    let identity = org.get(root["identity"].as_str().unwrap().strip_prefix(&org.fact("url")).unwrap_or("/")).await;
    assert_eq!(identity.status, 404, "identity is absolute and outside of /services");
    assert!(root["identity"].as_str().unwrap().contains("/id/00D"));
    org.get("/services/data/").await.expect(200);
    assert_eq!(org.get("recent").await.expect(200).json(), json!([]));
    let composite = org.get("composite").await.expect(200).json();
    assert_eq!(composite["graph"], "/services/data/v66.0/composite/graph");
    let global = org.get("sobjects").await.expect(200).json();
    assert_eq!((&global["encoding"], &global["maxBatchSize"]), (&json!("UTF-8"), &json!(200)));
    let basic = org.get("sobjects/account").await.expect(200).json();
    assert_eq!((&basic["objectDescribe"]["name"], &basic["recentItems"]), (&json!("Account"), &json!([])));
}

#[tokio::test]
async fn verbs() {
    let org = Org::start().await;
    let id = org.create("Account", json!({"Name": "A"})).await;
    let path = format!("sobjects/Account/{id}");
    org.post(&format!("{path}?_HttpMethod=PATCH"), json!({"Name": "B"})).await.expect(204);
    let head = org.call("HEAD", &path, &[], &Json::Null).await.expect(200);
    assert_eq!((head.body.as_str(), head.header("content-type")), ("", Some("application/json;charset=UTF-8")));
    assert_eq!(org.call("HEAD", "sobjects/Account/001000000000001AAA", &[], &Json::Null).await.status, 404);
    let error = refused(&org.call("PUT", &path, &[], &json!({})).await, 405, "METHOD_NOT_ALLOWED");
    assert_eq!(error["message"], "HTTP Method 'PUT' not allowed. Allowed are DELETE,GET,HEAD,PATCH");
    refused(&org.delete("sobjects/Account/describe").await, 405, "METHOD_NOT_ALLOWED");
    refused(&org.post("limits", json!({})).await, 405, "METHOD_NOT_ALLOWED");
    refused(&org.get("composite/graph").await, 405, "METHOD_NOT_ALLOWED");
    org.post(&format!("{path}?_HttpMethod=DELETE"), Json::Null).await.expect(204);
    refused(&org.get(&path).await, 404, "ENTITY_IS_DELETED");
}

#[tokio::test]
async fn other_formats_are_refused() {
    let org = Org::start().await;
    let body = json!({"Name": "A"});
    for (header, value, status, code) in [
        ("Content-Type", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("Content-Type", "application/xml", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("Content-Encoding", "gzip", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("Accept", "application/xml", 406, "NOT_ACCEPTABLE"),
    ] {
        refused(&org.call("POST", "sobjects/Account", &[(header, value)], &body).await, status, code);
    }
    for value in ["application/json", "*/*", "application/json, text/plain, */*"] {
        org.call("POST", "sobjects/Account", &[("Accept", value), ("Accept-Encoding", "gzip")], &body)
            .await
            .expect(201);
    }
    let error = refused(&org.post("sobjects/Account", json!({"Name": 5})).await, 400, "JSON_PARSER_ERROR");
    assert!(error["message"].as_str().unwrap().contains("string from VALUE_NUMBER_INT value 5"));
    refused(&org.post("sobjects/Account", json!({"Name": true})).await, 400, "JSON_PARSER_ERROR");
    refused(
        &org.post("sobjects/Account", json!({"CreatedBy": {"attributes": {"type": "User"}, "Username": "x"}})).await,
        404,
        "NOT_FOUND",
    );
}

#[tokio::test]
async fn what_is_not_there_is_refused_by_name() {
    let org = Org::start().await;
    for (path, feature) in [
        ("search?q=FIND+x", "SOSL"),
        ("parameterizedSearch?q=x", "SOSL"),
        ("tooling/query?q=x", "Tooling API"),
        ("jobs/query", "Bulk API"),
        ("chatter/users/me", "Chatter"),
        ("ui-api/records/001000000000001AAA", "User Interface API"),
        ("sobjects/Account/describe/layouts", "layouts"),
        ("sobjects/Account/listviews", "list views"),
        ("query?q=SELECT+Id+FROM+Account&explain=x", "explain"),
        ("/services/async/66.0/job", "Bulk API"),
        ("/services/apexrest/x", "Apex REST"),
    ] {
        let error = refused(&org.get(path).await, 403, "FUNCTIONALITY_NOT_ENABLED");
        assert!(error["message"].as_str().unwrap().contains(feature), "{path}: {error}");
    }
    let csv = [("Content-Type", "text/csv"), ("Accept", "text/csv")];
    refused(&org.call("POST", "jobs/query", &csv, &json!({})).await, 403, "FUNCTIONALITY_NOT_ENABLED");
    refused(&org.get("sobjects/Account/001000000000001AAA/a/b").await, 404, "NOT_FOUND");
}

#[tokio::test]
async fn describes_and_rows_are_not_sent_twice() {
    let org = Org::start().await;
    let id = org.create("Account", json!({"Name": "A"})).await;
    let row = format!("sobjects/Account/{id}");
    for path in ["sobjects/Account/describe", "sobjects", row.as_str()] {
        let first = org.get(path).await.expect(200);
        let (etag, modified) = (first.header("ETag").unwrap(), first.header("Last-Modified").unwrap());
        assert!(modified.ends_with(" GMT"), "{modified}");
        for header in [("If-None-Match", etag), ("If-Modified-Since", modified)] {
            let again = org.call("GET", path, &[header], &Json::Null).await.expect(304);
            assert_eq!(again.body, "");
        }
        org.call("GET", path, &[("If-None-Match", "\"other\"")], &Json::Null).await.expect(200);
        org.call("GET", path, &[("If-Modified-Since", "Sat, 28 Feb 2026 00:00:00 GMT")], &Json::Null).await.expect(200);
    }
    let etag = org.get(&row).await.header("ETag").unwrap().to_owned();
    org.patch(&row, json!({"Name": "B"})).await.expect(204);
    for header in [("If-Match", etag.as_str()), ("If-Unmodified-Since", "Sat, 28 Feb 2026 00:00:00 GMT")] {
        refused(&org.call("PATCH", &row, &[header], &json!({"Name": "C"})).await, 412, "PRECONDITION_FAILED");
        refused(&org.call("DELETE", &row, &[header], &Json::Null).await, 412, "PRECONDITION_FAILED");
    }
    let inside = json!({"compositeRequest": [
        {"method": "GET", "url": "/services/data/v66.0/sobjects/Account/describe", "referenceId": "d"},
    ]});
    let part = org.post("composite", inside).await.expect(200).json()["compositeResponse"][0].clone();
    assert!(part["httpHeaders"]["ETag"].is_string() && part["httpHeaders"]["Last-Modified"].is_string());
}

#[tokio::test]
async fn relationships_of_a_row() {
    let org = Org::start().await;
    let (north, _) = org.people().await;
    let contacts = org.get(&format!("sobjects/Account/{north}/contacts?fields=LastName")).await.expect(200).json();
    assert_eq!((&contacts["totalSize"], &contacts["records"][1]["LastName"]), (&json!(2), &json!("Orr")));
    let ann = org.query("SELECT Id FROM Contact WHERE FirstName = 'Ann'").await.json()["records"][0]["Id"].clone();
    let path = format!("sobjects/Contact/{}/Account", ann.as_str().unwrap());
    assert_eq!(org.get(&format!("{path}?fields=Name")).await.expect(200).json()["Name"], "Northwind");
    org.patch(&path, json!({"Name": "North"})).await.expect(204);
    assert_eq!(org.get(&path).await.expect(200).json()["Name"], "North");
    refused(&org.get(&format!("sobjects/Contact/{}/ReportsTo", ann.as_str().unwrap())).await, 404, "NOT_FOUND");
    refused(&org.get(&format!("sobjects/Account/{north}/Nonsense")).await, 404, "NOT_FOUND");
    assert_eq!(org.post("sobjects/Account/Id", json!({"Name": "New"})).await.expect(201).json()["success"], true);
}

#[tokio::test]
async fn changes_over_time() {
    let org = Org::start().await;
    let (north, contoso) = org.people().await;
    org.delete(&format!("sobjects/Account/{north}")).await.expect(204);
    let span = "start=2026-03-01T09:00:00%2B00:00&end=2026-03-01T11:00:00Z";
    let updated = org.get(&format!("sobjects/Account/updated?{span}")).await.expect(200).json();
    assert_eq!(updated, json!({"ids": [contoso], "latestDateCovered": "2026-03-01T11:00:00.000+0000"}));
    let deleted = org.get(&format!("sobjects/Contact/deleted/?{span}")).await.expect(200).json();
    assert_eq!(deleted["deletedRecords"].as_array().unwrap().len(), 2, "contacts go with their account");
    let all = org.get("queryAll?q=SELECT+Name+FROM+Contact").await.expect(200).json();
    assert_eq!(all["totalSize"], 2);
    for wrong in [
        "start=x&end=y",
        "end=2026-03-01T11:00:00Z",
        "start=2026-03-01T11:00:00Z&end=2026-03-01T09:00:00Z",
        "start=2025-03-01T11:00:00Z&end=2026-03-01T09:00:00Z",
    ] {
        assert_eq!(org.get(&format!("sobjects/Account/updated?{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn the_log_tells_what_a_composite_held() {
    let org = Org::start().await;
    let body = json!({"compositeRequest": [
        {"method": "POST", "url": "/services/data/v66.0/sobjects/Account", "referenceId": "a", "body": {"Name": "A"}},
        {"method": "GET", "url": "/services/data/v66.0/sobjects/Account/@{a.nothing}", "referenceId": "b"},
        {"method": "GET", "url": "/services/data/v66.0/sobjects/Nope", "referenceId": "c"},
    ]});
    org.post("composite", body).await.expect(200);
    let operations = org.running.log().last().unwrap().operations.clone();
    assert_eq!(
        operations,
        ["POST /services/data/v66.0/sobjects/Account 201", "GET /services/data/v66.0/sobjects/Nope 404"]
    );
}

#[tokio::test]
async fn too_much_at_once_is_not_too_much_a_day() {
    let org = Org::start().await;
    let throttled = [("X-Sandbox-Fault", "{\"kind\":\"throttled\",\"after\":3}")];
    let reply = org.call("GET", "limits", &throttled, &Json::Null).await;
    let error = refused(&reply, 403, "REQUEST_LIMIT_EXCEEDED");
    assert!(error["message"].as_str().unwrap().starts_with("ConcurrentRequests"));
    assert_eq!(reply.header("Retry-After"), Some("3"));
    let setup = Setup { daily_requests: 1, ..Setup::default() };
    let org = Org::set_up(Options { salesforce_setup: setup, ..Options::default() }).await;
    org.get("limits").await.expect(200);
    let error = refused(&org.get("limits").await, 403, "REQUEST_LIMIT_EXCEEDED");
    assert!(error["message"].as_str().unwrap().starts_with("TotalRequests"));
}
