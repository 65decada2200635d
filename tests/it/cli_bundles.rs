//! Bundles on the command line: what is exported is imported, all of it or nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use engage_cli::Exit;
use engage_dsl::Workspace;
use engage_dsl::bundle::{self, Form};
use engage_dsl::playbooks::bundle::{Bundle, ItemId, numbered};
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::cli::{Said, demo, engage, engage_with, without};

const STARTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../playbooks/packages/starter");

/// A folder with an empty workspace `to` in it.
fn target() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("to")).unwrap();
    fs::write(folder.path().join("to/engage.toml"), "name = \"to\"\ntarget = \"dataverse\"\n").unwrap();
    folder
}

/// Runs a command line in which `DIR` is a folder.
fn on(folder: &TempDir, arguments: &str) -> Said {
    let path = folder.path().display().to_string();
    engage(&arguments.split_whitespace().map(|word| word.replace("DIR", &path)).collect::<Vec<_>>())
}

/// Every file below a folder, hidden ones too.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(below) = open.pop() {
        for entry in fs::read_dir(below).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

/// What a workspace holds, in an order that files do not matter for.
fn meaning(folder: impl AsRef<Path>) -> Bundle {
    let Workspace { model, library, .. } = Workspace::load(folder).unwrap();
    let items: Vec<ItemId> = numbered(&model, &library).into_iter().map(|(id, _)| id).collect();
    let Bundle { mut model, mut library } = Bundle::of(&model, &library, &items).unwrap();
    model.definitions.sort_by_key(ItemId::of_definition);
    model.patterns.sort_by(|one, other| one.id.cmp(&other.id));
    library.playbooks.sort_by(|one, other| one.id.cmp(&other.id));
    library.templates.sort_by(|one, other| one.id.cmp(&other.id));
    library.capabilities.sort_by(|one, other| one.id.cmp(&other.id));
    Bundle { model, library }
}

#[test]
fn all_of_the_starter_goes_into_an_empty_workspace_and_a_second_time_nothing_does() {
    for ending in ["yaml", "json"] {
        let folder = target();
        let file = format!("DIR/all.bundle.{ending}");
        let said = on(&folder, &format!("export --all --workspace {STARTER} -o {file}"));
        assert_eq!(said.exit, Exit::Fine, "{}", said.err);
        assert!(said.out.contains("patterns") && said.out.contains("templates"), "{}", said.out);
        let before = files(&folder.path().join("to"));
        let said = on(&folder, &format!("import {file} DIR/to"));
        assert_eq!(
            (said.exit, files(&folder.path().join("to"))),
            (Exit::Fine, before),
            "a plan writes nothing: {}",
            said.err
        );
        let said = on(&folder, &format!("import {file} DIR/to --apply"));
        assert_eq!(said.exit, Exit::Fine, "{}", said.err);
        let check = on(&folder, "check DIR/to");
        assert_eq!((check.exit, check.err.contains("error")), (Exit::Fine, false), "{}", check.err);
        assert_eq!(meaning(folder.path().join("to")), meaning(STARTER));
        let after = files(&folder.path().join("to"));
        let again = on(&folder, &format!("import {file} DIR/to --apply --format json"));
        let told: Json = serde_json::from_str(&again.out).unwrap();
        let items = told["items"].as_array().unwrap();
        assert!(items.len() > 30 && items.iter().all(|item| item["action"] == "unchanged"), "{told}");
        assert_eq!((told["files"].as_array().unwrap().len(), files(&folder.path().join("to"))), (0, after));
    }
}

#[test]
fn every_pattern_and_playbook_of_the_starter_stands_alone() {
    let Workspace { model, library, .. } = Workspace::load(STARTER).unwrap();
    let all = numbered(&model, &library).into_iter().map(|(id, _)| id);
    for item in all.filter(|item| matches!(item, ItemId::Pattern(_) | ItemId::Playbook(_))) {
        let folder = target();
        let text = bundle::write(&Bundle::of(&model, &library, std::slice::from_ref(&item)).unwrap(), Form::Json);
        let said = engage_with(&["import", "-", folder.path().join("to").to_str().unwrap(), "--apply"], &text);
        assert_eq!(said.exit, Exit::Fine, "{item}: {}", said.err);
    }
}

#[test]
fn a_plan_says_item_by_item_what_would_be_done_and_apply_what_was() {
    let folder = demo();
    let exported = on(&folder, "export account-with-contacts --workspace DIR");
    assert_eq!((exported.exit, exported.err.as_str()), (Exit::Fine, ""));
    let bundle = exported.out.replace("An account with its contacts", "Renamed");
    assert!(bundle.contains("Renamed"), "{bundle}");
    fs::write(folder.path().join("a.bundle.yaml"), &bundle).unwrap();
    let plan = on(&folder, "import DIR/a.bundle.yaml DIR");
    assert_eq!((plan.exit, plan.err.as_str()), (Exit::Fine, ""));
    let digest = plan.out.split("--expect ").nth(1).unwrap().split('`').next().unwrap();
    insta::assert_snapshot!(without(&folder, &plan.out).replace(digest, "DIGEST"), @r"
    unchanged  definition `account` on `dataverse`   DIR/definitions.engage
    unchanged  definition `account` on `salesforce`  DIR/definitions.engage
    unchanged  definition `contact` on `dataverse`   DIR/definitions.engage
    unchanged  definition `contact` on `salesforce`  DIR/definitions.engage
    update     pattern `account-with-contacts`       DIR/patterns.engage
    0 new, 1 changed, 4 as before: nothing was written
    `--apply` does it; with `--expect DIGEST` only while nothing has changed
    ");
    let path = folder.path().join("patterns.engage");
    let before = fs::read_to_string(&path).unwrap();
    let done = on(&folder, &format!("import DIR/a.bundle.yaml DIR --apply --expect {digest}"));
    insta::assert_snapshot!(without(&folder, &done.out), @r"
    unchanged  definition `account` on `dataverse`   DIR/definitions.engage
    unchanged  definition `account` on `salesforce`  DIR/definitions.engage
    unchanged  definition `contact` on `dataverse`   DIR/definitions.engage
    unchanged  definition `contact` on `salesforce`  DIR/definitions.engage
    updated    pattern `account-with-contacts`       DIR/patterns.engage
    0 new, 1 changed, 4 as before: wrote 0 files, changed 1 file
    ");
    let after = fs::read_to_string(&path).unwrap();
    assert_eq!(before.replace("\"An account with its contacts\"", "\"Renamed\""), after);
    let again = on(&folder, &format!("import DIR/a.bundle.yaml DIR --apply --expect {digest}"));
    assert_eq!((again.exit, fs::read_to_string(&path).unwrap()), (Exit::Problems, after), "{}", again.out);
    insta::assert_snapshot!(again.err, @r"
    error: the bundle or the workspace is not what it was when the import was planned
    help: plan it again: `engage import` without `--apply`
    ");
    let exported = engage_with(&["import", "-", folder.path().to_str().unwrap(), "--format", "json"], &bundle);
    let told: Json = serde_json::from_str(&exported.out).unwrap();
    assert_eq!(
        told["items"][0],
        serde_json::json!({
            "kind": "definition", "id": "account", "crm": "dataverse", "action": "unchanged",
            "file": folder.path().join("definitions.engage").display().to_string(),
        })
    );
}

#[test]
fn any_error_means_that_nothing_happens() {
    let folder = demo();
    let before = files(folder.path());
    let bundle = |items: &str| format!("kind: Bundle\nversion: 1\nitems:\n{items}complete: true\n");
    let unknown = "  - {kind: EntityPattern, id: p, parts: [{ref: a, entity: nobody}]}\n";
    let fields = "  - {kind: EntityDefinition, id: contact, crm: dataverse, type: contact, fields: []}\n";
    for (text, word) in [
        (bundle(unknown), "E0304"),
        (bundle(fields), "definitions.engage"),
        (bundle("  - {kind: Mapper, useCase: BookMeMeeting, pattern: p}\n"), "E0023"),
        (bundle(&format!("{unknown}{unknown}")), "E0024"),
        (bundle("  - {kind: Template, id: ../../x, text: x}\n"), "E0170"),
        (bundle("  - {kind: EntityPattern, id: p, prats: []}\n"), "E0157"),
        (bundle("").replace("version: 1", "version: 2"), "E0021"),
        (bundle("").replace("complete", "compleat"), "E0157"),
        (bundle("").replace("complete: true\n", ""), "E0022"),
        ("kind: Bundle\n\t- x".to_owned(), "E0141"),
        ("%PDF-1.7\n".to_owned(), "E014"),
        (String::new(), "E0020"),
        ("kind: EntityPattern\nid: p\nparts: []\n".to_owned(), "E0020"),
    ] {
        let path = folder.path().to_str().unwrap();
        let said = engage_with(&["import", "-", path, "--apply"], &text);
        assert_eq!((said.exit, said.out.as_str()), (Exit::Problems, ""), "{text}");
        assert!(said.err.contains(word), "{word}: {}", said.err);
        assert_eq!(files(folder.path()), before, "{text}");
    }
    let large = folder.path().join("large.bundle.yaml");
    fs::File::create(&large).unwrap().set_len(100 << 20).unwrap();
    let said = on(&folder, "import DIR/large.bundle.yaml DIR --apply --format json");
    let told: Json = serde_json::from_str(&said.err).unwrap();
    assert_eq!((said.exit, &told["problems"][0]["code"]), (Exit::Problems, &Json::from("E0004")));
    for (arguments, word) in [
        ("import DIR/none.yaml DIR", "there is no such file"),
        ("import DIR DIR", "a file is expected"),
        ("import DIR/large.bundle.yaml DIR --expect x", "--apply"),
    ] {
        let said = on(&folder, arguments);
        assert_eq!(said.exit, Exit::Usage, "{}", said.err);
        assert!(said.err.contains(word), "{}", said.err);
    }
}

#[test]
fn a_case_that_the_outcome_would_break_stops_it() {
    let folder = demo();
    let case = "kind: Case\nname: a phone\npattern: account-with-contacts\noperation: read\ncrm: dataverse\ninput: {account: {Id: A1}}\n\
                state:\n  account: [{Id: A1, Phone: '1'}]\n";
    fs::write(folder.path().join("cases/phone.case.yaml"), case).unwrap();
    let said = on(&folder, "export account-with-contacts --workspace DIR");
    // No pattern writes the field that is gone, but a case has it.
    let bundle: String = said.out.split_inclusive('\n').filter(|line| !line.contains("name: Phone")).collect();
    let before = files(folder.path());
    let said = engage_with(&["import", "-", folder.path().to_str().unwrap(), "--apply"], &bundle);
    assert_eq!(said.exit, Exit::Problems, "{}", said.out);
    assert!(said.err.contains("phone.case.yaml"), "{}", said.err);
    assert_eq!(files(folder.path()), before);
}

#[test]
fn an_export_names_what_it_does_not_find_and_overwrites_nothing() {
    let folder = demo();
    for (arguments, word) in [
        ("export --workspace DIR", "<ID>"),
        ("export nobody --workspace DIR", "no pattern `nobody`"),
        ("export account-with-contcats --workspace DIR", "account-with-contacts"),
        ("export a b --pattern --workspace DIR", "needs pattern `b`, which is not there"),
        ("export contact-of-account --playbook --workspace DIR", "needs playbook `contact-of-account`"),
        ("export --all contact-of-account --workspace DIR", "--all"),
        ("export --all -o DIR/engage.txt --workspace DIR", "no name for a bundle"),
        ("export --all -o DIR/a.yaml --format json --workspace DIR", "the ending"),
    ] {
        let said = on(&folder, arguments);
        assert_eq!((said.exit, said.out.as_str()), (Exit::Usage, ""), "{arguments}");
        assert!(said.err.contains(word), "{arguments}: {}", said.err);
    }
    assert_eq!(on(&folder, "export --all -o DIR/a.bundle.yaml --workspace DIR").exit, Exit::Fine);
    let again = on(&folder, "export --all -o DIR/a.bundle.yaml --workspace DIR");
    assert_eq!(again.exit, Exit::Usage, "{}", again.err);
    assert_eq!(on(&folder, "check DIR").exit, Exit::Fine, "a bundle in the folder is no part of the workspace");
}

const BASE: &str = "entity contact \"Contact\" on dataverse contact {\n  LastName -> lastname\n}\npattern person \"A person\" {\n  \
                    contact : contact\n}\nplaybook visit \"A visitor\" {\n  trigger Manual(name: string)\n  create secretly = person \
                    as application \"a visitor has no user\" { contact.LastName: trigger.name }\n}\n";
const OWN: &str = "playbook own \"Ours\" {\n  trigger Manual(name: string)\n  create lead = person as application \"nobody\" { \
                   contact.LastName: trigger.name }\n}\nmapper BookMeMeeting -> person\n";

/// A workspace `shop` that uses the package `base` beside it, and an empty one `to`.
fn packaged(visibility: &str) -> TempDir {
    let folder = target();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "base/engage.toml",
        &format!("name = \"base\"\n[package]\nversion = \"1.0.0\"\nvisibility = \"{visibility}\"\n"),
    );
    write("base/all.engage", BASE);
    write("shop/engage.toml", "name = \"shop\"\ntarget = \"dataverse\"\npackages = [\"../base\"]\n");
    write("shop/own.engage", OWN);
    folder
}

#[test]
fn of_an_open_package_anything_goes_and_of_a_proprietary_one_nothing() {
    let folder = packaged("open");
    let said = on(&folder, "export --all --workspace DIR/shop -o DIR/own.bundle.yaml");
    assert_eq!((said.exit, said.err.as_str()), (Exit::Fine, ""));
    let text = fs::read_to_string(folder.path().join("own.bundle.yaml")).unwrap();
    assert!(text.contains("id: own") && text.contains("id: person") && !text.contains("id: visit"), "{text}");
    assert!(!text.contains("BookMeMeeting"), "mappers stay: {text}");
    assert_eq!(on(&folder, "export visit --workspace DIR/shop -o DIR/visit.bundle.yaml").exit, Exit::Fine);
    let back = on(&folder, "import DIR/visit.bundle.yaml DIR/shop --apply --format json");
    assert!(back.out.contains("unchanged") && !back.out.contains("update"), "{}{}", back.out, back.err);
    let changed = fs::read_to_string(folder.path().join("visit.bundle.yaml")).unwrap().replace("A visitor", "Other");
    let refused = engage_with(&["import", "-", &folder.path().join("shop").display().to_string(), "--apply"], &changed);
    assert_eq!(refused.exit, Exit::Problems);
    assert!(refused.err.contains("E0030") && refused.err.contains("engage fork visit"), "{}", refused.err);

    let folder = packaged("proprietary");
    for name in ["visit", "person", "own", "--all"] {
        let said = on(&folder, &format!("export {name} --workspace DIR/shop -o DIR/x.bundle.yaml"));
        assert_eq!((said.exit, said.out.as_str()), (Exit::Problems, ""), "{name}");
        assert!(said.err.contains("E0031") && !said.err.contains("secretly"), "{name}: {}", said.err);
        assert!(!folder.path().join("x.bundle.yaml").exists());
    }
}

#[test]
fn an_import_that_was_interrupted_is_taken_back_by_whatever_command_comes_next() {
    let folder = target();
    let said = on(&folder, &format!("export account-id-resolver --workspace {STARTER} -o DIR/one.bundle.yaml"));
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    let before = files(&folder.path().join("to"));
    on(&folder, "import DIR/one.bundle.yaml DIR/to --apply");
    let after = files(&folder.path().join("to"));
    let name = after.keys().find(|name| name.starts_with("patterns/")).unwrap();
    // As a kill behind the first rename leaves it: the journal names files, the rest of them still lies aside.
    let stage = folder.path().join("to/.engage-import");
    fs::create_dir(&stage).unwrap();
    fs::write(stage.join("lock"), "").unwrap();
    let entries: Vec<Json> = after
        .iter()
        .filter(|(path, _)| !before.contains_key(*path))
        .map(|(path, bytes)| serde_json::json!({ "path": path, "old": null, "new": sha256(bytes) }))
        .collect();
    for (number, entry) in entries.iter().enumerate().filter(|(_, entry)| entry["path"] != name.as_str()) {
        fs::rename(folder.path().join("to").join(entry["path"].as_str().unwrap()), stage.join(format!("{number}.new")))
            .unwrap();
    }
    let journal = serde_json::json!({ "folders": ["definitions", "patterns"], "files": entries });
    fs::write(stage.join("journal"), journal.to_string()).unwrap();
    assert!(Workspace::load(folder.path().join("to")).unwrap().catalog().is_err(), "a library is told");
    let check = on(&folder, "check DIR/to");
    assert_eq!(check.exit, Exit::Fine, "{}", check.err);
    insta::assert_snapshot!(check.err, @r"
    warning[E0036]: an import was interrupted and is taken back; the workspace is as it was before
    help: run `engage import` again
    ");
    assert_eq!(files(&folder.path().join("to")), before);
    assert!(!stage.exists() && !folder.path().join("to/patterns").exists());
    let check = on(&folder, "check DIR/to");
    assert_eq!((check.exit, check.err.as_str()), (Exit::Fine, ""));
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
