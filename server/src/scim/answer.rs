//! What callers are told: resources, lists and errors in the words of SCIM.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engage_scim::{ScimError, ScimType, Status};
use engage_store::platform::{StoreError, Unique};
use serde_json::Value;

use crate::http::{Outage, Refusal};

/// The media type of every answer.
const MEDIA: HeaderValue = HeaderValue::from_static("application/scim+json; charset=utf-8");
/// What asks for a token.
const BEARER: HeaderValue = HeaderValue::from_static("Bearer");
/// When a caller that met a store which does not answer should come back, in seconds.
const COME_BACK: HeaderValue = HeaderValue::from_static("5");

/// What the log says of it.
const FAILED: &str = "the store failed";

/// Why a request is not done.
#[derive(Debug)]
pub(super) enum Fault {
    /// What the protocol has a word for.
    Scim(ScimError),
    /// Too many requests: when to come back, in seconds.
    Later(u64),
    /// The store does not do it.
    Store(StoreError),
}

impl From<ScimError> for Fault {
    fn from(error: ScimError) -> Self {
        Self::Scim(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Fault {
    pub(super) fn status(status: Status, detail: &str) -> Self {
        Self::Scim(ScimError::status(status, detail))
    }

    /// There is nothing of this id here, whoever else has one.
    pub(super) fn absent() -> Self {
        Self::status(Status::NotFound, "there is no resource of this id; it may have been deleted")
    }
}

/// An error of the store, as SCIM has it.
#[must_use]
pub fn told(error: &StoreError) -> ScimError {
    let taken =
        |what| ScimError::new(ScimType::Uniqueness, format!("`{what}` is taken by another resource of this directory"));
    match error {
        StoreError::Conflict { what: what @ (Unique::UserName | Unique::ExternalId | Unique::DisplayName) } => {
            taken(what)
        }
        StoreError::Absent { .. } => {
            ScimError::status(Status::NotFound, "there is no resource of this id; it may have been deleted")
        }
        StoreError::Refused { what } => ScimError::new(ScimType::InvalidValue, format!("{what} cannot be kept")),
        StoreError::Stale | StoreError::Contended => {
            ScimError::status(Status::Conflict, "others changed the resource at the same time; send the request again")
        }
        StoreError::Unavailable(_) | StoreError::Unknown(_) | StoreError::Fenced => ScimError::status(
            Status::ServiceUnavailable,
            "the directory cannot be reached just now; send the request again later",
        ),
        _ => ScimError::status(
            Status::InternalServerError,
            "something went wrong on our side; the request id finds it in our logs",
        ),
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        match self {
            Self::Scim(error) => refused(&error),
            Self::Later(seconds) => {
                let error = ScimError::status(
                    Status::TooManyRequests,
                    "too many requests at once; come back as `Retry-After` says",
                );
                let mut response = refused(&error);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                response
            }
            Self::Store(error) => {
                let scim = told(&error);
                let mut response = refused(&scim);
                match scim.status {
                    Status::ServiceUnavailable => {
                        drop(response.extensions_mut().insert(Outage::of(FAILED, &error)));
                    }
                    // A mistake of ours: the answer says that the log has more of this request.
                    Status::InternalServerError => {
                        let cause = std::error::Error::source(&error).map(ToString::to_string);
                        tracing::error!(%error, cause, "{FAILED}");
                    }
                    _ => {}
                }
                response
            }
        }
    }
}

/// A refusal that no part of SCIM has made.
pub(super) fn refusal(refusal: Refusal) -> Response {
    let status = match refusal {
        Refusal::NoSuchPath => Status::NotFound,
        Refusal::Method => Status::MethodNotAllowed,
        Refusal::Head => Status::RequestHeaderFieldsTooLarge,
        Refusal::TooLarge => Status::PayloadTooLarge,
        Refusal::Encoding => Status::UnsupportedMediaType,
        Refusal::Full | Refusal::Late => Status::ServiceUnavailable,
        Refusal::Broken => Status::InternalServerError,
    };
    refused(&ScimError::status(status, refusal.to_string()))
}

fn refused(error: &ScimError) -> Response {
    let status = StatusCode::from_u16(error.status.code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = body(status, &error.to_json());
    let mut set = |name: HeaderName, value: HeaderValue| {
        response.headers_mut().insert(name, value);
    };
    match error.status {
        Status::Unauthorized => set(header::WWW_AUTHENTICATE, BEARER),
        Status::ServiceUnavailable => set(header::RETRY_AFTER, COME_BACK),
        _ => {}
    }
    response
}

/// An answer with a body.
pub(super) fn body(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, MEDIA)], Body::from(body.to_string())).into_response()
}

/// An answer without.
pub(super) fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// A resource: as projected, with its version, and where it is when it was just made.
pub(super) fn resource(status: StatusCode, shown: &Value, etag: &str, location: Option<&str>) -> Response {
    let mut response = body(status, shown);
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(etag).ok().map(|etag| (header::ETAG, etag)));
    let location = location.and_then(|location| HeaderValue::from_str(location).ok());
    headers.extend(location.map(|location| (header::LOCATION, location)));
    response
}

/// The caller has what there is.
pub(super) fn unchanged(etag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    response.headers_mut().extend(HeaderValue::from_str(etag).ok().map(|etag| (header::ETAG, etag)));
    response
}
