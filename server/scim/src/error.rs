//! How a request fails, as RFC 7644 §3.12 wants it told.

use serde_json::{Value, json};

/// The URN of error bodies.
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The longest word of a client that an error repeats, in characters.
const MAX_ECHO: usize = 64;

/// A request that failed. `detail` stands in the provisioning log of the customer: it says what to change there and holds
/// names of attributes, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    /// The status of the response.
    pub status: Status,
    /// The kind of error, where RFC 7644 has a word for it.
    pub scim_type: Option<ScimType>,
    /// What is wrong, and how to put it right.
    pub detail: String,
}

/// The statuses that a SCIM server fails with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// 400
    BadRequest,
    /// 401
    Unauthorized,
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 409
    Conflict,
    /// 412
    PreconditionFailed,
    /// 413
    PayloadTooLarge,
    /// 415
    UnsupportedMediaType,
    /// 429
    TooManyRequests,
    /// 431
    RequestHeaderFieldsTooLarge,
    /// 500
    InternalServerError,
    /// 501
    NotImplemented,
    /// 503
    ServiceUnavailable,
}

impl Status {
    /// The number in the response.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::PreconditionFailed => 412,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::TooManyRequests => 429,
            Self::RequestHeaderFieldsTooLarge => 431,
            Self::InternalServerError => 500,
            Self::NotImplemented => 501,
            Self::ServiceUnavailable => 503,
        }
    }
}

/// The kinds of error of RFC 7644 §3.12, table 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimType {
    /// The filter cannot be read, or asks what its attribute cannot answer.
    InvalidFilter,
    /// The filter yields more than the server is willing to give.
    TooMany,
    /// A value is taken by another resource.
    Uniqueness,
    /// The attribute may not be written so.
    Mutability,
    /// The body cannot be read.
    InvalidSyntax,
    /// The path of a PATCH cannot be read, or names no attribute.
    InvalidPath,
    /// The path of a PATCH leads to nothing.
    NoTarget,
    /// A value is missing or unfit.
    InvalidValue,
    /// The version of the protocol is not supported.
    InvalidVers,
    /// The request would show what does not belong into a URL.
    Sensitive,
}

impl ScimType {
    /// The word of the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
        }
    }

    /// The status that goes with it.
    #[must_use]
    pub fn status(self) -> Status {
        match self {
            Self::Uniqueness => Status::Conflict,
            Self::Sensitive => Status::Forbidden,
            _ => Status::BadRequest,
        }
    }
}

impl ScimError {
    /// An error of a kind, with its status.
    pub fn new(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self { status: scim_type.status(), scim_type: Some(scim_type), detail: detail.into() }
    }

    /// An error that the protocol has no kind for.
    pub fn status(status: Status, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    /// The body of the response; `status` is a text there.
    ///
    /// ```
    /// use engage_scim::{ScimError, ScimType};
    ///
    /// let error = ScimError::new(ScimType::Uniqueness, "`userName` is taken by another user");
    /// assert_eq!(error.to_json()["status"], "409");
    /// assert_eq!(error.to_json()["scimType"], "uniqueness");
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        let Self { status, scim_type, detail } = self;
        let mut body = json!({ "schemas": [ERROR], "status": status.code().to_string(), "detail": detail });
        if let (Some(scim_type), Some(fields)) = (scim_type, body.as_object_mut()) {
            fields.insert("scimType".to_owned(), scim_type.name().into());
        }
        body
    }

    /// The same, with where it happened before the detail.
    #[must_use]
    pub(crate) fn at(self, place: &str) -> Self {
        Self { detail: format!("{place}: {}", self.detail), ..self }
    }

    pub(crate) fn value(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidValue, detail)
    }

    pub(crate) fn syntax(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidSyntax, detail)
    }

    pub(crate) fn mutability(detail: impl Into<String>) -> Self {
        Self::new(ScimType::Mutability, detail)
    }
}

/// A name that a client wrote, cut to a length and without what would disturb a log.
pub(crate) fn echo(name: &str) -> String {
    let plain = name.chars().filter(|c| !c.is_control());
    let mut shown: String = plain.take(MAX_ECHO + 1).collect();
    if shown.chars().count() > MAX_ECHO {
        shown = shown.chars().take(MAX_ECHO).chain(['…']).collect();
    }
    format!("`{shown}`")
}
