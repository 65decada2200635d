//! The platform's store: one suite, on a file, in memory and in PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "a test stops at the first surprise"
)]
#![cfg(all(feature = "sqlite", feature = "postgres"))]

#[path = "../it/cluster.rs"]
mod cluster;

mod alerts;
mod audit;
mod bookings;
mod changes;
mod clients;
mod conditions;
mod counts;
mod directory;
mod files;
mod isolation;
mod jobs;
mod migrations;
mod organisations;
mod outbox;
mod postgres;
mod secrets;
mod suite;
mod tokens;
mod writes;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use engage_store::platform::{Database, Options, StoreError};
use tempfile::TempDir;
use uuid::Uuid;

use cluster::Cluster;

/// Where databases come from.
pub(crate) enum Stores {
    Files,
    Memory,
    Postgres(Arc<Cluster>),
}

/// A database with nothing in it, for as long as it is not dropped.
pub(crate) struct Fresh {
    pub(crate) database: Database,
    pub(crate) place: Place,
}

/// Where another process would find it.
pub(crate) enum Place {
    File(TempDir),
    Memory,
    Address(String),
}

impl Stores {
    pub(crate) async fn fresh(&self) -> Fresh {
        match self {
            Self::Files => {
                let folder = tempfile::tempdir().unwrap();
                let database = Database::open(folder.path().join("platform.db"), Options::default()).await.unwrap();
                Fresh { database, place: Place::File(folder) }
            }
            Self::Memory => {
                Fresh { database: Database::in_memory(Options::default()).await.unwrap(), place: Place::Memory }
            }
            Self::Postgres(cluster) => {
                let url = cluster.database().await;
                let database = Database::connect(&url, options()).await.unwrap();
                Fresh { database, place: Place::Address(url) }
            }
        }
    }
}

/// Few connections: the server has sixty, and tests run beside each other.
pub(crate) fn options() -> Options {
    Options { connections: 4, ..Options::default() }
}

impl Fresh {
    /// The same database, opened again as another process would.
    pub(crate) async fn again(&self) -> Option<Database> {
        match &self.place {
            Place::File(folder) => {
                Some(Database::open(folder.path().join("platform.db"), Options::default()).await.unwrap())
            }
            Place::Memory => None,
            Place::Address(url) => Some(Database::connect(url, options()).await.unwrap()),
        }
    }
}

pub(crate) type Boxed<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;

/// What a job says.
pub(crate) type Answer<T> = Result<T, StoreError>;

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// So many seconds after an instant.
pub(crate) fn at(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_750_000_000 + seconds).unwrap()
}
