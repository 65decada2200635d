//! From the model back to text, in either spelling.

mod yaml;

pub use yaml::yaml;
