//! What hangs apart from records and travels along with them: "Comparison Operators", on semi-joins.

use engage_engine::adapter::Query;
use engage_engine::model::{Condition, Direction, Operator};

use super::{MIA, catalog, describe, id, metadata, query, sorted, test, text, with};
use crate::salesforce::early::readings;
use crate::salesforce::metadata::{Metadata, object};
use crate::salesforce::statement::statement;

/// The statements that travel together.
fn together(queries: &[Query]) -> Vec<String> {
    let metadata = metadata();
    let (roots, early) = readings(&metadata, queries).unwrap();
    let early = early.iter().map(|early| statement(&early.reading(&metadata).unwrap()).unwrap());
    roots.iter().map(|root| statement(root).unwrap()).chain(early).collect()
}

/// Contacts with the accounts whose primary contact they are: a relationship without a name.
fn contacts(filter: Option<Condition<engage_engine::Value>>) -> Query {
    let named = Some(test("Name", Operator::Equals, vec![text("Acme")]));
    let accounts = sorted(Query { filter: named, ..query("account", &["Name"]) }, "Name", Direction::Ascending);
    Query { filter, ..with(query("contact", &[]), vec![("Id", "PrimaryId", accounts)]) }
}

#[test]
fn children_are_asked_for_by_the_ids_of_their_parents_where_these_are_named() {
    let named = together(&[contacts(Some(test("Id", Operator::Equals, vec![id(MIA)])))]);
    assert_eq!(
        named,
        [
            format!("SELECT Id FROM cont WHERE Id = '{MIA}' ORDER BY Id"),
            format!(
                "SELECT Id, acct_name, acct_primary FROM acct \
                 WHERE acct_primary IN ('{MIA}') AND acct_name = 'Acme' ORDER BY acct_name ASC NULLS FIRST, Id"
            ),
        ]
    );
}

#[test]
fn children_are_asked_for_by_what_their_parents_are_where_nobody_names_them() {
    let found = together(&[contacts(Some(test("LastName", Operator::Equals, vec![text("O'Hara")])))]);
    assert_eq!(
        found,
        [
            "SELECT Id FROM cont WHERE cont_last = 'O\\'Hara' ORDER BY Id",
            "SELECT Id, acct_name, acct_primary FROM acct WHERE (acct_name = 'Acme') \
             AND acct_primary IN (SELECT Id FROM cont WHERE cont_last = 'O\\'Hara') ORDER BY Id",
        ]
    );
}

/// All of them, some of them, or by a path, which no semi-join takes: the children wait until the parents are known.
#[test]
fn parents_that_a_semi_join_cannot_tell_come_first() {
    assert_eq!(together(&[contacts(None)]).len(), 1);
    let some = Query { limit: Some(3), ..contacts(Some(test("LastName", Operator::IsNotNull, Vec::new()))) };
    assert_eq!(together(&[some]).len(), 1);
    let none = contacts(Some(test("Id", Operator::In, Vec::new())));
    assert_eq!(together(&[none]).len(), 1);
    let six: Vec<Query> = (0..6).map(|_| contacts(Some(test("LastName", Operator::IsNull, Vec::new())))).collect();
    assert_eq!(together(&six).len(), 6, "a composite has room for five queries");
}

/// "The inner and outer selects should not be on the same object type".
#[test]
fn children_of_their_own_kind_wait_for_their_parents() {
    let mut account = describe("acct").unwrap();
    let columns = account["fields"].as_array_mut().unwrap();
    let primary = columns.iter_mut().find(|column| column["name"] == "acct_primary").unwrap();
    primary["referenceTo"] = serde_json::json!(["acct"]);
    let metadata = Metadata::new([object("acct", &account).unwrap()], &catalog(), "salesforce");
    let parents = Query { filter: Some(test("Name", Operator::Equals, vec![text("Acme")])), ..query("account", &[]) };
    let queries = [with(parents, vec![("Id", "PrimaryId", query("account", &["Name"]))])];
    let (roots, early) = readings(&metadata, &queries).unwrap();
    assert_eq!((roots.len(), early.len()), (1, 0));
}
