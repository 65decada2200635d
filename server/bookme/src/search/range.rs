//! How far back a calendar matters to a search.

use std::time::Duration;

use engage_availability::{Request, Start};
use jiff::Timestamp;

use super::Compiled;

/// What ended before matters to no start of a request: none is before now, and the local day of the first counts as a whole.
pub(super) fn from(compiled: &Compiled, request: &Request, now: Timestamp) -> Timestamp {
    let start = match request.start {
        None => now,
        Some(Start::At(at)) => at.timestamp(),
        Some(Start::On(date)) => compiled.day(date).map_or(now, |(start, _)| start),
    };
    let ways = request.travel_before.unwrap_or_default().saturating_add(request.travel_after.unwrap_or_default());
    let margin = compiled.margin.saturating_add(ways);
    start.max(now).checked_sub(margin).unwrap_or(Timestamp::MIN)
}

/// A bit further back, for requests with a longer way.
pub(super) fn with_room(from: Timestamp) -> Timestamp {
    from.checked_sub(Duration::from_secs(86_400)).unwrap_or(Timestamp::MIN)
}
