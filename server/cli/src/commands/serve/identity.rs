//! Who calls with a token of an Entra tenant, or of the issuer of a sandbox.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use engage_bookme::Bookme;
use engage_identity::keys::Whose;
use engage_identity::{self as identity, HttpFetch, Keys, Validator};
use engage_playbooks::ports::Time;
use engage_server::api::{Api, Rates, Settings, StoredCrms};
use engage_server::http::Count;
use engage_server::identity::{Assertions, Me, StoredCounts, StoredDirectory};
use engage_server::platform::Seals;
use engage_server::work::Around;
use tokio::sync::watch;

use crate::failure::Failure;

/// How often keys are fetched anew.
const HOUR: Duration = Duration::from_secs(3600);

/// Says who calls.
pub(super) struct Identity {
    validator: Validator,
}

impl Identity {
    /// What settings make; nothing where there are none, which is said. The keys are fetched now, and every hour until the process
    /// is asked to end: where they cannot be, the server begins all the same.
    ///
    /// # Errors
    /// When the settings cannot be, or the certificates of this machine cannot be read.
    pub(super) async fn begin(
        settings: Option<identity::Settings>,
        around: &Around,
        stop: &watch::Receiver<bool>,
    ) -> Result<Option<Self>, Failure> {
        let Some(settings) = settings else {
            tracing::info!(
                "the Public and the Management API are not served: `identity.management-client-id` is not set"
            );
            return Ok(None);
        };
        let (local, authority) = (settings.authority.is_local(), settings.authority.clone());
        let fetch =
            HttpFetch::new(&authority).map_err(|error| Failure::outside(format!("`{}`: {error}", authority.base)))?;
        let keys = Keys::new(authority, Arc::new(fetch), Arc::clone(&around.time));
        let directory = StoredDirectory::new(around.database.clone(), Arc::clone(&around.time)).directory();
        let validator = Validator::new(settings, keys.clone(), directory, Arc::clone(&around.time));
        let validator = validator.map_err(|problems| {
            let mut all = problems.iter().map(ToString::to_string);
            let mut failure = Failure::problem(all.next().unwrap_or_default());
            failure.notes = all.collect();
            failure
        })?;
        if local {
            // It is this process, and what it issues is good at once.
            refresh(&keys).await;
        }
        tokio::spawn(refreshed(keys, Arc::clone(&around.time), stop.clone(), local));
        Ok(Some(Self { validator }))
    }

    /// The Public API, and what the Management API has; and who counts what does not get as far as they are.
    pub(super) fn routes(
        &self,
        around: &Around,
        rates: Rates,
        (assertions, seals): (Option<Assertions>, Option<Seals>),
    ) -> (Router, Count) {
        let Around { database, time, ids, .. } = around.clone();
        let me = Me { validator: self.validator.clone(), database: database.clone() };
        let clock = Arc::clone(&time);
        let bookme = Bookme::new(database.clone(), Arc::new(move || clock.timestamp()), Arc::clone(&ids));
        let bookme = match seals {
            Some(seals) => bookme.sealing(Arc::new(seals)),
            None => bookme,
        };
        let crms = StoredCrms::new(database.clone(), Arc::clone(&time));
        let counts = StoredCounts::new(database);
        let api = Api::new(bookme, self.validator.clone(), Settings { rates }, counts, time, ids).crms(crms);
        let api = Arc::new(match assertions {
            Some(assertions) => api.assertions(assertions),
            None => api,
        });
        let count = api.count();
        (me.routes().merge(api.routes()), count)
    }
}

/// Fetches keys until it is told to stop.
async fn refreshed(keys: Keys, time: Arc<dyn Time>, mut stop: watch::Receiver<bool>, just_done: bool) {
    if !just_done {
        refresh(&keys).await;
    }
    loop {
        let ended = tokio::select! {
            // Who could tell it to stop is gone: the same.
            _ = stop.wait_for(|stop| *stop) => true,
            () = time.sleep(HOUR) => false,
        };
        if ended {
            return;
        }
        refresh(&keys).await;
    }
}

async fn refresh(keys: &Keys) {
    for failed in keys.refresh().await {
        let tenant = match failed.whose {
            Whose::Organizations => None,
            Whose::Tenant(tenant) => Some(tenant.to_string()),
        };
        tracing::warn!(tenant, problem = %failed.problem, "keys that tokens are signed with were not fetched");
    }
}
