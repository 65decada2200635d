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

#[path = "../../../store/tests/it/cluster.rs"]
mod cluster;

mod calendar;
mod changes;
mod configuration;
mod followed;
mod histories;
mod kept;
mod labels;
mod meetings;
mod offers;
mod people;
mod portals;
mod races;
mod retention;
mod windows;
mod world;

use std::sync::Arc;

use cluster::Cluster;
use world::World;

/// Everything that holds on every database.
async fn all(world: &impl AsyncFn() -> World) {
    configuration::all(world).await;
    labels::all(world).await;
    calendar::all(world).await;
    windows::all(world).await;
    races::all(world).await;
    meetings::all(world).await;
    changes::all(world).await;
    followed::all(world).await;
    people::all(world).await;
    offers::all(world).await;
    retention::all(world).await;
    histories::all(world).await;
    kept::all(world).await;
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
