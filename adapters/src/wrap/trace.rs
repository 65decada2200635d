//! What was called, for the log and for tests. Names and numbers, never values.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use engage_engine::CrmName;
use engage_engine::adapter::{
    Adapter, AdapterError, Call, Capabilities, GroupError, Page, Query, Request, WriteAction, WriteGroup, Written,
};

/// Calls that are kept; older ones are forgotten, since a trace may run for as long as the program.
const KEPT: usize = 10_000;

/// Sends an event per call to `tracing` and keeps the latest ten thousand. A call whose future is dropped is told as
/// `dropped`: it may have taken effect.
#[derive(Debug)]
pub struct Trace<A: ?Sized> {
    log: Mutex<VecDeque<Traced>>,
    inner: Arc<A>,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// `employee ada`, `application`.
    pub identity: String,
    /// The run.
    pub run: String,
    /// What was asked: `read account(contact, note), lead` or `write atomic: create account, update contact`.
    pub asked: String,
    /// `ok`, the kind of the failure, or `dropped`.
    pub outcome: String,
}

impl<A: Adapter + ?Sized> Trace<A> {
    /// Around an adapter.
    pub fn new(inner: Arc<A>) -> Self {
        Self { log: Mutex::default(), inner }
    }

    /// The calls that came to their end so far, in the order of their ends.
    pub fn log(&self) -> Vec<Traced> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn open<'t>(&'t self, call: &Call, asked: String) -> Open<'t, A> {
        let (identity, run) = (call.identity.to_string(), call.run.clone());
        Open { trace: self, traced: Some(Traced { identity, run, asked, outcome: "dropped".to_owned() }) }
    }

    fn note(&self, traced: Traced) {
        tracing::debug!(
            crm = self.inner.crm().as_str(),
            identity = traced.identity,
            run = traced.run,
            asked = traced.asked,
            outcome = traced.outcome,
            "crm call"
        );
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == KEPT {
            log.pop_front();
        }
        log.push_back(traced);
    }
}

/// A call on its way; dropped before its end it says so.
struct Open<'t, A: Adapter + ?Sized> {
    trace: &'t Trace<A>,
    traced: Option<Traced>,
}

impl<A: Adapter + ?Sized> Open<'_, A> {
    fn end(mut self, outcome: String) {
        if let Some(traced) = self.traced.take() {
            self.trace.note(Traced { outcome, ..traced });
        }
    }
}

impl<A: Adapter + ?Sized> Drop for Open<'_, A> {
    fn drop(&mut self) {
        if let Some(traced) = self.traced.take() {
            self.trace.note(traced);
        }
    }
}

/// Recursion is as deep as the query, which its capabilities bound.
fn name(query: &Query) -> String {
    let mut text = query.entity.id.to_string();
    if !query.joins.is_empty() {
        let joined: Vec<String> = query.joins.iter().map(|join| name(&join.query)).collect();
        // Writing to a String cannot fail.
        let _ = write!(text, "({})", joined.join(", "));
    }
    text
}

fn reads(queries: &[Query]) -> String {
    format!("read {}", queries.iter().map(name).collect::<Vec<_>>().join(", "))
}

fn writes(group: &WriteGroup) -> String {
    let write = |write: &engage_engine::adapter::Write| {
        let verb = match &write.action {
            WriteAction::Create { .. } => "create",
            WriteAction::Update { .. } => "update",
            WriteAction::Upsert { .. } => "upsert",
            WriteAction::Delete { .. } => "delete",
            WriteAction::Find(_) => "find",
        };
        format!("{verb} {}", write.entity.id)
    };
    let kind = if group.atomic { "write atomic" } else { "write" };
    format!("{kind}: {}", group.writes.iter().map(write).collect::<Vec<_>>().join(", "))
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<A: Adapter + ?Sized> Adapter for Trace<A> {
    fn crm(&self) -> &CrmName {
        self.inner.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        let open = self.open(call, reads(queries));
        let answer = self.inner.read(call, queries).await;
        let outcome = answer.as_ref().map_or_else(ToString::to_string, |_| "ok".to_owned());
        open.end(outcome);
        answer
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        let open = self.open(call, writes(group));
        let answer = self.inner.write(call, group).await;
        let outcome = match &answer {
            Err(failed) => failed.to_string(),
            Ok(results) => match results.iter().filter(|result| result.is_err()).count() {
                0 => "ok".to_owned(),
                failed => format!("{failed} of {} failed", results.len()),
            },
        };
        open.end(outcome);
        answer
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_write(group)
    }
}
