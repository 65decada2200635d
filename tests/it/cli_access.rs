//! `engage access` and `engage diff` on playbooks: what their blocks need to be allowed, by the fields that they use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use engage_cli::Exit;
use engage_dsl::Workspace;
use engage_engine::access::{Access, Holder, Right, access, together};
use engage_engine::catalog::Catalog;
use engage_engine::{CrmName, Operation};
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::cli::engage;
use crate::cli_playbook::workspace;
use crate::readme::starter;

#[test]
fn a_playbook_needs_the_fields_that_its_blocks_use_and_no_others() {
    let said = engage(&["access", "welcome", "--workspace", &workspace(), "--crm", "dataverse"]);
    assert_eq!((said.exit, said.err.as_str()), (Exit::Fine, ""));
    insta::assert_snapshot!(said.out, @r"
    The employees who act need

      account: create, read, append to
        create  name
        for     customer

      contact: create, read, append
        read    emailaddress1
        create  emailaddress1 lastname parentcustomerid
        for     customer person

    The application needs

      account: create, read, append to
        create  name
        for     customer

      contact: create, read, append
        read    emailaddress1
        create  emailaddress1 lastname parentcustomerid
        for     customer person
    ");
    let said =
        engage(&["access", "overview", "person", "--op", "read", "--workspace", &workspace(), "--crm", "dataverse"]);
    assert_eq!(said.exit, Exit::Usage);
    assert!(said.err.contains("`--op` is for patterns, and `overview` is a playbook"), "{}", said.err);
    let said = engage(&["access", "welcom", "--workspace", &workspace(), "--crm", "dataverse"]);
    assert!(said.exit == Exit::Usage && said.err.contains("did you mean `welcome`?"), "{}", said.err);
    let both = engage(&["access", "overview", "person", "--workspace", &workspace(), "--target", "salesforce"]);
    insta::assert_snapshot!(both.out, @r"
    The employees who act need

      Account: read
        read    Name
        for     customer

      Contact: create, read, write, append
        read    AccountId Email External_Key__c FirstName LastName
        create  AccountId Email External_Key__c FirstName LastName
        write   AccountId Email External_Key__c FirstName LastName
        for     customer person
    ");
}

/// The needs of a playbook of the starter.
fn needs(playbook: &str, crm: &str) -> Vec<Json> {
    let name = format!("playbook:{playbook}");
    let said = engage(&["access", &name, "--workspace", &starter(), "--target", crm, "--format", "json"]);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    serde_json::from_str::<Json>(&said.out).unwrap()["needs"].as_array().unwrap().clone()
}

/// What a line of a case says behind a key.
fn said<'c>(case: &'c str, key: &str) -> Option<&'c str> {
    case.lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
        .map(|value| value.split(" #").next().unwrap())
}

#[test]
fn what_a_playbook_needs_is_enough_for_every_call_that_it_makes() {
    let catalog = Workspace::load(starter()).unwrap().catalog().unwrap();
    let folder = TempDir::new().unwrap();
    let (mut calls, mut known) = (0, BTreeMap::new());
    for entry in fs::read_dir(format!("{}/cases", starter())).unwrap() {
        let path = entry.unwrap().path().display().to_string();
        let case = fs::read_to_string(&path).unwrap();
        let (Some(playbook), Some(event)) = (said(&case, "playbook"), said(&case, "event")) else { continue };
        for crm in ["dataverse", "salesforce"] {
            let audit = folder.path().join("audit.jsonl").display().to_string();
            let (name, event) = (format!("playbook:{playbook}"), format!("{}/cases/{event}", starter()));
            let run = ["run", &name, "--event", &event, "--crm", "memory", "--target", crm, "--state", &path];
            let acting: Vec<&str> = said(&case, "acting").into_iter().flat_map(|who| ["--acting", who]).collect();
            let more = ["--ai", "local", "--audit", &audit, "--workspace", &starter()];
            // Whether it ends well does not matter: what it asked for does.
            engage(&[&run[..], &acting, &more].concat());
            let Ok(lines) = fs::read_to_string(&audit) else { continue };
            fs::remove_file(&audit).unwrap();
            let needs = known.entry((playbook.to_owned(), crm)).or_insert_with(|| needs(playbook, crm));
            for line in lines.lines() {
                allowed(&serde_json::from_str(line).unwrap(), needs, &catalog, crm);
                calls += 1;
            }
        }
    }
    assert!(calls > 100, "{calls} calls");
}

/// Holds a call against the needs.
fn allowed(call: &Json, needs: &[Json], catalog: &Catalog, crm: &str) {
    let holder = if call["as_whom"].is_null() { "application" } else { "employee" };
    let entity = catalog.entity(crm, call["entity"].as_str().unwrap()).unwrap();
    let need = needs.iter().find(|need| need["holder"] == holder && need["crm_type"] == entity.crm_type.as_str());
    let need = need.unwrap_or_else(|| panic!("nobody needs {call}"));
    let lists: &[&str] = match call["action"].as_str().unwrap() {
        "read" => &["read"],
        "create" => &["create"],
        "update" => &["write"],
        "upsert" => &["create", "write"],
        "delete" => &[],
        other => panic!("{other}"),
    };
    for list in lists {
        let right = serde_json::json!(list);
        assert!(need["inside"].is_string() || need["rights"].as_array().unwrap().contains(&right), "{call} {need}");
        for name in call["fields"].as_array().unwrap() {
            let field = entity.field(name.as_str().unwrap()).unwrap();
            let column = if *list == "read" { &field.read_column } else { &field.write_column };
            let Some(column) = column.as_ref().filter(|_| !field.name.is_id()) else { continue };
            let columns = need[list].as_array().unwrap();
            assert!(columns.contains(&serde_json::json!(column)), "{list} {column}: {call} {need}");
        }
    }
}

#[test]
fn what_blocks_need_is_part_of_what_their_patterns_need() {
    let workspace = Workspace::load(starter()).unwrap();
    let report = workspace.check();
    let (catalog, compiled) = (report.catalog.unwrap(), report.playbooks.unwrap());
    for crm in ["dataverse", "salesforce"] {
        let capabilities = engage_adapters::targets::for_crm(&CrmName::new(crm).unwrap()).unwrap();
        let all = access(catalog.patterns(crm).map(|pattern| &**pattern), &Operation::ALL, &capabilities);
        let whole = |need: &Access| together(all.iter().cloned().map(|of| Access { holder: need.holder, ..of }));
        let (mut fewer, mut some) = (0, 0);
        for playbook in compiled.on(crm) {
            for need in engage_playbooks::access::access(playbook, &capabilities) {
                let of: Access = whole(&need).into_iter().find(|of| of.crm_type == need.crm_type).unwrap();
                let within = |part: &BTreeSet<String>, of: &BTreeSet<String>| part.is_subset(of);
                assert!(within(&need.read, &of.read), "{} {need:?}", playbook.id);
                assert!(within(&need.create, &of.create) && within(&need.write, &of.write), "{} {need:?}", playbook.id);
                assert!(need.rights.is_subset(&of.rights), "{} {need:?}", playbook.id);
                fewer += of.read.len() - need.read.len();
                some += need.read.len();
            }
        }
        assert!(fewer > some, "{fewer} columns less than {some} on {crm}");
    }
}

#[test]
fn lists_of_needs_become_one() {
    let need = |rights: &[Right], column: &str| Access {
        holder: Holder::Employee,
        crm_type: "account".to_owned(),
        inside: None,
        rights: rights.iter().copied().collect(),
        read: BTreeSet::from([column.to_owned()]),
        create: BTreeSet::new(),
        write: BTreeSet::new(),
        patterns: BTreeSet::new(),
    };
    let application = Access { holder: Holder::Application, ..need(&[Right::Read], "name") };
    let all = together([need(&[Right::Read], "name"), application.clone(), need(&[Right::Create], "phone")]);
    assert_eq!((all.len(), &all[1]), (2, &application));
    assert_eq!(all[0].rights, BTreeSet::from([Right::Create, Right::Read]));
    assert_eq!(all[0].read.iter().collect::<Vec<_>>(), ["name", "phone"]);
}

#[test]
fn a_field_more_is_a_privilege_more() {
    let folder = TempDir::new().unwrap();
    let (old, new) = (workspace(), crate::cli_runs::copy(&folder));
    let path = folder.path().join("copy/playbooks.engage");
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replace("account[0].Name\n", "account[0].Phone\n");
    fs::write(&path, text).unwrap();
    let said = engage(&["diff", &old, &new, "--crm", "dataverse"]);
    assert_eq!(said.exit, Exit::Problems, "{}", said.err);
    insta::assert_snapshot!(said.out, @r"
      dataverse  playbook overview: does something else
    ! dataverse  the employees: new privilege: read account.telephone1
      dataverse  the employees: privilege no longer needed: read account.name
    3 changes, 1 for the worse
    ");
}
