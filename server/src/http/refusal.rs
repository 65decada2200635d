//! What is refused before any surface sees it, and how that is told.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// When a caller that met a full server should come back, in seconds.
const COME_BACK: HeaderValue = HeaderValue::from_static("1");
/// Where the body was not read the connection ends: whoever kept it for the next request would lose that one.
pub(crate) const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// Why a request is refused. A surface tells it in the words of its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing is at this path.
    #[error("there is nothing at this path")]
    NoSuchPath,
    /// The path is known and the method is not.
    #[error("this method is not served at this path")]
    Method,
    /// The request took too long.
    #[error("the request took too long")]
    Late,
    /// The head has too many lines, or is too long.
    #[error("the head has more lines or bytes than are taken")]
    Head,
    /// The body is too long.
    #[error("the body has more bytes than are taken")]
    TooLarge,
    /// The body comes in an encoding that is not read.
    #[error("bodies are taken without `Content-Encoding`")]
    Encoding,
    /// Everything is taken.
    #[error("the server is full")]
    Full,
    /// A bug of ours.
    #[error("something went wrong on our side")]
    Broken,
}

/// The constant code that refusals with a status have, on every surface that is not one of a protocol with codes of its own.
pub fn code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "BAD_REQUEST",
        StatusCode::UNAUTHORIZED => "UNAUTHORIZED",
        StatusCode::FORBIDDEN => "FORBIDDEN",
        StatusCode::NOT_FOUND => "NOT_FOUND",
        StatusCode::METHOD_NOT_ALLOWED => "METHOD_NOT_ALLOWED",
        StatusCode::NOT_ACCEPTABLE => "NOT_ACCEPTABLE",
        StatusCode::REQUEST_TIMEOUT => "REQUEST_TIMEOUT",
        StatusCode::CONFLICT => "CONFLICT",
        StatusCode::PAYLOAD_TOO_LARGE => "PAYLOAD_TOO_LARGE",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "UNSUPPORTED_MEDIA_TYPE",
        StatusCode::TOO_MANY_REQUESTS => "TOO_MANY_REQUESTS",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "REQUEST_HEADER_FIELDS_TOO_LARGE",
        StatusCode::NOT_IMPLEMENTED => "NOT_IMPLEMENTED",
        StatusCode::SERVICE_UNAVAILABLE => "SERVICE_UNAVAILABLE",
        _ => "INTERNAL_SERVER_ERROR",
    }
}

impl Refusal {
    /// The status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Late => StatusCode::REQUEST_TIMEOUT,
            Self::Head => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Encoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Full => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = json!({"code": code(status), "message": self.to_string(), "details": {}}).to_string();
        let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        if self == Self::Full {
            response.headers_mut().insert(header::RETRY_AFTER, COME_BACK);
        }
        if matches!(self, Self::Late | Self::TooLarge | Self::Encoding | Self::Full) {
            response.headers_mut().insert(header::CONNECTION, CLOSE);
        }
        // A surface finds it there and tells it in its own words.
        response.extensions_mut().insert(self);
        response
    }
}
