//! What any [`Ai`] must do, as tests that its author runs.
//!
//! The author plays the model behind the adapter: a [`Puppet`] that does at each ask what the suite tells it. [`run`] lists
//! every test with what could not be played; [`all`] panics where one fails.
//!
//! ```
//! # use std::sync::Arc;
//! use engage_adapters::ai::conformance::{self, Puppet, Turn};
//! use engage_adapters::ai::local::{Fixture, Local};
//! use engage_playbooks::ports::ai::Ai;
//!
//! struct Mine;
//!
//! #[async_trait::async_trait]
//! impl Puppet for Mine {
//!     async fn adapter(&self, turns: Vec<Turn>) -> Option<Arc<dyn Ai>> {
//!         let fixture = |turn| match turn {
//!             Turn::Writes(text) => {
//!                 let output = serde_json::from_str(&text).ok()?;
//!                 Some(Fixture::output(conformance::capability(), output).times(1))
//!             }
//!             _ => None, // what it cannot do is told in the report
//!         };
//!         let fixtures: Option<Vec<Fixture>> = turns.into_iter().map(fixture).collect();
//!         Some(Arc::new(Local::new(fixtures?)))
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! conformance::all(&Mine).await;
//! # });
//! ```

mod question;
mod rules;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::SemanticId;
use engage_playbooks::ports::ai::Ai;

use crate::conformance::{Failure, Ran, Report};

/// What a model does when it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Writes a text, and is done. 100 tokens went in, 20 came out.
    Writes(String),
    /// Says that its limits are reached, and for how long.
    Throttles(Duration),
    /// Cannot be reached, or says that it is down.
    IsDown,
    /// Refuses to answer.
    Refuses,
    /// Writes until the tokens are used up.
    IsCutOff,
    /// Says nothing, until [`Puppet::pass`] lets the time of the call pass.
    Hangs,
}

/// The model behind an adapter, played by the adapter's author.
#[async_trait]
pub trait Puppet: Send + Sync {
    /// An adapter whose model does this, a turn at each ask, in order; at any further ask it is down. `None` where it cannot do
    /// one of them.
    async fn adapter(&self, turns: Vec<Turn>) -> Option<Arc<dyn Ai>>;

    /// How often the model of the last adapter was asked; `None` where nobody counts.
    async fn asked(&self) -> Option<u32> {
        None
    }

    /// Waits until the model is asked, then lets time pass by the adapter's clock. Whoever plays [`Turn::Hangs`] needs it.
    async fn pass(&self, _time: Duration) {}
}

/// The capability that the suite asks.
pub fn capability() -> SemanticId {
    question::capability()
}

/// Runs every test and says what became of each.
pub async fn run(puppet: &impl Puppet) -> Report {
    let mut report = Report::default();
    macro_rules! run {
        ($($test:ident)*) => {$(
            let (notes, failed) = match rules::$test(puppet).await {
                Ok(None) => (Vec::new(), None),
                Ok(Some(why)) => (vec![format!("not asked: {why}")], None),
                Err(why) => (Vec::new(), Some(why)),
            };
            report.ran.push(Ran { test: stringify!($test).to_owned(), notes, failed });
        )*};
    }
    run! {
        what_fits_is_taken what_does_not_fit_never_comes_through a_second_answer_may_do no_json_is_told
            limits_are_handed_on nobody_retries refusals_and_cuts budgets_before_anything_is_sent wrong_schemas
            time_ends_the_call many_at_once a_dropped_call nothing_private_in_errors
    }
    report
}

/// Runs every test.
///
/// # Panics
/// When a test failed; the message lists all of them.
pub async fn all(puppet: &impl Puppet) {
    let failures: Vec<Failure> = run(puppet).await.failures();
    let lines: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "the adapter does not conform:\n{}", lines.join("\n"));
}
