//! The process dies at every append, before and after it is durable: whoever comes next ends up where nobody died.

use std::collections::BTreeMap;
use std::sync::Arc;

use engage_playbooks::ports::limits::MAX_BATCH;
use engage_playbooks::ports::{DurableEngine, Event, Journal};
use engage_playbooks::run::{FactKind, FailureKind, RunState};
use engage_store::SqliteJournal;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kit::{Breaking, Fault, Kit, Shape, When, World, chain, event, run_of, settle};

const LEAD: [Shape; 6] = [Shape::Read, Shape::Read, Shape::Template, Shape::Create, Shape::Create, Shape::Create];

/// How long the data of a long event is, about.
const LONG: usize = 900 << 10;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// What runs leave behind.
type Left = BTreeMap<(Uuid, String), Value>;

/// Runs three events to their end over processes that die, each at its own append; gives what is left, and how many died.
async fn disturbed(deaths: &[When]) -> (Left, Vec<RunState>, usize) {
    let (kit, world) = (Kit::new(vec![chain("lead", &LEAD)]), Arc::new(World::default()));
    world.fault("two", 1, Fault::Fails(FailureKind::Transient));
    let door = kit.runner(kit.journal.clone(), world.clone());
    door.offer(vec![event("a"), event("b"), event("c")]).await.unwrap();
    let mut died = 0;
    for death in deaths {
        let journal = Breaking::new(Arc::new(kit.journal.reopen()), *death);
        let running = kit.start_on(journal.clone(), world.clone());
        tokio::select! {
            () = journal.hook.died.notified() => died += 1,
            _ = kit.done(&door, 3) => {}
        }
        drop((running, journal));
        settle().await;
    }
    let running = kit.start(world.clone());
    let records = kit.done(&running.runner, 3).await;
    let left = world.records.lock().unwrap().clone();
    (left, records.iter().map(|run| run.state).collect(), died)
}

#[test]
fn the_end_is_the_same_wherever_the_process_dies() {
    let (whole, states, _) = runtime().block_on(disturbed(&[]));
    assert_eq!((whole.len(), states), (9, vec![RunState::Succeeded; 3]));
    let mut deaths = 0;
    for nth in 0..14 {
        for death in [When::Before(nth), When::After(nth)] {
            let (left, states, died) = runtime().block_on(disturbed(&[death]));
            assert_eq!((&left, states), (&whole, vec![RunState::Succeeded; 3]), "{death:?}");
            deaths += died;
        }
    }
    assert!(deaths >= 24, "{deaths} processes died");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn however_many_processes_die(deaths in prop::collection::vec((0_usize..8, any::<bool>()), 1..5)) {
        let deaths: Vec<When> =
            deaths.iter().map(|(nth, before)| if *before { When::Before(*nth) } else { When::After(*nth) }).collect();
        let (whole, ..) = runtime().block_on(disturbed(&[]));
        let (left, states, _) = runtime().block_on(disturbed(&deaths));
        prop_assert_eq!((left, states), (whole, vec![RunState::Succeeded; 3]));
    }
}

#[tokio::test]
async fn a_long_event_that_starts_many_begins_them_all_though_the_process_dies_between() {
    // All beginnings together are more than a batch holds, and so is what all of them give.
    let many = MAX_BATCH / LONG + 6;
    let ids: Vec<String> = (0..many).map(|nth| format!("playbook-{nth}")).collect();
    let kit = Kit::new(ids.iter().map(|id| chain(id, &[Shape::Output])).collect());
    let (world, event) = (Arc::new(World::default()), event("a"));
    let long = Event { data: json!({ "Meeting": { "Id": "a", "Notes": "x".repeat(LONG) } }), ..event };
    let journal = Breaking::new(Arc::new(kit.journal.reopen()), When::After(1));
    let running = kit.start_on(journal.clone(), world.clone());
    running.runner.offer(vec![long.clone()]).await.unwrap();
    journal.hook.died.notified().await;
    let begun = kit.records(&running.runner, "contoso").await.len();
    assert!((1..many).contains(&begun), "{begun} have begun");
    drop((running, journal));
    settle().await;
    let running = kit.start(world.clone());
    let records = kit.done(&running.runner, many).await;
    assert!(records.iter().all(|run| run.state == RunState::Succeeded));
    let facts = running.runner.history(&run_of(&long, &ids[many - 1])).await.unwrap();
    assert_eq!(facts.len(), 2, "it began once, and ended");
}

#[tokio::test]
async fn a_block_that_kills_its_process_is_given_up() {
    let (kit, world) = (Kit::new(vec![chain("lead", &LEAD)]), Arc::new(World::gated()));
    kit.runner(kit.journal.clone(), world.clone()).offer(vec![event("a")]).await.unwrap();
    // Every process ends while the first block is under way.
    for process in 1..=kit.config.crashes as usize {
        let running = kit.start(world.clone());
        while world.count() < process {
            tokio::task::yield_now().await;
        }
        drop(running);
        settle().await;
    }
    let running = kit.start(world.clone());
    kit.seen.ended(1).await;
    let record = running.runner.status(&run_of(&event("a"), "lead")).await.unwrap().unwrap();
    assert_eq!((record.state, record.reason.as_deref()), (RunState::Failed, Some("crash")));
    assert_eq!(world.count(), 5, "it was attempted no more");
    // Somebody lets it go on when the cause is mended.
    world.open(100);
    running.runner.retry(&record.key, None, "ann").await.unwrap();
    kit.seen.ended(2).await;
    let facts = running.runner.history(&record.key).await.unwrap();
    assert!(
        matches!(&facts.last().unwrap().kind, FactKind::Finished { outcome } if format!("{outcome:?}") == "succeeded")
    );
}

#[test]
fn a_file_survives_its_process() {
    // A file is written by threads of its own: nothing here waits for a clock.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (kit, world) = (Kit::new(vec![chain("lead", &LEAD)]), Arc::new(World::default()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let open = async || Arc::new(SqliteJournal::open(&path).await.unwrap()) as Arc<dyn Journal>;
        let events: Vec<_> = (0..20).map(|number| event(&number.to_string())).collect();
        kit.runner(open().await, world.clone()).offer(events).await.unwrap();
        for nth in [0, 3, 5] {
            for death in [When::Before(nth), When::After(nth)] {
                let journal = Breaking::new(open().await, death);
                let running = kit.start_on(journal.clone(), world.clone());
                tokio::select! {
                    () = journal.hook.died.notified() => {}
                    _ = kit.done(&running.runner, 20) => {}
                }
                drop((running, journal));
            }
        }
        let running = kit.start_on(open().await, world.clone());
        let records = kit.done(&running.runner, 20).await;
        assert!(records.iter().all(|run| run.state == RunState::Succeeded), "{records:?}");
        assert_eq!(world.records.lock().unwrap().len(), 60);
    });
}
