#![doc = include_str!("README.md")]

pub(crate) mod call;
mod crms;
mod described;
pub(crate) mod door;
pub(crate) mod fault;
pub(crate) mod given;
pub(crate) mod limits;
pub(crate) mod patch;
pub(crate) mod query;
mod reason;
pub(crate) mod resources;
pub(crate) mod routes;
pub(crate) mod scalars;
mod signed_in;
pub(crate) mod table;
pub(crate) mod wire;

use std::sync::Arc;

use engage_bookme::Bookme;
use engage_identity::Validator;
use engage_playbooks::ports::Time;
use engage_store::platform::Database;

use crate::http::{Count, Ids, Surface};
use crate::identity::{Assertions, StoredCounts};
use limits::Limiter;
use signed_in::SignIns;
use wire::Books;

pub use crms::StoredCrms;
pub use described::document;
pub use door::Door;
pub use limits::Rates;
pub use reason::Reason;
pub use table::{Operation, TABLE, Version, operations};

/// What the Public API is served with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// How many requests are taken of one caller.
    pub rates: Rates,
}

/// How refusals are told on addresses of the Public API.
pub const SURFACE: Surface = Surface { owns: routes::owns, tell: fault::refusal, counts: true };

/// The Public API.
pub struct Api {
    bookme: Bookme,
    door: Door,
    settings: Settings,
    crms: Option<StoredCrms>,
    assertions: Option<Assertions>,
    time: Arc<dyn Time>,
    ids: Ids,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Api {
    /// The Public API over bookings, for whom a validator lets in.
    #[must_use]
    pub fn new(
        bookme: Bookme,
        validator: Validator,
        settings: Settings,
        counts: StoredCounts,
        time: Arc<dyn Time>,
        ids: Ids,
    ) -> Self {
        let limiter = Limiter::new(settings.rates, counts);
        let door = Door { validator, limiter: Arc::new(limiter), time: Arc::clone(&time), audit: None };
        Self { bookme, door, settings, crms: None, assertions: None, time, ids }
    }

    /// With what is known of the CRMs of organisations: where one keeps its records in Salesforce, a meeting has to name its record
    /// there (`salesforceId`).
    #[must_use]
    pub fn crms(self, crms: StoredCrms) -> Self {
        Self { crms: Some(crms), ..self }
    }

    /// With a place for what employees signed in with: what follows from a meeting of theirs is done on their behalf.
    #[must_use]
    pub fn assertions(self, assertions: Assertions) -> Self {
        Self { assertions: Some(assertions), ..self }
    }

    /// With the database whose audit log is told of those who are let in, and of those who are not.
    #[must_use]
    pub fn audited(self, database: Database) -> Self {
        Self { door: Door { audit: Some(SignIns::new(database)), ..self.door }, ..self }
    }

    /// Who is let in, and how often: for another surface, such as [`Management`](crate::management::Management), so that a caller
    /// has one rate for both and is written down once.
    #[must_use]
    pub fn door(&self) -> Door {
        self.door.clone()
    }

    /// Counts requests that were refused before they came here: for [`Surroundings::count`](crate::http::Surroundings::count).
    pub fn count(self: &Arc<Self>) -> Count {
        let api = Arc::clone(self);
        Arc::new(move |from, stood| api.door.limiter.note(from, api.time.timestamp()).tell(stood))
    }

    /// The addresses of every version.
    pub fn routes(self: Arc<Self>) -> axum::Router {
        routes::all(&self)
    }
}

impl Books for Api {
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
