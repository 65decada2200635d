//! Runs: what one is, its facts, and how it goes on.

mod fact;
mod key;
mod machine;
mod operand;
mod retry;
mod when;

pub use fact::{Beginning, BlockFailure, Fact, FactKind, FailureKind, RunOutcome, RunState};
pub use key::{RunKey, Tenant, TenantError};
pub use machine::{Attempt, BlockState, BlockView, Command, IllegalFact, MOST_AT_ONCE, Machine};
pub use retry::RetryRule;
