//! Alerts.

use engage_store::platform::{
    Acknowledged, Alert, AlertPlace, AlertQuery, AlertReads, Alerts, Environment, Sighting, StoreError,
};
use serde_json::json;

use super::{Fresh, Stores, at, id};

pub(crate) async fn all(stores: &Stores) {
    sightings(&stores.fresh().await).await;
    tellings(&stores.fresh().await).await;
    subjects(&stores.fresh().await).await;
    acknowledgements(&stores.fresh().await).await;
}

async fn raise(store: &Fresh, organisation: u128, n: u128, kind: &str, seconds: i64) -> Alert {
    raise_of(store, organisation, n, (kind, ""), seconds).await
}

async fn raise_of(store: &Fresh, organisation: u128, n: u128, (kind, subject): (&str, &str), seconds: i64) -> Alert {
    let seen = Sighting {
        organisation: id(organisation),
        id: id(n),
        environment: Environment::Prod,
        kind: kind.to_owned(),
        subject: subject.to_owned(),
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

async fn subjects(store: &Fresh) {
    let one = raise_of(store, 1, 1, ("ends", "one"), 10).await;
    let other = raise_of(store, 1, 2, ("ends", "other"), 20).await;
    raise_of(store, 2, 3, ("ends", "one"), 10).await;
    raise(store, 1, 4, "ends", 30).await;
    assert_eq!((one.count, other.count, one.subject.as_str()), (1, 1, "one"), "each has an alert of its own");
    assert_eq!(raise_of(store, 1, 5, ("ends", "one"), 40).await.id, one.id);
    let open = async || {
        let found = store.database.reader().open_alerts_of(id(1), "ends", 9).await.unwrap();
        found.into_iter().map(|alert| alert.subject).collect::<Vec<_>>()
    };
    assert_eq!(open().await, ["", "one", "other"]);
    let close = |organisation: u128, n: u128| {
        let work =
            store.database.write((), move |tx, ()| Box::pin(tx.close_one_alert(id(organisation), id(n), at(50))));
        async { Result::<bool, StoreError>::unwrap(work.await) }
    };
    assert!(!close(2, 1).await, "whose it is not does not close it");
    assert!(close(1, 1).await && !close(1, 1).await);
    let work = store.database.write((), |tx, ()| Box::pin(tx.close_alert(id(1), Environment::Prod, "ends", at(60))));
    assert!(Result::<bool, StoreError>::unwrap(work.await));
    assert_eq!(open().await, ["other"], "of a kind the one without a subject is closed");
}

async fn acknowledgements(store: &Fresh) {
    for n in 1..=4 {
        raise(store, 1, n, &format!("kind {n}"), i64::try_from(n).unwrap().min(3) * 10).await;
    }
    raise(store, 2, 9, "kind 9", 10).await;
    let acknowledge = |organisation: u128, environment: Environment, by: &str| {
        let by = Acknowledged { at: at(50), by: by.to_owned() };
        let work = store.database.write(by, move |tx, by| {
            Box::pin(async move { tx.acknowledge_alert(id(organisation), environment, id(2), by).await })
        });
        async {
            let done: Result<Alert, StoreError> = work.await;
            done
        }
    };
    for (organisation, environment) in [(2, Environment::Prod), (1, Environment::Test)] {
        let refused = acknowledge(organisation, environment, "eve").await.unwrap_err();
        assert!(matches!(refused, StoreError::Absent { .. }), "{refused}");
    }
    let first = Some(Acknowledged { at: at(50), by: "anna".to_owned() });
    assert_eq!(acknowledge(1, Environment::Prod, "anna").await.unwrap().acknowledged, first);
    assert_eq!(acknowledge(1, Environment::Prod, "bo").await.unwrap().acknowledged, first, "the first one counts");
    let work = store.database.write((), |tx, ()| Box::pin(tx.close_one_alert(id(1), id(1), at(60))));
    assert!(Result::<bool, StoreError>::unwrap(work.await));
    let page = async |wanted: AlertQuery, most: usize| {
        store.database.reader().alerts_page(id(1), Environment::Prod, &wanted, most).await.unwrap()
    };
    let kinds =
        async |wanted: AlertQuery| page(wanted, 9).await.into_iter().map(|alert| alert.kind).collect::<Vec<_>>();
    let all = AlertQuery::default();
    assert_eq!(kinds(all).await, ["kind 4", "kind 3", "kind 2", "kind 1"]);
    assert_eq!(kinds(AlertQuery { open: Some(false), ..all }).await, ["kind 1"]);
    assert_eq!(kinds(AlertQuery { acknowledged: Some(true), ..all }).await, ["kind 2"]);
    assert_eq!(kinds(AlertQuery { open: Some(true), acknowledged: Some(false), ..all }).await, ["kind 4", "kind 3"]);
    let last = &page(all, 1).await[0];
    let after = Some(AlertPlace { opened: last.opened, id: last.id });
    assert_eq!(
        kinds(AlertQuery { after, ..all }).await,
        ["kind 3", "kind 2", "kind 1"],
        "two of one instant are not lost"
    );
    let mut reader = store.database.reader();
    assert_eq!(reader.alert(id(1), Environment::Prod, id(3)).await.unwrap().unwrap().kind, "kind 3");
    assert_eq!(reader.alert(id(1), Environment::Test, id(3)).await.unwrap(), None);
    assert_eq!(reader.alert(id(2), Environment::Prod, id(3)).await.unwrap(), None);
}
