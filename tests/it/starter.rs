//! The starter library and the examples: they load, check, pass their cases, and name only what the CRMs have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use engage_cli::case::Any;
use engage_dsl::Workspace;
use engage_dsl::engine::Operation;
use engage_dsl::engine::model::{EntityDefinition, Field, FieldKind, WireValue};
use engage_dsl::fmt;
use engage_dsl::playbooks::model::BlockKind;
use engage_dsl::workspace::FileKind;
use serde_yaml::Value as Yaml;

use crate::crm::{Column, Table, root, schema};

/// The folders with an `engage.toml` that we ship.
fn workspaces() -> Vec<PathBuf> {
    [
        "playbooks/packages/starter",
        "examples/hello-contact",
        "examples/lead-to-account",
        "examples/portal-mapping",
        "examples/survey",
    ]
    .map(|folder| root().join(folder))
    .to_vec()
}

/// The fact files of a workspace by CRM.
fn schemas(workspace: &Workspace) -> BTreeMap<String, Yaml> {
    let read = |source: &engage_dsl::source::Source| schema(source.path());
    let named = |schema: Yaml| (schema["crm"].as_str().unwrap().to_owned(), schema);
    workspace.schemas().map(read).map(named).collect()
}

fn table_of<'y>(schema: &'y Yaml, definition: &EntityDefinition) -> Table<'y> {
    Table::all(schema).into_iter().find(|table| table.name == definition.crm_type).expect(&definition.crm_type)
}

/// Whether a column can hold what the field's type says.
fn fits(kind: &FieldKind, column: &Column<'_>) -> bool {
    match kind {
        FieldKind::String { .. } => column.type_name() == "String",
        FieldKind::Choice(choices) => choices.iter().all(|choice| match choice.wire_value() {
            WireValue::Boolean(_) => column.type_name() == "Boolean",
            WireValue::Int(value) => column.facts["choices"].as_mapping().unwrap().contains_key(Yaml::from(value)),
            WireValue::Text(text) => column.texts("choices").contains(&text.as_str()),
        }),
        FieldKind::MultiChoice(_) => column.type_name() == "MultiChoice",
        // Where the CRM allows no reference, the identifier is kept as text.
        FieldKind::Ref { via, .. } => match via {
            None => column.type_name() == "String",
            Some(via) => column.navigation().iter().any(|(_, name)| name == via),
        },
        plain => plain.field_type().to_string() == column.type_name(),
    }
}

fn field_problems(field: &Field, definition: &EntityDefinition, table: &Table<'_>) -> Vec<&'static str> {
    if field.mapped_name == table.key() {
        // The key a record was made with, where that is its primary key.
        return if field.read_only { Vec::new() } else { vec!["writes the primary key"] };
    }
    let columns = table.columns("-");
    let of = |name: &str| columns.iter().find(|column| column.name == name);
    let (Some(read), Some(write)) = (of(&field.mapped_name), of(field.write_column())) else {
        return vec!["has no column"];
    };
    let writable = write.flag("create", true) || write.flag("update", true);
    // Targets of one polymorphic column: which of them is given, the definition cannot say.
    let shared = definition.fields.iter().filter(|other| other.write_column() == write.name).count() > 1;
    let max = field.max_length.map(u64::from).unwrap_or_default();
    let rules = [
        (fits(&field.kind, write), "does not fit its column"),
        (
            field.write.is_none() || read.facts["follows"].as_str() == Some(write.name),
            "does not follow what is written",
        ),
        (field.read_only || writable, "is not read-only, its column is"),
        (write.max().is_none_or(|longest| max <= longest), "is longer than its column"),
        (
            field.required || field.read_only || shared || !write.flag("required", false),
            "is not required, its column is",
        ),
    ];
    rules.into_iter().filter(|(fine, _)| !fine).map(|(_, problem)| problem).collect()
}

#[test]
fn what_we_ship_has_no_problems() {
    for folder in workspaces() {
        let workspace = Workspace::load(&folder).unwrap();
        let report = workspace.check();
        let found: Vec<_> = report.diagnostics.iter().map(|found| &found.message).collect();
        assert!(found.is_empty(), "{}: {found:#?}", folder.display());
    }
}

#[test]
fn what_we_ship_is_formatted() {
    for folder in workspaces() {
        let workspace = Workspace::load(&folder).unwrap();
        for (_, source) in workspace.files(FileKind::Engage) {
            assert_eq!(fmt::format(source.text()).unwrap(), source.text(), "{}", source.path().display());
        }
    }
}

#[test]
fn every_case_passes() {
    for folder in workspaces() {
        let report = engage_cli::case::folder(&folder).unwrap();
        let failed = report.verdicts.iter().filter(|verdict| !verdict.passed());
        let failed: Vec<_> =
            failed.map(|it| format!("{} on {}: {:?}", it.path.display(), it.crm, it.mismatches)).collect();
        assert!(report.passed(), "{:?} {failed:#?}", report.problems);
        assert!(!report.verdicts.is_empty(), "{}", folder.display());
    }
}

/// What each pattern is for; a read says what it shows, a write what is there afterwards, and wrong input is refused.
const OPERATIONS: [(&str, &[Operation]); 8] = [
    ("account-id-resolver", &[Operation::Read]),
    ("attendance", &[Operation::Read, Operation::Update]),
    ("customer-overview", &[Operation::Read]),
    ("employee-sync", &Operation::ALL),
    ("internal-meeting", &Operation::ALL),
    ("meeting-id-resolver", &[Operation::Read]),
    ("meeting-with-account", &Operation::ALL),
    ("portal-lead", &Operation::ALL),
];

/// What the cases show, by pattern and CRM: an operation from plan to end state, or (`None`) input that is refused.
fn held(workspace: &Workspace) -> BTreeSet<(String, Option<Operation>, String)> {
    let mut held = BTreeSet::new();
    for (file, source) in workspace.files(FileKind::Case) {
        let (cases, problems) = engage_cli::case::read(file, source.text());
        assert!(problems.is_empty(), "{problems:?}");
        for case in cases {
            let (expect, operation) = (&case.expect, case.operation);
            let whole = expect.result.is_some() && (operation == Operation::Read || expect.state.is_some());
            let planned = expect.plan.is_some() && expect.round_trips.is_some();
            let operation = match expect.problems {
                Some(_) => None,
                None if whole && planned => Some(operation),
                None => continue,
            };
            held.extend(case.crms.iter().map(|crm| (case.pattern.value.clone(), operation, crm.value.to_string())));
        }
    }
    held
}

/// The patterns of playbooks that have a case on both CRMs.
fn steps_of_playbooks(workspace: &Workspace) -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    for (file, source) in workspace.files(FileKind::Case) {
        for case in engage_cli::case::read_all(file, source.text()).0 {
            if let Any::Playbook(case) = case
                && case.crms.len() == 2
            {
                shown.extend(case.playbook.map(|playbook| playbook.value));
            }
        }
    }
    let playbooks = workspace.library.playbooks.iter().inspect(|playbook| {
        assert!(shown.contains(playbook.id.as_str()), "no case of {} on both CRMs", playbook.id);
    });
    let patterns = playbooks.flat_map(|playbook| &playbook.blocks).filter_map(|block| match &block.kind {
        BlockKind::Read { pattern } | BlockKind::Create { pattern } | BlockKind::Update { pattern } => Some(pattern),
        _ => None,
    });
    patterns.map(ToString::to_string).collect()
}

#[test]
fn there_is_a_case_for_everything_a_pattern_is_for_on_both_crms() {
    let workspace = Workspace::load(root().join("playbooks/packages/starter")).unwrap();
    let steps = steps_of_playbooks(&workspace);
    let shipped = workspace.model.patterns.iter().map(|pattern| pattern.id.as_str());
    let of_their_own: BTreeSet<_> = shipped.filter(|pattern| !steps.contains(*pattern)).collect();
    let missing: Vec<_> = of_their_own.iter().filter(|id| !OPERATIONS.iter().any(|(of, _)| of == *id)).collect();
    assert!(missing.is_empty(), "{missing:?} is in no playbook with a case, and has none of its own");
    let held = held(&workspace);
    for (pattern, operations) in OPERATIONS {
        for crm in ["dataverse", "salesforce"] {
            let missing = |operation| !held.contains(&(pattern.to_owned(), operation, crm.to_owned()));
            assert!(!missing(None), "no wrong input for {pattern} on {crm}");
            for operation in operations {
                assert!(!missing(Some(*operation)), "no case for {operation} {pattern} on {crm}");
            }
        }
    }
}

#[test]
fn definitions_name_what_the_crm_has() {
    let mut found = Vec::new();
    for folder in workspaces() {
        let workspace = Workspace::load(&folder).unwrap();
        let schemas = schemas(&workspace);
        for definition in &workspace.model.definitions {
            let table = table_of(&schemas[definition.crm.as_str()], definition);
            for field in definition.fields.iter().filter(|field| !field.name.is_id()) {
                let problems = field_problems(field, definition, &table);
                found.extend(
                    problems.iter().map(|it| format!("{} {}.{} {it}", definition.crm, definition.id, field.name)),
                );
            }
            let written: Vec<_> = definition.fields.iter().map(Field::write_column).collect();
            let asked = table.columns("-").into_iter().filter(|column| column.flag("required", false));
            let missing = asked.filter(|column| !written.contains(&column.name));
            found.extend(missing.map(|column| format!("{} {} lacks {}", definition.crm, definition.id, column.name)));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn both_crms_have_the_same_abstract_fields() {
    let workspace = Workspace::load(root().join("playbooks/packages/starter")).unwrap();
    let mut shapes: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for definition in &workspace.model.definitions {
        let id = definition.fields.iter().find(|field| field.name.is_id()).unwrap();
        let shape = definition.fields.iter().map(|field| {
            // The key of a create is given to one CRM in a field of ours, to the other as the primary key.
            let read_only = field.read_only && field.mapped_name != id.mapped_name;
            let choices = match &field.kind {
                FieldKind::Choice(choices) => choices.iter().map(|choice| choice.name.clone()).collect(),
                _ => Vec::new(),
            };
            format!("{} {} {} {choices:?}", field.name, field.kind.field_type(), read_only)
        });
        shapes.entry(definition.id.to_string()).or_default().push(shape.collect());
    }
    for (id, shapes) in shapes {
        assert_eq!(shapes.len(), 2, "{id} is defined on both CRMs");
        assert_eq!(shapes[0], shapes[1], "{id} differs");
    }
}
