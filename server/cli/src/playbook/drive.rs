//! Drives one run in this process, telling how it goes on.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use engage_dsl::templates::Liquid;
use engage_engine::acting::Identity;
use engage_engine::adapter::Adapter;
use engage_engine::ids::CrmName;
use engage_engine::run::SystemClock;
use engage_playbooks::blocks::Blocks;
use engage_playbooks::ports::ai::Ai;
use engage_playbooks::ports::{ConnectionError, Connections, Halt, Since, Time};
use engage_playbooks::run::{AloneError, Fact, Machine, Record, RetryRule, Run, Tenant};
use jiff::Timestamp;
use tokio::sync::Notify;

use super::files::Folder;
use super::journal::Kept;
use crate::failure::Failure;
use crate::io::Io;
use crate::progress::Progress;

/// How often a tree is redrawn though nothing happened: the seconds go on.
const REDRAWN: Duration = Duration::from_millis(100);
/// When blocks are tried again in a run that somebody waits for.
const RETRY: RetryRule = RetryRule { failures: 4, base: Duration::from_secs(1), cap: Duration::from_secs(30) };

/// The one CRM of a command, whoever acts on it.
struct One(Arc<dyn Adapter>);

#[async_trait]
impl Connections for One {
    async fn connect(&self, _: &Tenant, crm: &CrmName, _: &Identity) -> Result<Arc<dyn Adapter>, ConnectionError> {
        if self.0.crm() == crm { Ok(Arc::clone(&self.0)) } else { Err(ConnectionError::NotConnected) }
    }
}

/// What a run is driven with.
#[derive(Debug)]
pub struct Means {
    /// Who runs the blocks.
    pub blocks: Blocks,
    /// The time.
    pub time: Since,
}

impl Means {
    /// On a CRM and a model, with the machine's time.
    pub fn new(crm: Arc<dyn Adapter>, ai: Arc<dyn Ai>) -> Self {
        Self::at(crm, ai, Since::new(Arc::new(SystemClock::default()), Timestamp::now()))
    }

    /// On a CRM and a model, with time of the caller's.
    pub fn at(crm: Arc<dyn Adapter>, ai: Arc<dyn Ai>, time: Since) -> Self {
        let blocks = Blocks::new(Arc::new(One(crm)), ai, Arc::new(Liquid::default()), Arc::new(time.clone()));
        Self { blocks, time }
    }

    /// With the files of a folder, where one is named.
    ///
    /// # Errors
    /// When it is no folder.
    pub fn files(mut self, folder: Option<&Path>) -> Result<Self, Failure> {
        if let Some(folder) = folder {
            self.blocks = self.blocks.files(Folder::open(folder)?);
        }
        Ok(self)
    }
}

/// Where the facts of a run go: to the journal, where there is one, and then to whoever tells of them.
pub struct Teller {
    kept: Option<Kept>,
    untold: Mutex<Vec<Fact>>,
    news: Notify,
}

impl std::fmt::Debug for Teller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Teller").field("kept", &self.kept).finish_non_exhaustive()
    }
}

impl Teller {
    /// Nothing has happened yet.
    pub fn new(kept: Option<Kept>) -> Self {
        Self { kept, untold: Mutex::default(), news: Notify::new() }
    }

    fn take(&self) -> Vec<Fact> {
        std::mem::take(&mut *self.untold.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Record for Teller {
    async fn append(&self, facts: &[Fact]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        if let Some(kept) = &self.kept {
            kept.append(facts).await?;
        }
        self.untold.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(facts);
        self.news.notify_one();
        Ok(())
    }

    async fn may_send(&self) -> Result<(), Halt> {
        match &self.kept {
            Some(kept) => kept.may_send().await,
            None => Ok(()),
        }
    }
}

/// Drives a run to its end, or to where it waits for its employee. An interrupt cancels it.
///
/// # Errors
/// When its facts are not kept, or another process drives it now.
pub async fn drive(
    run: Run<'_>,
    means: &Means,
    kept: Option<Kept>,
    progress: &mut Progress,
    io: &mut Io<'_>,
) -> Result<Machine, Failure> {
    let teller = Teller::new(kept);
    let run = run.retry(RETRY).cancel(interrupted());
    let mut run = std::pin::pin!(run.execute(&means.blocks, &means.time, &teller));
    let mut redraw = tokio::time::interval(REDRAWN);
    let ended = loop {
        let ended = tokio::select! {
            ended = &mut run => Some(ended),
            () = teller.news.notified() => None,
            _ = redraw.tick() => None,
        };
        for fact in teller.take() {
            progress.fact(&fact, io);
        }
        progress.tick(means.time.timestamp(), io);
        if let Some(ended) = ended {
            break ended;
        }
    };
    ended.map_err(|error| left(&error))
}

/// Returns once the user interrupts the command, and says who asked.
async fn interrupted() -> String {
    match tokio::signal::ctrl_c().await {
        Ok(()) => "an interrupt".to_owned(),
        // Without the signal nobody can ask.
        Err(_) => std::future::pending().await,
    }
}

fn left(error: &AloneError) -> Failure {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        words = format!("{words}: {inner}");
        source = inner.source();
    }
    let failure = Failure::outside(format!("the run was left where it is: {words}"));
    failure.help("it goes on from its journal when it is run again with the same event")
}
