//! Seats at a table: who asks for queries waits there for a turn, to send for several or to be answered.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Poll, Waker};

use engage_engine::acting::Identity;
use engage_engine::adapter::{Adapter, AdapterError, AdapterErrorKind, Call, Page, Query};

use super::MOST_QUERIES;

type Answer = Result<Vec<Page>, AdapterError>;

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where a block asks a CRM next to others: made by [`Together`](super::Together), which polls all of them.
pub struct Seat {
    table: Arc<Table>,
    place: usize,
    /// It has failed, and another time nobody else shall have to do with it.
    alone: AtomicBool,
}

impl std::fmt::Debug for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seat").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Seat {
    pub(super) fn new(table: Arc<Table>, place: usize) -> Self {
        Self { table, place, alone: AtomicBool::new(false) }
    }

    /// What [`Adapter::read`] answers, with the queries of those who ask now in one request where the adapter's capabilities
    /// say that this is better. All at the table read the same tenant's CRM; they share requests under one identity only.
    ///
    /// # Errors
    /// Those of the adapter, asked alone or for several.
    pub async fn read(&self, adapter: &dyn Adapter, call: &Call, queries: &[Query]) -> Answer {
        let most = adapter.capabilities().shared_queries().min(MOST_QUERIES);
        if most <= 1 || self.alone.load(Ordering::Relaxed) {
            self.table.leave(self.place);
            return adapter.read(call, queries).await;
        }
        let answer = loop {
            match self.table.ask(self.place, &call.identity, queries, most).await {
                Turn::Send(others) => break send(adapter, call, queries, others).await,
                Turn::Answer(answer) => break answer,
                Turn::Again => {}
            }
        };
        let unlucky = answer.as_ref().err().is_some_and(|error| !of_everybody(&error.kind));
        self.alone.fetch_or(unlucky, Ordering::Relaxed);
        answer
    }
}

/// Sends for several, and tells each what concerns it.
async fn send(adapter: &dyn Adapter, call: &Call, queries: &[Query], mut others: Vec<Ask>) -> Answer {
    if others.is_empty() {
        return adapter.read(call, queries).await;
    }
    let mut all = queries.to_vec();
    let counts: Vec<usize> = others.iter().map(|other| other.queries.len()).collect();
    others.iter_mut().for_each(|other| all.append(&mut other.queries));
    tracing::debug!(blocks = others.len() + 1, queries = all.len(), "reads travel together");
    match adapter.read(call, &all).await {
        Ok(mut pages) if pages.len() == all.len() => {
            let mut rest = pages.split_off(queries.len());
            for (other, count) in others.into_iter().zip(counts) {
                let later = rest.split_off(count.min(rest.len()));
                other.tell(Turn::Answer(Ok(std::mem::replace(&mut rest, later))));
            }
            Ok(pages)
        }
        Err(error) if error.is_retryable() || of_everybody(&error.kind) => {
            others.into_iter().for_each(|other| other.tell(Turn::Answer(Err(error.clone()))));
            Err(error)
        }
        // Whose fault it is shows when each asks alone; a read that got no answer can be repeated.
        _ => {
            others.into_iter().for_each(|other| other.tell(Turn::Send(Vec::new())));
            adapter.read(call, queries).await
        }
    }
}

/// Whether a failure has nothing to do with what was asked.
fn of_everybody(kind: &AdapterErrorKind) -> bool {
    matches!(
        kind,
        AdapterErrorKind::Throttled { .. }
            | AdapterErrorKind::QuotaExhausted { .. }
            | AdapterErrorKind::Unauthenticated
    )
}

/// What one who asked is told.
enum Turn {
    /// Send your queries, and those of these along with them.
    Send(Vec<Ask>),
    /// This is what the CRM said.
    Answer(Answer),
    /// Whoever was to send is gone.
    Again,
}

/// Somebody who asks. Whoever drops it without a word has told them to ask again.
struct Ask {
    place: usize,
    identity: Identity,
    queries: Vec<Query>,
    /// The most queries that may share a request.
    most: usize,
    /// Gone where nobody waits any more.
    slot: Weak<Slot>,
}

impl Ask {
    fn tell(mut self, turn: Turn) {
        if let Some(slot) = std::mem::take(&mut self.slot).upgrade() {
            slot.put(turn);
        }
    }
}

impl Drop for Ask {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.upgrade() {
            slot.put(Turn::Again);
        }
    }
}

/// Where a turn is left for one who waits.
#[derive(Default)]
struct Slot(Mutex<(Option<Turn>, Option<Waker>)>);

impl Slot {
    fn put(&self, turn: Turn) {
        let waker = {
            let mut slot = locked(&self.0);
            slot.0 = Some(turn);
            slot.1.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    async fn take(&self) -> Turn {
        poll_fn(|context| {
            let mut slot = locked(&self.0);
            match slot.0.take() {
                Some(turn) => Poll::Ready(turn),
                None => {
                    slot.1 = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

/// Who sits together.
pub(super) struct Table(Mutex<Company>);

struct Company {
    /// Those who have neither asked nor left: the first request waits for them.
    awaited: BTreeSet<usize>,
    asks: Vec<Ask>,
}

impl Table {
    pub(super) fn new(places: usize) -> Self {
        Self(Mutex::new(Company { awaited: (0..places).collect(), asks: Vec::new() }))
    }

    /// Nobody waits for this one any more.
    pub(super) fn leave(&self, place: usize) {
        locked(&self.0).awaited.remove(&place);
    }

    async fn ask(&self, place: usize, identity: &Identity, queries: &[Query], most: usize) -> Turn {
        let slot = Arc::<Slot>::default();
        {
            let (identity, queries) = (identity.clone(), queries.to_vec());
            let mut company = locked(&self.0);
            company.awaited.remove(&place);
            company.asks.push(Ask { place, identity, queries, most, slot: Arc::downgrade(&slot) });
        }
        slot.take().await
    }

    /// Tells some of those who ask to send for all of them; whether there were any.
    pub(super) fn send(&self) -> bool {
        let mut asks = {
            let mut company = locked(&self.0);
            if !company.awaited.is_empty() || company.asks.is_empty() {
                return false;
            }
            std::mem::take(&mut company.asks)
        };
        asks.retain(|ask| ask.slot.strong_count() > 0);
        asks.sort_by_key(|ask| ask.place);
        let most = asks.iter().map(|ask| ask.most).min().unwrap_or(1);
        let requests = pack(asks, most, |ask| ask.queries.len(), |one, other| one.identity == other.identity);
        let mut sent = false;
        for request in requests {
            let mut request = request.into_iter();
            if let Some(first) = request.next() {
                first.tell(Turn::Send(request.collect()));
                sent = true;
            }
        }
        sent
    }
}

/// Puts what is asked for into few requests, looking at one after the other: each goes into the first request of its like that
/// has room, and is never cut. One that has more than the most queries has a request to itself.
pub(crate) fn pack<T>(
    asks: Vec<T>,
    most: usize,
    queries: impl Fn(&T) -> usize,
    alike: impl Fn(&T, &T) -> bool,
) -> Vec<Vec<T>> {
    let mut requests: Vec<(usize, Vec<T>)> = Vec::new();
    for ask in asks {
        let count = queries(&ask);
        let fits = |(room, members): &&mut (usize, Vec<T>)| {
            *room >= count && members.first().is_some_and(|first| alike(first, &ask))
        };
        match requests.iter_mut().find(fits) {
            Some((room, members)) => {
                *room -= count;
                members.push(ask);
            }
            None => requests.push((most.saturating_sub(count), vec![ask])),
        }
    }
    requests.into_iter().map(|(_, members)| members).collect()
}
