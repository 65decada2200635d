//! What a timeline says in words.

use engage_playbooks::run::RunState;
use engage_playbooks::timeline::{Lane, LaneState, Timeline};
use jiff::{SignedDuration, Timestamp};

use crate::workspace::count;

/// What is said in the place of blocks that are not shown.
pub(crate) const CLOSED: &str = "its playbook is proprietary: its blocks are not shown";

/// The time between two instants.
pub(super) fn between(from: Timestamp, to: Timestamp) -> SignedDuration {
    to.duration_since(from)
}

/// A length of time in the two greatest units that it fills: `412 ms`, `3.2 s`, `2 min 5 s`, `3 h 4 min`, `2 d 3 h`.
pub fn duration(time: SignedDuration) -> String {
    let ms = time.as_millis().max(0);
    let (seconds, minutes, hours) = (ms / 1000, ms / 60_000, ms / 3_600_000);
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{seconds}.{} s", ms % 1000 / 100),
        60_000..3_600_000 => format!("{minutes} min {} s", seconds % 60),
        3_600_000..86_400_000 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} d {} h", hours / 24, hours % 24),
    }
}

/// The word for where a run stands.
pub(crate) fn state(state: RunState) -> &'static str {
    match state {
        RunState::Queued => "queued",
        RunState::Running => "running",
        RunState::NeedsIdentity => "needs-identity",
        RunState::Succeeded => "succeeded",
        RunState::Failed => "failed",
        RunState::Cancelled => "cancelled",
    }
}

/// How it went, in a line: `succeeded in 412 ms, 4 round trips`.
pub fn summary(timeline: &Timeline) -> String {
    let joint = if timeline.state.at_an_end() { "in" } else { "for" };
    let took = duration(between(timeline.from, timeline.to));
    let mut text = format!("{} {joint} {took}, {}", state(timeline.state), count_trips(timeline.trips));
    if let Some(by) = &timeline.cancelled_by {
        text.push_str(&format!(", by {by}"));
    }
    if let Some(failure) = &timeline.failure {
        text.push_str(&format!(": {}", failure.message));
    }
    text
}

fn count_trips(trips: u32) -> String {
    count(usize::try_from(trips).unwrap_or(usize::MAX), "round trip")
}

/// The time that the attempts of a block took; `None` where there was none.
pub(super) fn busy(lane: &Lane) -> Option<SignedDuration> {
    let attempts = lane.spans.iter().filter(|span| super::scale::runs(span.phase));
    (lane.attempts > 0).then(|| attempts.map(|span| between(span.from, span.to)).sum())
}

/// What is worth knowing of a block beside its bar: `102 ms, 2 attempts, 1 trip`.
pub(crate) fn facts(lane: &Lane) -> String {
    let mut words: Vec<String> = busy(lane).map(duration).into_iter().collect();
    if lane.attempts > 1 {
        words.push(format!("{} attempts", lane.attempts));
    }
    if lane.trips > 0 {
        words.push(count(usize::try_from(lane.trips).unwrap_or(usize::MAX), "trip"));
    }
    words.join(", ")
}

/// What stands behind the bar of a block: the facts, and how it ended where that was not well.
pub(super) fn note(lane: &Lane) -> String {
    let state = (lane.state != LaneState::Done).then(|| lane.state.name().to_owned());
    let all: Vec<String> = state.into_iter().chain(Some(facts(lane)).filter(|facts| !facts.is_empty())).collect();
    all.join(", ")
}

/// All that a timeline knows of a block, as a sentence.
pub(super) fn sentence(lane: &Lane, lanes: &[Lane]) -> String {
    let mut text = format!("{} {}: {}", lane.kind, lane.block, lane.state.name()).trim_start().to_owned();
    let facts = facts(lane);
    if !facts.is_empty() {
        text.push_str(&format!(", {facts}"));
    }
    let names: Vec<&str> =
        lane.after.iter().filter_map(|at| lanes.get(*at)).map(|before| before.block.as_str()).collect();
    if !names.is_empty() {
        text.push_str(&format!("; waits for {}", names.join(", ")));
    }
    if let Some(last) = lane.held_by.and_then(|at| lanes.get(at)).filter(|_| names.len() > 1) {
        text.push_str(&format!("; {} was the last of them", last.block));
    }
    if let Some(why) = lane.why() {
        text.push_str(&format!("; {why}"));
    }
    text
}
