//! `engage plan`, `run` and `graph --op` on the workspace of `engage init`.

use std::fs;

use engage_cli::Exit;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::cli::{Said, demo, engage, engage_with, without};
use crate::crm::root;

/// Runs a command on the workspace in `folder`, with an input on standard input.
fn on(folder: &TempDir, arguments: &str, input: &str) -> Said {
    let path = folder.path().to_str().unwrap();
    let arguments = arguments.replace("DIR", path);
    let mut arguments: Vec<&str> = arguments.split(' ').collect();
    arguments.extend(["--workspace", path]);
    engage_with(&arguments, input)
}

const TWO: &str = "account: {Name: Fjord}\ncontacts: [{LastName: Berg}, {LastName: Dahl}]\n";

#[test]
fn a_plan_is_text_for_people_and_figures_for_programs() {
    let folder = demo();
    let said = on(&folder, "plan account-with-contacts --op create --crm salesforce --input -", TWO);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    insta::assert_snapshot!(said.out, @"
    create account-with-contacts on salesforce, as employee
    round trips: 1, depth: 1, server operations: 3
    atomic: yes, once: yes, retry-safe: yes
    guard: not applicable, race: no, over-fetch: no

    stage 1
      #0 create account
           Name <- input

    stage 2
      #1 create contacts (contact) x2, after #0
           AccountId <- account.Id (#0)
           LastName <- input

    trip 1
      request 1: composite graph, all or nothing
        #0 create account
        #1 create contacts x2
    ");
    let said = on(&folder, "plan account-with-contacts --op create --crm dataverse --input - --format json", TWO);
    let plan: Json = serde_json::from_str(&said.out).unwrap();
    assert_eq!(plan["round_trips"], 1);
    assert_eq!(plan["round_trips_exact"], true);
    assert_eq!(plan["depth"], 1);
    assert_eq!(plan["atomic"], "yes");
    assert_eq!(plan["once"], "yes");
    assert_eq!(plan["stages"].as_array().unwrap().len(), 2);
}

#[test]
fn a_plan_needs_no_input_and_no_named_crm() {
    let folder = demo();
    for op in ["read", "create", "update"] {
        let said = on(&folder, &format!("plan account-with-contacts --op {op}"), "");
        assert_eq!(said.exit, Exit::Fine, "{}", said.err);
        assert!(said.out.starts_with(&format!("{op} account-with-contacts on dataverse")), "{}", said.out);
    }
}

#[test]
fn what_the_crm_can_do_changes_the_plan() {
    let folder = demo();
    let trips = |switch: &str| {
        let command = format!("plan account-with-contacts --op create --input - --format json --capabilities {switch}");
        let plan: Json = serde_json::from_str(&on(&folder, &command, TWO).out).unwrap();
        (plan["round_trips"].as_u64().unwrap(), plan["atomic"].as_str().unwrap().to_owned())
    };
    assert_eq!(trips("everything"), (1, "yes".to_owned()));
    assert_eq!(trips("no-atomic-groups").1, "no");
    assert!(trips("batch-of-2").0 > 1);
}

#[test]
fn problems_of_an_input_stand_at_its_lines_and_show_no_value() {
    let folder = demo();
    let input = "account: {Name: 42}\ncontacts:\n  - {Emial: secret@example.org}\nperson: {}\n";
    let said = on(&folder, "plan account-with-contacts --op create --input -", input);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Problems, ""));
    assert!(!said.err.contains("secret"));
    insta::assert_snapshot!(said.err, @r"
    error[E0403]: `Name`: expected String, found a number
    --> standard input:1:17
     = help: write text

    error[E0402]: `contact` has no field `Emial`
    --> standard input:3:6
     = help: use a field of the entity — did you mean `Email`?

    error[E0401]: `account-with-contacts` has no part `person`
    --> standard input:4:1
     = help: use a reference id of the pattern
    ");
    let said = on(&folder, "plan account-with-contacts --op create --input -", "contacts: [{FirstName: Ann}]\n");
    assert_eq!(said.exit, Exit::Problems);
    insta::assert_snapshot!(said.err, @r"
    error[E0453]: `account.Name` is required and has no value
    --> standard input:1:1
     = help: give it, or a default or a requirement in the pattern

    error[E0453]: `contacts.LastName` of instance 0 is required and has no value
    --> standard input:1:11
     = help: give it, or a default or a requirement in the pattern
    ");
    let said = on(&folder, "plan account-with-contacts --op create --input - --format json", input);
    let told: Json = serde_json::from_str(&said.err).unwrap();
    assert_eq!((told["exit"].as_u64(), told["problems"][0]["line"].as_u64()), (Some(1), Some(1)));
}

#[test]
fn a_run_keeps_its_records_and_the_same_key_writes_nothing_twice() {
    let folder = demo();
    let create = "run account-with-contacts --op create --crm memory:DIR/crm.json --input - --format json \
                  --operation-key 6f1c2a53-1d25-4f7e-9d3c-0a4b5c6d7e8f";
    let first = on(&folder, create, TWO);
    assert_eq!(first.exit, Exit::Fine, "{}", first.err);
    let told: Json = serde_json::from_str(&first.out).unwrap();
    assert_eq!(told["outcome"]["contacts"][1]["outcome"], "created");
    assert_eq!(told["plan"]["round_trips"], 1);
    assert_eq!(told["operation_key"], "6f1c2a53-1d25-4f7e-9d3c-0a4b5c6d7e8f");
    let again = on(&folder, create, TWO);
    assert_eq!((again.exit, again.out), (Exit::Fine, first.out), "{}", again.err);
    let find = "account: {$filter: {field: Name, operator: StartsWith, value: fj}}";
    let read = on(&folder, "run account-with-contacts --op read --crm memory:DIR/crm.json --input -", find);
    assert_eq!(read.exit, Exit::Fine, "{}", read.err);
    insta::assert_snapshot!(read.out, @"
    # 1 round trip, depth 1
    Results:
      - account:
          - Id: 9d978adc-bc91-54dd-ab33-962810a20204
            ExternalKey: 9d978adc-bc91-54dd-ab33-962810a20204
            Name: Fjord
            Phone: null
        contacts:
          - Id: baec3c97-3ac1-5364-b0a8-ca5cd67192a3
            AccountId: 9d978adc-bc91-54dd-ab33-962810a20204
            Email: null
            ExternalKey: baec3c97-3ac1-5364-b0a8-ca5cd67192a3
            FirstName: null
            LastName: Berg
          - Id: 3644b70a-d0f5-54a1-8b49-ae4f8e577fe2
            AccountId: 9d978adc-bc91-54dd-ab33-962810a20204
            Email: null
            ExternalKey: 3644b70a-d0f5-54a1-8b49-ae4f8e577fe2
            FirstName: null
            LastName: Dahl
    ");
    let state: Json = serde_json::from_str(&fs::read_to_string(folder.path().join("crm.json")).unwrap()).unwrap();
    assert_eq!(state["tables"]["contact"].as_object().unwrap().len(), 2);
}

#[test]
fn a_run_that_fails_says_what_the_crm_said_and_ends_with_three() {
    let folder = demo();
    let input = "account: {Id: nobody}\ncontact: {LastName: Berg}\n";
    let said = on(&folder, "run contact-of-account --op create --crm memory --input -", input);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Outside, ""));
    insta::assert_snapshot!(said.err, @r"
    error: `contact[0]`: the CRM did not do it: the CRM refuses the data in `AccountId`
    note: the CRM says: `AccountId`: refers to no record
    help: the simulated CRM began empty: `--state FILE` gives it records to begin with
    ");
}

#[test]
fn a_run_begins_with_the_records_of_a_case() {
    let starter = root().join("playbooks/packages/starter");
    let path = |name: &str| starter.join(name).to_str().unwrap().to_owned();
    for crm in ["dataverse", "salesforce"] {
        let (workspace, input) = (path(""), path("inputs/three-advisors.input.yaml"));
        let state = path("cases/internal-meeting.create-three-advisors.case.yaml");
        let run = ["run", "internal-meeting", "--op", "create", "--crm", "memory", "--target", crm];
        let files = ["--workspace", &workspace, "--input", &input, "--state", &state];
        let said = engage_with(&[&run[..], &files[..]].concat(), "");
        assert_eq!(said.exit, Exit::Fine, "{}", said.err);
        assert_eq!(said.out.matches("outcome: created").count(), 5, "{}", said.out);
        assert!(said.out.starts_with("# 1 round trip, depth 1\n"), "{}", said.out);
    }
}

#[test]
fn a_run_begins_with_the_records_it_is_given() {
    let folder = demo();
    let state = folder.path().join("people.input.yaml");
    fs::write(&state, "account: [{Id: acme, Name: Acme}]\n").unwrap();
    let run =
        "run contact-of-account --op create --crm memory:DIR/crm.json --state DIR/people.input.yaml --input - --target";
    let input = "account: {Id: acme}\ncontact: {LastName: Berg}\n";
    let said = on(&folder, &format!("{run} salesforce"), input);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    assert_eq!(said.err, "");
    let said = on(&folder, &format!("{run} salesforce"), input);
    assert_eq!(
        (said.exit, without(&folder, &said.err).as_str()),
        (Exit::Fine, "note: `DIR/crm.json` is there already, so that `--state` is not used\n")
    );
    let said = on(&folder, &format!("{run} dataverse"), input);
    assert_eq!(said.exit, Exit::Problems, "the file is that of another CRM");
    fs::write(&state, "account: [{Id: acme, Nam: Acme}]\nperson: []\n").unwrap();
    fs::remove_file(folder.path().join("crm.json")).unwrap();
    let said = on(&folder, &format!("{run} dataverse"), input);
    assert_eq!(said.exit, Exit::Problems);
    insta::assert_snapshot!(without(&folder, &said.err), @r"
    error[E0083]: `account` has no field `Nam`
     --> DIR/people.input.yaml:1:22
      |
    1 | account: [{Id: acme, Nam: Acme}]
      |                      ^^^
      |
      = help: did you mean `Name`?

    error[E0083]: there is no entity `person` on dataverse
     --> DIR/people.input.yaml:2:1
      |
    2 | person: []
      | ^^^^^^
    ");
}

#[test]
fn a_dry_run_shows_requests_and_sends_none() {
    let folder = demo();
    let run = "run account-with-contacts --op create --crm memory:DIR/crm.json --dry-run --format json --input -";
    let said = on(&folder, run, TWO);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    let told: Json = serde_json::from_str(&said.out).unwrap();
    assert_eq!(told["requests"].as_array().unwrap().len(), 1);
    assert_eq!(told["plan"]["round_trips"], 1);
    assert!(!folder.path().join("crm.json").exists());
}

#[test]
fn the_name_of_a_crm_means_its_simulation_and_says_so() {
    let folder = demo();
    let said = on(&folder, "run account-with-contacts --op create --crm salesforce --input -", TWO);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    assert!(said.out.contains("outcome: created"), "{}", said.out);
    insta::assert_snapshot!(said.err, @r"
    note: nothing says where `salesforce` is: this ran on its simulation and nothing is kept
    help: `--crm memory:crm.json --target salesforce` keeps the records in a file
    ");
    let said = on(&folder, "run account-with-contacts --op create --crm dataverse --format json --input -", TWO);
    let told: Json = serde_json::from_str(&said.out).unwrap();
    assert_eq!((told["simulated"].as_bool(), told["plan"]["crm"].as_str()), (Some(true), Some("dataverse")));
    assert_eq!(said.err, "", "JSON says it by `simulated`");
    let said = on(&folder, "run account-with-contacts --op create --crm dataverse --dry-run --input -", TWO);
    assert_eq!((said.exit, said.err.as_str()), (Exit::Fine, ""), "nothing runs, so there is nothing to warn of");
    let said = on(&folder, "run account-with-contacts --op create --crm salesfroce --input -", TWO);
    assert_eq!(said.exit, Exit::Usage);
    assert!(said.err.contains("did you mean `salesforce`?"), "{}", said.err);
}

#[test]
fn an_option_without_what_it_names_is_wrong_usage() {
    let folder = demo();
    let said = on(&folder, "run account-with-contacts --op create --crm memory: --input -", TWO);
    assert_eq!(said.exit, Exit::Usage);
    assert!(said.err.contains("after `memory:` the name of a file is missing"), "{}", said.err);
    let said = on(&folder, "run account-with-contacts --op create --crm memory --acting= --input -", TWO);
    assert_eq!(said.exit, Exit::Usage);
    let said = on(&folder, "run account-with-contacts --op create --input -", TWO);
    assert_eq!(said.exit, Exit::Usage);
    assert!(said.err.contains("`--crm` is missing"), "{}", said.err);
}

#[test]
fn a_run_without_input_has_a_plan_or_says_what_is_missing() {
    let folder = demo();
    let said = on(&folder, "run account-with-contacts --op update --crm memory --format json", "");
    let told: Json = serde_json::from_str(&said.out).unwrap();
    assert_eq!(told["plan"]["round_trips"], 0);
    let said = on(&folder, "run account-with-contacts --op create --crm memory --format json", "");
    assert_eq!((said.exit, said.out.as_str()), (Exit::Problems, ""));
    let told: Json = serde_json::from_str(&said.err).unwrap();
    assert_eq!(told["message"], "`account.Name` is required and has no value");
    assert_eq!(told["help"], "give the input with `--input`");
    assert_eq!(told["problems"][0]["code"], "E0453");
}

#[test]
fn a_broken_file_of_records_is_refused_and_left_alone() {
    let folder = demo();
    let file = folder.path().join("crm.json");
    fs::write(&file, "{\"kind\": \"CrmState\"").unwrap();
    let said = on(&folder, "run account-with-contacts --op create --crm memory:DIR/crm.json --input -", TWO);
    assert_eq!(said.exit, Exit::Problems);
    assert_eq!(fs::read_to_string(&file).unwrap(), "{\"kind\": \"CrmState\"");
    fs::write(&file, [0xff, 0xfe, 0]).unwrap();
    let said = on(&folder, "run account-with-contacts --op create --crm memory:DIR/crm.json --input -", TWO);
    assert_eq!(said.exit, Exit::Problems, "a binary file is wrong input, no failure of the disk");
}

#[test]
fn a_read_only_file_of_records_is_not_replaced() {
    let folder = demo();
    let file = folder.path().join("crm.json");
    let create = "run account-with-contacts --op create --crm memory:DIR/crm.json --input -";
    assert_eq!(on(&folder, create, TWO).exit, Exit::Fine);
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    let before = fs::read_to_string(&file).unwrap();
    let said = on(&folder, create, TWO);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Outside, ""));
    assert_eq!(without(&folder, &said.err), "error: `DIR/crm.json` is read-only\n");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
}

#[test]
fn a_plan_is_drawn() {
    let folder = demo();
    let said = on(&folder, "graph account-with-contacts --op create --crm salesforce --input -", TWO);
    insta::assert_snapshot!(said.out, @r#"
    flowchart LR
      subgraph b0 ["trip 1 · composite graph · all or nothing"]
      n0["create account<br>account<br>1 instance"]
      n1[["create contacts<br>contact<br>2 instances"]]
      end
      n0 --> n1
    "#);
    let said = on(&folder, "plan account-with-contacts --op create --format svg --input -", TWO);
    insta::assert_snapshot!(said.out);
    let four = "account: {Name: A}\ncontacts: [{LastName: B}, {LastName: C}, {LastName: D}, {LastName: E}]\n";
    let batches = "plan account-with-contacts --op create --capabilities batch-of-2 --input - --format mermaid";
    let said = on(&folder, batches, four);
    for part in ["1 of 4", "2 to 3 of 4", "4 of 4"] {
        assert!(said.out.contains(&format!("contact<br>{part}\"")), "{part}: {}", said.out);
    }
}

#[test]
fn a_simulated_crm_begins_with_the_records_that_the_workspace_names() {
    let starter = crate::readme::starter();
    let input = format!("{starter}/inputs/three-advisors.input.yaml");
    for crm in ["dataverse", "salesforce", "memory"] {
        let arguments = ["run", "internal-meeting", "--op", "create", "--crm", crm, "--workspace", &starter, "--input"];
        let said = engage(&[&arguments[..], &[input.as_str()]].concat());
        assert_eq!(said.exit, Exit::Fine, "{crm}: {}", said.err);
        assert_eq!(said.out.matches("outcome: created").count(), 5, "{crm}: {}", said.out);
    }
    let folder = demo();
    let manifest = folder.path().join("engage.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, format!("{text}state = \"none.yaml\"\n")).unwrap();
    let said = engage(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(said.exit, Exit::Problems);
    assert!(said.err.contains("error[E0013]: `state` names no file"), "{}", said.err);
}
