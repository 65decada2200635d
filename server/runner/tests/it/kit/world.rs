//! An outside that remembers what was done to it, and fails when it is told to.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use async_trait::async_trait;
use engage_playbooks::model::BlockKind;
use engage_playbooks::ports::{BlockCall, BlockDone, BlockExecutor};
use engage_playbooks::run::{BlockFailure, FailureKind};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails like this.
    Fails(FailureKind),
    /// The executor panics.
    Panics,
    /// It gives this many bytes.
    Gives(usize),
}

/// An outside in memory.
#[derive(Default)]
pub(crate) struct World {
    /// Faults, by block and how many calls of it came before.
    pub(crate) faults: Mutex<HashMap<(String, usize), Fault>>,
    /// Every call, in order: the event and the block.
    pub(crate) calls: Mutex<Vec<(String, String)>>,
    /// What was written, by run and block.
    pub(crate) records: Mutex<BTreeMap<(Uuid, String), Value>>,
    /// Where a call has to wait; `None`: nowhere.
    pub(crate) gate: Option<Semaphore>,
}

impl World {
    /// An outside in which every call waits until it is let through.
    pub(crate) fn gated() -> Self {
        Self { gate: Some(Semaphore::new(0)), ..Self::default() }
    }

    /// Lets so many calls through.
    pub(crate) fn open(&self, calls: usize) {
        self.gate.as_ref().unwrap().add_permits(calls);
    }

    /// The n-th call of a block, from 0, goes wrong.
    pub(crate) fn fault(&self, block: &str, nth: usize, fault: Fault) {
        self.faults.lock().unwrap().insert((block.to_owned(), nth), fault);
    }

    /// How many calls there were.
    pub(crate) fn count(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    /// The events of the calls, in order.
    pub(crate) fn events(&self) -> Vec<String> {
        self.calls.lock().unwrap().iter().map(|(event, _)| event.clone()).collect()
    }

    fn fault_of(&self, block: &str, event: &str) -> Option<Fault> {
        let mut calls = self.calls.lock().unwrap();
        let nth = calls.iter().filter(|(_, called)| called == block).count();
        calls.push((event.to_owned(), block.to_owned()));
        self.faults.lock().unwrap().get(&(block.to_owned(), nth)).copied()
    }
}

fn failure(kind: FailureKind) -> BlockFailure {
    BlockFailure { kind, reason: "told".to_owned(), message: "it was told to".to_owned(), wait_ms: None, trips: 0 }
}

#[async_trait]
impl BlockExecutor for World {
    async fn run(&self, call: BlockCall<'_>) -> Result<BlockDone, BlockFailure> {
        let name = call.attempt.block.as_str();
        let fault = self.fault_of(name, &call.beginning.event);
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        match fault {
            Some(Fault::Fails(kind)) => return Err(failure(kind)),
            Some(Fault::Panics) => panic!("it was told to"),
            Some(Fault::Gives(bytes)) => {
                return Ok(BlockDone { output: Value::String("x".repeat(bytes)), trips: 1 });
            }
            None => {}
        }
        let halted = |_| failure(FailureKind::Transient);
        if matches!(call.node.block.kind, BlockKind::Create { .. }) {
            let input = call.attempt.prepared.as_ref().unwrap_or(&call.attempt.input).clone();
            if call.attempt.prepared.is_none() {
                call.host.prepared(input.clone()).await.map_err(halted)?;
            }
            call.host.may_send().await.map_err(halted)?;
            self.records.lock().unwrap().insert((call.key.run, name.to_owned()), input);
        }
        Ok(BlockDone { output: json!({ "of": name }), trips: 1 })
    }
}
