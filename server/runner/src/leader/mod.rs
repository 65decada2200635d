//! The leader: one task that owns all runs of this process, so that nothing is locked.
//!
//! It never waits for one thing: appends, blocks, journals that are read, offers and alarms come to it as they are done.
//! What happens is put into the next batch; while one batch is on its way to the journal the next one gathers. What depends
//! on a batch (a block that is sent, an executor that may write) waits for it, and nothing else does.
//!
//! INVARIANT: what is in memory is ahead of the journal by the pending batch and the one on its way, and by nothing else. When
//! an append fails, all of it is dropped, and the next leader folds what the journal has.

mod alarms;
mod chores;
mod queue;
mod requests;
mod restore;
mod run;
mod steps;
mod turn;
mod unfinished;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use engage_playbooks::ports::{JournalError, Lease, Offer, OfferId, Request};
use engage_playbooks::run::{Command, RunKey};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::call::{Ended, Said};
use crate::config::Config;
use crate::fair::Places;
use crate::host::Host;
use crate::order::Order;
use crate::pending::{Held, Pending};
use crate::timers::Timers;
use alarms::{Alarm, Schedules, SwitchedOn};
use chores::{Chore, Loads};
use run::{Active, Known};
use unfinished::StrandedRuns;

pub(crate) use unfinished::GivenUp;

/// How many blocks may wait to tell something; more wait in front.
const SAID: usize = 1024;

/// What the leader has in hand. Dropping it drops all of it, as a crash would.
pub(crate) struct Leader {
    host: Arc<Host>,
    config: Arc<Config>,
    lease: Arc<Lease>,
    /// The instant of what is happening.
    now: Timestamp,
    last_start: Timestamp,

    runs: HashMap<RunKey, Known>,
    /// Runs of this turn that may begin at once, with the commands of their beginning.
    fresh: HashMap<RunKey, (Box<Active>, Vec<Command>)>,
    places: Places,
    order: Order,
    timers: Timers<Alarm>,
    /// What is wanted of runs whose journal is being read.
    requests: HashMap<RunKey, Vec<(OfferId, Request)>>,
    stranded: StrandedRuns,
    /// Runs that never ended: they are given up once their journal was read.
    given_up: HashSet<RunKey>,
    /// Runs that were found to be in the journal when they were to begin.
    existing: HashSet<RunKey>,

    pending: Pending,
    append: Option<Appending>,
    /// Something is wrong that only a new start mends.
    broken: Option<String>,
    calls: JoinSet<Option<Ended>>,
    said: (mpsc::Sender<Said>, mpsc::Receiver<Said>),
    chores: JoinSet<Chore>,
    loads: Loads,

    /// Offers that were read and are not yet taken.
    in_hand: HashSet<OfferId>,
    read: VecDeque<(OfferId, Offer)>,
    offers: Option<Asked<Vec<(OfferId, Offer)>>>,
    /// Something may have been offered since offers were read.
    look: bool,
    /// The last offer that was read.
    last_offer: Option<OfferId>,

    schedules: Schedules,
    /// Schedules whose marks are being read.
    reading: SwitchedOn,
    /// The schedules of the start are known.
    refreshed: bool,
    /// Until when runs that have ended may be kept.
    kept_until: Timestamp,
    purging: bool,
    stopping: bool,
}

/// Something that the journal was asked.
type Asked<T> = BoxFuture<'static, Result<T, JournalError>>;

/// A batch on its way.
struct Appending {
    done: Asked<()>,
    held: Held,
    /// When it was sent.
    since: Duration,
}

/// What a host tells a leader.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Orders {
    /// It stops.
    pub(crate) stop: bool,
    /// Grows whenever playbooks have changed.
    pub(crate) playbooks: u64,
}

impl Leader {
    pub(crate) fn new(host: Arc<Host>, config: Arc<Config>, lease: Lease, existing: HashSet<RunKey>) -> Self {
        let now = host.time.timestamp();
        let places = Places::new(config.limits);
        Self {
            host,
            config,
            lease: Arc::new(lease),
            now,
            last_start: Timestamp::MIN,
            runs: HashMap::new(),
            fresh: HashMap::new(),
            places,
            order: Order::default(),
            timers: Timers::default(),
            requests: HashMap::new(),
            stranded: StrandedRuns::new(),
            given_up: HashSet::new(),
            existing,
            pending: Pending::default(),
            append: None,
            broken: None,
            calls: JoinSet::new(),
            said: mpsc::channel(SAID),
            chores: JoinSet::new(),
            loads: Loads::default(),
            in_hand: HashSet::new(),
            read: VecDeque::new(),
            offers: None,
            look: true,
            last_offer: None,
            schedules: Schedules::new(),
            reading: SwitchedOn::new(),
            refreshed: false,
            kept_until: now,
            purging: false,
            stopping: false,
        }
    }

    /// Leads until it is told to stop, and everything that was under way is durable.
    ///
    /// # Errors
    /// [`JournalError`] when this process may not lead any more: everything in memory is void then.
    pub(crate) async fn lead(&mut self, orders: &mut watch::Receiver<Orders>) -> Result<(), JournalError> {
        let result = self.until_over(orders).await;
        // Nothing of this process is on its way any more when another may lead.
        self.calls.shutdown().await;
        result
    }

    async fn until_over(&mut self, orders: &mut watch::Receiver<Orders>) -> Result<(), JournalError> {
        self.tick();
        self.restore().await?;
        self.look_for_schedules();
        self.kept_until = self.now;
        self.keep_until_over();
        if self.config.retention.is_some() {
            self.purge();
        }
        self.turns(orders).await
    }

    /// Looks at the clock.
    fn tick(&mut self) {
        let now = self.host.time.timestamp();
        // Microseconds are enough, and every store keeps them.
        self.now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
    }

    /// Runs that were found in the journal when they were to begin.
    pub(crate) fn existing(self) -> HashSet<RunKey> {
        self.existing
    }
}
