//! The database: versions, copies, and what it is where.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use engage_cli::Exit;
use engage_store::platform::{Database, Options, Organisation, Organisations as _, StoreError};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::Connection as _;
use tempfile::TempDir;
use uuid::Uuid;

use super::{Platform, on_runtime};
use crate::cli::{engage, without};
use crate::crash::cluster::Cluster;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_database_is_looked_at_before_it_is_made() {
    let platform = Platform::new();
    let status = platform.data(&["db", "status"]);
    assert_eq!((&status["state"], &status["applied"]), (&"empty".into(), &0.into()));
    assert!(!platform.at("data").exists(), "to look makes nothing");
    let migrated = platform.data(&["db", "migrate"]);
    assert_eq!((&migrated["before"], &migrated["applied"]), (&0.into(), &status["known"]));
    assert_eq!((mode(&platform.at("data")), mode(&platform.at("data/engage.db"))), (0o700, 0o600));
    let text = without(&platform.folder, &platform.told(&["db", "status"]));
    assert!(text.starts_with("SQLite in `DIR/data/engage.db`\n") && text.ends_with(": current\n"), "{text}");
    assert!(platform.told(&["db", "migrate"]).contains("already"));
}

#[test]
fn tables_of_a_newer_program_are_left_alone() {
    let platform = Platform::new();
    platform.told(&["db", "migrate"]);
    let url = format!("sqlite://{}", platform.at("data/engage.db").display());
    on_runtime(async {
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::query("UPDATE _engage_platform SET version = version + 8998").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    let said = platform.engage(&["db", "status"]);
    assert_eq!(said.exit, Exit::Problems);
    assert!(said.out.ends_with(": newer\n"), "{}", said.out);
    for arguments in [&["db", "migrate"][..], &["org", "list"], &["org", "create", "Contoso"]] {
        let (exit, err) = platform.refused(arguments);
        assert_eq!(exit, Exit::Outside);
        assert!(err.contains("version 9000") && err.contains("help: "), "{err}");
    }
    platform.told(&["db", "backup", &platform.copy()]);
    let elsewhere = Platform::new();
    let (exit, err) = elsewhere.refused(&["db", "restore", &platform.copy()]);
    assert!(exit == Exit::Problems && err.contains("version 9000"), "{err}");
    assert!(!elsewhere.at("data/engage.db").exists());
}

#[test]
fn a_copy_is_taken_while_others_write_and_put_back_where_nothing_is() {
    let platform = Platform::new();
    let contoso = platform.told(&["org", "create", "Contoso"]);
    let path = platform.at("data/engage.db");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Database::open(path, Options::default())).unwrap();
    let writes: tokio::task::JoinHandle<Result<(), StoreError>> = runtime.spawn(async move {
        for number in 1_u128.. {
            let (id, name) = (Uuid::from_u128(number), format!("Customer {number}"));
            let new = Organisation { id, name, enabled: true, created: Timestamp::UNIX_EPOCH };
            let work = server.write(new, |tx, new| Box::pin(async move { tx.create_organisation(new).await }));
            work.await?;
        }
        Ok::<(), StoreError>(())
    });
    assert!(platform.told(&["db", "backup", &platform.copy()]).starts_with("wrote "));
    assert!(!writes.is_finished(), "a writer goes on");
    writes.abort();
    assert_eq!(mode(&platform.at("copy.db")), 0o600);
    let (exit, err) = platform.refused(&["db", "backup", &platform.copy()]);
    assert!(exit == Exit::Usage && err.contains("`DIR/copy.db` is there already"), "{err}");
    let (exit, err) = platform.refused(&["db", "restore", &platform.copy()]);
    assert!(exit == Exit::Usage && err.contains("`DIR/data/engage.db` is there already"), "{err}");

    let elsewhere = Platform::new();
    elsewhere.told(&["db", "restore", &platform.copy()]);
    assert_eq!((mode(&elsewhere.at("data")), mode(&elsewhere.at("data/engage.db"))), (0o700, 0o600));
    assert!(elsewhere.told(&["org", "list"]).contains(contoso.trim()));
    assert_eq!(elsewhere.data(&["db", "status"])["state"], "current");
}

#[test]
fn what_is_no_copy_is_not_put_back() {
    let platform = Platform::new();
    let copy = platform.copy();
    let (exit, err) = platform.refused(&["db", "backup", &copy]);
    assert!(exit == Exit::Usage && err.contains("no such database"), "{err}");
    let (exit, err) = platform.refused(&["db", "restore", &copy]);
    assert!(exit == Exit::Usage && err.contains("`DIR/copy.db`"), "{err}");
    fs::write(&copy, "no database at all, but long enough to be taken for the head of one, if nobody looks").unwrap();
    let (exit, err) = platform.refused(&["db", "restore", &copy]);
    assert!(exit == Exit::Problems && err.contains("cannot be put back"), "{err}");
    assert!(!platform.at("data/engage.db").exists());
    let (exit, err) = platform.refused(&["db", "backup", "no/such/folder/copy.db"]);
    assert!(exit == Exit::Usage && err.contains("no such folder"), "{err}");
}

#[test]
fn the_same_holds_on_postgresql_which_is_copied_by_its_own_programs() {
    let cluster = Cluster::start();
    let url = on_runtime(cluster.database());
    let platform = Platform { setting: format!("store.url={url}"), ..Platform::new() };
    assert_eq!(platform.data(&["db", "status"])["state"], "empty");
    assert!(platform.told(&["db", "migrate"]).contains("and were of 0"));
    let status = platform.data(&["db", "status"]);
    assert_eq!(
        (&status["state"], &status["database"], &status["file"]),
        (&"current".into(), &"postgres".into(), &Value::Null)
    );
    assert!(platform.told(&["db", "status"]).starts_with("PostgreSQL\n"));
    for copying in ["backup", "restore"] {
        let (exit, err) = platform.refused(&["db", copying, &platform.copy()]);
        assert!(exit == Exit::Usage && err.contains("pg_dump"), "{err}");
    }
    platform.told(&["org", "create", "Contoso"]);
    let token = platform.data(&["scim", "token", "create", "Contoso"]);
    platform.told(&["scim", "token", "revoke", "Contoso", token["id"].as_str().unwrap()]);
    assert_eq!(platform.data(&["scim", "token", "list", "Contoso"])["tokens"][0]["state"], "revoked");
    assert_eq!(platform.data(&["org", "disable", "Contoso"])["enabled"], false);
}

#[test]
fn a_database_that_does_not_answer_is_the_outsides() {
    let folder = TempDir::new().unwrap();
    let url = format!("store.url=postgres:///none?user=engage&password=hunter2&host={}", folder.path().display());
    let said = engage(&["org", "list", "--set", &url]);
    assert_eq!(said.exit, Exit::Outside);
    assert!(
        said.err.starts_with("error: the store cannot be asked: ") && !said.err.contains("hunter2"),
        "{}",
        said.err
    );
    // A file where the folder is to be.
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let said = engage(&["db", "migrate", "--set", &format!("store.data={}", file.display())]);
    assert_eq!(said.exit, Exit::Outside);
    assert!(without(&folder, &said.err).contains("the folder `DIR/file` cannot be made: "), "{}", said.err);
}
