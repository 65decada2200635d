//! A disk that is full: what is acknowledged is there, what is not is not, and writing goes on once there is room.

use jiff::Timestamp;
use uuid::Uuid;

use super::Sqlite;
use crate::platform::sql::Options;
use crate::platform::{Failure, Organisation, OrganisationReads, Organisations, StoreError};
use crate::sqlite;

/// So small that a few hundred rows fill it, and large enough for the tables.
const PAGES: &str = "110";

async fn limited(path: &std::path::Path) -> Sqlite {
    let options = Options::default();
    sqlite::make(path).unwrap();
    Sqlite::migrate(path, &options).await.unwrap();
    let connect = || super::options(options.patience).filename(path);
    let writes = sqlite::pool(connect().pragma("max_page_count", PAGES), 1).await.unwrap();
    Sqlite::start(writes, sqlite::pool(connect().read_only(true), 2).await.unwrap(), &options)
}

async fn create(store: &Sqlite, n: u128) -> Result<(), StoreError> {
    let name = format!("{n} {}", "x".repeat(180));
    let new = Organisation { id: Uuid::from_u128(n), name, enabled: true, created: Timestamp::UNIX_EPOCH };
    store.write(new, |tx, new| Box::pin(async move { tx.create_organisation(new).await })).await
}

#[tokio::test]
async fn a_full_disk_stops_nothing_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platform.db");
    let store = limited(&path).await;
    let mut there = Vec::new();
    let mut full = None;
    // In groups: of one that does not fit nothing is there, or what fits.
    for group in 0..200_u128 {
        let answers = (0..8).map(|n| create(&store, group * 8 + n));
        for (n, answer) in (group * 8..).zip(futures_util::future::join_all(answers).await) {
            match answer {
                Ok(()) => there.push(Uuid::from_u128(n)),
                Err(error) => full = Some(error),
            }
        }
        if full.is_some() {
            break;
        }
    }
    let says_so = |why: &Failure| why.to_string().contains("full");
    assert!(matches!(&full, Some(StoreError::Unavailable(why)) if says_so(why)), "{full:?}");
    let found = store.reader().organisations(None, 10_000).await.unwrap();
    assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), there);

    // One may fit where eight did not. Then there is no room, and it says so rather than that it is at something else.
    let mut again = Ok(());
    for n in (1 << 40)..(1 << 40) + 100 {
        again = again.and(create(&store, n).await);
    }
    let again = again.unwrap_err();
    assert!(matches!(&again, StoreError::Unavailable(why) if says_so(why)), "{again:?}");
    let change = store.write(there[0], |tx, id| Box::pin(async move { tx.enable_organisation(*id, false).await }));
    Result::<(), StoreError>::unwrap(change.await);
    assert!(!store.reader().organisation(there[0]).await.unwrap().unwrap().enabled);
}
