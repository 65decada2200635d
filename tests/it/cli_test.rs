//! `engage test`: cases that pass, fail readably, and are accepted without touching anything else.

use std::fs;

use engage_cli::Exit;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::cli::{demo, engage, without};

const CASE: &str = "cases/create.case.yaml";

fn edit(folder: &TempDir, change: impl Fn(String) -> String) -> String {
    let path = folder.path().join(CASE);
    let text = change(fs::read_to_string(&path).unwrap());
    fs::write(&path, &text).unwrap();
    text
}

fn path(folder: &TempDir) -> &str {
    folder.path().to_str().unwrap()
}

#[test]
fn init_s_case_passes_on_both_crms() {
    let folder = demo();
    let said = engage(&["test", path(&folder)]);
    assert_eq!((said.exit, said.err.as_str()), (Exit::Fine, ""));
    insta::assert_snapshot!(without(&folder, &said.out), @r"
    ok   DIR/cases/create.case.yaml (dataverse): an account with two contacts
    ok   DIR/cases/create.case.yaml (salesforce): an account with two contacts
    2 cases: 2 passed, 0 failed
    ");
}

#[test]
fn a_filter_that_leaves_nothing_does_not_pass() {
    let folder = demo();
    let said = engage(&["test", path(&folder), "--filter", "craete"]);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Usage, ""));
    insta::assert_snapshot!(said.err, @r"
    error: no case of the workspace holds `craete` in its file or name
    help: `engage test` without `--filter` runs and names them all
    ");
    fs::remove_dir_all(folder.path().join("cases")).unwrap();
    let said = engage(&["test", path(&folder)]);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Fine, "0 cases: 0 passed, 0 failed\n"));
}

#[test]
fn a_case_that_is_not_written_in_lines_is_refused_and_named() {
    let folder = demo();
    let text = r#"{"kind": "Case", "name": "x", "pattern": "account-with-contacts", "operation": "create",
        "crm": "dataverse", "input": {"account": {"Name": "A"}}, "expect": {"round_trips": 3}}"#;
    fs::write(folder.path().join("json.case.yaml"), text).unwrap();
    let said = engage(&["test", path(&folder), "--accept", "--format", "json"]);
    let told: Json = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.exit, said.err.as_str()), (Exit::Problems, ""));
    assert!(told["refused"][0].as_str().unwrap().ends_with("json.case.yaml"), "{told}");
    assert_eq!(fs::read_to_string(folder.path().join("json.case.yaml")).unwrap(), text);
}

#[test]
fn accepting_keeps_every_other_line_and_makes_the_case_pass() {
    let folder = demo();
    let before = edit(&folder, |text| {
        let (head, _) = text.split_once("expect:").unwrap_or((&text, ""));
        format!(
            "{head}\n# before\nexpect:\n  state: {{}}\n  result: {{}}   # gone with the block\n\n# after\nacting: ann\n"
        )
    });
    let said = engage(&["test", path(&folder), "--accept"]);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    let after = fs::read_to_string(folder.path().join(CASE)).unwrap();
    let around = |text: &str| {
        let (head, rest) = text.split_once("expect:").unwrap();
        (head.to_owned(), rest.split_once("# after").unwrap().1.to_owned())
    };
    assert_eq!(around(&before), around(&after));
    assert!(after.contains("\n  state:\n    dataverse:\n      account:\n"), "{after}");
    let said = engage(&["test", path(&folder), "--format", "json"]);
    let told: Json = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.exit, told["passed"].as_u64(), told["failed"].as_u64()), (Exit::Fine, Some(2), Some(0)));
    let said = engage(&["test", path(&folder), "--accept"]);
    assert_eq!(said.exit, Exit::Fine);
    assert_eq!(fs::read_to_string(folder.path().join(CASE)).unwrap(), after, "accepting twice changes nothing");
}

#[test]
fn accepting_finds_each_document_whatever_stands_between() {
    let folder = demo();
    let case = |name: &str, expect: &str| {
        format!(
            "kind: Case\nname: {name}\npattern: account-with-contacts\noperation: create\ncrm: dataverse\ninput: {{account: {{Name: A}}}}\n{expect}"
        )
    };
    let [one, two] = [case("one", "expect:\n  round_trips: 3\n"), case("two", "\"expect\": {round_trips: 3}\n")];
    let text = format!("# top\n---\n---\n# nothing here\n---\n{one}...\n---\n{two}--- # last\n{}", case("three", ""));
    fs::write(folder.path().join(CASE), &text).unwrap();
    assert_eq!(engage(&["test", path(&folder), "--accept"]).exit, Exit::Fine);
    let after = fs::read_to_string(folder.path().join(CASE)).unwrap();
    assert_eq!(after.matches("\nexpect:\n  plan: |\n").count(), 3, "{after}");
    assert!(after.starts_with("# top\n---\n---\n# nothing here\n---\nkind: Case\nname: one\n"), "{after}");
    assert!(after.contains("  round_trips: 1\n...\n---\nkind: Case\nname: two\n"), "{after}");
    let said = engage(&["test", path(&folder)]);
    assert_eq!((said.exit, said.err.as_str()), (Exit::Fine, ""), "{}", said.out);
    assert!(said.out.ends_with("3 cases: 3 passed, 0 failed\n"), "{}", said.out);
}

#[test]
fn a_case_that_fails_shows_what_differs() {
    let folder = demo();
    engage(&["test", path(&folder), "--accept"]);
    edit(&folder, |text| {
        let text =
            text.replace("#0 create account\n", "#0 create acount\n").replace("round_trips: 1", "round_trips: 2");
        text.replacen("- {Id: \"001000000000001AAA\", ExternalKey", "- {Id: \"1\", ExternalKey", 1)
    });
    let said = engage(&["test", path(&folder)]);
    assert_eq!(said.exit, Exit::Problems);
    insta::assert_snapshot!(without(&folder, &said.out), @r#"
    FAIL DIR/cases/create.case.yaml (dataverse): an account with two contacts
         plan:
             guard: not applicable, race: no, over-fetch: no

             stage 1
           -   #0 create acount
           +   #0 create account
                    Name <- input

             stage 2

             trip 1
               request 1: $batch change set, all or nothing
           -     #0 create acount
           +     #0 create account
                 #1 create contacts x2
         round_trips:
           - 2
           + 1
    FAIL DIR/cases/create.case.yaml (salesforce): an account with two contacts
         plan:
             guard: not applicable, race: no, over-fetch: no

             stage 1
           -   #0 create acount
           +   #0 create account
                    Name <- input

             stage 2

             trip 1
               request 1: composite graph, all or nothing
           -     #0 create acount
           +     #0 create account
                 #1 create contacts x2
         round_trips:
           - 2
           + 1
         state of account:
           - - {Id: "1", ExternalKey: f7c5fce4-fa01-5dfa-8985-6f88e75067f9, Name: Fjord AS}
           + - {Id: "001000000000001AAA", ExternalKey: f7c5fce4-fa01-5dfa-8985-6f88e75067f9, Name: Fjord AS}
    2 cases: 0 passed, 2 failed
    "#);
}

#[test]
fn a_case_can_expect_problems() {
    let folder = demo();
    edit(&folder, |text| text.replace("Name: Fjord AS", "Nmae: Fjord AS"));
    edit(&folder, |text| text.split("expect:").next().unwrap().to_owned() + "expect:\n  problems: [E0402]\n");
    let said = engage(&["test", path(&folder)]);
    assert_eq!(said.exit, Exit::Fine, "{}", said.out);
    edit(&folder, |text| text.replace("E0402", "E0403"));
    let said = engage(&["test", path(&folder), "--filter", "create"]);
    assert_eq!(said.exit, Exit::Problems);
    insta::assert_snapshot!(without(&folder, &said.out), @r"
    FAIL DIR/cases/create.case.yaml (dataverse): an account with two contacts
         problems:
           - E0403
           + E0402: account.Nmae: `account` has no field `Nmae`
    FAIL DIR/cases/create.case.yaml (salesforce): an account with two contacts
         problems:
           - E0403
           + E0402: account.Nmae: `account` has no field `Nmae`
    2 cases: 0 passed, 2 failed
    ");
}

#[test]
fn what_is_wrong_with_a_case_itself_is_placed() {
    let folder = demo();
    edit(&folder, |text| {
        text.replace("input:", "state:\n  acount: []\n  contact: [{Id: c1, LastName: Berg, Vip: true}]\ninput:")
    });
    let said = engage(&["test", path(&folder)]);
    assert_eq!(said.exit, Exit::Problems);
    insta::assert_snapshot!(without(&folder, &said.err), @r"
    error[E0083]: there is no entity `acount` on dataverse
     --> DIR/cases/create.case.yaml:9:3
      |
    9 |   acount: []
      |   ^^^^^^
      |
      = help: did you mean `account`?

    error[E0083]: `contact` has no field `Vip`
      --> DIR/cases/create.case.yaml:10:38
       |
    10 |   contact: [{Id: c1, LastName: Berg, Vip: true}]
       |                                      ^^^
    ");
    edit(&folder, |text| text.replace("  acount: []\n", "").replace("Vip: true", "AccountId: nowhere"));
    let said = engage(&["test", path(&folder)]);
    assert_eq!(said.exit, Exit::Problems);
    insta::assert_snapshot!(without(&folder, &said.err), @r"
    error[E0084]: `contact` `c1`, field `AccountId`: the record that it refers to is not there
     --> DIR/cases/create.case.yaml:9:13
      |
    9 |   contact: [{Id: c1, LastName: Berg, AccountId: nowhere}]
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: the records before the operation have to fit the schema of the simulated CRM
    ");
}

#[test]
fn every_plan_of_a_case_is_audited_and_shown_on_demand() {
    let folder = demo();
    let said = engage(&["test", path(&folder), "--show"]);
    assert_eq!(said.exit, Exit::Fine);
    for word in ["round trips: 1, depth: 1", "outcome: created", "Name: Fjord AS"] {
        assert!(said.out.contains(word), "{word}: {}", said.out);
    }
}

/// Files of a code's example: parts of a text that begin with `# file: NAME`.
fn spread(folder: &TempDir, text: &str) {
    for part in text.split("# file: ").filter(|part| !part.is_empty()) {
        let (name, body) = part.split_once('\n').unwrap();
        fs::write(folder.path().join(name), body).unwrap();
    }
}

#[test]
fn accepting_a_failure_says_that_it_is_one() {
    let folder = demo();
    let text =
        edit(&folder, |text| text.split_once("input:").unwrap().0.to_owned() + "input: {account: {Nmae: Acme}}\n");
    assert!(!text.contains("expect:"), "{text}");
    let said = engage(&["test", path(&folder), "--accept"]);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    insta::assert_snapshot!(without(&folder, &said.out), @r"
    new  DIR/cases/create.case.yaml (dataverse): an account with two contacts
         problems:
           + E0402: account.Nmae: `account` has no field `Nmae`
    new  DIR/cases/create.case.yaml (salesforce): an account with two contacts
         problems:
           + E0402: account.Nmae: `account` has no field `Nmae`
    accepted DIR/cases/create.case.yaml
    2 cases: 0 passed, 2 changed
    ");
}

#[test]
fn examples_of_the_codes_of_cases_break_their_rule_and_cures_cure_it() {
    for info in engage_cli::case::codes::ALL {
        let folder = demo();
        fs::remove_dir_all(folder.path().join("cases")).unwrap();
        fs::write(
            folder.path().join("patterns.engage"),
            "pattern contact \"C\" {\n  account : account  optional\n  contact : contact\n\n  contact.AccountId = account.Id optional\n}\n",
        )
        .unwrap();
        spread(&folder, info.example);
        let found = |folder: &TempDir, command: &str| {
            let said = engage(&[command, path(folder), "--format", "json"]);
            let told = if said.out.is_empty() { said.err } else { said.out };
            let told: Json = serde_json::from_str(&told).unwrap();
            let problems = told["problems"].as_array().unwrap().clone();
            problems.iter().map(|found| found["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let (checked, tested) = (found(&folder, "check"), found(&folder, "test"));
        assert!(checked.iter().chain(&tested).any(|code| code == info.code.0), "{}: {checked:?} {tested:?}", info.code);
        spread(&folder, info.cure);
        assert_eq!((found(&folder, "check"), found(&folder, "test")), (vec![], vec![]), "{}", info.code);
    }
}
