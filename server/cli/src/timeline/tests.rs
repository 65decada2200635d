use engage_engine::ids::{CrmName, RefId, SemanticId};
use engage_playbooks::model::TriggerKind;
use engage_playbooks::run::{Beginning, BlockFailure, Fact, FactKind, FailureKind, RunOutcome};
use engage_playbooks::timeline::{Shape, ShapeBlock};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::*;

fn name(name: &str) -> RefId {
    RefId::new(name).unwrap()
}

/// A run of a lead playbook: the advisor is read twice, with a pause between that is long.
fn run(pause: i64) -> Timeline {
    let block = |of: &str, kind, attempted, after: &[usize]| ShapeBlock {
        name: name(of),
        title: String::new(),
        kind,
        attempted,
        after: after.to_vec(),
    };
    let shape = Shape {
        blocks: vec![
            block("trigger", "trigger", false, &[]),
            block("byMail", "filter", false, &[0]),
            block("advisor", "read", true, &[1]),
            block("topic", "ai", true, &[0]),
            block("note", "template", true, &[0]),
            block("lead", "create", true, &[2, 3, 4]),
            block("result", "output", false, &[5]),
        ],
        closed: false,
    };
    let fact = |ms: i64, kind| Fact { at: Timestamp::UNIX_EPOCH + SignedDuration::from_millis(ms), kind };
    let beginning = Beginning {
        playbook: SemanticId::new("portal-lead").unwrap(),
        digest: "d".into(),
        crm: CrmName::new("acme").unwrap(),
        trigger: TriggerKind::Manual,
        event: "e".into(),
        subject: None,
        data: json!({"Email": "kari@example.com"}),
        given: json!(null),
        employee: None,
        versions: Default::default(),
        deadline: None,
        closed: false,
    };
    let failure = BlockFailure {
        kind: FailureKind::Transient,
        reason: "throttled".into(),
        message: "the CRM is at its limit & <waits>".into(),
        wait_ms: None,
        trips: 0,
    };
    let attempted = |ms, block, attempt| fact(ms, FactKind::Attempted { block: name(block), attempt });
    let done = |ms, block| fact(ms, FactKind::Done { block: name(block), output: json!("kari@example.com"), trips: 1 });
    let retry_at = Some(Timestamp::UNIX_EPOCH + SignedDuration::from_millis(40 + pause));
    let facts = [
        fact(0, FactKind::Started(Box::new(beginning))),
        attempted(0, "advisor", 1),
        attempted(1, "topic", 1),
        fact(40, FactKind::Failed { block: name("advisor"), attempt: 1, failure: failure.clone(), retry_at }),
        done(80, "topic"),
        attempted(40 + pause, "advisor", 2),
        done(100 + pause, "advisor"),
        attempted(105 + pause, "lead", 1),
        fact(
            150 + pause,
            FactKind::Failed { block: name("lead"), attempt: 1, failure: failure.clone(), retry_at: None },
        ),
        fact(150 + pause, FactKind::Finished { outcome: RunOutcome::Failed { block: Some(name("lead")), failure } }),
    ];
    Timeline::of(&facts, Some(&shape), Timestamp::MAX)
}

#[test]
fn text_shows_what_waited_and_what_decided() {
    insta::assert_snapshot!(text("portal-lead", &run(20), 100), @r"
    portal-lead: failed in 170 ms, 2 round trips: the CRM is at its limit & <waits>

                       0 ms          50 ms         100 ms       150 ms
    * trigger trigger                                                  done
    * byMail  filter                                                   done
    * advisor read     xxxxxxxxxxx~~~~~~================               done, 100 ms, 2 attempts, 1 trip
      topic   ai       ======================                          done, 79 ms, 1 trip
      note    template                                                 skipped
    * lead    create   .................................--xxxxxxxxxxxx failed, 45 ms, throttled
      result  output   ............................................... stopped

    . waits for others   - waits for its turn   = runs   x attempt failed   ~ pause before the next
    ? waits for the employee   * decided how long it took
    ");
}

#[test]
fn a_long_pause_is_cut_short_so_that_the_work_is_seen() {
    insta::assert_snapshot!(text("portal-lead", &run(3_600_000), 90), @r"
    portal-lead: failed in 1 h 0 min, 2 round trips: the CRM is at its limit & <waits>

                       0 ms     50 ms   +0 ms    +50 ms   +100 ms
    * trigger trigger                  //                    done
    * byMail  filter                   //                    done
    * advisor read     xxxxxxx~~~~~~~~~//==========          done, 100 ms, 2 attempts, 1 trip
      topic   ai       =============== //                    done, 79 ms, 1 trip
      note    template                 //                    skipped
    * lead    create   ................//..........-xxxxxxxx failed, 45 ms, throttled
      result  output   ................//................... stopped

    // nothing runs for 59 min 59 s
    . waits for others   - waits for its turn   = runs   x attempt failed   ~ pause before the next
    ? waits for the employee   * decided how long it took
    ");
}

#[test]
fn a_picture_needs_nothing_from_outside_and_shows_no_value() {
    for (form, drawn) in [("svg", svg("portal-lead <1>", &run(3_600_000))), ("html", html("portal-lead <1>", &run(20)))]
    {
        let outside = drawn.replace("http://www.w3.org/2000/svg", "");
        for word in ["http:", "https:", "<script", "@import", "url(", "kari@"] {
            assert!(!outside.contains(word), "{form}: {word}");
        }
        assert!(drawn.contains("portal-lead &lt;1&gt;") && !drawn.contains("<1>") && !drawn.contains("<waits>"));
        assert!(
            drawn.contains("create lead: failed, 45 ms; waits for advisor, topic, note; advisor was the last of them")
        );
        assert!(drawn.contains("prefers-color-scheme:dark"));
    }
    let svg = svg("t", &run(3_600_000));
    assert!(svg.contains("nothing runs for 59 min 59 s") && !svg.contains("NaN"), "{svg}");
}

#[test]
fn programs_get_the_same() {
    let data = json(&run(20));
    assert_eq!(
        (&data["state"], &data["duration_ms"], &data["failure"]["reason"]),
        (&json!("failed"), &json!(170), &json!("throttled"))
    );
    let lead = &data["blocks"][5];
    assert_eq!(lead["after"], json!(["advisor", "topic", "note"]));
    assert_eq!((&lead["held_by"], &lead["critical"], &lead["attempts"]), (&json!("advisor"), &json!(true), &json!(1)));
    let spans: Vec<&str> =
        data["blocks"][2]["spans"].as_array().unwrap().iter().map(|span| span["phase"].as_str().unwrap()).collect();
    assert_eq!(spans, ["failed", "paused", "running"]);
}

#[test]
fn a_run_of_no_time_and_no_blocks_is_drawn() {
    for timeline in [Timeline::of(&[], None, Timestamp::UNIX_EPOCH), run(0)] {
        assert!(!svg("t", &timeline).contains("NaN"));
        assert!(text("t", &timeline, 0).starts_with("t: "));
    }
}

#[test]
fn lengths_of_time_are_told_in_their_greatest_units() {
    let told = |ms| duration(SignedDuration::from_millis(ms));
    let all = [0, 999, 1_000, 59_999, 60_000, 3_600_000, 90_000_000].map(told);
    assert_eq!(all, ["0 ms", "999 ms", "1.0 s", "59.9 s", "1 min 0 s", "1 h 0 min", "1 d 1 h"]);
}

#[test]
fn the_name_of_a_file_says_its_form() {
    assert_eq!(
        (Form::of(Path::new("a.svg")).unwrap(), Form::of(Path::new("b.html")).unwrap()),
        (Form::Svg, Form::Html)
    );
    assert_eq!(Form::of(Path::new("a.png")).unwrap_err().exit, crate::Exit::Usage);
}
