//! The text of queries, and answers folded.

use engage_engine::adapter::{Join, Query};
use engage_engine::model::{Condition, Direction, Operator};
use engage_engine::value::Value;
use serde_json::json;

use super::super::tests::{entity, metadata, position, test, text};
use super::{lower, page};

const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";

fn query(name: &str, fields: &[&str]) -> Query {
    let entity = entity(name);
    let mut select: Vec<usize> = fields.iter().map(|field| position(&entity, field)).collect();
    select.sort_unstable();
    Query { entity, select, filter: None, sort: None, limit: None, joins: Vec::new() }
}

fn join(parent: &Query, from: &str, to: &str, child: Query) -> Join {
    Join { parent_field: position(&parent.entity, from), child_field: position(&child.entity, to), query: child }
}

/// Accounts with the contacts of their name, their notes, and the primary contact.
fn namesakes() -> Query {
    let mut account = query("account", &["Name", "Active", "PrimaryId"]);
    let mut contacts = query("contact", &["Rank"]);
    contacts.filter = Some(test("Rank", Operator::NotIn, vec![Value::Int(1), Value::Int(2)]));
    contacts.joins = vec![join(&contacts, "Id", "ContactId", query("note", &["Title", "ContactId"]))];
    account.joins = vec![
        join(&account, "Name", "LastName", contacts),
        join(&account, "PrimaryId", "Id", query("contact", &["LastName"])),
    ];
    account
}

fn decoded(target: &str) -> String {
    percent_encoding::percent_decode_str(target).decode_utf8().unwrap().replace("><", ">\n<")
}

#[test]
fn a_query_by_value_is_one_document() {
    let (mut account, metadata) = (namesakes(), metadata());
    account.sort = Some((position(&account.entity, "Size"), Direction::Descending));
    account.filter = Some(Condition::Or(vec![
        test("Name", Operator::Contains, vec![text("50%_[a]&<")]),
        test("Active", Operator::NotEquals, vec![Value::Boolean(true)]),
        test("PrimaryId", Operator::In, vec![Value::Id(A.to_uppercase()), Value::Id("no guid".into())]),
        test("Number", Operator::In, vec![text(" "), text("x")]),
        test("Stage", Operator::Equals, vec![Value::Choice("Won".into())]),
        test("Tags", Operator::Contains, vec![Value::Choice("Gold".into())]),
    ]));
    let lowered = lower(&metadata, &account).unwrap();
    insta::assert_snapshot!(decoded(&lowered.target(2)));
}

#[test]
fn combinations_are_folded_and_nothing_stays_nothing() {
    let (query, metadata) = (namesakes(), metadata());
    let lowered = lower(&metadata, &query).unwrap();
    let row = |contact: Option<(&str, i64)>, note: Option<&str>| {
        let mut row = json!({"@odata.etag": "W/\"7\"", "Id": A, "acct_name": "Mia", "acct_active": true, "_acct_primary_value": B});
        if let Some((id, rank)) = contact {
            row["l1.Id"] = json!(id);
            row["l1.cont_rank"] = json!(rank);
        }
        if let Some(note) = note {
            row["l2.Id"] = json!(note);
            row["l2.note_title"] = json!(format!("about {note}"));
            row["l2.note_about"] = json!(contact.unwrap().0);
            row["l2.note_about@Microsoft.Dynamics.CRM.lookuplogicalname"] = json!("cont");
        }
        row["l3.Id"] = json!(B);
        row
    };
    let rows = [
        row(Some((B, 4)), Some("n2")),
        row(Some((A, 3)), None),
        row(Some((B, 4)), Some("n1")),
        row(Some((A, 1)), None),
    ];
    let targets = crate::conformance::catalog(&"dataverse".parse().unwrap());
    let targets = targets.entities("dataverse").map(|entity| (entity.id.clone(), entity.crm_type.clone())).collect();
    let found = page(&lowered.root, &rows, &targets).unwrap();
    let [account] = found.rows.as_slice() else { panic!("{found:?}") };
    assert_eq!(account.etag.as_deref(), Some("W/\"7\""));
    let ids = |rows: &[engage_engine::adapter::Row]| rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>();
    assert_eq!(
        (ids(&account.joined[0]), ids(&account.joined[1])),
        (vec![A.to_owned(), B.to_owned()], vec![B.to_owned()])
    );
    assert_eq!(ids(&account.joined[0][1].joined[0]), ["n1", "n2"]);
    assert!(account.joined[0][0].joined[0].is_empty());
    let note = &account.joined[0][1].joined[0][0];
    assert_eq!(note.values["ContactId"], Value::Id(B.to_owned()));
    assert_eq!((note.etag.as_ref(), account.joined[1][0].values["LastName"].clone()), (None, Value::Null));

    let nobody = page(&lowered.root, &[json!({"Id": A, "acct_name": "Leo"})], &targets).unwrap();
    assert!(nobody.rows[0].joined.iter().all(Vec::is_empty));
}
