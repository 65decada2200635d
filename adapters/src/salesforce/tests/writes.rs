//! Groups on the wire: "Using Composite Graphs", "Send Multiple Requests Using Composite".

use engage_engine::adapter::{
    AdapterErrorKind, Back, EmbeddedWrite, Find, GroupError, Record, Write, WriteAction, WriteGroup, WriteValue,
};
use engage_engine::value::Value;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::{ACME, MIA, ROOT, entity, id, metadata, position, text};
use crate::salesforce::before::Before;
use crate::salesforce::write::{Lowered, lower};

pub(super) fn write(name: &str, action: WriteAction, fields: &[(&str, WriteValue)]) -> Write {
    let entity = entity(name);
    let mut fields: Vec<(usize, WriteValue)> =
        fields.iter().map(|(field, value)| (position(&entity, field), value.clone())).collect();
    fields.sort_by_key(|(position, _)| *position);
    Write { entity, action, fields, embedded: Vec::new() }
}

pub(super) fn set(field: &'static str, value: Value) -> (&'static str, WriteValue) {
    (field, WriteValue::Value(value))
}

pub(super) fn back(field: &'static str, position: usize) -> (&'static str, WriteValue) {
    (field, WriteValue::Back(Back(position)))
}

pub(super) fn create(name: &str, fields: &[(&str, WriteValue)]) -> Write {
    write(name, WriteAction::Create { id: None }, fields)
}

pub(super) fn update(name: &str, record: Record, fields: &[(&str, WriteValue)]) -> Write {
    write(name, WriteAction::Update { record, etag: None }, fields)
}

fn group(atomic: bool, writes: Vec<Write>) -> Result<Lowered, GroupError> {
    lower(&metadata(), ROOT, &WriteGroup { atomic, writes }, &Before::default())
}

/// The nodes of a graph.
fn nodes(writes: Vec<Write>) -> Vec<Json> {
    let lowered = group(true, writes).unwrap();
    let (resource, mut body) = (lowered.resource, lowered.body.unwrap());
    assert_eq!((resource, &body["graphs"][0]["graphId"]), ("composite/graph", &json!("g")));
    match body["graphs"][0]["compositeRequest"].take() {
        Json::Array(nodes) => nodes,
        _ => panic!("no nodes"),
    }
}

fn fails(writes: Vec<Write>) -> AdapterErrorKind {
    group(true, writes).unwrap_err().error.kind
}

#[test]
fn a_pattern_is_one_graph_whose_nodes_refer_to_each_other() {
    let key = vec![position(&entity("account"), "Number")];
    let nodes = nodes(vec![
        create("account", &[set("Name", text("Acme")), set("Number", Value::Null)]),
        create("contact", &[set("LastName", text("Mia")), back("AccountId", 0)]),
        update("account", Record::Back(Back(0)), &[back("PrimaryId", 1)]),
        write("account", WriteAction::Find(Find { key: key.clone() }), &[set("Number", text("7/8 %"))]),
        update("contact", Record::Id("003000000000001".into()), &[back("AccountId", 3), set("Email", Value::Null)]),
        write(
            "account",
            WriteAction::Upsert { key, update_only: true },
            &[set("Name", text("B")), set("Number", text("9"))],
        ),
        write("contact", WriteAction::Delete { record: Record::Id(MIA.into()), etag: None }, &[]),
        create("note", &[back("AccountId", 2), set("ContactId", Value::Null)]),
    ]);
    let wanted = json!([
        {"method": "POST", "url": "/services/data/v66.0/sobjects/acct", "referenceId": "w0",
         "body": {"acct_name": "Acme"}},
        {"method": "POST", "url": "/services/data/v66.0/sobjects/cont", "referenceId": "w1",
         "body": {"cont_acct": "@{w0.id}", "cont_last": "Mia"}},
        {"method": "PATCH", "url": "/services/data/v66.0/sobjects/acct/@{w0.id}", "referenceId": "w2",
         "body": {"acct_primary": "@{w1.id}"}},
        // What is found is a record, and says `Id`.
        {"method": "GET", "url": "/services/data/v66.0/sobjects/acct/acct_no/7%2F8%20%25", "referenceId": "w3"},
        {"method": "PATCH", "url": "/services/data/v66.0/sobjects/cont/003000000000001AAA", "referenceId": "w4",
         "body": {"cont_acct": "@{w3.Id}", "cont_mail": null}},
        {"method": "PATCH", "url": "/services/data/v66.0/sobjects/acct/acct_no/9?updateOnly=true", "referenceId": "w5",
         "body": {"acct_name": "B"}},
        {"method": "DELETE", "url": "/services/data/v66.0/sobjects/cont/003000000000001AAA", "referenceId": "w6"},
        {"method": "POST", "url": "/services/data/v66.0/sobjects/note", "referenceId": "w7",
         "body": {"note_about": "@{w0.id}"}},
    ]);
    assert_eq!(Json::Array(nodes), wanted);
}

#[test]
fn without_atomicity_it_is_one_composite() {
    let lowered = group(false, vec![create("account", &[set("Name", text("A"))])]).unwrap();
    let body = lowered.body.unwrap();
    assert_eq!((lowered.resource, lowered.refused.len()), ("composite", 0));
    assert_eq!((&body["allOrNone"], &body["compositeRequest"][0]["method"]), (&json!(false), &json!("POST")));
}

#[test]
fn values_of_every_type() {
    let fields = [
        set("Active", Value::Boolean(true)),
        set("Founded", Value::Date("1999-12-31".parse().unwrap())),
        set("Revenue", Value::Decimal(Decimal::new(12_345_678_901_234_567, 2))),
        set("Score", Value::Double(0.25)),
        set("Seen", Value::DateTime("2026-11-24T10:00:00+01:00".parse().unwrap())),
        set("Size", Value::Int(-42)),
        set("Stage", Value::Choice("Won".into())),
        set("Tags", Value::MultiChoice(vec!["Gold".into(), "Local".into()])),
    ];
    let body = nodes(vec![create("account", &fields)])[0]["body"].to_string();
    assert_eq!(
        body,
        r#"{"acct_active":true,"acct_founded":"1999-12-31","acct_revenue":123456789012345.67,"acct_score":0.25,"acct_seen":"2026-11-24T09:00:00Z","acct_size":-42,"acct_stage":"2","acct_tags":"g;l"}"#
    );
}

#[test]
fn of_a_polymorphic_column_the_target_that_is_set_wins() {
    let one =
        |fields: &[_]| nodes(vec![update("note", Record::Id("00N000000000001AAA".into()), fields)])[0]["body"].clone();
    assert_eq!(one(&[set("AccountId", id(ACME)), set("ContactId", Value::Null)]), json!({"note_about": ACME}));
    assert_eq!(one(&[set("AccountId", Value::Null), set("ContactId", id(MIA))]), json!({"note_about": MIA}));
    assert_eq!(one(&[set("ContactId", Value::Null)]), json!({"note_about": null}));
}

#[test]
fn read_and_write_columns_may_differ() {
    // As `AccountId -> AccountId write WhatId` of events.
    let mut account = entity("contact").as_ref().clone();
    let field = account.position("AccountId").unwrap();
    account.fields[field].write_column = Some("cont_mail".to_owned());
    let write = Write { entity: std::sync::Arc::new(account), ..create("contact", &[set("AccountId", id(ACME))]) };
    assert_eq!(nodes(vec![write])[0]["body"], json!({"cont_mail": ACME}));
}

#[test]
fn what_no_request_can_say_is_refused() {
    let unsupported = |kind: &AdapterErrorKind| matches!(kind, AdapterErrorKind::Unsupported { .. });
    let find = |field: &str, value: &str| {
        let key = vec![position(&entity("account"), field)];
        let fields = [(field, WriteValue::Value(text(value)))];
        vec![write("account", WriteAction::Find(Find { key }), &fields)]
    };
    assert!(unsupported(&fails(find("Name", "no external id"))));
    assert!(unsupported(&fails(find("Number", ".."))));
    assert!(unsupported(&fails(vec![
        create("account", &[set("Name", text("A"))]),
        create("contact", &[back("LastName", 0)])
    ])));
    let key = vec![position(&entity("meeting"), "Key")];
    let meeting = write("meeting", WriteAction::Upsert { key, update_only: false }, &[set("Key", text("k"))]);
    assert!(unsupported(&fails(vec![Write { embedded: parties(&[]), ..meeting }])));
    let alone = Write { embedded: parties(&[&[]]), ..create("meeting", &[]) };
    assert!(unsupported(&group(false, vec![alone]).unwrap_err().error.kind));
    let crowd: Vec<&[_]> = (0..500).map(|_| &[] as &[_]).collect();
    assert!(unsupported(&fails(vec![Write { embedded: parties(&crowd), ..create("meeting", &[]) }])));
    let nowhere = update("account", Record::Id("../Contact/1".into()), &[]);
    assert_eq!(fails(vec![nowhere]), AdapterErrorKind::NotFound);
}

#[test]
fn a_text_that_would_be_taken_for_a_reference_is_refused() {
    let text = create("account", &[set("Name", text("see @{w0.id}"))]);
    assert_eq!(fails(vec![text]), AdapterErrorKind::Rejected { field: Some("Name".to_owned()) });
}

/// A meeting's parties.
fn parties(rows: &[&[(&str, WriteValue)]]) -> Vec<EmbeddedWrite> {
    let rows = rows.iter().map(|fields| create("party", fields).fields).collect();
    vec![EmbeddedWrite { entity: entity("party"), rows }]
}

#[test]
fn embedded_records_are_made_and_replaced_beside_their_parent() {
    let rows: &[&[_]] =
        &[&[back("MeetingId", 0), set("Role", Value::Choice("host".to_owned()))], &[set("ContactId", id(MIA))]];
    let party = "/services/data/v66.0/sobjects/party";
    let made = nodes(vec![Write { embedded: parties(rows), ..create("meeting", &[set("Subject", text("S"))]) }]);
    let wanted = json!([
        {"method": "POST", "url": party, "referenceId": "w0_0_r0", "body": {"party_meet": "@{w0.id}", "party_role": "host"}},
        {"method": "POST", "url": party, "referenceId": "w0_0_r1", "body": {"party_cont": MIA, "party_meet": "@{w0.id}"}},
    ]);
    assert_eq!(json!(made[1..]), wanted);
    let meeting = "00U000000000001AAA";
    let update = update("meeting", Record::Id(meeting.into()), &[]);
    let group = WriteGroup {
        atomic: true,
        writes: vec![Write { embedded: parties(&[&[set("Role", Value::Choice("only".to_owned()))]]), ..update }],
    };
    let embedded = [((0, 0), vec!["0RE000000000001AAA".to_owned()])].into();
    let old = Before { embedded, ..Before::default() };
    let body = lower(&metadata(), ROOT, &group, &old).unwrap().body.unwrap();
    let wanted = json!([
        {"method": "PATCH", "url": format!("/services/data/v66.0/sobjects/meet/{meeting}"), "referenceId": "w0", "body": {}},
        {"method": "DELETE", "url": format!("{party}/0RE000000000001AAA"), "referenceId": "w0_0_d0"},
        {"method": "POST", "url": party, "referenceId": "w0_0_r0", "body": {"party_role": "only", "party_meet": meeting}},
    ]);
    assert_eq!(body["graphs"][0]["compositeRequest"], wanted);
}

#[test]
fn a_write_that_stands_alone_fails_alone() {
    let nowhere = || update("contact", Record::Id("nowhere".into()), &[set("LastName", text("L"))]);
    let lowered = group(false, vec![nowhere(), create("account", &[set("Name", text("A"))])]).unwrap();
    assert_eq!((lowered.refused[0].0, &lowered.refused[0].1.kind), (0, &AdapterErrorKind::NotFound));
    let body = lowered.body.unwrap();
    assert_eq!(body["compositeRequest"][0]["referenceId"], "w1");
    assert!(group(false, vec![nowhere()]).unwrap().body.is_none());
    assert_eq!(group(true, vec![create("account", &[]), nowhere()]).unwrap_err().culprit, Some(1));
}
