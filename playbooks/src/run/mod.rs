//! Runs: what one is, its facts, and how it goes on.

mod fact;
mod key;

pub use fact::{Beginning, BlockFailure, Fact, FactKind, FailureKind, RunOutcome, RunState};
pub use key::{RunKey, Tenant, TenantError};
