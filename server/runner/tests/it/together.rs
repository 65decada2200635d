//! Reads of a run that start at the same time: one request, and each block's own end.

use std::sync::Arc;

use async_trait::async_trait;
use engage_playbooks::blocks::Blocks;
use engage_playbooks::ports::{BlockCall, BlockDone, BlockExecutor, DurableEngine};
use engage_playbooks::run::{BlockFailure, FactKind, RunState};
use engage_runner::Runner;
use tokio::sync::Semaphore;

use crate::crm::booked;
use crate::kit::{Crm, Kit, event, run_of, settle};

/// Blocks of which one panics, or tells late what it was answered.
struct Odd {
    blocks: Arc<Blocks>,
    panics: Option<&'static str>,
    late: Option<(&'static str, Semaphore)>,
}

#[async_trait]
impl BlockExecutor for Odd {
    async fn run(&self, call: BlockCall<'_>) -> Result<BlockDone, BlockFailure> {
        let block = call.attempt.block.clone();
        assert!(self.panics != Some(block.as_str()), "it was told to");
        let answer = self.blocks.run(call).await;
        if let Some((_, gate)) = self.late.as_ref().filter(|(late, _)| *late == block.as_str()) {
            gate.acquire().await.unwrap().forget();
        }
        answer
    }
}

/// The blocks of a run that are done, each with its requests. Those that end at once are told in any order.
async fn done(runner: &Runner, id: &str) -> Vec<(String, u32)> {
    // There is none before the run has begun.
    let facts = runner.history(&run_of(&event(id), "looked")).await.unwrap_or_default();
    let done = facts.into_iter().filter_map(|fact| match fact.kind {
        FactKind::Done { block, trips, .. } => Some((block.to_string(), trips)),
        _ => None,
    });
    let mut done: Vec<_> = done.collect();
    done.sort();
    done
}

fn counts<const N: usize>(mut counts: [(&str, u32); N]) -> Vec<(String, u32)> {
    counts.sort_unstable();
    counts.map(|(block, trips)| (block.to_owned(), trips)).to_vec()
}

#[tokio::test]
async fn reads_of_one_run_are_one_request_and_those_of_another_are_another() {
    let crm = Crm::keyed();
    let kit = Kit::new(vec![crm.reads.clone()]);
    let running = kit.start(crm.executor(kit.time.clone()));
    running.runner.offer(vec![booked("a"), booked("b")]).await.unwrap();
    kit.seen.ended(2).await;
    assert_eq!(crm.crm.calls().reads, 2);
    for id in ["a", "b"] {
        assert_eq!(done(&running.runner, id).await, counts([("one", 1), ("two", 0), ("three", 0)]));
        let record = running.runner.status(&run_of(&event(id), "looked")).await.unwrap().unwrap();
        assert_eq!((record.state, record.entries), (RunState::Succeeded, 2 + 3 * 2));
    }
}

#[tokio::test]
async fn a_panic_ends_its_own_attempt_and_no_other() {
    let crm = Crm::keyed();
    let kit = Kit::new(vec![crm.reads.clone()]);
    let odd = Odd { blocks: crm.executor(kit.time.clone()), panics: Some("one"), late: None };
    let running = kit.start(Arc::new(odd));
    running.runner.offer(vec![booked("a")]).await.unwrap();
    kit.seen.ended(1).await;
    let record = running.runner.status(&run_of(&event("a"), "looked")).await.unwrap().unwrap();
    assert_eq!(record.state, RunState::Failed);
    assert_eq!(done(&running.runner, "a").await, counts([("two", 1), ("three", 0)]));
    assert_eq!(crm.crm.calls().reads, 1);
}

#[tokio::test]
async fn what_is_done_is_kept_while_others_of_its_request_go_on() {
    let crm = Crm::keyed();
    let kit = Kit::new(vec![crm.reads.clone()]);
    let late = Some(("one", Semaphore::new(0)));
    let odd = Arc::new(Odd { blocks: crm.executor(kit.time.clone()), panics: None, late });
    let running = kit.start(odd.clone());
    running.runner.offer(vec![booked("a")]).await.unwrap();
    while done(&running.runner, "a").await.len() < 2 {
        settle().await;
    }
    assert_eq!(done(&running.runner, "a").await, counts([("two", 0), ("three", 0)]));
    // Whoever takes over asks for what has no entry.
    drop(running);
    settle().await;
    odd.late.as_ref().unwrap().1.add_permits(1);
    let running = kit.start(odd);
    kit.done(&running.runner, 1).await;
    assert_eq!(done(&running.runner, "a").await, counts([("two", 0), ("three", 0), ("one", 1)]));
    assert_eq!(crm.crm.calls().reads, 2);
}
