//! Bookings on SQLite and on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "a test stops at the first surprise"
)]

#[expect(dead_code, reason = "the store's tests take it away too")]
#[path = "../../../store/tests/it/cluster.rs"]
mod cluster;

mod configuration;
mod labels;
mod portals;
mod world;

use std::sync::Arc;

use cluster::Cluster;
use world::World;

/// Everything that holds on every database.
async fn all(world: &impl AsyncFn() -> World) {
    configuration::all(world).await;
    labels::all(world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bookings_in_a_file() {
    all(&World::in_file).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bookings_in_postgres() {
    let cluster = Arc::new(Cluster::start());
    all(&async || World::at(cluster.database().await).await).await;
}
