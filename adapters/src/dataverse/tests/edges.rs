//! Numbers of rows and of requests at the edges of what one request takes.

use std::time::Duration;

use engage_engine::adapter::AdapterErrorKind;
use engage_engine::model::{Direction, Operator, WireValue};
use engage_engine::value::Value;
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::{create, decoded, entity, group, metadata, plain, position, targets, test, value};
use crate::dataverse::batch::answers;
use crate::dataverse::{answer, outcome, query, write};
use crate::http::Reply;

#[test]
fn more_rows_than_a_page_holds_are_paged() {
    let contact = entity("contact");
    let metadata = metadata();
    let lowered = |limit, exact: bool| {
        let mut query = plain(&contact, &["LastName"]);
        query.sort = Some((position(&contact, "LastName"), Direction::Ascending));
        query.limit = Some(limit);
        let whole = Value::Id("no guid".to_owned());
        query.filter = (!exact).then(|| test("Email", Operator::Contains, vec![whole]));
        let lowered = query::lower(&metadata, &query).unwrap();
        (decoded(&lowered.target).contains("$top="), lowered.reading.local.limit, lowered.reading.enough())
    };
    assert_eq!(lowered(5000, true), (true, None, usize::MAX));
    assert_eq!(lowered(5001, true), (false, Some(5001), 5001));
    // Where rows are dropped here, how many come is no measure.
    assert_eq!(lowered(3, false), (false, Some(3), usize::MAX));
    assert_eq!(lowered(9000, false), (false, Some(9000), usize::MAX));
}

#[test]
fn a_request_inside_a_batch_says_itself_how_long_to_wait() {
    let contact = entity("contact");
    let mut writes = group(vec![create(&contact, None, vec![value(&contact, "LastName", Value::String("L".into()))])]);
    writes.atomic = false;
    let metadata = std::sync::Arc::new(metadata());
    let parts = write::lower(&metadata, &targets(), &writes).unwrap();
    let error = r#"{"error":{"code":"0x80072322","message":"Number of requests exceeded"}}"#;
    let body = format!(
        "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n\r\n{error}\r\n--b--\r\n"
    );
    assert_eq!(answers("multipart/mixed; boundary=b", &body).unwrap()[0].retry_after(), Some(Duration::from_secs(7)));
    let kind = "multipart/mixed; boundary=b".parse().unwrap();
    let headers = std::iter::once((reqwest::header::CONTENT_TYPE, kind)).collect();
    let reply = Reply { status: 200, headers, body: body.into_bytes() };
    let failed = outcome::read(&metadata, &writes, &parts, &reply).unwrap().remove(0).unwrap_err();
    assert_eq!(failed.kind, AdapterErrorKind::Throttled { after: Some(Duration::from_secs(7)) });
}

#[test]
fn a_decimal_may_come_with_an_exponent() {
    let account = entity("account");
    let root = plain(&account, &["Revenue"]);
    let metadata = metadata();
    let lowered = query::lower(&metadata, &root).unwrap();
    let read = |number: &str| {
        let rows: Vec<Json> = serde_json::from_str(&format!(r#"[{{"Id": "i", "acct_revenue": {number}}}]"#)).unwrap();
        let page = answer::page(&lowered.reading, &rows, &targets());
        page.map(|page| page.rows[0].values["Revenue"].clone()).map_err(|failed| failed.kind)
    };
    let is = |text: &str| Ok(Value::Decimal(text.parse::<Decimal>().unwrap()));
    assert_eq!(read("1e-5"), is("0.00001"));
    assert_eq!(read("1.5E+3"), is("1500"));
    assert_eq!(read("79228162514264337593543950335"), is("79228162514264337593543950335"));
    assert_eq!(read("1e40"), Err(AdapterErrorKind::Rejected { field: Some("Revenue".to_owned()) }));
}

#[test]
fn what_the_wire_sorts_otherwise_is_sorted_here() {
    let account = entity("account");
    let metadata = metadata();
    let lowered = |field: &str, direction| {
        let mut query = plain(&account, &["Name"]);
        query.sort = Some((position(&account, field), direction));
        query.limit = Some(1);
        query
    };
    for field in ["Stage", "Tags", "PrimaryId"] {
        let query = lowered(field, Direction::Descending);
        let lowered = query::lower(&metadata, &query).unwrap();
        let target = decoded(&lowered.target);
        assert!(target.ends_with("$orderby=Id") && !target.contains("$top="), "{target}");
    }
    // The numbers of the choices are in another order than their names.
    let query = lowered("Stage", Direction::Ascending);
    let stages = &account.field("Stage").unwrap().choices;
    let mut rows: Vec<Json> = Vec::new();
    for (at, choice) in stages.iter().enumerate() {
        let number = Json::from(at.to_string());
        rows.push(serde_json::json!({"Id": number, "acct_stage": wire(choice)}));
    }
    let page = answer::page(&query::lower(&metadata, &query).unwrap().reading, &rows, &targets()).unwrap();
    let first = stages.iter().map(|choice| choice.name.to_lowercase()).enumerate().min_by_key(|(_, name)| name.clone());
    assert_eq!(page.rows.len(), 1);
    assert_eq!(page.rows[0].id, first.unwrap().0.to_string());
    let id = lowered("Id", Direction::Descending);
    assert!(decoded(&query::lower(&metadata, &id).unwrap().target).contains("$orderby=Id desc&$top=1"));
}

fn wire(choice: &engage_engine::model::Choice) -> Json {
    match choice.wire_value() {
        WireValue::Int(number) => number.into(),
        WireValue::Text(text) => text.into(),
        WireValue::Boolean(flag) => flag.into(),
    }
}
