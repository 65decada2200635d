//! What the audit log has of a change.

use engage_store::platform::{Actor, Audit, AuditEntry, AuditOutcome, Tx};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Error, Tenancy};

/// Writes down that something was done in somebody's name.
pub(crate) async fn written_down(
    tx: &mut Tx,
    tenancy: &Tenancy,
    by: Option<&Actor>,
    (event, mut details): (&str, Value),
    at: Timestamp,
) -> Result<(), Error> {
    let Some(Actor { who, source, correlation }) = by.cloned() else { return Ok(()) };
    if let Some(details) = details.as_object_mut() {
        details.insert("environment".to_owned(), tenancy.environment.as_str().into());
    }
    let (organisation, event, outcome) = (tenancy.organisation, event.to_owned(), AuditOutcome::Done);
    let entry = AuditEntry { organisation, at, actor: who, source, correlation, event, outcome, details };
    Ok(tx.append_audit(&entry).await?)
}

/// What is said of something that is set up: which of its members are others now, never what they say.
pub(super) fn of(kind: &str, id: Uuid, was: Option<&Value>, is: Option<&Value>) -> Value {
    let member = |of: Option<&'_ Value>, name: &str| of.and_then(|of| of.get(name)).cloned();
    let names = |of: Option<&Value>| -> Vec<String> {
        of.and_then(Value::as_object).map(|members| members.keys().cloned().collect()).unwrap_or_default()
    };
    let mut changed: Vec<String> = names(was).into_iter().chain(names(is)).collect();
    changed.retain(|name| member(was, name) != member(is, name));
    changed.sort_unstable();
    changed.dedup();
    json!({"kind": kind, "id": id, "members": changed})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_alone_are_told_of_what_is_another_now() {
        let (was, is) = (json!({"a": 1, "b": 2, "c": "secret"}), json!({"a": 1, "b": 3, "d": "secret"}));
        let told = of("topic", Uuid::nil(), Some(&was), Some(&is));
        assert_eq!(told["members"], json!(["b", "c", "d"]));
        assert!(!told.to_string().contains("secret"));
        assert_eq!(of("topic", Uuid::nil(), Some(&was), None)["members"], json!(["a", "b", "c"]));
    }
}
