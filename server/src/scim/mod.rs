//! SCIM 2.0 for employees and rooms, as directories speak it (RFC 7643, RFC 7644; Microsoft Entra, Okta).
//!
//! The language is `engage-scim`'s, what is kept is `engage-store`'s; here is what a request means.
//!
//! | file | what |
//! |---|---|
//! | `routes` | addresses, from the head of a request to its answer |
//! | `asked` | whose request it is: the token, the organisation's share of requests |
//! | `resources` | made, found, replaced, patched, deleted |
//! | `content` | between a resource and the record of a store |
//! | `lower` | from a filter to a condition |
//! | `lists` | pages of resources |
//! | `events` | what a change means to the platform |
//! | `alarm`, `failing` | what those who run the platform are told |
//! | `answer` | what callers are told |

mod alarm;
mod answer;
mod asked;
mod bucket;
mod content;
mod events;
mod failing;
mod lists;
mod lower;
mod members;
mod resources;
mod routes;

use std::sync::Arc;

use engage_playbooks::ports::Time;
use engage_scim::schema::{GROUP, ResourceType, USER};
use engage_store::platform::{Database, Kind};
use jiff::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::config;
use crate::http::{Ids, Outages, Surface};
use crate::work::Around;
use bucket::Buckets;
use failing::Failing;

pub use answer::told;
pub use lower::condition;

/// What requests of provisioning need.
pub struct Scim {
    database: Database,
    time: Arc<dyn Time>,
    ids: Ids,
    settings: config::Scim,
    buckets: Buckets,
    failing: Failing,
    /// Uses of tokens that could not be written down.
    unnoted: Outages,
    /// Rung when there is something to be told.
    wake: Arc<Notify>,
    /// How callers know this server.
    url: String,
}

impl std::fmt::Debug for Scim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scim").field("url", &self.url).finish_non_exhaustive()
    }
}

/// How refusals are told on addresses of SCIM.
pub const SURFACE: Surface = Surface { owns: routes::owns, tell: answer::refusal, counts: false };

impl Scim {
    /// Provisioning on a database. `url` is how callers know the server, without a slash at the end.
    pub fn new(around: &Around, settings: config::Scim, url: String) -> Self {
        let Around { database, time, ids, wake, .. } = around.clone();
        Self {
            database,
            buckets: Buckets::new(settings.requests_per_second, settings.burst),
            failing: Failing::default(),
            unnoted: Outages::new(Arc::clone(&time)),
            time,
            ids,
            settings,
            wake,
            url,
        }
    }

    /// The addresses: `/employees/scim`, `/rooms/scim`, and `/advisors/scim` for those of old.
    pub fn routes(self: Arc<Self>) -> axum::Router {
        routes::all(self)
    }

    /// The instant, as a store keeps it.
    fn now(&self) -> Timestamp {
        let now = self.time.timestamp();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    fn id(&self) -> Uuid {
        (self.ids)()
    }
}

/// The type of resources of a kind of records.
fn type_of(kind: Kind) -> &'static ResourceType {
    match kind {
        Kind::User => &USER,
        Kind::Group => &GROUP,
    }
}
