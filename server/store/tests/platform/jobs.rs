//! Background jobs.

use std::time::Duration;

use engage_store::platform::{Claim, Job, JobReads, Jobs, StoreError};

use super::{Answer, Fresh, Stores, at};

pub(crate) async fn all(stores: &Stores) {
    claims(&stores.fresh().await).await;
}

async fn plan(store: &Fresh, name: &'static str, seconds: i64) {
    let work = store.database.write((), move |tx, ()| Box::pin(async move { tx.plan_job(name, at(seconds)).await }));
    Result::<_, StoreError>::unwrap(work.await);
}

async fn claim(store: &Fresh, owner: &'static str, seconds: i64) -> Option<Claim> {
    let work = store.database.write((), move |tx, ()| {
        Box::pin(async move { tx.claim_job("purge", owner, at(seconds), Duration::from_secs(60)).await })
    });
    Result::<_, StoreError>::unwrap(work.await)
}

async fn end(store: &Fresh, claim: Claim, seconds: i64) -> Answer<()> {
    let work = store.database.write(claim, move |tx, claim| {
        Box::pin(async move { tx.end_job(claim, "3 removed", Some(at(seconds + 1000)), at(seconds)).await })
    });
    work.await
}

async fn due(store: &Fresh, seconds: i64) -> Vec<String> {
    let due = store.database.reader().due_jobs(at(seconds), 10).await.unwrap();
    due.into_iter().map(|job| job.name).collect()
}

async fn claims(store: &Fresh) {
    assert_eq!(claim(store, "one", 0).await, None, "nobody has planned it");
    plan(store, "purge", 50).await;
    plan(store, "purge", 40).await;
    plan(store, "purge", 70).await;
    plan(store, "other", 45).await;
    assert_eq!(due(store, 39).await, [""; 0]);
    assert_eq!(due(store, 50).await, ["purge", "other"]);
    let all = (0..8).map(|_| claim(store, "one", 50));
    let claims: Vec<Claim> = futures_util::future::join_all(all).await.into_iter().flatten().collect();
    let [first] = claims.as_slice() else { panic!("{claims:?}") };
    assert_eq!(due(store, 50).await, ["other"]);
    let renew = |claim: Claim, seconds| {
        store.database.write(claim, move |tx, claim| Box::pin(async move { tx.renew_claim(claim, at(seconds)).await }))
    };
    let first: Claim = Result::<_, StoreError>::unwrap(renew(first.clone(), 200).await);
    assert_eq!(claim(store, "two", 199).await, None);
    let second = claim(store, "two", 200).await.unwrap();
    assert!(second.token > first.token);
    assert!(matches!(renew(first.clone(), 500).await, Err(StoreError::Fenced)));
    assert!(matches!(end(store, first, 201).await, Err(StoreError::Fenced)));
    end(store, second.clone(), 210).await.unwrap();
    assert!(matches!(end(store, second, 211).await, Err(StoreError::Fenced)), "it is given back");
    let jobs = store.database.reader().jobs().await.unwrap();
    let expected = Job {
        name: "purge".to_owned(),
        due: Some(at(1210)),
        claimed: None,
        started: Some(at(200)),
        ended: Some(at(210)),
        outcome: Some("3 removed".to_owned()),
    };
    assert_eq!(jobs[1], expected);
}
