//! A fact of a run in one line: for people who read a log, and for programs. Neither shows a value.

use engage_playbooks::run::{BlockFailure, Fact, FactKind, RunOutcome};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use crate::timeline::{self, duration};
use crate::workspace::count;

/// A fact for people: `[   102 ms] advisor: done, 1 trip`.
pub fn line(fact: &Fact, began: Timestamp) -> String {
    format!("[{:>9}] {}", duration(fact.at.duration_since(began)), words(fact))
}

fn words(fact: &Fact) -> String {
    match &fact.kind {
        FactKind::Started(beginning) => format!("{}: started by {}", beginning.playbook, beginning.trigger),
        FactKind::Attempted { block, attempt: 1 } => format!("{block}: runs"),
        FactKind::Attempted { block, attempt } => format!("{block}: runs, attempt {attempt}"),
        FactKind::Prepared { block, .. } => format!("{block}: writes"),
        FactKind::Done { block, trips: 0, .. } => format!("{block}: done"),
        FactKind::Done { block, trips: took, .. } => format!("{block}: done, {}", trips(*took)),
        FactKind::Failed { block, attempt, failure, retry_at } => {
            let again = match retry_at {
                Some(at) => format!("; again in {}", duration(at.duration_since(fact.at))),
                None => String::new(),
            };
            let after = if failure.trips == 0 { String::new() } else { format!(" after {}", trips(failure.trips)) };
            format!("{block}: attempt {attempt} failed{after}: {}{again}", why(failure))
        }
        FactKind::NeedsIdentity { block, .. } => format!("{block}: waits for the employee to sign in"),
        FactKind::Identified => "the employee is there".to_owned(),
        FactKind::CancelRequested { by } => format!("{by} wants it to stop"),
        FactKind::RetryRequested { by, from: Some(block), .. } => format!("{by} wants it to go on from {block}"),
        FactKind::RetryRequested { by, from: None, .. } => format!("{by} wants it to go on"),
        FactKind::Finished { outcome } => match outcome {
            RunOutcome::Succeeded { .. } => "succeeded".to_owned(),
            RunOutcome::Failed { block: Some(block), failure } => format!("failed at {block}: {}", why(failure)),
            RunOutcome::Failed { block: None, failure } => format!("failed: {}", why(failure)),
            RunOutcome::Cancelled { by } => format!("cancelled by {by}"),
        },
    }
}

fn trips(trips: u32) -> String {
    count(usize::try_from(trips).unwrap_or(usize::MAX), "trip")
}

fn why(BlockFailure { reason, message, .. }: &BlockFailure) -> String {
    format!("{reason}: {message}")
}

/// A fact for programs: `fact`, `at`, and what belongs to its kind.
pub fn json(fact: &Fact) -> Json {
    let mut told = Map::new();
    let mut put = |key: &str, value: Json| drop(told.insert(key.to_owned(), value));
    put("fact", json!(fact.kind.name()));
    put("at", json!(fact.at.to_string()));
    if let Some(block) = fact.kind.block() {
        put("block", json!(block.to_string()));
    }
    match &fact.kind {
        FactKind::Started(beginning) => {
            put("playbook", json!(beginning.playbook.to_string()));
            put("crm", json!(beginning.crm.to_string()));
            put("trigger", json!(beginning.trigger.name()));
            put("event", json!(beginning.event));
            put("digest", json!(beginning.digest));
        }
        FactKind::Attempted { attempt, .. } => put("attempt", json!(attempt)),
        FactKind::Done { trips, .. } | FactKind::NeedsIdentity { trips, .. } => put("round_trips", json!(trips)),
        FactKind::Failed { attempt, failure, retry_at, .. } => {
            put("attempt", json!(attempt));
            put("round_trips", json!(failure.trips));
            put("failure", timeline::failure(failure));
            put("retry_at", json!(retry_at.as_ref().map(ToString::to_string)));
        }
        FactKind::CancelRequested { by } | FactKind::RetryRequested { by, .. } => put("by", json!(by)),
        FactKind::Finished { outcome } => match outcome {
            RunOutcome::Succeeded { .. } => put("state", json!("succeeded")),
            RunOutcome::Failed { block, failure } => {
                put("state", json!("failed"));
                put("block", json!(block.as_ref().map(ToString::to_string)));
                put("failure", timeline::failure(failure));
            }
            RunOutcome::Cancelled { by } => {
                put("state", json!("cancelled"));
                put("by", json!(by));
            }
        },
        FactKind::Prepared { .. } | FactKind::Identified => {}
    }
    Json::Object(told)
}
