//! Every call × every fault, then the same execution again: the same end, and nothing twice.

use std::time::Duration;

use serde_json::json;

use super::crm::{Crm, Fault, batches, everything, own_ids, plain};
use super::*;
use crate::adapter::{Adapter, AdapterErrorKind, Capabilities};
use crate::run::{Done, RetryPolicy, RunErrorKind, Undo};

const VISIT: &str = "account account readonly\nevent event Subject=Visit\ncontact contact match Email\ndetail note\nnotes[] note optional\n\
    event.AccountId = account.Id\nevent.OwnerId = owner.Id\nowner employee readonly\ncontact.AccountId = account.Id\n\
    detail.EventId = event.Id\nnotes.EventId = event.Id";

/// Seven records over four entities, keyed on every CRM.
pub(super) fn model(keyed: bool) -> Model {
    let mut model = with(VISIT);
    if keyed {
        for definition in
            model.definitions.iter_mut().filter(|definition| ["event", "note"].contains(&definition.id.as_str()))
        {
            let mut definition_with_key = crate::check::testing::entity(definition.id.as_str(), "ExternalKey");
            definition.fields.append(&mut definition_with_key.fields);
            definition.idempotency = Some(crate::check::testing::name("ExternalKey"));
        }
    }
    model
}

pub(super) fn input() -> Json {
    json!({"account": {"Id": "acme"}, "owner": filter("Email", "ann@bank.example"), "contact": {"Email": "carl@x", "LastName": "Lie"},
        "detail": {"Title": "detail"}, "notes": [{"Title": "one"}, {"Title": "two"}]})
}

pub(super) fn office(capabilities: Capabilities) -> Crm {
    Crm::new(capabilities)
        .with("account", "acme", &[("Name", "Acme")])
        .with("employee", "ann", &[("Email", "ann@bank.example")])
        .with("contact", "carl", &[("Email", "carl@x"), ("FirstName", "Carl")])
}

/// The end state with ids that the CRM made, and keys, made alike.
pub(super) fn end(crm: &Crm) -> Vec<String> {
    let mut lines = shape(crm);
    for line in &mut lines {
        if let Some(at) = line.find("EventId=\"") {
            let rest = line[at + 9..].find('"').map(|end| line[at + 9 + end..].to_owned()).unwrap();
            *line = format!("{}EventId=\"…{rest}", &line[..at]);
        }
    }
    lines
}

fn faults() -> Vec<Fault> {
    let kinds = [
        AdapterErrorKind::Unavailable,
        AdapterErrorKind::Throttled { after: Some(Duration::from_secs(3)) },
        AdapterErrorKind::Locked,
        AdapterErrorKind::Denied,
        AdapterErrorKind::Unknown,
    ];
    kinds.into_iter().map(Fault::Before).chain([Fault::After, Fault::Half]).collect()
}

#[tokio::test]
async fn after_any_fault_the_same_execution_again_ends_the_same() {
    for capabilities in [everything(), own_ids(), plain(), batches()] {
        let model = model(true);
        let good = office(capabilities.clone());
        run_model(&model, Operation::Create, input(), &good).await.unwrap();
        let expected = end(&good);
        for call in 1..=good.log().len() {
            for fault in faults() {
                let crm = office(capabilities.clone()).fault(call, fault.clone());
                let first = run_model(&model, Operation::Create, input(), &crm).await;
                let place = format!("{}, call {call}, {fault:?}: {first:?}", capabilities.name);
                let passing = !matches!(fault, Fault::Before(AdapterErrorKind::Denied));
                assert_eq!(first.is_ok(), passing, "{place}");
                if first.is_ok() {
                    assert_eq!(end(&crm), expected, "{place}");
                }
                run_model(&model, Operation::Create, input(), &crm)
                    .await
                    .unwrap_or_else(|error| panic!("{place}: {error}"));
                assert_eq!(end(&crm), expected, "{place}");
            }
        }
    }
}

#[tokio::test]
async fn without_a_key_an_unanswered_create_is_not_repeated() {
    for capabilities in [own_ids(), plain()] {
        let good = office(capabilities.clone());
        run_model(&model(false), Operation::Create, input(), &good).await.unwrap();
        let call = 1 + good.log().iter().position(|call| call.contains("create event")).unwrap();
        for fault in [Fault::Before(AdapterErrorKind::Unknown), Fault::After] {
            let crm = office(capabilities.clone()).fault(call, fault);
            let error = run_model(&model(false), Operation::Create, input(), &crm).await.unwrap_err();
            assert!(matches!(error.kind, RunErrorKind::OutcomeUnknown(_)), "{error}");
            assert_eq!(crm.log().iter().filter(|call| call.contains("create event")).count(), 1);
            assert!(error.context.compensated.is_empty());
        }
    }
}

#[tokio::test]
async fn what_took_effect_before_a_failure_is_undone_newest_first_and_reported() {
    let good = office(batches());
    run_model(&model(false), Operation::Create, input(), &good).await.unwrap();
    let last = good.log().len();
    let crm = office(batches()).fault(last, Fault::Before(AdapterErrorKind::Denied));
    let error = run_model(&model(false), Operation::Create, input(), &crm).await.unwrap_err();
    assert!(matches!(&error.kind, RunErrorKind::Adapter(error) if error.kind == AdapterErrorKind::Denied));
    let created = |line: &&String| line.starts_with("event") || line.starts_with("note");
    assert_eq!(crm.state().iter().filter(created).count(), 0, "{:?}", crm.state());
    let undone: Vec<String> =
        error.context.compensated.iter().map(|c| format!("{}[{}] {:?}", c.part, c.position, c.result)).collect();
    assert!(undone.contains(&"event[0] Removed".to_owned()), "{undone:?}");
    assert!(
        error.context.compensated.iter().any(|c| c.part.as_str() == "contact" && c.result == Undo::NotUndone),
        "{undone:?}"
    );
    assert!(error.context.effects.any());
}

#[tokio::test]
async fn an_undoing_that_fails_is_reported() {
    let good = office(batches());
    run_model(&model(false), Operation::Create, input(), &good).await.unwrap();
    let last = good.log().len();
    let crm = office(batches())
        .fault(last, Fault::Before(AdapterErrorKind::Denied))
        .fault(last + 1, Fault::Before(AdapterErrorKind::Denied));
    let error = run_model(&model(false), Operation::Create, input(), &crm).await.unwrap_err();
    assert!(
        error.context.compensated.iter().any(|c| c.result == Undo::Failed(AdapterErrorKind::Denied)),
        "{:?}",
        error.context
    );
}

#[tokio::test]
async fn a_key_that_is_taken_by_another_record_is_a_conflict() {
    let mut model = with("account account");
    model.definitions[0].idempotency = Some(crate::check::testing::name("Number"));
    let crm = Crm::new(own_ids()).with("account", "other", &[("Number", "n-1")]);
    // The caller's own key is as good as ours.
    let input = json!({"account": {"Name": "A", "Number": "n-1"}});
    let outcome = run_model(&model, Operation::Create, input, &crm).await.unwrap();
    assert_eq!(outcome.effects().unwrap().part("account")[0].id.as_deref(), Some("other"));
    let crm = Crm::new(everything()).fault(1, Fault::Before(AdapterErrorKind::Duplicate));
    let error = run_model(&model, Operation::Create, json!({"account": {"Name": "A"}}), &crm).await.unwrap_err();
    assert!(matches!(error.kind, RunErrorKind::Duplicate(_)), "{error}");
}

#[tokio::test]
async fn a_guarded_change_without_an_answer_is_not_taken_for_somebody_elses() {
    let lines = "account account readonly\ncontact contact match Email Vip=true\ncontact.AccountId = account.Id";
    for fault in [Fault::Before(AdapterErrorKind::Unknown), Fault::After] {
        let crm = office(everything()).fault(2, fault);
        let input = json!({"account": {"Id": "acme"}, "contact": {"Email": "carl@x", "LastName": "Lie"}});
        create(lines, input, &crm).await.unwrap();
        assert!(crm.state().iter().any(|line| line.contains("LastName=\"Lie\"")), "{:?}", crm.state());
    }
}

#[tokio::test]
async fn a_change_without_an_answer_stays_in_doubt_whatever_its_repeats_fail_of() {
    let change = || json!({"account": {"Id": "acme", "Name": "New"}});
    for capabilities in [plain(), batches()] {
        for kind in [AdapterErrorKind::Unavailable, AdapterErrorKind::Locked, AdapterErrorKind::Denied] {
            let mut crm = office(capabilities.clone()).fault(1, Fault::After);
            for call in 2..20 {
                crm = crm.fault(call, Fault::Before(kind.clone()));
            }
            let error = run_model(&with("account account"), Operation::Update, change(), &crm).await.unwrap_err();
            assert!(matches!(error.kind, RunErrorKind::OutcomeUnknown(_)), "{kind:?}: {error}");
            assert_eq!(error.context.effects.part("account")[0].outcome, Done::Unknown, "{kind:?}");
        }
        // The data is refused now, so it was refused before.
        let refused = Fault::Before(AdapterErrorKind::Rejected { field: None });
        let crm = office(capabilities).fault(1, Fault::Before(AdapterErrorKind::Unknown)).fault(2, refused);
        let error = run_model(&with("account account"), Operation::Update, change(), &crm).await.unwrap_err();
        assert!(matches!(error.kind, RunErrorKind::Adapter(_)), "{error}");
    }
}

#[tokio::test]
async fn pauses_are_those_of_the_policy_and_of_the_crm() {
    let catalog = catalog(&with("account account"));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let throttled = Fault::Before(AdapterErrorKind::Throttled { after: Some(Duration::from_secs(30)) });
    let locked = || Fault::Before(AdapterErrorKind::Locked);
    let crm = Crm::new(everything()).fault(1, locked()).fault(2, locked()).fault(3, throttled);
    let clock = Fake::default();
    let input = || Input::from_json(pattern, &json!({"account": {"Name": "A"}})).unwrap();
    let policy = RetryPolicy { attempts: 4, base: Duration::from_secs(1), cap: Duration::from_secs(5) };
    let ann = || Identity::Employee("ann".into());
    let execution = || {
        Execution::new(pattern, Operation::Create, input(), &crm, ann()).clock(&clock).jitter(&Longest).retry(policy)
    };
    execution().execute().await.unwrap();
    assert_eq!(*clock.now.lock().unwrap(), Duration::from_secs(3 + 5 + 30));
    assert_eq!(crm.log().len(), 4);

    // A pause that would end after the deadline is not begun.
    crm.calls.lock().unwrap().clear();
    crm.faults.lock().unwrap().insert(1, locked());
    let error = execution().deadline(Duration::from_secs(2)).execute().await.unwrap_err();
    assert!(matches!(error.kind, RunErrorKind::Adapter(_)), "{error:?}");
    assert_eq!(*clock.now.lock().unwrap(), Duration::from_secs(38));
}

#[tokio::test]
async fn a_call_that_never_answers_ends_at_the_deadline() {
    struct Deaf(Crm);
    #[async_trait::async_trait]
    impl Adapter for Deaf {
        fn crm(&self) -> &crate::CrmName {
            self.0.crm()
        }
        fn capabilities(&self) -> &Capabilities {
            self.0.capabilities()
        }
        async fn read(
            &self,
            _: &crate::adapter::Call,
            _: &[crate::adapter::Query],
        ) -> Result<Vec<crate::adapter::Page>, crate::AdapterError> {
            std::future::pending().await
        }
        async fn write(
            &self,
            _: &crate::adapter::Call,
            _: &crate::adapter::WriteGroup,
        ) -> Result<Vec<Result<crate::adapter::Written, crate::AdapterError>>, crate::adapter::GroupError> {
            std::future::pending().await
        }
        fn preview_read(
            &self,
            _: &[crate::adapter::Query],
        ) -> Result<Vec<crate::adapter::Request>, crate::AdapterError> {
            Ok(Vec::new())
        }
        fn preview_write(
            &self,
            _: &crate::adapter::WriteGroup,
        ) -> Result<Vec<crate::adapter::Request>, crate::AdapterError> {
            Ok(Vec::new())
        }
    }
    let catalog = catalog(&with("account account"));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let (deaf, clock) = (Deaf(Crm::new(everything())), Fake::default());
    for operation in [Operation::Read, Operation::Create] {
        let input = if operation == Operation::Read {
            json!({"account": {"Id": "a"}})
        } else {
            json!({"account": {"Name": "A"}})
        };
        let input = Input::from_json(pattern, &input).unwrap();
        let execution = Execution::new(pattern, operation, input, &deaf, Identity::Employee("ann".into()));
        let error = execution.clock(&clock).deadline(Duration::from_secs(9)).execute().await.unwrap_err();
        match operation {
            Operation::Read => assert!(matches!(error.kind, RunErrorKind::Deadline(_)), "{error:?}"),
            _ => assert!(matches!(error.kind, RunErrorKind::OutcomeUnknown(_)), "{error:?}"),
        }
    }
}
