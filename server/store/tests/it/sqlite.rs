//! The journal in a SQLite file.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use engage_playbooks::conformance::journal::{self, Fixture, Store};
use engage_playbooks::ports::Journal;
use engage_store::SqliteJournal;
use tempfile::TempDir;

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
