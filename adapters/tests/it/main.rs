//! The adapters through their public boundary.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

#[cfg(feature = "ai")]
mod ai;
mod broken;
mod conformance;
mod faults;
mod memory;
mod random;
mod snapshot;
mod support;
mod wrap;
