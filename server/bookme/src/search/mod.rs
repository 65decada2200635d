//! What becomes of times.
#[derive(Debug, Default)]
pub(crate) struct Cache;
