//! Jobs that write: together, alone, and one after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use engage_store::platform::{
    Directory, DirectoryReads, Kind, Organisation, OrganisationReads, Organisations, StoreError, Tx,
};
use futures_util::future::join_all;

use super::directory::{content, realm, user};
use super::{Boxed, Fresh, Stores, at, id};

pub(crate) async fn all(stores: &Stores) {
    failures_are_alone(&stores.fresh().await).await;
    what_failed_stays_so(&stores.fresh().await).await;
    nothing_is_lost_between(&stores.fresh().await).await;
    errors_are_the_callers(&stores.fresh().await).await;
    who_is_gone_is_not_waited_for(&stores.fresh().await).await;
}

fn new(n: u128) -> Organisation {
    Organisation { id: id(n), name: format!("Contoso {n}"), enabled: true, created: at(0) }
}

/// One of three fails, one of three panics; the others are there.
async fn failures_are_alone(store: &Fresh) {
    // The panics are wanted, and their messages are not.
    std::panic::set_hook(Box::new(|_| {}));
    let jobs = (0..60_u128).map(|n| {
        store.database.write(n, |tx, n| {
            Box::pin(async move {
                tx.create_organisation(&new(*n)).await?;
                assert!(n % 3 != 1, "this one panics");
                if n % 3 == 2 { Err(StoreError::Stale) } else { Ok(*n) }
            })
        })
    });
    let answers = join_all(jobs).await;
    drop(std::panic::take_hook());
    for (n, answer) in (0..).zip(answers) {
        let there = store.database.reader().organisation(id(n)).await.unwrap().is_some();
        match n % 3 {
            0 => assert!(matches!(answer, Ok(found) if found == n) && there),
            1 => assert!(matches!(answer, Err(StoreError::Broken)) && !there),
            _ => assert!(matches!(answer, Err(StoreError::Stale)) && !there),
        }
    }
}

/// A job that goes on after a statement has failed fails, whatever it returns.
async fn what_failed_stays_so(store: &Fresh) {
    let work = store.database.write((), |tx, ()| {
        Box::pin(async move {
            tx.create_organisation(&new(1)).await?;
            tx.create_organisation(&new(1)).await.unwrap_err();
            let second = tx.create_organisation(&new(2)).await.unwrap_err();
            assert!(matches!(second, StoreError::Broken), "{second:?}");
            Ok::<_, StoreError>(())
        })
    });
    assert!(matches!(work.await.unwrap_err(), StoreError::Broken));
    assert_eq!(store.database.reader().organisations(None, 10).await.unwrap(), []);
}

/// Adds one to a number that the record holds, by reading it and writing it back.
fn count<'t>(tx: &'t mut Tx, (): &'t ()) -> Boxed<'t, Result<i64, StoreError>> {
    Box::pin(async move {
        let found = tx.record(&realm(1), Kind::User, id(1)).await?.ok_or(StoreError::Stale)?;
        let next = found.body["n"].as_i64().unwrap_or(0) + 1;
        let mut content = content("anna");
        content.body = serde_json::json!({ "n": next });
        tx.replace_record(&realm(1), Kind::User, id(1), found.version, &content, at(9)).await
    })
}

async fn nothing_is_lost_between(store: &Fresh) {
    user(store, realm(1), 1, content("anna")).await;
    let other = store.again().await;
    let databases = [Some(store.database.clone()), other].into_iter().flatten();
    let databases: Vec<_> = databases.collect();
    let jobs = (0..40).map(|n| databases[n % databases.len()].write((), count));
    for answer in join_all(jobs).await {
        answer.unwrap();
    }
    let found = store.database.reader().record(&realm(1), Kind::User, id(1)).await.unwrap().unwrap();
    assert_eq!((found.body["n"].as_i64(), found.version), (Some(40), 41));
}

#[derive(Debug)]
enum Mine {
    Store,
    Own(&'static str),
}

impl From<StoreError> for Mine {
    fn from(_: StoreError) -> Self {
        Self::Store
    }
}

async fn errors_are_the_callers(store: &Fresh) {
    let work = store.database.write((), |tx, ()| {
        Box::pin(async move {
            tx.create_organisation(&new(1)).await?;
            Err::<(), _>(Mine::Own("no"))
        })
    });
    assert!(matches!(work.await, Err(Mine::Own("no"))));
    let work = store
        .database
        .write((), |tx, ()| Box::pin(async move { Ok::<_, Mine>(tx.enable_organisation(id(1), true).await?) }));
    assert!(matches!(work.await, Err(Mine::Store)));
}

/// A job whose caller is gone before it began is not done; what comes after it is.
async fn who_is_gone_is_not_waited_for(store: &Fresh) {
    let begun = Arc::new(AtomicUsize::new(0));
    let mine = begun.clone();
    let work = store.database.write(begun, |_, begun| {
        Box::pin(async move {
            begun.fetch_add(1, Ordering::Relaxed);
            Ok::<_, StoreError>(())
        })
    });
    drop(work);
    let next = store.database.write((), |tx, ()| Box::pin(async move { tx.create_organisation(&new(1)).await }));
    next.await.unwrap();
    assert_eq!(mine.load(Ordering::Relaxed), 0);
}
