//! Answers to groups, and errors: "Status Codes and Error Responses", "allOrNone Parameters".

use std::slice;

use engage_engine::adapter::{
    AdapterError, AdapterErrorKind, Back, Find, GroupError, Record, Write, WriteAction, WriteGroup, Written,
};
use reqwest::header::HeaderMap;
use serde_json::{Value as Json, json};

use super::writes::{back, create, set, update, write};
use super::{ACME, MIA, entity, position, text};
use crate::http::Reply;
use crate::salesforce::error::error;
use crate::salesforce::outcome::read;

fn reply(status: u16, body: &Json) -> Reply {
    Reply { status, headers: HeaderMap::new(), body: body.to_string().into_bytes() }
}

fn answer(reference: &str, status: u16, body: Json) -> Json {
    json!({"body": body, "httpHeaders": {}, "httpStatusCode": status, "referenceId": reference})
}

fn failure(code: &str, message: &str, fields: &[&str]) -> Json {
    json!([{"errorCode": code, "message": message, "fields": fields}])
}

fn halted() -> Json {
    failure(
        "PROCESSING_HALTED",
        "The transaction was rolled back since another operation in the same transaction failed.",
        &[],
    )
}

fn graph(
    writes: Vec<Write>,
    successful: bool,
    answers: Vec<Json>,
) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
    let graph = json!({"graphId": "g", "graphResponse": {"compositeResponse": answers}, "isSuccessful": successful});
    read(&WriteGroup { atomic: true, writes }, &[], &reply(200, &json!({"graphs": [graph]})))
}

fn two() -> Vec<Write> {
    vec![
        create("account", &[set("Name", text("A")), set("Number", text("7"))]),
        create("contact", &[set("LastName", text("L")), back("AccountId", 0)]),
    ]
}

fn failed(answers: Vec<Json>) -> (AdapterErrorKind, Option<usize>) {
    let failed = graph(two(), false, answers).unwrap_err();
    (failed.error.kind, failed.culprit)
}

#[test]
fn ids_come_from_wherever_the_answer_has_them() {
    let key = vec![position(&entity("account"), "Number")];
    let number = set("Number", text("7"));
    let writes = vec![
        create("account", &[set("Name", text("A"))]),
        update("account", Record::Back(Back(0)), slice::from_ref(&number)),
        write("account", WriteAction::Find(Find { key: key.clone() }), slice::from_ref(&number)),
        write("account", WriteAction::Upsert { key: key.clone(), update_only: false }, slice::from_ref(&number)),
        write("account", WriteAction::Upsert { key, update_only: false }, &[number]),
        write("contact", WriteAction::Delete { record: Record::Id("003000000000001".into()), etag: None }, &[]),
    ];
    let other = "001000000000002AAA";
    let results = graph(
        writes,
        true,
        vec![
            answer("w0", 201, json!({"id": ACME, "success": true, "errors": []})),
            answer("w1", 204, Json::Null),
            answer("w2", 200, json!({"attributes": {"type": "acct"}, "Id": other})),
            answer("w3", 201, json!({"id": other, "success": true, "errors": [], "created": true})),
            answer("w4", 200, json!({"id": other, "success": true, "errors": [], "created": false})),
            answer("w5", 204, Json::Null),
        ],
    );
    let written: Vec<(String, bool)> = results
        .unwrap()
        .into_iter()
        .map(|result| result.map(|written| (written.id, written.created)).unwrap())
        .collect();
    let wanted = [(ACME, true), (ACME, false), (other, false), (other, true), (other, false), (MIA, false)];
    assert_eq!(written, wanted.map(|(id, created)| (id.to_owned(), created)));
}

#[test]
fn an_answer_that_is_not_whole_leaves_the_outcome_unknown() {
    let one = answer("w0", 201, json!({"id": ACME, "success": true, "errors": []}));
    assert_eq!(graph(two(), true, vec![one]).unwrap_err().error.kind, AdapterErrorKind::Unknown);
    let group = WriteGroup { atomic: true, writes: two() };
    for body in [json!({}), json!({"graphs": []}), json!("?")] {
        assert_eq!(read(&group, &[], &reply(200, &body)).unwrap_err().error.kind, AdapterErrorKind::Unknown);
    }
    let no_resource = failure("NOT_FOUND", "The requested resource does not exist", &[]);
    let failed = read(&group, &[], &reply(404, &no_resource)).unwrap_err();
    assert_eq!(failed.error.kind, AdapterErrorKind::Rejected { field: None });
    assert_eq!(read(&group, &[], &reply(500, &Json::Null)).unwrap_err().error.kind, AdapterErrorKind::Unknown);
}

#[test]
fn the_culprit_is_the_one_that_was_not_halted() {
    let missing = failure("REQUIRED_FIELD_MISSING", "Required fields are missing: [cont_last]", &["cont_last"]);
    let (kind, culprit) = failed(vec![answer("w0", 400, halted()), answer("w1", 400, missing)]);
    assert_eq!(kind, AdapterErrorKind::Rejected { field: Some("LastName".to_owned()) });
    assert_eq!(culprit, Some(1));
    let (kind, culprit) = failed(vec![answer("w0", 400, halted()), answer("w1", 400, halted())]);
    assert_eq!((kind, culprit), (AdapterErrorKind::Rejected { field: None }, None));
}

#[test]
fn the_culprit_is_inferred_where_all_have_the_same_error() {
    let both = |error: &Json| failed(vec![answer("w0", 400, error.clone()), answer("w1", 400, error.clone())]);
    let missing = failure("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no", &["cont_last"]);
    assert_eq!(both(&missing), (AdapterErrorKind::Rejected { field: Some("LastName".to_owned()) }, Some(1)));
    let duplicate =
        failure("DUPLICATE_VALUE", "duplicate value found: acct_no duplicates value on record with id: 1", &[]);
    assert_eq!(both(&duplicate), (AdapterErrorKind::Duplicate, Some(0)));
    let writes = vec![
        update("account", Record::Id(ACME.into()), &[set("Name", text("A"))]),
        update("contact", Record::Id(MIA.into()), &[set("LastName", text("L"))]),
    ];
    let locked = failure(
        "UNABLE_TO_LOCK_ROW",
        "unable to obtain exclusive access to this record or 1 records: 003000000000001AAA",
        &[],
    );
    let answers = vec![answer("w0", 400, locked.clone()), answer("w1", 400, locked)];
    let failed = graph(writes, false, answers).unwrap_err();
    assert_eq!((failed.error.kind, failed.culprit), (AdapterErrorKind::Locked, Some(1)));
    let writes = vec![create("account", &[]), update("contact", Record::Id(MIA.into()), &[])];
    let gone = failure("ENTITY_IS_DELETED", "entity is deleted", &[]);
    let failed = graph(writes, false, vec![answer("w0", 404, gone.clone()), answer("w1", 404, gone)]).unwrap_err();
    assert_eq!((failed.error.kind, failed.culprit), (AdapterErrorKind::NotFound, Some(1)));
}

#[test]
fn too_many_nodes_are_one_error_about_none() {
    let limit = failure("LIMIT_EXCEEDED", "too many nodes", &[]);
    let answer = json!({"body": limit, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": null});
    assert_eq!(failed(vec![answer]), (AdapterErrorKind::Rejected { field: None }, None));
}

#[test]
fn a_failed_graph_had_no_effect_whatever_the_status() {
    let broken = failure("UNKNOWN_EXCEPTION", "An unexpected error occurred.", &[]);
    let (kind, _) = failed(vec![answer("w0", 500, broken), answer("w1", 400, halted())]);
    assert_eq!(kind, AdapterErrorKind::Rejected { field: None });
}

#[test]
fn in_a_composite_each_write_stands_alone() {
    let group = WriteGroup { atomic: false, writes: two() };
    let body = json!({"compositeResponse": [
        answer("w0", 400, failure("DUPLICATE_VALUE", "duplicate value found", &[])),
        answer("w1", 201, json!({"id": MIA, "success": true, "errors": []})),
    ]});
    let results = read(&group, &[], &reply(200, &body)).unwrap();
    assert_eq!(results[0].as_ref().unwrap_err().kind, AdapterErrorKind::Duplicate);
    assert_eq!(results[1].as_ref().unwrap().id, MIA);
}

#[test]
fn what_each_code_means() {
    use AdapterErrorKind as Kind;
    let kind = |status, code| error(status, &failure(code, "words", &[]), None, None).kind;
    assert_eq!(kind(400, "UNABLE_TO_LOCK_ROW"), Kind::Locked);
    let limit = |message| error(403, &failure("REQUEST_LIMIT_EXCEEDED", message, &[]), None, None).kind;
    assert_eq!(limit("TotalRequests Limit exceeded."), Kind::QuotaExhausted { after: None });
    assert_eq!(limit("ConcurrentRequests (Concurrent API Requests) Limit exceeded."), Kind::Throttled { after: None });
    assert_eq!(limit("ConcurrentPerOrgLongTxn Limit exceeded."), Kind::Throttled { after: None });
    assert_eq!(kind(401, "INVALID_SESSION_ID"), Kind::Unauthenticated);
    assert_eq!(kind(404, "ENTITY_IS_DELETED"), Kind::NotFound);
    assert_eq!(kind(404, "NOT_FOUND"), Kind::NotFound);
    assert_eq!(kind(400, "INVALID_FIELD"), Kind::NotFound);
    assert_eq!(kind(400, "DUPLICATE_VALUE"), Kind::Duplicate);
    assert_eq!(kind(400, "DUPLICATES_DETECTED"), Kind::Rejected { field: None });
    assert_eq!(kind(403, "INSUFFICIENT_ACCESS"), Kind::Denied);
    assert_eq!(kind(400, "INSUFFICIENT_ACCESS_OR_READONLY"), Kind::Denied);
    let code = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY";
    let denied = failure(code, "entity type cannot be inserted: Contact", &[]);
    assert_eq!(error(400, &denied, None, None).kind, Kind::Denied);
    assert_eq!(kind(400, code), Kind::Rejected { field: None });
    assert_eq!(kind(503, "SERVER_UNAVAILABLE"), Kind::Unavailable);
    assert_eq!(kind(500, "UNKNOWN_EXCEPTION"), Kind::Unknown);
    assert_eq!(kind(300, ""), Kind::Rejected { field: None });
    let nowhere = failure("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", &[]);
    let change = update("account", Record::Id(ACME.into()), &[]);
    assert_eq!(error(400, &nowhere, None, Some(&change)).kind, Kind::NotFound);
    let made = create("contact", &[]);
    assert_eq!(error(400, &nowhere, None, Some(&made)).kind, Kind::Rejected { field: None });
    // Salesforce's words go into the details, and nowhere else.
    let failed = error(400, &failure("STRING_TOO_LONG", "secret", &[]), None, Some(&made));
    assert!(!failed.to_string().contains("secret") && failed.details.unwrap().contains("secret"));
}

#[test]
fn an_error_that_names_no_fields_is_read_all_the_same() {
    for fields in [json!(null), json!([])] {
        let body = json!([{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain", "fields": fields}]);
        assert_eq!(error(400, &body, None, None).kind, AdapterErrorKind::Locked);
    }
    let body = json!([{"errorCode": "DUPLICATE_VALUE", "message": null}]);
    assert_eq!(error(400, &body, None, None).kind, AdapterErrorKind::Duplicate);
}
