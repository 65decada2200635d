//! Conditions that are longer than an address may be, over HTTP: in pieces of one batch, and the answer is the same.

use engage_engine::adapter::{Adapter, Query};
use engage_engine::model::{Condition, Direction, Operator, Test};
use engage_engine::value::Value;
use serde_json::{Value as Json, json};

use crate::environment::{Environment, id};

const MODEL: &str = r#"
entity contact "Contact" on dataverse contact {
  Id        -> contactid
  LastName  -> lastname  required
  Email     -> emailaddress1
  Account   -> parentcustomerid  ref account via parentcustomerid_account
}

entity account "Account" on dataverse account {
  Id   -> accountid
  Name -> name  required
}

pattern people "People" {
  as application "a test"
  contacts[] : contact root
}
"#;

/// A name that is four times as long in an address.
fn name(number: usize) -> String {
    format!("{number:04}{}", "ä".repeat(30))
}

async fn environment() -> Environment {
    let contacts: Vec<Json> = (0..60)
        .map(|number| json!({"Id": id(1000 + number), "LastName": name(number / 2), "Account": id(1)}))
        .collect();
    Environment::start(MODEL, &[("account", json!([{"Id": id(1), "Name": "Acme"}])), ("contact", json!(contacts))])
        .await
}

fn test(field: &str, operator: Operator, operands: Vec<Value>) -> Condition<Value> {
    Condition::Test(Test { field: field.parse().unwrap(), operator, operands })
}

/// Every other name, in capitals, and as many that nobody has.
fn names(count: usize) -> Vec<Value> {
    (0..count).map(|number| Value::String(name(number * 2).to_uppercase())).collect()
}

fn query(environment: &Environment, filter: Condition<Value>, limit: Option<u32>) -> Query {
    let entity = environment.catalog.entity("dataverse", "contact").unwrap().clone();
    let position = |name: &str| entity.position(name).unwrap();
    let (select, sort) = (vec![position("Account")], Some((position("LastName"), Direction::Descending)));
    Query { select, sort, entity, filter: Some(filter), limit, joins: Vec::new() }
}

#[tokio::test]
async fn a_long_list_is_one_batch_and_answers_as_any() {
    let environment = environment().await;
    let (crm, call) = (&environment.crm, environment.call());
    let listed = |count| test("LastName", Operator::In, names(count));
    let either = Condition::Or(vec![listed(500), test("LastName", Operator::Equals, vec![Value::String(name(1))])]);
    let guarded = Condition::And(vec![either.clone(), test("Email", Operator::IsNull, vec![])]);
    // In requests: one of its own, one in a batch, and in pieces.
    let sizes = [
        (listed(100), "GET", 1),
        (listed(300), "POST", 1),
        (listed(500), "POST", 2),
        (either, "POST", 3),
        (guarded, "POST", 3),
    ];
    for (filter, method, parts) in sizes {
        for limit in [None, Some(7)] {
            let asked = [query(&environment, filter.clone(), limit)];
            let expected = environment.memory.read(&call, &asked).await.unwrap();
            environment.running.clear_log();
            let found = crm.read(&call, &asked).await.unwrap();
            let rows = |pages: &[engage_engine::adapter::Page]| {
                pages[0].rows.iter().map(|row| (row.id.clone(), row.values.clone())).collect::<Vec<_>>()
            };
            assert_eq!(rows(&found), rows(&expected));
            assert_eq!(rows(&found).len(), limit.map_or(rows(&expected).len(), |limit| limit as usize));
            assert!(!found[0].truncated);
            let sent = environment.running.log();
            assert_eq!((sent.len(), sent[0].method.as_str()), (1, method), "{:?}", environment.requests());
            let shown = crm.preview_read(&asked).unwrap();
            assert_eq!((shown.len(), shown[0].method.as_str(), &shown[0].target), (1, method, &sent[0].target));
            let body = sent[0].body.clone().unwrap_or_default();
            // The log keeps only so much of a body.
            assert!(shown[0].body.starts_with(&body) && body.len() >= shown[0].body.len().min(60_000));
            assert_eq!(shown[0].body.matches("GET /api/data").count().max(1), parts);
        }
    }
}

#[tokio::test]
async fn what_is_no_list_of_alternatives_is_refused_unsent() {
    let environment = environment().await;
    let asked = [query(&environment, test("LastName", Operator::NotIn, names(500)), None)];
    let error = environment.crm.read(&environment.call(), &asked).await.unwrap_err();
    assert_eq!(error.to_string(), "Dataverse Web API v9.2 cannot ask so long a question");
    assert!(environment.crm.preview_read(&asked).is_err());
    assert!(environment.requests().is_empty());
}

#[tokio::test]
async fn a_read_by_many_long_names_is_one_trip_as_its_plan_says() {
    let environment = environment().await;
    let operands: Vec<Json> = (0..900).map(|number| json!(name(number))).collect();
    let input = json!({"contacts": {"$filter": {"field": "LastName", "operator": "In", "values": operands}}});
    let found = environment.read(&environment.crm, "people", &input).await.unwrap();
    assert_eq!(found.results().unwrap().matches.len(), 60);
    assert_eq!(environment.requests(), ["POST /api/data/v9.2/$batch"]);
    let expected = environment.read(&environment.memory, "people", &input).await.unwrap();
    assert_eq!(found.to_json(), expected.to_json());
}
