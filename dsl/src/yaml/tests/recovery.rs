//! One slip, one finding; the rest is read as it was meant.

use super::*;
use engage_engine::model::{Item, Place, Subject};

#[test]
fn a_misspelt_word_is_read_as_the_one_that_was_meant() {
    let definition = "kind: EntityDefinition\nid: a\ncrm: x\ntype: t\nfields:\n  - {name: A, mappedName: a, ";
    let pattern = "kind: EntityPattern\nid: p\nparts:\n  - {ref: a, entity: b, query: {where: ";
    for (yaml, word) in [
        (format!("{definition}type: Rf, entity: b}}\n"), "Rf"),
        (format!("{definition}tpye: Ref, entity: b}}\n"), "tpye"),
        (format!("{definition}type: Choice, choises: [x]}}\n"), "choises"),
        (format!("{definition}type: picklist, choices: [x]}}\n"), "picklist"),
        (definition.replace("kind:", "knd:") + "type: Int}\n", "knd"),
        (definition.replace("Definition", "Defintion") + "type: Int}\n", "EntityDefintion"),
        (format!("{pattern}{{adn: [{{field: A, operator: IsNull}}]}}}}}}\n"), "adn"),
        (format!("{pattern}{{field: A, operator: isnull}}}}}}\n"), "isnull"),
    ] {
        let found = marked(&yaml);
        assert!(found.len() == 1 && found[0].1 == word, "{yaml}: {found:?}");
    }
}

#[test]
fn a_bad_name_hides_no_other_slip() {
    let field =
        "kind: EntityDefinition\nid: a\ncrm: x\ntype: t\nfields:\n  - {name: 1, mappedName: a, required: yes}\n";
    assert_eq!(marked(field), [("E0172", "1".to_owned()), ("E0172", "yes".to_owned())]);
    let part =
        "kind: EntityPattern\nid: P\nparts:\n  - {ref: a, entity: B, root: yes, fixed: [x]}\n  - {ref: c, entity: d}\n";
    let marks = [("E0170", "P"), ("E0170", "B"), ("E0172", "yes"), ("E0172", "[")];
    assert_eq!(marked(part), marks.map(|(code, words)| (code, words.to_owned())));
    let (mut model, mut map) = (Model::default(), SourceMap::default());
    lower(&parse(FileId(0), &part.replace("id: P", "id: p")).0, &mut model, &mut Library::default(), &mut map);
    let place = Subject { item: Item::Pattern(0), place: Place::PartEntity(0) };
    let entity = map.span(&place).and_then(|span| part.get(span.start as usize..span.end as usize));
    assert_eq!((model.patterns[0].parts.len(), entity), (1, Some("d")));
}

#[test]
fn a_document_without_a_kind_is_read_as_what_it_looks_like() {
    let found = marked("id: p\nparts:\n  - {ref: a, entity: b, redOnly: true}\n");
    assert_eq!(found, [("E0152", "i".to_owned()), ("E0157", "redOnly".to_owned())]);
    assert_eq!(marked("version: 3\nservices: {}\n"), [("E0152", "v".to_owned())]);
}

#[test]
fn merge_keys_are_refused_as_such() {
    let yaml = "kind: EntityDefinition\nid: a\ncrm: x\ntype: t\n<<: {name: b}\n";
    assert_eq!(marked(yaml), [("E0142", "<<".to_owned())]);
    assert_eq!(marked("kind:\nid: a\n"), [("E0151", "kind".to_owned())]);
}
