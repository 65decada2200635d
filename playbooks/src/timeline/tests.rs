use engage_engine::ids::{CrmName, RefId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::model::TriggerKind;
use crate::run::{Beginning, Fact, FactKind, FailureKind, RunOutcome};

fn name(name: &str) -> RefId {
    RefId::new(name).unwrap()
}

fn at(ms: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_millis(ms)
}

/// `trigger → filter → read → create → out`, and an `ai` beside the read.
fn shape() -> Shape {
    let block = |title: &str, kind, attempted, after: &[usize]| ShapeBlock {
        name: name(title),
        title: String::new(),
        kind,
        attempted,
        after: after.to_vec(),
    };
    Shape {
        blocks: vec![
            block("trigger", "trigger", false, &[]),
            block("byMail", "filter", false, &[0]),
            block("advisor", "read", true, &[1]),
            block("topic", "ai", true, &[0]),
            block("lead", "create", true, &[2, 3]),
            block("out", "output", false, &[4]),
        ],
        closed: false,
    }
}

fn fact(ms: i64, kind: FactKind) -> Fact {
    Fact { at: at(ms), kind }
}

fn started() -> Fact {
    let beginning = Beginning {
        playbook: SemanticId::new("portal-lead").unwrap(),
        digest: "d".into(),
        crm: CrmName::new("acme").unwrap(),
        trigger: TriggerKind::Manual,
        event: "e".into(),
        subject: None,
        data: Value::Null,
        given: Value::Null,
        employee: None,
        versions: Default::default(),
        deadline: None,
        closed: false,
    };
    fact(0, FactKind::Started(Box::new(beginning)))
}

fn attempted(ms: i64, block: &str, attempt: u32) -> Fact {
    fact(ms, FactKind::Attempted { block: name(block), attempt })
}

fn done(ms: i64, block: &str) -> Fact {
    fact(ms, FactKind::Done { block: name(block), output: json!({}), trips: 1 })
}

fn failure() -> BlockFailure {
    BlockFailure {
        kind: FailureKind::Transient,
        reason: "throttled".into(),
        message: "wait".into(),
        wait_ms: None,
        trips: 2,
    }
}

fn failed(ms: i64, block: &str, attempt: u32, retry: Option<i64>) -> Fact {
    fact(ms, FactKind::Failed { block: name(block), attempt, failure: failure(), retry_at: retry.map(at) })
}

fn finished(ms: i64) -> Fact {
    fact(ms, FactKind::Finished { outcome: RunOutcome::Succeeded { outputs: json!({}) } })
}

/// One line per block: `*` on the critical path, state, spans in milliseconds, what held it.
fn told(timeline: &Timeline) -> String {
    let ms = |at: Timestamp| at.as_millisecond();
    let lane = |lane: &Lane| {
        let spans = lane.spans.iter().map(|span| format!(" {}[{}-{}]", span.phase.name(), ms(span.from), ms(span.to)));
        let held = lane.held_by.and_then(|by| timeline.lanes.get(by)).map(|by| format!(" after {}", by.block));
        let mark = if lane.critical { '*' } else { ' ' };
        let spans: String = spans.collect();
        format!("{mark}{} {}{spans}{}\n", lane.block, lane.state.name(), held.unwrap_or_default())
    };
    let state = format!("{:?} {}-{} {} trips\n", timeline.state, ms(timeline.from), ms(timeline.to), timeline.trips);
    state + &timeline.lanes.iter().map(lane).collect::<String>()
}

fn of(facts: &[Fact], now: i64) -> Timeline {
    Timeline::of(facts, Some(&shape()), at(now))
}

/// A run whose advisor is read twice.
fn whole() -> Vec<Fact> {
    vec![
        started(),
        attempted(0, "advisor", 1),
        attempted(1, "topic", 1),
        failed(40, "advisor", 1, Some(60)),
        done(80, "topic"),
        attempted(60, "advisor", 2),
        done(100, "advisor"),
        attempted(105, "lead", 1),
        done(150, "lead"),
        finished(150),
    ]
}

#[test]
fn a_run_shows_who_waited_for_whom_and_what_decided_its_length() {
    insta::assert_snapshot!(told(&of(&whole(), 999)), @r"
    Succeeded 0-150 5 trips
    *trigger done
    *byMail done after trigger
    *advisor done failed[0-40] paused[40-60] running[60-100] after byMail
     topic done ready[0-1] running[1-80] after trigger
    *lead done waiting[0-100] ready[100-105] running[105-150] after advisor
    *out done waiting[0-150] after lead
    ");
}

#[test]
fn a_run_under_way_is_seen_up_to_now() {
    insta::assert_snapshot!(told(&of(&whole()[..4], 50)), @r"
    Running 0-50 2 trips
     trigger done
     byMail done after trigger
     advisor paused failed[0-40] paused[40-50] after byMail
     topic running ready[0-1] running[1-50] after trigger
     lead waiting waiting[0-50]
     out waiting waiting[0-50]
    ");
}

#[test]
fn a_pause_says_when_it_ends() {
    let retry = |facts: &[Fact]| of(facts, 50).lanes[2].retry_at;
    assert_eq!((retry(&whole()[..4]), retry(&whole()[..6])), (Some(at(60)), None));
}

#[test]
fn what_is_passed_over_was_skipped() {
    let facts = [started(), attempted(0, "advisor", 1), done(10, "advisor"), attempted(10, "lead", 1)];
    let timeline = of(&facts, 20);
    assert_eq!(timeline.lanes[3].state, LaneState::Skipped);
    assert_eq!(of(&facts[..3], 20).lanes[3].state, LaneState::Ready, "nothing has passed it yet");
}

#[test]
fn a_run_that_fails_and_goes_on_shows_both() {
    let mut facts = whole()[..3].to_vec();
    let outcome = RunOutcome::Failed { block: Some(name("advisor")), failure: failure() };
    facts.extend([failed(40, "advisor", 1, None), done(50, "topic"), fact(50, FactKind::Finished { outcome })]);
    insta::assert_snapshot!(told(&of(&facts, 99)), @r"
    Failed 0-50 3 trips
    *trigger done
     byMail done after trigger
     advisor failed failed[0-40] after byMail
    *topic done ready[0-1] running[1-50] after trigger
     lead stopped waiting[0-50] after topic
     out stopped waiting[0-50]
    ");
    facts.push(fact(500, FactKind::RetryRequested { by: "kim".into(), from: None, deadline: None }));
    facts.extend([attempted(510, "advisor", 2), done(520, "advisor"), attempted(520, "lead", 1), done(530, "lead")]);
    facts.push(finished(530));
    insta::assert_snapshot!(told(&of(&facts, 999)), @r"
    Succeeded 0-530 5 trips
    *trigger done
    *byMail done after trigger
    *advisor done failed[0-40] ready[500-510] running[510-520] after byMail
     topic done ready[0-1] running[1-50] after trigger
    *lead done waiting[0-520] running[520-530] after advisor
    *out done waiting[0-530] after lead
    ");
}

#[test]
fn from_a_block_on_everything_behind_it_is_forgotten() {
    let mut facts = whole();
    facts.pop();
    let outcome = RunOutcome::Cancelled { by: "kim".into() };
    facts.push(fact(150, FactKind::Finished { outcome }));
    let timeline = of(&facts, 999);
    assert_eq!((timeline.state, timeline.cancelled_by.as_deref()), (RunState::Cancelled, Some("kim")));
    facts.push(fact(200, FactKind::RetryRequested { by: "kim".into(), from: Some(name("topic")), deadline: None }));
    facts.push(attempted(210, "topic", 2));
    let timeline = of(&facts, 220);
    let states: Vec<&str> = timeline.lanes.iter().map(|lane| lane.state.name()).collect();
    assert_eq!(states, ["done", "done", "done", "running", "waiting", "waiting"]);
    assert_eq!(timeline.lanes[3].attempts, 2);
}

#[test]
fn a_block_that_is_never_attempted_fails_without_a_fact_of_its_own() {
    let mut facts = whole()[..9].to_vec();
    let outcome = RunOutcome::Failed { block: Some(name("out")), failure: failure() };
    facts.push(fact(150, FactKind::Finished { outcome }));
    let timeline = of(&facts, 999);
    let out = timeline.lanes.last().unwrap();
    assert_eq!((out.state, out.why().as_deref()), (LaneState::Failed, Some("throttled: wait")));
    assert!(out.critical);
}

#[test]
fn whoever_waits_for_the_employee_says_so() {
    let facts =
        [started(), attempted(0, "advisor", 1), fact(5, FactKind::NeedsIdentity { block: name("advisor"), trips: 1 })];
    let timeline = of(&facts, 30);
    assert_eq!((timeline.state, timeline.lanes[2].state), (RunState::NeedsIdentity, LaneState::NeedsIdentity));
    let mut facts = facts.to_vec();
    facts.extend([fact(40, FactKind::Identified), attempted(41, "advisor", 2)]);
    let timeline = of(&facts, 50);
    assert_eq!((timeline.state, timeline.lanes[2].state), (RunState::Running, LaneState::Running));
}

#[test]
fn without_the_playbook_the_facts_alone_speak() {
    let timeline = Timeline::of(&whole(), None, at(999));
    let names: Vec<&str> = timeline.lanes.iter().map(|lane| lane.block.as_str()).collect();
    assert_eq!(names, ["advisor", "topic", "lead"]);
    assert_eq!(timeline.lanes[0].after, Vec::<usize>::new());
}

#[test]
fn an_attempt_that_a_crash_cut_off_is_seen() {
    let facts = [started(), attempted(0, "advisor", 1), attempted(100, "advisor", 2), done(120, "advisor")];
    let timeline = of(&facts, 200);
    let phases: Vec<&str> = timeline.lanes[2].spans.iter().map(|span| span.phase.name()).collect();
    assert_eq!((phases.as_slice(), timeline.lanes[2].attempts), (&["failed", "running"][..], 2));
}

#[test]
fn a_run_without_facts_waits_for_its_turn() {
    let timeline = of(&[], 10);
    assert_eq!((timeline.state, timeline.playbook, timeline.lanes.len()), (RunState::Queued, None, 6));
}
