//! Statements that would be too long travel in pieces.

use engage_engine::adapter::Adapter;
use engage_engine::model::{Direction, Operator};
use serde_json::{Value as Json, json};

use super::http::{adapter, application, records};
use super::stub::Stub;
use super::{query, sorted, test, text};

fn composite(answers: &[Json]) -> Json {
    let answers = answers.iter().enumerate().map(|(number, body)| {
        json!({"body": body, "httpHeaders": {}, "httpStatusCode": 200, "referenceId": format!("q{number}")})
    });
    json!({ "compositeResponse": answers.collect::<Vec<_>>() })
}

fn contact(number: usize, name: &str) -> Json {
    json!({"Id": format!("003{number:012}AAA"), "cont_last": name})
}

#[tokio::test]
async fn a_long_list_is_a_composite_of_queries() {
    let first = records(json!([contact(4, "d"), contact(1, "a")]));
    let second = records(json!([contact(3, "c"), contact(4, "d"), contact(2, "b")]));
    let stub = Stub::start([(200, composite(&[first, second]))]).await;
    let adapter = adapter(&stub);
    let names = (0..2000).map(|number| text(&format!("{number:060}"))).collect();
    let mut asked = sorted(query("contact", &["Email"]), "LastName", Direction::Descending);
    asked.filter = Some(test("LastName", Operator::In, names));
    asked.limit = Some(3);
    let pages = adapter.read(&application(), std::slice::from_ref(&asked)).await.unwrap();
    let ids: Vec<&str> = pages[0].rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["003000000000004AAA", "003000000000003AAA", "003000000000002AAA"]);
    assert!(!pages[0].rows[0].values.contains_key("LastName"), "what it was sorted by was not asked for");

    let seen = stub.seen();
    assert_eq!(seen.len(), 1);
    let body: Json = serde_json::from_str(&seen[0].body).unwrap();
    let asked_for = body["compositeRequest"].as_array().unwrap();
    assert_eq!(asked_for.len(), 2);
    assert!(asked_for.iter().all(|part| part["url"].as_str().unwrap().ends_with("LIMIT%203")));
    let shown = adapter.preview_read(&[asked]).unwrap();
    assert_eq!((shown.len(), &shown[0].target, &shown[0].body), (1, &seen[0].target, &seen[0].body));
}
