//! Salesforce: the REST API and the endpoints that issue its tokens.
//!
//! One file per resource. Names come from the schema as the user's profile sees it, looked up without case as Salesforce
//! does; what is not supported is answered with an error that names it, never with success.

mod api;
mod base;
mod batch;
mod beyond;
mod body;
mod call;
mod changes;
mod coerce;
mod collection;
mod composite;
mod derive;
mod describe;
mod fault;
mod graph;
mod id;
mod identity;
mod key;
mod limits;
mod model;
mod object;
mod paging;
mod part;
mod profile;
mod reference;
mod relations;
mod render;
mod rows;
mod rules;
mod service;
mod soap;
mod soql;
mod terms;
mod token;
mod tree;
mod work;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value as Json;

use self::model::Model;
use self::paging::Pages;
pub use self::profile::{Profile, Right};
use self::work::Gone;
use crate::http::Answer;
use crate::oauth::{Signer, SignerError};
use crate::store::{RowId, Store, StoreError, Value};
use crate::world::World;

/// How a Salesforce is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Calls a day.
    pub daily_requests: u64,
    /// Profiles; the first is the application's.
    pub profiles: Vec<Profile>,
    /// The platform keeps relations for the person and the record an event is with, beside invitees. A schema file can
    /// say so too.
    pub shared_activities: bool,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup { daily_requests: 15_000, profiles: Profile::defaults(), shared_activities: false }
    }
}

/// Why a Salesforce cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The rows every organisation has cannot be written.
    #[error("the rows every organisation has cannot be written")]
    Base(#[from] StoreError),
    /// Tokens cannot be signed.
    #[error("tokens cannot be signed")]
    Signer(#[from] SignerError),
    /// The condition of a validation rule is none.
    #[error("validation rule `{rule}` of `{object}` cannot be used: {message}")]
    Rule {
        /// The object.
        object: String,
        /// The rule.
        rule: String,
        /// What is wrong with its condition.
        message: String,
    },
}

/// One organisation.
#[derive(Debug)]
pub struct Salesforce {
    pub(crate) store: Arc<Store>,
    pub(crate) model: Model,
    pub(crate) world: World,
    /// When it came up; its metadata has not changed since.
    pub(crate) since: Timestamp,
    signer: Signer,
    profiles: Vec<Profile>,
    /// What the users of each profile see, in the order of the profiles.
    views: Vec<Model>,
    shared_activities: bool,
    bin: Mutex<Vec<Gone>>,
    pages: Mutex<Pages>,
    /// Sessions that were ended.
    ended: Mutex<BTreeSet<String>>,
    used: AtomicU64,
    most: u64,
    lenient: AtomicBool,
}

impl Salesforce {
    /// An organisation over a store, with the rows every organisation has.
    ///
    /// # Errors
    /// When those rows cannot be written, or a validation rule makes no sense.
    pub fn new(store: Arc<Store>, world: World, setup: &Setup) -> Result<Salesforce, SetupError> {
        base::install(&store, &setup.profiles)?;
        let model = Model::new(store.schema());
        let shared = setup.shared_activities || model.schema.settings.get("shared_activities") == Some(&true);
        let sf = Salesforce {
            views: setup.profiles.iter().map(|profile| model.seen_by(profile)).collect(),
            since: world.clock.now(),
            model,
            store,
            world,
            signer: Signer::new()?,
            profiles: setup.profiles.clone(),
            shared_activities: shared,
            bin: Mutex::default(),
            pages: Mutex::default(),
            ended: Mutex::default(),
            used: AtomicU64::new(0),
            most: setup.daily_requests,
            lenient: AtomicBool::new(false),
        };
        rules::read_all(&sf)?;
        Ok(sf)
    }

    /// Deleted rows with their tables.
    pub(crate) fn bin(&self) -> MutexGuard<'_, Vec<Gone>> {
        self.bin.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sessions that were ended.
    fn ended(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A result, or its first page when it is longer than `size`; the others are for the same user.
    pub(crate) fn first_page(&self, root: &str, user: &RowId, records: Vec<Json>, size: usize) -> Json {
        self.pages().first(root, user, (records, size), || self.world.ids.next())
    }

    pub(crate) fn shared_activities(&self) -> bool {
        self.shared_activities
    }

    /// Whether rows are taken that a client could not create.
    pub(crate) fn is_lenient(&self) -> bool {
        self.lenient.load(Ordering::Relaxed)
    }

    /// Calls made, and the most that may be.
    pub(crate) fn usage(&self) -> (u64, u64) {
        (self.used.load(Ordering::Relaxed), self.most)
    }

    /// The organisation as a user sees it; whole where the user's row names no profile.
    fn view(&self, user: &RowId) -> &Model {
        let profile = self.store.read(|state| {
            let profile = state.get("User", user)?.get("ProfileId").and_then(Value::row_id)?;
            self.profiles.iter().position(|own| base::profile_id(&self.profiles, &own.name) == *profile)
        });
        profile.and_then(|profile| self.views.get(profile)).unwrap_or(&self.model)
    }
}

/// An answer with a body in Salesforce's type.
pub(crate) fn answer(status: u16, body: &Json) -> Answer {
    Answer::text(status, "application/json;charset=UTF-8", body.to_string().into_bytes())
}
