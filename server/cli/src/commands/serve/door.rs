//! What can be called, and by whom.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use engage_engine::SemanticId;
use engage_playbooks::ports::{DurableEngine, Time};
use engage_playbooks::run::Tenant;
use engage_runner::MemoryShelf;
use engage_server::http::{Outages, Refusal};
use serde_json::json;
use tokio::sync::watch;

use super::answer::Answer;
use super::directories::Platform;
use super::measures::{Measures, Standing};
use super::settings::{Hook, Token};
use super::{events, runs, webhooks};

/// The largest body, in bytes.
const MAX_BODY: usize = 1024 * 1024;
/// What stands before the token.
const BEARER: &[u8] = b"Bearer ";
/// How long a request may take, its body included.
const PATIENCE: Duration = Duration::from_secs(30);

/// What answers need.
pub(super) struct Door {
    pub(super) engine: Arc<dyn DurableEngine>,
    pub(super) shelf: Arc<MemoryShelf>,
    pub(super) tenant: Tenant,
    pub(super) token: Token,
    pub(super) hooks: BTreeMap<SemanticId, Hook>,
    /// Whether this process leads, on an engine of which one process does.
    pub(super) standing: Option<watch::Receiver<Standing>>,
    pub(super) time: Arc<dyn Time>,
    /// The platform, where directories are served.
    pub(super) platform: Option<Platform>,
}

/// The addresses of the server, where it has no others.
pub(super) fn router(door: Arc<Door>) -> Router {
    let outages = Arc::new(Outages::new(Arc::clone(&door.time)));
    let all = routes(door).fallback(nothing).method_not_allowed_fallback(otherwise);
    all.layer(middleware::from_fn_with_state(outages, bounded))
}

/// The addresses of playbooks.
pub(super) fn routes(door: Arc<Door>) -> Router {
    let guarded = Router::new()
        .route("/events", post(events::take))
        .route("/runs", get(runs::list))
        .route("/runs/{id}", get(runs::show))
        .route("/runs/{id}/cancel", post(runs::cancel))
        .route("/runs/{id}/retry", post(runs::retry))
        .layer(middleware::from_fn_with_state(Arc::clone(&door), known));
    let open = Router::new()
        .route("/webhooks/{playbook}", post(webhooks::take))
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready));
    guarded.merge(open).layer(DefaultBodyLimit::max(MAX_BODY)).with_state(door)
}

/// What Prometheus reads.
pub(super) fn metrics(measures: Arc<Measures>) -> Router {
    Router::new().route("/metrics", get(scrape)).fallback(nothing).with_state(measures)
}

async fn scrape(State(measures): State<Arc<Measures>>) -> Response {
    const FORM: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match measures.text() {
        Ok(text) => ([(header::CONTENT_TYPE, FORM)], text).into_response(),
        Err(error) => Answer::refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Lets callers in that know the token, before anything of what they send is read.
async fn known(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).map(|value| value.as_bytes());
    let given = given.and_then(|value| value.split_at_checked(BEARER.len()));
    let known = given.is_some_and(|(scheme, token)| scheme.eq_ignore_ascii_case(BEARER) && door.token.is(token));
    if known {
        return next.run(request).await;
    }
    Answer::refused(StatusCode::UNAUTHORIZED, "the token is missing, or it is not the one").into_response()
}

/// Holds a request to what one may cost, and says what is away where that is why it is refused.
async fn bounded(State(outages): State<Arc<Outages>>, request: Request, next: Next) -> Response {
    if let Some(refusal) = request.extensions().get::<Refusal>() {
        return Answer::refused(refusal.status(), refusal.to_string()).into_response();
    }
    let late = || Answer::refused(StatusCode::REQUEST_TIMEOUT, "the request took too long").into_response();
    let answer = tokio::time::timeout(PATIENCE, next.run(request)).await.unwrap_or_else(|_| late());
    outages.tell(&answer);
    answer
}

async fn nothing() -> Answer {
    Answer::refused(StatusCode::NOT_FOUND, "there is nothing here")
}

async fn otherwise() -> Answer {
    Answer::refused(StatusCode::METHOD_NOT_ALLOWED, "this cannot be done here")
}

/// A body as it came.
pub(super) fn whole(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Answer> {
    body.map_err(|refused| match refused.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Answer::refused(StatusCode::PAYLOAD_TOO_LARGE, format!("the body has more than {MAX_BODY} bytes"))
        }
        _ => Answer::refused(StatusCode::BAD_REQUEST, "the body did not come whole"),
    })
}

/// The process lives.
async fn healthy() -> Answer {
    Answer::ok(json!({"alive": true}))
}

/// The process can take events in: its engine answers, and where directories are served the database does, its tables are of this
/// program, and the keys to its secrets are there. A stand-by can too. Of what fails a word is told, and the rest is in the log.
async fn ready(State(door): State<Arc<Door>>) -> Answer {
    let leader = door.standing.as_ref().map(|standing| standing.borrow().leads == Some(true));
    let not =
        |failed: &str| Answer::not_ready(json!({"ready": false, "failed": failed, "leader": leader.map(|_| false)}));
    if let Some(platform) = &door.platform
        && let Err((failed, error)) = platform.ready().await
    {
        let cause = error.source().map(ToString::to_string);
        tracing::warn!(failed, %error, cause, "the platform is not ready");
        return not(failed);
    }
    match door.engine.ready().await {
        Ok(()) => Answer::ok(json!({"ready": true, "leader": leader})),
        Err(error) => {
            let cause = error.source().map(ToString::to_string);
            tracing::warn!(%error, cause, "the engine does not answer");
            not("engine")
        }
    }
}
