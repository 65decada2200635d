//! The second part of the suite, on the in-memory CRM behind a wire that fails when told to.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use engage_adapters::conformance::{self, About, Fixture, Trouble, Wire};
use engage_adapters::memory::{MemoryCrm, presets};
use engage_adapters::wrap::Narrow;
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, Capabilities, GroupError, Page, Query, Request, WriteGroup, Written,
};
use engage_engine::{Capabilities as Can, CrmName};

use crate::support::memory;

/// The rows, and what is to happen to the requests.
struct Line {
    can: Can,
    crm: Mutex<Arc<MemoryCrm>>,
    told: Arc<Mutex<Told>>,
}

#[derive(Default)]
struct Told {
    sent: usize,
    armed: Option<(usize, Trouble)>,
    /// What is wrong with it, for tests of the suite.
    wrong: Option<Wrong>,
}

impl Line {
    fn new(can: Can) -> Self {
        Self { can, crm: Mutex::new(Arc::new(memory())), told: Arc::default() }
    }

    fn adapter(&self) -> Arc<dyn Adapter> {
        let crm = Arc::clone(&self.crm.lock().unwrap());
        let end = End { crm: Narrow::new(crm, &self.can), told: Arc::clone(&self.told) };
        Arc::new(end)
    }
}

#[async_trait]
impl Fixture for Line {
    async fn fresh(&self) -> Arc<dyn Adapter> {
        *self.crm.lock().unwrap() = Arc::new(memory());
        self.adapter()
    }
}

#[async_trait]
impl Wire for Line {
    async fn again(&self) -> Arc<dyn Adapter> {
        self.adapter()
    }

    async fn calm(&self) {
        let mut told = self.told.lock().unwrap();
        (told.sent, told.armed) = (0, None);
    }

    async fn sent(&self) -> Vec<About> {
        vec![About::Records; self.told.lock().unwrap().sent]
    }

    async fn arm(&self, request: usize, trouble: Trouble) -> bool {
        self.told.lock().unwrap().armed = Some((request, trouble));
        // There are no tokens here, and answers come whole.
        !matches!(trouble, Trouble::Unauthenticated | Trouble::Slow)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Wrong {
    /// It says that nothing took effect when something did.
    Lies,
    /// It sends again what was not answered, whatever that does.
    Repeats,
    /// It says that all is well and loses what was to be written.
    Loses,
}

struct End {
    crm: Narrow<MemoryCrm>,
    told: Arc<Mutex<Told>>,
}

impl End {
    fn wrong(&self, wrong: Wrong) -> bool {
        let told = self.told.lock().unwrap();
        let met = told.armed.is_some_and(|(request, trouble)| request < told.sent && trouble == Trouble::CutAfter);
        met && told.wrong == Some(wrong)
    }

    /// What happens to the next request: an error instead of it, or instead of its answer.
    fn next(&self) -> (Option<AdapterErrorKind>, Option<AdapterErrorKind>) {
        let mut told = self.told.lock().unwrap();
        let number = told.sent;
        told.sent += 1;
        let Some((request, trouble)) = told.armed.filter(|(request, _)| *request <= number) else {
            return (None, None);
        };
        let now = request == number;
        match trouble {
            Trouble::GoneAfter if now => (None, Some(AdapterErrorKind::Unknown)),
            Trouble::GoneBefore if now => (Some(AdapterErrorKind::Unknown), None),
            // Nobody takes the call any more.
            Trouble::GoneBefore | Trouble::GoneAfter => (Some(AdapterErrorKind::Unavailable), None),
            _ if !now => (None, None),
            Trouble::CutBefore => (Some(AdapterErrorKind::Unknown), None),
            Trouble::Unavailable => (Some(AdapterErrorKind::Unavailable), None),
            Trouble::Throttled => (Some(AdapterErrorKind::Throttled { after: None }), None),
            Trouble::Locked => (Some(AdapterErrorKind::Locked), None),
            Trouble::CutAfter if told.wrong == Some(Wrong::Lies) => (None, Some(AdapterErrorKind::Unavailable)),
            Trouble::CutAfter if told.wrong.is_some() => (None, None),
            Trouble::CutAfter | Trouble::Truncated => (None, Some(AdapterErrorKind::Unknown)),
            Trouble::Unauthenticated | Trouble::Slow => (None, None),
        }
    }
}

fn lost<T, E: From<AdapterError>>(kind: Option<AdapterErrorKind>, answer: Result<T, E>) -> Result<T, E> {
    kind.map_or(answer, |kind| Err(AdapterError::new(kind).into()))
}

#[async_trait]
impl Adapter for End {
    fn crm(&self) -> &CrmName {
        self.crm.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.crm.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        match self.next() {
            (Some(before), _) => lost(Some(before), Ok(Vec::new())),
            (None, after) => lost(after, self.crm.read(call, queries).await),
        }
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        let next = self.next();
        if self.wrong(Wrong::Loses) {
            let written = |at: usize| Ok(Written { id: format!("lost-{at}"), created: true, etag: None });
            return Ok((0..group.writes.len()).map(written).collect());
        }
        if self.wrong(Wrong::Repeats) {
            let _ = self.crm.write(call, group).await;
        }
        match next {
            (Some(before), _) => lost(Some(before), Ok(Vec::new())),
            (None, after) => lost(after, self.crm.write(call, group).await),
        }
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.crm.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.crm.preview_write(group)
    }
}

#[tokio::test]
async fn nothing_is_lost_and_nothing_is_there_twice_under_every_capability_set() {
    for (name, can) in presets::all().into_iter().chain(presets::switches()) {
        let report = conformance::faults(&Line::new(can.clone())).await;
        assert!(report.failures().is_empty(), "{name}:\n{report}");
        // A CRM that does not come back leaves everybody in doubt.
        let passing = report.ran.iter().filter(|ran| !ran.test.contains(", gone "));
        let unknown = passing.flat_map(|ran| &ran.notes).any(|note| note.starts_with("told as unknown"));
        assert_eq!(unknown, !can.caller_ids, "{name}: without ids of ours some outcomes are unknown\n{report}");
    }
}

#[tokio::test]
async fn what_is_lost_or_doubled_is_found_out() {
    let without_ids = || presets::switches().into_iter().find(|(name, _)| *name == "no-caller-ids").unwrap().1;
    for wrong in [Wrong::Lies, Wrong::Repeats, Wrong::Loses] {
        let line = Line::new(without_ids());
        line.told.lock().unwrap().wrong = Some(wrong);
        let report = conformance::faults(&line).await;
        let failed = report.failures();
        assert!(failed.iter().any(|failure| failure.test == "a group without keys is made, cut after"), "{report}");
        assert!(failed.iter().all(|failure| failure.test.ends_with("cut after")), "{report}");
    }
}
