//! The turns of the leader: wait for something, do what follows, append.

use std::time::Duration;

use engage_playbooks::ports::{JournalError, Offer, OfferId};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::watch;

use super::{Appending, Leader, Orders};
use crate::call::{Around, Calls, Ended, Said};
use crate::metrics::Measure;
use crate::pending::Held;

/// How many offers are read at a time.
const OFFERS: usize = 128;
/// How many things that are done already are dealt with before the next append.
const MOST_PER_TURN: usize = 256;

/// What a turn begins with.
enum Woke {
    Appended(Result<(), JournalError>),
    Ended(Option<Ended>),
    Said(Said),
    Chore(super::chores::Chore),
    Offers(Result<Vec<(OfferId, Offer)>, JournalError>),
    News,
    Time,
    Orders,
    /// A task of ours is gone; nothing else is known.
    Broken(String),
}

/// Waits that outlast a turn.
#[derive(Default)]
struct Waits {
    news: Option<BoxFuture<'static, ()>>,
    sleep: Option<(Timestamp, BoxFuture<'static, ()>)>,
    drained_at: Option<Timestamp>,
}

/// The end of something that may not be there.
async fn end<F: Future + Unpin>(something: Option<&mut F>) -> F::Output {
    match something {
        Some(something) => something.await,
        None => std::future::pending().await,
    }
}

impl Leader {
    /// Takes turns until it is told to stop.
    pub(super) async fn turns(&mut self, orders: &mut watch::Receiver<Orders>) -> Result<(), JournalError> {
        let mut waits = Waits::default();
        let mut seen = *orders.borrow_and_update();
        self.follow(seen, seen, &mut waits);
        loop {
            self.offers_in();
            self.admit();
            self.flush();
            if self.is_done(&waits) {
                return Ok(());
            }
            self.wait_for(&mut waits);
            let woke = self.wake(&mut waits, orders).await;
            self.tick();
            if matches!(woke, Woke::Orders) {
                let now = *orders.borrow_and_update();
                self.follow(seen, now, &mut waits);
                seen = now;
            }
            self.deal(woke)?;
            self.gather()?;
            self.on_time();
            if let Some(why) = self.broken.take() {
                return Err(JournalError::Corrupt(why));
            }
        }
    }

    /// Waits for something that happens: whichever it is, none waits behind another for ever.
    async fn wake(&mut self, waits: &mut Waits, orders: &mut watch::Receiver<Orders>) -> Woke {
        tokio::select! {
            result = end(self.append.as_mut().map(|append| &mut append.done)) => Woke::Appended(result),
            Some(said) = self.said.1.recv() => Woke::Said(said),
            Some(ended) = self.calls.join_next(), if !self.calls.is_empty() => {
                ended.map_or_else(|error| Woke::Broken(error.to_string()), Woke::Ended)
            }
            Some(chore) = self.chores.join_next(), if !self.chores.is_empty() => {
                chore.map_or_else(|error| Woke::Broken(error.to_string()), Woke::Chore)
            }
            page = end(self.offers.as_mut()) => Woke::Offers(page),
            () = end(waits.news.as_mut()) => {
                waits.news = None;
                Woke::News
            }
            () = end(waits.sleep.as_mut().map(|(_, sleep)| sleep)) => {
                waits.sleep = None;
                Woke::Time
            }
            changed = orders.changed() => {
                // Whoever could give orders is gone: as if told to stop.
                if changed.is_err() { Woke::Broken("the runner is gone".to_owned()) } else { Woke::Orders }
            }
        }
    }

    fn deal(&mut self, woke: Woke) -> Result<(), JournalError> {
        self.pending.part();
        match woke {
            Woke::Appended(result) => return self.appended(result),
            Woke::Ended(ended) => ended.into_iter().for_each(|ended| self.ended(ended)),
            Woke::Said(said) => return self.said(said),
            Woke::Chore(chore) => return self.chore(chore),
            Woke::Offers(page) => self.offered(page?),
            Woke::News => self.look = true,
            Woke::Time | Woke::Orders => {}
            Woke::Broken(why) => self.broken = Some(why),
        }
        Ok(())
    }

    /// Deals with what is done already, so that it travels in one batch.
    fn gather(&mut self) -> Result<(), JournalError> {
        for _ in 0..MOST_PER_TURN {
            let woke = if let Ok(said) = self.said.1.try_recv() {
                Woke::Said(said)
            } else if let Some(ended) = self.calls.try_join_next() {
                ended.map_or_else(|error| Woke::Broken(error.to_string()), Woke::Ended)
            } else if let Some(chore) = self.chores.try_join_next() {
                chore.map_or_else(|error| Woke::Broken(error.to_string()), Woke::Chore)
            } else {
                break;
            };
            self.deal(woke)?;
        }
        Ok(())
    }

    /// Makes ready what the turn waits for.
    fn wait_for(&mut self, waits: &mut Waits) {
        let host = &self.host;
        if waits.news.is_none() {
            let journal = host.journal.clone();
            waits.news = Some(Box::pin(async move { journal.news().await }));
        }
        let next = self.timers.next().into_iter().chain(waits.drained_at).min();
        if waits.sleep.as_ref().map(|(at, _)| *at) != next {
            waits.sleep = next.map(|at| {
                let wait = Duration::try_from(at.duration_since(self.now)).unwrap_or_default();
                let time = host.time.clone();
                (at, Box::pin(async move { time.sleep(wait).await }) as BoxFuture<'static, ()>)
            });
        }
        if self.look && self.offers.is_none() && self.read.is_empty() && self.has_room() {
            self.look = false;
            // Where nothing is in hand the whole list is read: an offer that became visible late stands before others.
            let after = self.last_offer.filter(|_| !self.in_hand.is_empty());
            let (journal, lease) = (host.journal.clone(), self.lease.clone());
            self.offers = Some(Box::pin(async move { journal.offered(&lease, after, OFFERS).await }));
        }
    }

    fn has_room(&self) -> bool {
        !self.stopping && self.runs.len() < self.config.most_known
    }

    fn offered(&mut self, page: Vec<(OfferId, Offer)>) {
        self.offers = None;
        self.look |= page.len() >= OFFERS;
        for (id, offer) in page {
            if self.in_hand.insert(id) {
                self.last_offer = self.last_offer.max(Some(id));
                self.read.push_back((id, offer));
            }
        }
    }

    /// Deals with what was offered.
    fn offers_in(&mut self) {
        for (id, offer) in std::mem::take(&mut self.read) {
            self.pending.part();
            match offer {
                Offer::Event(event) => self.event(id, &event),
                Offer::Request(request) => self.request(id, request),
            }
        }
    }

    /// Whether a batch is on its way.
    pub(super) fn appending(&self) -> bool {
        self.append.is_some()
    }

    /// Sends the next batch on its way, when there is one and none is.
    fn flush(&mut self) {
        if self.append.is_some() || self.pending.is_empty() {
            return;
        }
        let (batch, held) = self.pending.take();
        let (journal, lease) = (self.host.journal.clone(), self.lease.clone());
        let done = Box::pin(async move { journal.append(&lease, &batch).await });
        self.append = Some(Appending { done, held, since: self.host.time.now() });
    }

    /// A batch is durable: what waited for it goes on.
    fn appended(&mut self, result: Result<(), JournalError>) -> Result<(), JournalError> {
        let Some(Appending { held, since, .. }) = self.append.take() else { return Ok(()) };
        if let Err(JournalError::Sequence { key, expected, found: 0 }) = &result
            && *expected > 0
        {
            self.existing.insert(key.clone());
        }
        result?;
        let Held { calls, replies, taken, ended, given_up, entries } = held;
        let took = self.host.time.now().saturating_sub(since);
        self.host.metrics.record(Measure::Appended { entries, took });
        let (host, lease, leader) = (self.host.clone(), self.lease.clone(), self.said.0.clone());
        let around = Around { host, lease, leader };
        for calls in Calls::of(calls) {
            self.calls.spawn(calls.make(around.clone()));
        }
        for reply in replies {
            // Where nobody waits any more the attempt is gone.
            let _ = reply.send(());
        }
        for (playbook, state, took) in &ended {
            self.host.metrics.record(Measure::Ended { playbook, state: *state, took: *took });
        }
        for run in given_up {
            self.remove_given_up(run);
        }
        for offer in taken {
            self.in_hand.remove(&offer);
        }
        self.load_again();
        self.tell_load();
        Ok(())
    }

    /// Tells how much there is.
    pub(super) fn tell_load(&self) {
        let running = self.places.taken();
        let waiting = self.runs.len().saturating_sub(running);
        self.host.metrics.record(Measure::Load { running, waiting });
    }

    fn follow(&mut self, before: Orders, now: Orders, waits: &mut Waits) {
        if now.playbooks != before.playbooks {
            self.look_for_schedules();
            let stranded = std::mem::take(&mut self.stranded);
            self.take_over(stranded);
        }
        if now.stop && !self.stopping {
            self.stopping = true;
            let drain = jiff::SignedDuration::try_from(self.config.drain).unwrap_or_default();
            waits.drained_at = self.now.checked_add(drain).ok();
        }
    }

    /// Whether a leader that stops has nothing more to wait for.
    fn is_done(&self, waits: &Waits) -> bool {
        let over = waits.drained_at.is_some_and(|at| at <= self.now);
        let idle = self.append.is_none() && self.pending.is_empty();
        self.stopping && idle && (self.calls.is_empty() || over)
    }
}
