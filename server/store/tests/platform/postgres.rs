//! What only PostgreSQL can do: be gone, and be shared.

use std::sync::Arc;
use std::time::Duration;

use engage_store::platform::{Database, Kind, Options, Status, StoreError};
use engage_store::{PostgresJournal, PostgresOptions};
use sqlx::{Connection, PgConnection};

use super::directory::{content, insert, realm};
use super::{Fresh, Place, Stores, options};
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

#[tokio::test]
async fn an_older_program_refuses_newer_tables_of_postgres() {
    let (cluster, store, url) = fresh().await;
    let empty = cluster.database().await;
    assert_eq!(Database::status_of_address(&empty, options()).await.unwrap(), Status { applied: 0, known: 4 });
    run(&url, "INSERT INTO _engage_platform VALUES (7, 'later', now(), true, '\\x00', 1)").await;
    assert_eq!(Database::status_of_address(&url, options()).await.unwrap().applied, 7);
    let newer = Database::connect(&url, options()).await.unwrap_err();
    assert!(matches!(newer, StoreError::Newer { found: 7, known: 4 }), "{newer:?}");
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
