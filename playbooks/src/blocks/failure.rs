//! Failures of the outside, in the words of a run: by what can be done about them.

use std::time::Duration;

use engage_engine::adapter::{AdapterError, AdapterErrorKind};
use engage_engine::run::{Done, RunError, RunErrorKind, Undo};

use crate::ports::ConnectionError;
use crate::ports::ai::{AiError, AiErrorKind};
use crate::run::{BlockFailure, FailureKind};

/// How long to leave a quota alone that does not say when there is more.
const QUOTA_WAIT: Duration = Duration::from_secs(15 * 60);

pub(super) fn of(kind: FailureKind, reason: &str, message: impl Into<String>) -> BlockFailure {
    BlockFailure { kind, reason: reason.to_owned(), message: message.into(), wait_ms: None, trips: 0 }
}

pub(super) fn permanent(reason: &str, message: impl Into<String>) -> BlockFailure {
    of(FailureKind::Permanent, reason, message)
}

/// Whoever drives the run has to stop; nobody appends this.
pub(super) fn halted() -> BlockFailure {
    of(FailureKind::Transient, "halted", "the run is no longer driven from here")
}

fn waiting(mut failure: BlockFailure, wait: Option<Duration>) -> BlockFailure {
    failure.wait_ms = wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    failure
}

/// What is known of an attempt beside its error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    /// All that the plan writes can be repeated. `None`: it came to no plan of writes.
    pub(super) once: Option<bool>,
    /// An employee acts, not the application.
    pub(super) employee: bool,
}

/// The failure of an operation on a pattern.
pub(super) fn of_run(error: &RunError, known: Circumstances) -> BlockFailure {
    let failure = kind_of(&error.kind, known);
    let message = match adapter_error(&error.kind) {
        Some(adapter) => format!("{error}: {adapter}"),
        None => error.to_string(),
    };
    let failure = BlockFailure { message, ..failure };
    // Sent again, what stays of the attempt would be there twice.
    if failure.kind == FailureKind::Transient && known.once == Some(false) && left_behind(error) {
        let message = format!("{}; what it had written stays, and a repeat would write it again", failure.message);
        return BlockFailure { kind: FailureKind::Unknown, message, wait_ms: None, ..failure };
    }
    failure
}

fn kind_of(kind: &RunErrorKind, known: Circumstances) -> BlockFailure {
    use FailureKind::{Permanent, Transient, Unknown};
    let (failure, reason) = match kind {
        RunErrorKind::Input(_) => (Permanent, "input"),
        RunErrorKind::Plan(_) => (Permanent, "plan"),
        RunErrorKind::Acting { .. } => (Permanent, "acting"),
        RunErrorKind::Crm { .. } => (Permanent, "crm"),
        RunErrorKind::NoRecord => (Permanent, "no-record"),
        RunErrorKind::Several => (Permanent, "several"),
        RunErrorKind::Truncated => (Permanent, "truncated"),
        RunErrorKind::Duplicate(_) => (Permanent, "duplicate"),
        RunErrorKind::Refused(_) => (Permanent, "refused"),
        RunErrorKind::Contract(_) => (Permanent, "contract"),
        RunErrorKind::Internal(_) => (Permanent, "internal"),
        RunErrorKind::Partial { .. } => (Unknown, "partial"),
        // What is done once is found again by its key.
        RunErrorKind::OutcomeUnknown(_) if known.once == Some(true) => (Transient, "unknown"),
        RunErrorKind::OutcomeUnknown(_) => (Unknown, "unknown"),
        RunErrorKind::Budget { .. } => (Transient, "budget"),
        RunErrorKind::Deadline(_) => (Transient, "deadline"),
        RunErrorKind::Adapter(error) => (of_adapter(&error.kind, known.employee), word(&error.kind)),
    };
    let wait = kind.later().and_then(|later| later.after);
    let quota = matches!(adapter_error(kind).map(|error| &error.kind), Some(AdapterErrorKind::QuotaExhausted { .. }));
    waiting(of(failure, reason, ""), wait.or(quota.then_some(QUOTA_WAIT)))
}

fn of_adapter(kind: &AdapterErrorKind, employee: bool) -> FailureKind {
    match kind {
        // A quota passes; a record that has changed is read anew; a read without an answer had no effect.
        AdapterErrorKind::Throttled { .. }
        | AdapterErrorKind::QuotaExhausted { .. }
        | AdapterErrorKind::Locked
        | AdapterErrorKind::Unavailable
        | AdapterErrorKind::Conflict
        | AdapterErrorKind::Unknown => FailureKind::Transient,
        AdapterErrorKind::Unauthenticated if employee => FailureKind::NeedsIdentity,
        AdapterErrorKind::Unauthenticated
        | AdapterErrorKind::NotFound
        | AdapterErrorKind::Duplicate
        | AdapterErrorKind::Denied
        | AdapterErrorKind::Rejected { .. }
        | AdapterErrorKind::Unsupported { .. } => FailureKind::Permanent,
    }
}

fn adapter_error(kind: &RunErrorKind) -> Option<&AdapterError> {
    match kind {
        RunErrorKind::Adapter(error)
        | RunErrorKind::Duplicate(error)
        | RunErrorKind::OutcomeUnknown(error)
        | RunErrorKind::Deadline(Some(error))
        | RunErrorKind::Budget { cause: Some(error), .. } => Some(error),
        _ => None,
    }
}

/// Whether records that the attempt made are still there, or may be.
fn left_behind(error: &RunError) -> bool {
    let removed = |part: &str, position: usize| {
        let mut compensated = error.context.compensated.iter();
        compensated
            .any(|undone| undone.part.as_str() == part && undone.position == position && undone.result == Undo::Removed)
    };
    error.context.effects.parts.iter().any(|(part, effects)| {
        effects.iter().enumerate().any(|(position, effect)| {
            matches!(effect.outcome, Done::Created | Done::Unknown) && !removed(part.as_str(), position)
        })
    })
}

/// The kind of an adapter's error, for programs.
pub(super) fn word(kind: &AdapterErrorKind) -> &'static str {
    match kind {
        AdapterErrorKind::NotFound => "not-found",
        AdapterErrorKind::Duplicate => "duplicate",
        AdapterErrorKind::Conflict => "conflict",
        AdapterErrorKind::Denied => "denied",
        AdapterErrorKind::Unauthenticated => "unauthenticated",
        AdapterErrorKind::Throttled { .. } => "throttled",
        AdapterErrorKind::QuotaExhausted { .. } => "quota-exhausted",
        AdapterErrorKind::Locked => "locked",
        AdapterErrorKind::Unavailable => "unavailable",
        AdapterErrorKind::Rejected { .. } => "rejected",
        AdapterErrorKind::Unsupported { .. } => "unsupported",
        AdapterErrorKind::Unknown => "unknown",
    }
}

/// A CRM that is not reached.
pub(super) fn of_connection(error: &ConnectionError) -> BlockFailure {
    let message = error.to_string();
    match error {
        ConnectionError::NeedsIdentity => of(FailureKind::NeedsIdentity, "needs-identity", message),
        ConnectionError::NotConnected => permanent("not-connected", message),
        ConnectionError::Unavailable { after } => waiting(of(FailureKind::Transient, "unavailable", message), *after),
    }
}

/// An answer of an AI that did not come.
pub(super) fn of_ai(error: &AiError) -> BlockFailure {
    let (reason, wait) = match &error.kind {
        AiErrorKind::Throttled { after } => ("throttled", *after),
        AiErrorKind::QuotaExhausted => ("quota-exhausted", None),
        AiErrorKind::Unavailable => ("unavailable", None),
        AiErrorKind::Unauthenticated => ("unauthenticated", None),
        AiErrorKind::Denied => ("denied", None),
        AiErrorKind::Rejected { .. } => ("rejected", None),
        AiErrorKind::BadAnswer { .. } => ("bad-answer", None),
        AiErrorKind::NotJson => ("not-json", None),
        AiErrorKind::Refused => ("refused", None),
        AiErrorKind::Truncated => ("truncated", None),
        AiErrorKind::Budget { .. } => ("budget", None),
        AiErrorKind::Deadline => ("deadline", None),
        AiErrorKind::Unknown => ("unknown", None),
    };
    let again = error.is_retryable() || error.kind == AiErrorKind::Deadline;
    let kind = if again { FailureKind::Transient } else { FailureKind::Permanent };
    BlockFailure { trips: error.usage.asked, ..waiting(of(kind, reason, error.to_string()), wait) }
}
