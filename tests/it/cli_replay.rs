//! Events of runs that are run anew.

use std::fs;

use engage_cli::Exit;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::cli::engage;
use crate::cli_runs::{copy, kept, only, runs};

#[test]
fn a_run_that_ended_well_is_replayed_as_a_run_of_its_own() {
    let folder = TempDir::new().unwrap();
    kept(&folder, "[]");
    let run = only(&folder);
    let refused = runs(&folder, &format!("retry {run} --crm memory"));
    assert!(refused.exit == Exit::Usage && refused.err.contains("`engage runs replay`"), "{}", refused.err);
    let dry = runs(&folder, &format!("replay {run} --dry-run"));
    assert!(dry.exit == Exit::Fine && dry.out.contains("create customer"), "{}", dry.out);
    let warning = "warning: the run has written (customer); a new run has keys of its own";
    assert!(dry.err.contains(warning) && !dry.err.contains("kari@"), "{}", dry.err);
    assert_eq!(only(&folder), run, "nothing was run");
    // On a CRM that does not know the visitor, so that it writes again.
    let replayed = runs(&folder, &format!("replay {run} --event-id again --crm memory --ai local --format json"));
    assert_eq!(replayed.exit, Exit::Fine, "{}", replayed.err);
    let last: Json = serde_json::from_str(replayed.out.lines().last().unwrap()).unwrap();
    let result = &last["result"];
    assert_eq!(
        (&result["event"], &result["state"], &result["known"]),
        (&"again".into(), &"succeeded".into(), &false.into())
    );
    assert!(result["run"] != run.as_str() && result["written"].as_array().unwrap().len() == 2, "{result}");
    let values = |run: &str| {
        let shown: Json =
            serde_json::from_str(&runs(&folder, &format!("show {run} --format json --values")).out).unwrap();
        shown["values"]["event"].clone()
    };
    assert_eq!(values(&run), values(result["run"].as_str().unwrap()), "of the same event");
    let twice = runs(&folder, &format!("replay {run} --event-id again --crm memory --ai local"));
    assert!(
        twice.exit == Exit::Usage && twice.err.contains("has run under the event id `again` already"),
        "{}",
        twice.err
    );
    let anew = runs(&folder, &format!("replay {run} --crm memory:DIR/crm.json --ai local"));
    assert!(anew.exit == Exit::Fine && anew.err.contains(warning), "{}", anew.err);
    assert!(!anew.out.contains("customer.account: created"), "the visitor is known by now: {}", anew.out);
    assert_eq!(runs(&folder, "list --state succeeded").out.lines().count(), 3);
}

#[test]
fn an_event_that_the_playbook_does_not_take_any_more_is_not_replayed() {
    let folder = TempDir::new().unwrap();
    kept(&folder, "[]");
    let (run, copy) = (only(&folder), copy(&folder));
    let path = folder.path().join("copy/playbooks.engage");
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace("Manual(name: string, mail: string,", "Manual(name: string, mail: int,");
    fs::write(
        &path,
        text.replace("Email == trigger.mail", "Email == trigger.name").replace("contact.Email: trigger.mail\n", ""),
    )
    .unwrap();
    let journal = format!("{}/runs.sqlite", folder.path().display());
    let said = engage(&["runs", "replay", &run, "--journal", &journal, "--workspace", &copy, "--crm", "memory"]);
    assert_eq!(said.exit, Exit::Problems, "{}", said.err);
    assert!(
        said.err.contains("`welcome` does not take the event of the run any more") && !said.err.contains("kari@"),
        "{}",
        said.err
    );
    // Errors of the workspace are told as what they are.
    fs::write(&path, "playbook welcome {\n").unwrap();
    let drawn = engage(&["runs", "timeline", &run, "--journal", &journal, "--workspace", &copy]);
    assert_eq!(drawn.exit, Exit::Fine, "{}", drawn.err);
    assert!(drawn.err.contains("has 1 error: who waited for whom is not known"), "{}", drawn.err);
}
