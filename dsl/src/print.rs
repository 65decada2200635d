//! From the model back to text, in either spelling.

mod dsl;
mod yaml;

pub use dsl::dsl;
pub(crate) use yaml::{block_json, bundle, playbook_json, steps_json, visible};
pub use yaml::{json, yaml};
