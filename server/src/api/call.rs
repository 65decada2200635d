//! A call of an operation: who calls, what is asked, what was sent; and what is answered.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engage_bookme::meetings::{Caller, Who};
use engage_bookme::{Environment, Tenancy};
use engage_identity::{Caller as Identified, Principal, Role};
use engage_scim::Status;
use engage_scim::json::{self, Limits};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::fault::Fault;
use super::patch::Patch;
use super::query::Query;
use super::scalars;
use super::table::Version;

/// What a body may be at most. How many bytes it may have is a setting (`limits.body-bytes`), which it was held to as it came in.
const LIMITS: Limits = Limits { max_bytes: usize::MAX, max_depth: 32, max_values: 100_000 };

/// A call of an operation by somebody who may.
pub(super) struct Call {
    pub(super) version: Version,
    pub(super) tenancy: Tenancy,
    pub(super) caller: Caller,
    /// The same as whom the token names.
    pub(super) principal: Arc<Principal>,
    pub(super) query: Query,
    /// The path, as it was called.
    pub(super) path: String,
    /// What the address names, in the order of the path.
    pub(super) named: Vec<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// What is answered.
pub(super) enum Reply {
    /// A value.
    Json(Value),
    /// A value that was just made, and where it is.
    Created(Value, String),
    /// Nothing but that it is done.
    Nothing(StatusCode),
    /// A file for calendars.
    Calendar(String),
}

/// The answer of an operation.
pub(super) type Answer = Result<Reply, Fault>;

impl Call {
    /// Whose it is, and where it is confined to.
    pub(super) fn whose(principal: &Principal) -> (Tenancy, Caller) {
        let environment = match principal.environment {
            engage_identity::Environment::Dev => Environment::Dev,
            engage_identity::Environment::Test => Environment::Test,
            engage_identity::Environment::Prod => Environment::Prod,
        };
        let tenancy = Tenancy { organisation: principal.organisation, environment };
        let caller = match &principal.caller {
            Identified::User(user) => Caller {
                who: Who::Person { tenant: user.tenant, object: user.object },
                customer: user.role == Role::Customer,
            },
            Identified::System(system) => Caller::client(system.client.to_string()),
        };
        (tenancy, caller)
    }

    pub(super) fn is_customer(&self) -> bool {
        self.caller.is_customer()
    }

    /// Customers may not set aside what holds for them.
    pub(super) fn staff_alone(&self, name: &str, sent: Option<bool>) -> Result<bool, Fault> {
        match sent {
            Some(true) if self.is_customer() => {
                Err(Fault::new(StatusCode::FORBIDDEN, format!("`{name}` is not for customers; leave it out"))
                    .because(super::Reason::RoleTooLow))
            }
            sent => Ok(sent.unwrap_or(false)),
        }
    }

    /// The id that the address names. Whatever is none is nobody's.
    pub(super) fn id(&self) -> Result<Uuid, Fault> {
        let text = self.named.first().map(String::as_str).unwrap_or_default();
        scalars::id(text).map_err(|_| Fault::absent())
    }

    /// What was sent; nothing where nothing was.
    pub(super) fn sent(&self) -> Result<Option<Value>, Fault> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        let media = self.headers.get(header::CONTENT_TYPE).map(|media| media.to_str().unwrap_or_default());
        if !media.is_none_or(is_json) {
            return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send `application/json`"));
        }
        let value = json::read(&self.body, &LIMITS);
        value.map(Some).map_err(|error| match error.status {
            Status::PayloadTooLarge => Fault::new(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()),
            _ => Fault::bad(error.to_string()),
        })
    }

    pub(super) fn json(&self) -> Result<Value, Fault> {
        self.sent()?.ok_or_else(|| Fault::bad("a body is needed"))
    }

    pub(super) fn object(&self) -> Result<Map<String, Value>, Fault> {
        match self.json()? {
            Value::Object(members) => Ok(members),
            _ => Err(Fault::bad("the body is a JSON object")),
        }
    }

    pub(super) fn patch(&self) -> Result<Patch, Fault> {
        Patch::read(self.json()?)
    }

    /// The answer of something that was made: where it is follows from where it was made.
    pub(super) fn created(&self, id: Uuid, value: Value) -> Reply {
        Reply::Created(value, format!("{}/{id}", self.path))
    }
}

/// Whether a media type is JSON, by whatever name.
fn is_json(media: &str) -> bool {
    let name = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(name.as_str(), "application/json" | "text/json")
        || (name.starts_with("application/") && name.ends_with("+json"))
}

/// Whether a caller takes an answer of a media type (RFC 9110 §12.5.1); without weights, but for what is refused by name.
pub(super) fn takes(headers: &HeaderMap, media: &str) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if accepted.peek().is_none() {
        return true;
    }
    let kind = media.split('/').next().unwrap_or_default();
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
        let name = parts.next().unwrap_or_default();
        let refused = parts.any(|part| matches!(part.as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        !refused && (name == "*/*" || name == media || name == format!("{kind}/*"))
    })
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let json = [(header::CONTENT_TYPE, "application/json")];
        match self {
            Self::Json(value) => (StatusCode::OK, json, value.to_string()).into_response(),
            Self::Created(value, location) => {
                let mut response = (StatusCode::CREATED, json, value.to_string()).into_response();
                let location = HeaderValue::from_str(&location).ok();
                response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
                response
            }
            Self::Nothing(status) => status.into_response(),
            Self::Calendar(text) => {
                let headers = [
                    (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
                    (header::CONTENT_DISPOSITION, "attachment; filename=\"meeting.ics\""),
                ];
                (StatusCode::OK, headers, text).into_response()
            }
        }
    }
}
