//! Playbooks on the command line: run, plan, graph, describe, test.

use std::fs;

use engage_cli::Exit;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::cli::{Said, engage, engage_with, without};
use crate::crm::root;

/// The workspace of these tests.
pub fn workspace() -> String {
    root().join("tests/fixtures/playbooks").display().to_string()
}

/// `engage` on the workspace of these tests; `DIR` stands for a folder.
pub fn on(folder: &TempDir, arguments: &str, input: &str) -> Said {
    let at = folder.path().display().to_string();
    let arguments = format!("{arguments} --workspace {}", workspace()).replace("DIR", &at);
    engage_with(&arguments.split_whitespace().collect::<Vec<_>>(), input)
}

/// Without what differs from run to run.
fn steady(text: &str) -> String {
    let digits = |word: &str| word.parse::<f64>().is_ok();
    let mut words: Vec<&str> = text.split(' ').collect();
    for at in 1..words.len() {
        if words[at].starts_with("ms") && digits(words[at - 1]) {
            words[at - 1] = "0";
        }
    }
    words.join(" ")
}

const VISIT: &str = "kind: Manual\nid: visit-1\ndata: {name: Kari, mail: kari@fjord.example, company: Fjord AS}\n";

#[test]
fn a_playbook_runs_on_records_that_are_kept_and_tells_what_it_wrote() {
    let folder = TempDir::new().unwrap();
    let answers = root().join("tests/fixtures/playbooks/answers.input.yaml").display().to_string();
    let run = format!("run welcome --event - --crm memory:DIR/crm.json --ai {answers} --timeline DIR/run.svg");
    let said = on(&folder, &run, VISIT);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    insta::assert_snapshot!(steady(&said.out), @r#"
    # succeeded in 0 ms, 3 round trips
    # run 07ce051c-c687-56b6-ac90-a132a591bcc6
    # customer.account: created 11a11384-3f85-55a9-91b9-221b086e1541
    # customer.contact: created ad9f20a6-0fed-521a-9bb8-855e446a3d88
    customer: 11a11384-3f85-55a9-91b9-221b086e1541
    note: "Dear Kari, welcome!\n"
    "#);
    let line = |word: &str| said.err.lines().any(|line| line.ends_with(word));
    assert!(line("welcome: started by Manual") && line("customer: writes") && line("succeeded"), "{}", said.err);
    assert!(!said.err.contains("kari@"), "{}", said.err);
    let drawn = fs::read_to_string(folder.path().join("run.svg")).unwrap();
    assert!(drawn.contains("create customer: done") && !drawn.contains("kari@"), "{drawn}");
    let kept = fs::read_to_string(folder.path().join("crm.json")).unwrap();
    assert!(kept.contains("kari@fjord.example") && kept.contains("Fjord AS"), "{kept}");
    let again = on(&folder, &run.replace("--event -", "--input name=Kari --input mail=kari@fjord.example"), "");
    assert_eq!(again.exit, Exit::Fine, "{}", again.err);
    assert!(!again.out.contains("created"), "somebody with this address is there: {}", again.out);
}

#[test]
fn programs_get_a_line_per_fact_and_the_result_last() {
    let folder = TempDir::new().unwrap();
    let said = on(&folder, "run welcome --event - --crm memory --target salesforce --format json", VISIT);
    assert_eq!((said.exit, said.err.as_str()), (Exit::Fine, ""));
    let lines: Vec<Json> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let facts: Vec<&str> = lines.iter().filter_map(|line| line["fact"].as_str()).collect();
    assert_eq!((facts.first(), facts.last()), (Some(&"started"), Some(&"finished")));
    let (result, facts) = lines.split_last().unwrap();
    let result = &result["result"];
    assert!(facts.iter().all(|fact| !fact.to_string().contains("kari@")), "{facts:?}");
    assert_eq!(
        (&result["state"], &result["crm"], &result["event"]),
        (&"succeeded".into(), &"salesforce".into(), &"visit-1".into())
    );
    assert_eq!(result["written"][0]["outcome"], "created");
    assert_eq!(result["timeline"]["blocks"][0]["block"], "trigger");
    assert_eq!((&result["simulated"], &result["known"]), (&true.into(), &false.into()));
}

#[test]
fn an_event_that_does_not_fit_is_told_at_its_line_and_not_shown() {
    let folder = TempDir::new().unwrap();
    let wrong = |arguments: &str, event: &str| on(&folder, arguments, event);
    let said = wrong("run welcome --event - --crm memory", "kind: Manual\ndata:\n  name: [Kari]\n  mail: kari@x\n");
    assert_eq!(said.exit, Exit::Problems);
    insta::assert_snapshot!(said.err, @r"
    error[E0086]: name: expected text, found a list
    --> standard input:3:9
    ");
    let said = wrong("run welcome --event - --crm memory", "kind: Webhook\ndata: {}\n");
    assert!(said.err.contains("the playbook is started by Manual") && said.err.contains(":1:7"), "{}", said.err);
    let said = wrong("run welcome --event - --crm memory", "kind: Manual\ndate: {}\ndata: {}\n");
    assert!(said.err.contains("did you mean `data`?"), "{}", said.err);
    let said = wrong("run overview --crm memory", "");
    assert_eq!(said.exit, Exit::Usage);
    assert!(said.err.contains("say by which event"), "{}", said.err);
    let said = wrong("run overview --event - --crm memory --input most=many", "AccountId: a1\n");
    assert_eq!(said.exit, Exit::Problems);
    assert!(said.err.contains("`--input most=…`: expected optional int") && !said.err.contains("many"), "{}", said.err);
    let said = wrong("run overview --event - --crm memory --input mots=1", "AccountId: a1\n");
    assert!(said.err.contains("did you mean `most`?"), "{}", said.err);
    let said = wrong("run welcome --input name=Kari --crm memory", "");
    assert!(said.err.contains("mail: expected text") && said.err.contains("--input NAME=VALUE"), "{}", said.err);
}

#[test]
fn what_is_for_patterns_is_not_for_playbooks_and_a_name_of_both_is_asked_about() {
    let folder = TempDir::new().unwrap();
    for (arguments, word) in [
        ("run welcome --op create --crm memory", "`--op` is for a pattern"),
        ("run person --op read --crm memory --journal DIR/x.sqlite", "`--journal` is for a playbook"),
        ("run welcome --crm memory --input name=K --input mail=m --timeline DIR/x.png", "is no name for a timeline"),
        ("plan welcome --op create", "are for patterns"),
        ("plan person", "`--op` is missing"),
        ("describe welcome --op create", "`--op` is for patterns"),
        ("plan welcom", "did you mean `welcome`?"),
        ("plan playbook:welcom", "the workspace has no playbook `welcom`"),
        ("run welcome --input name=K --input mail=m --crm memory --ai no/such.yaml", "there is no such file"),
        ("run welcome --input name=K --input mail=m --input name=L --crm memory", "`--input name=…` is given twice"),
    ] {
        let said = on(&folder, arguments, "");
        assert_eq!(said.exit, Exit::Usage, "{arguments}: {}", said.err);
        assert!(said.err.contains(word), "{arguments}: {}", said.err);
    }
    let copy = crate::cli_runs::copy(&folder);
    let path = folder.path().join("copy/both.engage");
    fs::write(path, "pattern welcome \"Welcome\" {\n  contact : contact\n}\n").unwrap();
    let said = engage(&["plan", "welcome", "--workspace", &copy]);
    assert_eq!(said.exit, Exit::Usage);
    insta::assert_snapshot!(said.err, @r"
    error: `welcome` is a pattern and a playbook
    help: say which is meant: `pattern:welcome` or `playbook:welcome`
    ");
    assert_eq!(engage(&["plan", "welcome", "--op", "create", "--workspace", &copy]).exit, Exit::Fine);
    assert_eq!(engage(&["plan", "playbook:welcome", "--workspace", &copy]).exit, Exit::Fine);
    assert_eq!(engage(&["plan", "pattern:welcome", "--op", "create", "--workspace", &copy]).exit, Exit::Fine);
}

#[test]
fn a_schedule_is_text_data_or_a_picture() {
    let folder = TempDir::new().unwrap();
    let text = on(&folder, "plan welcome --crm salesforce", "").out;
    assert!(text.contains("depth: 2 calls, round trips: at most 2, ai calls: 1"), "{text}");
    assert_eq!(text, on(&folder, "run welcome --crm salesforce --input name=K --input mail=m --dry-run", "").out);
    let data: Json = serde_json::from_str(&on(&folder, "plan welcome --format json", "").out).unwrap();
    assert_eq!((data["depth"].as_u64(), data["critical_path"][0].as_str()), (Some(2), Some("known")));
    for command in ["plan", "graph"] {
        let mermaid = on(&folder, &format!("{command} welcome --format mermaid"), "").out;
        assert!(mermaid.starts_with("flowchart") && mermaid.contains("customer"), "{mermaid}");
        assert!(on(&folder, &format!("{command} welcome --format dot"), "").out.starts_with("digraph"));
        assert!(on(&folder, &format!("{command} welcome --format svg"), "").out.starts_with("<svg"));
    }
}

#[test]
fn a_playbook_is_described_with_the_event_that_starts_it() {
    let folder = TempDir::new().unwrap();
    let said = on(&folder, "describe overview", "");
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    let head: Vec<&str> = said.out.lines().take(7).collect();
    insta::assert_snapshot!(head.join("\n"), @r#"
    overview "Who is a customer" on dataverse

    started by CustomerOverview
    an employee acts: employee
    data: object
      AccountId: id
    given most: optional int
    "#);
    let data: Json = serde_json::from_str(&on(&folder, "describe welcome --format json", "").out).unwrap();
    assert_eq!(data["trigger"]["data"]["fields"]["company"], serde_json::json!({"type": "text", "optional": true}));
    let customer = data["blocks"].as_array().unwrap().iter().find(|block| block["block"] == "customer").unwrap();
    assert_eq!((&customer["kind"], &customer["may_be_skipped"]), (&"create".into(), &true.into()));
    assert_eq!(customer["as_application"], "a visitor has no user in the CRM");
}

#[test]
fn cases_of_playbooks_pass_fail_and_are_accepted() {
    let folder = TempDir::new().unwrap();
    let copy = crate::cli_runs::copy(&folder);
    let said = engage(&["test", &copy]);
    assert_eq!(said.exit, Exit::Fine, "{}{}", said.out, said.err);
    assert!(said.out.ends_with("4 cases: 4 passed, 0 failed\n"), "{}", said.out);
    let path = folder.path().join("copy/welcome.case.yaml");
    let whole = fs::read_to_string(&path).unwrap();
    let broken =
        whole.replace("Dear Kari, welcome!", "Dear Ola, welcome!").replace("reason: throttled", "reason: locked");
    fs::write(&path, &broken).unwrap();
    let said = engage(&["test", &copy]);
    assert_eq!(said.exit, Exit::Problems);
    insta::assert_snapshot!(without(&folder, &said.out), @r#"
    FAIL DIR/copy/welcome.case.yaml (dataverse): a visitor becomes a customer
         outputs:
             customer: 85d1926d-bf04-5b8f-a952-1979b334ff1a
           - note: "Dear Ola, welcome!\n"
           + note: "Dear Kari, welcome!\n"
    FAIL DIR/copy/welcome.case.yaml (salesforce): a visitor becomes a customer
         outputs:
             customer: "001000000000001AAA"
           - note: "Dear Ola, welcome!\n"
           + note: "Dear Kari, welcome!\n"
    ok   DIR/copy/welcome.case.yaml (salesforce): whoever is there is left alone
    FAIL DIR/copy/welcome.case.yaml (dataverse): an AI that does not answer
         failure:
           - block: topic
           - reason: locked
           + throttled: `greeting` version 1: the model's limits are reached
    4 cases: 1 passed, 3 failed
    "#);
    assert_eq!(engage(&["test", &copy, "--accept"]).exit, Exit::Fine);
    assert_eq!(fs::read_to_string(&path).unwrap(), whole);
    let shown = engage(&["test", &copy, "--show", "--filter", "becomes"]).out;
    assert!(shown.contains("critical path: known -> customer") && shown.contains("result:"), "{shown}");
}

#[test]
fn what_is_wrong_with_a_case_of_a_playbook_is_found_before_it_runs() {
    let folder = TempDir::new().unwrap();
    let copy = crate::cli_runs::copy(&folder);
    let found = |case: &str| {
        fs::write(folder.path().join("copy/welcome.case.yaml"), format!("kind: Case\ncrm: dataverse\n{case}")).unwrap();
        let (checked, tested) = (engage(&["check", &copy]), engage(&["test", &copy]));
        assert_eq!((checked.exit, tested.exit), (Exit::Problems, Exit::Problems), "{case}");
        checked.err
    };
    for (case, told) in [
        ("playbook: welcom\n", "did you mean `welcome`?"),
        ("playbook: welcome\nevent: {name: Kari}\n", "mail: expected text"),
        ("playbook: welcome\nevent: {name: Kari, mail: [x]}\n", ":4:27"),
        ("playbook: welcome\nevnt: {}\n", "did you mean `event`?"),
        ("playbook: welcome\nevents: [{kind: Manual}]\n", "stand side by side"),
        ("events: [{kind: Manul}]\n", "an event says its `kind`"),
        ("playbook: welcome\nevent: {name: a, mail: b}\nai: {x: 1}\n", "no list of answers"),
        ("playbook: welcome\nevent: {name: a, mail: b}\nexpect: {plan: x}\n", "`expect` has no key `plan`"),
        ("playbook: welcome\nevent: {name: a, mail: b}\nstate: {acount: []}\n", "did you mean `account`?"),
        ("playbook: welcome\nevent: no/such.yaml\n", "there is no such file"),
    ] {
        let said = found(case);
        assert!(said.contains(told), "{case}: {said}");
    }
}

#[test]
fn a_value_is_traced_from_the_event_to_the_columns_it_ends_in() {
    let folder = TempDir::new().unwrap();
    let said = on(&folder, "trace welcome --crm salesforce", "");
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    insta::assert_snapshot!(said.out, @r"
    welcome on salesforce

      event trigger.company
        -> record customer.account.Name (account.Name) = Account.Name | Default

      event trigger.mail
        decides search byMail (contact.Email)
        -> record customer.contact.Email (contact.Email) = Contact.Email

      event trigger.name
        -> ai topic.name (greeting)
        -> template note.name (hello)
        -> template note.text (hello), via topic
        -> record customer.contact.LastName (contact.LastName) = Contact.LastName
        -> output text (note), via note

      record known.contact.Id (contact.Id)
        decides condition customer | Count

      written customer.account.Id
        -> output id (customer)

      answer topic
        -> template note.text (hello)
        -> output text (note), via note
    ");
    let data: Json = serde_json::from_str(&on(&folder, "trace contact.Email --format json", "").out).unwrap();
    let flows = data["playbooks"][0]["flows"].as_array().unwrap();
    let written = flows.iter().find(|flow| flow["sink"]["kind"] == "record").unwrap();
    assert_eq!(
        (&written["start"]["path"], &written["sink"]["column"]),
        (&"mail".into(), &"contact.emailaddress1".into())
    );
    let dot = on(&folder, "trace --format dot", "").out;
    assert!(dot.starts_with("digraph {") && dot.contains("event trigger.mail"), "{dot}");
    let said = on(&folder, "trace contact.Emial", "");
    assert_eq!(said.exit, Exit::Usage);
    assert!(said.err.contains("did you mean `contact.Email`?"), "{}", said.err);
}

#[test]
fn a_sensitive_field_is_marked_where_it_is_read_and_where_it_may_reach_an_ai() {
    let folder = TempDir::new().unwrap();
    let copy = crate::cli_runs::copy(&folder);
    let at = |name: &str| folder.path().join("copy").join(name);
    let edit = |name: &str, from: &str, to: &str| {
        let text = fs::read_to_string(at(name)).unwrap();
        assert!(text.contains(from), "{name}: {from}");
        fs::write(at(name), text.replace(from, to)).unwrap();
    };
    edit(
        "definitions.engage",
        "LastName    -> lastname          required max 50",
        "LastName    -> lastname          required max 50 sensitive",
    );
    edit(
        "playbooks.engage",
        "ai topic = greeting { name: trigger.name }",
        "ai topic = greeting { name: known.Results[0].contact[0].LastName! }",
    );
    fs::remove_file(at("welcome.case.yaml")).unwrap();
    let said = engage(&["check", &copy]);
    assert_eq!(said.exit, Exit::Problems, "a sensitive field is stopped at an AI block");
    assert!(said.err.contains("contact.LastName"), "{}", said.err);
    edit("playbooks.engage", "ai topic = greeting {", "ai topic = greeting allow \"the customer agreed\" {");
    let said = engage(&["trace", "contact.LastName", "--workspace", &copy]);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    assert!(said.out.contains("record known.contact.LastName (contact.LastName) = contact.lastname !"), "{}", said.out);
    assert!(said.out.contains("-> ai topic.name (greeting) | Require ! allowed: the customer agreed"), "{}", said.out);
}

#[test]
fn the_platform_s_json_of_one_playbook_is_taken_out_of_a_file_with_several() {
    let file = format!("{}/playbooks.engage", workspace());
    let convert = |more: &[&str]| engage(&[&["convert", &file], more].concat());
    let several = convert(&["--to", "platform"]);
    assert_eq!(several.exit, Exit::Problems);
    assert!(several.err.contains("`--playbook ID` takes one out of it: it has welcome, overview"), "{}", several.err);
    let one = convert(&["--to", "platform", "--playbook", "overview"]);
    assert_eq!(one.exit, Exit::Fine, "{}", one.err);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("overview.platform.json");
    fs::write(&path, &one.out).unwrap();
    let back = engage(&["convert", path.to_str().unwrap(), "--to", "engage"]);
    let text = fs::read_to_string(&file).unwrap();
    let block = text.split("\n\n").find(|block| block.starts_with("playbook overview")).unwrap();
    assert!(back.out.starts_with(block) && !back.out.contains("welcome"), "{}", back.out);
    let slip = convert(&["--to", "platform", "--playbook", "overviw"]);
    assert!(slip.exit == Exit::Usage && slip.err.contains("did you mean `overview`?"), "{}", slip.err);
    let other = convert(&["--to", "yaml", "--playbook", "overview"]);
    assert!(other.exit == Exit::Usage && other.err.contains("add `--to platform`"), "{}", other.err);
}

#[test]
fn a_change_is_told_with_what_got_worse() {
    let folder = TempDir::new().unwrap();
    let (old, new) = (workspace(), crate::cli_runs::copy(&folder));
    let same = engage(&["diff", &old, &new]);
    assert_eq!((same.exit, same.out.as_str()), (Exit::Fine, "0 changes, 0 for the worse\n"), "{}", same.err);
    let path = folder.path().join("copy/patterns.engage");
    let patterns =
        fs::read_to_string(&path).unwrap().replace("account : account\n", "account : account  match (Name)\n");
    fs::write(&path, patterns).unwrap();
    let path = folder.path().join("copy/playbooks.engage");
    let playbooks = fs::read_to_string(&path)
        .unwrap()
        .replace("ai topic = greeting {", "ai topic = greeting after known {")
        .replace(" when known.Results", " after topic when known.Results");
    fs::write(&path, playbooks).unwrap();
    let said = engage(&["diff", &old, &new, "--crm", "dataverse"]);
    assert_eq!(said.exit, Exit::Problems, "{}", said.err);
    insta::assert_snapshot!(said.out, @r"
    ! dataverse  pattern customer create: round trips: 1 -> 2
    ! dataverse  pattern customer create: depth: 1 -> 2
      dataverse  pattern customer create: guard: not-applicable -> etag
    ! dataverse  pattern customer create: race: false -> true
      dataverse  playbook overview: does something else
    ! dataverse  playbook welcome: depth: 2 -> 4
    ! dataverse  playbook welcome: round trips: 2 -> 3
    ! dataverse  the employees: new privilege: write account
    ! dataverse  the employees: new privilege: write account.name
    ! dataverse  the application: new privilege: read account.name
    ! dataverse  the application: new privilege: write account
    ! dataverse  the application: new privilege: write account.name
    12 changes, 10 for the worse
    ");
    let back = engage(&["diff", &new, &old, "--crm", "dataverse", "--format", "json"]);
    let data: Json = serde_json::from_str(&back.out).unwrap();
    assert_eq!((back.exit, &data["worse"]), (Exit::Fine, &false.into()), "{}", back.out);
    let said = engage(&["diff", &old, &new, "--crm", "acme"]);
    assert_eq!(said.exit, Exit::Usage);
}
