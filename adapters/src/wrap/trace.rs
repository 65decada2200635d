//! What was called, for the log and for tests. Names and numbers, never values.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use engage_engine::CrmName;
use engage_engine::adapter::{
    Adapter, AdapterError, Call, Capabilities, GroupError, Page, Query, Request, WriteAction, WriteGroup, Written,
};

/// Sends an event per call to `tracing` and keeps a list of them.
#[derive(Debug)]
pub struct Trace<A: ?Sized> {
    log: Mutex<Vec<Traced>>,
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
    /// `ok`, or the kind of the failure.
    pub outcome: String,
}

impl<A: Adapter + ?Sized> Trace<A> {
    /// Around an adapter.
    pub fn new(inner: Arc<A>) -> Self {
        Self { log: Mutex::default(), inner }
    }

    /// The calls that were answered so far, in the order of their answers.
    pub fn log(&self) -> Vec<Traced> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, call: &Call, asked: String, outcome: String) {
        let traced = Traced { identity: call.identity.to_string(), run: call.run.clone(), asked, outcome };
        tracing::debug!(
            crm = self.inner.crm().as_str(),
            identity = traced.identity,
            run = traced.run,
            asked = traced.asked,
            outcome = traced.outcome,
            "crm call"
        );
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(traced);
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
        let answer = self.inner.read(call, queries).await;
        let outcome = answer.as_ref().map_or_else(ToString::to_string, |_| "ok".to_owned());
        self.note(call, reads(queries), outcome);
        answer
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        let answer = self.inner.write(call, group).await;
        let outcome = match &answer {
            Err(failed) => failed.to_string(),
            Ok(results) => match results.iter().filter(|result| result.is_err()).count() {
                0 => "ok".to_owned(),
                failed => format!("{failed} of {} failed", results.len()),
            },
        };
        self.note(call, writes(group), outcome);
        answer
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_write(group)
    }
}
