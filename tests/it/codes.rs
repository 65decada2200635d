//! The examples of the checker's and the inputs' codes break the rule they explain and no other, and their cures
//! break none.

use std::collections::BTreeSet;

use engage_adapters::memory::Schema;
use engage_dsl::Workspace;
use engage_engine::Input;
use engage_engine::codes::index;
use engage_engine::problem::CodeInfo;
use engage_engine::verify::{Facts, verify};

/// What examples take as given: an example that uses one of these entities without defining it means this one.
const DOMAIN: [(&str, &str); 7] = [
    (
        "account",
        "Name -> name, Number -> number, Score -> score int readonly, OwnerId -> ownerid ref employee\n  \
         ParentId -> parentaccountid ref account, Primary -> primary_contact ref contact",
    ),
    ("contact", "Email -> email, AccountId -> account_id ref account"),
    ("employee", "Email -> email"),
    (
        "event",
        "Subject -> subject, Start -> starts_at datetime, Status -> status choice { Open = 1, Won = 2 }\n  \
         AccountId -> regarding ref account, OwnerId -> ownerid ref employee",
    ),
    ("note", "Title -> subject, EventId -> objectid ref event"),
    ("lead", "Name -> lastname"),
    ("task", "AccountId -> regarding ref account, LeadId -> regarding ref lead"),
];

/// The example with the definitions that it takes as given.
fn completed(example: &str) -> String {
    let mut text = example.to_owned();
    loop {
        let missing = DOMAIN.iter().find(|(id, _)| {
            let used = text.contains(&format!(": {id}\n"))
                || text.contains(&format!(": {id} "))
                || text.contains(&format!("ref {id}\n"))
                || text.contains(&format!("ref {id} "))
                || text.contains(&format!("ref {id},"));
            used && !text.contains(&format!("entity {id} "))
        });
        let Some((id, fields)) = missing else { return text };
        text.push_str(&format!("entity {id} \"{id}\" on crm-a {id} {{\n  {fields}\n}}\n"));
    }
}

/// The rules of definitions, patterns and playbooks.
fn of_the_checker() -> impl Iterator<Item = CodeInfo> {
    index().into_iter().filter(|info| info.code.0 < "E0400").chain(engage_dsl::playbooks::check::codes())
}

/// The files of a sample: `# file: NAME` starts another one; else the name follows from the text.
fn files(sample: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in sample.split_inclusive('\n') {
        match (line.strip_prefix("# file: "), files.last_mut()) {
            (Some(name), _) => files.push((name.trim().to_owned(), String::new())),
            (None, Some((_, text))) => text.push_str(line),
            (None, None) if sample.starts_with("kind:") => files.push(("example.yaml".to_owned(), line.to_owned())),
            (None, None) => files.push(("example.engage".to_owned(), line.to_owned())),
        }
    }
    files
}

fn found(text: &str) -> BTreeSet<String> {
    let completed = |(name, text): (String, String)| match name.ends_with(".engage") {
        true => (name, completed(&text)),
        false => (name, text),
    };
    let workspace = Workspace::from_sources(files(text).into_iter().map(completed));
    workspace.check().diagnostics.iter().map(|found| format!("{}: {}", found.code, found.message)).collect()
}

#[test]
fn an_example_breaks_its_rule_and_no_other() {
    let wrong = of_the_checker().filter_map(|info| {
        let found = found(info.example);
        let codes: BTreeSet<&str> = found.iter().filter_map(|line| line.get(..5)).collect();
        (codes != BTreeSet::from([info.code.0])).then_some((info.code.0, found))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), []);
}

#[test]
fn a_cure_leaves_nothing_to_say() {
    let wrong = of_the_checker().map(|info| (info.code.0, found(info.cure))).filter(|(_, found)| !found.is_empty());
    assert_eq!(wrong.collect::<Vec<_>>(), []);
}

/// What `crm-a` says of its contacts, for the examples of verification.
const CONTACTS: &str = "\
kind: CrmSchema
crm: crm-a
tables:
  contact:
    key: contact_id
    columns:
      email: {type: String, max: 100, unique: true}
      last_name: {type: String, required: true}
      rank: {type: Int}
      created_on: {type: DateTime, create: false, update: false}
      state: {type: Choice, create: false, choices: [1, 2]}
      account_id: {type: Ref, targets: [account]}
      parent_id: {type: Ref, targets: [contact]}
  account: {key: account_id}
  account_contact: {key: id, columns: {role: {type: String}}}
";

#[test]
fn examples_of_verification_break_their_rule() {
    let mut facts = Facts::from(&Schema::from_yaml(CONTACTS).unwrap());
    facts.tables.get_mut("account_contact").unwrap().links_only = true;
    for info in index().into_iter().filter(|info| info.code.0 >= "E0500") {
        let found = |text: &str| {
            // A column is only missed where somebody makes records.
            let reads = if info.code.0 == "E0504" { "" } else { " readonly" };
            let contacts = format!("{text}\npattern contacts \"Contacts\" {{\n  contact : contact{reads}\n}}\n");
            let text = if text.contains("pattern") { text.to_owned() } else { contacts };
            let workspace = Workspace::from_sources([("example.engage", text)]);
            assert!(workspace.check().catalog.is_some(), "{}", info.code);
            let problems = verify(&workspace.model, &"crm-a".parse().unwrap(), &facts);
            problems.iter().map(|problem| problem.code.0).collect::<BTreeSet<_>>()
        };
        assert_eq!(found(info.example), BTreeSet::from([info.code.0]));
        assert!(found(info.cure).is_empty(), "{}", info.code);
    }
}

#[test]
fn examples_of_inputs_break_their_rule() {
    let pattern = "pattern visit \"A visit\" {\n  account : account\n  owner : employee readonly\n  event : event\n  \
                   advisors[] : employee readonly optional\n  task : task optional\n  event.OwnerId = owner.Id\n}\n";
    let workspace = Workspace::from_sources([("example.engage", completed(pattern))]);
    let catalog = workspace.check().catalog.expect("the pattern of the examples is right");
    let pattern = catalog.pattern("crm-a", "visit").expect("it is there");
    for info in index().into_iter().filter(|info| ("E0401".."E0450").contains(&info.code.0)) {
        let read = |text: &str| {
            let json = serde_json::from_str(text).expect("examples are JSON");
            let problems = Input::from_json(pattern, &json).err().unwrap_or_default();
            problems.iter().map(|problem| problem.code.0).collect::<BTreeSet<_>>()
        };
        // Sixty-five groups would fill the page.
        if info.code.0 != "E0407" {
            assert_eq!(read(info.example), BTreeSet::from([info.code.0]));
        }
        assert!(read(info.cure).is_empty(), "{}", info.code);
    }
}
