//! What bookings keep: documents, calendars that no two can have the same time of, meetings.

use std::collections::BTreeMap;

use engage_store::platform::{
    BookingConfiguration, BookingConfigurationReads, Calendar, CalendarReads, Database, Environment, Erasable, Meeting,
    MeetingFilter, MeetingReads, Meetings, NewDocument, SlotFilter, SlotRow, StoreError, Tenancy, Unique,
};
use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use super::{Answer, Fresh, Stores, at, id};

pub(crate) async fn all(stores: &Stores) {
    documents(&stores.fresh().await).await;
    labels(&stores.fresh().await).await;
    guards(&stores.fresh().await).await;
    holds(&stores.fresh().await).await;
    ranges(&stores.fresh().await).await;
    purge(&stores.fresh().await).await;
    meetings(&stores.fresh().await).await;
    one_of_many(&stores.fresh().await).await;
}

pub(crate) fn tenancy(n: u128) -> Tenancy {
    Tenancy { organisation: id(n), environment: Environment::Prod }
}

fn document(kind: &'static str, n: u128, key: Option<&str>) -> NewDocument {
    NewDocument { kind, id: id(n), key: key.map(str::to_owned), body: json!({ "n": n }), labels: Vec::new() }
}

async fn insert(store: &Fresh, whose: u128, new: NewDocument) -> Answer<i64> {
    let job = (tenancy(whose), new);
    let work = store.database.write(job, |tx, (tenancy, new)| {
        Box::pin(async move {
            let revision = tx.raise_booking_revision(tenancy).await?;
            tx.insert_document(tenancy, new, at(1)).await?;
            Ok(revision)
        })
    });
    work.await
}

async fn documents(store: &Fresh) {
    let mut reader = store.database.reader();
    assert_eq!(reader.booking_revision(&tenancy(1)).await.unwrap(), 0);
    assert_eq!(insert(store, 1, document("topic", 1, Some("a"))).await.unwrap(), 1);
    assert_eq!(insert(store, 1, document("topic", 2, None)).await.unwrap(), 2);
    assert_eq!(insert(store, 1, document("topic", 3, None)).await.unwrap(), 3, "what has no key clashes with nothing");
    assert_eq!(insert(store, 2, document("topic", 1, Some("a"))).await.unwrap(), 1, "another organisation");
    assert_eq!(insert(store, 1, document("portal", 1, Some("a"))).await.unwrap(), 4, "another kind");
    let taken = insert(store, 1, document("topic", 4, Some("a"))).await.unwrap_err();
    assert!(matches!(taken, StoreError::Conflict { what: Unique::Key }), "{taken:?}");
    assert_eq!(reader.booking_revision(&tenancy(1)).await.unwrap(), 4, "what failed changed nothing");
    let elsewhere = Tenancy { environment: Environment::Test, ..tenancy(1) };
    assert_eq!(reader.every_document(&elsewhere).await.unwrap(), []);

    let job = (tenancy(1), document("topic", 2, Some("b")));
    let replaced: Answer<()> = store
        .database
        .write(job, |tx, (tenancy, new)| Box::pin(async move { tx.replace_document(tenancy, new, at(9)).await }))
        .await;
    replaced.unwrap();
    let found = reader.document(&tenancy(1), "topic", id(2)).await.unwrap().unwrap();
    assert_eq!((found.version, found.key.as_deref(), found.created, found.modified), (2, Some("b"), at(1), at(9)));
    assert_eq!(reader.documents(&tenancy(1), "topic").await.unwrap().len(), 3);
    remove(store, "topic", 2).await.unwrap();
    assert_eq!(reader.document(&tenancy(1), "topic", id(2)).await.unwrap(), None);
    let gone = remove(store, "topic", 2).await.unwrap_err();
    assert!(matches!(gone, StoreError::Absent { .. }), "{gone:?}");
}

async fn remove(store: &Fresh, kind: &'static str, n: u128) -> Answer<()> {
    let work = store.database.write(tenancy(1), move |tx, tenancy| tx.remove_document(tenancy, kind, id(n)));
    work.await
}

async fn labels(store: &Fresh) {
    let mut reader = store.database.reader();
    let group = |labels| NewDocument { labels, ..document("group", 5, None) };
    let unknown = insert(store, 1, group(vec![id(7)])).await.unwrap_err();
    assert!(matches!(unknown, StoreError::Absent { .. }), "{unknown:?}");
    for n in [7, 8] {
        insert(store, 1, document("label", n, None)).await.unwrap();
    }
    insert(store, 1, group(vec![id(7), id(8)])).await.unwrap();
    let uses = |all: [(u128, u64); 2]| BTreeMap::from(all.map(|(label, uses)| (id(label), uses)));
    assert_eq!(reader.label_uses(&tenancy(1)).await.unwrap(), uses([(7, 1), (8, 1)]));
    remove(store, "label", 7).await.unwrap_err();
    assert!(reader.document(&tenancy(1), "label", id(7)).await.unwrap().is_some(), "a label in use stays");
    remove(store, "group", 5).await.unwrap();
    assert_eq!(reader.label_uses(&tenancy(1)).await.unwrap(), BTreeMap::new());
    remove(store, "label", 7).await.unwrap();
}

/// A slot of employee 100 from one second to another.
pub(crate) fn slot(n: u128, from: i64, until: i64) -> SlotRow {
    SlotRow {
        id: id(n),
        status: "Booked".to_owned(),
        starts: at(from),
        ends: at(until),
        employee: Some(id(100)),
        room: None,
        meeting: None,
        token: None,
        expires: None,
        service_group: None,
        show_as: None,
        source: None,
        creator: None,
        forced: false,
        created: at(0),
        modified: at(0),
        deleted: None,
    }
}

pub(crate) async fn put(database: &Database, slot: SlotRow, claim: Option<u128>) -> Answer<()> {
    let job = (tenancy(1), slot, claim.map(id));
    database.write(job, |tx, (tenancy, slot, claim)| tx.insert_slot(tenancy, slot, *claim)).await
}

async fn free(store: &Fresh, n: u128) -> Answer<()> {
    store.database.write(tenancy(1), move |tx, tenancy| tx.free_slot(tenancy, id(n), at(50))).await
}

fn is_taken(answer: &Answer<()>) -> bool {
    matches!(answer, Err(StoreError::Conflict { what: Unique::Time }))
}

async fn guards(store: &Fresh) {
    let put = async |slot, claim| put(&store.database, slot, claim).await;
    put(slot(1, 100, 200), Some(1)).await.unwrap();
    assert!(is_taken(&put(slot(2, 150, 250), Some(2)).await), "an overlap");
    put(slot(3, 200, 300), Some(3)).await.unwrap();
    put(slot(4, 150, 250), Some(4)).await.unwrap_err();
    let other = |n, employee, room| SlotRow { employee, room, ..slot(n, 150, 250) };
    put(other(5, Some(id(101)), Some(id(200))), Some(5)).await.unwrap();
    assert!(is_taken(&put(other(6, Some(id(102)), Some(id(200))), Some(6)).await), "the room");
    put(slot(7, 100, 200), Some(1)).await.unwrap();
    put(slot(8, 100, 200), None).await.unwrap();
    assert!(is_taken(&put(slot(9, 120, 130), Some(9)).await), "what is not guarded guards nothing");
    for n in [1, 7] {
        free(store, n).await.unwrap();
    }
    free(store, 1).await.unwrap_err();
    put(slot(9, 120, 130), Some(9)).await.unwrap();
    let elsewhere = Tenancy { environment: Environment::Test, ..tenancy(1) };
    let job = (elsewhere, slot(1, 100, 200));
    let answer: Answer<()> =
        store.database.write(job, |tx, (tenancy, slot)| tx.insert_slot(tenancy, slot, Some(slot.id))).await;
    answer.unwrap();
    let moved = (tenancy(1), slot(9, 210, 220));
    let work = store.database.write(moved, |tx, (tenancy, slot)| tx.replace_slot(tenancy, slot, Some(id(9))));
    assert!(is_taken(&work.await), "what is moved is guarded too");
    let found = store.database.reader().slot(&tenancy(1), id(1)).await.unwrap().unwrap();
    assert_eq!((found.deleted, found), (Some(at(50)), SlotRow { deleted: Some(at(50)), ..slot(1, 100, 200) }));
}

pub(crate) fn hold(n: u128, token: &str, expires: i64) -> SlotRow {
    SlotRow {
        status: "Reserved".to_owned(),
        token: Some(token.to_owned()),
        expires: Some(at(expires)),
        ..slot(n, 100, 200)
    }
}

pub(crate) fn filter(from: i64, until: i64, now: i64) -> SlotFilter {
    SlotFilter { from: at(from), until: at(until), employee: Some(id(100)), room: None, now: at(now), most: 100 }
}

async fn holds(store: &Fresh) {
    let mut reader = store.database.reader();
    put(&store.database, hold(1, "one", 300), Some(1)).await.unwrap();
    let twice = put(&store.database, SlotRow { employee: None, ..hold(2, "one", 300) }, Some(2)).await.unwrap_err();
    assert!(matches!(twice, StoreError::Conflict { what: Unique::Hold }), "{twice:?}");
    assert_eq!(reader.slot_of_token(&tenancy(1), "one").await.unwrap().unwrap().id, id(1));
    let live = async |now| store.database.reader().slots(&tenancy(1), &filter(150, 160, now)).await.unwrap().len();
    assert_eq!((live(299).await, live(300).await), (1, 0), "a hold is nothing from its end on");
    let in_the_way = async |range: SlotFilter, token| {
        let found = store.database.reader().slots_in_the_way(&tenancy(1), &range, token).await.unwrap();
        found.iter().map(|slot| slot.id.as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(in_the_way(filter(100, 101, 300), None).await, [1], "one that has expired, too: who asks takes it away");
    assert_eq!(in_the_way(filter(200, 300, 0), None).await, [0; 0], "what touches does not overlap");
    assert_eq!(in_the_way(filter(900, 901, 0), Some("one")).await, [1], "wherever that of the token is");
    assert_eq!(in_the_way(filter(100, 101, 0), Some("one")).await, [1], "once");
    assert_eq!(in_the_way(SlotFilter { employee: None, ..filter(100, 101, 0) }, None).await, [0; 0]);
    assert!(is_taken(&put(&store.database, hold(3, "two", 600), Some(3)).await));
    let work = store.database.write(tenancy(1), |tx, tenancy| tx.free_slot(tenancy, id(1), at(300)));
    Answer::<()>::unwrap(work.await);
    put(&store.database, hold(3, "two", 600), Some(3)).await.unwrap();
    put(&store.database, SlotRow { starts: at(900), ends: at(901), ..hold(4, "one", 600) }, Some(4)).await.unwrap();
}

async fn ranges(store: &Fresh) {
    let mut reader = store.database.reader();
    for (n, from, until) in [(1, 100, 200), (2, 200, 300), (3, 300, 400)] {
        put(&store.database, SlotRow { room: Some(id(200)), ..slot(n, from, until) }, None).await.unwrap();
    }
    put(&store.database, SlotRow { employee: None, room: Some(id(201)), ..slot(4, 100, 400) }, None).await.unwrap();
    let mut ask = async |filter| {
        let found: Vec<SlotRow> = reader.slots(&tenancy(1), &filter).await.unwrap();
        found.iter().map(|slot| slot.id.as_u128()).collect::<Vec<_>>()
    };
    let whole = filter(0, 1000, 0);
    assert_eq!(ask(filter(200, 300, 0)).await, [2], "what touches does not overlap");
    assert_eq!(ask(SlotFilter { room: Some(id(200)), ..whole }).await, [1, 2, 3], "each once");
    assert_eq!(ask(SlotFilter { room: Some(id(201)), ..whole }).await, [1, 4, 2, 3], "either");
    assert_eq!(ask(SlotFilter { employee: None, ..whole }).await, [1, 4, 2, 3]);
    assert_eq!(ask(SlotFilter { employee: None, most: 2, ..whole }).await, [1, 4]);
    assert_eq!(ask(SlotFilter { employee: Some(id(9)), ..whole }).await, [0; 0]);
}

async fn purge(store: &Fresh) {
    put(&store.database, hold(1, "one", 300), Some(1)).await.unwrap();
    put(&store.database, slot(2, 500, 600), Some(2)).await.unwrap();
    let purge = async |now, before| {
        let work = store.database.write(tenancy(1), move |tx, tenancy| {
            Box::pin(async move {
                tx.let_holds_expire(tenancy, at(now), 10).await?;
                tx.purge_slots(tenancy, at(before), 10).await
            })
        });
        Answer::unwrap(work.await)
    };
    let others = store
        .database
        .write((), move |tx, ()| Box::pin(async move { tx.let_holds_expire(&tenancy(2), at(400), 10).await }));
    assert_eq!(Answer::<u64>::unwrap(others.await), 0, "nobody else's");
    assert_eq!(purge(299, 299).await, 0);
    assert_eq!(purge(400, 299).await, 0, "it has expired, and is kept for a while");
    put(&store.database, slot(3, 100, 200), Some(3)).await.unwrap();
    assert!(store.database.reader().slot(&tenancy(1), id(1)).await.unwrap().is_some());
    assert_eq!(purge(400, 300).await, 1);
    assert_eq!(store.database.reader().slot(&tenancy(1), id(1)).await.unwrap(), None);
    assert!(store.database.reader().slot(&tenancy(1), id(2)).await.unwrap().is_some());
}

pub(crate) fn meeting(n: u128) -> Meeting {
    Meeting {
        id: id(n),
        starts: Some(at(100)),
        ends: Some(at(200)),
        creator: "client".to_owned(),
        customer: Some("acme".to_owned()),
        body: json!({ "title": "Loan" }),
        version: 1,
        created: at(0),
        modified: at(10),
        cancelled: None,
        erased: None,
    }
}

async fn meetings(store: &Fresh) {
    let mut reader = store.database.reader();
    let insert = async |meeting, participants: Vec<Uuid>| {
        let job = (tenancy(1), meeting, participants);
        let work = store.database.write(job, |tx, (tenancy, meeting, all)| tx.insert_meeting(tenancy, meeting, all));
        Answer::unwrap(work.await);
    };
    let replace = async |meeting: Meeting| {
        let job = (tenancy(1), meeting);
        let work = store.database.write(job, |tx, (tenancy, meeting)| tx.erase_meeting(tenancy, meeting));
        Answer::<()>::from(work.await)
    };
    insert(meeting(1), vec![id(100), id(99)]).await;
    let later = Meeting { starts: None, ends: None, customer: None, modified: at(300), ..meeting(2) };
    insert(later, vec![id(98)]).await;
    assert_eq!(reader.meeting(&tenancy(1), id(1)).await.unwrap(), Some(meeting(1)));
    assert_eq!(reader.meeting(&tenancy(2), id(1)).await.unwrap(), None);
    let mut ask = async |filter| {
        let found = reader.meetings(&tenancy(1), &filter, 10).await.unwrap().unwrap();
        found.iter().map(|meeting| meeting.id.as_u128()).collect::<Vec<_>>()
    };
    let every = MeetingFilter::default();
    assert_eq!(ask(every.clone()).await, [1, 2]);
    assert_eq!(ask(MeetingFilter { employee: Some(id(99)), ..every.clone() }).await, [1]);
    assert_eq!(
        ask(MeetingFilter { modified_from: Some(at(10)), modified_until: Some(at(10)), ..every.clone() }).await,
        [1]
    );
    assert_eq!(ask(MeetingFilter { modified_from: Some(at(11)), ..every.clone() }).await, [2]);
    assert_eq!(ask(MeetingFilter { creator: Some("other".to_owned()), ..every.clone() }).await, [0; 0]);
    assert_eq!(ask(MeetingFilter { customer: Some("acme".to_owned()), ..every.clone() }).await, [1]);
    let mut reader = store.database.reader();
    for (filter, many) in [(every.clone(), 2), (MeetingFilter { employee: Some(id(99)), ..every.clone() }, 1)] {
        for (most, statements, listed) in [(many - 1, 1, None), (many, 2, Some(many))] {
            let before = store.database.statements_read();
            let found = reader.meetings(&tenancy(1), &filter, most).await.unwrap();
            let asked = store.database.statements_read() - before;
            assert_eq!((asked, found.map(|found| found.len())), (statements, listed), "of too many none is read");
        }
    }
    let due = reader.erasable_meetings(&tenancy(1), at(200), None, 9).await.unwrap();
    assert_eq!(due, [Erasable { meeting: id(1), ended: at(200) }]);
    assert_eq!(reader.erasable_meetings(&tenancy(1), at(300), None, 1).await.unwrap(), due, "the oldest first");
    let next = reader.erasable_meetings(&tenancy(1), at(300), due.first().copied(), 9).await.unwrap();
    assert_eq!(next, [Erasable { meeting: id(2), ended: at(300) }]);
    assert_eq!(reader.erasable_meetings(&tenancy(2), at(300), None, 9).await.unwrap(), []);
    replace(Meeting { erased: Some(at(400)), cancelled: Some(at(300)), ..meeting(1) }).await.unwrap();
    assert!(matches!(replace(meeting(1)).await, Err(StoreError::Stale)));
    assert_eq!(reader.erasable_meetings(&tenancy(1), at(299), None, 9).await.unwrap(), []);
    let found = reader.meetings_of_customer(&tenancy(1), "acme").await.unwrap();
    assert_eq!((found.len(), found[0].version, found[0].cancelled), (1, 2, Some(at(300))));
    assert_eq!(
        reader.meetings(&tenancy(1), &every, 10).await.unwrap().unwrap().len(),
        1,
        "cancelled ones are not listed"
    );
}

/// Many at once, of two processes, want overlapping times of the same employee: what comes out never overlaps.
async fn one_of_many(store: &Fresh) {
    let again = store.again().await;
    let tasks = (0..60_i64).map(|n| {
        let database = again.as_ref().filter(|_| n % 2 == 0).unwrap_or(&store.database);
        async move {
            let start = (n * 7) % 30 * 10;
            let number = u128::try_from(n).unwrap();
            put(database, slot(number, start, start + 45), Some(number)).await
        }
    });
    let answers = join_all(tasks).await;
    assert!(answers.iter().all(|answer| answer.is_ok() || is_taken(answer)), "{answers:?}");
    let mut booked = store.database.reader().slots(&tenancy(1), &filter(0, 10_000, 0)).await.unwrap();
    booked.sort_by_key(|slot| slot.starts);
    assert_eq!(booked.len(), answers.iter().filter(|answer| answer.is_ok()).count());
    assert!(booked.len() >= 4, "{}", booked.len());
    assert!(booked.windows(2).all(|pair| pair[0].ends <= pair[1].starts), "{booked:?}");
}
