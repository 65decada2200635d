//! Random writes: what an index answers is what a look at every row would, and a group that fails leaves nothing.

use engage_adapters::memory::MemoryCrm;
use engage_engine::adapter::{Adapter, Query, Record, Write, WriteAction, WriteGroup};
use engage_engine::condition::matches;
use engage_engine::model::{Condition, Operator, Test};
use engage_engine::{FieldName, Identity, Value};
use futures_util::FutureExt;
use proptest::prelude::*;

use crate::support::{call, catalog, entity, id, memory, query, text, update, write};

/// An operation on one of a few contacts, with few values, so that they meet.
fn operation() -> impl Strategy<Value = Write> {
    let mail = prop::option::of(0..4_u8).prop_map(|mail| mail.map_or(Value::Null, |mail| text(&format!("M{mail}"))));
    let name = prop_oneof![Just("a"), Just("A"), Just("b")].prop_map(text);
    let account = prop::option::of(0..2_u8).prop_map(|at| at.map_or(Value::Null, |at| id(&format!("a{at}"))));
    (0..4_u8, 0..8_u8, mail, name, account).prop_map(|(kind, which, mail, name, account)| {
        let own = format!("c{which}");
        let fields = [("AccountId", account), ("Email", mail.clone()), ("LastName", name)];
        match kind {
            0 => write("contact", WriteAction::Create { id: Some(own) }, &fields),
            1 => update("contact", &own, &fields),
            2 => write("contact", WriteAction::Delete { record: Record::Id(own), etag: None }, &[]),
            _ if mail.is_null() => update("contact", &own, &fields),
            _ => {
                let key = vec![entity("contact").position("Email").unwrap()];
                write("contact", WriteAction::Upsert { key, update_only: false }, &fields)
            }
        }
    })
}

fn send(crm: &MemoryCrm, atomic: bool, writes: Vec<Write>) -> bool {
    let group = WriteGroup { atomic, writes };
    // Nothing in it waits.
    crm.write(&call(Identity::Application), &group).now_or_never().unwrap().is_ok()
}

fn found(crm: &MemoryCrm, filter: &Condition<Value>) -> Vec<String> {
    let query = Query { filter: Some(filter.clone()), ..query("contact", &[]) };
    let pages = crm.read(&call(Identity::Application), &[query]).now_or_never().unwrap().unwrap();
    pages[0].rows.iter().map(|row| row.id.clone()).collect()
}

fn tests() -> Vec<Condition<Value>> {
    let test = |field: &str, operator, operands| {
        Condition::Test(Test { field: FieldName::new(field).unwrap(), operator, operands })
    };
    vec![
        test("Email", Operator::Equals, vec![text("m1")]),
        test("LastName", Operator::In, vec![text("a"), text("x")]),
        test("AccountId", Operator::Equals, vec![id("a0")]),
        test("Id", Operator::In, vec![id("c3"), id("c1"), id("nobody")]),
        Condition::And(vec![
            test("AccountId", Operator::Equals, vec![id("a1")]),
            test("LastName", Operator::NotEquals, vec![text("B")]),
        ]),
    ]
}

fn holds(crm: &MemoryCrm, filter: &Condition<Value>) {
    let records = crm.dump(&catalog());
    let naive = records["contact"].iter().filter(|record| matches(filter, record));
    let naive: Vec<String> = naive.map(|record| record["Id"].to_json().as_str().unwrap().to_owned()).collect();
    assert_eq!(found(crm, filter), naive, "{filter:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn indexes_answer_as_a_look_at_every_row(
        groups in prop::collection::vec((any::<bool>(), prop::collection::vec(operation(), 1..6)), 1..12)
    ) {
        let crm = memory();
        for name in ["a0", "a1"] {
            send(&crm, true, vec![write("account", WriteAction::Create { id: Some(name.into()) }, &[("Name", text(name))])]);
        }
        for (atomic, writes) in groups {
            let before = crm.dump_text(&catalog());
            if !send(&crm, atomic, writes) {
                prop_assert_eq!(crm.dump_text(&catalog()), before);
            }
            for filter in tests() {
                holds(&crm, &filter);
            }
        }
    }
}
