//! The whole adapter over HTTP: queries, pages, composites, graphs.

use engage_engine::adapter::{Adapter, AdapterErrorKind, Call, EmbeddedWrite, Query, Record, WriteGroup};
use engage_engine::model::Operator;
use engage_engine::{Identity, Value};
use serde_json::{Value as Json, json};

use super::stub::Stub;
use super::writes::{back, create, set, update};
use super::{ACME, MIA, catalog, crm, query, test, text, with};
use crate::http::{HttpOptions, Secret};
use crate::salesforce::{Config, Salesforce, Usage};

pub(super) fn config(url: &str) -> Config {
    Config {
        login_url: url.to_owned(),
        client_id: "app".to_owned(),
        client_secret: Some(Secret::new("se+cret")),
        signing_key: None,
        username: None,
        audience: None,
        usernames: None,
        api_version: None,
        http: HttpOptions::default(),
    }
}

pub(super) fn adapter(stub: &Stub) -> Salesforce {
    Salesforce::new(config(&stub.url), &catalog(), crm()).unwrap()
}

pub(super) fn call(identity: Identity) -> Call {
    Call { identity, run: "run".to_owned(), timeout: None }
}

pub(super) fn application() -> Call {
    call(Identity::Application)
}

pub(super) fn records(records: Json) -> Json {
    json!({"totalSize": 1, "done": true, "records": records})
}

fn account(number: usize) -> Json {
    json!({"Id": format!("001{number:012}AAA"), "acct_name": "A"})
}

#[tokio::test]
async fn client_credentials_and_a_query() {
    let stub = Stub::start([(200, records(json!([{"Id": ACME, "acct_name": "Acme"}])))]).await;
    let adapter = adapter(&stub);
    let pages = adapter.read(&application(), &[query("account", &["Name"])]).await.unwrap();
    assert_eq!(pages[0].rows[0].id, ACME);
    assert_eq!(stub.tokens(), ["grant_type=client_credentials&client_id=app&client_secret=se%2Bcret"]);
    let seen = stub.seen();
    assert_eq!(seen[0].method, "GET");
    assert_eq!(seen[0].target, "/services/data/v66.0/query?q=SELECT%20Id,%20acct_name%20FROM%20acct%20ORDER%20BY%20Id");
    assert_eq!(seen[0].authorization.as_deref(), Some("Bearer token0"));
    assert_eq!(adapter.usage(), Some(Usage { used: 54, most: 15_000 }));
}

#[tokio::test]
async fn pages_are_followed_of_queries_and_of_subqueries() {
    let child = |number: usize, done: bool| {
        json!({"totalSize": 2, "done": done, "nextRecordsUrl": "/services/data/v66.0/query/0r8child-1",
               "records": [{"Id": format!("003{number:012}AAA")}]})
    };
    let first = json!({"totalSize": 3, "done": false, "nextRecordsUrl": "/services/data/v66.0/query/0r8root-2",
                       "records": [{"Id": ACME, "Conts": child(1, false)}]});
    let stub = Stub::start([(200, first), (200, records(json!([account(2)]))), (200, child(2, true))]).await;
    let accounts = with(query("account", &[]), vec![("Id", "AccountId", query("contact", &[]))]);
    let pages = adapter(&stub).read(&application(), &[accounts]).await.unwrap();
    assert_eq!(pages[0].rows.iter().map(|row| row.joined[0].len()).collect::<Vec<_>>(), [2, 0]);
    assert!(!pages[0].truncated);
    let targets: Vec<String> = stub.seen().into_iter().skip(1).map(|seen| seen.target).collect();
    assert_eq!(targets, ["/services/data/v66.0/query/0r8root-2", "/services/data/v66.0/query/0r8child-1"]);
}

#[tokio::test]
async fn pages_without_end_are_truncated_and_links_elsewhere_refused() {
    let page = |link: &str| json!({"totalSize": 9, "done": false, "nextRecordsUrl": link, "records": [account(1)]});
    let endless = (0..60).map(|_| (200, page("/services/data/v66.0/query/x-1")));
    let stub = Stub::start(endless).await;
    let pages = adapter(&stub).read(&application(), &[query("account", &[])]).await.unwrap();
    assert!(pages[0].truncated);
    assert_eq!(stub.seen().len(), 41);

    let stub = Stub::start([(200, page("@evil.example/"))]).await;
    let failed = adapter(&stub).read(&application(), &[query("account", &[])]).await.unwrap_err();
    assert_eq!((failed.kind, stub.seen().len()), (AdapterErrorKind::Unknown, 1));
}

fn answers(answers: &[(&str, u16, Json)]) -> Json {
    let one = |(reference, status, body): &(&str, u16, Json)| json!({"body": body, "httpHeaders": {}, "httpStatusCode": status, "referenceId": reference});
    json!({"compositeResponse": answers.iter().map(one).collect::<Vec<_>>()})
}

#[tokio::test]
async fn several_queries_are_one_composite() {
    let good = answers(&[("q0", 200, records(json!([{"Id": MIA}]))), ("q1", 200, records(json!([account(1)])))]);
    let bad = json!([{"errorCode": "MALFORMED_QUERY", "message": "unexpected token"}]);
    let bad = answers(&[("q0", 200, records(json!([]))), ("q1", 400, bad)]);
    let stub = Stub::start([(200, good), (200, bad)]).await;
    let adapter = adapter(&stub);
    let queries = [query("contact", &[]), query("account", &[])];
    let pages = adapter.read(&application(), &queries).await.unwrap();
    assert_eq!(pages.iter().map(|page| page.rows[0].id.as_str()).collect::<Vec<_>>(), [MIA, ACME]);
    let failed = adapter.read(&application(), &queries).await.unwrap_err();
    assert_eq!(failed.kind, AdapterErrorKind::Rejected { field: None });
    let sent = &stub.seen()[0];
    let body: Json = serde_json::from_str(&sent.body).unwrap();
    assert_eq!((sent.method.as_str(), sent.target.as_str()), ("POST", "/services/data/v66.0/composite"));
    let request = json!({"method": "GET", "referenceId": "q0",
                         "url": "/services/data/v66.0/query?q=SELECT%20Id%20FROM%20cont%20ORDER%20BY%20Id"});
    assert_eq!((&body["allOrNone"], &body["compositeRequest"][0]), (&json!(false), &request));
    let shown = adapter.preview_read(&queries).unwrap();
    assert_eq!((shown.len(), &shown[0].body), (1, &sent.body));
}

#[tokio::test]
async fn a_long_statement_travels_in_a_body() {
    let stub = Stub::start([(200, answers(&[("q0", 200, records(json!([])))]))]).await;
    let names = (0..1000).map(|number| text(&format!("name {number}"))).collect();
    let accounts = Query { filter: Some(test("Name", Operator::In, names)), ..query("account", &[]) };
    adapter(&stub).read(&application(), &[accounts]).await.unwrap();
    assert_eq!(stub.seen()[0].target, "/services/data/v66.0/composite");
}

#[tokio::test]
async fn what_no_statement_reaches_follows() {
    // The describe has no name for the accounts of a primary contact, and who the contacts are is not known before.
    let accounts = json!([{"Id": ACME, "acct_primary": MIA, "acct_size": 2.0}]);
    let stub = Stub::start([(200, records(json!([{"Id": MIA}]))), (200, records(accounts))]).await;
    let accounts = super::sorted(query("account", &[]), "Size", engage_engine::model::Direction::Descending);
    let accounts = Query { limit: Some(1), ..accounts };
    let contacts = with(query("contact", &[]), vec![("Id", "PrimaryId", accounts)]);
    let pages = adapter(&stub).read(&application(), &[contacts]).await.unwrap();
    let accounts = &pages[0].rows[0].joined[0];
    assert_eq!((accounts.len(), accounts[0].id.as_str()), (1, ACME));
    assert_eq!(accounts[0].values.len(), 1, "only what was asked for comes back");
    let target = &stub.seen()[1].target;
    assert!(
        target.ends_with(&format!(
            "FROM%20acct%20WHERE%20acct_primary%20IN%20(%27{MIA}%27)%20ORDER%20BY%20acct_size%20DESC%20NULLS%20LAST,%20Id%20LIMIT%201"
        )),
        "{target}"
    );
}

#[tokio::test]
async fn what_hangs_apart_from_known_ids_travels_along() {
    // The describe has no name for the accounts of a primary contact, as events have none for their `AccountId`.
    let account = |number: usize, contact: &str| json!({"Id": format!("001{number:012}AAA"), "acct_primary": contact});
    let other = "003000000000002AAA";
    let contacts = json!([{"Id": MIA}, {"Id": other}]);
    let accounts = json!([account(3, MIA), account(2, other), account(1, MIA)]);
    let stub = Stub::start([(200, answers(&[("q0", 200, records(contacts)), ("q1", 200, records(accounts))]))]).await;
    let adapter = adapter(&stub);
    let ids = test("Id", Operator::In, vec![super::id("003000000000001"), super::id(other)]);
    let contacts = Query { filter: Some(ids), ..query("contact", &[]) };
    let contacts = with(contacts, vec![("Id", "PrimaryId", Query { limit: Some(1), ..query("account", &[]) })]);
    let pages = adapter.read(&application(), std::slice::from_ref(&contacts)).await.unwrap();
    let joined: Vec<&str> = pages[0].rows.iter().map(|row| row.joined[0][0].id.as_str()).collect();
    assert_eq!(joined, [ACME, "001000000000002AAA"]);
    let seen = stub.seen();
    assert_eq!(seen.len(), 1);
    let wanted = format!("FROM%20acct%20WHERE%20acct_primary%20IN%20(%27{MIA}%27,%27{other}%27)%20ORDER%20BY%20Id");
    assert!(seen[0].body.contains(&wanted), "{}", seen[0].body);
    assert_eq!(adapter.preview_read(&[contacts]).unwrap()[0].body, seen[0].body);
}

#[tokio::test]
async fn a_graph_there_and_back() {
    let graph = |successful: bool, answers: Json| json!({"graphs": [{"graphId": "g", "graphResponse": answers, "isSuccessful": successful}]});
    let made = |id: &str| json!({"id": id, "success": true, "errors": []});
    let good = graph(true, answers(&[("w0", 201, made(ACME)), ("w1", 201, made(MIA))]));
    let stub = Stub::start([(200, good)]).await;
    let adapter = adapter(&stub);
    let group = WriteGroup {
        atomic: true,
        writes: vec![
            create("account", &[set("Name", text("Acme"))]),
            create("contact", &[set("LastName", text("Mia")), back("AccountId", 0)]),
        ],
    };
    let results = adapter.write(&application(), &group).await.unwrap();
    assert_eq!(results.into_iter().map(|result| result.unwrap().id).collect::<Vec<_>>(), [ACME, MIA]);
    let seen = stub.seen();
    let shown = adapter.preview_write(&group).unwrap();
    assert_eq!((shown[0].method.as_str(), shown[0].target.as_str()), ("POST", "/services/data/v66.0/composite/graph"));
    assert_eq!((shown.len(), &shown[0].body, &shown[0].target), (1, &seen[0].body, &seen[0].target));
}

#[tokio::test]
async fn embedded_records_are_looked_up_before_they_are_replaced() {
    let (meeting, old) = ("00U000000000001AAA", "0RE000000000001AAA");
    let parts = answers(&[("w0", 204, Json::Null), ("w0_0_d0", 204, Json::Null)]);
    let graph = json!({"graphs": [{"graphId": "g", "graphResponse": parts, "isSuccessful": true}]});
    let stub = Stub::start([(200, records(json!([{"Id": old}]))), (200, graph)]).await;
    let mut update = update("meeting", Record::Id(meeting.to_owned()), &[]);
    update.embedded = vec![EmbeddedWrite { entity: super::entity("party"), rows: Vec::new() }];
    let group = WriteGroup { atomic: true, writes: vec![update] };
    let results = adapter(&stub).write(&application(), &group).await.unwrap();
    assert_eq!(results[0].as_ref().unwrap().id, meeting);
    let seen = stub.seen();
    assert!(
        seen[0].target.ends_with(&format!("FROM%20party%20WHERE%20party_meet%20=%20%27{meeting}%27%20ORDER%20BY%20Id"))
    );
    assert!(seen[1].body.contains(&format!("sobjects/party/{old}")));
}

#[tokio::test]
async fn a_reference_is_cleared_only_where_it_is_the_fields_own() {
    let note = "00N000000000001AAA";
    let done = || {
        let parts = answers(&[("w0", 204, Json::Null)]);
        (200, json!({"graphs": [{"graphId": "g", "graphResponse": parts, "isSuccessful": true}]}))
    };
    let about = |id: &str, kind: &str| {
        (200, records(json!([{"Id": note, "note_about": id, "About": {"attributes": {"type": "Name"}, "Type": kind}}])))
    };
    let stub = Stub::start([about(MIA, "cont"), done(), about(ACME, "acct"), done()]).await;
    let adapter = adapter(&stub);
    let update = update("note", Record::Id(note.to_owned()), &[set("AccountId", Value::Null)]);
    let group = WriteGroup { atomic: true, writes: vec![update] };
    adapter.write(&application(), &group).await.unwrap();
    adapter.write(&application(), &group).await.unwrap();
    let seen = stub.seen();
    assert!(seen[0].target.contains("SELECT%20Id,%20note_about,%20About.Type%20FROM%20note%20WHERE%20Id%20="));
    assert!(seen[1].body.contains("\"body\":{}"));
    assert!(seen[3].body.contains("\"body\":{\"note_about\":null}"));
}

#[tokio::test]
async fn nothing_is_sent_again() {
    let limit = json!([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]);
    let stub = Stub::start([(403, limit), (503, Json::Null)]).await;
    let adapter = adapter(&stub);
    let group = WriteGroup { atomic: true, writes: vec![create("account", &[set("Name", text("Acme"))])] };
    let failed = adapter.write(&application(), &group).await.unwrap_err();
    assert_eq!(failed.error.kind, AdapterErrorKind::QuotaExhausted { after: None });
    let failed = adapter.write(&application(), &group).await.unwrap_err();
    assert_eq!((failed.error.kind, stub.seen().len()), (AdapterErrorKind::Unavailable, 2));
}

#[tokio::test]
async fn describes_are_one_composite_fetched_once_for_all_who_wait() {
    let stub = Stub::start((0..4).map(|_| (200, records(json!([]))))).await;
    let adapter = adapter(&stub);
    let queries = [query("account", &[])];
    assert!(adapter.preview_read(&queries).is_err());
    let call = application();
    let all = (0..4).map(|_| adapter.read(&call, &queries));
    assert!(futures_util::future::join_all(all).await.iter().all(Result::is_ok));
    let describes: Vec<String> =
        stub.everything().into_iter().filter(|seen| seen.body.contains("/describe")).map(|seen| seen.body).collect();
    assert_eq!(describes.len(), 1);
    assert!(describes[0].contains("\"/services/data/v66.0/sobjects/acct/describe\""));
    let facts = adapter.facts(&call).await.unwrap();
    assert_eq!(facts.tables["acct"].primary_key, "Id");
}
