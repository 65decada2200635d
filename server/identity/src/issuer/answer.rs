//! Refusals, as Entra tells them (RFC 6749 §5.2; Microsoft, "Microsoft Entra authentication and authorization error codes").

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::LocalIssuer;

/// A refusal.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    pub(super) error: &'static str,
    code: u32,
    text: String,
}

pub(super) fn refused(status: u16, error: &'static str, code: u32, text: impl Into<String>) -> Refused {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    Refused { status, error, code, text: text.into() }
}

/// A parameter that has to be there is not.
pub(super) fn missing(parameter: &str) -> Refused {
    let text = format!("The request body must contain the following parameter: '{parameter}'.");
    refused(400, "invalid_request", 900_144, text)
}

impl Refused {
    /// What is said of it.
    pub(super) fn description(&self) -> String {
        format!("AADSTS{}: {}", self.code, self.text)
    }

    /// The body of the answer.
    pub(super) fn body(&self, issuer: &LocalIssuer) -> Value {
        let now = issuer.inner.time.timestamp();
        json!({
            "error": self.error,
            "error_description": self.description(),
            "error_codes": [self.code],
            "timestamp": now.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            "trace_id": issuer.unguessable::<16>(),
            "correlation_id": issuer.unguessable::<16>(),
        })
    }

    /// The answer.
    pub(super) fn answer(&self, issuer: &LocalIssuer) -> Response {
        let mut answer = told(self.status, NO_STORE, &self.body(issuer));
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 6749 §5.2, for those who sent a Basic header.
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
        }
        answer
    }
}

/// An answer in JSON.
pub(super) fn told(status: StatusCode, cache: (HeaderName, HeaderValue), body: &Value) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    (status, [kind, cache], body.to_string()).into_response()
}

/// Nothing of a token is kept on the way (RFC 6749 §5.1).
pub(super) const NO_STORE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
