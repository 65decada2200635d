//! Budgets and quotas cut an execution anywhere: it says what it did, and the same execution later ends the same.

use std::time::Duration;

use serde_json::json;

use super::crm::{Crm, Fault, batches, everything, own_ids, plain};
use super::faults::{end, input, model, office};
use super::*;
use crate::adapter::AdapterErrorKind;
use crate::run::{Budget, Done, Later, RunErrorKind, Spent, Undo};

async fn spend(model: &Model, crm: &Crm, budget: Budget, clock: &Fake) -> Result<Outcome, RunError> {
    let catalog = catalog(model);
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let input = Input::from_json(pattern, &input()).unwrap();
    let ann = Identity::Employee("ann".into());
    let execution = Execution::new(pattern, Operation::Create, input, crm, ann);
    execution.operation_key(Uuid::from_u128(1)).clock(clock).jitter(&Longest).budget(budget).execute().await
}

fn requests(requests: usize) -> Budget {
    Budget { requests, ..Budget::default() }
}

/// What the effects of a failed execution tell is what the CRM has.
fn assert_told(crm: &Crm, error: &RunError, place: &str) {
    let state = crm.state();
    let has = |id: &str| state.iter().any(|line| line.split_once(": ").unwrap().0.ends_with(&format!(" {id}")));
    for effect in error.context.effects.parts.values().flatten() {
        let there = effect.id.as_deref().is_some_and(has);
        match effect.outcome {
            Done::Created | Done::Updated | Done::Unchanged => assert!(there, "{place}: {effect:?} in {state:?}"),
            Done::NotDone => assert!(effect.id.is_none() || !there || effect.id.as_deref() == Some("carl"), "{place}"),
            other => panic!("{place}: {other}"),
        }
    }
}

#[tokio::test]
async fn cut_after_any_request_the_same_execution_later_ends_the_same() {
    for capabilities in [everything(), own_ids(), plain(), batches()] {
        for keyed in [true, false] {
            let model = model(keyed);
            let good = office(capabilities.clone());
            run_model(&model, Operation::Create, input(), &good).await.unwrap();
            let expected = end(&good);
            let needed = good.log().len();
            assert!(spend(&model, &office(capabilities.clone()), requests(needed), &Fake::default()).await.is_ok());
            for most in 0..needed {
                let crm = office(capabilities.clone());
                let error = spend(&model, &crm, requests(most), &Fake::default()).await.unwrap_err();
                let place = format!("{}, keyed {keyed}, {most} of {needed}: {error:?}", capabilities.name);
                let RunErrorKind::Budget { spent, .. } = &error.kind else { panic!("{place}") };
                assert_eq!(*spent, Spent::Requests(most), "{place}");
                assert_eq!(error.kind.later(), Some(Later { after: None }), "{place}");
                if keyed || capabilities.caller_ids {
                    assert_eq!(crm.log().len(), most, "{place}");
                    assert!(error.context.compensated.is_empty(), "{place}");
                    assert_told(&crm, &error, &place);
                } else {
                    // Without keys a repeat would make it again, so that what was made is undone.
                    let stays = |undone: &&crate::run::Compensated| undone.result != Undo::Removed;
                    assert!(error.context.compensated.iter().filter(stays).all(|c| c.part.as_str() == "contact"));
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
async fn a_fault_and_a_cut_together_lose_nothing() {
    let faults = || [Fault::After, Fault::Half, Fault::Before(AdapterErrorKind::Locked)];
    for capabilities in [everything(), own_ids(), plain(), batches()] {
        let model = model(true);
        let good = office(capabilities.clone());
        run_model(&model, Operation::Create, input(), &good).await.unwrap();
        let (expected, needed) = (end(&good), good.log().len());
        for call in 1..=needed {
            for (most, fault) in (call..needed + 2).flat_map(|most| faults().map(|fault| (most, fault))) {
                let crm = office(capabilities.clone()).fault(call, fault.clone());
                let first = spend(&model, &crm, requests(most), &Fake::default()).await;
                let place = format!("{}, call {call}, {fault:?}, {most} of {needed}: {first:?}", capabilities.name);
                let expected_kind =
                    |kind: &RunErrorKind| matches!(kind, RunErrorKind::Budget { .. } | RunErrorKind::OutcomeUnknown(_));
                assert!(first.as_ref().err().is_none_or(|error| expected_kind(&error.kind)), "{place}");
                run_model(&model, Operation::Create, input(), &crm)
                    .await
                    .unwrap_or_else(|error| panic!("{place}: {error}"));
                assert_eq!(end(&crm), expected, "{place}");
            }
        }
    }
}

#[tokio::test]
async fn a_pause_that_the_budget_does_not_cover_ends_it_at_once() {
    let asked = Duration::from_secs(600);
    let throttled = || Fault::Before(AdapterErrorKind::Throttled { after: Some(asked) });
    let good = office(everything());
    run_model(&model(true), Operation::Create, input(), &good).await.unwrap();
    for call in 1..=good.log().len() {
        let crm = office(everything()).fault(call, throttled());
        let clock = Fake::default();
        let error = spend(&model(true), &crm, Budget::default(), &clock).await.unwrap_err();
        assert!(
            matches!(error.kind, RunErrorKind::Budget { spent: Spent::Waiting(_), cause: Some(_), .. }),
            "{error:?}"
        );
        assert_eq!(error.kind.later(), Some(Later { after: Some(asked) }));
        assert_eq!((crm.log().len(), *clock.now.lock().unwrap()), (call, Duration::ZERO));
        assert_eq!(format!("{}", error.kind), "the budget of 300 s of waiting does not cover the next request");

        let crm = office(everything()).fault(call, throttled());
        let budget = Budget { waiting: asked, elapsed: Duration::from_secs(601), ..Budget::default() };
        assert!(spend(&model(true), &crm, budget, &clock).await.is_ok());
        assert_eq!(*clock.now.lock().unwrap(), asked);
        let crm = office(everything()).fault(call, throttled());
        let budget = Budget { elapsed: asked, ..budget };
        let error = spend(&model(true), &crm, budget, &clock).await.unwrap_err();
        assert!(matches!(error.kind, RunErrorKind::Budget { spent: Spent::Elapsed(_), .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_never_waited_for() {
    let after = Some(Duration::from_secs(7200));
    for capabilities in [everything(), own_ids(), plain(), batches()] {
        for keyed in [true, false] {
            let model = model(keyed);
            let good = office(capabilities.clone());
            run_model(&model, Operation::Create, input(), &good).await.unwrap();
            for call in 1..=good.log().len() {
                let quota = Fault::Before(AdapterErrorKind::QuotaExhausted { after });
                let crm = office(capabilities.clone()).fault(call, quota);
                let clock = Fake::default();
                let error = spend(&model, &crm, Budget::default(), &clock).await.unwrap_err();
                let place = format!("{}, keyed {keyed}, call {call}: {error:?}", capabilities.name);
                let used_up = |kind: &AdapterErrorKind| matches!(kind, AdapterErrorKind::QuotaExhausted { .. });
                assert!(matches!(&error.kind, RunErrorKind::Adapter(error) if used_up(&error.kind)), "{place}");
                assert_eq!(error.kind.later(), Some(Later { after }), "{place}");
                assert_eq!(*clock.now.lock().unwrap(), Duration::ZERO, "{place}");
                // Others of the same trip may have been on their way.
                let trip = good.log().len() - call;
                assert!(crm.log().len() <= call + trip, "{place}");
                if keyed || capabilities.caller_ids {
                    assert!(error.context.compensated.is_empty(), "{place}");
                    assert_told(&crm, &error, &place);
                    run_model(&model, Operation::Create, input(), &crm).await.unwrap();
                    assert_eq!(end(&crm), end(&good), "{place}");
                } else {
                    let told = |undone: &crate::run::Compensated| match &undone.result {
                        Undo::Failed(kind) => used_up(kind),
                        other => *other == Undo::NotUndone,
                    };
                    assert!(error.context.compensated.iter().all(told), "{place}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_read_obeys_its_budget() {
    let catalog = catalog(&with("account account\ncontact contact\ncontact.AccountId = account.Id"));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let input = Input::from_json(pattern, &json!({"account": {"Id": "acme"}})).unwrap();
    let crm = office(plain());
    let clock = Fake::default();
    let read = |budget: Budget| {
        let ann = Identity::Employee("ann".into());
        Execution::new(pattern, Operation::Read, input.clone(), &crm, ann).clock(&clock).budget(budget)
    };
    let error = read(requests(1)).execute().await.unwrap_err();
    assert!(matches!(error.kind, RunErrorKind::Budget { spent: Spent::Requests(1), .. }), "{error:?}");
    assert_eq!(crm.log().len(), 1);
    assert!(read(requests(2)).execute().await.is_ok());
}
