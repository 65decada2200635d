//! Which entries are asked for, as statements; and by what in their details they are found.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::{AuditOutcome, AuditPlace, AuditQuery};
use crate::platform::sql::{Bind, Scoped, binds};

/// The longest text, in bytes, that an entry is found by: ids and names are no longer.
const MAX_TARGET: usize = 200;
/// By how many texts an entry is found at most.
const MOST_TARGETS: usize = 100;

/// Entries in the order of an index that begins with the organisation and with what is given; `$environment` reads theirs.
macro_rules! found {
    ($from:literal, $at:literal, $number:literal, $environment:literal) => {
        concat!(
            "SELECT a.number, a.organisation, a.at, a.actor, a.source, a.correlation, a.event, a.outcome, a.details FROM ",
            $from,
            " AND ",
            $at,
            " >= $2 AND ",
            $at,
            " < $3 AND (",
            $at,
            ", ",
            $number,
            ") < ($4, $5) AND ($6 IS NULL OR a.actor = $6) AND ($7 IS NULL OR a.event = $7)
             AND ($8 IS NULL OR a.outcome = $8) AND coalesce(",
            $environment,
            ", $9) = $9 ORDER BY ",
            $at,
            " DESC, ",
            $number,
            " DESC LIMIT $10"
        )
    };
}

macro_rules! sqlite {
    ($from:literal, $at:literal, $number:literal) => {
        found!(
            $from,
            $at,
            $number,
            "json_extract(a.details, '$.environment'), json_extract(a.details, '$.after.environment')"
        )
    };
}

macro_rules! postgres {
    ($from:literal, $at:literal, $number:literal) => {
        found!($from, $at, $number, "a.details::jsonb ->> 'environment', a.details::jsonb -> 'after' ->> 'environment'")
    };
}

const BY_TIME: Scoped = Scoped::two(
    sqlite!("audit a WHERE a.organisation = $1", "a.at", "a.number"),
    postgres!("audit a WHERE a.organisation = $1", "a.at", "a.number"),
);
const BY_ACTOR: Scoped = Scoped::two(
    sqlite!("audit a WHERE a.organisation = $1 AND a.actor = $6", "a.at", "a.number"),
    postgres!("audit a WHERE a.organisation = $1 AND a.actor = $6", "a.at", "a.number"),
);
const BY_EVENT: Scoped = Scoped::two(
    sqlite!("audit a WHERE a.organisation = $1 AND a.event = $7", "a.at", "a.number"),
    postgres!("audit a WHERE a.organisation = $1 AND a.event = $7", "a.at", "a.number"),
);
const BY_TARGET: Scoped = Scoped::two(
    sqlite!(
        "audit_targets t JOIN audit a ON a.organisation = $1 AND a.number = t.number
         WHERE t.organisation = $1 AND t.target = $11",
        "t.at",
        "t.number"
    ),
    postgres!(
        "audit_targets t JOIN audit a ON a.organisation = $1 AND a.number = t.number
         WHERE t.organisation = $1 AND t.target = $11",
        "t.at",
        "t.number"
    ),
);

/// The statement for what is asked, and its parameters: of what is given the one that fewest entries have leads.
pub(super) fn asked(query: &AuditQuery, most: usize) -> (&'static Scoped, Vec<Bind>) {
    let AuditQuery { environment, from, until, actor, event, target, outcome, before } = query;
    let AuditPlace { at, number } = before.unwrap_or(AuditPlace { at: Timestamp::MAX, number: i64::MAX });
    let (actor, event) = (actor.as_deref(), event.as_deref());
    let outcome = outcome.map(AuditOutcome::as_str);
    let mut binds = binds![*from, *until, at, number, actor, event, outcome, environment.as_str(), most];
    let statement = match (target, actor, event) {
        (Some(target), ..) => {
            binds.extend(binds![target]);
            &BY_TARGET
        }
        (None, Some(_), _) => &BY_ACTOR,
        (None, None, Some(_)) => &BY_EVENT,
        (None, None, None) => &BY_TIME,
    };
    (statement, binds)
}

/// The texts that an entry is found by: every one in its details that is no longer than an id or a name.
pub(super) fn targets(details: &Value) -> BTreeSet<&str> {
    let (mut found, mut left) = (BTreeSet::new(), vec![details]);
    while let Some(value) = left.pop() {
        match value {
            Value::String(text) if (1..=MAX_TARGET).contains(&text.len()) && found.len() < MOST_TARGETS => {
                found.insert(text.as_str());
            }
            Value::Array(items) => left.extend(items),
            Value::Object(members) => left.extend(members.values()),
            _ => {}
        }
    }
    found
}
