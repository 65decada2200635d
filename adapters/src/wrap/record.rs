//! Calls and answers onto a tape, and back from it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use engage_engine::CrmName;
use engage_engine::adapter::{
    Adapter, AdapterError, Call, Capabilities, GroupError, Page, Query, Request, WriteGroup, Written,
};

use super::tape::{Answer, Asked, Exchange, Tape, TapedPage};
use crate::guard::{self, unsupported};
use crate::memory::preview;

/// Records every call with its answer.
#[derive(Debug)]
pub struct Record<A: ?Sized> {
    tape: Mutex<Tape>,
    inner: Arc<A>,
}

impl<A: Adapter + ?Sized> Record<A> {
    /// Around an adapter, with an empty tape.
    pub fn new(inner: Arc<A>) -> Self {
        Self { tape: Mutex::default(), inner }
    }

    /// What was recorded so far.
    pub fn tape(&self) -> Tape {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, call: &Call, asked: Asked, answer: Answer) {
        let exchange = Exchange { identity: call.identity.to_string(), asked, answer };
        self.tape.lock().unwrap_or_else(PoisonError::into_inner).exchanges.push(exchange);
    }
}

fn asked(group: &WriteGroup) -> Asked {
    let writes = preview::writes_json(group);
    if group.atomic { Asked::Atomic(writes) } else { Asked::Batch(writes) }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<A: Adapter + ?Sized> Adapter for Record<A> {
    fn crm(&self) -> &CrmName {
        self.inner.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        let answer = self.inner.read(call, queries).await;
        let taped = match &answer {
            Ok(pages) => Answer::Pages(pages.iter().map(TapedPage::from).collect()),
            Err(error) => Answer::Failed { error: error.into(), culprit: None },
        };
        self.keep(call, Asked::Read(preview::queries_json(queries)), taped);
        answer
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        let answer = self.inner.write(call, group).await;
        let taped = match &answer {
            Ok(results) => Answer::Written(
                results.iter().map(|result| result.as_ref().map(Into::into).map_err(Into::into)).collect(),
            ),
            Err(failed) => failed.into(),
        };
        self.keep(call, asked(group), taped);
        answer
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_write(group)
    }
}

/// Answers calls from a tape. Each exchange is used once, the earliest that fits first; a call that is not on the
/// tape is an error ([`AdapterErrorKind::Unsupported`](engage_engine::adapter::AdapterErrorKind::Unsupported)).
pub struct Replay {
    crm: CrmName,
    capabilities: Capabilities,
    left: Mutex<Vec<Exchange>>,
}

impl Replay {
    /// In the place of the adapter that was recorded.
    pub fn new(tape: Tape, crm: CrmName, capabilities: Capabilities) -> Self {
        Self { crm, capabilities, left: Mutex::new(tape.exchanges) }
    }

    /// The exchanges that nobody has asked for yet.
    pub fn left(&self) -> usize {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn answer(&self, call: &Call, asked: &Asked) -> Result<Answer, AdapterError> {
        let identity = call.identity.to_string();
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let found = left.iter().position(|exchange| exchange.identity == identity && exchange.asked == *asked);
        found.map(|found| left.remove(found).answer).ok_or_else(|| off_tape("answer a call that is not on it"))
    }
}

fn off_tape(operation: &'static str) -> AdapterError {
    unsupported(operation, "the tape")
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").field("crm", &self.crm).field("left", &self.left()).finish_non_exhaustive()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Adapter for Replay {
    fn crm(&self) -> &CrmName {
        &self.crm
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        match self.answer(call, &Asked::Read(preview::queries_json(queries)))? {
            Answer::Pages(pages) => {
                let pages = pages.iter().map(TapedPage::page).collect::<Option<_>>();
                pages.ok_or_else(|| off_tape("answer with what is no value"))
            }
            Answer::Failed { error, .. } => Err((&error).into()),
            Answer::Written(_) => Err(off_tape("answer a read with writes")),
        }
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        match self.answer(call, &asked(group))? {
            Answer::Written(results) => {
                Ok(results.iter().map(|result| result.as_ref().map(Into::into).map_err(Into::into)).collect())
            }
            Answer::Failed { error, culprit } => Err(GroupError { error: (&error).into(), culprit }),
            Answer::Pages(_) => Err(off_tape("answer writes with a read").into()),
        }
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        guard::queries(&self.capabilities, queries)?;
        Ok(preview::read(queries))
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        guard::group(&self.capabilities, group)?;
        Ok(preview::write(&self.capabilities, group))
    }
}
