//! The one task that writes.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use engage_playbooks::ports::{JournalError, Lease};
use sqlx::SqlitePool;
use tokio::sync::Notify;

use super::news::Ear;
use super::{PATIENCE, news, read, remove, write};
use crate::journal::admit::{Admitted, Tails, admit};
use crate::journal::desk::{Ask, Group, Inbox, Job, Next};
use crate::journal::failure::Failure;
use crate::journal::rows::Offers;
use crate::sqlite;

/// When nobody asks for anything, how long until the log is emptied again that could not be.
const AGAIN: Duration = Duration::from_mins(1);

/// What this process leads with. Dropping it lets another lead.
struct Lead {
    token: u64,
    /// Where everybody in this process sees the token.
    shown: Arc<AtomicU64>,
    _lock: Option<File>,
    _ear: Option<Ear>,
}

impl Drop for Lead {
    fn drop(&mut self) {
        // Before the lock goes: fields are dropped after this.
        self.shown.store(0, Ordering::Release);
    }
}

pub(super) struct Writer {
    pool: SqlitePool,
    path: Option<PathBuf>,
    news: Arc<Notify>,
    shown: Arc<AtomicU64>,
    lead: Option<Lead>,
    tails: Tails,
    /// What was removed may still stand in the log.
    stale: bool,
}

impl Writer {
    pub(super) fn new(pool: SqlitePool, path: Option<PathBuf>, news: Arc<Notify>, shown: Arc<AtomicU64>) -> Self {
        Self { pool, path, news, shown, lead: None, tails: Tails::default(), stale: false }
    }

    /// Works until nobody can ask any more.
    pub(super) async fn run(mut self, mut inbox: Inbox) {
        while let Some(next) = self.next(&mut inbox).await {
            match next {
                Next::Group(group) => self.group(group).await,
                Next::One(job) => self.one(job, &inbox).await,
            }
            self.tidy(&inbox).await;
        }
    }

    async fn next(&mut self, inbox: &mut Inbox) -> Option<Next> {
        while self.stale {
            match tokio::time::timeout(AGAIN, inbox.next()).await {
                Ok(next) => return next,
                Err(_) => self.tidy(inbox).await,
            }
        }
        inbox.next().await
    }

    /// Empties the log of what was removed, where nobody waits meanwhile. Where somebody reads something older, or the disk
    /// does not do, it is tried again behind what is asked next.
    async fn tidy(&mut self, inbox: &Inbox) {
        if self.stale && inbox.is_idle() {
            self.stale = !sqlite::empty_log(&self.pool, PATIENCE).await.unwrap_or(false);
        }
    }

    async fn one(&mut self, job: Job, inbox: &Inbox) {
        match job {
            Job::Lead(ask) => {
                let (holder, ask) = ask.split();
                let lease = self.lead(&holder).await.map_err(JournalError::from);
                if let Some(Ok(Some(_))) = ask.answer(lease) {
                    // Who asked is gone, and nobody else knows of this lease.
                    self.lead = None;
                }
            }
            Job::Resign(ask) => {
                let (lease, ask) = ask.split();
                ask.answer(self.resign(&lease).await);
            }
            Job::Purge(ask) => {
                let ((lease, before, most), ask) = ask.split();
                self.tails.clear();
                let purged = remove::purge(&self.pool, self.token(&lease), before, most).await;
                self.stale |= self.path.is_some() && matches!(purged, Ok(1..));
                self.tidy(inbox).await;
                ask.answer(purged);
            }
            Job::Erase(ask) => {
                let ((lease, key), ask) = ask.split();
                self.tails.clear();
                let erased = remove::erase(&self.pool, self.token(&lease), &key).await;
                self.stale |= self.path.is_some() && matches!(erased, Ok(true));
                self.tidy(inbox).await;
                ask.answer(erased);
            }
            // Done together with others, or of no use where a lease needs no connection.
            _ => {}
        }
    }

    async fn lead(&mut self, holder: &str) -> Result<Option<Lease>, Failure> {
        if self.lead.is_some() {
            return Ok(None);
        }
        let lock = match &self.path {
            None => None,
            Some(path) => match sqlite::lock(&sqlite::beside(path, ".lock"))? {
                None => return Ok(None),
                locked => locked,
            },
        };
        let token = write::next_token(&self.pool, holder).await?;
        let ear = self.path.as_deref().map(|path| Ear::open(path, self.news.clone()));
        self.tails.clear();
        let shown = self.shown.clone();
        shown.store(token, Ordering::Release);
        self.lead = Some(Lead { token, shown, _lock: lock, _ear: ear });
        Ok(Some(Lease { token, holder: holder.to_owned() }))
    }

    async fn resign(&mut self, lease: &Lease) -> Result<(), JournalError> {
        self.token(lease).ok_or(JournalError::Fenced)?;
        // The token goes on while the lock is held, so that the lease is none for the store too.
        let gone = write::next_token(&self.pool, "").await;
        self.lead = None;
        gone.map(drop).map_err(JournalError::from)
    }

    /// The token of a lease, where it is the one that this process leads with.
    fn token(&self, lease: &Lease) -> Option<u64> {
        self.lead.as_ref().map(|lead| lead.token).filter(|token| *token == lease.token)
    }

    async fn group(&mut self, group: Group) {
        let Group { appends, offers, .. } = group;
        let token = self.lead.as_ref().map(|lead| lead.token);
        let Admitted { rows, waiting } = match self.learn(&appends).await {
            Ok(()) => admit(appends, token, &mut self.tails),
            Err(failure) => {
                refuse(appends, &failure);
                Admitted::default()
            }
        };
        let mut wanted = Offers::default();
        let firsts: Vec<Vec<bool>> = offers.iter().map(|ask| wanted.add(&ask.what)).collect();
        let written = write::group(&self.pool, token, &rows, &wanted.rows).await;
        match &written {
            Ok(written) if written.held => self.tails.tidy(&rows),
            Ok(_) => {
                // Another leads, whatever has become of the lock.
                self.tails.clear();
                self.lead = None;
            }
            // Nobody knows what is there.
            Err(_) => self.tails.clear(),
        }
        let held = written.as_ref().map(|written| written.held).map_err(Failure::clone);
        for ask in waiting {
            ask.answer(answer(&held));
        }
        let any = !offers.is_empty();
        for (ask, first) in offers.into_iter().zip(firsts) {
            let (offered, ask) = ask.split();
            ask.answer(written.as_ref().map(|w| w.new.of(&offered, first)).map_err(|f| f.clone().into()));
        }
        if any {
            self.tell();
        }
    }

    /// Asks for the numbers of runs that this writer has not seen.
    async fn learn(&mut self, appends: &[Ask<crate::journal::desk::Append, ()>]) -> Result<(), Failure> {
        let unknown = self.tails.unknown(appends);
        for (key, next) in read::tails(&self.pool, unknown).await? {
            self.tails.learn(key, next);
        }
        Ok(())
    }

    /// Something was offered: who leads has to know.
    fn tell(&self) {
        self.news.notify_one();
        if let (None, Some(path)) = (&self.lead, &self.path) {
            news::knock(path);
        }
    }
}

fn answer(held: &Result<bool, Failure>) -> Result<(), JournalError> {
    match held {
        Ok(true) => Ok(()),
        Ok(false) => Err(JournalError::Fenced),
        Err(failure) => Err(failure.clone().into()),
    }
}

fn refuse<T>(asks: Vec<Ask<T, ()>>, failure: &Failure) {
    for ask in asks {
        ask.answer(Err(failure.clone().into()));
    }
}
