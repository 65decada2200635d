#![doc = include_str!("README.md")]

mod call;
mod crms;
mod fault;
mod given;
mod limits;
mod patch;
mod query;
mod reason;
mod resources;
mod routes;
mod scalars;
mod table;
mod wire;

use std::sync::Arc;

use engage_bookme::Bookme;
use engage_identity::Validator;
use engage_playbooks::ports::Time;

use crate::http::{Count, Ids, Surface};
use crate::identity::{Assertions, StoredCounts};
use limits::Limiter;

pub use crms::StoredCrms;
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
    validator: Validator,
    limiter: Limiter,
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
        Self { bookme, validator, limiter, settings, crms: None, assertions: None, time, ids }
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

    /// Counts requests that were refused before they came here: for [`Surroundings::count`](crate::http::Surroundings::count).
    pub fn count(self: &Arc<Self>) -> Count {
        let api = Arc::clone(self);
        Arc::new(move |from, stood| api.limiter.note(from, api.time.timestamp()).tell(stood))
    }

    /// The addresses of every version.
    pub fn routes(self: Arc<Self>) -> axum::Router {
        routes::all(&self)
    }
}
