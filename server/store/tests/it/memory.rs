//! The journal in memory, beside the others: one suite for all.

use std::sync::Arc;

use async_trait::async_trait;
use engage_playbooks::conformance::journal::{self, Fixture, Store};
use engage_playbooks::ports::Journal;
use engage_playbooks::run::MemoryJournal;

struct Memories;

struct InMemory(MemoryJournal);

#[async_trait]
impl Fixture for Memories {
    async fn fresh(&self) -> Arc<dyn Store> {
        Arc::new(InMemory(MemoryJournal::new()))
    }
}

#[async_trait]
impl Store for InMemory {
    async fn open(&self) -> Arc<dyn Journal> {
        Arc::new(self.0.reopen())
    }
}

#[tokio::test]
async fn memory_without_a_database_conforms() {
    journal::all(Memories).await;
}
