use engage_engine::ids::{CrmName, FieldName, RefId, SemanticId};
use engage_engine::model::{EntityDefinition, EntityPattern, Field, FieldKind, Model, PatternPart};

use super::*;
use crate::model::{Block, BlockKind, Playbook, Template, Trigger, TriggerKind};

fn id(text: &str) -> SemanticId {
    SemanticId::new(text).unwrap()
}

fn entity(name: &str, crm: &str, references: &[&str]) -> EntityDefinition {
    let field = |to: &&str| {
        let kind = FieldKind::Ref { entity: id(to), via: None };
        Field::new(FieldName::new(&format!("{to}Id")).unwrap(), *to, kind)
    };
    EntityDefinition {
        id: id(name),
        name: name.into(),
        description: String::new(),
        crm: CrmName::new(crm).unwrap(),
        crm_type: name.into(),
        fields: references.iter().map(field).collect(),
        idempotency: None,
        keys: Vec::new(),
        embedded: None,
    }
}

fn pattern(name: &str, entities: &[&str]) -> EntityPattern {
    EntityPattern {
        id: id(name),
        name: name.into(),
        description: String::new(),
        escalation: None,
        parts: entities.iter().map(|of| PatternPart::new(RefId::new(of).unwrap(), id(of))).collect(),
        requirements: Vec::new(),
    }
}

fn block(name: &str, kind: BlockKind) -> Block {
    Block {
        name: RefId::new(name).unwrap(),
        title: String::new(),
        kind,
        when: None,
        after: Vec::new(),
        escalation: None,
        allow_sensitive: None,
        mappings: Vec::new(),
        position: None,
    }
}

fn workspace() -> (Model, Library) {
    let model = Model {
        definitions: vec![
            entity("account", "crm-a", &["contact"]),
            entity("account", "crm-b", &["contact"]),
            entity("contact", "crm-a", &["account"]),
            entity("contact", "crm-b", &["account"]),
            entity("lead", "crm-a", &[]),
        ],
        patterns: vec![pattern("accounts", &["account"]), pattern("leads", &["lead"])],
    };
    let blocks = vec![
        block("trigger", BlockKind::Trigger(Trigger::new(TriggerKind::Manual))),
        block("read", BlockKind::Read { pattern: id("accounts") }),
        block("text", BlockKind::Template { template: id("note") }),
    ];
    let playbook = Playbook {
        id: id("look"),
        name: "Look".into(),
        description: String::new(),
        package: None,
        fork: None,
        deadline: None,
        concurrency: None,
        blocks,
    };
    let templates = ["note", "other"].map(|name| Template { id: id(name), source: name.into() });
    (model, Library { playbooks: vec![playbook], templates: templates.into(), ..Library::default() })
}

fn names(import: &Import) -> Vec<String> {
    import.items.iter().map(|line| format!("{} {}", line.action.name(), line.item)).collect()
}

#[test]
fn a_playbook_brings_what_it_needs_and_nothing_else() {
    let (model, library) = workspace();
    let bundle = Bundle::of(&model, &library, &[ItemId::Playbook(id("look"))]).unwrap();
    let import = Import::plan(&bundle, &Model::default(), &Library::default());
    let expected = [
        "create definition `account` on `crm-a`",
        "create definition `account` on `crm-b`",
        "create definition `contact` on `crm-a`",
        "create definition `contact` on `crm-b`",
        "create pattern `accounts`",
        "create template `note`",
        "create playbook `look`",
    ];
    assert_eq!(names(&import), expected);
    assert_eq!(import.merged(), (&bundle.model, &bundle.library));
}

#[test]
fn importing_what_was_exported_changes_nothing() {
    let (model, library) = workspace();
    let bundle = Bundle::of(&model, &library, &[ItemId::Playbook(id("look"))]).unwrap();
    let import = Import::plan(&bundle, &model, &library);
    assert!(import.is_empty());
    assert_eq!(import.merged(), (&model, &library));
}

#[test]
fn an_import_changes_what_differs_and_leaves_the_rest() {
    let (model, library) = workspace();
    let mut bundle = Bundle::of(&model, &library, &[ItemId::Pattern(id("accounts"))]).unwrap();
    bundle.model.patterns[0].name = "Renamed".into();
    let import = Import::plan(&bundle, &model, &library);
    assert!(names(&import).contains(&"update pattern `accounts`".to_owned()));
    let (merged, _) = import.merged();
    assert_eq!(merged.patterns[0].name, "Renamed");
    assert_eq!(merged.patterns[1], model.patterns[1]);
    assert_eq!(merged.definitions, model.definitions);
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    let (mut model, mut library) = workspace();
    model.definitions.retain(|entity| entity.id.as_str() != "contact");
    library.templates.clear();
    let missing = Bundle::of(&model, &library, &[ItemId::Playbook(id("look"))]).unwrap_err();
    let told: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let expected = [
        "definition `account` on `crm-b` needs definition `contact`, which is not there",
        "playbook `look` needs template `note`, which is not there",
    ];
    assert_eq!(told, expected);
    let none = Bundle::of(&model, &library, &[ItemId::Pattern(id("nobody"))]).unwrap_err();
    assert_eq!(none[0].to_string(), "the export needs pattern `nobody`, which is not there");
}

#[test]
fn all_of_a_workspace_is_what_it_holds() {
    let (model, library) = workspace();
    let all: Vec<ItemId> = numbered(&model, &library).into_iter().map(|(id, _)| id).collect();
    let bundle = Bundle::of(&model, &library, &all).unwrap();
    assert_eq!((&bundle.model, &bundle.library), (&model, &library));
    assert_eq!((bundle.items().count(), bundle.items().collect::<Vec<_>>()), (5 + 2 + 2 + 1, all));
}

#[test]
fn the_package_of_a_playbook_is_a_place_and_travels_with_nobody() {
    let (model, mut library) = workspace();
    library.playbooks[0].package = Some(id("base"));
    let bundle = Bundle::of(&model, &library, &[ItemId::Playbook(id("look"))]).unwrap();
    assert_eq!(bundle.library.playbooks[0].package, None);
    let import = Import::plan(&bundle, &model, &library);
    assert!(import.is_empty());
    assert_eq!(import.merged(), (&model, &library));
}
