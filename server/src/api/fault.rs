//! What callers are told where something is not done: one envelope, `{code, message, details}`. `code` follows from the status;
//! `details.reason` is one of a closed list, `details.field` a JSON Pointer to what is meant, `details.fields` what is wrong where.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engage_bookme::{Error, Problem};
use engage_store::platform::StoreError;
use serde_json::{Map, Value, json};

use super::reason::Reason;
use crate::http::{Because, CLOSE, Outage, Refusal, code};

/// When a caller that met a store which does not answer should come back, in seconds.
const COME_BACK: u64 = 5;
/// What the log says of that.
const FAILED: &str = "the store failed";
/// The most problems that are told at once.
const MOST_FIELDS: usize = 100;

/// Why a request is not done.
#[derive(Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    message: String,
    details: Box<Details>,
}

/// What else is told of it.
#[derive(Debug, Default)]
struct Details {
    reason: Option<Reason>,
    field: Option<String>,
    fields: Vec<(String, String)>,
    retry_after: Option<u64>,
    /// `WWW-Authenticate`: what is wrong with the token, where one was sent (RFC 6750 §3).
    challenge: Option<&'static str>,
    outage: Option<Outage>,
}

impl Fault {
    /// Nothing but a status and words.
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), details: Box::default() }
    }

    /// The same with more to tell.
    fn with(mut self, tell: impl FnOnce(&mut Details)) -> Self {
        tell(&mut self.details);
        self
    }

    /// The request cannot be understood, or asks for nonsense.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// The same of one member, by its JSON Pointer.
    pub(crate) fn wrong(field: impl Into<String>, message: impl Into<String>) -> Self {
        Error::invalid(field, message).into()
    }

    /// There is nothing of this id here, whoever else has one.
    pub(crate) fn absent() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing of this id; it may have been removed")
    }

    /// Too many requests: when to come back, in seconds.
    pub(crate) fn later(seconds: u64) -> Self {
        let message = "too many requests; come back as `Retry-After` says";
        Self::new(StatusCode::TOO_MANY_REQUESTS, message).with(|details| details.retry_after = Some(seconds))
    }

    /// The user has to sign in again, as RFC 9470 says it to applications.
    pub(crate) fn sign_in_again(challenge: &'static str) -> Self {
        let message = "who writes what is secret has signed in within the last ten minutes: sign in again";
        let fault = Self::new(StatusCode::UNAUTHORIZED, message).because(Reason::SignInAgain);
        fault.with(|details| details.challenge = Some(challenge))
    }

    /// Something that the request needs is away.
    pub(crate) fn away(message: &'static str, outage: Outage) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message).with(|details| {
            details.retry_after = Some(COME_BACK);
            details.outage = Some(outage);
        })
    }

    /// Not served by this server.
    pub(crate) fn not_implemented(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, message)
    }

    pub(crate) fn because(self, reason: impl Into<Option<Reason>>) -> Self {
        self.with(|details| details.reason = reason.into())
    }

    /// All that is wrong. The first that callers have a word for gives the reason.
    fn invalid(problems: Vec<Problem>) -> Self {
        let refusal = problems.iter().find_map(|problem| problem.refusal);
        let told = |problem: &Problem| match problem.field.as_str() {
            "" => problem.message.clone(),
            field => format!("`{field}`: {}", problem.message),
        };
        let first = problems.first().map_or_else(|| "the request is wrong".to_owned(), told);
        let message = match problems.len() {
            0 | 1 => first,
            more => format!("{first} (and {} more; see `details.fields`)", more - 1),
        };
        Self::bad(message).because(refusal.and_then(|refusal| Reason::named(refusal.as_str()))).with(|details| {
            details.field = problems.first().map(|problem| problem.field.clone());
            let fields = problems.into_iter().take(MOST_FIELDS).map(|problem| (problem.field, problem.message));
            details.fields = fields.collect();
        })
    }

    fn store(error: &StoreError) -> Self {
        match error {
            StoreError::Stale | StoreError::Contended => {
                Self::new(StatusCode::CONFLICT, "others wrote at the same time; send the request again")
            }
            StoreError::Conflict { .. } => {
                Self::new(StatusCode::CONFLICT, "there is one like it").because(Reason::Duplicate)
            }
            StoreError::Absent { .. } => Self::absent(),
            StoreError::Refused { what } => Self::bad(format!("{what} cannot be kept")),
            StoreError::Unavailable(_) | StoreError::Unknown(_) | StoreError::Fenced => {
                let message = "the database cannot be reached just now; send the request again later";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, message).with(|details| {
                    details.retry_after = Some(COME_BACK);
                    details.outage = Some(Outage::of(FAILED, error));
                })
            }
            _ => {
                let cause = std::error::Error::source(error).map(ToString::to_string);
                tracing::error!(%error, cause, "{FAILED}");
                Self::from(Refusal::Broken)
            }
        }
    }
}

impl Details {
    fn told(&self) -> Value {
        let mut details = Map::new();
        if let Some(reason) = self.reason {
            details.insert("reason".to_owned(), reason.as_str().into());
        }
        if let Some(field) = self.field.as_deref().filter(|field| !field.is_empty()) {
            details.insert("field".to_owned(), field.into());
        }
        if !self.fields.is_empty() {
            let fields = self.fields.iter().map(|(field, message)| (field.clone(), message.as_str().into()));
            details.insert("fields".to_owned(), Value::Object(fields.collect()));
        }
        Value::Object(details)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(problems) => Self::invalid(problems),
            Error::NotFound { field } if field.is_empty() => Self::absent(),
            Error::NotFound { field } => {
                let message = format!("`{field}` names something that is not there");
                Self::new(StatusCode::NOT_FOUND, message).with(|details| details.field = Some(field))
            }
            Error::Conflict(refusal) => {
                Self::new(StatusCode::CONFLICT, refusal.to_string()).because(Reason::named(refusal.as_str()))
            }
            Error::Forbidden(refusal) => {
                Self::new(StatusCode::FORBIDDEN, refusal.to_string()).because(Reason::named(refusal.as_str()))
            }
            Error::Store(error) => Self::store(&error),
            _ => Self::from(Refusal::Broken),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::store(&error)
    }
}

impl From<engage_identity::Reason> for Fault {
    fn from(reason: engage_identity::Reason) -> Self {
        let fault = Self::new(reason.status(), reason.to_string()).because(Reason::named(reason.public()));
        let later = fault.status == StatusCode::SERVICE_UNAVAILABLE;
        fault.with(|details| {
            details.retry_after = later.then_some(COME_BACK);
            details.challenge = reason.challenge();
        })
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.status(), refusal.to_string())
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let code = match self.status {
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "HEADERS_TOO_LARGE",
            status => code(status),
        };
        let body = json!({"code": code, "message": self.message, "details": self.details.told()}).to_string();
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        let unauthorized = (self.status == StatusCode::UNAUTHORIZED).then_some("Bearer");
        if let Some(challenge) = self.details.challenge.or(unauthorized) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if self.status == StatusCode::PAYLOAD_TOO_LARGE {
            response.headers_mut().insert(header::CONNECTION, CLOSE);
        }
        if let Some(seconds) = self.details.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(reason) = self.details.reason {
            response.extensions_mut().insert(Because(reason.as_str()));
        }
        if let Some(outage) = self.details.outage {
            drop(response.extensions_mut().insert(outage));
        }
        response
    }
}

/// A refusal that no part of the API has made.
pub(crate) fn refusal(refusal: Refusal) -> Response {
    Fault::from(refusal).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_those_who_refuse_for_us_is_in_the_list() {
        for reason in engage_identity::Reason::ALL {
            assert!(Reason::named(reason.public()).is_some(), "{reason:?} is told as `{}`", reason.public());
        }
        for refusal in engage_bookme::Refusal::ALL {
            assert!(Reason::named(refusal.as_str()).is_some(), "{refusal:?}");
        }
    }
}
