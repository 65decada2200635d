//! Runs: what one is, its facts, and how it goes on.
//!
//! | to | see |
//! |---|---|
//! | decide what a run does next, out of its facts | [`Machine`] |
//! | drive one run within a future | [`Run`] |
//! | let reads of several blocks share requests | [`Together`] |
//! | say when what failed is tried again | [`RetryRule`] |
//! | keep long values beside a journal | [`to_entry`], [`from_entry`], [`facts_of`] |
//! | keep journals in memory | [`MemoryJournal`] |

mod alone;
mod blob;
mod fact;
mod key;
mod machine;
mod memory;
mod operand;
mod record;
mod retry;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod together;
mod when;

pub use alone::{AloneError, Facts, Record, Run};
pub(crate) use blob::length;
pub use blob::{MAX_INLINE, facts_of, from_entry, to_entry};
pub use fact::{Beginning, BlockFailure, Fact, FactKind, FailureKind, RunOutcome, RunState, UNFINISHED};
pub use key::{RunKey, Tenant, TenantError};
pub use machine::{Attempt, BlockState, BlockView, Command, IllegalFact, MOST_AT_ONCE, Machine, Todo};
pub use memory::MemoryJournal;
pub use retry::RetryRule;
pub use together::Together;
