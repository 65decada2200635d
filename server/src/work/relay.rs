//! Tells events to whoever they start: each at least once, those of one subject in their order.

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use engage_store::platform::{Claim, Event, Jobs, Outbox, OutboxReads, StoreError, Waiting};
use jiff::Timestamp;
use tokio::sync::watch;

use super::Around;

/// The name of the job.
const JOB: &str = "outbox";
/// How long this server may be away before another tells events: after a crash they wait so long at most.
const CLAIM: Duration = Duration::from_secs(20);
/// How long a server that does not tell events waits before it asks again, and one whose store does not answer.
const AGAIN: Duration = Duration::from_secs(5);
/// How long one that tells events waits for news of other servers.
const LOOK: Duration = Duration::from_secs(1);
/// How many events are read at a time.
const MOST: usize = 100;
/// The longest that an event is put off.
const LONGEST: Duration = Duration::from_secs(300);

/// Whoever events start something at.
#[async_trait]
pub trait Listener: Send + Sync {
    /// Takes events in, those of one subject in their order. Once this returns `Ok` the listener has all of them for good; an event
    /// that it has already, by its id, is the same one again.
    ///
    /// # Errors
    /// [`Deaf`]: it may have some of them or none. Of several each is told by itself, a single one again later.
    async fn hear(&self, events: &[&Event]) -> Result<(), Deaf>;
}

/// The listener could not take events in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it could not be taken in: {0}")]
pub struct Deaf(pub String);

/// Tells the events of a store.
pub struct Relay<L> {
    around: Around,
    listener: L,
}

impl<L: std::fmt::Debug> std::fmt::Debug for Relay<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("listener", &self.listener).finish_non_exhaustive()
    }
}

impl<L: Listener> Relay<L> {
    /// A relay to a listener.
    pub fn new(around: Around, listener: L) -> Self {
        Self { around, listener }
    }

    /// Tells events until it is told to stop; while another server does, it stands by.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.claim().await {
                Ok(Some(claim)) => self.lead(claim, &mut stop).await,
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "it is not known who tells events"),
            }
            if !self.around.wait(AGAIN, &mut stop).await {
                break;
            }
        }
    }

    async fn claim(&self) -> Result<Option<Claim>, StoreError> {
        let (now, server) = (self.around.now(), self.around.server.clone());
        let claim = self.around.database.write(server, move |tx, server| {
            Box::pin(async move {
                tx.plan_job(JOB, now).await?;
                tx.claim_job(JOB, server, now, CLAIM).await
            })
        });
        claim.await
    }

    /// Tells events for as long as the claim is this server's.
    async fn lead(&self, mut claim: Claim, stop: &mut watch::Receiver<bool>) {
        while !*stop.borrow() {
            let told = match self.keep(&claim).await {
                Ok(kept) => {
                    claim = kept;
                    self.tell(&claim).await
                }
                Err(error) => Err(error),
            };
            match told {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    () = self.around.wake.notified() => {}
                    _ = self.around.wait(LOOK, stop) => {}
                },
                Err(StoreError::Fenced) => return tracing::info!("another server tells events now"),
                Err(error) => {
                    tracing::warn!(%error, "events could not be told");
                    self.around.wait(AGAIN, stop).await;
                }
            }
        }
        self.resign(claim).await;
    }

    /// Renews a claim that is half over.
    async fn keep(&self, claim: &Claim) -> Result<Claim, StoreError> {
        let now = self.around.now();
        let until = now.checked_add(CLAIM).unwrap_or(claim.until);
        if claim.until.duration_since(now).unsigned_abs() > CLAIM / 2 && claim.until > now {
            return Ok(claim.clone());
        }
        self.around.database.write(claim.clone(), move |tx, claim| Box::pin(tx.renew_claim(claim, until))).await
    }

    /// Tells what there is, all at once: each by itself would cost the listener a write of its own. Whether there was any.
    async fn tell(&self, claim: &Claim) -> Result<bool, StoreError> {
        let now = self.around.now();
        let events = self.around.database.reader().take_events(now, MOST).await?;
        let all: Vec<&Event> = events.iter().map(|waiting| &waiting.event).collect();
        let (told, deaf) = match all.as_slice() {
            [] => return Ok(false),
            [_, _, ..] if self.listener.hear(&all).await.is_ok() => {
                (events.iter().map(|waiting| waiting.number).collect(), Vec::new())
            }
            _ => self.each(&events, now).await,
        };
        let work = (claim.clone(), told, deaf);
        let any = !work.1.is_empty();
        if any || !work.2.is_empty() {
            let noted = self.around.database.write(work, |tx, (claim, told, deaf)| {
                Box::pin(async move {
                    tx.events_told(claim, told).await?;
                    for (number, until) in deaf {
                        tx.put_off_event(claim, *number, *until).await?;
                    }
                    Ok(())
                })
            });
            let noted: Result<(), StoreError> = noted.await;
            noted?;
        }
        Ok(any)
    }

    /// Tells each by itself: the numbers of those that were heard, and until when the others are put off. What is behind one that was
    /// not heard waits for it.
    async fn each(&self, events: &[Waiting], now: Timestamp) -> (Vec<i64>, Vec<(i64, Timestamp)>) {
        let (mut told, mut deaf) = (Vec::new(), Vec::new());
        let mut behind = HashSet::new();
        for Waiting { number, attempts, event } in events {
            let subject = (event.organisation, event.subject.as_str());
            if behind.contains(&subject) {
                continue;
            }
            match self.listener.hear(&[event]).await {
                Ok(()) => told.push(*number),
                Err(error) => {
                    behind.insert(subject);
                    tracing::warn!(event = %event.id, kind = event.kind, attempts, %error, "an event is told again later");
                    deaf.push((*number, now.checked_add(pause(*attempts)).unwrap_or(now)));
                }
            }
        }
        (told, deaf)
    }

    /// Lets another server go on at once.
    async fn resign(&self, claim: Claim) {
        let now = self.around.now();
        let ended =
            self.around.database.write(claim, move |tx, claim| Box::pin(tx.end_job(claim, "stopped", Some(now), now)));
        let ended: Result<(), StoreError> = ended.await;
        if let Err(error) = ended {
            tracing::warn!(%error, "another server tells events once the claim of this one is over");
        }
    }
}

/// How long an event waits that could not be told so often.
fn pause(attempts: u64) -> Duration {
    let doubled = 1u64.checked_shl(u32::try_from(attempts).unwrap_or(u32::MAX)).unwrap_or(u64::MAX);
    Duration::from_secs(doubled).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        let seconds: Vec<u64> = [0, 1, 2, 8, 9, 63, 64, 1000].map(|attempts| pause(attempts).as_secs()).to_vec();
        assert_eq!(seconds, [1, 2, 4, 256, 300, 300, 300, 300]);
    }
}
