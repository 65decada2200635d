//! Work in the background: one server at a time does each piece, another goes on where that one ends, and nothing is lost in
//! between, for what is to be done stands in the store.
//!
//! | file | what |
//! |---|---|
//! | `chores` | what is done now and then: `purge`, `silence`, `audit`, `counts`, `expiry`, `alerts`, `calendars`, `meetings` |
//! | `expiry` | alerts of credentials that end |
//! | `herald` | tells organisations of their alerts |
//! | `often` | when something is done again |
//! | `measures` | how much there is to be done |
//! | `sweep` | what bookings forget: `calendars`, daily at 20:00 UTC, and `meetings`, nightly |
//! | `relay` | tells the events of the outbox to whoever they start |

mod chores;
mod expiry;
mod herald;
mod measures;
mod often;
mod relay;
mod sweep;

use std::sync::Arc;
use std::time::Duration;

use engage_playbooks::ports::Time;
use engage_store::platform::Database;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use crate::http::Ids;

pub use chores::{Chores, Kept};
pub(crate) use chores::{SILENCE, TELL};
pub use herald::{Herald, Nobody};
pub use measures::WorkMeasures;
pub use relay::{Deaf, Listener, Relay};

/// What work in the background needs.
#[derive(Clone)]
pub struct Around {
    /// What there is to do, and whose turn it is.
    pub database: Database,
    /// The clock.
    pub time: Arc<dyn Time>,
    /// Makes ids that are never made twice.
    pub ids: Ids,
    /// What this server is called among those that share the store.
    pub server: String,
    /// Something may be to be told.
    pub wake: Arc<Notify>,
}

impl std::fmt::Debug for Around {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Around").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Around {
    /// The instant, as a store keeps it.
    fn now(&self) -> Timestamp {
        let now = self.time.timestamp();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// Waits, but not once it is told to stop; whether to go on.
    async fn wait(&self, at_most: Duration, stop: &mut watch::Receiver<bool>) -> bool {
        tokio::select! {
            // Who could tell it to stop is gone: the same.
            _ = stop.wait_for(|stop| *stop) => false,
            () = self.time.sleep(at_most) => true,
        }
    }
}
