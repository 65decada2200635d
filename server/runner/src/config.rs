//! What an operator may set.

use std::time::Duration;

use engage_playbooks::run::RetryRule;

use crate::fair::Limits;
use crate::measure::Bounds;

/// The most objects and lists within each other in an output: what is read back from a journal may not be deeper.
const MAX_OUTPUT_DEPTH: usize = 64;

/// Settings of a runner. The table in the README says what each is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Names this process, for people.
    pub holder: String,
    /// Runs under way at the same time.
    pub limits: Limits,
    /// Blocks of one run under way at the same time.
    pub blocks_at_once: usize,
    /// Runs in memory, waiting ones included, beyond which no further events are taken in.
    pub most_known: usize,
    /// How often a block that failed in passing is tried again.
    pub retry: RetryRule,
    /// How often a block is attempted of which crashes cut off every attempt.
    pub crashes: u32,
    /// How long a run may take whose playbook says nothing.
    pub deadline: Duration,
    /// How far the data of an event may go.
    pub event: Bounds,
    /// Facts above this many bytes have their value stored once and refer to it.
    pub inline_output: usize,
    /// Outputs above this many bytes make their block fail.
    pub most_output: usize,
    /// How long what is known of a run is kept after its end; `None`: for ever.
    pub retention: Option<Duration>,
    /// How long a run may be without an end, counted from its beginning or since it was last let go on; then it is given up and
    /// removed, and people hear of it. `None`: for ever.
    pub unfinished: Option<Duration>,
    /// How often a stand-by asks whether it may lead.
    pub standby: Duration,
    /// How long a leader that is told to stop waits for blocks that are under way.
    pub drain: Duration,
}

impl Config {
    /// How far an output may go.
    pub fn output(&self) -> Bounds {
        Bounds { bytes: self.most_output, depth: MAX_OUTPUT_DEPTH }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            holder: "engage".to_owned(),
            limits: Limits::default(),
            blocks_at_once: engage_playbooks::run::MOST_AT_ONCE,
            most_known: 100_000,
            retry: RetryRule::default(),
            crashes: 5,
            deadline: Duration::from_hours(24),
            event: Bounds { bytes: 960 * 1024, depth: 64 },
            inline_output: 32 * 1024,
            most_output: 8 * 1024 * 1024,
            retention: Some(Duration::from_hours(30 * 24)),
            unfinished: Some(Duration::from_hours(90 * 24)),
            standby: Duration::from_secs(1),
            drain: Duration::from_secs(10),
        }
    }
}
