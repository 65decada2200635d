//! `engage verify` and `engage access` on the starter library.

use engage_cli::Exit;
use serde_json::Value as Json;

use crate::cli::engage;
use crate::readme::starter;

fn verified(crm: &str) -> Json {
    let said = engage(&["verify", "--workspace", &starter(), "--crm", crm, "--format", "json"]);
    assert_eq!((said.exit, said.err.as_str()), (Exit::Fine, ""));
    serde_json::from_str(&said.out).unwrap()
}

#[test]
fn the_starter_is_what_both_crms_say_of_themselves() {
    for crm in ["dataverse", "salesforce"] {
        let told = verified(crm);
        assert_eq!(told["errors"], 0, "{told:#}");
        // Columns that can be set once only, or afterwards only: the README of the library tells of them.
        let codes: Vec<&str> = told["problems"].as_array().unwrap().iter().filter_map(|p| p["code"].as_str()).collect();
        assert!(codes.iter().all(|code| *code == "E0506"), "{codes:?}");
    }
}

#[test]
fn what_a_crm_does_not_have_is_told_at_its_line() {
    let folder = tempfile::TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("engage.toml", "name = \"small\"\ntarget = \"crm-a\"\n");
    write("a.engage", "entity note \"Note\" on crm-a note {\n  Title -> titel\n  Size  -> size\n}\n");
    write(
        "crm-a.schema.yaml",
        "kind: CrmSchema\ncrm: crm-a\ntables:\n  note: {key: id, columns: {title: {type: String}, size: {type: Int}}}\n",
    );
    let said = engage(&["verify", "--workspace", folder.path().to_str().unwrap()]);
    assert_eq!(said.exit, Exit::Problems);
    insta::assert_snapshot!(said.err.replace(folder.path().to_str().unwrap(), "DIR"), @"
    error[E0502]: `note` has no column `titel`
     --> DIR/a.engage:2:12
      |
    2 |   Title -> titel
      |            ^^^^^
      |
      = help: name the column as the CRM does — did you mean `title`?

    error[E0503]: `Size` is a String, and `size` a Int
     --> DIR/a.engage:3:3
      |
    3 |   Size  -> size
      |   ^^^^
      |
      = help: give the field the type of its column
    ");
    insta::assert_snapshot!(said.out, @"crm-a: 1 definition: 2 errors, 0 warnings");
}

#[test]
fn nothing_to_verify_against_is_wrong_usage() {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("a.engage"), "entity note \"Note\" on crm-a note {\n  Title -> title\n}\n")
        .unwrap();
    std::fs::write(folder.path().join("engage.toml"), "name = \"small\"\n").unwrap();
    let path = folder.path().to_str().unwrap();
    let said = engage(&["verify", "--workspace", path]);
    assert_eq!(said.exit, Exit::Usage);
    assert!(said.err.contains("no `*.schema.yaml` of `crm-a`"), "{}", said.err);
    let said = engage(&["verify", "--workspace", path, "--live"]);
    assert_eq!(said.exit, Exit::Usage);
    assert!(said.err.contains("nothing says where `crm-a` is"), "{}", said.err);
}

#[test]
fn access_is_told_apart_for_employees_and_the_application() {
    let said =
        engage(&["access", "pattern:portal-lead", "--workspace", &starter(), "--crm", "salesforce", "--op", "create"]);
    assert_eq!((said.exit, said.err.as_str()), (Exit::Fine, ""));
    insta::assert_snapshot!(said.out, @"
    The application needs

      Account: read, append to
        read    AMB_External_Key__c AMB_Primary_Contact__c AccountNumber AnnualRevenue BillingCity CreatedDate Name NumberOfEmployees OwnerId Phone Website
        for     portal-lead

      Event: create, read, append
        create  AMB_External_Key__c AMB_Meeting_Key__c AMB_Status__c Description EndDateTime IsAllDayEvent Location OwnerId ShowAs StartDateTime Subject WhatId WhoId
        for     portal-lead

      Lead: create, read, append, append to
        create  AMB_Account__c AMB_External_Key__c AMB_Subject__c Company Description Email FirstName LastName LeadSource OwnerId Phone Rating Title
        for     portal-lead

      User: read, append to
        read    AMB_Employee_Key__c Alias Email EmailEncodingKey FirstName IsActive LanguageLocaleKey LastName LocaleSidKey MobilePhone ProfileId TimeZoneSidKey Title Username
        for     portal-lead
    ");
    let read = engage(&[
        "access",
        "pattern:customer-overview",
        "--workspace",
        &starter(),
        "--crm",
        "dataverse",
        "--format",
        "json",
    ]);
    let told: Json = serde_json::from_str(&read.out).unwrap();
    let needs = told["needs"].as_array().unwrap();
    assert_eq!(needs.len(), 7, "seven linked reads");
    assert!(needs.iter().all(|need| need["rights"] == serde_json::json!(["read"]) && need["holder"] == "employee"));
}

#[test]
fn undoing_needs_the_right_to_delete() {
    let text = "entity a \"A\" on crm-a a {\n  Name -> name\n}\npattern p {\n  one : a\n  two : a\n}\n";
    let workspace = engage_dsl::Workspace::from_sources([("a.engage", text)]);
    let catalog = workspace.catalog().unwrap();
    let rights = |capabilities| {
        let patterns = catalog.patterns("crm-a").map(|pattern| &**pattern);
        let needs = engage_engine::access::access(patterns, &[engage_engine::Operation::Create], &capabilities);
        serde_json::to_value(&needs[0].rights).unwrap()
    };
    use engage_adapters::memory::presets;
    assert_eq!(rights(presets::everything()), serde_json::json!(["create", "read"]));
    assert_eq!(rights(presets::no_atomic_groups()), serde_json::json!(["create", "read", "delete"]));
}

#[test]
fn the_readme_knows_every_variable_of_a_connection() {
    let readme = std::fs::read_to_string(crate::crm::root().join("server/cli/README.md")).unwrap();
    for (name, _) in engage_cli::connection::VARIABLES {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}
