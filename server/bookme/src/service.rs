//! The service: a database, and what it is told of time and ids.

use std::sync::{Arc, Mutex};

use engage_store::platform::{Actor, Database};
use jiff::Timestamp;
use uuid::Uuid;

use crate::search::Cache;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Gives ids that nobody has.
pub type Ids = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// Bookings on a database. Cheap to clone; any number of them, in any number of processes, work on one database.
#[derive(Clone)]
pub struct Bookme {
    pub(crate) database: Database,
    clock: Clock,
    ids: Ids,
    pub(crate) cache: Arc<Mutex<Cache>>,
    pub(crate) actor: Option<Arc<Actor>>,
}

impl std::fmt::Debug for Bookme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bookme")
    }
}

impl Bookme {
    /// Bookings on a database.
    #[must_use]
    pub fn new(database: Database, clock: Clock, ids: Ids) -> Self {
        Self { database, clock, ids, cache: Arc::default(), actor: None }
    }

    /// The same in the name of somebody: of all that is set up, changed, removed or forgotten the audit log says by whom, in the
    /// transaction that does it. Without a name nothing is written down.
    #[must_use]
    pub fn by(&self, actor: Actor) -> Self {
        Self { actor: Some(Arc::new(actor)), ..self.clone() }
    }

    /// The instant, in whole microseconds, as a store keeps it.
    pub(crate) fn now(&self) -> Timestamp {
        let now = (self.clock)();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    pub(crate) fn id(&self) -> Uuid {
        (self.ids)()
    }
}
