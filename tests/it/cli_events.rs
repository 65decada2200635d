//! Events, as whoever writes one meets them: all that is wrong at its place, and what `File` blocks are given.

use std::fs;

use engage_cli::Exit;

use crate::cli::{Said, engage, without};
use crate::crm::root;

/// Runs a playbook of the starter with an event.
fn started(playbook: &str, event: &str) -> (Exit, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("event.yaml");
    fs::write(&file, event).unwrap();
    let starter = root().join("playbooks/packages/starter");
    let args = ["run", playbook, "--crm", "memory", "--target", "dataverse", "--workspace"];
    let said = engage(&[&args[..], &[starter.to_str().unwrap(), "--event", file.to_str().unwrap()]].concat());
    (said.exit, without(&folder, &said.err))
}

#[test]
fn every_mistake_of_an_event_is_told_at_its_place() {
    let event = "\
kind: PortalMeetings
data:
  PortalId: 7
  Meeting:
    Id: m
    Titel: secret
    StartDate: yesterday
    EndDate: \"2026-12-01\"
    Type: Onlin
    Internal: \"no\"
    MeetingOwner: {Id: e, Email: x}
    AdditionalAdvisors: {}
    ExternalAttendees: [{Name: 7}, null, {Email: null}]
    CustomFields: {a: 3, b: null}
  Extra: 1
";
    let (exit, told) = started("portal-lead", event);
    assert_eq!(exit, Exit::Problems);
    assert!(!told.contains("secret"), "{told}");
    insta::assert_snapshot!(told);
}

#[test]
fn what_stands_around_the_data_is_told_at_once_too() {
    let (exit, told) = started("portal-lead", "kind: PortalMeetings\nid: 5\nsubject: [a]\nsubjekt: q\ngiven: 3\n");
    assert_eq!(exit, Exit::Problems);
    insta::assert_snapshot!(told);
}

const TERMS: &str = "\
entity client \"Client\" on crm-a client { Name -> name }
playbook terms \"Terms\" {
  trigger Manual(kind: string, data: string)
  file terms = \"terms-1\"
  output text = terms.Content | base64decode
  output both = trigger.kind
}
";

fn terms(folder: &tempfile::TempDir, more: &[&str]) -> Said {
    let at = folder.path();
    fs::create_dir_all(at.join("files")).unwrap();
    fs::write(at.join("engage.toml"), "name = \"terms\"\n").unwrap();
    fs::write(at.join("terms.engage"), TERMS).unwrap();
    fs::write(at.join("files/terms-1.txt"), "We agree.").unwrap();
    fs::write(at.join("event.input.yaml"), r#"{"kind": "a", "data": "b"}"#).unwrap();
    let event = at.join("event.input.yaml");
    let args = ["run", "terms", "--crm", "memory", "--format", "json", "--workspace", at.to_str().unwrap()];
    engage(&[&args[..], &["--event", event.to_str().unwrap()], more].concat())
}

#[test]
fn a_file_block_gives_what_lies_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    let said = terms(&folder, &["--files", files.to_str().unwrap()]);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    assert!(said.out.contains("We agree."), "{}", said.out);
    // Inputs named `kind` and `data` are no event.
    assert!(said.out.contains("\"both\":\"a\""), "{}", said.out);
    let without = terms(&folder, &[]);
    assert!(without.out.contains("not-found") || without.err.contains("there is no such file"), "{}", without.err);
}

#[test]
fn a_case_names_the_folder_of_its_files() {
    let folder = tempfile::tempdir().unwrap();
    terms(&folder, &[]);
    let case = "\
kind: Case
name: terms
playbook: terms
crm: crm-a
event: {kind: a, data: b}
files: files
expect:
  outputs: {text: We agree., both: a}
";
    fs::write(folder.path().join("terms.case.yaml"), case).unwrap();
    let said = engage(&["test", folder.path().to_str().unwrap()]);
    assert_eq!(said.exit, Exit::Fine, "{}{}", said.out, said.err);
}
