//! `/runs`: looking at runs, stopping them, letting them go on. No value of a record is shown.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use engage_engine::SemanticId;
use engage_engine::ids::RefId;
use engage_playbooks::ports::{RunPage, RunQuery, Time};
use engage_playbooks::run::{Fact, FactKind, RunKey, RunState};
use engage_playbooks::timeline::{Shape, Timeline};
use engage_runner::{Shelf, SystemTime};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::answer::Answer;
use super::door::{Door, whole};
use crate::commands::runs::record_json;
use crate::timeline::{self, state};

/// The most runs of a page.
const MOST: usize = 1000;
/// The runs of a page where nobody says.
const SOME: usize = 20;
/// Who asks, to those who look later.
const BY: &str = "a caller of the API";
/// Where runs stand.
const STATES: [RunState; 6] = [
    RunState::Queued,
    RunState::Running,
    RunState::NeedsIdentity,
    RunState::Succeeded,
    RunState::Failed,
    RunState::Cancelled,
];

/// Which runs are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    playbook: Option<String>,
    /// Words with commas between.
    state: Option<String>,
    limit: Option<usize>,
    after: Option<Uuid>,
}

fn wrong(message: impl Into<String>) -> Answer {
    Answer::refused(StatusCode::BAD_REQUEST, message)
}

/// Runs, newest first.
pub(super) async fn list(
    State(door): State<Arc<Door>>,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Result<Answer, Answer> {
    let Query(wanted) = wanted.map_err(|_| wrong("runs are asked for by `playbook`, `state`, `limit`, `after`"))?;
    let playbook = wanted.playbook.map(|id| SemanticId::new(&id)).transpose();
    let playbook = playbook.map_err(|_| wrong("`playbook` is the id of a playbook"))?;
    let states = wanted.state.iter().flat_map(|states| states.split(',')).map(named).collect::<Result<_, _>>()?;
    let most = wanted.limit.unwrap_or(SOME);
    if !(1..=MOST).contains(&most) {
        return Err(wrong(format!("`limit` is 1 to {MOST}")));
    }
    let after = match wanted.after {
        None => None,
        Some(run) => {
            let key = RunKey { tenant: door.tenant.clone(), run };
            let record = door.engine.status(&key).await?;
            Some((record.ok_or_else(|| wrong("there is no run `after`"))?.started_at, run))
        }
    };
    let query = RunQuery { playbook, states, after, most };
    let RunPage { runs, more } = door.engine.runs(&door.tenant, &query).await?;
    let next = runs.last().filter(|_| more).map(|run| run.key.run.to_string());
    Ok(Answer::ok(json!({"runs": runs.iter().map(record_json).collect::<Vec<_>>(), "next": next})))
}

fn named(word: &str) -> Result<RunState, Answer> {
    let words = || STATES.map(state).join(", ");
    STATES.into_iter().find(|one| state(*one) == word).ok_or_else(|| wrong(format!("a `state` is one of {}", words())))
}

fn key(door: &Door, id: Result<Path<Uuid>, axum::extract::rejection::PathRejection>) -> Result<RunKey, Answer> {
    let Path(run) = id.map_err(|_| Answer::refused(StatusCode::NOT_FOUND, "a run is named by a UUID"))?;
    Ok(RunKey { tenant: door.tenant.clone(), run })
}

/// A run, block by block.
pub(super) async fn show(
    State(door): State<Arc<Door>>,
    id: Result<Path<Uuid>, axum::extract::rejection::PathRejection>,
) -> Result<Answer, Answer> {
    let key = key(&door, id)?;
    let missing = || Answer::refused(StatusCode::NOT_FOUND, format!("there is no run {key}"));
    let record = door.engine.status(&key).await?.ok_or_else(missing)?;
    let facts = door.engine.history(&key).await?;
    let digest = facts.first().and_then(digest);
    let version = digest.and_then(|digest| door.shelf.pinned(&door.tenant, digest));
    let shape = version.map(|version| Shape::of(&version));
    let told = timeline::json(&Timeline::of(&facts, shape.as_ref(), SystemTime::default().timestamp()));
    let mut answer = record_json(&record);
    if let Some(object) = answer.as_object_mut() {
        object.insert("digest".to_owned(), json!(digest));
        object.insert("timeline".to_owned(), told);
    }
    Ok(Answer::ok(answer))
}

fn digest(first: &Fact) -> Option<&str> {
    match &first.kind {
        FactKind::Started(beginning) => Some(&beginning.digest),
        _ => None,
    }
}

/// Asks a run to stop; whoever runs it does it.
pub(super) async fn cancel(
    State(door): State<Arc<Door>>,
    id: Result<Path<Uuid>, axum::extract::rejection::PathRejection>,
) -> Result<Answer, Answer> {
    let key = key(&door, id)?;
    door.engine.cancel(&key, BY).await?;
    Ok(Answer::accepted(json!({"run": key.run.to_string()})))
}

/// Lets a run go on that failed or was stopped, from what failed or from the block that the body names: `{"from": BLOCK}`.
pub(super) async fn retry(
    State(door): State<Arc<Door>>,
    id: Result<Path<Uuid>, axum::extract::rejection::PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Answer, Answer> {
    let key = key(&door, id)?;
    let from = from(&whole(body)?)?;
    door.engine.retry(&key, from, BY).await?;
    Ok(Answer::accepted(json!({"run": key.run.to_string()})))
}

fn from(body: &[u8]) -> Result<Option<RefId>, Answer> {
    if body.is_empty() {
        return Ok(None);
    }
    let told = || wrong("the body is empty, or `{\"from\": BLOCK}`");
    let value: Json = serde_json::from_slice(body).map_err(|_| told())?;
    let fields = value.as_object().filter(|fields| fields.keys().all(|key| key == "from")).ok_or_else(told)?;
    match fields.get("from") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(name)) => RefId::new(name).map(Some).map_err(|_| told()),
        Some(_) => Err(told()),
    }
}
