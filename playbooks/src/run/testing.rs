//! What tests of runs share: small playbooks, an outside that remembers, and time that passes only when everybody waits.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::ids::{CrmName, RefId, SemanticId};
use engage_engine::model::Condition;
use engage_engine::run::{Clock, Jitter};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::compiled::{Compiled, Node};
use crate::model::{
    Block, BlockKind, FieldMapping, Operand, Origin, Path, Segment, Source, Trigger, TriggerKind, When,
};
use crate::ports::{BlockCall, BlockDone, BlockExecutor, Standing, Time};
use crate::types::Type;

pub(crate) fn label(name: &str) -> RefId {
    RefId::new(name).unwrap()
}

pub(crate) fn slug(name: &str) -> SemanticId {
    SemanticId::new(name).unwrap()
}

pub(crate) fn key() -> RunKey {
    RunKey { tenant: Tenant::new("contoso").unwrap(), run: Uuid::from_u128(7) }
}

pub(crate) fn path(keys: &[&str]) -> Path {
    Path::new(keys.iter().map(|key| Segment::Key((*key).into())).collect()).unwrap()
}

/// A block with a mapping `from → from` for each block that it takes.
pub(crate) fn block(name: &str, kind: BlockKind, from: &[&str]) -> Block {
    let mappings = from
        .iter()
        .map(|from| FieldMapping { destination: Some(path(&[from])), source: Source::block(label(from), None) });
    Block {
        name: label(name),
        title: String::new(),
        kind,
        when: None,
        after: Vec::new(),
        escalation: None,
        allow_sensitive: None,
        mappings: mappings.collect(),
        position: None,
    }
}

pub(crate) fn trigger() -> Block {
    block("trigger", BlockKind::Trigger(Trigger::new(TriggerKind::Manual)), &[])
}

pub(crate) fn read() -> BlockKind {
    BlockKind::Read { pattern: slug("p") }
}

pub(crate) fn create() -> BlockKind {
    BlockKind::Create { pattern: slug("p") }
}

pub(crate) fn template() -> BlockKind {
    BlockKind::Template { template: slug("t") }
}

pub(crate) fn output(name: &str) -> BlockKind {
    BlockKind::Output { name: name.into() }
}

/// The playbook of blocks, the trigger first.
pub(crate) fn compiled(blocks: Vec<Block>) -> Arc<Compiled> {
    let names: Vec<_> = blocks.iter().map(|block| block.name.clone()).collect();
    let nodes = blocks.iter().enumerate().map(|(position, block)| {
        let mut needs: BTreeSet<usize> =
            named(block).iter().filter_map(|name| names.iter().position(|other| other == name)).collect();
        if needs.is_empty() && position > 0 {
            needs.insert(0);
        }
        Node {
            block: block.clone(),
            needs: needs.into_iter().collect(),
            input: Type::any(),
            output: Type::any(),
            pattern: None,
            template: None,
            capability: None,
            acting: None,
            planned: None,
            on_behalf: None,
            select: BTreeMap::new(),
        }
    });
    Arc::new(Compiled {
        id: slug("playbook"),
        name: String::new(),
        crm: CrmName::new("memory").unwrap(),
        digest: String::new(),
        deadline: None,
        concurrency: None,
        closed: false,
        blocks: nodes.collect(),
    })
}

/// The blocks that a block names.
fn named(block: &Block) -> Vec<RefId> {
    fn source(source: &Source, names: &mut Vec<RefId>) {
        if let Origin::Block { block, .. } = &source.origin {
            names.push(block.clone());
        }
    }
    fn operands(operands: &[Operand], names: &mut Vec<RefId>) {
        for operand in operands {
            if let Operand::Source(of) = operand {
                source(of, names);
            }
        }
    }
    fn when(of: &When, names: &mut Vec<RefId>) {
        match of {
            When::Test(test) => {
                source(&test.left, names);
                operands(&test.operands, names);
            }
            When::And(inner) | When::Or(inner) => inner.iter().for_each(|inner| when(inner, names)),
            When::Not(inner) => when(inner, names),
        }
    }
    let mut names = block.after.clone();
    block.mappings.iter().for_each(|mapping| source(&mapping.source, &mut names));
    block.when.iter().for_each(|condition| when(condition, &mut names));
    if let BlockKind::Filter { condition: Condition::Test(test), .. } = &block.kind {
        operands(&test.operands, &mut names);
    }
    names
}

pub(crate) fn beginning(data: Value) -> Beginning {
    Beginning {
        playbook: slug("playbook"),
        digest: String::new(),
        crm: CrmName::new("memory").unwrap(),
        trigger: TriggerKind::Manual,
        event: "event-1".into(),
        subject: None,
        data,
        given: json!({}),
        employee: Some("ann".into()),
        versions: BTreeMap::new(),
        deadline: None,
        closed: false,
    }
}

pub(crate) fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn fact(at: i64, kind: FactKind) -> Fact {
    Fact { at: second(at), kind }
}

pub(crate) fn started(at: i64) -> Fact {
    fact(at, FactKind::Started(Box::new(beginning(json!({"a": 1})))))
}

pub(crate) fn attempted(at: i64, block: &str, attempt: u32) -> Fact {
    fact(at, FactKind::Attempted { block: label(block), attempt })
}

pub(crate) fn done(at: i64, block: &str, output: Value) -> Fact {
    fact(at, FactKind::Done { block: label(block), output, trips: 1 })
}

pub(crate) fn prepared(at: i64, block: &str) -> Fact {
    fact(at, FactKind::Prepared { block: label(block), input: json!({"resolved": true}) })
}

pub(crate) fn failing(kind: FailureKind) -> BlockFailure {
    BlockFailure { kind, reason: "test".into(), message: "it was told to fail".into(), wait_ms: None, trips: 0 }
}

pub(crate) fn failed(at: i64, block: &str, attempt: u32, retry_at: Option<i64>) -> Fact {
    let failure = failing(if retry_at.is_some() { FailureKind::Transient } else { FailureKind::Permanent });
    fact(at, FactKind::Failed { block: label(block), attempt, failure, retry_at: retry_at.map(second) })
}

/// Time that passes only when everybody waits, from the epoch on.
#[derive(Default)]
pub(crate) struct Virtual(Standing);

#[async_trait]
impl Clock for Virtual {
    fn now(&self) -> Duration {
        self.0.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

impl Time for Virtual {
    fn timestamp(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + self.now()
    }
}

impl Virtual {
    /// Runs a future to its end.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(self.0.pass(future));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..1_000_000 {
            if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                return value;
            }
        }
        panic!("everybody waits for ever")
    }
}

/// The longest pauses, so that nothing is left to chance.
pub(crate) struct Longest;

impl Jitter for Longest {
    fn between(&self, _: Duration, high: Duration) -> Duration {
        high
    }
}

/// An outside that remembers what was done to it, under which key. Outputs depend on inputs alone.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) time: Arc<Virtual>,
    /// How long each block takes; 100 ms where nothing is said.
    pub(crate) takes: BTreeMap<String, Duration>,
    /// How the n-th call of a block, from 1, fails.
    pub(crate) faults: BTreeMap<(String, u32), FailureKind>,
    /// Whether a fault strikes after the effect.
    pub(crate) late: bool,
    /// What creates have written, by block.
    pub(crate) effects: Mutex<BTreeMap<String, Value>>,
    /// Calls of each block.
    pub(crate) calls: Mutex<BTreeMap<String, u32>>,
    pub(crate) now: AtomicUsize,
    pub(crate) most_at_once: AtomicUsize,
}

impl World {
    async fn work(&self, call: &BlockCall<'_>, nth: u32) -> Result<BlockDone, BlockFailure> {
        let name = call.attempt.block.as_str();
        let fault = self.faults.get(&(name.to_owned(), nth)).copied().map(failing);
        let takes = self.takes.get(name).copied().unwrap_or(Duration::from_millis(100));
        self.time.sleep(takes / 2).await;
        if let Some(fault) = fault.clone().filter(|_| !self.late) {
            return Err(fault);
        }
        let input = call.attempt.prepared.as_ref().unwrap_or(&call.attempt.input);
        if matches!(call.node.block.kind, BlockKind::Create { .. }) {
            if call.attempt.prepared.is_none() {
                call.host.prepared(input.clone()).await.map_err(|_| failing(FailureKind::Transient))?;
            }
            call.host.may_send().await.map_err(|_| failing(FailureKind::Transient))?;
            let before = self.effects.lock().unwrap().insert(name.to_owned(), input.clone());
            assert!(before.is_none_or(|before| before == *input), "`{name}` was done again with other values");
        }
        self.time.sleep(takes / 2).await;
        match fault {
            Some(fault) => Err(fault),
            None => Ok(BlockDone { output: json!({ "of": name, "input": input }), trips: 1 }),
        }
    }
}

#[async_trait]
impl BlockExecutor for World {
    async fn run(&self, call: BlockCall<'_>) -> Result<BlockDone, BlockFailure> {
        let nth = {
            let mut calls = self.calls.lock().unwrap();
            let nth = calls.entry(call.attempt.block.to_string()).or_default();
            *nth += 1;
            *nth
        };
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_at_once.fetch_max(now, Ordering::Relaxed);
        let answer = self.work(&call, nth).await;
        self.now.fetch_sub(1, Ordering::Relaxed);
        answer
    }
}

/// Keeps facts up to a number, then loses its power.
pub(crate) struct Cut {
    pub(crate) facts: Mutex<Vec<Fact>>,
    pub(crate) most: usize,
}

#[async_trait]
impl Record for Cut {
    async fn append(&self, facts: &[Fact]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut kept = self.facts.lock().unwrap();
        if kept.len() + facts.len() > self.most {
            return Err("the power is gone".into());
        }
        kept.extend_from_slice(facts);
        Ok(())
    }
}
