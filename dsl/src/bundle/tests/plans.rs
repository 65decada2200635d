//! What an import would do, and what it does.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::files::{contents, folder};
use super::*;
use crate::bundle::plan::Plan;

const MANIFEST: (&str, &str) = ("engage.toml", "name = \"target\"\ntarget = \"dataverse\"\n");

fn bundle(text: &str) -> BundleFile {
    read("a.bundle.yaml", text).unwrap_or_else(|rejected| panic!("{rejected}"))
}

/// A bundle of items in YAML, one a line.
fn of(items: &[&str]) -> BundleFile {
    let items: String = items.iter().map(|item| format!("  - {item}\n")).collect();
    bundle(&format!("kind: Bundle\nversion: 1\nitems:\n{items}complete: true\n"))
}

fn plan(bundle: &BundleFile, folder: &TempDir) -> Result<Plan, Rejected> {
    Plan::of(bundle, folder.path(), &Limits::default())
}

/// A plan as lines, with files below the workspace.
fn lines(plan: &Plan, folder: &TempDir) -> Vec<String> {
    let inside = |path: &Path| path.strip_prefix(folder.path()).unwrap().display().to_string();
    plan.items.iter().map(|line| format!("{} {}: {}", line.action.name(), line.item, inside(&line.file))).collect()
}

fn text(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

fn codes(refused: Result<Plan, Rejected>) -> Vec<&'static str> {
    codes_of(&refused.unwrap_err())
}

const CONTACT: &str = "{kind: EntityDefinition, id: contact, crm: dataverse, type: contact, fields: [{name: LastName, mappedName: \
                       lastname}]}";
const PERSON: &str = "{kind: EntityPattern, id: person, name: New name, parts: [{ref: contact, entity: contact}]}";

#[test]
fn everything_new_goes_to_a_file_of_its_own_and_a_second_time_nothing_happens() {
    let file = bundle(&write(&all(&shop()), Form::Yaml));
    let target = folder(&[MANIFEST]);
    let planned = plan(&file, &target).unwrap();
    insta::assert_snapshot!(lines(&planned, &target).join("\n"), @r"
    create definition `account` on `dataverse`: definitions/account.engage
    create definition `account` on `salesforce`: definitions/account.engage
    create definition `contact` on `dataverse`: definitions/contact.engage
    create pattern `firm`: patterns/firm.engage
    create pattern `person`: patterns/person.engage
    create template `note`: templates/note.liquid
    create capability `next-step`: capabilities/next-step.engage
    create playbook `visit`: playbooks/visit.engage
    ");
    assert_eq!(contents(target.path()).len(), 1, "a plan writes nothing");
    planned.apply().unwrap();
    let after = Workspace::load(target.path()).unwrap();
    assert!(after.check().playbooks.is_some());
    let again = plan(&file, &target).unwrap();
    assert!(again.is_empty() && lines(&again, &target).iter().all(|line| line.starts_with("unchanged")));
    again.apply().unwrap();
    let mapped = Library { mappers: shop().library.mappers, ..after.library.clone() };
    assert!(super::super::placing::same(&after.model, &mapped, (&shop().model, &shop().library)));
}

#[test]
fn an_item_is_replaced_where_it_stands_and_comments_elsewhere_survive() {
    let engage = "# before\nentity contact on dataverse contact { LastName -> lastname } # behind\n\n# of the pattern\npattern \
                  person \"Old\" {\n  contact : contact  # lost\n} # kept\n# after\npattern other { contact : contact }\n";
    let target = folder(&[MANIFEST, ("deep/mixed.engage", engage)]);
    let planned = plan(&of(&[PERSON]), &target).unwrap();
    assert_eq!(lines(&planned, &target), ["update pattern `person`: deep/mixed.engage"]);
    planned.apply().unwrap();
    let expected =
        engage.replace("\"Old\" {\n  contact : contact  # lost\n}", "\"New name\" {\n  contact : contact\n}");
    assert_eq!(text(&target, "deep/mixed.engage"), expected);
    assert_eq!(contents(target.path()).len(), 3);
}

#[test]
fn an_item_of_yaml_stays_yaml_and_one_of_json_stays_json() {
    let yaml = "# head\nkind: EntityPattern # it\nid: person\nparts:\n  - {ref: contact, entity: contact}\n# tail\n---\n# own\n\
                kind: EntityDefinition\nid: contact\ncrm: dataverse\ntype: contact\nfields:\n- {name: LastName, mappedName: lastname}\n...\n";
    let target = folder(&[MANIFEST, ("a.yaml", yaml)]);
    plan(&of(&[PERSON]), &target).unwrap().apply().unwrap();
    let after = text(&target, "a.yaml");
    assert!(after.starts_with("# head\nkind: EntityPattern\nid: person\nname: New name\nparts:\n"), "{after}");
    assert!(after.contains("# tail\n---\n# own\nkind: EntityDefinition\nid: contact\ncrm"), "{after}");
    for (path, item) in [
        ("flow.yaml", "--- {kind: EntityPattern, id: person, parts: [{ref: contact, entity: contact}]} # x\n"),
        ("null.yaml", "kind: EntityPattern\nid: person\nparts: [{ref: contact, entity: contact}]\nrequirements:\n"),
        (
            "block.yaml",
            "kind: EntityPattern\nid: person\nparts: [{ref: contact, entity: contact}]\ndescription: |\n  a\n  b\n---\n# x\n",
        ),
        ("indented.yaml", "---\n  kind: EntityPattern\n  id: person\n  parts:\n  - {ref: contact, entity: contact}\n"),
    ] {
        let target = folder(&[MANIFEST, ("c.engage", "entity contact on dataverse contact { }\n"), (path, item)]);
        let planned = plan(&of(&[PERSON]), &target).unwrap_or_else(|rejected| panic!("{path}: {rejected}"));
        planned.apply().unwrap();
        assert!(plan(&of(&[PERSON]), &target).unwrap().is_empty(), "{path}");
        assert_eq!(text(&target, path).contains("# x"), item.contains("# x"), "{path}");
    }
    let json = "{\"kind\": \"EntityPattern\", \"id\": \"person\", \"parts\": [{\"ref\": \"contact\", \"entity\": \"contact\"}]}\n";
    let target = folder(&[MANIFEST, ("c.engage", "entity contact on dataverse contact { }\n"), ("p.json", json)]);
    plan(&of(&[PERSON]), &target).unwrap().apply().unwrap();
    let value: serde_json::Value = serde_json::from_str(&text(&target, "p.json")).unwrap();
    assert_eq!(value["name"], "New name");
}

#[test]
fn a_playbook_of_the_platform_stays_one_and_a_mark_stays_too() {
    let platform = "{\"id\": \"p\", \"blocks\": [{\"name\": \"trigger\", \"type\": \"Trigger\", \"value\": \"CustomerOverview\"}], \
                    \"relations\": []}";
    let marked = format!("\u{feff}{SHOP}");
    let target =
        folder(&[MANIFEST, ("p.platform.json", platform), ("all.engage", &marked), ("note.liquid", "Hi {{ name }}")]);
    let playbook = "{kind: Playbook, id: p, name: Renamed, blocks: [{type: Trigger, event: CustomerOverview}]}";
    let template = "{kind: Template, id: note, text: 'Dear {{ name }}'}";
    let planned = plan(&of(&[playbook, template, PERSON]), &target).unwrap();
    planned.apply().unwrap();
    assert_eq!(crate::platform::read("p", &text(&target, "p.platform.json")).unwrap().name, "Renamed");
    assert_eq!(text(&target, "note.liquid"), "Dear {{ name }}");
    assert!(text(&target, "all.engage").starts_with("\u{feff}entity account"));
}

#[test]
fn a_definition_joins_those_of_other_crms_and_new_files_take_the_workspace_s_spelling() {
    let salesforce = "# Salesforce\nkind: EntityDefinition\nid: contact\ncrm: salesforce\ntype: Contact\nfields:\n  - {name: LastName, \
                      mappedName: LastName}\n";
    let target = folder(&[MANIFEST, ("crm/contact.yaml", salesforce)]);
    let planned = plan(&of(&[CONTACT, PERSON]), &target).unwrap();
    let expected = [
        "create definition `contact` on `dataverse`: crm/contact.yaml",
        "create pattern `person`: patterns/person.yaml",
    ];
    assert_eq!(lines(&planned, &target), expected);
    planned.apply().unwrap();
    assert!(text(&target, "crm/contact.yaml").starts_with(&format!("{salesforce}---\nkind: EntityDefinition\n")));
}

#[test]
fn what_is_written_into_a_file_ends_its_lines_as_the_file_does() {
    let windows = |text: &str| text.replace('\n', "\r\n");
    let engage = "# before\nentity contact on salesforce Contact { LastName -> LastName } # behind\n\npattern person \"Old\" {\n  \
                  contact : contact\n}\n# after";
    let yaml = "kind: EntityPattern\nid: person\nname: Old\nparts:\n  - {ref: contact, entity: contact}\n---\nkind: \
                EntityDefinition\nid: contact\ncrm: salesforce\ntype: Contact\nfields:\n  - {name: LastName, mappedName: LastName}\n";
    for (path, before) in [("all.engage", engage), ("all.yaml", yaml)] {
        let imported = |before: &str| {
            let target = folder(&[MANIFEST, (path, before), ("note.liquid", "Hi\r\n{{ name }}\r\n")]);
            let template = "{kind: Template, id: note, text: \"Dear\\n{{ name }}\\n\"}";
            let planned = plan(&of(&[CONTACT, PERSON, template]), &target).unwrap();
            planned.apply().unwrap();
            assert_eq!(text(&target, "note.liquid"), "Dear\n{{ name }}\n", "the lines of a template are its content");
            text(&target, path)
        };
        let plain = imported(before);
        assert!(plain.contains("New name") && plain.contains("lastname") && !plain.contains('\r'), "{plain}");
        assert_eq!(imported(&windows(before)), windows(&plain));
    }
}

#[test]
fn no_file_and_no_link_is_ever_written_over_or_through() {
    let outside = folder(&[("x.engage", "mine")]);
    let target = folder(&[
        MANIFEST,
        ("patterns/person.engage", "# taken\n"),
        ("templates", "a file"),
        ("definitions/engage.toml", ""),
    ]);
    let template = "{kind: Template, id: note, text: Hi}";
    let planned = plan(&of(&[CONTACT, PERSON, template]), &target).unwrap();
    let expected = [
        "create definition `contact` on `dataverse`: contact.engage",
        "create pattern `person`: patterns/person-2.engage",
        "create template `note`: note.liquid",
    ];
    assert_eq!(lines(&planned, &target), expected);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outside.path(), target.path().join("playbooks")).unwrap();
        let playbook = "{kind: Playbook, id: x, blocks: [{type: Trigger, event: CustomerOverview}]}";
        // The link itself is an error of the workspace, so that nothing is imported at all.
        assert_eq!(codes(plan(&of(&[playbook]), &target)), ["E0006"]);
        fs::remove_file(target.path().join("playbooks")).unwrap();
        fs::write(target.path().join(".hidden"), "pattern linked { contact : contact }\n").unwrap();
        fs::write(target.path().join("contact.engage"), "entity contact on dataverse contact { }\n").unwrap();
        std::os::unix::fs::symlink(".hidden", target.path().join("linked.engage")).unwrap();
        let linked = PERSON.replace("person", "linked");
        assert_eq!(codes(plan(&of(&[&linked]), &target)), ["E0032"]);
    }
    assert_eq!(text(&outside, "x.engage"), "mine");
}

#[test]
fn any_error_of_the_outcome_means_that_nothing_happens() {
    let target = folder(&[
        MANIFEST,
        (
            "a.engage",
            "entity contact on dataverse contact { LastName -> lastname }\npattern p {\n  contact : contact { LastName = \"x\" }\n}\n",
        ),
    ]);
    // The bundle takes away a field that a pattern of the workspace uses, and names an entity that nobody has.
    let items = [
        "{kind: EntityDefinition, id: contact, crm: dataverse, type: contact}",
        "{kind: EntityPattern, id: q, parts: [{ref: a, entity: nobody}]}",
    ];
    let rejected = plan(&of(&items), &target).unwrap_err();
    let places: Vec<String> = rejected
        .diagnostics
        .iter()
        .map(|found| {
            let source = rejected.sources.get(found.span.unwrap().file).unwrap();
            format!("{} {}", found.code, source.path().file_name().unwrap().display())
        })
        .collect();
    assert_eq!(places, ["E0308 a.engage", "E0304 a.bundle.yaml"], "{rejected}");
    let broken = folder(&[MANIFEST, ("a.engage", "pattern {\n")]);
    assert!(plan(&of(&[CONTACT]), &broken).is_err());
    let none = folder(&[("a.engage", "")]);
    assert_eq!(codes(plan(&of(&[CONTACT]), &none)), ["E0010"]);
}

#[test]
fn texts_that_no_file_can_hold_are_refused() {
    let target = folder(&[MANIFEST]);
    assert_eq!(codes(plan(&of(&["{kind: Template, id: a, text: \"\\x00\"}"]), &target)), ["E0003"]);
    assert_eq!(codes(plan(&of(&["{kind: Template, id: a, text: \"\\uFEFFx\"}"]), &target)), ["E0033"]);
    let few = Limits { files: 2, ..Limits::default() };
    let items = ["{kind: Template, id: a, text: a}", "{kind: Template, id: b, text: b}"];
    assert_eq!(codes(Plan::of(&of(&items), target.path(), &few)), ["E0005"]);
    assert_eq!(contents(target.path()).len(), 1);
}

#[test]
fn what_belongs_to_a_package_is_read_only_and_a_fork_is_the_way_out() {
    let base = "name = \"base\"\n[package]\nversion = \"1.0.0\"\n";
    let files = [
        ("base/engage.toml", base),
        ("base/all.engage", SHOP),
        ("base/note.liquid", "Hi {{ name }}\n"),
        ("target/engage.toml", "name = \"target\"\ntarget = \"dataverse\"\npackages = [\"../base\"]\n"),
    ];
    let both = folder(&files);
    let at = both.path().join("target");
    let mut carried = all(&shop());
    let unchanged = Plan::of(&bundle(&write(&carried, Form::Yaml)), &at, &Limits::default()).unwrap();
    assert!(unchanged.is_empty());
    carried.library.playbooks[0].name = "Other".into();
    carried.model.patterns[0].name = "Other".into();
    let rejected = Plan::of(&bundle(&write(&carried, Form::Yaml)), &at, &Limits::default()).unwrap_err();
    let errors = codes_of(&rejected).into_iter().filter(|code| *code == codes::READ_ONLY.code.0);
    assert_eq!(errors.count(), 2, "{rejected}");
    assert!(rejected.to_string().contains("engage fork visit --as"), "{rejected}");
}

#[test]
fn a_change_between_plan_and_apply_is_noticed() {
    for edit in ["a.engage", "new.engage", "note.liquid"] {
        let target = folder(&[MANIFEST, ("a.engage", SHOP), ("note.liquid", "Hi {{ name }}")]);
        let planned = plan(&of(&[PERSON]), &target).unwrap();
        let digest = planned.digest().to_owned();
        fs::write(target.path().join(edit), "# edited\n").unwrap();
        let before = contents(target.path());
        let error = planned.apply().unwrap_err();
        assert!(matches!(&error, ApplyError::Changed(paths) if paths == &[target.path().join(edit)]), "{error}");
        assert_eq!(error.diagnostic().code, codes::CHANGED.code);
        assert_eq!(contents(target.path()), before);
        if let Ok(again) = plan(&of(&[CONTACT]), &target) {
            assert_ne!(again.digest(), digest);
        }
    }
    let target = folder(&[MANIFEST]);
    let (one, other) = (plan(&of(&[CONTACT]), &target).unwrap(), plan(&of(&[CONTACT]), &folder(&[MANIFEST])).unwrap());
    assert_eq!((one.digest(), one.digest().len()), (other.digest(), 32));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever the workspace holds, an item that is brought in is there afterwards, and all else is as it was.
    #[test]
    fn an_edit_changes_one_item_and_no_other(model in arbitrary::model(), library in arbitrary::library(), which in any::<prop::sample::Index>()) {
        let before = unique(Bundle { model, library: Library { mappers: Vec::new(), ..library } });
        let ids: Vec<ItemId> = before.items().collect();
        prop_assume!(!ids.is_empty());
        let mut after = before.clone();
        rename(&mut after, &ids[which.index(ids.len())]);
        for (path, printed) in [
            ("all.engage", print::dsl(&before.model, &before.library)),
            ("all.yaml", print::yaml(&before.model, &before.library)),
        ] {
            let workspace = Workspace::from_sources([(path, format!("# first\n{printed}# last\n"))]);
            prop_assert_eq!(&workspace.diagnostics, &[]);
            let import = engage_playbooks::bundle::Import::plan(&after, &workspace.model, &workspace.library);
            let placed = super::super::placing::place(Path::new(""), &workspace, &import, |_| None);
            let again = Workspace::from_sources(placed.changes.iter().map(|(path, text)| (path.clone(), text.as_str())));
            prop_assert_eq!(&again.diagnostics, &[], "{:?}", placed.changes);
            prop_assert_eq!((&again.model, &again.library), import.merged(), "{:?}", placed.changes);
            let text = placed.changes.values().next().unwrap();
            prop_assert!(text.starts_with("# first\n") && text.ends_with("# last\n"), "{}", text);
        }
    }
}

/// Gives one item another name.
fn rename(bundle: &mut Bundle, item: &ItemId) {
    let other = |name: &mut String| name.push_str(", changed");
    let Bundle { model, library } = bundle;
    match item {
        ItemId::Definition(id, crm) => {
            model
                .definitions
                .iter_mut()
                .filter(|one| one.id == *id && one.crm == *crm)
                .for_each(|one| other(&mut one.name));
        }
        ItemId::Pattern(id) => {
            model.patterns.iter_mut().filter(|one| one.id == *id).for_each(|one| other(&mut one.name))
        }
        ItemId::Playbook(id) => {
            library.playbooks.iter_mut().filter(|one| one.id == *id).for_each(|one| other(&mut one.name));
        }
        ItemId::Capability(id) => {
            library.capabilities.iter_mut().filter(|one| one.id == *id).for_each(|one| other(&mut one.name));
        }
        ItemId::Template(_) => {}
    }
}
