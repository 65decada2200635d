//! Answers: JSON with a status; refusals with a constant code per status, and details without values.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engage_engine::input::InputProblem;
use engage_playbooks::ports::EngineError;
use engage_server::http::{Outage, code};
use serde_json::{Value as Json, json};

/// When a caller that met an engine which does not answer should come back, in seconds.
const COME_BACK: HeaderValue = HeaderValue::from_static("5");

/// A status, what stands in the body, and what is away where that is the reason.
#[derive(Debug)]
pub(super) struct Answer(StatusCode, Json, Option<Box<Outage>>);

impl Answer {
    pub(super) fn ok(body: Json) -> Self {
        Self(StatusCode::OK, body, None)
    }

    pub(super) fn accepted(body: Json) -> Self {
        Self(StatusCode::ACCEPTED, body, None)
    }

    pub(super) fn not_ready(body: Json) -> Self {
        Self(StatusCode::SERVICE_UNAVAILABLE, body, None)
    }

    /// A refusal: `code` is the same for every refusal with this status, `details` say more.
    pub(super) fn refused(status: StatusCode, message: impl Into<String>) -> Self {
        Self(status, json!({"code": code(status), "message": message.into(), "details": {}}), None)
    }

    /// All that is wrong with something that was sent, each at its place; the first is the message.
    pub(super) fn problems(problems: &[InputProblem]) -> Self {
        let told = |problem: &InputProblem| {
            let InputProblem { code, path, message, help, suggestion } = problem;
            json!({
                "reason": code.to_string(), "path": path, "message": message, "help": help, "suggestion": suggestion
            })
        };
        let all: Vec<_> = problems.iter().map(told).collect();
        let Some(InputProblem { code, path, message, help, suggestion }) = problems.first() else {
            return Self::refused(StatusCode::BAD_REQUEST, "the event does not fit");
        };
        Self::refused(StatusCode::BAD_REQUEST, message.clone())
            .detail("reason", json!(code.to_string()))
            .detail("path", json!(path))
            .detail("help", json!(help))
            .detail("suggestion", json!(suggestion))
            .detail("problems", json!(all))
    }

    /// Says more of a refusal.
    pub(super) fn detail(mut self, name: &str, value: Json) -> Self {
        if let Some(details) = self.1.get_mut("details").and_then(Json::as_object_mut)
            && !value.is_null()
        {
            details.insert(name.to_owned(), value);
        }
        self
    }
}

impl From<EngineError> for Answer {
    fn from(error: EngineError) -> Self {
        let status = match &error {
            EngineError::NoSuchRun(_) => StatusCode::NOT_FOUND,
            EngineError::NotAtAnEnd(_) => StatusCode::CONFLICT,
            EngineError::Refused(_) => StatusCode::BAD_REQUEST,
            EngineError::Unsupported(_) => StatusCode::NOT_IMPLEMENTED,
            EngineError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        let mut answer = Self::refused(status, error.to_string());
        if let EngineError::Unavailable(why) = &error {
            answer.2 = Some(Box::new(Outage::of("the engine does not answer", why.as_ref())));
        }
        answer
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(format!("{}\n", self.1)));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.0 {
            StatusCode::SERVICE_UNAVAILABLE => drop(headers.insert(header::RETRY_AFTER, COME_BACK)),
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        *response.status_mut() = self.0;
        if let Some(outage) = self.2 {
            response.extensions_mut().insert(*outage);
        }
        response
    }
}
