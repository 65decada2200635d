//! What the tests write; not every program writes all of it.
#![allow(dead_code, reason = "shared by the tests, the crash program and the bench")]

use std::ops::Range;

use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::{Batch, Entry, Event, Offer};
use engage_playbooks::run::{RunKey, Tenant};

pub(crate) fn key(run: u128) -> RunKey {
    RunKey { tenant: Tenant::new("contoso").unwrap(), run: uuid::Uuid::from_u128(run) }
}

pub(crate) fn batch(key: &RunKey, sequences: Range<u32>) -> Batch {
    let entry = |sequence| Entry { key: key.clone(), sequence, fact: format!("{{\"fact\":{sequence}}}") };
    Batch { entries: sequences.map(entry).collect(), ..Batch::default() }
}

pub(crate) fn event(id: &str) -> Offer {
    Offer::Event(Event {
        tenant: Tenant::new("contoso").unwrap(),
        id: id.to_owned(),
        kind: TriggerKind::Manual,
        subject: None,
        playbook: None,
        employee: None,
        data: serde_json::json!({ "Meeting": { "Title": "A title" } }),
        given: serde_json::Value::Null,
        at: jiff::Timestamp::UNIX_EPOCH,
    })
}
