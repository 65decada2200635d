use std::collections::BTreeSet;

use engage_engine::model::Model;
use engage_playbooks::Library;

use super::*;
use crate::yaml::properties;
use crate::{generated, value};

#[test]
fn the_schemas_in_the_repository_are_current() {
    generated::assert_current("schema/engage.schema.json", &text(&schema()));
    generated::assert_current("schema/engage-bundle.schema.json", &text(&bundle()));
}

#[test]
fn the_schema_of_bundles_knows_the_properties_that_lowering_accepts() {
    let schema = bundle();
    let known = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(keys(&schema, "Template"), known(properties::TEMPLATE));
    assert_eq!(
        schema["properties"].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>(),
        known(properties::BUNDLE)
    );
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["$defs"]["Mapper"], json!(null));
}

/// The properties of a type in the schema.
fn keys(schema: &Value, name: &str) -> BTreeSet<String> {
    let definition = &schema["$defs"][name];
    assert_eq!(definition["additionalProperties"], json!(false), "{name}");
    definition["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_schema_knows_the_properties_that_lowering_accepts() {
    let schema = schema();
    for (name, known) in [
        ("EntityDefinition", properties::DEFINITION),
        ("Embedded", properties::EMBEDDED),
        ("Field", properties::FIELD),
        ("MappedChoice", properties::CHOICE),
        ("EntityPattern", properties::PATTERN),
        ("Part", properties::PART),
        ("Query", properties::QUERY),
        ("Sort", properties::SORT),
        ("Requirement", properties::REQUIREMENT),
    ] {
        assert_eq!(keys(&schema, name), known.iter().map(|key| (*key).to_owned()).collect(), "{name}");
    }
    let tests: BTreeSet<String> =
        ["Comparison", "ListComparison", "Presence"].iter().flat_map(|name| keys(&schema, name)).collect();
    assert_eq!(tests, properties::TEST.iter().map(|key| (*key).to_owned()).collect());
}

#[test]
fn the_schema_knows_every_operator_and_type() {
    let schema = schema();
    let words = |name: &str| -> Vec<String> {
        let list = schema["$defs"][name]["enum"].as_array().unwrap();
        list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let operators: BTreeSet<String> =
        ["Operator", "ListOperator", "PresenceOperator"].iter().flat_map(|name| words(name)).collect();
    let known = engage_engine::model::Operator::ALL.iter().map(|operator| operator.name().to_owned()).collect();
    assert_eq!(operators, known);
    assert_eq!(words("FieldType").len(), 10);
}

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema()).unwrap()
}

fn document(yaml: &str) -> Value {
    value::read("a.yaml", yaml).unwrap().value
}

#[test]
fn good_documents_pass() {
    let validator = validator();
    for good in [
        "{kind: EntityDefinition, id: a, crm: memory, type: a}",
        "{kind: EntityDefinition, id: a, crm: memory, type: a, keys: [[Email]], fields: [{name: A, mappedName: a}, \
         {name: Størrelse, mappedName: b, type: Choice, choices: [x, {name: y, value: 1}]}]}",
        "{kind: EntityPattern, id: p, parts: [{ref: a, entity: b, defaults: {A: null, B: [x, 1.5, true]}, query: {where: \
         {and: [{field: A, operator: IsNull}, {not: {field: B, operator: In, values: []}}]}, sort: {field: A}, limit: 3}}], \
         requirements: [{dependent: a.B, source: [c.D, e.F], optional: true}]}",
    ] {
        let document = document(good);
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{good}: {errors:?}");
    }
}

#[test]
fn a_slip_is_told_by_itself() {
    let validator = validator();
    let bad = document("{kind: EntityDefinition, id: a, crm: memory, type: a, feilds: []}");
    let errors: Vec<String> = validator.iter_errors(&bad).map(|error| error.to_string()).collect();
    assert_eq!(errors, ["Additional properties are not allowed ('feilds' was unexpected)"]);
}

/// Calls a function with every object below a value.
fn objects(value: &Value, look: &mut impl FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            look(object);
            object.values().for_each(|value| objects(value, look));
        }
        Value::Array(list) => list.iter().for_each(|value| objects(value, look)),
        _ => {}
    }
}

#[test]
fn the_schema_holds_to_what_every_validator_knows() {
    objects(&schema(), &mut |object| {
        if let Some(Value::String(pattern)) = object.get("pattern") {
            assert!(!pattern.contains(r"\p") && !pattern.contains(r"\u"), "{pattern}");
        }
        assert!(!object.get("format").is_some_and(Value::is_string), "{object:?}");
        assert_ne!(object.get("default"), Some(&Value::Null), "{object:?}");
    });
}

#[test]
fn bad_documents_do_not() {
    let validator = validator();
    for bad in [
        "{kind: EntityDefinition, id: a, crm: memory}",
        "{kind: EntityDefinition, id: A B, crm: memory, type: a}",
        "{kind: EntityDefinition, id: a, crm: memory, type: a, feilds: []}",
        "{kind: EntityDefinition, id: a, crm: memory, type: a, fields: [{name: A, mappedName: a, type: Text}]}",
        "{kind: EntityDefinition, id: a, crm: memory, type: 1}",
        "{kind: EntityDefinition, id: a, crm: memory, type: a, fields: [{name: A, mappedName: a, type: Ref}]}",
        "{kind: EntityDefinition, id: a, crm: memory, type: a, fields: [{name: A, mappedName: a, type: Choice}]}",
        "{kind: EntityDefinition, id: a, crm: memory, type: a, fields: [{name: A, mappedName: a, entity: b}]}",
        "{kind: EntityDefinition, id: a, crm: memory, type: a, fields: [{name: A, mappedName: a, choices: [x]}]}",
        "{kind: EntityDefinition, id: a, crm: memory, type: a, fields: [{name: A, mappedName: a, type: Int, allowed: [x]}]}",
        "{kind: EntityDefinition, id: a, crm: memory, type: a, fields: [{name: A, mappedName: a, maxLength: 4294967296}]}",
        "{kind: EntityDefinition, id: a, crm: memory, type: a, idempotency: 1a}",
        "{kind: EntityDefinition, id: a, crm: memory, type: a, idempotency: 'a '}",
        "{kind: EntityPatern, id: p, parts: []}",
        "{kind: EntityPattern, id: p}",
        "{kind: EntityPattern, id: p, parts: [{ref: a, entity: b, query: {where: {and: [], or: []}}}]}",
        "{kind: EntityPattern, id: p, parts: [{ref: a, entity: b, query: {where: {field: A, operator: In, value: 1}}}]}",
        "{kind: EntityPattern, id: p, parts: [{ref: a, entity: b}], requirements: [{dependent: a, source: b.C}]}",
        "{kind: EntityPattern, id: p, parts: [{ref: a, entity: b}], requirements: [{dependent: a.B, source: []}]}",
        "[]",
    ] {
        assert!(!validator.is_valid(&document(bad)), "{bad}");
    }
}

proptest::proptest! {
    #[test]
    fn what_the_printer_writes_passes(model in crate::arbitrary::model()) {
        static VALIDATOR: std::sync::LazyLock<jsonschema::Validator> = std::sync::LazyLock::new(validator);
        let definitions = model.definitions.into_iter().map(|one| Model { definitions: vec![one], ..Model::default() });
        let patterns = model.patterns.into_iter().map(|one| Model { patterns: vec![one], ..Model::default() });
        for one in definitions.chain(patterns) {
            let text = crate::print::yaml(&one, &Library::default());
            // A field with two defaults cannot be read back; everything else can.
            let Ok(input) = value::read("a.yaml", &text) else { continue };
            let errors: Vec<String> = VALIDATOR.iter_errors(&input.value).map(|error| error.to_string()).collect();
            proptest::prop_assert!(errors.is_empty(), "{}: {:?}", text, errors);
        }
    }
}

/// The folders below the repository that are workspaces.
fn workspaces() -> Vec<std::path::PathBuf> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![root.join("examples"), root.join("playbooks/packages")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        if folder.join("engage.toml").is_file() {
            found.push(folder.clone());
        }
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        folders.extend(entries.map(|entry| entry.path()).filter(|path| path.is_dir()));
    }
    assert!(!found.is_empty());
    found
}

#[test]
fn our_own_workspaces_pass_in_their_yaml_form() {
    let validator = validator();
    for folder in workspaces() {
        let workspace = crate::Workspace::load(&folder).unwrap();
        assert_eq!(workspace.diagnostics, [], "{}", folder.display());
        let text = crate::print::yaml(&workspace.model, &workspace.library);
        let again = crate::Workspace::from_sources([("all.yaml", text.as_str())]);
        assert_eq!(again.model, workspace.model, "{}", folder.display());
        for document in text.split("\n---\n") {
            let document = value::read("a.yaml", document).unwrap().value;
            let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert!(document.is_null() || errors.is_empty(), "{document}: {errors:?}");
        }
    }
}
