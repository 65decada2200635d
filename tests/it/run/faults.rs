//! The main job, every call × every failure, then the same execution again: the same end, and nothing twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use engage_adapters::memory::MemoryCrm;
use engage_adapters::wrap::{Fault, FaultKind, When};
use engage_engine::adapter::AdapterErrorKind;
use engage_engine::plan::{Answer, InputShape, plan};
use engage_engine::{Capabilities, Input, Operation};
use serde_json::{Value as Json, json};

use super::World;
use super::starter::{capabilities, people, preparation};

fn failures() -> Vec<FaultKind> {
    let passing = [
        AdapterErrorKind::Unavailable,
        AdapterErrorKind::Throttled { after: Some(Duration::from_secs(1)) },
        AdapterErrorKind::Locked,
    ];
    let mut failures: Vec<FaultKind> = passing.into_iter().map(FaultKind::Error).collect();
    let final_kinds = [AdapterErrorKind::Denied, AdapterErrorKind::QuotaExhausted { after: None }];
    failures.extend(final_kinds.into_iter().map(FaultKind::Error));
    failures.extend([FaultKind::LostBefore, FaultKind::LostAfter]);
    for position in 0..3 {
        for kind in [AdapterErrorKind::Locked, AdapterErrorKind::Unknown, AdapterErrorKind::Denied] {
            failures.push(FaultKind::Writes(BTreeMap::from([(position, kind)])));
        }
    }
    failures
}

/// Whether the first execution has to come through by itself.
fn passes(kind: &FaultKind) -> bool {
    let denied = |kind: &AdapterErrorKind| *kind == AdapterErrorKind::Denied;
    match kind {
        FaultKind::Error(kind) => !denied(kind) && !matches!(kind, AdapterErrorKind::QuotaExhausted { .. }),
        FaultKind::Writes(writes) => !writes.values().any(denied),
        FaultKind::LostBefore | FaultKind::LostAfter => true,
    }
}

async fn endure(world: &World, name: &str, capabilities: &Capabilities, input: &Json) {
    const JOB: &str = "internal-meeting";
    let good = world.crm(capabilities.clone(), &people());
    world.run(&good, JOB, Operation::Create, input).await.unwrap();
    let expected = world.state(&good);
    let calls = good.calls().reads + good.calls().writes;
    for call in 0..calls {
        for kind in failures() {
            let crm: Arc<MemoryCrm> = Arc::new(world.crm(capabilities.clone(), &people()));
            let faulty = Fault::new(crm.clone()).on(When::Call(call), kind.clone());
            let first = world.run(&faulty, JOB, Operation::Create, input).await;
            let place = format!("{} {name}, call {call}, {kind:?}: {:?}", world.crm, first.as_ref().err());
            if passes(&kind) {
                assert!(first.is_ok(), "{place}");
                assert_eq!(world.state(&crm), expected, "{place}");
            }
            let again = world.run(crm.as_ref(), JOB, Operation::Create, input).await;
            assert!(again.is_ok(), "{place}, then {:?}", again.err());
            assert_eq!(world.state(&crm), expected, "{place}");
        }
    }
}

#[tokio::test]
async fn after_any_failure_the_same_execution_again_ends_the_same() {
    let owner = json!({"$filter": {"field": "Email", "operator": "Equals", "value": "ann@bank.example"}});
    for crm_name in ["dataverse", "salesforce"] {
        let world = World::starter(crm_name);
        let mut found = preparation(&json!([{"Id": "ben"}, {"Id": "cora"}]));
        found["owner"] = owner.clone();
        let pattern = world.catalog.pattern(crm_name, "internal-meeting").unwrap();
        let shape = InputShape::of(pattern, &Input::from_json(pattern, &found).unwrap());
        for (name, capabilities) in capabilities(crm_name) {
            // Without a key a lost answer ends as an unknown outcome, which the engine's own tests hold it to.
            if plan(pattern, Operation::Create, &shape, &capabilities).unwrap().figures.once == Answer::Yes {
                endure(&world, name, &capabilities, &found).await;
            }
        }
    }
}
