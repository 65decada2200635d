//! Reads of one run that start at the same time travel together, in as few requests as the CRM takes them in.
//!
//! Whoever drives a run groups the blocks that start ([`groups`]), gives each block of a group a [`Seat`] and polls them as
//! one [`Together`]. An executor that asks a CRM does so through the seat that it finds at its
//! [`BlockHost`](crate::ports::BlockHost::seat).
//!
//! # What is promised
//! * **Nobody waits for company.** The blocks of a group are polled next to each other; what they ask for by the time that
//!   none gets any further goes out at once. Only before the first request is it waited until everybody has asked or has
//!   come to an end, so that a connection that takes a moment longer is no reason to travel apart. There is no clock in it.
//! * **What a block gives does not depend on company.** The queries of one block stay in one request. Where a request that
//!   several share is refused for a reason that may lie in one of them, or is not answered, each sends its own. What holds
//!   for all, that the CRM throttles or is down, all are told, and each follows its own rule; who was told that the
//!   CRM is down or a row locked asks alone from then on.
//! * **One of them sends**: the first in display order, under its call, its look at the lease and its count of requests. The
//!   others count none, so that the counts of a run add up to the requests that went out. Where the one who sends is
//!   dropped, the others ask again.
//! * Requests are no more than without company, but for one more whenever a shared one is refused.

mod seat;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::future::Future;

use crate::compiled::Node;
use crate::model::BlockKind;
pub use seat::Seat;
use seat::Table;
pub(crate) use seat::pack;

/// The most queries in a request that several blocks share, whatever the CRM takes: it works them off one after the other, and all
/// wait for the last.
pub(crate) const MOST_QUERIES: usize = 100;

/// Whether a block may share requests in a run, and with whom: with those for which this says the same. `employee`: one
/// acts in the run.
pub fn company(node: &Node, employee: bool) -> Option<Authority> {
    matches!(node.block.kind, BlockKind::Read { .. }).then_some(())?;
    let escalated = node.pattern_for(employee)?.escalation.is_some();
    Some(if escalated { Authority::Application } else { Authority::Employee })
}

/// Under whose authority a block of a run reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Authority {
    /// That of the employee who acts.
    Employee,
    /// The application's.
    Application,
}

/// Puts those next to each other that have the same company, in the order of the first of each; who has none stays alone.
pub fn groups<T, K: Eq + Hash>(all: impl IntoIterator<Item = T>, company: impl Fn(&T) -> Option<K>) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    let mut known: HashMap<K, usize> = HashMap::new();
    for one in all {
        let next = groups.len();
        let position = company(&one).map_or(next, |company| *known.entry(company).or_insert(next));
        match groups.get_mut(position) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// Blocks of a group on their way, in one task: what each came to, as each is done.
pub struct Together<F: Future> {
    table: Arc<Table>,
    under_way: Vec<Option<Pin<Box<F>>>>,
    done: VecDeque<F::Output>,
}

impl<F: Future> std::fmt::Debug for Together<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Together").field("under_way", &self.len()).finish_non_exhaustive()
    }
}

impl<F: Future> Together<F> {
    /// Blocks in display order; `start` makes the future of one that takes a seat, where there is anybody else.
    pub fn new<T>(group: Vec<T>, mut start: impl FnMut(T, Option<Seat>) -> F) -> Self {
        let (places, table) = (group.len(), Arc::new(Table::new(group.len())));
        let seat = |place| (places > 1).then(|| Seat::new(Arc::clone(&table), place));
        let futures = group.into_iter().enumerate().map(|(place, one)| Some(Box::pin(start(one, seat(place)))));
        Self { under_way: futures.collect(), done: VecDeque::new(), table }
    }

    /// How many have not been told of.
    pub fn len(&self) -> usize {
        self.under_way.iter().flatten().count() + self.done.len()
    }

    /// Whether all have been told of.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

// The futures are pinned in boxes of their own.
impl<F: Future> Unpin for Together<F> {}

impl<F: Future> Stream for Together<F> {
    type Item = F::Output;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let Self { table, under_way, done } = &mut *self;
        loop {
            for (place, slot) in under_way.iter_mut().enumerate() {
                let Some(future) = slot else { continue };
                if let Poll::Ready(output) = future.as_mut().poll(context) {
                    *slot = None;
                    table.leave(place);
                    done.push_back(output);
                }
            }
            // Who was told to send does so in the next round: a request is on its way before anybody hears of what is done.
            if !table.send() {
                break;
            }
        }
        match done.pop_front() {
            Some(output) => Poll::Ready(Some(output)),
            None if under_way.iter().all(Option::is_none) => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}
