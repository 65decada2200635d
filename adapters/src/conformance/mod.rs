//! What any adapter must do, as tests that its author runs.

mod model;

pub use model::{catalog, schema};
