//! Events: written with the state, told in order, by one server.

use std::time::Duration;

use engage_store::platform::{
    Claim, Directory, Environment, Event, Jobs, Kind, NewRecord, Outbox, OutboxReads, StoreError, Unique,
};
use serde_json::json;

use super::directory::{content, realm};
use super::{Answer, Fresh, Stores, at, id};

pub(crate) async fn all(stores: &Stores) {
    with_the_state(&stores.fresh().await).await;
    in_order(&stores.fresh().await).await;
    one_server(&stores.fresh().await).await;
    forgotten(&stores.fresh().await).await;
}

pub(crate) fn event(n: u128, subject: &str) -> Event {
    Event {
        id: id(n),
        organisation: id(1),
        environment: Environment::Prod,
        at: at(0),
        kind: "EmployeeProvisioned".to_owned(),
        subject: subject.to_owned(),
        payload: json!({ "n": 1 }),
    }
}

async fn append(store: &Fresh, event: Event) -> Answer<()> {
    store.database.write(event, |tx, event| Box::pin(async move { tx.append_event(event).await })).await
}

async fn claim(store: &Fresh, owner: &'static str, seconds: i64) -> Option<Claim> {
    let work = store.database.write((), move |tx, ()| {
        Box::pin(async move { tx.claim_job("outbox", owner, at(seconds), Duration::from_secs(60)).await })
    });
    Result::<_, StoreError>::unwrap(work.await)
}

async fn plan(store: &Fresh) {
    let work = store.database.write((), |tx, ()| Box::pin(async move { tx.plan_job("outbox", at(0)).await }));
    Result::<_, StoreError>::unwrap(work.await);
}

async fn take(store: &Fresh, seconds: i64, most: usize) -> Vec<u128> {
    let waiting = store.database.reader().take_events(at(seconds), most).await.unwrap();
    waiting.iter().map(|waiting| waiting.event.id.as_u128()).collect()
}

/// What waits can be made to say less, and nothing else of it changes.
async fn forgotten(store: &Fresh) {
    for (n, subject) in [(1, "anna"), (2, "berta"), (3, "anna")] {
        append(store, event(n, subject)).await.unwrap();
    }
    let payloads = async |whose, subject| store.database.reader().payloads_of(id(whose), subject).await.unwrap();
    let (number, _) = payloads(1, "anna").await[1].clone();
    let redact = async |whose| {
        let work = store
            .database
            .write((), move |tx, ()| Box::pin(async move { tx.redact_event(id(whose), number, &json!({})).await }));
        Answer::<()>::unwrap(work.await);
    };
    redact(2).await;
    assert_eq!(payloads(1, "anna").await[1].1, json!({ "n": 1 }), "another organisation's");
    redact(1).await;
    let said: Vec<_> = payloads(1, "anna").await.into_iter().map(|(_, payload)| payload).collect();
    assert_eq!(said, [json!({ "n": 1 }), json!({})]);
    assert_eq!(take(store, 0, 9).await, [1, 2, 3]);
}

/// Both or neither.
async fn with_the_state(store: &Fresh) {
    let provision = |n: u128, name: &'static str| {
        let new = NewRecord { id: id(n), kind: Kind::User, domain: id(n), content: content(name) };
        store.database.write(new, move |tx, new| {
            Box::pin(async move {
                tx.append_event(&event(n, "anna")).await?;
                tx.insert_record(&realm(1), new, at(0)).await
            })
        })
    };
    provision(1, "anna").await.unwrap();
    // Which of its names clashes first is the database's choice.
    assert!(matches!(provision(2, "anna").await, Err(StoreError::Conflict { .. })));
    assert_eq!(take(store, 0, 10).await, [1]);
    let waiting = store.database.reader().take_events(at(0), 10).await.unwrap();
    assert_eq!((waiting[0].attempts, &waiting[0].event), (0, &event(1, "anna")));
    let again = append(store, event(1, "anna")).await.unwrap_err();
    assert!(matches!(again, StoreError::Conflict { what: Unique::Id }), "{again:?}");
    let mut reader = store.database.reader();
    assert_eq!(reader.pending_events(id(1)).await.unwrap(), 1);
    assert_eq!(reader.pending_events(id(2)).await.unwrap(), 0);
    assert_eq!(reader.outbox_depth().await.unwrap(), (1, Some(at(0))));
}

async fn in_order(store: &Fresh) {
    plan(store).await;
    let claim = claim(store, "one", 0).await.unwrap();
    for (n, subject) in [(1, "a"), (2, "b"), (3, "a"), (4, "c")] {
        append(store, event(n, subject)).await.unwrap();
    }
    assert_eq!(take(store, 0, 3).await, [1, 2, 3]);
    let numbers: Vec<i64> =
        store.database.reader().take_events(at(0), 9).await.unwrap().iter().map(|waiting| waiting.number).collect();
    let work = |first: i64| {
        store.database.write(claim.clone(), move |tx, claim| {
            Box::pin(async move { tx.put_off_event(claim, first, at(100)).await })
        })
    };
    Result::<_, StoreError>::unwrap(work(numbers[0]).await);
    assert_eq!(take(store, 99, 9).await, [2, 4], "what follows an event that waits waits too");
    assert_eq!(take(store, 100, 9).await, [1, 2, 3, 4]);
    let waiting = store.database.reader().take_events(at(100), 1).await.unwrap();
    assert_eq!(waiting[0].attempts, 1);
    let told = store.database.write((claim.clone(), numbers), |tx, (claim, numbers)| {
        Box::pin(async move { tx.events_told(claim, &numbers[..2]).await })
    });
    Result::<_, StoreError>::unwrap(told.await);
    assert_eq!(take(store, 99, 9).await, [3, 4]);
}

async fn one_server(store: &Fresh) {
    plan(store).await;
    append(store, event(1, "a")).await.unwrap();
    let first = claim(store, "one", 0).await.unwrap();
    assert_eq!(claim(store, "two", 59).await, None);
    let second = claim(store, "two", 60).await.unwrap();
    let told = |claim: Claim| {
        store.database.write(claim, |tx, claim| Box::pin(async move { tx.events_told(claim, &[1]).await }))
    };
    let late = told(first).await.unwrap_err();
    assert!(matches!(late, StoreError::Fenced), "{late:?}");
    assert_eq!(take(store, 61, 9).await, [1], "it is told again");
    told(second).await.unwrap();
    assert_eq!(take(store, 61, 9).await, []);
}
