//! The audit log.

use engage_store::platform::{Audit, AuditEntry, AuditOutcome, AuditReads, StoreError};
use serde_json::json;

use super::{Answer, Fresh, Stores, at, id};

pub(crate) async fn all(stores: &Stores) {
    pages(&stores.fresh().await).await;
}

fn entry(organisation: u128, seconds: i64, event: &str) -> AuditEntry {
    AuditEntry {
        organisation: id(organisation),
        at: at(seconds),
        actor: "anna".to_owned(),
        source: Some("192.0.2.1".to_owned()),
        correlation: None,
        event: event.to_owned(),
        outcome: AuditOutcome::Refused,
        details: json!({ "name": "portal" }),
    }
}

async fn append(store: &Fresh, entry: AuditEntry) -> Answer<()> {
    store.database.write(entry, |tx, entry| Box::pin(async move { tx.append_audit(entry).await })).await
}

async fn pages(store: &Fresh) {
    for (seconds, event) in [(10, "a"), (20, "b"), (20, "c"), (30, "d")] {
        append(store, entry(1, seconds, event)).await.unwrap();
    }
    append(store, entry(2, 20, "x")).await.unwrap();
    let mut reader = store.database.reader();
    let first = reader.audit_page(id(1), at(10), at(30), None, 2).await.unwrap();
    assert_eq!(first[0].1, entry(1, 10, "a"));
    let events = |page: &[(_, AuditEntry)]| page.iter().map(|(_, entry)| entry.event.clone()).collect::<Vec<_>>();
    assert_eq!(events(&first), ["a", "b"]);
    let second = reader.audit_page(id(1), at(10), at(30), Some(first[1].0), 2).await.unwrap();
    assert_eq!(events(&second), ["c"]);
    assert_eq!(events(&reader.audit_page(id(2), at(0), at(99), None, 9).await.unwrap()), ["x"]);
    let long = AuditEntry { actor: "x".repeat(1025), ..entry(1, 1, "a") };
    assert!(matches!(append(store, long).await.unwrap_err(), StoreError::Refused { .. }));
    let forget = store.database.write((), |tx, ()| Box::pin(async move { tx.forget_audit(at(20), 100).await }));
    assert_eq!(Result::<u64, StoreError>::unwrap(forget.await), 1);
    assert_eq!(events(&reader.audit_page(id(1), at(0), at(99), None, 9).await.unwrap()), ["b", "c", "d"]);
}
