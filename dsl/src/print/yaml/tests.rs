use engage_engine::model::{Item, Model};
use engage_playbooks::Library;
use proptest::prelude::*;

use crate::arbitrary;
use crate::source::{FileId, SourceMap};
use crate::yaml::{lower, parse};

use super::yaml;

fn read(text: &str) -> (Model, Library) {
    let (tree, problems) = parse(FileId(0), text);
    assert_eq!(problems, [], "{text}");
    let (mut model, mut library, mut map) = (Model::default(), Library::default(), SourceMap::default());
    assert_eq!(lower(&tree, &mut model, &mut library, &mut map), [], "{text}");
    (model, library)
}

/// A mapping holds a key once, so a field has one default at most.
fn once(mut model: Model) -> Model {
    for part in model.patterns.iter_mut().flat_map(|pattern| &mut pattern.parts) {
        for assignments in [&mut part.defaults, &mut part.fixed] {
            let mut seen = std::collections::BTreeSet::new();
            assignments.retain(|assignment| seen.insert(assignment.field.clone()));
        }
    }
    model
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_as_the_same_model(model in arbitrary::model(), library in arbitrary::library()) {
        let model = once(model);
        let text = yaml(&model, &library);
        let (again, more) = read(&text);
        prop_assert_eq!((&again, &more), (&model, &library), "{}", text);
        prop_assert_eq!(yaml(&again, &more), text);
    }
}

#[test]
fn defaults_are_left_out_and_long_things_broken() {
    let text = r#"
kind: EntityPattern
id: meeting
name: "no"
parts:
  - ref: notes
    entity: note
    multiple: true
    query: {sort: {field: CreatedOn, direction: descending}, limit: 10, where: {and: [{field: Status, operator: Equals, value: Open}, {or: [{field: Kind, operator: In, values: [a, "1"]}, {not: {field: Title, operator: IsNull}}]}]}}
  - {ref: event, entity: event, readOnly: false, defaults: {ShowAs: Busy, Since: 2024-01-01, Amount: 1.50, Note: "a: b # c"}}
requirements:
  - {dependent: event.AccountId, source: [notes.Id], optional: true}
"#;
    let (model, library) = read(text);
    insta::assert_snapshot!(yaml(&model, &library), @r#"
    kind: EntityPattern
    id: meeting
    name: "no"
    parts:
      - ref: notes
        entity: note
        multiple: true
        query:
          where:
            and:
              - {field: Status, operator: Equals, value: Open}
              - {or: [{field: Kind, operator: In, values: [a, "1"]}, {not: {field: Title, operator: IsNull}}]}
          sort: {field: CreatedOn, direction: descending}
          limit: 10
      - {ref: event, entity: event, defaults: {ShowAs: Busy, Since: "2024-01-01", Amount: 1.50, Note: "a: b # c"}}
    requirements:
      - {dependent: event.AccountId, source: notes.Id, optional: true}
    "#);
}

proptest! {
    #[test]
    fn both_spellings_note_the_same_places_of_playbooks(library in arbitrary::library()) {
        let model = Model::default();
        let (tree, _) = parse(FileId(0), &yaml(&model, &library));
        let (document, _) = crate::syntax::parse(FileId(0), &crate::print::dsl(&model, &library));
        let (mut one, mut other) = (SourceMap::default(), SourceMap::default());
        lower(&tree, &mut Model::default(), &mut Library::default(), &mut one);
        crate::lower::document(&document, &mut Model::default(), &mut Library::default(), &mut other);
        let playbooks = (0..library.playbooks.len()).map(Item::Playbook);
        let items = playbooks.chain((0..library.capabilities.len()).map(Item::Capability));
        for item in items.chain((0..library.mappers.len()).map(Item::Mapper)) {
            prop_assert_eq!(one.places(item), other.places(item), "{:?}", library);
        }
    }
}

/// The deepest condition that the checker takes.
#[test]
fn the_deepest_condition_reads_back() {
    use engage_engine::condition::MAX_DEPTH;
    use engage_engine::model::{Condition, EntityPattern, Literal, Operator, PatternPart, Test};
    let operands = vec![Literal::List(vec![Literal::Null])];
    let mut deepest = Condition::Test(Test { field: "A".parse().unwrap(), operator: Operator::In, operands });
    for _ in 0..MAX_DEPTH {
        deepest = Condition::Or(vec![deepest]);
    }
    let mut part = PatternPart::new("a".parse().unwrap(), "a".parse().unwrap());
    part.query.filter = Some(deepest);
    let pattern = EntityPattern {
        id: "p".parse().unwrap(),
        name: String::new(),
        description: String::new(),
        escalation: None,
        parts: vec![part],
        requirements: Vec::new(),
    };
    let model = Model { patterns: vec![pattern], ..Model::default() };
    assert_eq!(read(&yaml(&model, &Library::default())).0, model);
}

proptest! {
    #[test]
    fn a_conversion_to_the_language_and_back_loses_nothing(model in arbitrary::model(), library in arbitrary::library()) {
        let model = once(model);
        let (again, more) = read(&yaml(&model, &library));
        let text = crate::print::dsl(&again, &more);
        let (document, problems) = crate::syntax::parse(FileId(0), &text);
        prop_assert_eq!(problems, [], "{}", text);
        let (mut back, mut rest, mut map) = (Model::default(), Library::default(), SourceMap::default());
        prop_assert_eq!(crate::lower::document(&document, &mut back, &mut rest, &mut map), [], "{}", text);
        prop_assert_eq!(yaml(&back, &rest), yaml(&model, &library), "{}", text);
    }
}
