//! What is done now and then.

use std::sync::Arc;
use std::time::Duration;

use engage_bookme::Bookme;
use engage_store::platform::{
    Alerts, Audit, AuditEntry, AuditOutcome, Claim, Counts, JobReads, Jobs, Kind, Purge, PurgeReads, Realm, Sighting,
    StoreError, Token, TokenReads, Tombstone,
};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::watch;
use uuid::Uuid;

use super::herald::{Herald, told};
use super::often::{DAY, HOUR, Often};
use super::sweep::Sweep;
use super::{Around, WorkMeasures, expiry};

/// What is done, and how often.
const CHORES: [(&str, Often); 8] = [
    ("purge", Often::Every(DAY)),
    ("silence", Often::Every(HOUR)),
    ("audit", Often::Every(DAY)),
    (COUNTS, Often::Every(300)),
    (EXPIRY, Often::Every(HOUR)),
    (TELL, Often::Every(60)),
    (Sweep::Calendars.name(), Often::At(20 * HOUR)),
    (Sweep::Meetings.name(), Often::At(HOUR)),
];
/// How long a server may be away before another does its chore.
const CLAIM: Duration = Duration::from_secs(300);
/// How often a server looks for what is due.
const LOOK: Duration = Duration::from_secs(60);
/// When it is done again what failed, or was not done to its end.
const SOON: Often = Often::Every(60);
/// How much is done in one transaction; of counts, which are small and many, more.
const BATCH: usize = 100;
const COUNTS_AT_ONCE: usize = 1000;
/// The job that tells organisations of their alerts.
pub(crate) const TELL: &str = "alerts";
/// The job that tells of credentials that end.
const EXPIRY: &str = "expiry";
/// The job that forgets how often somebody called.
const COUNTS: &str = "counts";
/// The alert of a directory that is silent.
pub(crate) const SILENCE: &str = "scim.silence";

/// How long things are kept.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// How long a directory may be silent.
    pub silence: Duration,
    /// How long audit records are kept.
    pub audit: Duration,
}

/// Does chores.
pub struct Chores {
    around: Around,
    kept: Kept,
    measures: Arc<WorkMeasures>,
    herald: Arc<dyn Herald>,
    bookme: Bookme,
}

impl std::fmt::Debug for Chores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chores").field("around", &self.around).field("kept", &self.kept).finish_non_exhaustive()
    }
}

impl Chores {
    /// Chores on a store.
    pub fn new(around: Around, kept: Kept, measures: Arc<WorkMeasures>, herald: Arc<dyn Herald>) -> Self {
        let clock = Arc::clone(&around.time);
        let clock = Arc::new(move || clock.timestamp());
        let bookme = Bookme::new(around.database.clone(), clock, Arc::clone(&around.ids));
        Self { around, kept, measures, herald, bookme }
    }

    /// Does what is due until it is told to stop.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        if let Err(error) = self.plan().await {
            tracing::warn!(%error, "work in the background is not planned");
        }
        loop {
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "work in the background is not done");
            }
            if !self.around.wait(LOOK, &mut stop).await {
                return;
            }
        }
    }

    /// Plans what is not planned yet.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn plan(&self) -> Result<(), StoreError> {
        let now = self.around.now();
        let planned = self.around.database.reader().jobs().await?;
        for (name, _) in
            CHORES.iter().filter(|(name, _)| !planned.iter().any(|job| job.name == *name && job.due.is_some()))
        {
            self.around.database.write(*name, move |tx, name| Box::pin(tx.plan_job(name, now))).await?;
        }
        Ok(())
    }

    /// Does what is due, as far as no other server does it.
    ///
    /// # Errors
    /// Those of the store; what is left is done next time.
    pub async fn look(&self) -> Result<(), StoreError> {
        let due = self.around.database.reader().due_jobs(self.around.now(), CHORES.len() * 2).await?;
        for (name, often) in CHORES.iter().filter(|(name, _)| due.iter().any(|job| job.name == *name)) {
            if let Some(claim) = self.claim(name).await? {
                self.one(name, *often, claim).await?;
            }
        }
        self.measures.look(&self.around.database, self.around.now()).await
    }

    async fn claim(&self, name: &'static str) -> Result<Option<Claim>, StoreError> {
        let (now, server) = (self.around.now(), self.around.server.clone());
        self.around.database.write(server, move |tx, server| Box::pin(tx.claim_job(name, server, now, CLAIM))).await
    }

    async fn one(&self, name: &str, often: Often, claim: Claim) -> Result<(), StoreError> {
        let mut left = false;
        let done = match name {
            "purge" => self.purge(&claim).await,
            "silence" => self.silence(&claim).await,
            COUNTS => self.forget_counts(&claim).await,
            EXPIRY => expiry::told(&self.around, &claim).await,
            TELL => told(&self.around, &*self.herald, &claim).await,
            name => match Sweep::named(name) {
                Some(sweep) => sweep.done(&self.around, &self.bookme, &claim).await.map(|round| {
                    left = round.left;
                    round.count
                }),
                None => self.forget(&claim).await,
            },
        };
        let now = self.around.now();
        let outcome = match &done {
            Ok(count) => format!("{count}"),
            Err(error) => format!("failed: {error}"),
        };
        let next = if left || done.is_err() { SOON } else { often }.next(now);
        match &done {
            Ok(0) => tracing::debug!(job = name, outcome, "a job was done"),
            _ => tracing::info!(job = name, outcome, "a job was done"),
        }
        let ended = self
            .around
            .database
            .write((claim, outcome), move |tx, (claim, outcome)| Box::pin(tx.end_job(claim, outcome, next, now)));
        ended.await?;
        done.map(drop)
    }

    /// Removes records whose time is over, a few at a time.
    async fn purge(&self, claim: &Claim) -> Result<usize, StoreError> {
        let mut gone = 0;
        loop {
            let now = self.around.now();
            let due = self.around.database.reader().due_for_purge(now, BATCH).await?;
            if due.is_empty() {
                return Ok(gone);
            }
            gone += due.len();
            let purged = self.around.database.write((claim.clone(), due), move |tx, (claim, due)| {
                Box::pin(async move {
                    tx.hold_claim(claim).await?;
                    for (realm, kind, Tombstone { id, .. }) in due {
                        if tx.purge_record(realm, *kind, *id, now).await? {
                            tx.append_audit(&purged(realm, *kind, *id, now)).await?;
                        }
                    }
                    Ok(())
                })
            });
            let purged: Result<(), StoreError> = purged.await;
            purged?;
        }
    }

    /// Raises an alert for each directory that has not been heard of.
    async fn silence(&self, claim: &Claim) -> Result<usize, StoreError> {
        let now = self.around.now();
        let since = now.checked_sub(self.kept.silence).unwrap_or(Timestamp::MIN);
        let (mut after, mut silent) = (None, 0);
        loop {
            let tokens = self.around.database.reader().silent_tokens(since, now, after, BATCH).await?;
            let Some(last) = tokens.last() else { return Ok(silent) };
            after = Some(last.id);
            for token in tokens {
                silent += usize::from(self.alert(claim, token, now).await?);
            }
        }
    }

    /// Whether a directory is silent: of two tokens the other may be the one that is used.
    async fn alert(&self, claim: &Claim, token: Token, now: Timestamp) -> Result<bool, StoreError> {
        let Token { organisation, environment, last_used, .. } = token;
        let since = now.checked_sub(self.kept.silence).unwrap_or(Timestamp::MIN);
        let others = self.around.database.reader().tokens(organisation, environment, now).await?;
        if others.iter().any(|other| other.last_used.is_some_and(|used| used >= since)) {
            return Ok(false);
        }
        let details = json!({"lastUsed": last_used.map(|at| at.to_string())});
        let seen = Sighting {
            organisation,
            id: (self.around.ids)(),
            environment,
            kind: SILENCE.to_owned(),
            subject: String::new(),
            details,
        };
        let raised = self.around.database.write((claim.clone(), seen), move |tx, (claim, seen)| {
            Box::pin(async move {
                tx.hold_claim(claim).await?;
                tx.raise_alert(seen, now).await
            })
        });
        let alert = raised.await?;
        if alert.count == 1 {
            tracing::warn!(%organisation, kind = SILENCE, "an alert was raised");
        }
        Ok(true)
    }

    /// Forgets audit records whose time is over.
    async fn forget(&self, claim: &Claim) -> Result<usize, StoreError> {
        let before = self.around.now().checked_sub(self.kept.audit).unwrap_or(Timestamp::MIN);
        let mut all = 0;
        loop {
            let forgotten = self.around.database.write(claim.clone(), move |tx, claim| {
                Box::pin(async move {
                    tx.hold_claim(claim).await?;
                    tx.forget_audit(before, BATCH).await
                })
            });
            match forgotten.await? {
                0 => return Ok(all),
                some => all += usize::try_from(some).unwrap_or(usize::MAX),
            }
        }
    }

    /// Forgets counts of requests whose window is over.
    async fn forget_counts(&self, claim: &Claim) -> Result<usize, StoreError> {
        let now = self.around.now();
        let mut all = 0;
        loop {
            let forgotten = self.around.database.write(claim.clone(), move |tx, claim| {
                Box::pin(async move {
                    tx.hold_claim(claim).await?;
                    tx.forget_counts(now, COUNTS_AT_ONCE).await
                })
            });
            match forgotten.await? {
                0 => return Ok(all),
                some => all += usize::try_from(some).unwrap_or(usize::MAX),
            }
        }
    }
}

fn purged(realm: &Realm, kind: Kind, id: Uuid, at: Timestamp) -> AuditEntry {
    let kind = match kind {
        Kind::User => "user",
        Kind::Group => "group",
    };
    AuditEntry {
        organisation: realm.organisation,
        at,
        actor: "job purge".to_owned(),
        source: None,
        correlation: None,
        event: "directory.purged".to_owned(),
        outcome: AuditOutcome::Done,
        details: json!({"environment": realm.environment.as_str(), "service": realm.service.as_str(), "kind": kind, "id": id}),
    }
}
