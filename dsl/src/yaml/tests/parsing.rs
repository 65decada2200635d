use super::*;

fn only(yaml: &str) -> NodeKind {
    tree(yaml).documents.remove(0).kind
}

#[test]
fn every_value_knows_its_bytes() {
    let yaml = "# comment\na: [1, two, \"th\\u00e9\"]\nbø:\n  - c: |\n      text\n    d: {e: null}\n  # end\n\n";
    let tree = tree(yaml);
    let words = |node: &Node| &yaml[node.span.start as usize..node.span.end as usize];
    let document = &tree.documents[0];
    let list = document.get("a").unwrap();
    assert_eq!(words(list), "[1, two, \"th\\u00e9\"]");
    assert_eq!(words(list.at(1).unwrap()), "two");
    assert_eq!(words(list.at(2).unwrap()), "\"th\\u00e9\"");
    assert_eq!(list.at(2).unwrap().kind, NodeKind::Text("thé".into()));
    let item = document.get("bø").unwrap().at(0).unwrap();
    assert_eq!(words(item.get("d").unwrap()), "{e: null}");
    assert_eq!(item.get("c").unwrap().kind, NodeKind::Text("text\n".into()));
    assert!(words(document).ends_with("{e: null}"), "{:?}", words(document));
}

#[test]
fn numbers_keep_their_spelling_and_old_booleans_are_text() {
    assert_eq!(only("1.50"), NodeKind::Number("1.50".into()));
    assert_eq!(only("99999999999999999999.10"), NodeKind::Number("99999999999999999999.10".into()));
    for text in ["NO", "Off", "yes", "0123", "+4712345678", "1_000", "0x10", ".inf", "2024-01-01", "<<"] {
        assert_eq!(only(text), NodeKind::Text(text.into()));
    }
    assert_eq!(only("\"1\""), NodeKind::Text("1".into()));
    assert_eq!(only("'true'"), NodeKind::Text("true".into()));
}

#[test]
fn documents_of_a_file_are_told_apart() {
    assert_eq!(tree("a: 1\n---\nb: 2\n...\n---\n- c\n").documents.len(), 3);
    assert_eq!(tree("").documents.len(), 0);
    assert_eq!(tree("# nothing\n").documents.len(), 0);
    assert_eq!(tree("\u{feff}a: 1\n").documents.len(), 1);
    assert_eq!(tree("%YAML 1.2\n---\na: 1\n").documents.len(), 1);
}

#[test]
fn json_is_read_as_it_is() {
    let json = "{\n\t\"a\": [1, -2.5e3, true, null, \"\\ud83d\\ude00\\/\\u0041\"],\n\t\"b\": {\"c\":\"d\",\"e\":{}},\"f\":[]\n}";
    let NodeKind::Map(entries) = only(json) else { panic!() };
    assert_eq!(entries.len(), 3);
    let NodeKind::List(values) = &entries[0].value.kind else { panic!() };
    assert_eq!(values[1].kind, NodeKind::Number("-2.5e3".into()));
    assert_eq!(values[4].kind, NodeKind::Text("😀/A".into()));
    assert_eq!(entries[1].value.get("c").unwrap().kind, NodeKind::Text("d".into()));
}

#[test]
fn json_keys_may_be_long() {
    let key = "k".repeat(5_000);
    let json = format!("{{\"{key}\": 1, \"b\": {{\"{key}\": [2]}}}}");
    assert_eq!(tree(&json).documents[0].get(&key).unwrap().kind, NodeKind::Number("1".into()));
}

#[test]
fn a_broken_document_does_not_hide_the_next() {
    let (tree, found) = parse(FileId(0), "a: [1, 2\n---\nb: 2\n---\nc: \"x\n---\nd: 4\n");
    assert_eq!(tree.documents.len(), 2);
    assert_eq!(found.len(), 2);
}

#[test]
fn what_yaml_could_do_and_should_not_is_refused_in_place() {
    assert_eq!(
        marked("kind: &k EntityDefinition\nid: *k\ncrm: !!str x\ntype: &long-name\n  - a\n"),
        [
            ("E0142", "&k".to_owned()),
            ("E0142", "*k".to_owned()),
            ("E0143", "!!str".to_owned()),
            ("E0142", "&long-name".to_owned()),
            ("E0172", "-".to_owned()),
        ]
    );
    assert_eq!(marked("kind: x\n[a]: 1\n").last(), Some(&("E0147", "[a]".to_owned())));
    assert_eq!(marked("kind: x\n? {a: 1}\n: 1\n").last().map(|found| found.0), Some("E0147"));
}

#[test]
fn tabs_are_explained() {
    insta::assert_snapshot!(problems("kind: EntityDefinition\nfields:\n\t- {name: Email}\n"), @r"
    error[E0141]: a tab may not indent YAML
     --> a.yaml:3:1
      |
    3 |     - {name: Email}
      | ^^^^
      |
      = help: indent with spaces, two per level
    ");
    insta::assert_snapshot!(problems("kind: EntityDefinition\nfields:\n  - name: Email\n  \tmappedName: email\n"), @r"
    error[E0141]: a tab may not indent YAML
     --> a.yaml:4:3
      |
    4 |       mappedName: email
      |   ^^^^
      |
      = help: indent with spaces, two per level
    ");
}

#[test]
fn an_unterminated_text_is_placed_where_it_begins() {
    insta::assert_snapshot!(problems("kind: EntityDefinition\nid: \"contact\nname: x\n"), @r#"
    error[E0140]: a quoted text is not closed
     --> a.yaml:2:5
      |
    2 | id: "contact
      |     ^
      |
      = help: add the sign that closes it
    "#);
}

#[test]
fn slips_in_the_structure_are_in_plain_words() {
    insta::assert_snapshot!(problems("kind: EntityDefinition\nid: contact\n  crm: dataverse\n"), @r"
    error[E0140]: a `key: value` may not stand here
     --> a.yaml:3:6
      |
    3 |   crm: dataverse
      |      ^
      |
      = help: compare the indentation with the lines around, and put text with special signs in quotes
    ");
    insta::assert_snapshot!(problems("kind: EntityDefinition\nfields: [{name: a}, {name: b}\nid: x\n"), @r"
    error[E0140]: a `:` may not stand here; perhaps a bracket before it is not closed
     --> a.yaml:3:3
      |
    3 | id: x
      |   ^
      |
      = help: compare the indentation with the lines around, and put text with special signs in quotes
    ");
    insta::assert_snapshot!(problems("kind: EntityDefinition\nid contact\nname: x\n"), @r"
    error[E0140]: a `:` is missing after the key
     --> a.yaml:2:1
      |
    2 | id contact
      | ^
      |
      = help: compare the indentation with the lines around, and put text with special signs in quotes
    ");
    insta::assert_snapshot!(problems("description: \"a \\q b\"\n"), @r#"
    error[E0140]: not an escape that YAML knows
     --> a.yaml:1:14
      |
    1 | description: "a \q b"
      |              ^
      |
      = help: after `\` write `"`, `\`, `/`, `n`, `t`, `x41` or `u0041`; in single quotes nothing is escaped
    "#);
}

#[test]
fn a_key_that_stands_twice_shows_both_places() {
    insta::assert_snapshot!(problems("kind: EntityDefinition\nid: a\ncrm: x\ntype: y\nid: b\n"), @r"
    error[E0144]: `id` stands twice
     --> a.yaml:5:1
      |
    2 | id: a
      | -- first here
    ...
    5 | id: b
      | ^^
      |
      = help: remove one of the two
    ");
}
