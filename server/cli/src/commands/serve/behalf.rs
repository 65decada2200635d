//! What is done on behalf of employees after they were answered: what they signed in with is asked for here, is forgotten when none of
//! their runs needs it, and lets runs go on that waited for it. Likewise what is sealed is forgotten when no run of its meeting needs it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use engage_adapters::http::Secret;
use engage_engine::adapter::{Adapter, AdapterError, AdapterErrorKind};
use engage_playbooks::ports::{DurableEngine, EngineError, RunQuery};
use engage_playbooks::run::{Fact, FactKind, RunKey, RunState, Tenant};
use engage_server::identity::{Assertions, Kept};
use engage_server::platform::{Sealed, Seals};
use engage_server::work::Around;
use engage_store::platform::{OutboxReads as _, StoreError};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use tokio::sync::watch;
use uuid::Uuid;

use super::measures::Standing;
use super::opened::Opened;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(5);
/// How long what is kept for a call is kept at least: by then it is told what follows from it.
const SETTLED: SignedDuration = SignedDuration::from_secs(60);
/// How many runs are looked at. Where there are more under way nothing is forgotten before its time.
const MOST: usize = 500;

/// What employees signed in with, as an adapter asks for it: from the platform, once that is open. Before, and where no platform keeps
/// it, there is nothing.
#[derive(Default)]
pub(super) struct Behalf {
    kept: OnceLock<(Assertions, Uuid)>,
    seals: OnceLock<(Seals, Uuid)>,
}

impl std::fmt::Debug for Behalf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Behalf")
    }
}

impl Behalf {
    /// Those of an organisation are kept there from now on, and so is what is sealed.
    pub(super) fn open(&self, organisation: Uuid, kept: Option<Assertions>, seals: Option<Seals>) {
        // A platform is opened once: the first stays.
        if let Some(kept) = kept {
            self.kept.get_or_init(|| (kept, organisation));
        }
        if let Some(seals) = seals {
            self.seals.get_or_init(|| (seals, organisation));
        }
    }

    /// A CRM to which what is sealed is written open.
    pub(super) fn opened(&self, inner: Arc<dyn Adapter>) -> Arc<dyn Adapter> {
        match self.seals.get().cloned() {
            Some((seals, organisation)) => Arc::new(Opened { inner, seals, organisation }),
            None => inner,
        }
    }
}

#[async_trait]
impl engage_adapters::http::Assertions for Behalf {
    async fn assertion(&self, employee: &str) -> Result<Option<Secret>, AdapterError> {
        let Some((kept, organisation)) = self.kept.get() else { return Ok(None) };
        let found = kept.find(*organisation, employee).await.map_err(|error| {
            tracing::warn!(%error, "what an employee signed in with cannot be read");
            AdapterError::new(AdapterErrorKind::Unavailable)
        })?;
        Ok(found.map(|token| Secret::new(token.expose_secret().to_owned())))
    }

    async fn refused(&self, employee: &str, why: &'static str) {
        if let Some((kept, organisation)) = self.kept.get() {
            kept.refused(*organisation, employee, why).await;
        }
    }
}

/// Looks after what employees signed in with, and what is sealed.
pub(super) struct Caretaker {
    pub(super) around: Around,
    pub(super) kept: Option<Assertions>,
    pub(super) seals: Option<Seals>,
    pub(super) organisation: Uuid,
    pub(super) engine: Arc<dyn DurableEngine>,
    pub(super) tenant: Tenant,
    /// Whether this process leads, on an engine of which one process does.
    pub(super) standing: Option<watch::Receiver<Standing>>,
}

/// Why it was not looked.
#[derive(Debug, thiserror::Error)]
enum NotLooked {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A run that is not at an end.
struct UnderWay {
    key: RunKey,
    state: RunState,
    employee: Option<String>,
    subject: Option<String>,
    /// When it last said something.
    at: Timestamp,
}

/// What is known of runs that are not at an end.
struct Known {
    runs: Vec<UnderWay>,
    /// Whether there are no others, and no event waits that would start one.
    whole: bool,
    now: Timestamp,
}

impl Known {
    /// Whether what was kept since an instant may be needed no more, as long as no run needs it: what it was kept for is told by then.
    fn settled(&self, since: Timestamp) -> bool {
        self.whole && self.now.duration_since(since) > SETTLED
    }
}

impl Caretaker {
    /// Looks until it is told to stop.
    pub(super) async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            let ended = tokio::select! {
                // Who could tell it to stop is gone: the same.
                _ = stop.wait_for(|stop| *stop) => true,
                () = self.around.time.sleep(LOOK) => false,
            };
            if ended {
                return;
            }
            let leads = self.standing.as_ref().is_none_or(|standing| standing.borrow().leads == Some(true));
            if leads && let Err(error) = self.look().await {
                tracing::warn!(%error, "what is kept for runs is not looked after");
            }
        }
    }

    async fn look(&self) -> Result<(), NotLooked> {
        let kept = match &self.kept {
            Some(kept) => kept.kept(self.organisation).await?,
            None => Vec::new(),
        };
        let sealed = match &self.seals {
            Some(seals) => seals.sealed(self.organisation).await?,
            None => Vec::new(),
        };
        if kept.is_empty() && sealed.is_empty() {
            return Ok(());
        }
        let known = self.known().await?;
        for one in &kept {
            self.identify(one, &known).await?;
        }
        self.forget(&kept, &sealed, &known).await
    }

    /// Lets runs go on that waited for an employee. One that what he signed in with did not help waits for something newer.
    async fn identify(&self, kept: &Kept, known: &Known) -> Result<(), NotLooked> {
        let waits = |run: &&UnderWay| {
            run.state == RunState::NeedsIdentity
                && run.employee.as_deref() == Some(kept.employee.as_str())
                && kept.since > run.at
        };
        for run in known.runs.iter().filter(waits) {
            tracing::info!(run = %run.key.run, "a run goes on: its employee has signed in");
            self.engine.identified(&run.key).await?;
        }
        Ok(())
    }

    /// Forgets whose time is over, and what no run needs.
    async fn forget(&self, kept: &[Kept], sealed: &[Sealed], known: &Known) -> Result<(), NotLooked> {
        let busy = |employee: &str| known.runs.iter().any(|run| run.employee.as_deref() == Some(employee));
        let about = |meeting: &str| known.runs.iter().any(|run| run.subject.as_deref() == Some(meeting));
        for (one, assertions) in kept.iter().zip(std::iter::repeat(&self.kept)) {
            let idle = known.settled(one.since) && !busy(&one.employee);
            if let Some(assertions) = assertions.as_ref().filter(|_| idle || one.until <= known.now) {
                assertions.forget(one).await?;
            }
        }
        for (one, seals) in sealed.iter().zip(std::iter::repeat(&self.seals)) {
            let idle = known.settled(one.since) && !about(&one.meeting);
            if let Some(seals) = seals.as_ref().filter(|_| idle || one.until <= known.now) {
                seals.forget(one).await?;
            }
        }
        Ok(())
    }

    async fn known(&self) -> Result<Known, NotLooked> {
        let now = self.around.time.timestamp();
        let told = self.around.database.reader().pending_events(self.organisation).await? == 0;
        let states = vec![RunState::Queued, RunState::Running, RunState::NeedsIdentity];
        let query = RunQuery { states, most: MOST, ..RunQuery::default() };
        let page = self.engine.runs(&self.tenant, &query).await?;
        let mut runs = Vec::new();
        for run in page.runs {
            let facts = self.engine.history(&run.key).await?;
            let Some(Fact { kind: FactKind::Started(beginning), .. }) = facts.first() else { continue };
            let at = facts.last().map_or(run.updated_at, |last| last.at);
            let (employee, subject) = (beginning.employee.clone(), beginning.subject.clone());
            runs.push(UnderWay { key: run.key, state: run.state, employee, subject, at });
        }
        Ok(Known { runs, whole: told && !page.more, now })
    }
}

#[cfg(test)]
mod tests;
