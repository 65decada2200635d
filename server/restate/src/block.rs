//! One attempt at a block: the only place with effects.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use engage_playbooks::compiled::Compiled;
use engage_playbooks::ports::{BlockCall, BlockDone, BlockHost, Halt};
use engage_playbooks::run::{Attempt, BlockFailure};
use restate_sdk::prelude::*;
use serde_json::Value;

use crate::convert::{Ask, Ended, EndedResult};
use crate::worker::Worker;

pub(crate) struct EngageBlock(pub(crate) Worker);

#[service]
impl EngageBlock {
    #[handler]
    async fn attempt(&self, ctx: Context<'_>, Json(ask): Json<Ask>) -> Result<Json<Ended>, HandlerError> {
        let compiled = self.0.pinned(&ask.key.tenant, &ask.beginning)?;
        let making = Making { worker: self.0.clone(), compiled, ask: Arc::new(ask) };
        if !making.writes() || making.ask.prepared.is_some() {
            let ended = ctx.run(|| making.whole()).name("attempt").await?;
            return Ok(ended);
        }
        // Whoever comes after a crash finds this entry in the journal and does not make it: the write behind it may
        // then have gone out already.
        let here = Arc::new(AtomicBool::new(false));
        let first = making.clone();
        let mark = Arc::clone(&here);
        let Json(prepared) = ctx.run(|| first.prepare(mark)).name("prepare").await?;
        let Some(prepared) = prepared.prepared.clone() else { return Ok(Json(prepared)) };
        let in_doubt = !here.load(Ordering::Relaxed);
        let second = making.with(prepared, in_doubt);
        let ended = ctx.run(|| second.whole()).name("write").await?;
        Ok(ended)
    }
}

/// An attempt in the making.
#[derive(Clone)]
struct Making {
    worker: Worker,
    compiled: Arc<Compiled>,
    ask: Arc<Ask>,
}

impl Making {
    fn writes(&self) -> bool {
        use engage_engine::Operation;
        let operation = self.compiled.node(&self.ask.block).and_then(|node| node.operation());
        operation.is_some_and(|operation| operation != Operation::Read)
    }

    fn with(&self, prepared: Value, in_doubt: bool) -> Self {
        let ask = Ask { prepared: Some(prepared), in_doubt: self.ask.in_doubt || in_doubt, ..(*self.ask).clone() };
        Self { ask: Arc::new(ask), ..self.clone() }
    }

    /// Goes as far as the first write and stops there; to the end where nothing is to be written.
    async fn prepare(self, here: Arc<AtomicBool>) -> HandlerResult<Json<Ended>> {
        here.store(true, Ordering::Relaxed);
        let host = UpToWrite::default();
        let answer = self.answer(&host).await;
        let prepared = host.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Json(self.ended(prepared, answer)))
    }

    async fn whole(self) -> HandlerResult<Json<Ended>> {
        let answer = self.answer(&Through).await;
        Ok(Json(self.ended(self.ask.prepared.clone(), answer)))
    }

    async fn answer(&self, host: &dyn BlockHost) -> Result<BlockDone, BlockFailure> {
        let attempt: Attempt = self.ask.attempt();
        let Some(node) = self.compiled.node(&attempt.block) else {
            return Err(no_block());
        };
        let call = BlockCall {
            key: &self.ask.key,
            compiled: &self.compiled,
            node,
            beginning: &self.ask.beginning,
            started_at: self.ask.started_at,
            deadline: self.ask.deadline,
            attempt: &attempt,
            host,
        };
        self.worker.executor.run(call).await
    }

    fn ended(&self, prepared: Option<Value>, answer: Result<BlockDone, BlockFailure>) -> Ended {
        let at = self.worker.time.timestamp();
        let result = match answer {
            Ok(BlockDone { output, trips }) => EndedResult::Done { output, trips },
            Err(failure) => {
                let failures = self.ask.failures.saturating_add(1);
                let Worker { retry, jitter, .. } = &self.worker;
                let retry_at = retry.retry_at(&failure, failures, at, self.ask.deadline, &**jitter);
                EndedResult::Failed { failure, retry_at }
            }
        };
        Ended { at, prepared, result }
    }
}

fn no_block() -> BlockFailure {
    use engage_playbooks::run::FailureKind;
    let message = "the playbook has no such block".to_owned();
    BlockFailure { kind: FailureKind::Permanent, reason: "internal".to_owned(), message, wait_ms: None }
}

/// Lets everything through. Which worker makes an attempt is Restate's to say, and it takes an answer from that one alone.
struct Through;

#[async_trait]
impl BlockHost for Through {
    async fn prepared(&self, _: Value) -> Result<(), Halt> {
        Ok(())
    }

    async fn may_send(&self) -> Result<(), Halt> {
        Ok(())
    }
}

/// Lets reads through and keeps what is to be written.
#[derive(Default)]
struct UpToWrite(Mutex<Option<Value>>);

#[async_trait]
impl BlockHost for UpToWrite {
    async fn prepared(&self, input: Value) -> Result<(), Halt> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(input);
        Err(Halt)
    }

    async fn may_send(&self) -> Result<(), Halt> {
        Ok(())
    }
}
