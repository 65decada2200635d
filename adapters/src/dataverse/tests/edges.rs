//! Numbers of rows and of requests at the edges of what one request takes.

use std::time::Duration;

use engage_engine::adapter::AdapterErrorKind;
use engage_engine::value::Value;

use super::{create, decoded, entity, group, metadata, plain, position, targets, test, value};
use crate::dataverse::batch::answers;
use crate::dataverse::{outcome, query, write};
use crate::http::Reply;
use engage_engine::model::{Direction, Operator};

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
