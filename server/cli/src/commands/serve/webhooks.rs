//! `POST /webhooks/{playbook}`: a signed call from outside.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use engage_engine::SemanticId;
use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::Time;
use engage_runner::SystemTime;
use engage_runner::webhook::{BodyMisfit, Headers, WebhookError, Window, verify};
use serde_json::{Value as Json, json};

use super::answer::Answer;
use super::door::{Door, whole};
use super::events;
use crate::playbook::event::Started;

/// Takes a call in. Who does not know a secret learns nothing, not even which playbooks there are.
pub(super) async fn take(
    State(door): State<Arc<Door>>,
    Path(playbook): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Answer, Answer> {
    let body = whole(body)?;
    let headers = Headers::of(|name| headers.get(name).and_then(|value| value.to_str().ok()));
    let now = SystemTime::default().timestamp();
    let hook = SemanticId::new(&playbook).ok().and_then(|id| door.hooks.get_key_value(&id));
    let secrets = hook.map(|(_, hook)| hook.secrets.as_slice()).unwrap_or_default();
    let delivery = verify(&headers, &body, secrets, now, Window::default()).map_err(|error| refused(&error))?;
    // Without a secret nothing is let in.
    let (id, hook) = hook.ok_or_else(|| refused(&WebhookError::WrongSignature))?;
    if let Some(schema) = &hook.body {
        schema.check(&delivery.body).map_err(|error| refused(&error))?;
    }
    let event = delivery.into_event(door.tenant.clone(), id.clone());
    let started = Started { data: event.data.clone(), ..Started::default() };
    let fits = events::fits(&door, TriggerKind::Webhook, event.playbook.as_ref(), &started);
    fits.map_err(|wrong| Answer::problems(&wrong))?;
    events::offer(&door, event).await
}

fn refused(error: &WebhookError) -> Answer {
    let (status, reason) = match error {
        WebhookError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
        WebhookError::Missing(_) => (StatusCode::UNAUTHORIZED, "missing-header"),
        WebhookError::Malformed(_) => (StatusCode::UNAUTHORIZED, "malformed-header"),
        WebhookError::OutsideWindow { .. } => (StatusCode::UNAUTHORIZED, "outside-window"),
        WebhookError::WrongSignature => (StatusCode::UNAUTHORIZED, "wrong-signature"),
        WebhookError::NotJson => (StatusCode::BAD_REQUEST, "not-json"),
        WebhookError::TooDeep => (StatusCode::BAD_REQUEST, "too-deep"),
        WebhookError::Schema(_) => (StatusCode::BAD_REQUEST, "schema"),
    };
    tracing::warn!(reason, "a webhook is refused");
    let answer = Answer::refused(status, error.to_string()).detail("reason", Json::from(reason));
    let WebhookError::Schema(misfits) = error else { return answer };
    let problem = |misfit: &BodyMisfit| json!({"reason": reason, "path": misfit.path, "message": misfit.rule()});
    let problems: Vec<Json> = misfits.told.iter().map(problem).collect();
    let path = misfits.told.first().map(|first| first.path.as_str());
    answer.detail("path", json!(path)).detail("problems", json!(problems))
}
