//! Databases of every earlier version are brought up to date, and what was in them is there.

use engage_playbooks::ports::Journal;
use engage_store::{PostgresJournal, PostgresOptions, SqliteJournal};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, PgConnection, SqlSafeStr, SqliteConnection};

use crate::cluster::Cluster;
use crate::facts::{batch, key};

/// Facts of two runs that take turns, as the first version kept them.
const FIRST: [(u128, u32); 5] = [(7, 0), (3, 0), (7, 1), (3, 1), (7, 2)];

fn version_1(sql: &'static str) -> Migrator {
    let migration = Migration::new(1, "journal".into(), MigrationType::Simple, sql.into_sql_str(), false);
    Migrator::with_migrations(vec![migration])
}

async fn holds_the_first(journal: &dyn Journal) {
    for run in [7, 3] {
        let of_run = FIRST.iter().filter(|(of, _)| *of == run);
        let expected: Vec<(u32, String)> = of_run.map(|(_, n)| (*n, format!("{{\"fact\":{n}}}"))).collect();
        let entries = journal.entries(&key(run)).await.unwrap();
        let found: Vec<(u32, String)> = entries.into_iter().map(|entry| (entry.sequence, entry.fact)).collect();
        assert_eq!(found, expected);
    }
    let lease = journal.lead("test").await.unwrap().unwrap();
    journal.append(&lease, &batch(&key(7), 2..3)).await.unwrap_err();
    for (run, next) in [(7, 3), (3, 2), (9, 0)] {
        journal.append(&lease, &batch(&key(run), next..next + 2)).await.unwrap();
        assert_eq!(journal.entries(&key(run)).await.unwrap().len(), next as usize + 2);
    }
}

#[tokio::test]
async fn a_file_of_the_first_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    version_1(include_str!("../../migrations/sqlite/0001_journal.sql")).run(&mut connection).await.unwrap();
    for (run, sequence) in FIRST {
        let insert = "INSERT INTO journal_entries (tenant, run, sequence, fact) VALUES ('contoso', ?, ?, ?)";
        let fact = format!("{{\"fact\":{sequence}}}");
        sqlx::query(insert).bind(key(run).run).bind(sequence).bind(fact).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    holds_the_first(&SqliteJournal::open(&path).await.unwrap()).await;
}

#[tokio::test]
async fn a_database_of_the_first_version() {
    let cluster = Cluster::start();
    let url = cluster.database().await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    version_1(include_str!("../../migrations/postgres/0001_journal.sql")).run(&mut connection).await.unwrap();
    for (run, sequence) in FIRST {
        let insert = "INSERT INTO journal_entries (tenant, run, sequence, fact) VALUES ('contoso', $1, $2, $3)";
        let fact = format!("{{\"fact\":{sequence}}}");
        let insert = sqlx::query(insert).bind(key(run).run).bind(i64::from(sequence)).bind(fact);
        insert.execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let options = PostgresOptions { connections: 3, ..PostgresOptions::default() };
    holds_the_first(&PostgresJournal::connect(&url, options).await.unwrap()).await;
}
