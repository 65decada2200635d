//! The loop around a machine: what it commands is done, and what has happened becomes a fact.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::run::Jitter;
use futures_util::future::{Either, Future, pending, select};
use futures_util::lock::Mutex;
use futures_util::stream::{SelectAll, Stream, StreamExt};
use jiff::Timestamp;
use serde_json::Value;
use tracing::Instrument;

use super::{AloneError, Record};
use crate::compiled::Compiled;
use crate::ports::{BlockCall, BlockDone, BlockExecutor, BlockHost, Halt, Time};
use crate::run::together::{Seat, Together, company, groups};
use crate::run::{
    Attempt, Beginning, BlockFailure, Command, Fact, FactKind, FailureKind, Machine, RetryRule, RunKey, RunState, Todo,
};

pub(super) struct State {
    pub(super) machine: Machine,
    todo: Todo,
    broken: Option<AloneError>,
}

impl State {
    pub(super) fn new(machine: Machine) -> Self {
        Self { machine, todo: Todo::default(), broken: None }
    }
}

pub(super) struct Driver<'a> {
    pub(super) key: RunKey,
    pub(super) compiled: Arc<Compiled>,
    pub(super) rule: RetryRule,
    pub(super) jitter: &'a dyn Jitter,
    pub(super) executor: &'a dyn BlockExecutor,
    pub(super) time: &'a dyn Time,
    pub(super) record: &'a dyn Record,
    pub(super) state: Mutex<State>,
}

/// An attempt with what it came to.
type Ended = Box<(Attempt, Result<BlockDone, BlockFailure>)>;

/// Blocks under way, and those that have ended and were not looked at yet.
struct Blocks<S> {
    under_way: SelectAll<S>,
    ended: VecDeque<Ended>,
}

impl<S: Stream<Item = Ended> + Unpin> Blocks<S> {
    /// Does something while blocks go on: one of them may be about to append, and hold what this waits for.
    async fn beside<F: Future>(&mut self, work: F) -> F::Output {
        let mut work = std::pin::pin!(work);
        poll_fn(|context| {
            loop {
                if let Poll::Ready(done) = work.as_mut().poll(context) {
                    return Poll::Ready(done);
                }
                match self.under_way.poll_next_unpin(context) {
                    Poll::Ready(Some(ended)) => self.ended.push_back(ended),
                    Poll::Ready(None) | Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }
}

enum Happened {
    Ended(Ended),
    TimeCame,
    Cancelled(String),
}

pub(super) type Cancel<'a> = Option<Pin<Box<dyn Future<Output = String> + Send + 'a>>>;

impl Driver<'_> {
    pub(super) async fn drive(&self, beginning: Option<Beginning>, mut cancel: Cancel<'_>) -> Result<(), AloneError> {
        match beginning {
            Some(beginning) => self.note(FactKind::Started(Box::new(beginning))).await?,
            None => self.wake(|machine, now| machine.pending(now)).await?,
        }
        let (beginning, started_at, deadline) = {
            let state = self.state.lock().await;
            let (Some(beginning), Some(started_at)) = (state.machine.beginning(), state.machine.started_at()) else {
                return Ok(());
            };
            (beginning.clone(), started_at, state.machine.deadline())
        };
        let employee = beginning.employee.is_some();
        let start = |attempt, seat| self.block(attempt, seat, &beginning, started_at, deadline);
        let mut blocks = Blocks { under_way: SelectAll::new(), ended: VecDeque::new() };
        let mut open = 0_usize;
        while let Some((groups, wake)) = blocks.beside(self.todo(employee, open == 0)).await {
            for group in groups {
                open += group.len();
                blocks.under_way.push(Together::new(group, start));
            }
            match self.next(&mut blocks, wake, &mut cancel).await {
                Happened::Ended(ended) => {
                    open = open.saturating_sub(1);
                    blocks.beside(self.ended(*ended)).await?;
                }
                Happened::TimeCame => blocks.beside(self.wake(|machine, now| machine.due(now))).await?,
                Happened::Cancelled(by) => {
                    cancel = None;
                    blocks.beside(self.note(FactKind::CancelRequested { by })).await?;
                }
            }
        }
        Ok(())
    }

    /// What is to be sent on its way, and when something else is to be done; `None` where all is done, or waits for the
    /// employee. `idle`: nothing is under way.
    async fn todo(&self, employee: bool, idle: bool) -> Option<(Vec<Vec<Attempt>>, Option<Timestamp>)> {
        let mut state = self.state.lock().await;
        let company = |attempt: &Attempt| company(self.compiled.node(&attempt.block)?, employee);
        let groups = groups(state.todo.attempts.drain(..), company);
        let waits = matches!(state.machine.state(), RunState::NeedsIdentity) || state.machine.outcome().is_some();
        let over = idle && groups.is_empty() && waits;
        (!over).then(|| (groups, state.todo.wakes.first().copied()))
    }

    async fn next<S: Stream<Item = Ended> + Unpin>(
        &self,
        blocks: &mut Blocks<S>,
        wake: Option<Timestamp>,
        cancel: &mut Cancel<'_>,
    ) -> Happened {
        if let Some(ended) = blocks.ended.pop_front() {
            return Happened::Ended(ended);
        }
        let block = async {
            match blocks.under_way.next().await {
                Some(ended) => Happened::Ended(ended),
                None => pending().await,
            }
        };
        let time = async {
            let Some(wake) = wake else { return pending().await };
            let left = wake.duration_since(self.time.timestamp());
            self.time.sleep(Duration::try_from(left).unwrap_or_default()).await;
            Happened::TimeCame
        };
        let cancelled = async {
            match cancel {
                Some(asked) => Happened::Cancelled(asked.await),
                None => pending().await,
            }
        };
        let (block, time, cancelled) = (std::pin::pin!(block), std::pin::pin!(time), std::pin::pin!(cancelled));
        match select(select(block, time), cancelled).await {
            Either::Left((Either::Left((happened, _)) | Either::Right((happened, _)), _))
            | Either::Right((happened, _)) => happened,
        }
    }

    async fn block(
        &self,
        attempt: Attempt,
        seat: Option<Seat>,
        beginning: &Beginning,
        started_at: Timestamp,
        deadline: Option<Timestamp>,
    ) -> Ended {
        let Some(node) = self.compiled.node(&attempt.block) else {
            let message = "the playbook has no such block".to_owned();
            let failure = BlockFailure {
                kind: FailureKind::Permanent,
                reason: "internal".to_owned(),
                message,
                wait_ms: None,
                trips: 0,
            };
            return Box::new((attempt, Err(failure)));
        };
        let host = Host { driver: self, attempt: &attempt, seat };
        let call = BlockCall {
            key: &self.key,
            compiled: &self.compiled,
            node,
            beginning,
            started_at,
            deadline,
            attempt: &attempt,
            host: &host,
        };
        let span = tracing::info_span!("block", block = %attempt.block, attempt = attempt.attempt);
        let answer = self.executor.run(call).instrument(span).await;
        Box::new((attempt, answer))
    }

    async fn ended(&self, (attempt, answer): (Attempt, Result<BlockDone, BlockFailure>)) -> Result<(), AloneError> {
        if let Some(error) = self.state.lock().await.broken.take() {
            return Err(error);
        }
        let Attempt { block, attempt, failures, .. } = attempt;
        let kind = match answer {
            Ok(BlockDone { output, trips }) => FactKind::Done { block, output, trips },
            Err(failure) if failure.kind == FailureKind::NeedsIdentity => {
                FactKind::NeedsIdentity { block, trips: failure.trips }
            }
            Err(failure) => {
                let deadline = self.state.lock().await.machine.deadline();
                let now = self.time.timestamp();
                let retry_at = self.rule.retry_at(&failure, failures.saturating_add(1), now, deadline, self.jitter);
                FactKind::Failed { block, attempt, failure, retry_at }
            }
        };
        self.note(kind).await
    }

    /// Appends a fact, with those that its commands ask for at once.
    async fn note(&self, kind: FactKind) -> Result<(), AloneError> {
        let State { machine, todo, .. } = &mut *self.state.lock().await;
        let at = self.time.timestamp();
        let fact = Fact { at, kind };
        let commands = machine.step(&fact)?;
        let mut facts = vec![fact];
        facts.extend(machine.follow(commands, at, todo)?);
        self.record.append(&facts).await.map_err(AloneError::Record)
    }

    /// Does what is to be done at this time.
    async fn wake(&self, what: impl FnOnce(&mut Machine, Timestamp) -> Vec<Command>) -> Result<(), AloneError> {
        let State { machine, todo, .. } = &mut *self.state.lock().await;
        let now = self.time.timestamp();
        todo.wakes.retain(|wake| *wake > now);
        let commands = what(machine, now);
        let facts = machine.follow(commands, now, todo)?;
        if facts.is_empty() {
            return Ok(());
        }
        self.record.append(&facts).await.map_err(AloneError::Record)
    }
}

struct Host<'a> {
    driver: &'a Driver<'a>,
    attempt: &'a Attempt,
    seat: Option<Seat>,
}

#[async_trait]
impl BlockHost for Host<'_> {
    async fn prepared(&self, input: Value) -> Result<(), Halt> {
        self.may_send().await?;
        let noted = self.driver.note(FactKind::Prepared { block: self.attempt.block.clone(), input }).await;
        if let Err(error) = noted {
            self.driver.state.lock().await.broken = Some(error);
            return Err(Halt);
        }
        Ok(())
    }

    async fn may_send(&self) -> Result<(), Halt> {
        let asked = self.driver.record.may_send().await;
        if asked.is_err() {
            self.driver.state.lock().await.broken = Some(AloneError::Halted(Halt));
        }
        asked
    }

    fn seat(&self) -> Option<&Seat> {
        self.seat.as_ref()
    }
}
