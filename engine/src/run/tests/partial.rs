//! What is told of an execution that stopped on its way.

use std::sync::Mutex;

use serde_json::json;

use super::crm::{Crm, Fault, batches, everything, plain};
use super::*;
use crate::adapter::{Adapter, AdapterErrorKind};
use crate::run::{Audit, Done, Observer, RunErrorKind};

const TWO: &str = "account account\nevent event";

fn input() -> Json {
    json!({"account": {"Name": "A"}, "event": {"Subject": "S"}})
}

fn outcomes(error: &RunError) -> Vec<(String, Done)> {
    let parts = error.context.effects.parts.iter();
    parts.flat_map(|(part, list)| list.iter().map(move |effect| (part.to_string(), effect.outcome))).collect()
}

fn told(account: Done, event: Done) -> Vec<(String, Done)> {
    vec![("account".into(), account), ("event".into(), event)]
}

#[tokio::test]
async fn an_unknown_outcome_is_told_whatever_else_failed_first() {
    // Two groups at the same time: one denied, the other without an answer.
    let denied = || Fault::Before(AdapterErrorKind::Denied);
    for (account, event, expected) in [
        (denied(), Fault::After, told(Done::NotDone, Done::Unknown)),
        (Fault::After, denied(), told(Done::Unknown, Done::NotDone)),
    ] {
        let crm = Crm::new(plain()).fault(1, account).fault(2, event);
        let error = create(TWO, input(), &crm).await.unwrap_err();
        assert!(matches!(error.kind, RunErrorKind::OutcomeUnknown(_)), "{error:?}");
        assert_eq!(outcomes(&error), expected);
        assert!(error.context.compensated.is_empty());
    }
}

#[tokio::test]
async fn what_was_not_reached_is_told_apart_from_what_had_nothing_to_send() {
    let lines =
        "account account\ncontact contact\nevent event\ncontact.AccountId = account.Id\nevent.ContactId = contact.Id";
    let crm = Crm::new(batches()).with("event", "e1", &[("Subject", "S")]).with("contact", "c1", &[("LastName", "L")]);
    let crm = crm.fault(1, Fault::Before(AdapterErrorKind::Denied));
    let given = json!({"account": {"Name": "A"}, "contact": {"LastName": "L"}, "event": {"Subject": "S"}});
    let error = create(lines, given, &crm).await.unwrap_err();
    let all: Vec<Done> = outcomes(&error).into_iter().map(|(_, done)| done).collect();
    assert_eq!(all, [Done::NotDone; 3]);
    let given = json!({"account": {"Id": "nobody", "Name": "A"}, "contact": {"Id": "c1"}});
    let error = update(TWO.replace("event event", "contact contact").as_str(), given, &crm).await.unwrap_err();
    assert_eq!(outcomes(&error), [("account".into(), Done::NotDone), ("contact".into(), Done::Unchanged)]);
}

#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Observer for Log {
    fn audit(&self, event: &Audit<'_>) {
        let failure = event.failure.map(|kind| format!(": {kind}")).unwrap_or_default();
        let line = format!("{} {}{failure}", event.action.name(), event.part);
        self.0.lock().unwrap().push(line);
    }
}

#[tokio::test]
async fn looking_for_what_may_have_taken_effect_is_audited_and_so_is_the_effect() {
    let catalog = catalog(&with(TWO));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    for (call, id) in [(1, None), (2, Some("acme"))] {
        let crm = Crm::new(everything()).with("account", "acme", &[("Name", "Old")]).fault(1, Fault::After);
        let log = Log::default();
        let (operation, given) = match id {
            None => (Operation::Create, input()),
            Some(id) => (Operation::Update, json!({"account": {"Id": id, "Name": "A"}})),
        };
        let given = Input::from_json(pattern, &given).unwrap();
        let execution = Execution::new(pattern, operation, given, &crm, Identity::Employee("ann".into()));
        execution.clock(&Fake::default()).observer(&log).execute().await.unwrap();
        let heard = log.0.lock().unwrap().join("; ");
        let lost = "the request was sent and no answer came";
        let expected = match call {
            1 => format!(
                "create account: {lost}; create event: {lost}; read account; read event; create account; create event"
            ),
            _ => format!("update account: {lost}; update account"),
        };
        assert_eq!(heard, expected, "{}", crm.capabilities().name);
    }
}

#[tokio::test]
async fn an_execution_may_move_between_threads() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let catalog = catalog(&with("account account"));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let crm = Crm::new(everything());
    let given = Input::from_json(pattern, &json!({"account": {"Name": "A"}})).unwrap();
    let execution = Execution::new(pattern, Operation::Create, given, &crm, Identity::Employee("ann".into()));
    send(execution.execute()).await.unwrap();
}
