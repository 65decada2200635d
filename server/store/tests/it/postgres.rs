//! The journal in a PostgreSQL database.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use engage_playbooks::conformance::journal::{self, Fixture, Store};
use engage_playbooks::ports::{Journal, JournalError, Lease};
use engage_store::{PostgresJournal, PostgresOptions};
use sqlx::{Connection, PgConnection};
use tokio::runtime::{Builder, Runtime};

use crate::cluster::Cluster;
use crate::facts::{batch, event, key};

struct Databases(Arc<Cluster>);

struct Database(String);

#[async_trait]
impl Fixture for Databases {
    async fn fresh(&self) -> Arc<dyn Store> {
        Arc::new(Database(self.0.database().await))
    }
}

#[async_trait]
impl Store for Database {
    async fn open(&self) -> Arc<dyn Journal> {
        Arc::new(open(&self.0, PostgresOptions::default()).await)
    }
}

async fn open(url: &str, options: PostgresOptions) -> PostgresJournal {
    PostgresJournal::connect(url, PostgresOptions { connections: 3, ..options }).await.unwrap()
}

fn patient(patience: Duration) -> PostgresOptions {
    PostgresOptions { patience, ..PostgresOptions::default() }
}

async fn lead(journal: &PostgresJournal) -> Lease {
    journal.lead("test").await.unwrap().expect("nobody leads")
}

#[tokio::test]
async fn a_database_conforms() {
    journal::all(Databases(Arc::new(Cluster::start()))).await;
}

/// Ends every connection to the database but the one that asks.
async fn end_all(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::query(end).fetch_all(&mut connection).await.unwrap();
}

#[tokio::test]
async fn a_lost_connection_is_a_lost_lease() {
    let cluster = Cluster::start();
    let url = cluster.database().await;
    let (first, second) =
        (open(&url, patient(Duration::from_secs(9))).await, open(&url, patient(Duration::from_secs(9))).await);
    let lease = lead(&first).await;
    first.append(&lease, &batch(&key(1), 0..1)).await.unwrap();
    assert!(second.lead("second").await.unwrap().is_none());
    end_all(&url).await;
    let next = lead(&second).await;
    assert!(next.token > lease.token);
    let late = first.append(&lease, &batch(&key(1), 1..2)).await;
    // The first to touch the connection learns that it is gone; everybody after that, that the lease is.
    assert!(matches!(late, Err(JournalError::Unavailable(_) | JournalError::Fenced)), "{late:?}");
    assert!(matches!(first.holds(&lease).await, Err(JournalError::Fenced)));
    assert!(matches!(first.append(&lease, &batch(&key(1), 1..2)).await, Err(JournalError::Fenced)));
    assert!(matches!(first.offered(&lease, None, 1).await, Err(JournalError::Fenced)));
    second.append(&next, &batch(&key(1), 1..2)).await.unwrap();
    assert_eq!(second.entries(&key(1)).await.unwrap().len(), 2);
    assert!(first.lead("first").await.unwrap().is_none());
    second.resign(next).await.unwrap();
    lead(&first).await;
}

#[tokio::test]
async fn an_idle_leader_hears_that_its_lease_is_gone() {
    let cluster = Cluster::start();
    let url = cluster.database().await;
    let journal = open(&url, patient(Duration::from_secs(9))).await;
    let lease = lead(&journal).await;
    // The first news is that it listens.
    journal.news().await;
    end_all(&url).await;
    // Its ear may have been the first to go, and be there again before the lease went.
    end_all(&url).await;
    while journal.offered(&lease, None, 1).await.is_ok() {
        journal.news().await;
    }
    assert!(matches!(journal.holds(&lease).await, Err(JournalError::Fenced)));
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Asks for the lead until it is given, for as long as a test may take.
async fn take_over(journal: &PostgresJournal) -> Lease {
    let started = Instant::now();
    loop {
        if let Some(lease) = journal.lead("stand-by").await.unwrap() {
            return lease;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "nobody takes over");
    }
}

/// A process that is there and does nothing: its runtime does not go on.
#[test]
fn a_paused_leader_is_followed_and_cannot_write_when_it_wakes() {
    let cluster = Cluster::start();
    let (paused, other) = (runtime(), runtime());
    let url = other.block_on(cluster.database());
    let (leader, lease) = paused.block_on(async {
        let leader = open(&url, patient(Duration::from_secs(9))).await;
        let lease = lead(&leader).await;
        leader.append(&lease, &batch(&key(1), 0..2)).await.unwrap();
        (leader, lease)
    });
    other.block_on(async {
        let standby = open(&url, patient(Duration::from_millis(400))).await;
        let next = take_over(&standby).await;
        assert!(next.token > lease.token);
        standby.append(&next, &batch(&key(1), 2..3)).await.unwrap();
    });
    paused.block_on(async {
        leader.append(&lease, &batch(&key(1), 2..4)).await.unwrap_err();
        assert!(matches!(leader.holds(&lease).await, Err(JournalError::Fenced)));
        assert!(matches!(leader.append(&lease, &batch(&key(1), 3..4)).await, Err(JournalError::Fenced)));
        assert_eq!(leader.entries(&key(1)).await.unwrap().len(), 3);
    });
}

/// A leader answers whoever stands by, so the question is never old.
#[tokio::test]
async fn a_leader_that_is_alive_stays_however_often_a_stand_by_asks() {
    let cluster = Cluster::start();
    let url = cluster.database().await;
    let leader = open(&url, patient(Duration::from_secs(60))).await;
    let lease = lead(&leader).await;
    let standby = open(&url, patient(Duration::from_secs(60))).await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for _ in 0..5 {
        assert!(standby.lead("stand-by").await.unwrap().is_none());
        let asked = "SELECT asked IS NOT NULL FROM journal_standby";
        while sqlx::query_scalar(asked).fetch_one(&mut connection).await.unwrap() {
            tokio::task::yield_now().await;
        }
    }
    leader.holds(&lease).await.unwrap();
}

/// Who reads behind the last number it saw misses nothing, however many processes take offers in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_of_offers_come_in_order() {
    let cluster = Cluster::start();
    let url = cluster.database().await;
    let reader = open(&url, PostgresOptions::default()).await;
    let lease = lead(&reader).await;
    let mut offering = Vec::new();
    for process in 0..4 {
        let journal = open(&url, PostgresOptions::default()).await;
        offering.extend((0..5).map(|task| {
            let journal = journal.clone();
            tokio::spawn(async move {
                for n in 0..20 {
                    journal.offer(&[event(&format!("{process}-{task}-{n}"))]).await.unwrap();
                }
            })
        }));
    }
    let (mut seen, mut after) = (0, None);
    while seen < 4 * 5 * 20 {
        let page = reader.offered(&lease, after, 7).await.unwrap();
        seen += page.len();
        match page.last() {
            Some((last, _)) => after = Some(*last),
            None => reader.news().await,
        }
    }
    for task in offering {
        task.await.unwrap();
    }
    assert!(reader.offered(&lease, after, 7).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_address_is_not_shown() {
    let bad = PostgresJournal::connect("postgres://user:secret@host:port/database", PostgresOptions::default()).await;
    let error = bad.unwrap_err();
    let shown = format!("{error:?} {error} {}", std::error::Error::source(&error).unwrap());
    assert!(shown.contains("the address of the database is none") && !shown.contains("secret"), "{shown}");
}
