//! Salesforce as a service: which address is answered where.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use serde_json::{Map, Value as Json, json};

use super::fault::Fault;
use super::work::{Access, Work};
use super::{Salesforce, answer, base, beyond, id, limits, token};
use crate::http::{Answer, Request};
use crate::oauth::READY_LIFE;
use crate::server::{Refusal, Service};
use crate::store::{Store, StoreError};

/// What a client is told that asks too much at once: it passes by itself, as the day's quota does not.
const CONCURRENT: &str = "ConcurrentRequests (Concurrent API Requests) Limit exceeded.";
/// The version that is offered.
pub(super) const API_VERSION: &str = "66.0";

impl Service for Salesforce {
    fn name(&self) -> &'static str {
        "salesforce"
    }

    fn handle(&self, request: &Request) -> Answer {
        match request.path.trim_end_matches('/') {
            "/services/oauth2/token" => self.token(request),
            "/services/oauth2/userinfo" => self.user_info(request),
            "/services/oauth2/introspect" => self.introspect(request),
            "/services/oauth2/revoke" => self.revoke(request),
            "/services/data" if matches!(request.method.as_str(), "GET" | "HEAD") => answer(200, &limits::versions()),
            path if path.starts_with("/services/data/") => self.api(request, false),
            path if path.starts_with("/id/") => self.identity(request),
            path if path.starts_with("/services/Soap/") => self.soap(request),
            path => beyond::outside(path).answer(),
        }
    }

    fn refuse(&self, request: &Request, refusal: Refusal) -> Answer {
        match refusal {
            Refusal::Throttled { after } => {
                let fault = Fault::new(403, "REQUEST_LIMIT_EXCEEDED", CONCURRENT);
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
        request.path.starts_with("/services/oauth2/") || request.path.starts_with("/services/Soap/")
    }

    fn store(&self) -> &Store {
        &self.store
    }

    fn set_lenient(&self, on: bool) {
        self.lenient.store(on, Ordering::Relaxed);
    }

    fn reset(&self) -> Result<(), StoreError> {
        self.store.clear()?;
        self.bin().clear();
        self.pages().clear();
        self.ended().clear();
        self.used.store(0, Ordering::Relaxed);
        base::install(&self.store, &self.profiles)
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
        let created = self.store.write(|tx| {
            let mut work = Work::new(self, &self.model, &base::application(), Access::Write(tx));
            work.terms.allow_save = true;
            work.create(table, &body, own)
        });
        created.map(|_| ()).map_err(|fault| fault.body().to_string())
    }

    fn describe(&self, url: &str, https_url: Option<&str>) -> BTreeMap<String, Json> {
        let users: Map<String, Json> = base::users(&self.profiles)
            .into_iter()
            .map(|user| {
                let facts = json!({
                    "user_id": user.id.as_str(), "username": user.username, "profile": user.profile,
                    "password": token::PASSWORD, "security_token": token::SECURITY_TOKEN,
                    "token": self.session(&user.id, READY_LIFE),
                });
                (user.name, facts)
            })
            .collect();
        let token_url = |url: &str| format!("{url}/services/oauth2/token");
        BTreeMap::from([
            ("token_url".to_owned(), token_url(url).into()),
            ("https_token_url".to_owned(), https_url.map(token_url).into()),
            ("client_id".to_owned(), token::CLIENT_ID.into()),
            ("client_secret".to_owned(), token::CLIENT_SECRET.into()),
            ("private_key".to_owned(), self.signer.private_key().into()),
            ("organization_id".to_owned(), self.organization().as_str().into()),
            ("api_version".to_owned(), API_VERSION.into()),
            ("users".to_owned(), Json::Object(users)),
        ])
    }
}
