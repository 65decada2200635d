//! Runs that are erased, and those whose time is over.

use std::fs;

use engage_cli::Exit;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::cli_playbook::on;
use crate::cli_runs::{BUSY, VISIT, change, kept, only, runs};

/// The bytes of a journal that nobody has open: the last to close it puts into the file what waits beside it.
fn bytes(folder: &TempDir) -> Vec<u8> {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while folder.path().join("runs.sqlite-wal").exists() {
        assert!(std::time::Instant::now() < until, "somebody has it open");
        change(folder, "SELECT 1");
    }
    fs::read(folder.path().join("runs.sqlite")).unwrap()
}

#[test]
fn an_erased_run_and_its_values_are_gone_and_what_goes_on_is_not_erased() {
    let folder = TempDir::new().unwrap();
    kept(&folder, "[]");
    let run = only(&folder);
    let holds = |what: &[u8]| bytes(&folder).windows(what.len()).any(|window| window == what);
    assert!(holds(b"kari@fjord.example"));
    let erased = runs(&folder, &format!("erase {run}"));
    assert_eq!((erased.exit, erased.out), (Exit::Fine, format!("# run {run} is erased\n")), "{}", erased.err);
    assert!(!holds(b"kari@fjord.example") && !holds(b"Kari"), "a value stayed in the file");
    assert_eq!(runs(&folder, "list").out, "# no runs\n");
    let again = runs(&folder, &format!("erase {run}"));
    assert_eq!(again.exit, Exit::Usage);
    assert!(again.err.contains("the journal has no run"), "{}", again.err);
    let anew = kept(&folder, "[]");
    assert!(anew.exit == Exit::Fine && !anew.err.contains("was run before"), "{}", anew.err);
    assert_eq!(only(&folder), run, "its event starts it anew");
}

#[test]
fn a_run_that_waits_is_not_erased_before_it_is_stopped() {
    let folder = TempDir::new().unwrap();
    let run = waiting(&folder);
    let refused = runs(&folder, &format!("erase {run}"));
    assert_eq!(refused.exit, Exit::Usage);
    assert!(
        refused.err.contains("is not at an end") && refused.err.contains("`engage runs cancel`"),
        "{}",
        refused.err
    );
    let stopped = runs(&folder, &format!("cancel {run}"));
    assert_eq!(stopped.exit, Exit::Fine, "{}", stopped.err);
    let erased = runs(&folder, &format!("erase {run} --format json"));
    let said: Json = serde_json::from_str(&erased.out).unwrap_or_else(|_| panic!("{}", erased.err));
    assert_eq!((&said["erased"], &said["handed_over"]), (&true.into(), &false.into()));
    assert_eq!(runs(&folder, "list").out, "# no runs\n");
}

/// A run whose journal holds its beginning and nothing else.
fn waiting(folder: &TempDir) -> String {
    kept(folder, BUSY);
    let run = only(folder);
    change(folder, "DELETE FROM journal_facts WHERE sequence > 0");
    let set = "state = 'running', ended = NULL, record = json_set(record, '$.state', 'running')";
    change(folder, &format!("UPDATE journal_runs SET {set}"));
    run
}

#[test]
fn runs_are_kept_as_long_as_their_owner_wishes() {
    let folder = TempDir::new().unwrap();
    kept(&folder, "[]");
    let run = only(&folder);
    assert_eq!(runs(&folder, "erase --keep 1min").out, "# 0 runs erased\n");
    assert_eq!(runs(&folder, "erase --customer acme").out, "# 0 runs erased\n", "it is about nobody of that id");
    aged(&folder, 31);
    let next = VISIT.replace("visit-1", "visit-2");
    let kept_on = |keep: &str, event: &str| {
        let run = "run welcome --event - --crm memory --journal DIR/runs.sqlite --ai local";
        on(&folder, &format!("{run} {keep}"), event)
    };
    for keep in ["", "--keep forever", "--keep 32d"] {
        let said = kept_on(keep, &next);
        assert!(said.exit == Exit::Fine && !said.err.contains("removed"), "{keep}: {}", said.err);
        assert!(runs(&folder, "list").out.contains(&run), "{keep}");
        runs(&folder, &format!("erase {}", newest(&folder)));
    }
    let said = kept_on("--keep 30d", &next);
    assert!(said.err.contains("note: 1 run removed from the journal"), "{}", said.err);
    assert!(only(&folder) != run, "the one that ended long ago is gone");
    aged(&folder, 2);
    let erased = runs(&folder, "erase --keep 36h --format json");
    assert_eq!(serde_json::from_str::<Json>(&erased.out).unwrap(), serde_json::json!({"erased": 1}), "{}", erased.err);
    for (arguments, word) in [
        ("erase", "<RUN|--keep <TIME>|--customer <ID>>"),
        ("erase --keep forever", "leaves nothing to erase"),
        ("erase --keep 0", "the least is `1min`"),
        ("erase --keep 30", "write a time such as `30d`"),
        (&format!("erase {run} --keep 1d"), "cannot be used with"),
    ] {
        let said = runs(&folder, arguments);
        assert_eq!(said.exit, Exit::Usage, "{arguments}: {}", said.err);
        assert!(said.err.contains(word), "{arguments}: {}", said.err);
    }
    let alone = on(&folder, "run welcome --event - --crm memory --keep 1d", VISIT);
    assert!(alone.exit == Exit::Usage && alone.err.contains("--journal"), "{}", alone.err);
}

fn newest(folder: &TempDir) -> String {
    let listed: Json = serde_json::from_str(&runs(folder, "list --format json").out).unwrap();
    listed["runs"][0]["run"].as_str().unwrap().to_owned()
}

/// Lets all that has ended have ended so many days earlier.
fn aged(folder: &TempDir, days: u32) {
    let ended = format!("strftime('%Y-%m-%dT%H:%M:%S', ended, '-{days} days') || substr(ended, 20)");
    change(folder, &format!("UPDATE journal_runs SET ended = {ended}"));
}
