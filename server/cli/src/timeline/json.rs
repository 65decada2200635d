//! A timeline as data.

use engage_playbooks::run::BlockFailure;
use engage_playbooks::timeline::{Lane, Phase, Span, Timeline};
use serde_json::{Value as Json, json};

use super::words::{between, state};

/// The timeline for programs; instants in RFC 3339.
pub fn json(timeline: &Timeline) -> Json {
    let Timeline { playbook, state: stands, from, to, lanes, closed, failure: failed, .. } = timeline;
    let Timeline { cancelled_by, trips, .. } = timeline;
    json!({
        "playbook": playbook.as_ref().map(ToString::to_string),
        "state": state(*stands),
        "from": from.to_string(),
        "to": to.to_string(),
        "duration_ms": milliseconds(between(*from, *to)),
        "round_trips": trips,
        "failure": failed.as_ref().map(failure),
        "cancelled_by": cancelled_by,
        "blocks_shown": !closed,
        "blocks": lanes.iter().map(|one| lane(one, lanes)).collect::<Vec<_>>(),
    })
}

/// A block for programs.
fn lane(lane: &Lane, lanes: &[Lane]) -> Json {
    let Lane { block, title, kind, after, held_by, state, spans, settled, .. } = lane;
    let Lane { attempts, trips, retry_at, failure: failed, critical, .. } = lane;
    let name = |at: &usize| lanes.get(*at).map(|lane| lane.block.to_string());
    json!({
        "block": block.to_string(),
        "title": title,
        "kind": kind,
        "state": state.name(),
        "after": after.iter().filter_map(name).collect::<Vec<_>>(),
        "held_by": held_by.as_ref().and_then(name),
        "settled_at": settled.as_ref().map(ToString::to_string),
        "retry_at": retry_at.as_ref().map(ToString::to_string),
        "attempts": attempts,
        "round_trips": trips,
        "failure": failed.as_ref().map(failure),
        "critical": critical,
        "spans": spans.iter().map(span).collect::<Vec<_>>(),
    })
}

fn span(Span { phase, from, to }: &Span) -> Json {
    let attempt = match phase {
        Phase::Running { attempt, .. } => Some(attempt),
        _ => None,
    };
    json!({"phase": phase.name(), "attempt": attempt, "from": from.to_string(), "to": to.to_string()})
}

/// How a block failed: `kind`, `reason`, `message`.
pub(crate) fn failure(BlockFailure { kind, reason, message, wait_ms: _, trips: _ }: &BlockFailure) -> Json {
    json!({"kind": kind, "reason": reason, "message": message})
}

fn milliseconds(time: jiff::SignedDuration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
