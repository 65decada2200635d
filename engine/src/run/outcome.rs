//! What an operation answers: matches of a read, effects of a write.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::ids::RefId;
use crate::input::instance_to_json;
use crate::value::Instance;

/// What an operation came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Of a read.
    Read(Results),
    /// Of a create or an update.
    Write(Effects),
}

impl Outcome {
    /// As JSON: `{"Results": [{"account": [{"Id": …}]}]}` or `{"account": [{"Id": …, "outcome": "created"}]}`.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Read(results) => results.to_json(),
            Self::Write(effects) => effects.to_json(),
        }
    }

    /// The matches of a read.
    pub fn results(&self) -> Option<&Results> {
        match self {
            Self::Read(results) => Some(results),
            Self::Write(_) => None,
        }
    }

    /// The effects of a create or an update.
    pub fn effects(&self) -> Option<&Effects> {
        match self {
            Self::Read(_) => None,
            Self::Write(effects) => Some(effects),
        }
    }
}

/// The matches of a read, one per instance of its root, in the root's order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Results {
    /// The matches.
    pub matches: Vec<Match>,
}

/// One match: for every part of the pattern its records, perhaps none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Match {
    /// By reference id. Records that appear in several matches are shared.
    pub parts: BTreeMap<RefId, Vec<Arc<Instance>>>,
}

impl Match {
    /// The records of a part; none for a part that the pattern does not have.
    pub fn part(&self, label: &str) -> &[Arc<Instance>] {
        self.parts.get(label).map_or(&[], Vec::as_slice)
    }
}

impl Results {
    /// As JSON: `{"Results": [{"account": [{"Id": …}]}]}`.
    pub fn to_json(&self) -> Json {
        let matches = self.matches.iter().map(|found| {
            let parts = found.parts.iter().map(|(label, records)| {
                let records = records.iter().map(|record| instance_to_json(record)).collect();
                (label.to_string(), Json::Array(records))
            });
            Json::Object(parts.collect())
        });
        json!({ "Results": matches.collect::<Vec<_>>() })
    }
}

/// What a create or an update did, part by part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// By reference id; one entry per instance, in the order of the input.
    pub parts: BTreeMap<RefId, Vec<Effect>>,
}

/// What became of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The record; `None` where there is none (skipped, embedded in its parent) or where nobody told its Id.
    pub id: Option<String>,
    /// What was done.
    pub outcome: Done,
}

/// What was done with an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Done {
    /// A record was made.
    Created,
    /// A record was changed.
    Updated,
    /// There was nothing to send, or the record was only referred to.
    Unchanged,
    /// What it needs is not there.
    Skipped,
    /// A record was removed from a set that was replaced.
    Deleted,
    /// Of an execution that failed: it was to be written, and it was not.
    NotDone,
    /// Of an execution that failed: it was sent, and nobody knows whether it took effect.
    Unknown,
}

impl Done {
    /// The word in JSON and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Skipped => "skipped",
            Self::Deleted => "deleted",
            Self::NotDone => "not-done",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Effects {
    /// As JSON: `{"account": [{"Id": …, "outcome": "created"}]}`.
    pub fn to_json(&self) -> Json {
        let parts = self.parts.iter().map(|(label, effects)| {
            let effects = effects.iter().map(|effect| json!({ "Id": effect.id, "outcome": effect.outcome.name() }));
            (label.to_string(), Json::Array(effects.collect()))
        });
        Json::Object(parts.collect())
    }

    /// The effects on a part; none for a part that the pattern does not have.
    pub fn part(&self, label: &str) -> &[Effect] {
        self.parts.get(label).map_or(&[], Vec::as_slice)
    }

    /// Whether something was made, changed or removed.
    pub fn any(&self) -> bool {
        let touched = |effect: &Effect| matches!(effect.outcome, Done::Created | Done::Updated | Done::Deleted);
        self.parts.values().flatten().any(touched)
    }
}
