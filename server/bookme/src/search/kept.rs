//! What was read of an organisation and is still so: compiled, with the calendars that searches have asked for.
//!
//! The store says what has changed since, in one statement, whichever server wrote; that alone is read again. A lock has no part in
//! that: two who read the same at once keep the same. One only keeps many from loading the same organisation at a time.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};

use engage_availability::{Index, Request};
use engage_store::platform::{BookingConfigurationReads, CHANGES_KEPT, ChangeReads, Changes, Mark, Reader, StoreError};
use futures_util::lock::Mutex;
use jiff::Timestamp;
use uuid::Uuid;

use super::compiled::{Compiled, Parts};
use super::recent::Recent;
use super::{calendars, range};
use crate::configuration::{employees, rooms};
use crate::{Bookme, Error, Tenancy};

/// How often it is read again what changed while it was read.
const ATTEMPTS: usize = 8;
/// With more calendars that changed, all are read anew.
const MAX_STALE: usize = 200;

/// What is kept, by whose it is.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    kept: Recent<Kept>,
    loading: HashMap<Tenancy, Arc<Mutex<()>>>,
}

impl Cache {
    /// No more than so many bytes of calendars are kept from now on.
    pub(crate) fn limit(&mut self, bytes: usize) {
        self.kept.limit(bytes);
    }
}

/// What is kept of an organisation: no older than its mark.
#[derive(Debug, Clone)]
struct Kept {
    mark: Mark,
    /// When there was nothing newer than the mark.
    checked: Timestamp,
    compiled: Arc<Compiled>,
    calendars: Option<Calendars>,
}

/// Calendars, as far as they end after `from`.
#[derive(Debug, Clone)]
struct Calendars {
    from: Timestamp,
    index: Arc<Index>,
    /// About how many bytes they take.
    bytes: usize,
    /// Whose have changed.
    stale: BTreeSet<Uuid>,
}

impl Calendars {
    /// As they were just read.
    fn of(from: Timestamp, index: Index) -> Self {
        Self { from, bytes: index.calendar_bytes(), index: Arc::new(index), stale: BTreeSet::new() }
    }

    /// With more that has changed; nothing if that is so much that it is better to begin again.
    fn and(mut self, changed: impl IntoIterator<Item = Uuid>) -> Option<Self> {
        self.stale.extend(changed);
        (self.stale.len() <= MAX_STALE).then_some(self)
    }

    /// The same calendars for what was compiled anew.
    fn moved(mut self, compiled: &Compiled, changed: &BTreeSet<Uuid>) -> Option<Self> {
        let mut index = compiled.index.clone();
        let (employees, rooms) = index.adopt_calendars(&self.index);
        self.index = Arc::new(index);
        let unknown = employees.into_iter().map(|id| id.0).chain(rooms.into_iter().map(|id| id.0));
        self.and(unknown.chain(changed.iter().copied()))
    }
}

impl Kept {
    /// Whether the store still knows all that has changed since.
    fn can_go_on(&self, now: Timestamp) -> bool {
        // Negative for a request that has waited while others asked: it is not to read everything once more.
        now.duration_since(self.checked).unsigned_abs() < CHANGES_KEPT / 2
    }

    /// After changes of calendars.
    fn after(self, changes: Changes, now: Timestamp) -> Self {
        let calendars = self.calendars.and_then(|calendars| calendars.and(changes.calendars));
        Self { mark: changes.mark, checked: now.max(self.checked), calendars, ..self }
    }
}

impl Bookme {
    /// What is set up now, and who there is.
    pub(crate) async fn compiled(&self, tenancy: &Tenancy) -> Result<Arc<Compiled>, Error> {
        Ok(self.current(tenancy, self.now()).await?.compiled)
    }

    /// What is set up, who there is, and all that stands in calendars near the times that are asked for.
    pub(super) async fn index(
        &self,
        tenancy: &Tenancy,
        request: &Request,
        now: Timestamp,
    ) -> Result<Arc<Index>, Error> {
        let kept = self.current(tenancy, now).await?;
        if let Some(index) = kept.index(range::from(&kept.compiled, request, now)) {
            return Ok(index);
        }
        let lock = self.loading(tenancy);
        let (_turn, kept) = match lock.try_lock() {
            Some(turn) => (turn, kept),
            // Who has the turn may be loading just that.
            None => (lock.lock().await, self.within_turn(tenancy, now).await?),
        };
        let from = range::from(&kept.compiled, request, now);
        if let Some(index) = kept.index(from) {
            return Ok(index);
        }
        let mut reader = self.database.reader();
        let calendars = match kept.calendars.clone().filter(|calendars| calendars.from <= from) {
            Some(Calendars { from, index, stale, .. }) => {
                Calendars::of(from, calendars::reread(&mut reader, tenancy, &index, &stale, (from, now)).await?)
            }
            None => {
                let from = range::with_room(from);
                Calendars::of(from, calendars::load(&mut reader, tenancy, &kept.compiled, (from, now)).await?)
            }
        };
        let index = calendars.index.clone();
        self.keep(tenancy, Kept { calendars: Some(calendars), ..kept });
        Ok(index)
    }

    async fn current(&self, tenancy: &Tenancy, now: Timestamp) -> Result<Kept, Error> {
        if let Some(kept) = self.unchanged(tenancy, now).await? {
            return Ok(kept);
        }
        let lock = self.loading(tenancy);
        if let Some(_turn) = lock.try_lock() {
            return self.loaded(tenancy, now).await;
        }
        let _turn = lock.lock().await;
        self.within_turn(tenancy, now).await
    }

    /// As [`current`](Self::current), for who has waited for the turn to load.
    async fn within_turn(&self, tenancy: &Tenancy, now: Timestamp) -> Result<Kept, Error> {
        match self.unchanged(tenancy, now).await? {
            Some(kept) => Ok(kept),
            None => self.loaded(tenancy, now).await,
        }
    }

    /// What is kept, if nothing but calendars has changed since: one statement.
    async fn unchanged(&self, tenancy: &Tenancy, now: Timestamp) -> Result<Option<Kept>, Error> {
        let Some(kept) = self.kept(tenancy).filter(|kept| kept.can_go_on(now)) else { return Ok(None) };
        let changes = self.database.reader().booking_changes(tenancy, &kept.mark).await?;
        if changes.setup || changes.directory {
            return Ok(None);
        }
        let kept = kept.after(changes, now);
        self.keep(tenancy, kept.clone());
        Ok(Some(kept))
    }

    /// Reads what is set up and who there is. Calendars go on, but for those that have changed.
    async fn loaded(&self, tenancy: &Tenancy, now: Timestamp) -> Result<Kept, Error> {
        let mut reader = self.database.reader();
        let before = self.kept(tenancy).filter(|kept| kept.can_go_on(now));
        let mut changed = BTreeSet::new();
        let mut mark = match &before {
            Some(kept) => {
                let changes = reader.booking_changes(tenancy, &kept.mark).await?;
                changed.extend(changes.calendars);
                changes.mark
            }
            None => reader.booking_mark(tenancy).await?,
        };
        for _ in 0..ATTEMPTS {
            let parts = parts(&mut reader, tenancy).await?;
            let changes = reader.booking_changes(tenancy, &mark).await?;
            changed.extend(changes.calendars);
            mark = changes.mark;
            if !changes.setup && !changes.directory {
                let compiled = Arc::new(Compiled::new(parts)?);
                let calendars = before.and_then(|kept| kept.calendars);
                let calendars = calendars.and_then(|calendars| calendars.moved(&compiled, &changed));
                let kept = Kept { mark, checked: now, compiled, calendars };
                self.keep(tenancy, kept.clone());
                return Ok(kept);
            }
        }
        Err(Error::Store(StoreError::Contended))
    }

    fn kept(&self, tenancy: &Tenancy) -> Option<Kept> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).kept.get(tenancy).cloned()
    }

    fn keep(&self, tenancy: &Tenancy, kept: Kept) {
        let bytes = kept.calendars.as_ref().map_or(0, |calendars| calendars.bytes);
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let Cache { kept: all, loading } = &mut *cache;
        if all.put(*tenancy, kept, bytes) {
            // Who loads just now goes on by what is held.
            loading.retain(|of, turn| all.has(of) || Arc::strong_count(turn) > 1);
        }
    }

    fn loading(&self, tenancy: &Tenancy) -> Arc<Mutex<()>> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.loading.entry(*tenancy).or_default().clone()
    }
}

impl Kept {
    /// The calendars, if they reach back far enough and are as they were.
    fn index(&self, from: Timestamp) -> Option<Arc<Index>> {
        let calendars = self.calendars.as_ref()?;
        (calendars.from <= from && calendars.stale.is_empty()).then(|| calendars.index.clone())
    }
}

async fn parts(reader: &mut Reader, tenancy: &Tenancy) -> Result<Parts, Error> {
    let documents = reader.every_document(tenancy).await?;
    Parts::of(&documents, employees(reader, tenancy).await?, rooms(reader, tenancy).await?)
}
