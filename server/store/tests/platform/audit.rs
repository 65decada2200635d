//! The audit log.

use engage_store::platform::{Audit, AuditEntry, AuditOutcome, AuditQuery, AuditReads, Environment, StoreError};
use serde_json::json;

use super::{Answer, Fresh, Stores, at, id};

pub(crate) async fn all(stores: &Stores) {
    pages(&stores.fresh().await).await;
    finds(&stores.fresh().await).await;
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

/// Everything of an environment.
fn all_of(environment: Environment) -> AuditQuery {
    let (from, until) = (at(0), at(99));
    AuditQuery { environment, from, until, actor: None, event: None, target: None, outcome: None, before: None }
}

async fn finds(store: &Fresh) {
    let of = |seconds: i64, actor: &str, event: &str, details: serde_json::Value| {
        let outcome = if actor == "job" { AuditOutcome::Done } else { AuditOutcome::Refused };
        AuditEntry { actor: actor.to_owned(), outcome, details, ..entry(1, seconds, event) }
    };
    let token = id(7).to_string();
    for new in [
        of(10, "anna", "token.issued", json!({ "token": token, "environment": "prod" })),
        of(20, "job", "token.used", json!({ "which": [{ "token": token }], "times": 3 })),
        of(20, "anna", "token.issued", json!({ "token": "other", "environment": "test" })),
        of(
            30,
            "anna",
            "tenant.limited",
            json!({ "before": { "environment": "test" }, "after": { "environment": "test" } }),
        ),
        of(40, "anna", "token.revoked", json!({ "token": token, "environment": "prod" })),
    ] {
        append(store, new).await.unwrap();
    }
    append(store, AuditEntry { details: json!({ "token": token }), ..entry(2, 20, "theirs") }).await.unwrap();
    let found =
        async |query: AuditQuery, most: usize| store.database.reader().audit_found(id(1), &query, most).await.unwrap();
    let seen = async |query: AuditQuery| {
        let found = found(query, 9).await.into_iter();
        found
            .map(|(_, entry)| format!("{} {}", entry.event, entry.at.as_second() - at(0).as_second()))
            .collect::<Vec<_>>()
    };
    let prod = || all_of(Environment::Prod);
    let all = ["token.revoked 40", "token.used 20", "token.issued 10"];
    assert_eq!(seen(prod()).await, all, "what says another environment is its own, what says none is everybody's");
    let theirs = ["tenant.limited 30", "token.issued 20", "token.used 20"];
    assert_eq!(seen(all_of(Environment::Test)).await, theirs);
    assert_eq!(
        seen(AuditQuery { target: Some(token.clone()), ..prod() }).await,
        all,
        "wherever in the details it stands"
    );
    assert_eq!(seen(AuditQuery { target: Some("times".to_owned()), ..prod() }).await, [""; 0], "a key is no value");
    assert_eq!(seen(AuditQuery { actor: Some("anna".to_owned()), ..prod() }).await, [all[0], all[2]]);
    assert_eq!(seen(AuditQuery { event: Some("token.used".to_owned()), ..prod() }).await, [all[1]]);
    assert_eq!(seen(AuditQuery { outcome: Some(AuditOutcome::Done), ..prod() }).await, [all[1]]);
    assert_eq!(seen(AuditQuery { from: at(20), until: at(40), ..prod() }).await, [all[1]]);
    let both = AuditQuery { target: Some(token), actor: Some("job".to_owned()), ..prod() };
    assert_eq!(seen(both).await, [all[1]], "all that is given has to hold");
    for target in [None, Some(id(7).to_string())] {
        let first = found(AuditQuery { target: target.clone(), ..prod() }, 2).await;
        assert_eq!(first.len(), 2);
        let rest = seen(AuditQuery { before: Some(first[1].0), target, ..prod() }).await;
        assert_eq!(rest, [all[2]], "a page goes on behind the one before it");
    }
    let forget = store.database.write((), |tx, ()| Box::pin(async move { tx.forget_audit(at(99), 100).await }));
    assert_eq!(Result::<u64, StoreError>::unwrap(forget.await), 6, "what entries are found by goes with them");
    assert_eq!(seen(AuditQuery { target: Some(id(7).to_string()), ..prod() }).await, [""; 0]);
}
