//! Everything that holds on every store.

use std::sync::Arc;

use super::{
    Stores, alerts, audit, bookings, changes, clients, conditions, counts, directory, jobs, organisations, outbox,
    secrets, tokens, writes,
};
use crate::cluster::Cluster;

async fn all(stores: Stores) {
    organisations::all(&stores).await;
    tokens::all(&stores).await;
    directory::all(&stores).await;
    conditions::all(&stores).await;
    outbox::all(&stores).await;
    jobs::all(&stores).await;
    audit::all(&stores).await;
    alerts::all(&stores).await;
    secrets::all(&stores).await;
    bookings::all(&stores).await;
    changes::all(&stores).await;
    clients::all(&stores).await;
    counts::all(&stores).await;
    writes::all(&stores).await;
}

#[tokio::test]
async fn a_file_of_the_platform_conforms() {
    all(Stores::Files).await;
}

#[tokio::test]
async fn a_platform_in_memory_conforms() {
    all(Stores::Memory).await;
}

#[tokio::test]
async fn a_platform_in_postgres_conforms() {
    all(Stores::Postgres(Arc::new(Cluster::start()))).await;
}
