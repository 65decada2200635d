//! Faults on demand: by rule, or by a header on the request itself.

use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use super::Refusal;
use crate::http::Request;

/// Header with one fault as JSON, or its bare name, for the request that carries it.
pub(crate) const HEADER: &str = "x-sandbox-fault";

/// Longest latency, in milliseconds.
const MAX_MILLISECONDS: u64 = 600_000;

/// Most rules at a time.
const MAX_RULES: usize = 1000;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The answer comes late.
    Latency {
        /// Milliseconds to wait before anything happens.
        milliseconds: u64,
    },
    /// Refused as too much.
    Throttled {
        /// Seconds in `Retry-After`.
        #[serde(default = "one")]
        after: u64,
    },
    /// Refused as not available (503).
    Unavailable,
    /// The token is not accepted.
    Unauthenticated,
    /// Another transaction holds a row.
    RowLocked,
    /// Refused with this status.
    Status {
        /// The status.
        status: u16,
    },
    /// The connection is cut and nothing has happened.
    CutBefore,
    /// The request takes effect and the connection is cut without an answer.
    CutAfter,
    /// The answer breaks off after so many bytes of its body.
    Truncated {
        /// Bytes that are sent.
        #[serde(default)]
        bytes: usize,
    },
    /// The body of the answer comes in small pieces.
    Slow {
        /// Bytes of each piece.
        bytes: usize,
        /// Milliseconds before each piece.
        milliseconds: u64,
    },
}

fn one() -> u64 {
    1
}

impl Fault {
    /// The refusal this fault asks for, if it is one.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        Some(match self {
            Fault::Throttled { after } => Refusal::Throttled { after: *after },
            Fault::Unavailable => Refusal::Unavailable,
            Fault::Unauthenticated => Refusal::Unauthenticated,
            Fault::RowLocked => Refusal::RowLocked,
            Fault::Status { status } => Refusal::Status(*status),
            _ => return None,
        })
    }

    /// Reads a fault, as JSON or as a bare name.
    pub(crate) fn parse(text: &str) -> Option<Fault> {
        let fault = match text.trim_start().starts_with('{') {
            true => serde_json::from_str(text).ok(),
            false => serde_json::from_value(serde_json::json!({"kind": text.trim()})).ok(),
        };
        fault.filter(Fault::is_sane)
    }

    fn is_sane(&self) -> bool {
        match self {
            Fault::Latency { milliseconds } => *milliseconds <= MAX_MILLISECONDS,
            Fault::Slow { bytes, milliseconds } => *bytes > 0 && *milliseconds <= MAX_MILLISECONDS,
            Fault::Status { status } => (400..600).contains(status),
            _ => true,
        }
    }
}

/// Which requests a fault meets.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The CRM; every one when not given.
    #[serde(default)]
    pub service: Option<String>,
    /// The verb; every one when not given.
    #[serde(default)]
    pub method: Option<String>,
    /// Part of path and query; every address when not given.
    #[serde(default)]
    pub target: Option<String>,
    /// Requests that fit and pass unharmed before the first fault.
    #[serde(default)]
    pub skip: u64,
    /// How often; once when not given.
    #[serde(default = "one")]
    pub times: u64,
    /// What goes wrong.
    pub fault: Fault,
}

impl Rule {
    fn fits(&self, service: &str, request: &Request) -> bool {
        self.service.as_ref().is_none_or(|wanted| wanted == service)
            && self.method.as_ref().is_none_or(|wanted| *wanted == request.method)
            && self.target.as_ref().is_none_or(|wanted| request.target().contains(wanted.as_str()))
    }
}

/// The header names no fault.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownFault;

/// The rules in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Mutex<Vec<Rule>>,
}

impl Faults {
    /// Puts rules in force, in place of those there were. False when they are too many or make no sense.
    pub(crate) fn set(&self, rules: Vec<Rule>) -> bool {
        let fine = rules.len() <= MAX_RULES && rules.iter().all(|rule| rule.fault.is_sane());
        if fine {
            *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
        }
        fine
    }

    /// The fault that meets a request: that of its header, or of the first rule that is due.
    ///
    /// # Errors
    /// When the header names no fault: a test that asks for one must not pass without it.
    pub(crate) fn meet(&self, service: &str, request: &Request) -> Result<Option<Fault>, UnknownFault> {
        if let Some(header) = request.header(HEADER) {
            return Fault::parse(header).map(Some).ok_or(UnknownFault);
        }
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        for rule in rules.iter_mut().filter(|rule| rule.times > 0) {
            if !rule.fits(service, request) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            rule.times -= 1;
            return Ok(Some(rule.fault.clone()));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_skips_and_then_holds_so_many_times() {
        let faults = Faults::default();
        let rule =
            r#"{"method": "POST", "target": "accounts", "skip": 1, "times": 2, "fault": {"kind": "unavailable"}}"#;
        assert!(faults.set(vec![serde_json::from_str(rule).unwrap()]));
        let request = Request { method: "POST".into(), path: "/accounts".into(), ..Request::default() };
        let other = Request { method: "GET".into(), ..request.clone() };
        assert_eq!(faults.meet("x", &other), Ok(None));
        let met: Vec<bool> = (0..4).map(|_| faults.meet("x", &request).unwrap().is_some()).collect();
        assert_eq!(met, [false, true, true, false]);
    }

    #[test]
    fn a_header_names_a_fault() {
        assert_eq!(Fault::parse("cut_after"), Some(Fault::CutAfter));
        assert_eq!(Fault::parse("{\"kind\":\"throttled\",\"after\":3}"), Some(Fault::Throttled { after: 3 }));
        assert_eq!(Fault::parse("{\"kind\":\"slow\",\"bytes\":0,\"milliseconds\":1}"), None);
        assert_eq!(Fault::parse("nonsense"), None);
    }
}
