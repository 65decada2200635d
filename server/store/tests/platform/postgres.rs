//! What only PostgreSQL can do: be gone, and be shared.

use std::sync::Arc;
use std::time::Duration;

use engage_store::platform::sql::{Column, Condition, Given, Test};
use engage_store::platform::{
    CalendarReads, CalendarsOf, Content, Database, DirectoryReads, Kind, MeetingFilter, MeetingReads, MemberReads,
    MemberRow, Options, SlotFilter, Status, StoreError,
};
use engage_store::{PostgresJournal, PostgresOptions};
use sqlx::{Connection, PgConnection};

use super::bookings::{filter, tenancy};
use super::directory::{add, content, insert, realm};
use super::{Fresh, Place, Stores, at, id, options};
use crate::cluster::Cluster;

async fn fresh() -> (Arc<Cluster>, Fresh, String) {
    let cluster = Arc::new(Cluster::start());
    let store = Stores::Postgres(cluster.clone()).fresh().await;
    let Place::Address(url) = &store.place else { panic!("no address") };
    let url = url.clone();
    (cluster, store, url)
}

async fn run(url: &str, statement: &'static str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn connections_that_are_cut_are_made_again() {
    let (_cluster, store, url) = fresh().await;
    insert(&store, realm(1), Kind::User, 1, content("anna")).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    run(&url, end).await;
    insert(&store, realm(1), Kind::User, 2, content("berta")).await.unwrap();
    store.database.ready().await.unwrap();
}

/// A lock that somebody holds for too long is an error that may be repeated, not a wait without end.
#[tokio::test]
async fn nobody_waits_for_ever() {
    let (_cluster, store, url) = fresh().await;
    insert(&store, realm(1), Kind::User, 1, content("anna")).await.unwrap();
    let patience = Duration::from_millis(300);
    let database = Database::connect(&url, Options { patience, ..options() }).await.unwrap();
    let impatient = Fresh { database, place: Place::Address(url.clone()) };
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE directory_resources").execute(&mut connection).await.unwrap();
    let blocked = insert(&impatient, realm(1), Kind::User, 2, content("berta")).await.unwrap_err();
    assert!(matches!(blocked, StoreError::Unavailable(_)) && blocked.may_repeat(), "{blocked:?}");
    sqlx::raw_sql("COMMIT").execute(&mut connection).await.unwrap();
    insert(&impatient, realm(1), Kind::User, 2, content("berta")).await.unwrap();
}

/// What a planner knows of a table that has just been filled is that it was empty: no look-up reads more than it finds for that.
#[tokio::test]
async fn look_ups_in_a_table_that_nobody_has_analysed_read_what_they_find() {
    const PEOPLE: u128 = 400;
    let (_cluster, store, url) = fresh().await;
    let sales = id(PEOPLE + 1);
    insert(&store, realm(1), Kind::Group, PEOPLE + 1, Content { user_name: None, ..content("sales") }).await.unwrap();
    for n in 0..PEOPLE {
        let name = format!("person{n}");
        insert(&store, realm(1), Kind::User, 1 + n, Content { external_id: Some(name.clone()), ..content(&name) })
            .await
            .unwrap();
        add(&store, sales, vec![MemberRow { id: id(1 + n).to_string(), kind: None, display: None }]).await;
        let mut reader = store.database.reader();
        for column in [Column::UserName, Column::ExternalId] {
            let condition = Condition::column(column, Test::Eq(Given::folded(&name)));
            let found = reader.records_found(&realm(1), Kind::User, &condition, 0, 100).await.unwrap();
            assert_eq!((found.records.len(), found.total), (1, 1), "{name}");
        }
        assert!(reader.record(&realm(1), Kind::User, id(1 + n)).await.unwrap().is_some());
        assert_eq!(reader.groups_of(&realm(1), &[id(1 + n)], 10).await.unwrap().len(), 1);
    }
    drop(store);
    let read = entries_read(&url, "directory_%").await;
    for (index, entries) in &read {
        assert!(*entries < i64::try_from(PEOPLE).unwrap() * 10, "{entries} entries of {index} were read: {read:?}");
    }
}

/// How many entries of indexes were read, and rows of tables without one, once whoever read them is gone: that is when it is written down.
async fn entries_read(url: &str, tables: &str) -> Vec<(String, i64)> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while sqlx::query_scalar::<_, i64>(others).fetch_one(&mut connection).await.unwrap() > 0 {}
    let read = "SELECT indexrelname::text, idx_tup_read FROM pg_stat_user_indexes WHERE relname LIKE $1
        UNION ALL SELECT relname::text, seq_tup_read FROM pg_stat_user_tables WHERE relname LIKE $1";
    sqlx::query_as(read).bind(tables).fetch_all(&mut connection).await.unwrap()
}

/// Four thousand meetings, one after the other, of twenty employees in turn.
const YEARS: &str = "
    CREATE FUNCTION id(n bigint) RETURNS bytea LANGUAGE sql AS $$ SELECT decode(lpad(to_hex(n), 32, '0'), 'hex') $$;
    INSERT INTO booking_slots (organisation, environment, id, status, starts, ends, employee, meeting, created, modified)
        SELECT id(1), 'prod', id(10000 + k), 'Booked', (1750000000 + k) * 1000000, (1750000001 + k) * 1000000, id(100 + k % 20), id(20000 + k), 0, 0
        FROM generate_series(0::bigint, 3999) k;
    INSERT INTO booking_meetings (organisation, environment, id, starts, ends, creator, body, version, created, modified)
        SELECT id(1), 'prod', id(20000 + k), (1750000000 + k) * 1000000, (1750000001 + k) * 1000000, 'anna', '{}', 1, 0, (1750000000 + k) * 1000000
        FROM generate_series(0::bigint, 3999) k;
    INSERT INTO booking_participants (organisation, environment, meeting, employee, place, modified)
        SELECT id(1), 'prod', id(20000 + k), id(100 + k % 20), 0, (1750000000 + k) * 1000000 FROM generate_series(0::bigint, 3999) k;";

/// What took place in years is not read for what is ahead, or for what has changed of late, whatever a planner knows.
#[tokio::test]
async fn what_is_over_is_not_read() {
    let (_cluster, store, url) = fresh().await;
    drop(store);
    run(&url, YEARS).await;
    for knows in ["SELECT pg_stat_reset()", "ANALYZE; SELECT pg_stat_reset()"] {
        run(&url, knows).await;
        let database = Database::connect(&url, options()).await.unwrap();
        let mut reader = database.reader();
        for _ in 0..8 {
            // Often enough for a plan that is made once.
            let (first, second, now) = (id(100), id(101), at(3_900));
            let both = CalendarsOf::Employees(&[first, second]);
            assert_eq!(reader.slots_from(&tenancy(1), both, (now, now)).await.unwrap().len(), 10);
            let late = MeetingFilter { employee: Some(first), modified_from: Some(now), ..MeetingFilter::default() };
            assert_eq!(reader.meetings(&tenancy(1), &late, 1_000).await.unwrap().unwrap().len(), 5);
            let range = SlotFilter { employee: Some(second), ..filter(3_981, 3_982, 0) };
            assert_eq!(reader.slots_in_the_way(&tenancy(1), &range, Some("none")).await.unwrap().len(), 1);
        }
        drop((database, reader));
        let read = entries_read(&url, "booking_%").await;
        for (index, entries) in &read {
            assert!(*entries < 8 * 60, "{entries} entries of {index} were read: {read:?}");
        }
    }
}

#[tokio::test]
async fn an_older_program_refuses_newer_tables_of_postgres() {
    let (cluster, store, url) = fresh().await;
    let empty = cluster.database().await;
    assert_eq!(Database::status_of_address(&empty, options()).await.unwrap(), Status { applied: 0, known: 11 });
    run(&url, "INSERT INTO _engage_platform VALUES (12, 'later', now(), true, '\\x00', 1)").await;
    assert_eq!(Database::status_of_address(&url, options()).await.unwrap().applied, 12);
    let newer = Database::connect(&url, options()).await.unwrap_err();
    assert!(matches!(newer, StoreError::Newer { found: 12, known: 11 }), "{newer:?}");
    assert!(matches!(store.database.ready().await.unwrap_err(), StoreError::Newer { .. }));
    let copy = store.database.backup("copy").await.unwrap_err();
    assert!(matches!(copy, StoreError::Refused { .. }), "{copy:?}");
}

/// Who may not make the extension is told what to ask for, and goes on once it is there.
#[tokio::test]
async fn an_extension_that_is_missing_is_named() {
    let cluster = Cluster::start();
    let url = cluster.database().await;
    run(&url, "CREATE ROLE modest LOGIN; GRANT CREATE, USAGE ON SCHEMA public TO modest").await;
    let modest = url.replace("user=engage", "user=modest");
    let missing = Database::connect(&modest, options()).await.unwrap_err();
    let StoreError::Unavailable(said) = &missing else { panic!("{missing:?}") };
    assert!(said.to_string().contains("`CREATE EXTENSION btree_gist`"), "{said}");
    run(&url, "CREATE EXTENSION btree_gist").await;
    Database::connect(&modest, options()).await.unwrap().ready().await.unwrap();
}

#[tokio::test]
async fn the_journal_may_live_beside_it() {
    let (cluster, store, url) = fresh().await;
    let journal = || PostgresJournal::connect(&url, PostgresOptions { connections: 2, ..PostgresOptions::default() });
    drop(journal().await.unwrap());
    insert(&store, realm(1), Kind::User, 1, content("anna")).await.unwrap();
    Database::connect(&url, options()).await.unwrap();
    drop(journal().await.unwrap());
    let other = cluster.database().await;
    PostgresJournal::connect(&other, PostgresOptions::default()).await.unwrap();
    Database::connect(&other, options()).await.unwrap();
}

#[tokio::test]
async fn a_secret_address_is_not_shown() {
    let wrong = Database::connect("postgres://anna:hunter2@[::1/x", options()).await.unwrap_err();
    assert!(!format!("{wrong:?} {wrong}").contains("hunter2"), "{wrong:?}");
}
