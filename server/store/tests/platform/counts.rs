//! Counts of requests, of all servers together.

use engage_store::platform::{CountWindow, Counts, Database, StoreError};

use super::{Fresh, Stores, at};

pub(crate) async fn all(stores: &Stores) {
    windows(&stores.fresh().await).await;
    together(&stores.fresh().await).await;
}

fn window(caller: &str, starts: i64, ends: i64) -> CountWindow {
    CountWindow { caller: caller.to_owned(), starts: at(starts), ends: at(ends) }
}

async fn count(database: &Database, window: CountWindow, more: u64) -> Result<u64, StoreError> {
    database.write(window, move |tx, window| Box::pin(async move { tx.count_requests(window, more).await })).await
}

async fn windows(store: &Fresh) {
    let database = &store.database;
    assert_eq!(count(database, window("a", 0, 60), 1).await.unwrap(), 1);
    assert_eq!(count(database, window("a", 0, 60), 9).await.unwrap(), 10);
    assert_eq!(count(database, window("a", 0, 3600), 1).await.unwrap(), 1, "an hour is another window");
    assert_eq!(count(database, window("a", 60, 120), 1).await.unwrap(), 1);
    assert_eq!(count(database, window("b", 0, 60), 1).await.unwrap(), 1);
    let long = count(database, window(&"a".repeat(201), 0, 60), 1).await.unwrap_err();
    assert!(matches!(long, StoreError::Refused { .. }), "{long:?}");
    let forget = async |now: i64, most: usize| {
        let work = database.write((), move |tx, ()| Box::pin(async move { tx.forget_counts(at(now), most).await }));
        Result::<u64, StoreError>::unwrap(work.await)
    };
    assert_eq!(forget(59, 10).await, 0);
    assert_eq!((forget(60, 1).await, forget(60, 10).await, forget(60, 10).await), (1, 1, 0));
    assert_eq!(count(database, window("a", 0, 60), 1).await.unwrap(), 1);
    assert_eq!(count(database, window("a", 0, 3600), 1).await.unwrap(), 2, "it goes on");
}

async fn together(store: &Fresh) {
    let Some(other) = store.again().await else { return };
    let one = |database: &Database| {
        let database = database.clone();
        async move { count(&database, window("a", 0, 60), 1).await.unwrap() }
    };
    for _ in 0..10 {
        let _ = tokio::join!(one(&store.database), one(&other), one(&store.database), one(&other));
    }
    assert_eq!(count(&other, window("a", 0, 60), 0).await.unwrap(), 40, "none is lost");
}
