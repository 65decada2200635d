//! What any adapter must do, as tests that its author runs.
//!
//! The suite asks the adapter what it can do and holds it to that: what it declares must work, what it does not
//! declare must be refused without effect. It needs the tables of [`schema`] in the CRM, empty for every test, under
//! these names or, said by [`Terms`], under others. [`run`] lists every test with what was refused and what could not be
//! asked; [`faults`] is the second part, for a wire that fails when told to.
//!
//! ```
//! # use std::sync::Arc;
//! use engage_adapters::conformance;
//! use engage_adapters::memory::MemoryCrm;
//!
//! let crm = "memory".parse().unwrap();
//! let fresh = || Arc::new(MemoryCrm::new(conformance::schema(&crm).unwrap()).unwrap()) as Arc<dyn engage_engine::Adapter>;
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! conformance::all(fresh).await;
//! # });
//! ```

mod bench;
mod embedded;
mod faults;
mod groups;
mod joins;
mod limits;
mod model;
mod operators;
mod patterns;
mod reads;
mod report;
mod terms;
mod values;
mod writes;

use std::sync::Arc;

use async_trait::async_trait;
use engage_engine::{Adapter, CrmName};

pub use faults::{About, Trouble, Wire, faults};
pub use model::{catalog, definitions, schema};
pub use report::{Failure, Ran, Report};
pub use terms::{Terms, TermsError};

use bench::{Bench, Outcome};

/// Gives the suite an adapter over an empty CRM, anew for each test. Any closure that makes one will do, where the CRM
/// is on [`Terms::plain`].
#[async_trait]
pub trait Fixture: Send + Sync {
    /// An adapter over empty tables, ready to preview requests.
    async fn fresh(&self) -> Arc<dyn Adapter>;

    /// What is to be known of the CRM beside what the adapter declares.
    fn terms(&self, crm: &CrmName) -> Terms {
        Terms::plain(crm)
    }
}

#[async_trait]
impl<F: Fn() -> Arc<dyn Adapter> + Send + Sync> Fixture for F {
    async fn fresh(&self) -> Arc<dyn Adapter> {
        self()
    }
}

/// Runs every test and says what became of each.
pub async fn run(make: &impl Fixture) -> Report {
    let mut report = Report::default();
    macro_rules! run {
        ($($module:ident: $($test:ident)*;)*) => {$($(
            let adapter = make.fresh().await;
            let terms = make.terms(adapter.crm());
            let bench = Bench::new(adapter, terms);
            let outcome: Outcome = $module::$test(&bench).await;
            report.ran.push(bench.ran(concat!(stringify!($module), "::", stringify!($test)), outcome));
        )*)*};
    }
    run! {
        reads: nothing_asked values_come_back only_what_is_selected order limits several_queries to_one to_many
            nested sorted_per_parent polymorphic many_rows unknown_names;
        joins: what_a_filter_leaves_of_one twice_by_one_reference sorted_below;
        operators: every_operator every_type text_ignores_case groups lists references what_a_pattern_would_take;
        writes: update delete null_clears back_references atomic_rollback standing_alone caller_ids unique_keys
            upsert upsert_only find etags required_and_length dangling concurrency dropped_futures previews;
        embedded: embedded removed_with_their_parent backs_in_embedded;
        groups: rollback_of_everything backs_among_others keys_ignore_case names_of_fields;
        limits: too_many_writes too_many_queries too_deep too_many_joins too_long_a_chain too_long_a_list other_fields
            references_forward;
        values: each_record_once what_hangs_on_it values_of_every_type what_it_cannot;
    }
    report
}

/// Runs every test and gives back what failed.
pub async fn failures(make: &impl Fixture) -> Vec<Failure> {
    run(make).await.failures()
}

/// Runs every test.
///
/// # Panics
/// When a test failed; the message lists all of them.
pub async fn all(make: impl Fixture) {
    let failures = failures(&make).await;
    let lines: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "the adapter does not conform:\n{}", lines.join("\n"));
}
