//! Failures on purpose, around any adapter.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use engage_engine::CrmName;
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Back, Call, Capabilities, GroupError, Page, Query, Record, Request, Write,
    WriteAction, WriteGroup, WriteValue, Written,
};

/// What a call asks for, to decide by.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'a> {
    /// Queries.
    Read(&'a [Query]),
    /// Writes.
    Write(&'a WriteGroup),
}

/// Which calls fail. Calls are counted from 0, those that fail included.
#[derive(Clone)]
pub enum When {
    /// The n-th call.
    Call(usize),
    /// The n-th read.
    Read(usize),
    /// The n-th write.
    Write(usize),
    /// Every call that this holds of.
    If(Arc<dyn Fn(Seen<'_>) -> bool + Send + Sync>),
    /// Every call.
    Always,
}

impl fmt::Debug for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(number) => write!(f, "Call({number})"),
            Self::Read(number) => write!(f, "Read({number})"),
            Self::Write(number) => write!(f, "Write({number})"),
            Self::If(_) => f.write_str("If(…)"),
            Self::Always => f.write_str("Always"),
        }
    }
}

/// How a call fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// With this error, nothing sent: [`Throttled`](AdapterErrorKind::Throttled),
    /// [`QuotaExhausted`](AdapterErrorKind::QuotaExhausted),
    /// [`Locked`](AdapterErrorKind::Locked), …
    Error(AdapterErrorKind),
    /// No answer, and no effect: the request got lost.
    LostBefore,
    /// No answer, though it took effect: the answer got lost.
    LostAfter,
    /// Of a group that is not atomic these writes (positions) fail, and those that refer to them; the others take
    /// effect. An atomic group fails whole; a read is not touched.
    Writes(BTreeMap<usize, AdapterErrorKind>),
}

/// Makes calls fail as planned; the first entry that fits a call counts.
#[derive(Debug)]
pub struct Fault<A: ?Sized> {
    plan: Vec<(When, FaultKind)>,
    counts: Mutex<Counts>,
    inner: Arc<A>,
}

#[derive(Debug, Default)]
struct Counts {
    reads: usize,
    writes: usize,
}

impl<A: Adapter + ?Sized> Fault<A> {
    /// Around an adapter, with nothing planned.
    pub fn new(inner: Arc<A>) -> Self {
        Self { plan: Vec::new(), counts: Mutex::default(), inner }
    }

    /// Plans a failure.
    #[must_use]
    pub fn on(mut self, when: When, kind: FaultKind) -> Self {
        self.plan.push((when, kind));
        self
    }

    fn next(&self, seen: Seen<'_>) -> Option<&FaultKind> {
        let (read, write) = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let before = (counts.reads, counts.writes);
            match seen {
                Seen::Read(_) => counts.reads += 1,
                Seen::Write(_) => counts.writes += 1,
            }
            before
        };
        let is_read = matches!(seen, Seen::Read(_));
        let fits = |when: &When| match when {
            When::Call(number) => *number == read + write,
            When::Read(number) => is_read && *number == read,
            When::Write(number) => !is_read && *number == write,
            When::If(holds) => holds(seen),
            When::Always => true,
        };
        self.plan.iter().find(|(when, _)| fits(when)).map(|(_, kind)| kind)
    }

    /// The writes that do not fail, as a group of their own; the answers put back in their places.
    async fn partly(
        &self,
        call: &Call,
        group: &WriteGroup,
        failing: &BTreeMap<usize, AdapterErrorKind>,
    ) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        let first = failing.iter().next().filter(|(position, _)| **position < group.writes.len());
        if let (true, Some((culprit, kind))) = (group.atomic, first) {
            return Err(GroupError { error: AdapterError::new(kind.clone()), culprit: Some(*culprit) });
        }
        let mut places: Vec<Option<usize>> = Vec::with_capacity(group.writes.len());
        let mut rest = WriteGroup { atomic: group.atomic, writes: Vec::new() };
        for (position, write) in group.writes.iter().enumerate() {
            let moved = if failing.contains_key(&position) { None } else { moved(write, &places) };
            places.push(moved.is_some().then_some(rest.writes.len()));
            rest.writes.extend(moved);
        }
        let mut answers = self.inner.write(call, &rest).await?.into_iter();
        let answer = |(position, place): (usize, Option<usize>)| match place {
            Some(_) => answers.next().unwrap_or_else(|| Err(AdapterError::new(AdapterErrorKind::Unknown))),
            // What referred to a write that failed has nothing to refer to.
            None => Err(AdapterError::new(failing.get(&position).cloned().unwrap_or(AdapterErrorKind::NotFound))),
        };
        Ok(places.into_iter().enumerate().map(answer).collect())
    }
}

/// The write with its references moved to where the earlier writes went; `None` when one of them failed.
fn moved(write: &Write, places: &[Option<usize>]) -> Option<Write> {
    let mut write = write.clone();
    let own = places.len();
    let to = |back: &mut Back| {
        // An embedded record may name its parent, whose place is the next one.
        let next = places.iter().flatten().count();
        let place = if back.0 == own { Some(next) } else { places.get(back.0).copied().flatten() };
        place.map(|place| back.0 = place)
    };
    if let WriteAction::Update { record: Record::Back(back), .. }
    | WriteAction::Delete { record: Record::Back(back), .. } = &mut write.action
    {
        to(back)?;
    }
    let embedded = write.embedded.iter_mut().flat_map(|embedded| embedded.rows.iter_mut().flatten());
    for (_, value) in write.fields.iter_mut().chain(embedded) {
        if let WriteValue::Back(back) = value {
            to(back)?;
        }
    }
    Some(write)
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<A: Adapter + ?Sized> Adapter for Fault<A> {
    fn crm(&self) -> &CrmName {
        self.inner.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        match self.next(Seen::Read(queries)) {
            None | Some(FaultKind::Writes(_)) => self.inner.read(call, queries).await,
            Some(FaultKind::Error(kind)) => Err(AdapterError::new(kind.clone())),
            Some(FaultKind::LostBefore) => Err(AdapterError::new(AdapterErrorKind::Unknown)),
            Some(FaultKind::LostAfter) => {
                self.inner.read(call, queries).await?;
                Err(AdapterError::new(AdapterErrorKind::Unknown))
            }
        }
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        match self.next(Seen::Write(group)) {
            None => self.inner.write(call, group).await,
            Some(FaultKind::Writes(failing)) => self.partly(call, group, failing).await,
            Some(FaultKind::Error(kind)) => Err(AdapterError::new(kind.clone()).into()),
            Some(FaultKind::LostBefore) => Err(AdapterError::new(AdapterErrorKind::Unknown).into()),
            Some(FaultKind::LostAfter) => {
                // Nobody hears how it went.
                let _ = self.inner.write(call, group).await;
                Err(AdapterError::new(AdapterErrorKind::Unknown).into())
            }
        }
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_write(group)
    }
}
