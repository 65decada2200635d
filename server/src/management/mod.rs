#![doc = include_str!("README.md")]

mod describe;
mod page;
mod part;
mod platform;
pub mod ports;
mod resources;
mod values;

use std::sync::{Arc, LazyLock};

use engage_bookme::Bookme;
use engage_playbooks::ports::Time;
use engage_store::platform::Database;

use crate::api::call::Call;
use crate::api::fault;
use crate::api::routes::{self, Does, Mount, Serves};
use crate::api::table::rows;
use crate::api::wire::Books;
use crate::api::{Door, Operation, Version};
use crate::http::{Ids, Surface};
use crate::openapi::Served;

pub use describe::document;
pub use platform::Administration;

/// What all of its addresses begin with.
pub const PREFIX: &str = "/api/management/v1";

/// The table of the Management API, as it is compiled in: a row for each operation.
pub const TABLE: &str = include_str!("operations.tsv");

/// How refusals are told on addresses of the Management API.
pub const SURFACE: Surface = Surface { owns, tell: fault::refusal, counts: true };

/// Values are spelled as in the third version of the Public API.
const MOUNT: Mount = Mount { prefix: PREFIX, version: Version::V3 };

/// Every operation.
pub fn operations() -> &'static [Operation] {
    static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| rows(TABLE));
    &OPERATIONS
}

/// The Management API.
pub struct Management {
    bookme: Bookme,
    database: Database,
    door: Door,
    time: Arc<dyn Time>,
    ids: Ids,
    administration: Option<Administration>,
    served: Option<ports::Served>,
}

impl std::fmt::Debug for Management {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Management").finish_non_exhaustive()
    }
}

impl Management {
    /// The Management API over bookings and the platform's database, for whom the door of the Public API lets in: a
    /// caller has one rate for both.
    #[must_use]
    pub fn new(bookme: Bookme, database: Database, door: Door, time: Arc<dyn Time>, ids: Ids) -> Self {
        Self { bookme, database, door, time, ids, administration: None, served: None }
    }

    /// Bookings in the name of who calls.
    fn by(&self, call: &Call) -> Bookme {
        self.bookme.by(call.origin.actor())
    }

    /// The addresses.
    pub fn routes(self: Arc<Self>) -> axum::Router {
        routes::mounted(&self, MOUNT, operations().iter())
    }
}

impl Books for Management {
    fn bookme(&self) -> &Bookme {
        &self.bookme
    }

    fn time(&self) -> &dyn Time {
        &*self.time
    }

    fn ids(&self) -> &Ids {
        &self.ids
    }
}

impl Serves for Management {
    fn door(&self) -> &Door {
        &self.door
    }

    fn handler(id: &str) -> Option<Does<Self>> {
        resources::handler(id)
    }

    fn described(_: Version) -> &'static Served {
        describe::served()
    }
}

fn owns(path: &str) -> bool {
    routes::is_below(path, PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_can_be_read_has_a_handler_one_path_and_one_version() {
        assert_eq!(operations().len(), TABLE.lines().count() - 1);
        let mut seen = std::collections::BTreeSet::new();
        for operation in operations() {
            let is_described = routes::form(operation).is_some();
            assert_eq!(operation.open, is_described, "{} is open to everybody", operation.id);
            assert_eq!(Management::handler(operation.id).is_none(), is_described, "{}", operation.id);
            assert_eq!(operation.paths().count(), 1, "{} has an alias of the Public API", operation.id);
            assert_eq!(operation.versions, [Version::V1], "{}", operation.id);
            assert!(seen.insert(operation.id.to_owned()), "{}", operation.id);
            assert!(seen.insert(format!("{} {}", operation.method, operation.path)), "{}", operation.path);
        }
    }
}
