//! What has changed since something was read.

use std::collections::BTreeSet;
use std::sync::Arc;

use engage_store::platform::{
    BookingConfiguration, Calendar, ChangeReads, Changes, Database, Directory, Kind, Mark, Purge, SlotRow, StoreError,
};
use futures_util::future::join_all;
use tokio::sync::Notify;
use uuid::Uuid;

use super::bookings::{hold, put, slot, tenancy};
use super::directory::{content, realm, user};
use super::{Answer, Fresh, Place, Stores, at, id};

pub(crate) async fn all(stores: &Stores) {
    calendars(&stores.fresh().await).await;
    directories(&stores.fresh().await).await;
    setups(&stores.fresh().await).await;
    late(&stores.fresh().await).await;
    racing(&stores.fresh().await).await;
}

/// What changed since the last question.
struct Asking<'s> {
    database: &'s Database,
    mark: Mark,
}

impl<'s> Asking<'s> {
    async fn of(store: &'s Fresh) -> Self {
        let mark = store.database.reader().booking_mark(&tenancy(1)).await.unwrap();
        Self { database: &store.database, mark }
    }

    async fn changes(&mut self) -> Changes {
        let changes = self.database.reader().booking_changes(&tenancy(1), &self.mark).await.unwrap();
        let again = self.database.reader().booking_changes(&tenancy(1), &changes.mark).await.unwrap();
        let none = Changes { setup: false, directory: false, calendars: Vec::new(), mark: changes.mark.clone() };
        assert_eq!(again, none, "nothing is told twice");
        self.mark = changes.mark.clone();
        changes
    }

    /// The calendars that changed, and nothing else.
    async fn calendars(&mut self) -> Vec<u128> {
        let changes = self.changes().await;
        assert!(!changes.setup && !changes.directory);
        let mut found: Vec<u128> = changes.calendars.iter().map(Uuid::as_u128).collect();
        found.sort_unstable();
        found
    }

    /// Whether what is set up changed, and the directories.
    async fn others(&mut self) -> (bool, bool) {
        let changes = self.changes().await;
        assert_eq!(changes.calendars, Vec::<Uuid>::new());
        (changes.setup, changes.directory)
    }
}

async fn calendars(store: &Fresh) {
    let mut asking = Asking::of(store).await;
    assert_eq!(asking.calendars().await, [0; 0]);
    let both = SlotRow { room: Some(id(200)), ..slot(1, 100, 200) };
    put(&store.database, both.clone(), Some(1)).await.unwrap();
    assert_eq!(asking.calendars().await, [100, 200]);
    let moved = SlotRow { employee: Some(id(101)), room: None, ..both };
    let work = store
        .database
        .write(moved, |tx, slot| Box::pin(async move { tx.replace_slot(&tenancy(1), slot, Some(slot.id)).await }));
    Answer::unwrap(work.await);
    assert_eq!(asking.calendars().await, [100, 101, 200], "where it was, and where it is");
    let free = async |n, seconds| {
        let work = store
            .database
            .write((), move |tx, ()| Box::pin(async move { tx.free_slot(&tenancy(1), id(n), at(seconds)).await }));
        Answer::unwrap(work.await);
    };
    free(1, 50).await;
    assert_eq!(asking.calendars().await, [101]);
    for n in [2, 3] {
        put(&store.database, hold(n, &format!("token {n}"), 300), None).await.unwrap();
    }
    assert_eq!(asking.calendars().await, [100]);
    free(2, 299).await;
    assert_eq!(asking.calendars().await, [100]);
    let purged = store.database.write((), |tx, ()| {
        Box::pin(async move {
            let gone = tx.let_holds_expire(&tenancy(1), at(400), 10).await?;
            Ok::<_, StoreError>((gone, tx.purge_slots(&tenancy(1), at(200), 10).await?))
        })
    });
    let purged: Result<(u64, u64), StoreError> = purged.await;
    assert_eq!(purged.unwrap(), (1, 1));
    assert_eq!(asking.calendars().await, [0; 0], "a hold that has run out, and what was gone, change nothing");
    let taken = put(&store.database, slot(3, 500, 600), Some(3)).await;
    taken.unwrap_err();
    assert_eq!(asking.calendars().await, [0; 0], "what failed changed nothing");
}

async fn directories(store: &Fresh) {
    let mut asking = Asking::of(store).await;
    user(store, realm(1), 1, content("anna")).await;
    user(store, realm(2), 1, content("anna of another organisation")).await;
    assert_eq!(asking.others().await, (false, true));
    super::directory::insert(store, realm(1), Kind::Group, 2, content("group")).await.unwrap();
    assert_eq!(asking.others().await, (false, false), "bookings know no groups of directories");
    let replaced = store.database.write((), |tx, ()| {
        Box::pin(async move { tx.replace_record(&realm(1), Kind::User, id(1), 1, &content("bo"), at(2)).await })
    });
    assert_eq!(Answer::unwrap(replaced.await), 2);
    assert_eq!(asking.others().await, (false, true));
    let deleted = store.database.write((), |tx, ()| {
        Box::pin(async move { tx.delete_record(&realm(1), Kind::User, id(1), at(3), at(9)).await })
    });
    Answer::unwrap(deleted.await);
    assert_eq!(asking.others().await, (false, true));
    let purge = async |n| {
        let work = store.database.write((), move |tx, ()| {
            Box::pin(async move { tx.purge_record(&realm(1), Kind::User, id(n), at(9)).await })
        });
        assert!(Answer::unwrap(work.await));
    };
    purge(1).await;
    assert_eq!(asking.others().await, (false, false), "a tombstone is nobody");
    let inactive = engage_store::platform::Content { active: false, purge_at: Some(at(9)), ..content("cai") };
    user(store, realm(1), 3, inactive).await;
    assert_eq!(asking.others().await, (false, true));
    purge(3).await;
    assert_eq!(asking.others().await, (false, true), "one who was there is not");
}

async fn setups(store: &Fresh) {
    let mut asking = Asking::of(store).await;
    let raise = async |whose| {
        let work = store
            .database
            .write((), move |tx, ()| Box::pin(async move { tx.raise_booking_revision(&tenancy(whose)).await }));
        Answer::unwrap(work.await);
    };
    raise(2).await;
    assert_eq!(asking.others().await, (false, false));
    for _ in 0..2 {
        raise(1).await;
        assert_eq!(asking.others().await, (true, false));
    }
}

/// A transaction that began before the mark was asked for, and others that began after it and were done before, changes things
/// after it.
async fn late(store: &Fresh) {
    if matches!(store.place, Place::Memory) {
        // Its readers wait for who writes.
        return;
    }
    let (written, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (database, signals) = (store.database.clone(), (written.clone(), go_on.clone()));
    let slow = tokio::spawn(async move {
        let work = database.write(signals, |tx, (written, go_on)| {
            Box::pin(async move {
                tx.insert_slot(&tenancy(1), &slot(1, 100, 200), None).await?;
                written.notify_one();
                go_on.notified().await;
                Ok(())
            })
        });
        Answer::unwrap(work.await);
    });
    written.notified().await;
    let mut asking = Asking::of(store).await;
    if matches!(store.place, Place::Address(_)) {
        put(&store.database, SlotRow { employee: Some(id(101)), ..slot(2, 100, 200) }, None).await.unwrap();
        assert_eq!(asking.calendars().await, [101]);
    }
    assert_eq!(asking.calendars().await, [0; 0]);
    go_on.notify_one();
    slow.await.unwrap();
    assert_eq!(asking.calendars().await, [100]);
}

/// Whoever writes at once, who asks all the time is told of everything.
async fn racing(store: &Fresh) {
    const WRITERS: u128 = 40;
    let other = store.again().await;
    let databases = [Some(&store.database), other.as_ref()];
    let mut asking = Asking::of(store).await;
    let writes = (1..=WRITERS).map(|n| {
        let database = databases[usize::from(n % 2 == 0)].unwrap_or(&store.database);
        put(database, SlotRow { employee: Some(id(1_000 + n)), ..slot(n, 100, 200) }, Some(n))
    });
    let mut seen = BTreeSet::new();
    let written = join_all(writes);
    let mut written = std::pin::pin!(written);
    loop {
        tokio::select! {
            answers = &mut written => {
                answers.into_iter().for_each(Answer::unwrap);
                break;
            }
            changes = async { asking.database.reader().booking_changes(&tenancy(1), &asking.mark).await } => {
                let changes = changes.unwrap();
                seen.extend(changes.calendars);
                asking.mark = changes.mark;
            }
        }
    }
    seen.extend(asking.changes().await.calendars);
    assert_eq!(seen, (1..=WRITERS).map(|n| id(1_000 + n)).collect());
}
