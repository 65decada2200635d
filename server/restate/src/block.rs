//! One attempt at a block: the only place with effects.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use engage_playbooks::compiled::Compiled;
use engage_playbooks::ports::{BlockCall, BlockDone, BlockHost, Halt};
use engage_playbooks::run::{Attempt, BlockFailure, FailureKind};
use engage_runner::Measure;
use futures_util::FutureExt as _;
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::oneshot;
use tracing::Instrument as _;

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
        let prepared = match prepared {
            Prepared::ToWrite(prepared) => prepared,
            Prepared::Ended(ended) => return Ok(Json(ended)),
        };
        let in_doubt = !here.load(Ordering::Relaxed);
        let second = making.with(prepared, in_doubt);
        let ended = ctx.run(|| second.whole()).name("write").await?;
        Ok(ended)
    }
}

/// What came of the way to the first write.
#[derive(Clone, Serialize, Deserialize)]
enum Prepared {
    /// This is to be written.
    ToWrite(Value),
    /// The attempt is at an end.
    Ended(Ended),
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

    /// Goes as far as the first write and stops there; to the end where nothing is to be written, or nothing that a repeat would
    /// write twice.
    async fn prepare(self, here: Arc<AtomicBool>) -> HandlerResult<Json<Prepared>> {
        here.store(true, Ordering::Relaxed);
        let (send, prepared) = oneshot::channel();
        let host = UpToWrite { told: Mutex::new(Some(send)), again: OnceLock::new() };
        let start = self.worker.time.now();
        let prepared = tokio::select! {
            biased;
            Ok(prepared) = prepared => Prepared::ToWrite(prepared),
            answer = self.answer(&host) => Prepared::Ended(self.ended(host.again.get().cloned(), answer, start)),
        };
        Ok(Json(prepared))
    }

    async fn whole(self) -> HandlerResult<Json<Ended>> {
        let start = self.worker.time.now();
        let answer = self.answer(&Through).await;
        Ok(Json(self.ended(self.ask.prepared.clone(), answer, start)))
    }

    async fn answer(&self, host: &dyn BlockHost) -> Result<BlockDone, BlockFailure> {
        let attempt: Attempt = self.ask.attempt();
        let Some(node) = self.compiled.node(&attempt.block) else {
            return Err(permanent("internal", "the playbook has no such block".to_owned()));
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
        // A panic in an executor ends this attempt and nothing else.
        let answer = AssertUnwindSafe(self.worker.executor.run(call)).catch_unwind().instrument(self.span()).await;
        let done = answer.unwrap_or_else(|_| Err(permanent("panic", "running the block panicked".to_owned())))?;
        let held = self.worker.config.output().hold(&done.output);
        held.map_err(|why| {
            let failure = permanent("too-large", format!("what the block gives cannot be kept: {why}"));
            BlockFailure { trips: done.trips, ..failure }
        })?;
        Ok(done)
    }

    fn span(&self) -> tracing::Span {
        let Ask { key, block, attempt, .. } = &*self.ask;
        let (run, tenant, playbook) = (&key.run, &key.tenant, &self.compiled.id);
        tracing::info_span!("block", %run, %tenant, %playbook, %block, attempt)
    }

    fn ended(&self, prepared: Option<Value>, answer: Result<BlockDone, BlockFailure>, start: Duration) -> Ended {
        let Worker { config, jitter, time, metrics, .. } = &self.worker;
        let (playbook, block, at) = (&self.compiled.id, &self.ask.block, time.timestamp());
        let took = time.now().saturating_sub(start);
        let result = match answer {
            Ok(BlockDone { output, trips }) => {
                metrics.record(Measure::Block { playbook, block, took, trips });
                EndedResult::Done { output, trips }
            }
            Err(failure) => {
                let failures = self.ask.failures.saturating_add(1);
                let retry_at = config.retry.retry_at(&failure, failures, at, self.ask.deadline, &**jitter);
                metrics.record(Measure::Failed {
                    playbook,
                    block,
                    kind: failure.kind,
                    reason: &failure.reason,
                    again: retry_at.is_some(),
                    throttled: failure.wait_ms.map(Duration::from_millis),
                    trips: failure.trips,
                });
                EndedResult::Failed { failure, retry_at }
            }
        };
        Ended { at, prepared, result }
    }
}

fn permanent(reason: &str, message: String) -> BlockFailure {
    BlockFailure { kind: FailureKind::Permanent, reason: reason.to_owned(), message, wait_ms: None, trips: 0 }
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

/// Lets reads through, tells what is to be written, and lets the attempt wait there until it is dropped. What may be tried again
/// needs no entry before it: that goes through.
struct UpToWrite {
    told: Mutex<Option<oneshot::Sender<Value>>>,
    again: OnceLock<Value>,
}

#[async_trait]
impl BlockHost for UpToWrite {
    async fn prepared(&self, input: Value) -> Result<(), Halt> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(Halt)?;
        told.send(input).map_err(|_| Halt)?;
        std::future::pending().await
    }

    async fn prepared_again(&self, input: Value) -> Result<(), Halt> {
        // An attempt prepares once.
        let _ = self.again.set(input);
        Ok(())
    }

    async fn may_send(&self) -> Result<(), Halt> {
        Ok(())
    }
}
