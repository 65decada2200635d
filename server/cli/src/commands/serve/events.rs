//! `POST /events`: something happened.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use engage_engine::SemanticId;
use engage_engine::input::InputProblem;
use engage_engine::nearest::nearest;
use engage_playbooks::Compiled;
use engage_playbooks::model::{Trigger, TriggerKind};
use engage_playbooks::ports::{Event, Time};
use engage_playbooks::triggers::{TriggerActing, acting};
use engage_runner::{Shelf, SystemTime};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::answer::Answer;
use super::door::{Door, whole};
use crate::case::codes;
use crate::playbook::event::{self, Place, Started};

/// The field of an event's data in which the id of its portal stands.
const PORTAL: &str = "PortalId";

/// Takes an event in.
pub(super) async fn take(State(door): State<Arc<Door>>, body: Result<Bytes, BytesRejection>) -> Result<Answer, Answer> {
    let body = whole(body)?;
    // What the parser says may quote the body.
    let value: Json = serde_json::from_slice(&body).map_err(|error| {
        let at = format!("the body is no JSON (line {}, column {})", error.line(), error.column());
        Answer::refused(StatusCode::BAD_REQUEST, at)
    })?;
    let event = read(&door, value).map_err(|wrong| Answer::problems(&wrong))?;
    offer(&door, event).await
}

/// Offers an event that is what it should be; it is durable once this returns.
pub(super) async fn offer(door: &Door, event: Event) -> Result<Answer, Answer> {
    let taken = door.engine.offer(vec![event]).await?;
    let told = taken.first().map(|taken| json!({"event": taken.event, "known": taken.known}));
    Ok(Answer::accepted(told.unwrap_or_default()))
}

fn read(door: &Door, mut value: Json) -> Result<Event, Vec<InputProblem>> {
    let playbook = value.as_object_mut().and_then(|fields| fields.remove("playbook"));
    let kind = kind(&value).map_err(|wrong| vec![wrong])?;
    let playbook = playbook.filter(|playbook| !playbook.is_null()).map(|playbook| id(&playbook));
    let playbook = playbook.transpose().map_err(|wrong| vec![wrong])?;
    let started = event::envelope(&value, &Trigger::new(kind))?;
    if acting(kind) == TriggerActing::Employee && started.employee.is_none() {
        return Err(vec![problem("employee", format!("with {kind} an employee acts: say who"))]);
    }
    fits(door, kind, playbook.as_ref(), &started)?;
    let Started { id, subject, employee, data, given } = started;
    Ok(Event {
        tenant: door.tenant.clone(),
        id: id.unwrap_or_else(|| Uuid::new_v4().to_string()),
        kind,
        subject,
        playbook,
        employee,
        data,
        given: Json::Object(given),
        at: SystemTime::default().timestamp(),
    })
}

fn kind(value: &Json) -> Result<TriggerKind, InputProblem> {
    let name = value.get("kind").and_then(Json::as_str).unwrap_or_default();
    let known = || TriggerKind::ALL.into_iter().filter(|kind| !elsewhere(*kind));
    match TriggerKind::ALL.into_iter().find(|kind| kind.name() == name) {
        Some(kind) if elsewhere(kind) => Err(problem("kind", format!("an event of {kind} does not come in here"))),
        Some(kind) => Ok(kind),
        None => {
            let suggestion = nearest(name, known().map(TriggerKind::name));
            Err(InputProblem { suggestion, ..problem("kind", "an event says its `kind`") })
        }
    }
}

/// What has a way in of its own: webhooks their signature, schedules the clock.
fn elsewhere(kind: TriggerKind) -> bool {
    matches!(kind, TriggerKind::Webhook | TriggerKind::Schedule)
}

fn id(value: &Json) -> Result<SemanticId, InputProblem> {
    let id = value.as_str().and_then(|text| SemanticId::new(text).ok());
    id.ok_or_else(|| problem("playbook", "`playbook` is the id of a playbook"))
}

/// Holds an event against the playbooks that it would start.
pub(super) fn fits(
    door: &Door,
    kind: TriggerKind,
    playbook: Option<&SemanticId>,
    started: &Started,
) -> Result<(), Vec<InputProblem>> {
    let portal = started.data.get(PORTAL).and_then(Json::as_str);
    for compiled in door.shelf.on(&door.tenant) {
        let Some(trigger) = compiled.trigger().filter(|trigger| trigger.kind == kind) else { continue };
        let in_scope =
            trigger.portals.is_empty() || portal.is_none_or(|id| trigger.portals.iter().any(|one| one == id));
        if playbook.is_none_or(|id| *id == compiled.id) && in_scope {
            one(&compiled, trigger, started)?;
        }
    }
    Ok(())
}

fn one(compiled: &Compiled, trigger: &Trigger, started: &Started) -> Result<(), Vec<InputProblem>> {
    let wrong = event::check(started, compiled, trigger).into_iter().map(|(place, problem)| {
        let place = match place {
            Place::Data => "data",
            Place::Given => "given",
        };
        let joint = if problem.path.is_empty() { "" } else { "." };
        let help = problem.help.or_else(|| Some(format!("`{}` starts with it", compiled.id)));
        InputProblem { path: format!("{place}{joint}{}", problem.path), help, ..problem }
    });
    let wrong: Vec<InputProblem> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn problem(path: &str, message: impl Into<String>) -> InputProblem {
    let (path, message) = (path.to_owned(), message.into());
    InputProblem { code: codes::BAD_EVENT.code, path, message, help: None, suggestion: None }
}
