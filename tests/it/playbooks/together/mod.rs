//! Reads that travel together: nobody can tell by what they give, and fewer requests go out.

mod scene;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::adapter::AdapterErrorKind;
use engage_playbooks::outlook::Outlook;
use engage_playbooks::ports::Halt;
use engage_playbooks::run::{Fact, FactKind, Record, RunState};
use proptest::prelude::*;

use scene::{Reads, Scene, Script, can, ends, trips};

fn kinds() -> impl Strategy<Value = (AdapterErrorKind, usize)> {
    use AdapterErrorKind::{Denied, Locked, NotFound, Rejected, Throttled, Unavailable, Unknown};
    let after = Some(Duration::from_millis(30));
    let passing = vec![Throttled { after: None }, Throttled { after }, Unavailable, Locked, Unknown];
    let lasting = vec![Denied, NotFound, Rejected { field: None }];
    prop_oneof![(proptest::sample::select(passing), 1_usize..3), (proptest::sample::select(lasting), Just(usize::MAX)),]
}

fn scripts() -> impl Strategy<Value = Vec<Script>> {
    let fails = proptest::option::weighted(0.15, kinds());
    let script = (0_u8..20, fails).prop_map(|(takes, fails)| Script { takes, fails });
    proptest::collection::vec(script, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Whatever takes how long and fails how: every block gives what it gives alone, and fails as it fails alone.
    #[test]
    fn company_is_not_noticed(
        reads in proptest::collection::vec((0_u8..3, 0_u8..8, 0_u8..3), 1..8),
        most in 1_usize..9,
        joins in any::<bool>(),
        script in scripts(),
    ) {
        let scene = Scene::new(&reads, can(most, joins), script);
        let (together, alone) = (scene.plain(false), scene.plain(true));
        let (with, without) = (ends(&together.machine), ends(&alone.machine));
        for (block, end) in &without {
            // Once a block has failed nothing new starts: what comes later may have started in one run alone.
            if let Some(other) = with.get(block) {
                prop_assert_eq!(end, other, "{}", block);
            } else {
                prop_assert!(block.starts_with('s') && together.machine.state() == RunState::Failed);
            }
        }
        prop_assert_eq!(together.machine.state(), alone.machine.state());
        prop_assert_eq!(trips(&together.machine), together.requests.len(), "those of attempts that failed among them");
        if together.machine.state() == RunState::Succeeded {
            prop_assert_eq!(together.machine.outcome(), alone.machine.outcome());
            let (sent, bound) = (together.requests.len(), alone.requests.len() + together.refused);
            prop_assert!(sent <= bound, "{} requests together, {} at most", sent, bound);
        }
        prop_assert!(together.requests.iter().all(|queries| *queries <= most));
    }

    /// Where nothing fails there are as many requests as the outlook says.
    #[test]
    fn the_outlook_tells_how_many_requests_there_are(
        reads in proptest::collection::vec((0_u8..3, 0_u8..8, Just(0)), 1..8),
        few in 1_usize..9,
        joins in any::<bool>(),
        takes in proptest::collection::vec(0_u8..20, 1..12),
    ) {
        let script: Vec<Script> = takes.iter().map(|takes| Script { takes: *takes, fails: None }).collect();
        // What has room for all travels in step.
        let scene = Scene::new(&reads, can(100, joins), script.clone());
        let outlook = Outlook::of(&scene.playbook, &scene.can).unwrap();
        prop_assert_eq!(outlook.round_trips, scene.plain(false).requests.len());
        // Reads of one query take as few requests as hold them.
        let ones: Reads = reads.iter().map(|(_, number, _)| (0, *number, 0)).collect();
        let scene = Scene::new(&ones, can(few, joins), script);
        prop_assert_eq!(scene.plain(false).requests.len(), ones.len().div_ceil(few));
        prop_assert_eq!(Outlook::of(&scene.playbook, &scene.can).unwrap().round_trips, ones.len().div_ceil(few));
    }
}

#[test]
fn one_block_counts_the_request_and_every_block_is_audited() {
    let scene = Scene::new(&vec![(0, 1, 0), (1, 2, 0), (0, 3, 0)], can(10, true), Vec::new());
    let came = scene.plain(false);
    assert_eq!(came.requests, [3]);
    let counts = came.machine.view().into_iter().filter(|view| view.attempts > 0);
    let counts: Vec<(String, u32)> = counts.map(|view| (view.block.to_string(), view.trips)).collect();
    assert_eq!(counts, [("r0".into(), 1), ("r1".into(), 0), ("r2".into(), 0)]);
    let log = scene.audit.0.lock().unwrap();
    let told: Vec<_> = log.iter().map(|entry| format!("{} {}", entry.block, entry.entity)).collect();
    assert_eq!(told, ["r0 account", "r1 account", "r1 contact", "r1 remark", "r2 account"]);
    assert!(log.iter().all(|entry| entry.as_whom.as_deref() == Some("ann")));
}

/// Keeps facts up to a number; says how often somebody asked whether a request may go out.
struct Cut {
    facts: Mutex<Vec<Fact>>,
    most: usize,
    asked: AtomicUsize,
    leads: bool,
}

impl Cut {
    fn after(most: usize) -> Self {
        Self { facts: Mutex::default(), most, asked: AtomicUsize::new(0), leads: true }
    }
}

#[async_trait]
impl Record for Cut {
    async fn append(&self, facts: &[Fact]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut kept = self.facts.lock().unwrap();
        if kept.len() + facts.len() > self.most {
            return Err("the power is gone".into());
        }
        kept.extend_from_slice(facts);
        Ok(())
    }

    async fn may_send(&self) -> Result<(), Halt> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.leads { Ok(()) } else { Err(Halt) }
    }
}

#[test]
fn the_lease_is_looked_at_once_for_a_request_that_several_share() {
    let scene = Scene::new(&vec![(0, 1, 0), (0, 2, 0), (0, 3, 0)], can(10, true), Vec::new());
    let record = Cut::after(usize::MAX);
    scene.run(false, &record, Vec::new()).unwrap();
    assert_eq!(record.asked.into_inner(), 1);
}

#[test]
fn who_no_longer_leads_sends_nothing_and_no_block_has_failed() {
    let scene = Scene::new(&vec![(0, 1, 0), (0, 2, 0), (0, 3, 0)], can(10, true), Vec::new());
    let record = Cut { leads: false, ..Cut::after(usize::MAX) };
    assert!(scene.run(false, &record, Vec::new()).is_err());
    let facts = record.facts.into_inner().unwrap();
    assert!(facts.iter().all(|fact| !matches!(fact.kind, FactKind::Done { .. } | FactKind::Failed { .. })));
    assert!(scene.audit.0.lock().unwrap().iter().all(|entry| entry.failure == Some("unsupported")), "nothing was sent");
}

#[test]
fn after_a_crash_only_blocks_without_an_entry_are_asked_for_again() {
    let scene = Scene::new(&vec![(0, 1, 0), (2, 2, 1), (0, 3, 0), (1, 4, 1)], can(10, false), Vec::new());
    let whole = Cut::after(usize::MAX);
    let undisturbed = scene.run(false, &whole, Vec::new()).unwrap();
    let mut repeated = Vec::new();
    for cut in 1..whole.facts.lock().unwrap().len() {
        let record = Cut::after(cut);
        assert!(scene.run(false, &record, Vec::new()).is_err(), "cut at {cut}");
        let kept = record.facts.into_inner().unwrap();
        let done: Vec<String> = kept.iter().filter_map(|fact| done(&fact.kind)).collect();
        let record = Cut::after(usize::MAX);
        let came = scene.run(false, &record, kept.clone()).unwrap();
        assert_eq!(came.machine.outcome(), undisturbed.machine.outcome(), "cut at {cut}");
        let again = record.facts.into_inner().unwrap();
        assert!(again.iter().filter_map(|fact| done_or_attempted(&fact.kind)).all(|block| !done.contains(&block)));
        repeated.push(came.requests.iter().sum::<usize>());
    }
    let queries: usize = undisturbed.requests.iter().sum();
    assert_eq!(repeated.first(), Some(&queries), "nothing was there");
    assert!(repeated.is_sorted_by(|before, after| before >= after), "{repeated:?}");
    assert_eq!(repeated.last(), Some(&1), "all but the last was there");
}

fn done(kind: &FactKind) -> Option<String> {
    match kind {
        FactKind::Done { block, .. } => Some(block.to_string()),
        _ => None,
    }
}

fn done_or_attempted(kind: &FactKind) -> Option<String> {
    match kind {
        FactKind::Done { block, .. } | FactKind::Attempted { block, .. } => Some(block.to_string()),
        _ => None,
    }
}
