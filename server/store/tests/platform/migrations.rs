//! Databases of every earlier version are brought up to date, and what was in them is there.

use engage_store::platform::{
    AlertReads, Alerts, AuditQuery, AuditReads, Database, Options, OrganisationReads, Sighting, StoreError,
};
use jiff::Timestamp;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, PgConnection, SqlSafeStr, SqliteConnection};
use uuid::Uuid;

use crate::cluster::Cluster;
use crate::{at, id, options};

const ORGANISATION: &str =
    "INSERT INTO organisations (organisation, name, enabled, created) VALUES ($1, 'Contoso', 1, 1000)";
const ALERT: &str = "INSERT INTO alerts (organisation, id, environment, kind, opened, seen, count, details)
    VALUES ($1, $2, 'prod', 'scim.silence', 1000, 2000, 3, '{}')";
const AUDIT: &str = "INSERT INTO audit (organisation, at, actor, event, outcome, details)
    VALUES ($1, 1000, 'anna', 'token.issued', 'done', '{\"token\":\"t1\",\"all\":[\"t2\",\"t1\",7]}')";

fn version_1(sql: &'static str) -> Migrator {
    let migration = Migration::new(1, "platform".into(), MigrationType::Simple, sql.into_sql_str(), false);
    let mut migrator = Migrator::with_migrations(vec![migration]);
    migrator.dangerous_set_table_name("_engage_platform");
    migrator
}

async fn holds_the_first(database: &Database) {
    let mut reader = database.reader();
    assert_eq!(reader.organisation(id(1)).await.unwrap().unwrap().name, "Contoso");
    let alerts = reader.alerts(id(1), true, 10).await.unwrap();
    let found: Vec<(Uuid, u64)> = alerts.iter().map(|alert| (alert.id, alert.count)).collect();
    assert_eq!(found, [(id(7), 3)]);
    let untold = async || database.reader().untold_alerts(Timestamp::UNIX_EPOCH, 10).await.unwrap();
    assert_eq!(untold().await, [], "of what there was before nobody is told now");
    let environment = alerts[0].environment;
    for (target, there) in [("t1", 1), ("t2", 1), ("token", 0)] {
        let (from, until, target) = (Timestamp::UNIX_EPOCH, Timestamp::MAX, Some(target.to_owned()));
        let query =
            AuditQuery { environment, from, until, actor: None, event: None, target, outcome: None, before: None };
        let found = database.reader().audit_found(id(1), &query, 10).await.unwrap();
        assert_eq!(found.len(), there, "what was logged before is found by what it names");
    }
    let seen = Sighting {
        organisation: id(1),
        id: id(8),
        environment,
        kind: "new".to_owned(),
        subject: String::new(),
        details: serde_json::json!({}),
    };
    let raised = database.write(seen, |tx, seen| Box::pin(tx.raise_alert(seen, at(5))));
    let raised: Result<_, StoreError> = raised.await;
    assert_eq!(untold().await, [raised.unwrap()]);
}

#[tokio::test]
async fn a_file_of_the_first_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platform.db");
    let new = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&new).await.unwrap();
    let sql = include_str!("../../migrations/platform/sqlite/0001_platform.sql");
    version_1(sql).run(&mut connection).await.unwrap();
    sqlx::query(ORGANISATION).bind(id(1)).execute(&mut connection).await.unwrap();
    sqlx::query(ALERT).bind(id(1)).bind(id(7)).execute(&mut connection).await.unwrap();
    sqlx::query(AUDIT).bind(id(1)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    holds_the_first(&Database::open(&path, Options::default()).await.unwrap()).await;
}

#[tokio::test]
async fn a_database_of_the_first_version() {
    let cluster = Cluster::start();
    let url = cluster.database().await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let sql = include_str!("../../migrations/platform/postgres/0001_platform.sql");
    version_1(sql).run(&mut connection).await.unwrap();
    let bytes = |id: Uuid| id.as_bytes().to_vec();
    sqlx::query(ORGANISATION).bind(bytes(id(1))).execute(&mut connection).await.unwrap();
    sqlx::query(ALERT).bind(bytes(id(1))).bind(bytes(id(7))).execute(&mut connection).await.unwrap();
    sqlx::query(AUDIT).bind(bytes(id(1))).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    holds_the_first(&Database::connect(&url, options()).await.unwrap()).await;
}
