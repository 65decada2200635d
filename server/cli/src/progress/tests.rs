use engage_engine::ids::RefId;
use engage_playbooks::run::{BlockFailure, FactKind, FailureKind, RunOutcome};
use engage_playbooks::timeline::ShapeBlock;
use jiff::SignedDuration;
use serde_json::json as value;

use super::*;

fn name(name: &str) -> RefId {
    RefId::new(name).unwrap()
}

fn at(ms: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_millis(ms)
}

fn shape(reads: usize) -> Shape {
    let block = |of: &str, kind, attempted, after: &[usize]| ShapeBlock {
        name: name(of),
        title: String::new(),
        kind,
        attempted,
        after: after.to_vec(),
    };
    let mut blocks = vec![block("trigger", "trigger", false, &[]), block("byMail", "filter", false, &[0])];
    blocks.extend((1..=reads).map(|n| block(&format!("read{n}"), "read", true, &[1])));
    blocks.push(block("lead", "create", true, &(2..2 + reads).collect::<Vec<_>>()));
    Shape { blocks, closed: false }
}

fn failure() -> BlockFailure {
    let (reason, message) = ("throttled".to_owned(), "the CRM is at its limit".to_owned());
    BlockFailure { kind: FailureKind::Transient, reason, message, wait_ms: None, trips: 2 }
}

fn facts() -> Vec<Fact> {
    let fact = |ms, kind| Fact { at: at(ms), kind };
    let attempted = |ms, block, attempt| fact(ms, FactKind::Attempted { block: name(block), attempt });
    vec![
        attempted(0, "read1", 1),
        attempted(0, "read2", 1),
        fact(30, FactKind::Done { block: name("read1"), output: value!({"Email": "kari@example.com"}), trips: 1 }),
        fact(50, FactKind::Failed { block: name("read2"), attempt: 1, failure: failure(), retry_at: Some(at(2_050)) }),
        attempted(2_050, "read2", 2),
        fact(2_080, FactKind::Prepared { block: name("read2"), input: value!("kari@example.com") }),
        fact(
            2_100,
            FactKind::Finished { outcome: RunOutcome::Failed { block: Some(name("read2")), failure: failure() } },
        ),
    ]
}

fn told(facts: &[Fact], reads: usize, now: i64, size: Size, colour: bool) -> Vec<String> {
    let timeline = Timeline::of(facts, Some(&shape(reads)), at(now));
    tree("lead", &timeline, at(now), size, colour)
}

const WIDE: Size = Size { columns: 100, rows: 30 };

#[test]
fn a_tree_shows_what_each_block_does_now() {
    let lines = told(&facts()[..4], 2, 1_000, WIDE, false);
    insta::assert_snapshot!(lines.join("\n"), @r"
    lead: queued for 0 ms, 3 round trips, 3 of 5 blocks done
    ✓ trigger trigger
    └─ ✓ byMail filter
       ├─ ✓ read1 read      30 ms, 1 trip
       └─ ↻ read2 read      again in 1.0 s: throttled: the CRM is at its limit
          └─ · lead create  waits for read2
    ");
}

#[test]
fn a_narrow_terminal_gets_shorter_lines_and_a_low_one_what_is_under_way() {
    let lines = told(&facts()[..4], 2, 1_000, Size { columns: 30, rows: 30 }, true);
    assert!(lines.iter().all(|line| plain(line).width() < 30), "{lines:#?}");
    assert!(lines.iter().filter(|line| line.contains('\x1b')).all(|line| line.contains("\x1b[0m")));
    let low = told(&facts()[..2], 40, 1_000, Size { columns: 60, rows: 6 }, false);
    insta::assert_snapshot!(low.join("\n"), @r"
    lead: queued for 0 ms, 0 round trips, 2 of 43 blocks done
    ● read1 read  1.0 s
    ● read2 read  1.0 s
    ○ read3 read  waits for its turn
    … 40 more
    ");
    for (columns, rows) in [(0, 0), (1, 1), (2, 500)] {
        let lines = told(&facts(), 40, 3_000, Size { columns, rows }, true);
        assert!(lines.iter().all(|line| plain(line).width() <= 1), "{lines:#?}");
    }
}

#[test]
fn a_frame_takes_the_place_of_the_one_before_also_on_a_terminal_made_narrower() {
    let mut progress = Progress::new(Mode::Tree, "lead", shape(2));
    let frame = vec!["x".repeat(70), "\x1b[32m✓\x1b[0m".to_owned()];
    assert_eq!(progress.replaced(&frame, WIDE), format!("{}\n\x1b[32m✓\x1b[0m\n", "x".repeat(70)));
    assert!(progress.replaced(&frame, WIDE).starts_with("\x1b[2A\r\x1b[J"));
    assert!(progress.replaced(&frame, Size { columns: 40, ..WIDE }).starts_with("\x1b[3A\r\x1b[J"));
}

#[test]
fn lines_are_for_logs_and_show_no_value() {
    let lines: Vec<String> = facts().iter().map(|fact| line(fact, at(0))).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    [     0 ms] read1: runs
    [     0 ms] read2: runs
    [    30 ms] read1: done, 1 trip
    [    50 ms] read2: attempt 1 failed after 2 trips: throttled: the CRM is at its limit; again in 2.0 s
    [    2.0 s] read2: runs, attempt 2
    [    2.0 s] read2: writes
    [    2.1 s] failed at read2: throttled: the CRM is at its limit
    ");
}

#[test]
fn programs_get_a_line_of_json_per_fact() {
    let lines: Vec<String> = facts().iter().map(|fact| json(fact).to_string()).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"fact":"attempted","at":"1970-01-01T00:00:00Z","block":"read1","attempt":1}
    {"fact":"attempted","at":"1970-01-01T00:00:00Z","block":"read2","attempt":1}
    {"fact":"done","at":"1970-01-01T00:00:00.03Z","block":"read1","round_trips":1}
    {"fact":"failed","at":"1970-01-01T00:00:00.05Z","block":"read2","attempt":1,"round_trips":2,"failure":{"kind":"transient","reason":"throttled","message":"the CRM is at its limit"},"retry_at":"1970-01-01T00:00:02.05Z"}
    {"fact":"attempted","at":"1970-01-01T00:00:02.05Z","block":"read2","attempt":2}
    {"fact":"prepared","at":"1970-01-01T00:00:02.08Z","block":"read2"}
    {"fact":"finished","at":"1970-01-01T00:00:02.1Z","state":"failed","block":"read2","failure":{"kind":"transient","reason":"throttled","message":"the CRM is at its limit"}}
    "#);
}

#[test]
fn the_streams_decide_how_a_run_is_told() {
    let mut io = Io::new(std::io::empty(), Vec::new(), Vec::new());
    assert_eq!((Progress::mode(false, &io), Progress::mode(true, &io)), (Mode::Lines, Mode::Json));
    io.set_screen(Some(|| Some(WIDE)));
    assert_eq!(Progress::mode(false, &io), Mode::Tree);
}
