//! Alerts.

use engage_store::platform::{Alert, AlertReads, Alerts, Environment, Sighting, StoreError};
use serde_json::json;

use super::{Fresh, Stores, at, id};

pub(crate) async fn all(stores: &Stores) {
    sightings(&stores.fresh().await).await;
    tellings(&stores.fresh().await).await;
}

async fn raise(store: &Fresh, organisation: u128, n: u128, kind: &str, seconds: i64) -> Alert {
    let seen = Sighting {
        organisation: id(organisation),
        id: id(n),
        environment: Environment::Prod,
        kind: kind.to_owned(),
        details: json!({ "n": n.to_string() }),
    };
    let work =
        store.database.write(seen, move |tx, seen| Box::pin(async move { tx.raise_alert(seen, at(seconds)).await }));
    Result::<_, StoreError>::unwrap(work.await)
}

async fn sightings(store: &Fresh) {
    let first = raise(store, 1, 1, "silence", 10).await;
    assert_eq!((first.id, first.count, first.opened, first.closed), (id(1), 1, at(10), None));
    let again = raise(store, 1, 2, "silence", 20).await;
    assert_eq!((again.id, again.count, again.opened, again.seen), (id(1), 2, at(10), at(20)));
    assert_eq!(again.details, json!({ "n": "2" }));
    raise(store, 1, 3, "mass", 15).await;
    raise(store, 2, 4, "silence", 10).await;
    let mut reader = store.database.reader();
    let open = vec![("mass".to_owned(), 1), ("silence".to_owned(), 2)];
    assert_eq!(reader.open_alerts().await.unwrap(), open);
    let close = || {
        store.database.write((), |tx, ()| {
            Box::pin(async move { tx.close_alert(id(1), Environment::Prod, "silence", at(30)).await })
        })
    };
    assert!(Result::<_, StoreError>::unwrap(close().await));
    assert!(!Result::<_, StoreError>::unwrap(close().await));
    let kinds = |alerts: Vec<Alert>| alerts.into_iter().map(|alert| alert.kind).collect::<Vec<_>>();
    assert_eq!(kinds(reader.alerts(id(1), true, 9).await.unwrap()), ["mass"]);
    assert_eq!(kinds(reader.alerts(id(1), false, 9).await.unwrap()), ["mass", "silence"]);
    let new = raise(store, 1, 5, "silence", 40).await;
    assert_eq!((new.id, new.count), (id(5), 1), "what was closed is opened anew");
}

async fn tellings(store: &Fresh) {
    for (organisation, n, seconds) in [(2, 2, 20), (1, 1, 10), (1, 3, 30)] {
        raise(store, organisation, n, &format!("kind {n}"), seconds).await;
    }
    let untold = async |since: i64, most: usize| {
        let alerts = store.database.reader().untold_alerts(at(since), most).await.unwrap();
        alerts.into_iter().map(|alert| alert.id).collect::<Vec<_>>()
    };
    assert_eq!(untold(0, 9).await, [id(1), id(2), id(3)], "of everybody, in order");
    assert_eq!(untold(20, 1).await, [id(2)]);
    let told = |organisation: u128, n: u128| {
        let work = store.database.write((), move |tx, ()| Box::pin(tx.alert_told(id(organisation), id(n), at(50))));
        async { Result::<bool, StoreError>::unwrap(work.await) }
    };
    assert!(!told(2, 1).await, "whose it is not does not tell of it");
    assert!(told(1, 1).await && !told(1, 1).await);
    assert_eq!(untold(0, 9).await, [id(2), id(3)]);
}
