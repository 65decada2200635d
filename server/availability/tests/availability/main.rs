//! The engine against a literal oracle, the worked examples of the rules, and the invariants that hold for all worlds.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

mod examples;
mod explained;
mod invariants;
#[path = "../../benches/office/mod.rs"]
#[allow(clippy::expect_used, dead_code, reason = "the bench has the same office, and uses all of it")]
mod office;
mod oracle;
mod problems;
mod random;
mod updates;
mod work;
mod world;
