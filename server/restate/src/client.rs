//! Hands events to Restate and looks at runs: what a host does that runs playbooks elsewhere.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::ids::RefId;
use engage_playbooks::Compiled;
use engage_playbooks::ports::{DurableEngine, EngineError, Event, RunPage, RunQuery, RunRecord, Started, Time};
use engage_playbooks::run::{Beginning, Fact, RunKey, RunState, Tenant};
use engage_runner::{Config, Measure, Metrics, NoMetrics, Shelf, intake, schedule};
use reqwest::Url;
use serde_json::Value;

use crate::convert::{Go, of_run_key, run_key, subject_key};
use crate::http::{Addresses, Refused, Server};
use crate::run::RECORD;
use crate::schedule::Written;
use crate::subject::Next;

/// The pauses between two times that a worker is told of, from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(10);

/// The durable engine that is Restate. Cheap to clone; all clones are one engine.
#[derive(Clone)]
pub struct RestateEngine {
    server: Server,
    shelf: Arc<dyn Shelf>,
    time: Arc<dyn Time>,
    metrics: Arc<dyn Metrics>,
    config: Config,
    introduced: Arc<AtomicBool>,
}

impl fmt::Debug for RestateEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestateEngine").field("server", &self.server).finish_non_exhaustive()
    }
}

impl RestateEngine {
    /// An engine on a Restate server, for the playbooks of a shelf.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] when this machine has no client for HTTP.
    pub fn new(
        addresses: Addresses,
        shelf: Arc<dyn Shelf>,
        time: Arc<dyn Time>,
        config: Config,
    ) -> Result<Self, EngineError> {
        let (server, metrics, introduced) = (Server::new(addresses)?, Arc::new(NoMetrics), Arc::default());
        Ok(Self { server, shelf, time, metrics, config, introduced })
    }

    /// Tells of the events that are taken in.
    #[must_use]
    pub fn metrics(mut self, metrics: Arc<dyn Metrics>) -> Self {
        self.metrics = metrics;
        self
    }

    /// Whether a playbook can run here as it says.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] where it bounds how many of its runs go at the same time.
    pub fn supports(playbook: &Compiled) -> Result<(), EngineError> {
        let what = || EngineError::Unsupported(format!("a bound on runs at the same time, as `{}` has", playbook.id));
        if playbook.concurrency.is_some() { Err(what()) } else { Ok(()) }
    }

    /// Tells Restate where a worker listens and which schedules are switched on, again and again until it has taken that
    /// in; until then the engine is not [ready](DurableEngine::ready). Telling it again changes nothing.
    pub async fn introduce(&self, worker: &Url) {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = self.register(worker).await {
            let cause = error.source().map(ToString::to_string);
            tracing::warn!(%error, cause, %worker, "Restate does not take the worker in; it is told again");
            self.time.sleep(pause).await;
            pause = pause.saturating_mul(2).min(LAST_PAUSE);
        }
        tracing::info!(%worker, "Restate knows the worker");
    }

    /// As [`introduce`](RestateEngine::introduce), once. Whoever changes the shelf calls it again: schedules that are gone
    /// do not fire any more, and those that changed fire at their new times.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] when Restate or the worker cannot be reached; [`EngineError::Unsupported`] as
    /// [`supports`](RestateEngine::supports) says.
    pub async fn register(&self, worker: &Url) -> Result<(), EngineError> {
        self.server.deploy(worker).await?;
        for tenant in self.shelf.tenants() {
            let schedules = schedule::switched_on(&*self.shelf, &tenant).into_iter();
            let written: BTreeMap<_, Written> = schedules.map(|(id, written)| (id, written.into())).collect();
            self.server.call(&["EngageCalendar", tenant.as_str(), "put"], None, Some(&written)).await?;
        }
        self.introduced.store(true, Ordering::Relaxed);
        Ok(())
    }

    async fn begin(&self, key: &RunKey, beginning: Beginning) -> Result<(), EngineError> {
        let (run, once) = (run_key(key), key.run.to_string());
        let beginning = Box::new(beginning);
        match beginning.subject.clone() {
            Some(subject) => {
                // It is there for all to see before its turn comes.
                self.server.call(&["EngageRun", &run, "queue"], None, Some(&beginning)).await?;
                let line = subject_key(&key.tenant, &beginning.playbook, &subject);
                let next = Next { run, beginning };
                self.server.call(&["EngageSubject", &line, "next", "send"], Some(&once), Some(&next)).await?;
            }
            None => {
                let go = Go::Begin { beginning };
                self.server.call(&["EngageRun", &run, "go", "send"], Some(&once), Some(&go)).await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl DurableEngine for RestateEngine {
    /// Each event is handed over playbook by playbook. When one of them is not taken in, those before it are, and offering
    /// again starts none of them twice.
    async fn offer(&self, events: Vec<Event>) -> Result<Vec<Started>, EngineError> {
        for event in &events {
            let checked = intake::check(event, &*self.shelf, &self.config);
            checked.map_err(|problem| EngineError::Refused(problem.to_string()))?;
            intake::started_by(event, &*self.shelf).iter().try_for_each(|playbook| Self::supports(playbook))?;
        }
        let mut answers = Vec::new();
        for event in events {
            let (mut known, mut started) = (false, 0);
            for playbook in intake::started_by(&event, &*self.shelf) {
                let key = RunKey::of_event(&event.tenant, &playbook.id, &event.id);
                let runs = self.status(&key).await?.is_some();
                (known, started) = (known | runs, started + usize::from(!runs));
                let beginning = intake::beginning(&event, &playbook, self.time.timestamp(), &self.config);
                self.begin(&key, beginning).await?;
            }
            self.metrics.record(Measure::Taken { started });
            answers.push(Started { event: event.id, known });
        }
        Ok(answers)
    }

    async fn identified(&self, key: &RunKey) -> Result<(), EngineError> {
        self.known(key).await?;
        self.server.call(&["EngageRun", &run_key(key), "identify"], None, Some(&"the host")).await?;
        Ok(())
    }

    async fn ready(&self) -> Result<(), EngineError> {
        if !self.introduced.load(Ordering::Relaxed) {
            return Err(Refused::NotIntroduced.into());
        }
        Ok(self.server.health().await?)
    }

    async fn cancel(&self, key: &RunKey, by: &str) -> Result<(), EngineError> {
        let run = run_key(key);
        if self.known(key).await?.state == RunState::Queued {
            self.server.call(&["EngageRun", &run, "withdraw", "send"], None, Some(&by)).await?;
        }
        // Its turn may have come by now.
        self.server.call(&["EngageRun", &run, "stop"], None, Some(&by)).await?;
        Ok(())
    }

    async fn retry(&self, key: &RunKey, from: Option<RefId>, by: &str) -> Result<(), EngineError> {
        intake::may_go_on(self, &*self.shelf, key, from.as_ref()).await?;
        let go = Go::Retry { from, by: by.to_owned() };
        self.server.call(&["EngageRun", &run_key(key), "go", "send"], None, Some(&go)).await?;
        Ok(())
    }

    async fn status(&self, key: &RunKey) -> Result<Option<RunRecord>, EngineError> {
        Ok(self.server.asked(&["EngageRun", &run_key(key), "status"]).await?)
    }

    async fn runs(&self, tenant: &Tenant, query: &RunQuery) -> Result<RunPage, EngineError> {
        let mut records = self.records(tenant).await?;
        records.retain(|record| {
            let of_playbook = query.playbook.as_ref().is_none_or(|playbook| record.playbook == *playbook);
            of_playbook && (query.states.is_empty() || query.states.contains(&record.state))
        });
        records.sort_by_key(|record| std::cmp::Reverse((record.started_at, record.key.run)));
        if let Some(after) = query.after {
            records.retain(|record| (record.started_at, record.key.run) < after);
        }
        let most = query.most.max(1);
        let more = records.len() > most;
        records.truncate(most);
        Ok(RunPage { runs: records, more })
    }

    async fn history(&self, key: &RunKey) -> Result<Vec<Fact>, EngineError> {
        let facts: Vec<Fact> = self.server.asked(&["EngageRun", &run_key(key), "history"]).await?;
        if facts.is_empty() { Err(EngineError::NoSuchRun(key.clone())) } else { Ok(facts) }
    }
}

impl RestateEngine {
    /// Removes a run that is at an end, with all that is known of it: for whoever wants to be forgotten. What Restate keeps
    /// of its calls goes when its own retention is over.
    ///
    /// # Errors
    /// [`EngineError::NoSuchRun`], [`EngineError::NotAtAnEnd`].
    pub async fn erase(&self, key: &RunKey) -> Result<(), EngineError> {
        let record = self.known(key).await?;
        if !record.state.at_an_end() {
            return Err(EngineError::NotAtAnEnd(key.clone()));
        }
        self.server.call(&["EngageRun", &run_key(key), "forget"], None, Some(&record.entries)).await?;
        Ok(())
    }

    async fn known(&self, key: &RunKey) -> Result<RunRecord, EngineError> {
        self.status(key).await?.ok_or_else(|| EngineError::NoSuchRun(key.clone()))
    }

    /// What Restate's own tables say of the runs of a tenant: for lists alone, which grow with the runs that are kept.
    async fn records(&self, tenant: &Tenant) -> Result<Vec<RunRecord>, EngineError> {
        let prefix = format!("{tenant}/").replace('\'', "''");
        let query = format!(
            "SELECT service_key, value_utf8 FROM state WHERE service_name = 'EngageRun' AND key = '{RECORD}' \
             AND starts_with(service_key, '{prefix}')"
        );
        let rows = self.server.rows(&query).await?;
        let record = |row: &Value| {
            // A tenant's name may be the beginning of another's, up to the sign that parts it from the run.
            let key = of_run_key(row.get("service_key")?.as_str()?).filter(|key| key.tenant == *tenant)?;
            let record: RunRecord = serde_json::from_str(row.get("value_utf8")?.as_str()?).ok()?;
            (record.key == key).then_some(record)
        };
        Ok(rows.iter().filter_map(record).collect())
    }
}
