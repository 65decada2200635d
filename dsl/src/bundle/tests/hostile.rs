//! Files that are no bundles, or no longer, or too much of one.

use super::*;

#[test]
fn what_is_no_bundle_says_so_and_what_to_do() {
    let workspace_file = "kind: EntityPattern\nid: lookup\nparts: []\n";
    insta::assert_snapshot!(refused(workspace_file), @r"
    error[E0020]: this is no bundle: a bundle begins with `kind: Bundle`
     --> lead.bundle.yaml:1:7
      |
    1 | kind: EntityPattern
      |       ^^^^^^^^^^^^^
      |
      = help: `engage export` writes bundles
    ");
    for text in ["", "# nothing\n", "just words", "- a\n- b\n", "{}", "kind: [Bundle]\n", "null"] {
        assert_eq!(codes_of(&read("a.yaml", text).unwrap_err()), ["E0020"], "{text}");
    }
    let two = "kind: Bundle\nversion: 1\nitems: []\ncomplete: true\n---\nkind: Bundle\n";
    assert_eq!(codes_of(&read("a.yaml", two).unwrap_err()), ["E0020"]);
    assert_eq!(codes_of(&read("a.yaml", "kind: Bundle\n\tversion: 1\n").unwrap_err()), ["E0141"]);
}

#[test]
fn a_version_that_nobody_knows_is_all_that_is_said() {
    insta::assert_snapshot!(refused("kind: Bundle\nversion: 2\nthings: {a: b}\n"), @r"
    error[E0021]: the bundle has version 2, and 1 is read
     --> lead.bundle.yaml:2:10
      |
    2 | version: 2
      |          ^
      |
      = help: bring it in with the engage that wrote it, or export it again with this one
    ");
    let texts = codes_of(&read("a.yaml", "kind: Bundle\nversion: one\nitems: []\ncomplete: true\n").unwrap_err());
    assert_eq!(texts, ["E0172"]);
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let text = "kind: Bundle\nversion: 1\nitmes: []\nitems:\n  - {kind: EntityDefinition, id: A B, crm: memory, type: a}\n  \
                - {kind: Mapper, useCase: X, pattern: p}\n  - {kind: CrmState}\n  - {kind: Template, id: note}\n  \
                - {kind: Template, id: ../../etc/passwd, text: x}\n  - 12\n  - {kind: EntityPattern, id: p, parts: [], x: 1}\n  \
                - {kind: EntityPattern, id: p, parts: []}\n";
    let rejected = read("a.bundle.yaml", text).unwrap_err();
    assert_eq!(
        codes_of(&rejected),
        ["E0022", "E0157", "E0170", "E0023", "E0023", "E0152", "E0170", "E0172", "E0157", "E0024"],
        "{rejected}"
    );
    assert!(rejected.diagnostics.iter().all(|found| found.span.is_some()));
}

#[test]
fn a_bundle_that_is_cut_off_anywhere_is_none() {
    let bundle = all(&shop());
    for form in [Form::Yaml, Form::Json] {
        let text = write(&bundle, form);
        for end in (0..text.trim_end().len()).filter(|end| text.is_char_boundary(*end)) {
            assert!(read("cut.bundle.yaml", &text[..end]).is_err(), "{form:?} {end}: {}", &text[..end]);
        }
    }
}

#[test]
fn too_much_is_refused_before_it_is_read() {
    let long = format!("kind: Bundle\n# {}\n", "x".repeat(4 << 20));
    assert_eq!(codes_of(&read("a.yaml", &long).unwrap_err()), ["E0004"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.bundle.json");
    std::fs::File::create(&path).unwrap().set_len(100 << 20).unwrap();
    assert_eq!(codes_of(&load(&path).unwrap_err()), ["E0004"]);
    std::fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
    assert_eq!(codes_of(&load(&path).unwrap_err()), ["E0003"]);
    assert_eq!(codes_of(&load(folder.path().join("none.yaml")).unwrap_err()), ["E0002"]);
    let deep = format!("kind: Bundle\nversion: 1\nitems: {}\n", "[".repeat(100_000));
    assert_eq!(codes_of(&read("a.yaml", &deep).unwrap_err()), ["E0145"]);
    let many = format!("kind: Bundle\nversion: 1\nitems: [{}]\ncomplete: true\n", "1,".repeat(600_000));
    assert!(codes_of(&read("a.yaml", &many).unwrap_err()).contains(&"E0146"));
}

#[test]
fn what_is_as_deep_as_a_file_may_hold_can_be_carried() {
    let depth = crate::yaml::MAX_DEPTH - 3;
    let value = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let item = format!("kind: Playbook\nid: deep\nblocks:\n  - {{name: a, type: Input, value: {value}}}\n");
    let workspace = Workspace::from_sources([("deep.yaml", item.as_str())]);
    assert_eq!(workspace.diagnostics, []);
    let bundle = all(&workspace);
    assert_eq!(read("a.bundle.yaml", &write(&bundle, Form::Yaml)).unwrap().bundle, bundle);
}
