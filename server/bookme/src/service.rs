//! The service: a database, and what it is told of time and ids.

use std::sync::{Arc, Mutex, PoisonError};

use engage_store::platform::{Actor, Database};
use jiff::Timestamp;
use uuid::Uuid;

use crate::meetings::Personal;
use crate::search::Cache;
use crate::{Error, Seal, Tenancy};

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
    seal: Option<Arc<dyn Seal>>,
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
        Self { database, clock, ids, seal: None, cache: Arc::default(), actor: None }
    }

    /// With somebody who seals personal ids. Without one they are checked and dropped: nobody keeps them in clear.
    #[must_use]
    pub fn sealing(self, seal: Arc<dyn Seal>) -> Self {
        Self { seal: Some(seal), ..self }
    }

    /// Keeps no more than about so many bytes of calendars between searches, of all organisations together; without it 512 MiB. Those of
    /// the organisation that was asked for longest ago go first, and are read again when it is.
    #[must_use]
    pub fn keeping(self, bytes: usize) -> Self {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).limit(bytes);
        self
    }

    /// Seals what is personal of a meeting.
    pub(crate) async fn sealed(&self, tenancy: &Tenancy, meeting: Uuid, personal: Personal) -> Result<Personal, Error> {
        let Some(seal) = &self.seal else { return Ok(Personal::default()) };
        let mut sealed = Personal::default();
        if let Some(id) = &personal.cpr {
            sealed.cpr = Some(seal.seal(tenancy, meeting, id).await?);
        }
        for (key, value) in &personal.fields {
            sealed.fields.insert(key.clone(), seal.seal(tenancy, meeting, value).await?);
        }
        Ok(sealed)
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
