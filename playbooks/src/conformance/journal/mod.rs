//! What any journal must do: every sentence of the contract on [`Journal`].
//!
//! Each test has a store of its own, and opens it as often as it likes: every [`Store::open`] stands for a process. A
//! store that never has news lets the suite wait for ever, so run it where a test has a time limit.

mod append;
mod bench;
mod keeping;
mod lease;
mod limits;
mod lists;
mod offers;
mod restart;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::ports::Journal;
use bench::{Bench, Outcome};

/// Gives the suite a store, anew for each test.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// A store with nothing in it.
    async fn fresh(&self) -> Arc<dyn Store>;
}

/// One store, for any number of processes.
#[async_trait]
pub trait Store: Send + Sync {
    /// A journal as another process opens it. What was acknowledged outlives it.
    async fn open(&self) -> Arc<dyn Journal>;
}

/// A test that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its name.
    pub test: &'static str,
    /// What was expected and what came.
    pub why: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.test, self.why)
    }
}

/// Runs every test and gives back what failed.
pub async fn failures(make: &impl Fixture) -> Vec<Failure> {
    let mut failures = Vec::new();
    macro_rules! run {
        ($($module:ident: $($test:ident)*;)*) => {$($({
            let test = concat!(stringify!($module), "::", stringify!($test));
            let outcome: Outcome = match Bench::new(make.fresh().await).await {
                Ok(bench) => $module::$test(bench).await,
                Err(why) => Err(why),
            };
            failures.extend(outcome.err().map(|why| Failure { test, why }));
        })*)*};
    }
    run! {
        append: what_is_appended_comes_back sequences all_or_nothing records_replace together racing dropped;
        lease: one_leads what_comes_late leases_of_others lost_to_another;
        offers: once hostile_ids racing in_order taken requests news;
        limits: batches offers;
        lists: newest_first filters a_page_outlives_its_last_run tenants unfinished;
        keeping: marks blobs shared_blobs purge erase given_up;
        restart: nothing_is_lost;
    }
    failures
}

/// Runs every test.
///
/// # Panics
/// When a test failed; the message lists all of them.
pub async fn all(make: impl Fixture) {
    let failures = failures(&make).await;
    let lines: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "the journal does not conform:\n{}", lines.join("\n"));
}
