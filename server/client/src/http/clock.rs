//! The only place that reads a clock: tokens are good for a while.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// What time it is.
#[derive(Clone)]
pub struct Now(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Now {
    /// As something says.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(super) fn read(&self) -> Timestamp {
        (self.0)()
    }
}

impl Default for Now {
    /// As the machine says.
    fn default() -> Self {
        Self::new(Timestamp::now)
    }
}

impl fmt::Debug for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Now")
    }
}
