//! Rows that are not there: "Perform conditional operations" shows the words.

use engage_engine::adapter::{AdapterErrorKind, Record, Write, WriteAction};
use engage_engine::value::Value;

use super::{create, entity, value};
use crate::dataverse::error::error;

const ACME: &str = "00000000-0000-4000-8000-00000000acae";
const MIA: &str = "00000000-0000-4000-8000-0000000000a1";

#[test]
fn a_row_that_is_not_there_is_the_writes_own_or_one_that_it_refers_to() {
    let contact = entity("contact");
    let body = |id: &str| {
        format!("{{\"error\":{{\"code\":\"0x80040217\",\"message\":\"acct With Id = {id} Does Not Exist\"}}}}")
    };
    let kind = |id: &str, write: &Write| error(404, &body(id), None, Some(write)).kind;
    let account = value(&contact, "AccountId", Value::Id(ACME.to_owned()));
    let refers = create(&contact, None, vec![account.clone()]);
    let field = |name: &str| AdapterErrorKind::Rejected { field: Some(name.to_owned()) };
    assert_eq!(kind(&ACME.to_uppercase(), &refers), field("AccountId"));
    assert_eq!(kind(MIA, &refers), AdapterErrorKind::Rejected { field: None });
    let update = Write { action: WriteAction::Update { record: Record::Id(MIA.to_owned()), etag: None }, ..refers };
    assert_eq!(kind(MIA, &update), AdapterErrorKind::NotFound);
    assert_eq!(kind(ACME, &update), field("AccountId"));
}
