//! The task that appends, on the connection that the lease lives with.

use std::sync::Arc;
use std::time::Duration;

use engage_playbooks::ports::{JournalError, Lease};
use sqlx::postgres::PgConnection;
use tokio::sync::Notify;

use super::connect::within;
use super::{lead, read, remove, write};
use crate::journal::admit::{Admitted, Tails, admit};
use crate::journal::desk::{Append, Ask, Group, Inbox, Job, Next};
use crate::journal::failure::Failure;
use crate::journal::rows::Rows;

pub(super) struct Writer {
    token: u64,
    connection: PgConnection,
    patience: Duration,
    news: Arc<Notify>,
    tails: Tails,
}

impl Writer {
    pub(super) fn new(token: u64, connection: PgConnection, patience: Duration, news: Arc<Notify>) -> Self {
        Self { token, connection, patience, news, tails: Tails::default() }
    }

    /// Works until nobody can ask any more, or the lease is gone. What is asked then finds nobody.
    pub(super) async fn run(mut self, mut inbox: Inbox) {
        let mut leads = true;
        while leads && let Some(next) = inbox.next().await {
            leads = match next {
                Next::Group(group) => self.group(group).await,
                Next::One(job) => self.one(job).await,
            };
        }
        drop(inbox);
        // Whoever waits for news shall hear that the lease is gone.
        self.news.notify_one();
    }

    /// Does one thing; whether this process still leads.
    async fn one(&mut self, job: Job) -> bool {
        match job {
            Job::Resign(ask) => {
                let (lease, ask) = ask.split();
                let gone = self.resign(&lease).await;
                let leads = matches!(gone, Err(JournalError::Fenced));
                ask.answer(gone);
                leads
            }
            Job::Purge(ask) => {
                self.tails.clear();
                let ((lease, before, most), ask) = ask.split();
                let purged = remove::purge(&mut self.connection, self.patience, lease.token, before, most).await;
                let failed = matches!(purged, Err(JournalError::Unavailable(_)));
                ask.answer(purged);
                !failed || self.alive().await
            }
            Job::Erase(ask) => {
                self.tails.clear();
                let ((lease, key), ask) = ask.split();
                let erased = remove::erase(&mut self.connection, self.patience, lease.token, &key).await;
                let failed = matches!(erased, Err(JournalError::Unavailable(_)));
                ask.answer(erased);
                !failed || self.alive().await
            }
            Job::Alive => within(self.patience, lead::answer(&mut self.connection)).await.is_ok(),
            Job::Stop => false,
            Job::Append(_) | Job::Holds(_) | Job::Offer(_) | Job::Lead(_) => true,
        }
    }

    async fn resign(&mut self, lease: &Lease) -> Result<(), JournalError> {
        if lease.token != self.token {
            return Err(JournalError::Fenced);
        }
        // The token goes on while the lock is held, so that the lease is none for the database too.
        within(self.patience, lead::next_token(&mut self.connection, "")).await?;
        Ok(within(self.patience, lead::unlock(&mut self.connection)).await?)
    }

    /// Whether the connection still is there, and the lease with it.
    async fn alive(&mut self) -> bool {
        within(self.patience, write::held(&mut self.connection, self.token)).await.is_ok_and(|held| held)
    }

    async fn group(&mut self, group: Group) -> bool {
        let Group { appends, holds, offers: _ } = group;
        let Admitted { rows, waiting } = match self.learn(&appends).await {
            Ok(()) => admit(appends, Some(self.token), &mut self.tails),
            Err(failure) => {
                for ask in appends {
                    ask.answer(Err(failure.clone().into()));
                }
                Admitted::default()
            }
        };
        let held = self.write(&rows).await;
        let leads = match &held {
            Ok(held) => *held,
            // Nobody knows what is there.
            Err(_) => {
                self.tails.clear();
                self.alive().await
            }
        };
        for ask in waiting {
            ask.answer(match &held {
                Ok(true) => Ok(()),
                Ok(false) => Err(JournalError::Fenced),
                Err(failure) => Err(failure.clone().into()),
            });
        }
        for ask in holds {
            let ours = leads && ask.what.token == self.token;
            ask.answer(if ours { Ok(()) } else { Err(JournalError::Fenced) });
        }
        leads
    }

    async fn write(&mut self, rows: &Rows) -> Result<bool, Failure> {
        if rows.is_empty() {
            return within(self.patience, write::held(&mut self.connection, self.token)).await;
        }
        let held = within(self.patience, write::append(&mut self.connection, self.token, rows)).await?;
        self.tails.tidy(rows);
        Ok(held)
    }

    /// Asks for the numbers of runs that this writer has not seen.
    async fn learn(&mut self, appends: &[Ask<Append, ()>]) -> Result<(), Failure> {
        let unknown = self.tails.unknown(appends);
        for (key, next) in within(self.patience, read::tails(&mut self.connection, unknown)).await? {
            self.tails.learn(key, next);
        }
        Ok(())
    }
}
