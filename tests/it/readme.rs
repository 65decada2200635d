//! The README's picture of one pattern becoming one plan is what the program does.

use std::fs;

use engage_cli::Exit;
use engage_dsl::Workspace;

use crate::cli::{engage, engage_with};
use crate::crm::root;

/// The first fenced block of the README that begins with `start`.
fn block(start: &str) -> String {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = readme.split("```\n").map(str::to_owned);
    blocks.into_iter().find(|block| block.starts_with(start)).unwrap_or_else(|| panic!("no block begins with {start}"))
}

pub fn starter() -> String {
    root().join("playbooks/packages/starter").to_str().unwrap().to_owned()
}

#[test]
fn the_pattern_is_that_of_the_starter_library() {
    let shown = Workspace::from_sources([("readme.engage", block("pattern internal-meeting"))]);
    let mut shown = shown.model.patterns.into_iter().next().unwrap();
    let shipped = Workspace::load(starter()).unwrap();
    let shipped = shipped.model.patterns.into_iter().find(|pattern| pattern.id == shown.id).unwrap();
    shown.description.clone_from(&shipped.description);
    assert_eq!(shown, shipped);
}

#[test]
fn the_plan_is_what_engage_plan_says() {
    let input = "\
account: {Id: acme}
owner: {Id: ann}
event: {Subject: Review, Start: 2026-11-30T08:00:00Z, End: 2026-11-30T09:00:00Z}
detail: {MeetingType: Online, Topic: Pension}
advisors: [{Id: ben}, {Id: cora}, {Id: dan}]
";
    let plan = ["plan", "internal-meeting", "--op", "create", "--crm", "dataverse", "--input", "-", "--workspace"];
    let said = engage_with(&[&plan[..], &[starter().as_str()]].concat(), input);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    assert_eq!(said.out, block("create internal-meeting on dataverse"));
}

/// What it shows of the demo comes in this order, and so do its records.
#[test]
fn the_first_command_does_what_is_shown() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let command = readme.lines().find(|line| line.starts_with("cargo run --bin engage -- ")).unwrap();
    let said = engage(&command.split_once(" -- ").unwrap().1.split(' ').collect::<Vec<_>>());
    assert_eq!(said.exit, Exit::Fine, "{}\n{}", said.out, said.err);
    let mut rest = said.out.lines();
    for shown in block("4. When is Eli free?").lines().filter(|line| !line.contains("curl") && !line.contains("times"))
    {
        // Of a record what it is of, and of its columns the names.
        let words = shown.split([':', ',']).map(|word| word.split(' ').find(|word| !word.is_empty()).unwrap());
        let words: Vec<&str> = if shown.starts_with(' ') { words.collect() } else { vec![shown] };
        let found = rest.any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "{shown} in {}", said.out);
    }
}

#[test]
fn the_case_that_it_names_plans_and_runs_on_both_crms() {
    let said = engage(&["test", &starter(), "--filter", "three-advisors", "--show"]);
    assert_eq!(said.exit, Exit::Fine, "{}\n{}", said.out, said.err);
    for crm in ["dataverse", "salesforce"] {
        let plan = format!("     create internal-meeting on {crm}, as employee\n     round trips: 1, depth: 1");
        assert!(said.out.contains(&plan), "{}", said.out);
    }
    let records = "     state:\n       attendee:";
    assert!(said.out.contains("outcome: created") && said.out.contains(records), "{}", said.out);
}
