//! Statements and their answers: "Using Relationship Queries", "TYPEOF".

use engage_engine::adapter::{AdapterErrorKind, Query, Row};
use engage_engine::model::{Direction, Operator};
use engage_engine::value::Value;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::{ACME, MIA, catalog, describe, entity, metadata, query, sorted, test, text, with};
use crate::salesforce::answer::{page, strip};
use crate::salesforce::metadata::{Metadata, object};
use crate::salesforce::query::{Nested, reading};
use crate::salesforce::statement::statement;

fn says(query: &Query, wanted: &str) {
    let metadata = metadata();
    assert_eq!(statement(&reading(&metadata, query).unwrap()).unwrap(), wanted);
}

fn rows(query: &Query, records: Json) -> Vec<Row> {
    let metadata = metadata();
    let reading = reading(&metadata, query).unwrap();
    let mut page = page(&reading, &json!({"totalSize": 1, "done": true, "records": records})).unwrap();
    strip(&reading, &mut page.rows);
    page.rows
}

fn shown(row: &Row, field: &str) -> Json {
    row.values[field].to_json()
}

#[test]
fn fields_filter_order_and_limit() {
    says(&query("account", &["Name", "Id"]), "SELECT Id, acct_name FROM acct ORDER BY Id");
    let filter = Some(test("Name", Operator::StartsWith, vec![text("A")]));
    let query = Query { filter, limit: Some(3), ..sorted(query("account", &["Size"]), "Name", Direction::Descending) };
    says(
        &query,
        "SELECT Id, acct_size FROM acct WHERE acct_name LIKE 'A%' ORDER BY acct_name DESC NULLS LAST, Id LIMIT 3",
    );
}

#[test]
fn what_the_wire_cannot_order_is_ordered_here() {
    // Picklists sort as the administrator arranged them ("ORDER BY").
    let query = Query { limit: Some(1), ..sorted(query("account", &["Name"]), "Stage", Direction::Ascending) };
    says(&query, "SELECT Id, acct_name, acct_stage FROM acct");
    let records = json!([
        {"Id": "001000000000002AAA", "acct_name": "b", "acct_stage": "2"},
        {"Id": "001000000000001AAA", "acct_name": "a", "acct_stage": "1"},
    ]);
    let rows = rows(&query, records);
    assert_eq!(rows.iter().map(|row| shown(row, "Name")).collect::<Vec<_>>(), [json!("a")]);
    assert!(!rows[0].values.contains_key("Stage"));
}

#[test]
fn parents_by_paths_and_children_by_subqueries() {
    let account = with(
        query("account", &["Name"]),
        vec![(
            "Id",
            "AccountId",
            Query { limit: Some(2), ..sorted(query("contact", &["LastName"]), "Rank", Direction::Descending) },
        )],
    );
    says(
        &account,
        "SELECT Id, acct_name, (SELECT Id, cont_last FROM Conts ORDER BY cont_rank DESC NULLS LAST, Id LIMIT 2) \
         FROM acct ORDER BY Id",
    );
    let contact = with(
        query("contact", &["LastName"]),
        vec![(
            "AccountId",
            "Id",
            with(query("account", &["Name"]), vec![("PrimaryId", "Id", query("contact", &["Email"]))]),
        )],
    );
    says(
        &contact,
        "SELECT Id, cont_last, Account.Id, Account.acct_name, Account.PrimaryContact.Id, \
         Account.PrimaryContact.cont_mail FROM cont ORDER BY Id",
    );
    let nested = with(query("account", &[]), vec![("Id", "AccountId", contact)]);
    says(
        &nested,
        "SELECT Id, (SELECT Id, cont_last, Account.Id, Account.acct_name, Account.PrimaryContact.Id, \
         Account.PrimaryContact.cont_mail FROM Conts ORDER BY Id) FROM acct ORDER BY Id",
    );
    let records = json!([
        {"Id": ACME, "acct_name": "Acme", "Conts": {"totalSize": 1, "done": true, "records": [
            {"Id": MIA, "cont_last": "Mia", "Account": null}]}},
        {"Id": "001000000000002AAA", "acct_name": null, "Conts": null},
    ]);
    let rows = rows(&nested, records);
    assert_eq!(rows[0].joined[0][0].id, MIA);
    assert!(rows[0].joined[0][0].joined[0].is_empty());
    assert!(rows[1].joined[0].is_empty());
}

#[test]
fn two_joins_through_one_relationship_are_told_apart_here() {
    let named = |name| Query {
        filter: Some(test("LastName", Operator::Equals, vec![text(name)])),
        limit: Some(1),
        ..query("contact", &["Email"])
    };
    let account = with(query("account", &[]), vec![("Id", "AccountId", named("a")), ("Id", "AccountId", named("b"))]);
    says(
        &account,
        "SELECT Id, (SELECT Id, cont_mail, cont_last FROM Conts WHERE (cont_last = 'a') OR (cont_last = 'b')) \
         FROM acct ORDER BY Id",
    );
    let contact = |id: &str, name: &str| json!({"Id": id, "cont_last": name, "cont_mail": name});
    let contacts =
        [contact("003000000000003AAA", "A"), contact("003000000000001AAA", "a"), contact("003000000000002AAA", "b")];
    let records = json!([{"Id": ACME, "Conts": {"done": true, "records": contacts}}]);
    let rows = rows(&account, records);
    let ids: Vec<Vec<&str>> =
        rows[0].joined.iter().map(|rows| rows.iter().map(|row| row.id.as_str()).collect()).collect();
    assert_eq!(ids, [["003000000000001AAA"], ["003000000000002AAA"]]);
    assert!(!rows[0].joined[0][0].values.contains_key("LastName"));
}

#[test]
fn a_filter_behind_a_path_is_applied_here() {
    let acme = Query { filter: Some(test("Name", Operator::Equals, vec![text("acme")])), ..query("account", &[]) };
    let contact = with(query("contact", &[]), vec![("AccountId", "Id", acme)]);
    says(&contact, "SELECT Id, Account.Id, Account.acct_name FROM cont ORDER BY Id");
    let of = |name: &str| json!({"Id": MIA, "Account": {"Id": ACME, "acct_name": name}});
    let rows = rows(&contact, json!([of("Acme"), of("Beta")]));
    assert_eq!(rows.iter().map(|row| row.joined[0].len()).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn a_polymorphic_reference_shows_only_what_the_field_is_about() {
    let notes = query("note", &["AccountId", "ContactId"]);
    says(&notes, "SELECT Id, note_about, About.Type FROM note ORDER BY Id");
    let note = |about: Json, behind: Json| json!({"Id": "00N000000000001AAA", "note_about": about, "About": behind});
    let by_path = json!({"attributes": {"type": "Name"}, "Type": "cont"});
    let records = json!([
        note(json!(ACME), json!({"attributes": {"type": "acct"}, "Type": "acct"})),
        note(json!(MIA), by_path),
        // Who may not see what is behind still sees the id.
        note(json!(MIA), Json::Null),
        note(Json::Null, Json::Null),
    ]);
    let rows = rows(&notes, records);
    let about: Vec<[Json; 2]> = rows.iter().map(|row| [shown(row, "AccountId"), shown(row, "ContactId")]).collect();
    let nothing = Json::Null;
    assert_eq!(about[0], [json!(ACME), nothing.clone()]);
    assert_eq!(about[1], [nothing.clone(), json!(MIA)]);
    assert_eq!(about[2], [nothing.clone(), json!(MIA)]);
    assert_eq!(about[3], [nothing.clone(), nothing]);
}

#[test]
fn a_polymorphic_parent_is_asked_for_by_its_object() {
    let account = with(query("account", &["Name"]), vec![("PrimaryId", "Id", query("contact", &["LastName"]))]);
    let notes = with(
        query("note", &["AccountId", "Title"]),
        vec![("AccountId", "Id", account), ("ContactId", "Id", query("contact", &["LastName"]))],
    );
    says(
        &notes,
        "SELECT Id, note_about, note_title, TYPEOF About WHEN acct THEN Id, acct_name, PrimaryContact.Id, \
         PrimaryContact.cont_last WHEN cont THEN Id, cont_last END FROM note ORDER BY Id",
    );
    let acme = json!({"attributes": {"type": "acct"}, "Id": ACME, "acct_name": "Acme", "PrimaryContact": null});
    let rows =
        rows(&notes, json!([{"Id": "00N000000000001AAA", "note_about": ACME, "note_title": "n", "About": acme}]));
    assert_eq!(rows[0].joined.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(shown(&rows[0], "AccountId"), json!(ACME));
}

#[test]
fn what_no_statement_reaches_is_read_apart() {
    // Children of a parent: a subquery is about children of what stands behind the outer FROM.
    let account = with(query("account", &[]), vec![("Id", "AccountId", query("contact", &[]))]);
    let contact = with(query("contact", &[]), vec![("AccountId", "Id", account)]);
    says(&contact, "SELECT Id, Account.Id FROM cont ORDER BY Id");
    // A relationship without a name cannot be asked for; a text with an id in it is no relationship.
    let contact = with(query("contact", &[]), vec![("Id", "PrimaryId", query("account", &[]))]);
    let metadata = metadata();
    assert!(matches!(reading(&metadata, &contact).unwrap().joins[0], Nested::Apart(_)));
    let mut texts = describe("cont").unwrap();
    texts["fields"][4] = super::column("cont_acct", "string", json!({}));
    let metadata = Metadata::new(
        [object("cont", &texts).unwrap(), object("acct", &describe("acct").unwrap()).unwrap()],
        &catalog(),
        "salesforce",
    );
    let contact = with(query("contact", &[]), vec![("AccountId", "Id", query("account", &[]))]);
    let reading = reading(&metadata, &contact).unwrap();
    assert_eq!(statement(&reading).unwrap(), "SELECT Id, cont_acct FROM cont ORDER BY Id");
    assert!(matches!(reading.joins[0], Nested::Apart(_)));
}

#[test]
fn five_levels_down_in_one_statement() {
    let below = |levels: usize| {
        (1..levels).fold(query("contact", &[]), |below, level| {
            let (name, field) = if level % 2 == 1 { ("account", "AccountId") } else { ("contact", "PrimaryId") };
            with(query(name, &[]), vec![("Id", field, below)])
        })
    };
    // The describe has no name for accounts of a primary contact: give it one.
    let mut named = describe("cont").unwrap();
    named["childRelationships"] = json!([super::child("acct", "acct_primary", Some("Accts"))]);
    let metadata = Metadata::new(
        [object("cont", &named).unwrap(), object("acct", &describe("acct").unwrap()).unwrap()],
        &catalog(),
        "salesforce",
    );
    let subqueries = |levels| {
        let query = below(levels);
        statement(&reading(&metadata, &query).unwrap()).unwrap().matches("(SELECT").count()
    };
    assert_eq!((subqueries(5), subqueries(6)), (4, 4));
}

#[test]
fn values_of_every_type() {
    let all = ["Active", "Founded", "Revenue", "Score", "Seen", "Size", "Stage", "Tags", "Number"];
    let records = json!([{
        "Id": "001000000000001", "acct_active": true, "acct_founded": "1999-12-31", "acct_revenue": 1.234567890E7,
        "acct_score": 0.25, "acct_seen": "2026-11-24T09:00:00.000+0000", "acct_size": 3.0, "acct_stage": "2",
        "acct_tags": "l;g;unknown", "acct_no": null,
    }]);
    let rows = rows(&query("account", &all), records);
    let value = |field: &str| rows[0].values[field].clone();
    assert_eq!(rows[0].id, ACME);
    assert!(value("Revenue").same(&Value::Decimal(Decimal::new(1_234_567_890, 2))));
    assert_eq!(value("Seen"), Value::DateTime("2026-11-24T09:00:00Z".parse().unwrap()));
    assert_eq!(value("Size"), Value::Int(3));
    assert_eq!(value("Stage"), Value::Choice("Won".into()));
    assert_eq!(value("Tags"), Value::MultiChoice(vec!["Gold".into(), "Local".into(), "unknown".into()]));
    assert_eq!(value("Number"), Value::Null);
    assert_eq!(value("Founded"), Value::Date("1999-12-31".parse().unwrap()));
    assert_eq!((value("Active"), value("Score")), (Value::Boolean(true), Value::Double(0.25)));
}

#[test]
fn a_column_of_another_type_names_its_field() {
    let metadata = metadata();
    let query = query("account", &["Size"]);
    let reading = reading(&metadata, &query).unwrap();
    let result = json!({"done": true, "records": [{"Id": ACME, "acct_size": "secret"}]});
    let error = page(&reading, &result).unwrap_err();
    assert_eq!(error.kind, AdapterErrorKind::Rejected { field: Some("Size".to_owned()) });
    assert!(!error.details.unwrap().contains("secret"));
}

#[test]
fn a_page_that_is_not_done_is_truncated() {
    let metadata = metadata();
    let account = with(query("account", &[]), vec![("Id", "AccountId", query("contact", &[]))]);
    let reading = reading(&metadata, &account).unwrap();
    let child = json!({"done": false, "nextRecordsUrl": "/services/data/v66.0/query/x-1", "records": []});
    let result = json!({"done": true, "records": [{"Id": ACME, "Conts": child}]});
    assert!(page(&reading, &result).unwrap().truncated);
}

#[test]
fn what_the_organisation_does_not_have_is_not_asked_for() {
    let metadata = Metadata::new([object("acct", &describe("acct").unwrap()).unwrap()], &catalog(), "salesforce");
    let kind = |query: &Query| reading(&metadata, query).and_then(|reading| statement(&reading)).unwrap_err().kind;
    assert_eq!(kind(&query("contact", &[])), AdapterErrorKind::NotFound);
    let mut entity = entity("account").as_ref().clone();
    let name = entity.position("Name").unwrap();
    entity.fields[name].read_column = Some("acct_name FROM User --".to_owned());
    let query = Query { entity: std::sync::Arc::new(entity), ..query("account", &["Name"]) };
    assert_eq!(kind(&query), AdapterErrorKind::NotFound);
}
