//! From the model back to text, in either spelling.

mod dsl;
mod yaml;

pub use dsl::dsl;
pub use yaml::yaml;
pub(crate) use yaml::{block_json, bundle, json, playbook_json, steps_json, visible};
