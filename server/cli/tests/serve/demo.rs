//! `engage demo`: the story of the README, as somebody runs it who has nothing but the program.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

use crate::kit::PROGRAM;
use crate::sandbox::at;

fn demo(arguments: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    // Somebody's own workspace, which is none of the demo's.
    std::fs::write(folder.path().join("engage.toml"), "name = \"own\"\n").unwrap();
    let said = Command::new(PROGRAM).arg("demo").args(arguments).current_dir(folder.path()).output().unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing stays");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (said.status.code().unwrap(), text(said.stdout), text(said.stderr))
}

/// The records of the steps that show some.
fn records(told: &Json) -> Vec<Vec<(&str, &Json)>> {
    let steps = told["steps"].as_array().unwrap().iter();
    let records = steps.map(|step| step["records"].as_array().unwrap()).filter(|records| !records.is_empty());
    records
        .map(|records| records.iter().map(|one| (one["table"].as_str().unwrap(), &one["columns"])).collect())
        .collect()
}

fn the(table: &str, records: &[(&str, &Json)]) -> Json {
    let mut found = records.iter().filter(|(name, _)| *name == table);
    let (_, columns) = found.next().unwrap_or_else(|| panic!("no {table} in {records:?}"));
    assert_eq!(found.next(), None, "one {table}");
    (*columns).clone()
}

/// Booked and cancelled, by the one and by the other.
fn told(crm: &str, [event, detail, people]: [&str; 3], columns: [&str; 5], authors: [&str; 2], values: [Json; 3]) {
    let ([author, shown, reason, person, role], [booked, cancelled, invited]) = (columns, values);
    let states = [booked, cancelled];
    let (code, out, err) = demo(&["--crm", crm, "--format", "json"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let told: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(told["crm"], crm);
    let statuses = told["steps"].as_array().unwrap().iter().flat_map(|step| step["calls"].as_array().unwrap());
    assert!(statuses.map(|call| call["status"].as_u64().unwrap()).all(|status| status < 400), "{out}");
    let seen = records(&told);
    assert_eq!(seen.len(), 4, "{out}");
    for (step, records) in seen.iter().enumerate() {
        let (who, is_cancelled) = (authors[step / 2], step % 2);
        let event = the(event, records);
        assert_eq!((&event[author], &event[shown]), (&json!(who), &states[is_cancelled]), "{event}");
        let comes = |columns: &Json| columns[person] == "fay@bank.example" && columns[role] == invited;
        assert!(records.iter().any(|(table, columns)| *table == people && comes(columns)), "{records:?}");
        let why = the(detail, records).get(reason).cloned();
        assert_eq!(why, (is_cancelled == 1).then(|| json!("ill")));
    }
}

#[test]
fn it_tells_how_a_meeting_comes_into_dataverse_by_a_program_and_by_an_employee() {
    let tables = ["appointment", "amb_eventdetail", "activityparty"];
    let columns = ["_createdby_value", "statuscode", "amb_cancelreason", "_partyid_value", "participationtypemask"];
    told("dataverse", tables, columns, ["application", "salesperson"], [json!(5), json!(4), json!(5)]);
}

#[test]
fn it_tells_how_a_meeting_comes_into_salesforce_by_a_program_and_by_an_employee() {
    let tables = ["Event", "AMB_Event_Detail__c", "EventRelation"];
    let columns = ["CreatedById", "ShowAs", "AMB_Cancel_Reason__c", "RelationId", "IsInvitee"];
    told("salesforce", tables, columns, ["integration", "employee"], [json!("Busy"), json!("Free"), json!(true)]);
}

#[test]
fn what_it_shows_has_no_token_and_what_stays_has_what_the_commands_need() {
    let mut command = Command::new(PROGRAM);
    command.args(["demo", "--by", "back-end", "--stay"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let shown: Vec<String> = lines.by_ref().take_while(|line| !line.ends_with("For the commands above:")).collect();
    let shown = shown.join("\n");
    let variables: Vec<(String, String)> = lines
        .take(5)
        .filter_map(|line| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect();
    for (name, value) in &variables {
        assert!(shown.contains(&format!("${name}")), "{name} is in a command");
        assert!(!shown.contains(value.as_str()), "{name} is shown");
    }
    let token = &variables.iter().find(|(name, _)| name == "token").unwrap().1;
    let address = shown.split("http://").nth(1).unwrap().split('\n').next().unwrap();
    let (status, employees) = at(address, token, "GET", "/api/v3/config/employees", &Json::Null);
    assert_eq!((status, employees.as_array().unwrap().len()), (200, 2), "it goes on");
    assert!(Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap().success());
    assert!(process.wait().unwrap().success());
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for wrong in [&["--crm", "memory"][..], &["--by", "nobody"], &["now"]] {
        let (code, out, err) = demo(wrong);
        assert_eq!((code, out.as_str()), (2, ""), "{wrong:?}");
        assert!(err.starts_with("error: "), "{err}");
    }
}
