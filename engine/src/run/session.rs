//! One execution's surroundings, and calls through them: retries, deadline, budget, audit.

use std::time::Duration;

use futures_util::future::{Either, select};

use super::budget::{Budget, Purse};
use super::clock::Clock;
use super::error::RunErrorKind;
use super::keys::Keys;
use super::observe::{Audit, Observer};
use super::retry::{Backoff, Jitter, RetryPolicy};
use crate::acting::Identity;
use crate::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, Capabilities, GroupError, Page, Query, WriteGroup, Written,
};

/// What every part of an execution needs.
pub(super) struct Session<'a> {
    pub(super) adapter: &'a dyn Adapter,
    pub(super) identity: Identity,
    pub(super) run: String,
    pub(super) keys: Keys,
    pub(super) concurrency: usize,
    pub(super) retry: RetryPolicy,
    pub(super) clock: &'a dyn Clock,
    pub(super) jitter: &'a dyn Jitter,
    pub(super) observer: Option<&'a dyn Observer>,
    /// On the clock.
    pub(super) deadline: Option<Duration>,
    /// What is left of the budget.
    pub(super) purse: Purse,
}

/// How a pause before the next attempt ended.
pub(super) enum Pause {
    /// It is over: now.
    Over,
    /// There is no next attempt, or none in time.
    GivenUp,
    /// The budget does not cover it.
    Spent(RunErrorKind),
}

/// What a write group came to.
pub(super) type Answer = Result<Vec<Result<Written, AdapterError>>, GroupError>;

impl Session<'_> {
    pub(super) fn capabilities(&self) -> &Capabilities {
        self.adapter.capabilities()
    }

    /// The same session with other time and means to spend: what has to be undone is undone after the deadline too.
    pub(super) fn with_time(&self, time: Duration) -> Session<'_> {
        Session {
            adapter: self.adapter,
            identity: self.identity.clone(),
            run: self.run.clone(),
            keys: self.keys.clone(),
            deadline: Some(self.clock.now().saturating_add(time)),
            purse: Purse::new(Budget::UNLIMITED, self.clock.now()),
            concurrency: self.concurrency,
            retry: self.retry,
            clock: self.clock,
            jitter: self.jitter,
            observer: self.observer,
        }
    }

    fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_sub(self.clock.now()))
    }

    fn call(&self) -> Call {
        Call { identity: self.identity.clone(), run: self.run.clone(), timeout: self.remaining() }
    }

    /// Whether the time is over.
    pub(super) fn late(&self) -> bool {
        self.remaining().is_some_and(|remaining| remaining.is_zero())
    }

    pub(super) fn audit<'e>(&self, event: impl FnOnce() -> Audit<'e>) {
        if let Some(observer) = self.observer {
            observer.audit(&event());
        }
    }

    /// Takes the next request out of the budget; refused when the time is over or the budget does not cover it.
    pub(super) fn spend(&self) -> Result<(), RunErrorKind> {
        if self.late() {
            return Err(RunErrorKind::Deadline(None));
        }
        let taken = self.purse.request(self.clock.now());
        taken.map_err(|spent| RunErrorKind::Budget { spent, after: None, cause: None })
    }

    /// Waits before the next attempt, where there is one.
    pub(super) async fn pause(&self, backoff: &mut Backoff, error: &AdapterError) -> Pause {
        let Some(wait) = backoff.next(error, self.jitter) else { return Pause::GivenUp };
        if self.remaining().is_some_and(|remaining| remaining <= wait) {
            return Pause::GivenUp;
        }
        if let Err(spent) = self.purse.wait(self.clock.now(), wait) {
            return Pause::Spent(RunErrorKind::Budget { spent, after: Some(wait), cause: Some(error.clone()) });
        }
        tracing::debug!(run = %self.run, cause = %error, wait_ms = wait.as_millis(), "again after a pause");
        self.clock.sleep(wait).await;
        Pause::Over
    }

    /// Queries in one round trip, again as often as the policy allows: a read has no effects, so that even one whose
    /// answer was lost can be repeated.
    pub(super) async fn read(&self, queries: &[Query]) -> Result<Vec<Page>, RunErrorKind> {
        self.ask(queries, || self.spend()).await
    }

    /// The same to settle what became of a write: whatever is left of the budget.
    pub(super) async fn settle(&self, queries: &[Query]) -> Result<Vec<Page>, RunErrorKind> {
        let spend = || {
            self.purse.settle();
            if self.late() { Err(RunErrorKind::Deadline(None)) } else { Ok(()) }
        };
        self.ask(queries, spend).await
    }

    async fn ask(
        &self,
        queries: &[Query],
        spend: impl Fn() -> Result<(), RunErrorKind>,
    ) -> Result<Vec<Page>, RunErrorKind> {
        let mut backoff = Backoff::new(self.retry);
        loop {
            spend()?;
            let call = self.call();
            let answer = self.in_time(self.adapter.read(&call, queries)).await;
            let error = match answer {
                Some(Ok(pages)) if pages.len() == queries.len() => return Ok(pages),
                Some(Ok(_)) => return Err(RunErrorKind::Contract("a read answers one page per query")),
                Some(Err(error)) => error,
                None => return Err(RunErrorKind::Deadline(None)),
            };
            let again = error.is_retryable() || error.kind == AdapterErrorKind::Unknown;
            if !again {
                return Err(self.read_failed(error));
            }
            match self.pause(&mut backoff, &error).await {
                Pause::Over => {}
                Pause::GivenUp => return Err(self.read_failed(error)),
                Pause::Spent(kind) => return Err(kind),
            }
        }
    }

    fn read_failed(&self, error: AdapterError) -> RunErrorKind {
        if self.late() { RunErrorKind::Deadline(Some(error)) } else { RunErrorKind::Adapter(error) }
    }

    /// A group, once. No answer in time is an unknown outcome.
    pub(super) async fn write(&self, group: &WriteGroup) -> Answer {
        let call = self.call();
        let answer = self.in_time(self.adapter.write(&call, group)).await;
        answer.unwrap_or_else(|| Err(AdapterError::new(AdapterErrorKind::Unknown).into()))
    }

    /// An adapter is told how long it has; one that does not listen is left behind at the deadline.
    async fn in_time<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        let Some(remaining) = self.remaining() else { return Some(call.await) };
        match select(std::pin::pin!(call), self.clock.sleep(remaining)).await {
            Either::Left((answer, _)) => Some(answer),
            Either::Right(_) => None,
        }
    }
}
