//! The journal in a SQLite file.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use engage_playbooks::conformance::journal::{self, Fixture, Store};
use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::{Batch, Entry, Journal, JournalError, Lease, RunRecord};
use engage_playbooks::run::{RunKey, RunState};
use engage_store::SqliteJournal;
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

use crate::facts::{batch, event, key};

struct Files;

struct InFile {
    _folder: TempDir,
    path: PathBuf,
}

#[async_trait]
impl Fixture for Files {
    async fn fresh(&self) -> Arc<dyn Store> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        Arc::new(InFile { _folder: folder, path })
    }
}

#[async_trait]
impl Store for InFile {
    async fn open(&self) -> Arc<dyn Journal> {
        Arc::new(SqliteJournal::open(&self.path).await.unwrap())
    }
}

#[tokio::test]
async fn a_file_conforms() {
    journal::all(Files).await;
}

struct Memories;

struct InMemory(SqliteJournal);

#[async_trait]
impl Fixture for Memories {
    async fn fresh(&self) -> Arc<dyn Store> {
        Arc::new(InMemory(SqliteJournal::in_memory().await.unwrap()))
    }
}

#[async_trait]
impl Store for InMemory {
    async fn open(&self) -> Arc<dyn Journal> {
        Arc::new(self.0.clone())
    }
}

#[tokio::test]
async fn memory_conforms() {
    journal::all(Memories).await;
}

fn path() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    (folder, path)
}

/// Asks for the lead until who had it before is gone.
async fn take_over(journal: &SqliteJournal) -> Lease {
    for _ in 0..100_000 {
        if let Some(lease) = journal.lead("test").await.unwrap() {
            return lease;
        }
        tokio::task::yield_now().await;
    }
    panic!("nobody takes over");
}

#[tokio::test]
async fn what_stands_in_the_folder_is_for_this_user() {
    let (folder, path) = path();
    let journal = SqliteJournal::open(&path).await.unwrap();
    take_over(&journal).await;
    journal.offer(&[event("event-1")]).await.unwrap();
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        found.push((file.file_name().into_string().unwrap(), mode));
    }
    found.sort();
    let beside = ["-shm", "-wal", ".lock", ".migrate", ".news"].map(|suffix| format!("journal.db{suffix}"));
    let expected = std::iter::once("journal.db".to_owned()).chain(beside).map(|name| (name, 0o600)).collect::<Vec<_>>();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_dropped_journal_lets_another_lead() {
    let (_folder, path) = path();
    let first = SqliteJournal::open(&path).await.unwrap();
    let second = SqliteJournal::open(&path).await.unwrap();
    let lease = first.lead("first").await.unwrap().unwrap();
    first.append(&lease, &batch(&key(1), 0..1)).await.unwrap();
    assert!(second.lead("second").await.unwrap().is_none());
    drop(first);
    let next = take_over(&second).await;
    second.append(&next, &batch(&key(1), 1..2)).await.unwrap();
    assert!(matches!(second.append(&lease, &batch(&key(1), 2..3)).await, Err(JournalError::Fenced)));
}

/// Who removes the lock file lets two lead; the token still lets only the later one write.
#[tokio::test]
async fn the_token_holds_where_the_lock_does_not() {
    let (_folder, path) = path();
    let first = SqliteJournal::open(&path).await.unwrap();
    let second = SqliteJournal::open(&path).await.unwrap();
    let lease = first.lead("first").await.unwrap().unwrap();
    std::fs::remove_file(path.with_extension("db.lock")).unwrap();
    let next = second.lead("second").await.unwrap().unwrap();
    assert!(matches!(first.append(&lease, &batch(&key(1), 0..1)).await, Err(JournalError::Fenced)));
    assert!(matches!(first.holds(&lease).await, Err(JournalError::Fenced)));
    second.append(&next, &batch(&key(1), 0..1)).await.unwrap();
}

#[tokio::test]
async fn many_may_open_a_new_file_at_once() {
    let (_folder, path) = path();
    let opened: Vec<_> = (0..8).map(|_| tokio::spawn(SqliteJournal::open(path.clone()))).collect();
    for journal in opened {
        journal.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let (_folder, path) = path();
    std::fs::write(&path, "not a database, but long enough to be taken for the head of one".repeat(20)).unwrap();
    let error = SqliteJournal::open(&path).await.unwrap_err();
    assert!(matches!(error, JournalError::Unavailable(_)), "{error:?}");
    assert!(SqliteJournal::open("/nowhere/at/all.db").await.is_err());
}

/// What a customer wants to be forgotten.
const SECRET: &str = "Kari Nordmann wants to be forgotten";

/// A run at its end whose journal and output hold the secret.
async fn ended(journal: &SqliteJournal, lease: &Lease, key: &RunKey) {
    let at = jiff::Timestamp::UNIX_EPOCH;
    let record = RunRecord {
        key: key.clone(),
        playbook: "visit".parse().unwrap(),
        trigger: TriggerKind::Manual,
        state: RunState::Succeeded,
        started_at: at,
        updated_at: at,
        wake_at: None,
        failed_block: None,
        reason: None,
        entries: 1,
    };
    let entries = vec![Entry { key: key.clone(), sequence: 0, fact: format!("\"{SECRET}\"") }];
    let digest = format!("{:064}", key.run.as_u128());
    let bytes = SECRET.repeat(1000).into_bytes();
    let blobs = vec![engage_playbooks::ports::Blob { key: key.clone(), digest, bytes }];
    journal.append(lease, &Batch { entries, runs: vec![record], blobs, ..Batch::default() }).await.unwrap();
}

/// The files of a journal that hold the secret, by how they end.
fn holding(path: &std::path::Path) -> Vec<&'static str> {
    let holds = |suffix: &&str| {
        let bytes = std::fs::read(format!("{}{suffix}", path.display())).unwrap();
        bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())
    };
    ["", "-wal", "-shm"].into_iter().filter(holds).collect()
}

#[tokio::test]
async fn what_is_removed_is_in_no_file_any_more() {
    let (_folder, path) = path();
    let journal = SqliteJournal::open(&path).await.unwrap();
    let lease = take_over(&journal).await;
    ended(&journal, &lease, &key(1)).await;
    assert_eq!(holding(&path), ["-wal"], "the test looks at where it is");
    assert!(journal.erase(&lease, &key(1)).await.unwrap());
    assert_eq!(holding(&path), [""; 0]);

    for n in 2..5 {
        ended(&journal, &lease, &key(n)).await;
    }
    assert_eq!(holding(&path), ["-wal"]);
    let later = jiff::Timestamp::from_second(60).unwrap();
    assert_eq!(journal.purge(&lease, later, 100).await.unwrap(), 3);
    assert_eq!(holding(&path), [""; 0]);
    journal.append(&lease, &batch(&key(9), 0..1)).await.unwrap();
}

#[tokio::test]
async fn what_is_removed_while_somebody_reads_goes_with_the_next_that_is_written() {
    let (_folder, path) = path();
    let journal = SqliteJournal::open(&path).await.unwrap();
    let lease = take_over(&journal).await;
    ended(&journal, &lease, &key(1)).await;
    let mut reader = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let mut view = reader.begin().await.unwrap();
    let facts: i64 = sqlx::query_scalar("SELECT count(*) FROM journal_facts").fetch_one(&mut *view).await.unwrap();
    assert_eq!(facts, 1);
    // Nobody waits for who reads.
    assert!(journal.erase(&lease, &key(1)).await.unwrap());
    journal.append(&lease, &batch(&key(2), 0..1)).await.unwrap();
    assert_eq!(holding(&path), ["-wal"], "who reads still sees it there");
    view.commit().await.unwrap();
    journal.append(&lease, &batch(&key(2), 1..2)).await.unwrap();
    // What is asked next is answered behind the emptying.
    journal.offer(&[event("event-1")]).await.unwrap();
    assert_eq!(holding(&path), [""; 0]);
    reader.close().await.unwrap();
}
