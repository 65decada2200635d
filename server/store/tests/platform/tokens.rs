//! Tokens: two at a time, one after the other.

use std::time::Duration;

use engage_store::platform::{
    Environment, NewToken, OVERLAP, Organisations, Slot, StoreError, Token, TokenDigest, TokenReads, Tokens, Unique,
};
use uuid::Uuid;

use super::organisations::organisation;
use super::{Answer, Fresh, Stores, at, id};

const DAY: i64 = 24 * 60 * 60;

pub(crate) async fn all(stores: &Stores) {
    overlap(&stores.fresh().await).await;
    use_and_revocation(&stores.fresh().await).await;
    at_once(&stores.fresh().await).await;
}

async fn issue(store: &Fresh, organisation: Uuid, n: u128, seconds: i64) -> Answer<()> {
    let new = NewToken { id: id(n), digest: TokenDigest::of(&format!("token {n}")), expires: None };
    let work = store.database.write((organisation, new), move |tx, (organisation, new)| {
        Box::pin(async move { tx.issue_token(*organisation, Environment::Prod, new, OVERLAP, at(seconds)).await })
    });
    work.await
}

async fn find(store: &Fresh, n: u128, seconds: i64) -> Option<Token> {
    store.database.reader().token(&TokenDigest::of(&format!("token {n}")), at(seconds)).await.unwrap()
}

async fn overlap(store: &Fresh) {
    let owner = organisation(store, 1).await;
    issue(store, owner, 1, 0).await.unwrap();
    let found = find(store, 1, 1).await.unwrap();
    let whose = (found.organisation, found.environment, found.id, found.slot, found.expires);
    assert_eq!(whose, (owner, Environment::Prod, id(1), Some(Slot::Primary), None));
    assert_eq!(find(store, 2, 1).await, None);

    issue(store, owner, 2, DAY).await.unwrap();
    let third = issue(store, owner, 3, DAY + 1).await.unwrap_err();
    assert!(matches!(third, StoreError::Refused { .. }), "{third:?}");
    let (old, new) = (find(store, 1, DAY).await.unwrap(), find(store, 2, DAY).await.unwrap());
    assert_eq!((old.slot, old.expires), (Some(Slot::Primary), Some(at(15 * DAY))));
    assert_eq!((new.slot, new.expires), (Some(Slot::Next), None));
    assert!(find(store, 1, 15 * DAY - 1).await.is_some());
    assert_eq!(find(store, 1, 15 * DAY).await, None, "its time is over");
    assert_eq!(find(store, 2, 15 * DAY).await.unwrap().slot, Some(Slot::Primary));
    issue(store, owner, 3, 15 * DAY).await.unwrap();
    let taken = store.database.write(owner, |tx, owner| {
        let again = NewToken { id: id(4), digest: TokenDigest::of("token 3"), expires: None };
        Box::pin(async move { tx.issue_token(*owner, Environment::Dev, &again, OVERLAP, at(0)).await })
    });
    let taken = taken.await.unwrap_err();
    assert!(matches!(taken, StoreError::Conflict { what: Unique::Token }), "{taken:?}");
    let all = store.database.reader().tokens(owner, Environment::Prod, at(15 * DAY)).await.unwrap();
    let slots: Vec<_> = all.iter().map(|token| (token.id, token.slot)).collect();
    assert_eq!(slots, [(id(1), None), (id(2), Some(Slot::Primary)), (id(3), Some(Slot::Next))]);
}

async fn use_and_revocation(store: &Fresh) {
    let owner = organisation(store, 1).await;
    issue(store, owner, 1, 0).await.unwrap();
    let used = |token: Token, seconds| {
        store.database.write(token, move |tx, token| Box::pin(async move { tx.token_used(token, at(seconds)).await }))
    };
    let token = find(store, 1, 1).await.unwrap();
    assert!(token.use_counts(at(1)));
    assert!(used(token.clone(), 10).await.unwrap());
    assert!(!used(token.clone(), 69).await.unwrap(), "within a minute it is not written again");
    assert!(used(token.clone(), 70).await.unwrap());
    let token = find(store, 1, 71).await.unwrap();
    assert_eq!((token.last_used, token.use_counts(at(100)), token.use_counts(at(130))), (Some(at(70)), false, true));
    let mut reader = store.database.reader();
    assert_eq!(reader.silent_tokens(at(70), at(71), None, 10).await.unwrap(), []);
    let silent = reader.silent_tokens(at(3600), at(3601), None, 10).await.unwrap();
    assert_eq!(silent.iter().map(|token| token.id).collect::<Vec<_>>(), [id(1)]);

    let enable = |enabled| {
        store
            .database
            .write(owner, move |tx, owner| Box::pin(async move { tx.enable_organisation(*owner, enabled).await }))
    };
    enable(false).await.unwrap();
    assert_eq!(find(store, 1, 80).await, None, "its organisation is disabled");
    enable(true).await.unwrap();
    let revoke = |n, seconds| {
        store.database.write(owner, move |tx, owner| {
            Box::pin(async move { tx.revoke_token(*owner, Environment::Prod, id(n), at(seconds)).await })
        })
    };
    revoke(1, 80).await.unwrap();
    revoke(1, 90).await.unwrap();
    assert_eq!(find(store, 1, 81).await, None);
    let all = reader.tokens(owner, Environment::Prod, at(81)).await.unwrap();
    assert_eq!(all[0].revoked, Some(at(80)), "the first time counts");
    let absent = revoke(2, 80).await.unwrap_err();
    assert!(matches!(absent, StoreError::Absent { what: "token" }), "{absent:?}");
    issue(store, owner, 2, 100).await.unwrap();
    assert_eq!(find(store, 2, 100).await.unwrap().slot, Some(Slot::Primary));
}

/// However many are issued at once, two are valid.
async fn at_once(store: &Fresh) {
    let owner = organisation(store, 1).await;
    let all = (1..=8_u128).map(|n| issue(store, owner, n, 0));
    let answers = futures_util::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 2, "{answers:?}");
    let none = NewToken { id: id(9), digest: TokenDigest::of("token"), expires: None };
    let nowhere = store.database.write(none, |tx, new| {
        Box::pin(async move { tx.issue_token(id(3), Environment::Prod, new, Duration::ZERO, at(0)).await })
    });
    assert!(matches!(nowhere.await.unwrap_err(), StoreError::Absent { what: "environment" }));
}
