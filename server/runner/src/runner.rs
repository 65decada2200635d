//! The runner: stand-by, leader, and the door to both.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use engage_engine::ids::RefId;
use engage_playbooks::ports::{
    DurableEngine, EngineError, Event, JournalError, Offer, Request, RunPage, RunQuery, RunRecord, Started,
};
use engage_playbooks::run::{Fact, RunKey, Tenant, facts_of};
use tokio::sync::watch;

use crate::config::Config;
use crate::host::Host;
use crate::intake;
use crate::leader::{Leader, Orders};
use crate::metrics::Measure;

/// Runs playbooks durably on one machine. Cheap to clone; all clones are one runner.
///
/// Any process may take events in and answer questions; the one that [runs](Runner::run) and leads does the work.
#[derive(Debug, Clone)]
pub struct Runner {
    host: Arc<Host>,
    config: Arc<Config>,
    orders: Arc<watch::Sender<Orders>>,
}

impl Runner {
    /// A runner that does nothing yet.
    pub fn new(host: Host, config: Config) -> Self {
        let (orders, _) = watch::channel(Orders::default());
        Self { host: Arc::new(host), config: Arc::new(config), orders: Arc::new(orders) }
    }

    /// Waits until it may lead, leads, and waits again when it may not lead any more; returns after
    /// [`stop`](Runner::stop). Needs a tokio runtime; call it once.
    ///
    /// Dropping the future is a crash: everything under way is abandoned, and found again by the next leader.
    pub async fn run(&self) {
        let mut orders = self.orders.subscribe();
        let mut existing = HashSet::new();
        while !orders.borrow().stop {
            match self.host.journal.lead(&self.config.holder).await {
                Ok(Some(lease)) => {
                    let mut leader = Leader::new(self.host.clone(), self.config.clone(), lease.clone(), existing);
                    match leader.lead(&mut orders).await {
                        Ok(()) => return self.resign(lease).await,
                        Err(error) => self.lost(&error),
                    }
                    // Whatever was under way is void. The lease ends with a later one, or is given back below.
                    existing = leader.existing();
                    if !matches!(self.host.journal.holds(&lease).await, Err(JournalError::Fenced)) {
                        self.resign(lease).await;
                    }
                }
                Ok(None) => self.host.metrics.record(Measure::StandsBy),
                Err(error) => tracing::warn!(%error, "the journal cannot be asked who leads"),
            }
            tokio::select! {
                () = self.host.time.sleep(self.config.standby) => {}
                stopped = orders.wait_for(|orders| orders.stop) => {
                    if stopped.is_err() {
                        return;
                    }
                }
            }
        }
    }

    fn lost(&self, error: &JournalError) {
        tracing::error!(%error, "this process leads no more");
        self.host.metrics.record(Measure::Lost);
    }

    async fn resign(&self, lease: engage_playbooks::ports::Lease) {
        if let Err(error) = self.host.journal.resign(lease).await {
            tracing::warn!(%error, "the lease could not be given back and ends by itself");
        }
    }

    /// Lets [`run`](Runner::run) end: blocks under way are waited for, for a while, nothing new begins, and another may
    /// lead at once.
    pub fn stop(&self) {
        self.orders.send_modify(|orders| orders.stop = true);
    }

    /// Playbooks on the shelf have changed: schedules are looked for again, and runs whose version was not there go on.
    pub fn refresh(&self) {
        self.orders.send_modify(|orders| orders.playbooks = orders.playbooks.wrapping_add(1));
    }

    /// Removes a run that is at an end, with all that only it refers to: for whoever wants to be forgotten.
    ///
    /// # Errors
    /// [`EngineError::NoSuchRun`], [`EngineError::NotAtAnEnd`].
    pub async fn erase(&self, key: &RunKey, by: &str) -> Result<(), EngineError> {
        if !self.record(key).await?.state.at_an_end() {
            return Err(EngineError::NotAtAnEnd(key.clone()));
        }
        self.want(Request::Erase { key: key.clone(), by: by.to_owned() }).await
    }

    async fn record(&self, key: &RunKey) -> Result<RunRecord, EngineError> {
        self.host.journal.run(key).await?.ok_or_else(|| EngineError::NoSuchRun(key.clone()))
    }

    async fn want(&self, request: Request) -> Result<(), EngineError> {
        self.host.journal.offer(&[Offer::Request(request)]).await?;
        Ok(())
    }
}

#[async_trait]
impl DurableEngine for Runner {
    async fn offer(&self, events: Vec<Event>) -> Result<Vec<Started>, EngineError> {
        for event in &events {
            intake::check(event, &*self.host.shelf, &self.config)
                .map_err(|problem| EngineError::Refused(problem.to_string()))?;
        }
        let ids: Vec<String> = events.iter().map(|event| event.id.clone()).collect();
        let offers: Vec<Offer> = events.into_iter().map(Offer::Event).collect();
        let new = self.host.journal.offer(&offers).await.map_err(|error| match error {
            JournalError::TooLarge { .. } => EngineError::Refused(error.to_string()),
            other => other.into(),
        })?;
        Ok(ids.into_iter().zip(new).map(|(event, new)| Started { event, known: !new }).collect())
    }

    async fn identified(&self, key: &RunKey) -> Result<(), EngineError> {
        self.record(key).await?;
        self.want(Request::Identify { key: key.clone() }).await
    }

    async fn ready(&self) -> Result<(), EngineError> {
        // A question that every journal answers at once, whoever leads.
        let Some(tenant) = self.host.shelf.tenants().into_iter().next() else { return Ok(()) };
        self.host.journal.runs(&tenant, &RunQuery { most: 1, ..RunQuery::default() }).await?;
        Ok(())
    }

    async fn cancel(&self, key: &RunKey, by: &str) -> Result<(), EngineError> {
        if self.record(key).await?.state.at_an_end() {
            return Ok(());
        }
        self.want(Request::Cancel { key: key.clone(), by: by.to_owned() }).await
    }

    async fn retry(&self, key: &RunKey, from: Option<RefId>, by: &str) -> Result<(), EngineError> {
        intake::may_go_on(self, &*self.host.shelf, key, from.as_ref()).await?;
        self.want(Request::Retry { key: key.clone(), from, by: by.to_owned() }).await
    }

    async fn status(&self, key: &RunKey) -> Result<Option<RunRecord>, EngineError> {
        Ok(self.host.journal.run(key).await?)
    }

    async fn runs(&self, tenant: &Tenant, query: &RunQuery) -> Result<RunPage, EngineError> {
        Ok(self.host.journal.runs(tenant, query).await?)
    }

    async fn history(&self, key: &RunKey) -> Result<Vec<Fact>, EngineError> {
        let facts = facts_of(&*self.host.journal, key).await?;
        if facts.is_empty() { Err(EngineError::NoSuchRun(key.clone())) } else { Ok(facts) }
    }
}
