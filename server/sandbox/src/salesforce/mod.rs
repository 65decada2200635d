//! Salesforce: the REST API and the endpoint that issues its tokens.
//!
//! One file per resource. Names come from the schema, looked up without case as Salesforce does; what is not supported is
//! answered with an error that names it, never with success.

mod base;
mod batch;
mod call;
mod coerce;
mod collection;
mod composite;
mod derive;
mod describe;
mod fault;
mod graph;
mod id;
mod limits;
mod model;
mod paging;
mod reference;
mod render;
mod rows;
mod soql;
mod token;
mod tree;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value as Json, json};

use self::call::{Call, Part};
use self::fault::Fault;
use self::model::Model;
use self::paging::Pages;
use self::rows::Work;
use crate::http::{Answer, Request};
use crate::oauth::{Signer, SignerError};
use crate::server::{Refusal, Service};
use crate::store::{Row, RowId, Store, StoreError};
use crate::world::World;

/// Longest address.
const MAX_ADDRESS: usize = 16_384;
/// Deepest and shallowest page a client may ask for.
const PAGES: std::ops::RangeInclusive<usize> = 200..=2000;
/// The version that is offered.
const API_VERSION: &str = "66.0";

/// How a Salesforce is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Calls a day.
    pub daily_requests: u64,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup { daily_requests: 15_000 }
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
}

/// One organisation.
#[derive(Debug)]
pub struct Salesforce {
    pub(crate) store: Arc<Store>,
    pub(crate) model: Model,
    pub(crate) world: World,
    signer: Signer,
    bin: Mutex<Vec<(String, Row)>>,
    pages: Mutex<Pages>,
    used: AtomicU64,
    most: u64,
}

impl Salesforce {
    /// An organisation over a store, with the rows every organisation has.
    ///
    /// # Errors
    /// When those rows cannot be written.
    pub fn new(store: Arc<Store>, world: World, setup: &Setup) -> Result<Salesforce, SetupError> {
        base::install(&store)?;
        Ok(Salesforce {
            model: Model::new(store.schema()),
            store,
            world,
            signer: Signer::new()?,
            bin: Mutex::default(),
            pages: Mutex::default(),
            used: AtomicU64::new(0),
            most: setup.daily_requests,
        })
    }

    /// Deleted rows with their tables.
    pub(crate) fn bin(&self) -> MutexGuard<'_, Vec<(String, Row)>> {
        self.bin.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls made, and the most that may be.
    pub(crate) fn usage(&self) -> (u64, u64) {
        (self.used.load(Ordering::Relaxed), self.most)
    }

    /// Answers below `/services/data/vNN.0`. `locked`: the first write finds its row locked.
    fn api(&self, request: &Request, locked: bool) -> Answer {
        if request.target().len() > MAX_ADDRESS {
            return Fault::new(414, "URI_TOO_LONG", "The request URI is too long").answer();
        }
        let Some(user) = self.user(request) else { return Fault::session().answer() };
        let (used, most) = self.usage();
        if used >= most {
            return Fault::new(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.").answer();
        }
        self.used.fetch_add(1, Ordering::Relaxed);
        let usage = format!("api-usage={}/{most}", used + 1);
        match self.part(request, &user, locked) {
            Ok(part) if part.status == 204 => Answer::empty(204),
            Ok(part) => {
                let answer = answer(part.status, &part.body).with("Sforce-Limit-Info", usage);
                match part.location {
                    Some(location) => answer.with("Location", location),
                    None => answer,
                }
            }
            Err(fault) => fault.answer().with("Sforce-Limit-Info", usage),
        }
    }

    fn part(&self, request: &Request, user: &RowId, locked: bool) -> Result<Part, Fault> {
        let body = match request.body.is_empty() {
            true => Json::Null,
            false => serde_json::from_slice(&request.body).map_err(|_| Fault::json())?,
        };
        let mut call = Call::new(&request.method, &request.target(), body)?;
        call.page = page_size(request);
        self.store.write(|tx| {
            let mut work = Work::new(self, user, tx);
            work.locked = locked;
            let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
            let part = match (call.method.as_str(), segments.as_slice()) {
                ("POST", ["composite"]) => composite::run(&mut work, call.body),
                ("POST", ["composite", "graph"]) => graph::run(&mut work, call.body),
                ("POST", ["composite", "tree", object]) => tree::run(&mut work, object, &call.body),
                ("POST", ["composite", "batch"]) => batch::run(&mut work, call.body),
                ("GET", ["composite"]) => Ok(Part::ok(json!({"graph": format!("{}/composite/graph", call.root)}))),
                _ => call.run(&mut work),
            }?;
            work.finish();
            Ok(part)
        })
    }
}

/// Rows on a page: `Sforce-Query-Options: batchSize=500`.
fn page_size(request: &Request) -> Option<usize> {
    let options = request.header("sforce-query-options")?;
    let size = options.split([',', ';']).find_map(|option| option.trim().strip_prefix("batchSize="))?;
    size.trim().parse::<usize>().ok().map(|size| size.clamp(*PAGES.start(), *PAGES.end()))
}

/// An answer with a body in Salesforce's type.
pub(crate) fn answer(status: u16, body: &Json) -> Answer {
    Answer::text(status, "application/json;charset=UTF-8", body.to_string().into_bytes())
}

impl Service for Salesforce {
    fn name(&self) -> &'static str {
        "salesforce"
    }

    fn handle(&self, request: &Request) -> Answer {
        match request.path.trim_end_matches('/') {
            "/services/oauth2/token" => self.token(request),
            "/services/oauth2/userinfo" => self.user_info(request),
            "/services/data" if request.method == "GET" => answer(200, &limits::versions()),
            path if path.starts_with("/services/data/") => self.api(request, false),
            _ => Fault::not_found().answer(),
        }
    }

    fn refuse(&self, request: &Request, refusal: Refusal) -> Answer {
        match refusal {
            Refusal::Throttled { after } => {
                let fault = Fault::new(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
                fault.answer().with("Retry-After", after.to_string())
            }
            Refusal::Unavailable => Fault::new(503, "SERVER_UNAVAILABLE", "The server is unavailable").answer(),
            Refusal::Unauthenticated => Fault::session().answer(),
            Refusal::RowLocked if request.path.starts_with("/services/data/") => self.api(request, true),
            // Where no row is written there is none to be locked.
            Refusal::RowLocked => self.handle(request),
            Refusal::Status(status) => {
                Fault::new(status, "UNKNOWN_EXCEPTION", "The sandbox was told to refuse this request.").answer()
            }
        }
    }

    fn is_secret(&self, request: &Request) -> bool {
        request.path.starts_with("/services/oauth2/token")
    }

    fn store(&self) -> &Store {
        &self.store
    }

    fn reset(&self) -> Result<(), StoreError> {
        self.store.clear();
        self.bin().clear();
        self.pages().clear();
        self.used.store(0, Ordering::Relaxed);
        base::install(&self.store)
    }

    fn seed(&self, collection: &str, row: &Json) -> Result<(), String> {
        let table = self.model.table(collection).ok_or_else(|| format!("there is no object `{collection}`"))?;
        let mut body = row.as_object().cloned().ok_or("a row must be a map")?;
        // A seed may say which id a row has, so that other rows can refer to it.
        let own = match body.shift_remove(&table.id) {
            Some(text) => {
                Some(text.as_str().and_then(id::parse).ok_or("the Id of a row must have 15 or 18 characters")?)
            }
            None => None,
        };
        let user = base::users().first().map(|user| user.id.clone()).ok_or("there is no user")?;
        let created = self.store.write(|tx| Work::new(self, &user, tx).create(table, &body, own));
        created.map(|_| ()).map_err(|fault| fault.body().to_string())
    }

    fn describe(&self, url: &str, https_url: Option<&str>) -> BTreeMap<String, Json> {
        let users = base::users().into_iter().map(|user| {
            let facts =
                json!({"user_id": user.id.as_str(), "username": user.username, "token": self.session(&user.id)});
            (user.name.to_owned(), facts)
        });
        let token_url = |url: &str| format!("{url}/services/oauth2/token");
        BTreeMap::from([
            ("token_url".to_owned(), token_url(url).into()),
            ("https_token_url".to_owned(), https_url.map(token_url).into()),
            ("client_id".to_owned(), token::CLIENT_ID.into()),
            ("client_secret".to_owned(), token::CLIENT_SECRET.into()),
            ("private_key".to_owned(), self.signer.private_key().into()),
            ("organization_id".to_owned(), self.organization().as_str().into()),
            ("api_version".to_owned(), API_VERSION.into()),
            ("users".to_owned(), Json::Object(users.collect())),
        ])
    }
}
