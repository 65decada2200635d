//! How often somebody calls: in fixed windows of time, whichever server is asked.
//!
//! Not every request is written down by itself. A server adds up what comes, and writes it when it is ten requests, when it has
//! not written for a second, or when a window begins; then it learns what others have counted. A server that is alone counts
//! exactly. Of several each may let [`BATCH`] requests of a caller through that are too many, and those that come while it writes.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use engage_store::platform::{CountWindow, Counts as _, Database, StoreError};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;
use uuid::Uuid;

/// The most requests of a caller that a server has counted and not written down.
pub const BATCH: u64 = 10;

/// How long a server goes by what it has learnt of others.
const FRESH: SignedDuration = SignedDuration::from_secs(1);

/// How many windows are counted at once. Addresses beyond that are counted as one.
const MOST: usize = 20_000;

/// How often windows that are over are looked for where there is no room.
const SWEPT: SignedDuration = SignedDuration::from_secs(60);

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountKey {
    /// An application of an organisation.
    Client {
        /// The organisation.
        organisation: Uuid,
        /// The application.
        client: Uuid,
    },
    /// Whoever calls from an address, where it is not known who that is. Of IPv6 the first 64 bits count: the others are the
    /// caller's to choose.
    Address(IpAddr),
    /// The same, where tokens came from there that were refused. Beyond those that there is room for nobody is counted so: one count
    /// of all would shut out who has done nothing.
    Refused(IpAddr),
}

/// How long is counted: fixed windows, which begin with the minute or the hour of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountSpan {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

impl CountSpan {
    /// The window that an instant is in: when it begins and when it ends.
    #[must_use]
    pub fn around(self, now: Timestamp) -> (Timestamp, Timestamp) {
        let seconds = match self {
            Self::Minute => 60,
            Self::Hour => 3600,
        };
        let start = now.as_second().saturating_sub(now.as_second().rem_euclid(seconds));
        let at = |second: i64| Timestamp::from_second(second).unwrap_or(now);
        (at(start), at(start.saturating_add(seconds)))
    }
}

impl CountKey {
    /// The window that an instant is in.
    fn window(self, span: CountSpan, now: Timestamp) -> CountWindow {
        let (starts, ends) = span.around(now);
        CountWindow { caller: self.name(), starts, ends }
    }

    /// What it is called in the database.
    fn name(self) -> String {
        match self {
            Self::Client { organisation, client } => format!("client {organisation} {client}"),
            Self::Address(address) => format!("address {}", network(address)),
            Self::Refused(address) => format!("refused {}", network(address)),
        }
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// How many requests there are, once that is known.
type Told = oneshot::Receiver<Result<u64, StoreError>>;

/// Counts that the servers of a database share. Clones are one server.
#[derive(Debug, Clone)]
pub struct StoredCounts {
    database: Database,
    here: Arc<Mutex<Here>>,
}

/// What a server counts.
#[derive(Debug)]
struct Here {
    windows: HashMap<CountWindow, Count>,
    swept: Timestamp,
}

#[derive(Debug)]
struct Count {
    /// What all servers have written down, as far as this one knows.
    shared: u64,
    /// What is being written down.
    sent: u64,
    /// What is not written down.
    unsent: u64,
    /// When it was last asked what there is; nothing before the first time.
    asked: Option<Timestamp>,
}

impl StoredCounts {
    /// Of a database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        let here = Here { windows: HashMap::new(), swept: Timestamp::MIN };
        Self { database, here: Arc::new(Mutex::new(here)) }
    }

    /// Counts a request; the how manieth of its window it is. A caller that goes away is counted all the same.
    ///
    /// # Errors
    /// Those of the database. The request is counted, and written down with the next.
    pub async fn count(&self, key: CountKey, span: CountSpan, now: Timestamp) -> Result<u64, StoreError> {
        let (seen, told) = self.add(key, span, now);
        match told {
            // A task that was ended has said nothing: what is known here counts.
            Some(told) => told.await.unwrap_or(Ok(seen)),
            None => Ok(seen),
        }
    }

    /// Counts a request and waits for nobody: the how manieth of its window it is, as far as this server knows. What has to be written
    /// down is, meanwhile.
    #[must_use]
    pub fn note(&self, key: CountKey, span: CountSpan, now: Timestamp) -> u64 {
        self.add(key, span, now).0
    }

    /// How many requests there are in the window that an instant is in, as far as this server knows. Nothing is counted.
    #[must_use]
    pub fn known(&self, key: CountKey, span: CountSpan, now: Timestamp) -> u64 {
        let here = lock(&self.here);
        here.windows.get(&key.window(span, now)).map_or(0, Count::seen)
    }

    /// Counts a request; the how manieth it is here, and where that is written down just now, who tells how many there are then.
    fn add(&self, key: CountKey, span: CountSpan, now: Timestamp) -> (u64, Option<Told>) {
        let (window, seen, send) = lock(&self.here).add(key, span, now);
        let told = send.map(|more| {
            let (tell, told) = oneshot::channel();
            tokio::spawn(self.clone().send(window, more, tell));
            told
        });
        (seen, told)
    }

    /// Writes requests down and tells how many there are then; after that what has come meanwhile, as long as it is a batch.
    async fn send(self, window: CountWindow, more: u64, tell: oneshot::Sender<Result<u64, StoreError>>) {
        // Whoever asked may be gone.
        drop(tell.send(self.write(&window, more).await));
        while let Some(more) = self.batch(&window) {
            if self.write(&window, more).await.is_err() {
                return;
            }
        }
    }

    fn batch(&self, window: &CountWindow) -> Option<u64> {
        lock(&self.here).windows.get_mut(window)?.batch()
    }

    async fn write(&self, window: &CountWindow, more: u64) -> Result<u64, StoreError> {
        let work = self
            .database
            .write(window.clone(), move |tx, window| Box::pin(async move { tx.count_requests(window, more).await }));
        let total = work.await;
        if let Some(count) = lock(&self.here).windows.get_mut(window) {
            count.landed(more, &total);
        }
        total
    }
}

fn lock(here: &Mutex<Here>) -> std::sync::MutexGuard<'_, Here> {
    here.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Here {
    /// Counts a request: in which window, the how manieth it is, and how many are to be written down now.
    fn add(&mut self, key: CountKey, span: CountSpan, now: Timestamp) -> (CountWindow, u64, Option<u64>) {
        let mut window = key.window(span, now);
        if self.windows.len() >= MOST && !self.windows.contains_key(&window) {
            self.sweep(now);
            match key {
                CountKey::Address(_) if self.windows.len() >= MOST => window.caller = "addresses".to_owned(),
                CountKey::Refused(_) if self.windows.len() >= MOST => return (window, 0, None),
                _ => {}
            }
        }
        let count = self.windows.entry(window.clone()).or_insert(Count { shared: 0, sent: 0, unsent: 0, asked: None });
        count.unsent += 1;
        (window, count.seen(), count.take(now))
    }

    /// Forgets windows that are over. Looked for now and then only: it takes as long as there are windows.
    fn sweep(&mut self, now: Timestamp) {
        if now.duration_since(self.swept).abs() >= SWEPT {
            self.windows.retain(|window, count| window.ends > now || count.sent > 0);
            self.swept = now;
        }
    }
}

impl Count {
    fn seen(&self) -> u64 {
        self.shared.saturating_add(self.sent).saturating_add(self.unsent)
    }

    /// What a request has to write down: a batch, or anything where others were not asked for long.
    fn take(&mut self, now: Timestamp) -> Option<u64> {
        let stale = self.asked.is_none_or(|asked| now.duration_since(asked).abs() >= FRESH);
        if stale && self.sent == 0 {
            self.sent = std::mem::take(&mut self.unsent);
        } else {
            self.batch()?;
        }
        self.asked = Some(now);
        Some(self.sent)
    }

    /// A batch, where there is one and nothing is being written.
    fn batch(&mut self) -> Option<u64> {
        if self.sent > 0 || self.unsent < BATCH {
            return None;
        }
        self.sent = std::mem::take(&mut self.unsent);
        Some(self.sent)
    }

    /// What was to be written down is, or it is not.
    fn landed(&mut self, more: u64, total: &Result<u64, StoreError>) {
        self.sent = self.sent.saturating_sub(more);
        match total {
            Ok(total) => self.shared = self.shared.max(*total),
            // It may be there. Counted twice it would be too much for a caller who has done nothing wrong.
            Err(StoreError::Unknown(_)) => self.shared = self.shared.saturating_add(more),
            Err(_) => {
                self.unsent = self.unsent.saturating_add(more);
                self.asked = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + second).unwrap()
    }

    #[test]
    fn addresses_take_no_more_room_than_there_is_and_clients_keep_theirs() {
        let mut here = Here { windows: HashMap::new(), swept: Timestamp::MIN };
        let address = |n: u32| CountKey::Address(IpAddr::from(n.to_be_bytes()));
        for n in 0..MOST as u32 {
            assert_eq!(here.add(address(n), CountSpan::Hour, at(0)).1, 1);
        }
        assert_eq!(here.add(address(0), CountSpan::Hour, at(0)).1, 2, "who is known is counted apart");
        assert_eq!(here.add(address(30_000), CountSpan::Hour, at(0)).1, 1);
        assert_eq!(here.add(address(30_001), CountSpan::Hour, at(0)).1, 2, "others are counted as one");
        let client = CountKey::Client { organisation: Uuid::from_u128(1), client: Uuid::from_u128(2) };
        assert_eq!(here.add(client, CountSpan::Hour, at(0)).1, 1);
        here.windows.values_mut().for_each(|count| count.sent = 0);
        here.add(address(30_002), CountSpan::Hour, at(7200));
        assert_eq!(here.windows.len(), 1, "what is over makes room");
    }

    #[test]
    fn neighbours_of_ipv6_and_mapped_addresses_are_one() {
        let name = |text: &str| CountKey::Address(text.parse().unwrap()).name();
        assert_eq!(name("2001:db8:1:2:3:4:5:6"), name("2001:db8:1:2::1"));
        assert_ne!(name("2001:db8:1:2::1"), name("2001:db8:1:3::1"));
        assert_eq!(name("::ffff:192.0.2.1"), name("192.0.2.1"));
    }
}
