pub(crate) mod files;
mod hostile;
mod plans;

use engage_engine::ids::SemanticId;
use engage_engine::model::Model;
use engage_playbooks::Library;
use engage_playbooks::bundle::{Bundle, ItemId, numbered};
use engage_playbooks::model::Template;
use proptest::prelude::*;

use super::*;
use crate::arbitrary;
use crate::explain::explain;
use crate::workspace::Workspace;

/// A workspace with something of everything, in memory.
const SHOP: &str = r#"entity account "Account" on dataverse account {
  Name -> name
}

entity account "Account" on salesforce Account {
  Name -> Name
}

entity contact "Contact" on dataverse contact {
  LastName  -> lastname
  AccountId -> parentcustomerid  ref account via parentcustomerid_account
}

pattern person "A person" {
  contact : contact
}

pattern firm "A firm" {
  account : account
}

capability next-step "Next step" {
  version 1 {
    model "m"
    prompt "Say what to do next."
    input { "type": "object", "properties": { "topic": { "type": "string" } } }
    output { "type": "object", "properties": { "text": { "type": "string" } } }
  }
}

playbook visit "A visitor" {
  trigger Manual(name: string)

  template note = note { name: trigger.name }
  ai advice = next-step { topic: trigger.name }
  create lead = person as application "a visitor has no user" { contact.LastName: note }
}

mapper BookMeMeeting -> firm
"#;

pub(super) fn shop() -> Workspace {
    let manifest = "name = \"shop\"\ntarget = \"dataverse\"\n";
    let files = [("engage.toml", manifest), ("all.engage", SHOP), ("note.liquid", "Hi {{ name }}\n")];
    let workspace = Workspace::from_sources(files);
    assert_eq!(workspace.diagnostics, []);
    workspace
}

/// Everything of a workspace.
pub(super) fn all(workspace: &Workspace) -> Bundle {
    let Workspace { model, library, .. } = workspace;
    let items: Vec<ItemId> = numbered(model, library).into_iter().map(|(id, _)| id).collect();
    Bundle::of(model, library, &items).unwrap()
}

pub(super) fn codes_of(rejected: &Rejected) -> Vec<&'static str> {
    rejected.diagnostics.iter().map(|found| found.code.0).collect()
}

/// What is refused, drawn with its places.
pub(super) fn refused(text: &str) -> String {
    read("lead.bundle.yaml", text).unwrap_err().to_string()
}

/// Any bundle: no mappers, no item twice, and of a part's field one default at most, as a mapping holds a key once.
fn any_bundle() -> impl Strategy<Value = Bundle> {
    let template =
        ("[a-z][a-z0-9-]{0,8}", ".{0,40}").prop_map(|(id, source)| Template { id: id.parse().unwrap(), source });
    let templates = prop::collection::vec(template, 0..3);
    (arbitrary::model(), arbitrary::library(), templates).prop_map(|(model, library, templates)| {
        let library = Library { mappers: Vec::new(), templates, ..library };
        unique(Bundle { model, library })
    })
}

fn unique(mut bundle: Bundle) -> Bundle {
    fn once<T, K: Ord>(list: &mut Vec<T>, key: impl Fn(&T) -> K) {
        let mut seen = std::collections::BTreeSet::new();
        list.retain(|item| seen.insert(key(item)));
    }
    let Bundle { model: Model { definitions, patterns }, library } = &mut bundle;
    once(definitions, ItemId::of_definition);
    once(patterns, |pattern| pattern.id.clone());
    for part in patterns.iter_mut().flat_map(|pattern| &mut pattern.parts) {
        once(&mut part.defaults, |one| one.field.clone());
        once(&mut part.fixed, |one| one.field.clone());
    }
    once(&mut library.playbooks, |one| one.id.clone());
    once(&mut library.capabilities, |one| one.id.clone());
    once(&mut library.templates, |one| one.id.clone());
    bundle
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back_in_both_forms(bundle in any_bundle()) {
        for form in [Form::Yaml, Form::Json] {
            let text = write(&bundle, form);
            let again = read("any.bundle.yaml", &text).map_err(|rejected| rejected.to_string());
            prop_assert_eq!(again.map(|file| file.bundle), Ok(bundle.clone()), "{}", text);
        }
        let json = write(&bundle, Form::Json);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{}", json);
    }

    #[test]
    #[cfg(feature = "schema")]
    fn what_is_written_passes_the_schema(bundle in any_bundle()) {
        static VALIDATOR: std::sync::LazyLock<jsonschema::Validator> =
            std::sync::LazyLock::new(|| jsonschema::validator_for(&crate::schema::bundle()).unwrap());
        let value = serde_json::from_str(&write(&bundle, Form::Json)).unwrap();
        let errors: Vec<String> = VALIDATOR.iter_errors(&value).map(|error| error.to_string()).collect();
        prop_assert!(errors.is_empty(), "{:?}", errors);
    }
}

#[test]
fn a_bundle_is_readable() {
    let workspace = shop();
    let wanted = [ItemId::Playbook("visit".parse().unwrap())];
    let bundle = Bundle::of(&workspace.model, &workspace.library, &wanted).unwrap();
    insta::assert_snapshot!(write(&bundle, Form::Yaml), @r#"
    kind: Bundle
    version: 1
    items:
      - kind: EntityDefinition
        id: account
        name: Account
        crm: dataverse
        type: account
        fields:
          - {name: Name, mappedName: name}
      - kind: EntityDefinition
        id: account
        name: Account
        crm: salesforce
        type: Account
        fields:
          - {name: Name, mappedName: Name}
      - kind: EntityDefinition
        id: contact
        name: Contact
        crm: dataverse
        type: contact
        fields:
          - {name: LastName, mappedName: lastname}
          - {name: AccountId, mappedName: parentcustomerid, type: Ref, entity: account, via: parentcustomerid_account}
      - {kind: EntityPattern, id: person, name: A person, parts: [{ref: contact, entity: contact}]}
      - kind: Playbook
        id: visit
        name: A visitor
        blocks:
          - {type: Trigger, event: Manual, inputs: [{name: name, type: String}]}
          - {name: note, type: Template, template: note, input: {name: trigger.name}}
          - {name: advice, type: Ai, capability: next-step, input: {topic: trigger.name}}
          - {name: lead, type: Create, pattern: person, escalation: a visitor has no user, input: {contact.LastName: note}}
      - kind: AiCapability
        id: next-step
        name: Next step
        versions:
          - version: 1
            model: m
            prompt: Say what to do next.
            input: {type: object, properties: {topic: {type: string}}}
            output: {type: object, properties: {text: {type: string}}}
      - {kind: Template, id: note, text: "Hi {{ name }}\n"}
    complete: true
    "#);
    insta::assert_snapshot!(write(&Bundle { model: bundle.model, ..Bundle::default() }, Form::Json), @r#"
    {
      "kind": "Bundle",
      "version": 1,
      "items": [
        {
          "kind": "EntityDefinition",
          "id": "account",
          "name": "Account",
          "crm": "dataverse",
          "type": "account",
          "fields": [
            {"name": "Name", "mappedName": "name"}
          ]
        },
        {
          "kind": "EntityDefinition",
          "id": "account",
          "name": "Account",
          "crm": "salesforce",
          "type": "Account",
          "fields": [
            {"name": "Name", "mappedName": "Name"}
          ]
        },
        {
          "kind": "EntityDefinition",
          "id": "contact",
          "name": "Contact",
          "crm": "dataverse",
          "type": "contact",
          "fields": [
            {"name": "LastName", "mappedName": "lastname"},
            {
              "name": "AccountId",
              "mappedName": "parentcustomerid",
              "type": "Ref",
              "entity": "account",
              "via": "parentcustomerid_account"
            }
          ]
        },
        {"kind": "EntityPattern", "id": "person", "name": "A person", "parts": [{"ref": "contact", "entity": "contact"}]}
      ],
      "complete": true
    }
    "#);
}

#[test]
fn examples_of_codes_break_their_rule_and_no_other() {
    for info in codes::ALL.iter().filter(|info| !info.example.is_empty()) {
        assert_eq!(codes_of(&read("example.bundle.yaml", info.example).unwrap_err()), [info.code.0], "{}", info.code);
        assert!(read("cure.bundle.yaml", info.cure).is_ok(), "{}", info.code);
        assert!(explain(info.code.0).is_some());
    }
}

#[test]
fn a_template_is_placed_where_its_text_begins() {
    let text = "kind: Bundle\nversion: 1\nitems:\n  - {kind: Template, id: note, text: \"{{ name | upcaes }}\"}\ncomplete: true\n";
    let file = read("a.bundle.yaml", text).unwrap();
    let at = file.map.span(&engage_engine::model::Subject {
        item: engage_engine::model::Item::Template(0),
        place: engage_engine::model::Place::TemplateText(10),
    });
    assert_eq!(at.unwrap().start as usize, text.find("\"{{").unwrap());
    assert_eq!(file.bundle.library.templates[0].id, SemanticId::new("note").unwrap());
}
