//! Running an operation from the command line, and telling how it went.

use engage_dsl::value::InputFile;
use engage_engine::AdapterError;
use engage_engine::adapter::AdapterErrorKind;
use engage_engine::run::{Compensated, Done, Effect, Later, RunError, RunErrorKind, Undo};

use crate::exit::Exit;
use crate::failure::{Failure, Stopped, whole_seconds};
use crate::planning;
use crate::workspace;

/// Runs a future to its end on this thread.
///
/// # Errors
/// When the system gives no runtime.
pub fn wait<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::outside(format!("the runtime does not start: {error}")))?;
    Ok(runtime.block_on(work))
}

/// A failure that tells how a run failed, at the lines of its input where they are the reason.
pub fn failed(error: &RunError, file: Option<&InputFile>, words: Words) -> Failure {
    let mut failure = match (&error.kind, file) {
        (RunErrorKind::Input(problems), Some(file)) => workspace::refused(&file.rejected(problems), Exit::Problems),
        (RunErrorKind::Plan(problems), _) => planning::refused(problems, file),
        (kind, _) => {
            let why = adapter(kind).map(|error| format!(": {error}")).unwrap_or_default();
            let failure = Failure::new(exit(kind), format!("{error}{why}"));
            match help(kind) {
                Some(help) => failure.help(help),
                None => failure,
            }
        }
    };
    let later = error.kind.later();
    failure.run = Some(Box::new(Stopped { reason: word(&error.kind).to_owned(), later }));
    if let Some(Later { after: Some(after) }) = later {
        failure.notes.push(format!("come back in {} s", whole_seconds(after)));
    }
    failure.notes.extend(adapter(&error.kind).and_then(|error| words.note(error)));
    for (part, effects) in &error.context.effects.parts {
        let done =
            |effect: &Effect| matches!(effect.outcome, Done::Created | Done::Updated | Done::Deleted | Done::Unknown);
        for (position, effect) in effects.iter().enumerate().filter(|(_, effect)| done(effect)) {
            let id = effect.id.as_ref().map(|id| format!(" as {id}")).unwrap_or_default();
            failure.notes.push(format!("before that: {part}[{position}] {}{id}", effect.outcome));
        }
    }
    for Compensated { part, position, id, result } in &error.context.compensated {
        let id = id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
        let result = match result {
            Undo::Removed => "removed again".to_owned(),
            Undo::NotUndone => "stays as it is".to_owned(),
            Undo::Failed(kind) => format!("could not be removed: {kind}"),
        };
        failure.notes.push(format!("afterwards: {part}[{position}]{id} {result}"));
    }
    failure
}

/// How much is told of what a CRM says about a failure: its words may repeat what a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// All of it: no real customer is in the CRM, or the user asks for it.
    All,
    /// What is about rights, credentials and limits.
    WithoutValues,
}

impl Words {
    fn note(self, error: &AdapterError) -> Option<String> {
        use AdapterErrorKind as Kind;
        let words = error.details.as_ref()?;
        let about_records = matches!(
            error.kind,
            Kind::NotFound | Kind::Duplicate | Kind::Conflict | Kind::Rejected { .. } | Kind::Unknown
        );
        Some(match self {
            Self::WithoutValues if about_records => {
                "what the CRM says of it may hold values of records: `engage run --crm-words` shows it".to_owned()
            }
            _ => format!("the CRM says: {words}"),
        })
    }
}

/// A stable word for why a run stopped; cases expect it under `problems`.
pub fn word(kind: &RunErrorKind) -> &'static str {
    match kind {
        RunErrorKind::Input(_) => "input",
        RunErrorKind::Plan(_) => "plan",
        RunErrorKind::Acting { .. } => "acting",
        RunErrorKind::Crm { .. } => "crm",
        RunErrorKind::NoRecord => "no-record",
        RunErrorKind::Several => "several",
        RunErrorKind::Truncated => "truncated",
        RunErrorKind::Duplicate(_) => "duplicate",
        RunErrorKind::Partial { .. } => "partial",
        RunErrorKind::OutcomeUnknown(_) => "outcome-unknown",
        RunErrorKind::Deadline(_) => "deadline",
        RunErrorKind::Budget { .. } => "budget",
        RunErrorKind::Refused(_) => "refused",
        RunErrorKind::Contract(_) => "contract",
        RunErrorKind::Internal(_) => "internal",
        RunErrorKind::Adapter(error) => match error.kind {
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
        },
    }
}

/// What the adapter answered, where it is the reason.
pub fn adapter(kind: &RunErrorKind) -> Option<&AdapterError> {
    match kind {
        RunErrorKind::Adapter(error) | RunErrorKind::Duplicate(error) | RunErrorKind::OutcomeUnknown(error) => {
            Some(error)
        }
        RunErrorKind::Deadline(error) | RunErrorKind::Budget { cause: error, .. } => error.as_ref(),
        _ => None,
    }
}

fn exit(kind: &RunErrorKind) -> Exit {
    match kind {
        RunErrorKind::Input(_) | RunErrorKind::Plan(_) | RunErrorKind::NoRecord | RunErrorKind::Several => {
            Exit::Problems
        }
        RunErrorKind::Acting { .. } | RunErrorKind::Crm { .. } => Exit::Usage,
        _ => Exit::Outside,
    }
}

fn help(kind: &RunErrorKind) -> Option<&'static str> {
    match kind {
        RunErrorKind::Acting { needs } if needs.contains("application") => Some("run it with `--as-application`"),
        RunErrorKind::Acting { .. } => Some("leave out `--as-application`, or name the employee with `--acting`"),
        RunErrorKind::NoRecord => Some("check the Id or the filter in the input, and that the CRM has the record"),
        RunErrorKind::Several => Some("narrow the filter, or give the record's Id"),
        RunErrorKind::OutcomeUnknown(_) | RunErrorKind::Deadline(_) => {
            Some("run it again with the same `--operation-key`: what was written is found again")
        }
        RunErrorKind::Budget { .. } => {
            Some("run it again later with the same `--operation-key`: it goes on from what was written")
        }
        RunErrorKind::Adapter(error) if matches!(error.kind, AdapterErrorKind::QuotaExhausted { .. }) => Some(
            "run it again with the same `--operation-key` when the CRM allows more, or have its administrator raise the \
             limit",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use engage_engine::run::Spent;

    use super::*;

    fn told(kind: RunErrorKind) -> Failure {
        failed(&RunError { kind, context: Box::default() }, None, Words::All)
    }

    #[test]
    fn what_a_crm_says_of_records_is_told_where_it_is_asked_for() {
        let said = |kind: AdapterErrorKind, words: Words| {
            let error = AdapterError { kind, details: Some("Kari Nordmann".to_owned()) };
            let error = RunError { kind: RunErrorKind::Adapter(error), context: Box::default() };
            failed(&error, None, words).notes.join(" ").contains("Kari")
        };
        let rejected = || AdapterErrorKind::Rejected { field: None };
        for kind in [rejected(), AdapterErrorKind::Duplicate, AdapterErrorKind::NotFound, AdapterErrorKind::Unknown] {
            assert!(!said(kind, Words::WithoutValues));
        }
        assert!(said(rejected(), Words::All) && said(AdapterErrorKind::Denied, Words::WithoutValues));
    }

    #[test]
    fn who_should_come_back_is_told_when_and_how() {
        let throttled = AdapterErrorKind::Throttled { after: Some(Duration::from_millis(599_500)) };
        let failure = told(RunErrorKind::Budget {
            spent: Spent::Waiting(Duration::from_secs(300)),
            after: Some(Duration::from_millis(599_500)),
            cause: Some(AdapterError::new(throttled)),
        });
        let json = failure.to_json();
        assert_eq!(
            json["message"],
            "the budget of 300 s of waiting does not cover the next request: the CRM's limits are reached"
        );
        assert_eq!((&json["reason"], &json["retry_after_seconds"]), (&"budget".into(), &600.into()));
        assert_eq!(json["notes"][0], "come back in 600 s");
        assert!(json["help"].as_str().unwrap_or_default().contains("--operation-key"));

        let quota = AdapterError::new(AdapterErrorKind::QuotaExhausted { after: None });
        let failure = told(RunErrorKind::Adapter(quota));
        let json = failure.to_json();
        assert_eq!((&json["reason"], json.get("retry_after_seconds")), (&"quota-exhausted".into(), Some(&().into())));
        assert!(failure.help.is_some_and(|help| help.contains("administrator")));

        let json = told(RunErrorKind::Several).to_json();
        assert_eq!((&json["reason"], json.get("retry_after_seconds")), (&"several".into(), None));
    }
}
