//! Microsoft Dataverse: the Web API v9.2 and the directory that issues its tokens.
//!
//! One file per resource. Names come from the schema in exact case; what is not supported is answered with an error that
//! names it, never with success.

mod actions;
mod address;
mod apply;
mod base;
mod batch;
mod below;
mod call;
mod caller;
mod coerce;
mod condition;
mod csdl;
mod definition;
mod fault;
mod fetch;
mod filter;
mod functions;
mod guid;
#[cfg(test)]
mod hostile;
mod lex;
mod like;
mod limits;
mod metadata;
mod multipart;
mod nav;
mod once;
mod options;
mod paging;
mod payload;
mod prefer;
mod query_function;
mod read;
mod render;
mod security;
mod select;
mod shape;
mod system;
mod throttle;
mod tracking;
mod write;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde_json::{Value as Json, json};

use self::base::{Base, User};
use self::call::{Call, References};
use self::fault::Fault;
use self::prefer::Prefer;
use self::security::Access;
pub use self::security::{Op, Role};
use self::throttle::Throttle;
use crate::http::{Answer, Request};
use crate::oauth::entra::{Bearer, Entra, Registration};
use crate::oauth::{READY_LIFE, Signer, SignerError};
use crate::schema::{Column, Schema, Table};
use crate::server::{Refusal, Service, Ticket};
use crate::store::{RowId, Store, StoreError};
use crate::world::World;

/// Longest address.
const MAX_ADDRESS: usize = 32_768;

/// How a Dataverse is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Security roles; the first that may act on behalf of others is the application's.
    pub roles: Vec<Role>,
    /// Requests a user may send in five minutes.
    pub requests_per_window: usize,
    /// Requests a user may have in flight.
    pub concurrency: usize,
    /// The client id of the application; the sandbox's own where nothing is said.
    pub client_id: Option<String>,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup { roles: Role::defaults(), requests_per_window: 6000, concurrency: 52, client_id: None }
    }
}

/// Why a Dataverse cannot be set up.
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
pub struct Dataverse {
    pub(crate) store: Arc<Store>,
    pub(crate) schema: Arc<Schema>,
    pub(crate) world: World,
    pub(crate) base: Base,
    entra: Entra,
    throttle: Throttle,
    audiences: Mutex<Vec<String>>,
    lenient: AtomicBool,
}

impl Dataverse {
    /// An organisation over a store, with the rows every organisation has.
    ///
    /// # Errors
    /// When those rows cannot be written.
    pub fn new(store: Arc<Store>, world: World, setup: &Setup) -> Result<Dataverse, SetupError> {
        let client_id = setup.client_id.clone().unwrap_or_else(|| base::fixed("client"));
        let base = Base::new(&setup.roles, &client_id);
        base.install(&store)?;
        let registration = Registration {
            tenant: base::fixed("tenant"),
            client_id,
            client_secret: "sandbox-secret".to_owned(),
            object_id: base.application.object_id.clone(),
        };
        Ok(Dataverse {
            schema: store.schema(),
            store,
            world,
            base,
            entra: Entra { registration, signer: Signer::new()?, trusted: RwLock::default() },
            throttle: Throttle::new(setup.requests_per_window, setup.concurrency),
            audiences: Mutex::default(),
            lenient: AtomicBool::new(false),
        })
    }

    /// Whether column security guards a column: by itself, or because a role closes it.
    pub(crate) fn is_secured(&self, table: &Table, column: &Column) -> bool {
        let name = format!("{}.{}", table.name, column.name);
        column.secured || self.base.roles.iter().any(|role| role.closed_columns.contains(&name))
    }

    /// Whether an address leads to this service: one without a host does.
    pub(crate) fn is_own(&self, base: &str, address: &str) -> bool {
        let Some(wanted) = authority(address) else { return true };
        let audiences = self.audiences.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = audiences.iter().map(String::as_str).chain([base]).filter_map(authority);
        known.any(|own| own.eq_ignore_ascii_case(wanted))
    }

    /// Whether tokens are for it: this service, by whatever port it is reached.
    fn is_resource(&self, base: &str, resource: &str) -> bool {
        let host = |address| authority(address).and_then(|authority| authority.split(':').next());
        self.is_own(base, resource) || host(resource) == host(base)
    }

    /// Whether rows are taken that a client could not create.
    pub(crate) fn is_lenient(&self) -> bool {
        self.lenient.load(Ordering::Relaxed)
    }

    fn api(&self, request: &Request) -> Answer {
        let details = Prefer::of(request).wants_details();
        if request.target().len() > MAX_ADDRESS {
            return Fault::new(414, "0x80060888", "The request URI is too long.").answer(details);
        }
        let Some(bearer) = self.authenticate(request) else { return self.unauthenticated(request) };
        let access = match self.access(&bearer, request) {
            Ok(access) => access,
            Err(fault) => return fault.answer(details),
        };
        let left = match self.throttle.count(&access.real, self.world.clock.now()) {
            Ok(left) => left,
            Err((fault, wait)) => return fault.answer(details).with("Retry-After", wait.to_string()),
        };
        let is_batch = request.path.ends_with("/$batch") || request.path.ends_with("/%24batch");
        let answer = match (is_batch, request.method.as_str()) {
            (true, "POST") => batch::run(self, request, &access),
            (true, method) => Fault::method(method).answer(details),
            (false, _) => self.one(request, &access),
        };
        answer
            .with("x-ms-service-request-id", uuid::Uuid::from_u128(self.world.ids.next()).to_string())
            .with("x-ms-ratelimit-burst-remaining-xrm-requests", left.to_string())
            .with("x-ms-ratelimit-time-remaining-xrm-requests", "1,200.00")
    }

    /// One operation in a transaction of its own.
    pub(crate) fn one(&self, request: &Request, access: &Access) -> Answer {
        let references = References::new();
        let result = Call::new(self, request, access, &references).and_then(|call| match request.method.as_str() {
            "GET" => self.store.read(|state| call.get(state)),
            "POST" | "PATCH" | "PUT" | "DELETE" => self.store.write(|tx| call.change(tx)).map(|written| written.answer),
            method => Err(Fault::method(method)),
        });
        result.unwrap_or_else(|fault| fault.answer(Prefer::of(request).wants_details()))
    }

    fn describe_user(&self, user: &User, base: &str) -> Json {
        let now = self.world.clock.now();
        let sign = |audience: &str| {
            let bearer = Bearer { object_id: user.object_id.clone(), audience: audience.to_owned() };
            self.entra.sign(&bearer, Some("user_impersonation"), base, (now, READY_LIFE)).unwrap_or_default()
        };
        json!({
            "user_id": user.id.as_str(),
            "object_id": user.object_id,
            "role": user.role,
            "token": sign(base),
            "assertion": sign(&self.entra.registration.client_id),
        })
    }
}

/// Host and port of an absolute address.
fn authority(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://")?;
    let is_scheme = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    is_scheme.then(|| rest.split(['/', '?']).next()).flatten()
}

impl Service for Dataverse {
    fn name(&self) -> &'static str {
        "dataverse"
    }

    fn admit(&self, request: &Request) -> Result<Ticket, Box<Answer>> {
        match self.authenticate(request) {
            None => Ok(Ticket::default()),
            Some(bearer) => self
                .throttle
                .enter(&bearer.object_id)
                .map_err(|fault| Box::new(fault.answer(Prefer::of(request).wants_details()).with("Retry-After", "1"))),
        }
    }

    fn handle(&self, request: &Request) -> Answer {
        if request.path.starts_with("/api/data") {
            return self.api(request);
        }
        self.entra.handle(request, &self.world, &|resource| self.is_resource(&request.base, resource)).unwrap_or_else(
            || {
                let fault = match request.path.split('/').nth(1) {
                    Some("api" | "XRMServices") => Fault::unsupported(&format!("the service at '{}'", request.path)),
                    _ => Fault::new(404, "0x80060888", "The requested resource does not exist."),
                };
                fault.answer(false)
            },
        )
    }

    fn refuse(&self, request: &Request, refusal: Refusal) -> Answer {
        let fault = match refusal {
            Refusal::Throttled { after } => {
                let message = "Number of requests exceeded the limit of 6000 over time window of 300 seconds.";
                return Fault::new(429, "0x80072322", message).answer(false).with("Retry-After", after.to_string());
            }
            Refusal::Unauthenticated => return self.unauthenticated(request),
            Refusal::RowLocked => StoreError::Locked { table: String::new(), id: RowId::new("") }.into(),
            Refusal::Unavailable => Fault::new(503, "", "The service is unavailable."),
            Refusal::Status(status) => Fault::new(status, "", "The sandbox was told to refuse this request."),
        };
        fault.answer(false)
    }

    fn seed(&self, collection: &str, row: &Json) -> Result<(), String> {
        let user = self.base.application.id.clone();
        let roles = vec![self.roles(&user)];
        let access = Access { user: user.clone(), real: user, roles, schema: Arc::clone(&self.schema) };
        let request = Request {
            method: "POST".to_owned(),
            path: format!("/api/data/v9.2/{collection}"),
            body: row.to_string().into_bytes(),
            ..Request::default()
        };
        let answer = self.one(&request, &access);
        match answer.status < 400 {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&answer.body).into_owned()),
        }
    }

    fn is_secret(&self, request: &Request) -> bool {
        request.path.ends_with("/token")
    }

    fn store(&self) -> &Store {
        &self.store
    }

    fn set_lenient(&self, on: bool) {
        self.lenient.store(on, Ordering::Relaxed);
    }

    fn reset(&self) -> Result<(), StoreError> {
        self.store.clear()?;
        self.throttle.reset();
        self.base.install(&self.store)
    }

    fn trust(&self, keys: &Json) {
        self.entra.trust(keys);
    }

    fn describe(&self, url: &str, https_url: Option<&str>) -> BTreeMap<String, Json> {
        let mut audiences = self.audiences.lock().unwrap_or_else(PoisonError::into_inner);
        *audiences = [Some(url), https_url].into_iter().flatten().map(str::to_owned).collect();
        drop(audiences);
        let Registration { tenant, client_id, client_secret, .. } = &self.entra.registration;
        let users = self.base.users.iter().chain([&self.base.application]);
        let users: serde_json::Map<String, Json> =
            users.map(|user| (user.name.clone(), self.describe_user(user, url))).collect();
        BTreeMap::from([
            ("token_url".to_owned(), format!("{url}/{tenant}/oauth2/v2.0/token").into()),
            ("https_token_url".to_owned(), https_url.map(|url| format!("{url}/{tenant}/oauth2/v2.0/token")).into()),
            ("tenant_id".to_owned(), tenant.clone().into()),
            ("client_id".to_owned(), client_id.clone().into()),
            ("client_secret".to_owned(), client_secret.clone().into()),
            ("private_key".to_owned(), self.entra.signer.private_key().into()),
            ("client_certificate".to_owned(), Signer::certificate().into()),
            ("certificate_thumbprint".to_owned(), Signer::certificate_thumbprint().into()),
            ("scope".to_owned(), format!("{url}/.default").into()),
            ("api_version".to_owned(), "v9.2".into()),
            ("users".to_owned(), Json::Object(users)),
        ])
    }
}
