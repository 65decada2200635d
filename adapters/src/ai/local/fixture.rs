//! What the local model says to which call.

use std::fmt;
use std::time::Duration;

use engage_engine::SemanticId;
use engage_engine::ids::NameError;
use engage_playbooks::ports::ai::{AiCall, AiErrorKind};
use serde::Deserialize;
use serde_json::Value as Json;

/// One answer, and the calls that get it. As a file:
///
/// ```yaml
/// - capability: customer-summary
///   version: 2                       # left out: any
///   input: {account: {Name: Contoso}} # what the input has to hold; left out: any
///   error: throttled                 # or `output`
///   after_ms: 2000                   # with `throttled`
///   times: 1                         # how often it answers; left out: always
///   takes_ms: 100                    # how long it takes, where there is a clock
/// ```
///
/// Errors are `throttled`, `quota-exhausted`, `unavailable`, `unauthenticated`, `denied`, `rejected`, `not-json`,
/// `refused`, `truncated`, `deadline` and `unknown`. An output that does not fit the schema is a bad answer.
#[derive(Clone, Deserialize)]
#[serde(try_from = "Written")]
pub struct Fixture {
    capability: SemanticId,
    version: Option<u32>,
    input: Option<Json>,
    times: Option<u32>,
    pub(super) says: Says,
    pub(super) takes: Option<Duration>,
}

#[derive(Clone)]
pub(super) enum Says {
    Output(Json),
    Fails(AiErrorKind),
}

impl fmt::Debug for Fixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fixture")
            .field("capability", &self.capability)
            .field("version", &self.version)
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

impl Fixture {
    fn new(capability: SemanticId, says: Says) -> Self {
        Self { capability, version: None, input: None, times: None, says, takes: None }
    }

    /// Answers every call of a capability with an output.
    pub fn output(capability: SemanticId, output: Json) -> Self {
        Self::new(capability, Says::Output(output))
    }

    /// Fails every call of a capability.
    pub fn error(capability: SemanticId, kind: AiErrorKind) -> Self {
        Self::new(capability, Says::Fails(kind))
    }

    /// Only calls of a version.
    #[must_use]
    pub fn version(self, version: u32) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Only calls whose input holds this: of objects the fields that are named here, of lists and all else the same.
    #[must_use]
    pub fn input(self, input: Json) -> Self {
        Self { input: Some(input), ..self }
    }

    /// Only so often; then the fixtures after it have their turn.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// How long it takes, where there is a clock.
    #[must_use]
    pub fn takes(self, takes: Duration) -> Self {
        Self { takes: Some(takes), ..self }
    }

    pub(super) fn fits(&self, call: &AiCall<'_>, used: u32) -> bool {
        self.capability == *call.capability
            && self.version.is_none_or(|version| version == call.version)
            && self.times.is_none_or(|times| used < times)
            && self.input.as_ref().is_none_or(|input| holds(call.input, input))
    }
}

/// Whether a value holds another. Their depth is limited: the input's by the guard, and no further is gone than it goes.
fn holds(value: &Json, wanted: &Json) -> bool {
    match (value, wanted) {
        (Json::Object(value), Json::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| value.get(name).is_some_and(|value| holds(value, wanted)))
        }
        (Json::Array(value), Json::Array(wanted)) => {
            value.len() == wanted.len() && value.iter().zip(wanted).all(|(value, wanted)| holds(value, wanted))
        }
        // `1` and `1.0` are one number.
        (Json::Number(value), Json::Number(wanted)) => value == wanted || value.as_f64() == wanted.as_f64(),
        _ => value == wanted,
    }
}

/// A fixture that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FixtureError {
    /// The capability's name is none.
    #[error("`capability`: {0}")]
    Capability(NameError),
    /// There is neither an output nor an error, or both.
    #[error("a fixture has either `output` or `error`")]
    Says,
    /// An error that does not exist.
    #[error("`{name}` is no error of a model")]
    Error {
        /// What was written.
        name: String,
    },
    /// A wait without a throttle.
    #[error("`after_ms` goes with `error: throttled`")]
    After,
}

/// A fixture as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    capability: String,
    version: Option<u32>,
    input: Option<Json>,
    output: Option<Json>,
    error: Option<String>,
    after_ms: Option<u64>,
    times: Option<u32>,
    takes_ms: Option<u64>,
}

impl TryFrom<Written> for Fixture {
    type Error = FixtureError;

    fn try_from(written: Written) -> Result<Self, FixtureError> {
        let capability = SemanticId::new(&written.capability).map_err(FixtureError::Capability)?;
        if written.after_ms.is_some() && written.error.as_deref() != Some("throttled") {
            return Err(FixtureError::After);
        }
        let says = match (written.output, written.error) {
            (Some(output), None) => Says::Output(output),
            (None, Some(name)) => Says::Fails(failure(name, written.after_ms.map(Duration::from_millis))?),
            _ => return Err(FixtureError::Says),
        };
        Ok(Self {
            version: written.version,
            input: written.input,
            times: written.times,
            takes: written.takes_ms.map(Duration::from_millis),
            ..Self::new(capability, says)
        })
    }
}

fn failure(name: String, after: Option<Duration>) -> Result<AiErrorKind, FixtureError> {
    Ok(match name.as_str() {
        "throttled" => AiErrorKind::Throttled { after },
        "quota-exhausted" => AiErrorKind::QuotaExhausted,
        "unavailable" => AiErrorKind::Unavailable,
        "unauthenticated" => AiErrorKind::Unauthenticated,
        "denied" => AiErrorKind::Denied,
        "rejected" => AiErrorKind::Rejected { reason: "fixture".to_owned() },
        "not-json" => AiErrorKind::NotJson,
        "refused" => AiErrorKind::Refused,
        "truncated" => AiErrorKind::Truncated,
        "deadline" => AiErrorKind::Deadline,
        "unknown" => AiErrorKind::Unknown,
        _ => return Err(FixtureError::Error { name }),
    })
}
