//! From the tree as written to the model: names are checked, properties find their place, spans go to the source map.

pub mod codes;
