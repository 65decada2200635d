use std::fs;
use std::path::PathBuf;

use super::*;
use crate::render::{Style, text};

mod packages;
mod places;

/// A folder of one test, removed when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("engage-workspace-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn with(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn load(&self) -> Workspace {
        Workspace::load(&self.0).unwrap()
    }

    /// What is wrong, drawn, with the folder's own path left out.
    fn problems(&self) -> String {
        drawn(&self.load()).replace(&format!("{}/", self.0.display()), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn drawn(workspace: &Workspace) -> String {
    text(&workspace.sources, &workspace.check().diagnostics, Style::default())
}

const MANIFEST_TEXT: &str = "name = \"demo\"\ntarget = \"memory\"\n";

fn contact(id: &str) -> String {
    format!(
        "kind: EntityDefinition\nid: {id}\nname: Contact\ncrm: memory\ntype: contact\nfields:\n  - {{name: Email, mappedName: email}}\n"
    )
}

#[test]
fn files_are_read_in_the_order_of_their_paths_and_told_apart_by_name() {
    let folder = Folder::new("order")
        .with("engage.toml", MANIFEST_TEXT)
        .with("b/two.yml", contact("two"))
        .with("a.json", "{\"kind\": \"EntityDefinition\", \"id\": \"one\", \"crm\": \"memory\", \"type\": \"x\"}")
        .with("b/c/three.yaml", contact("three"))
        .with("b/meeting.case.yaml", "pattern: x")
        .with("crm.schema.yaml", "kind: CrmSchema")
        .with("note.liquid", "{{ title }}")
        .with("README.md", "no")
        .with(".git/config.yaml", "kind: Nonsense")
        .with("other/engage.toml", "name = \"other\"")
        .with("other/four.yaml", "kind: Nonsense");
    let workspace = folder.load();
    assert_eq!(drawn(&workspace), "");
    let ids: Vec<&str> = workspace.model.definitions.iter().map(|definition| definition.id.as_str()).collect();
    assert_eq!(ids, ["one", "three", "two"]);
    assert_eq!((workspace.name.as_str(), workspace.target.as_ref().unwrap().as_str()), ("demo", "memory"));
    assert_eq!(workspace.cases().map(Source::text).collect::<Vec<_>>(), ["pattern: x"]);
    assert_eq!(workspace.schemas().count(), 1);
    assert_eq!(workspace.templates().map(Source::text).collect::<Vec<_>>(), ["{{ title }}"]);
    assert!(workspace.catalog().unwrap().entity("memory", "two").is_some());
}

#[test]
fn a_missing_folder_and_a_file_are_refused() {
    let rejected = Workspace::load("no/such/folder").unwrap_err();
    insta::assert_snapshot!(rejected.to_string(), @r"
    error[E0001]: there is no folder `no/such/folder`
    help: check the path
    ");
    let folder = Folder::new("file").with("engage.toml", MANIFEST_TEXT);
    let rejected = Workspace::load(folder.0.join("engage.toml")).unwrap_err();
    assert!(rejected.to_string().contains("is a file, not a folder"), "{rejected}");
}

#[test]
fn a_workspace_needs_its_manifest() {
    insta::assert_snapshot!(Folder::new("empty").problems(), @r#"
    error[E0010]: `engage.toml` is missing
    --> engage.toml:1:1
     = help: write one with `name = "…"` and `target = "…"`, or run `engage init`
    "#);
}

#[test]
fn every_slip_in_the_manifest_is_placed() {
    let manifest = "nam = \"demo\"\ntarget = \"Big CRM\"\n[defaults]\nx = 1\n";
    insta::assert_snapshot!(Folder::new("slips").with("engage.toml", manifest).problems(), @r#"
    error[E0012]: `engage.toml` has no key `nam`
     --> engage.toml:1:1
      |
    1 | nam = "demo"
      | ^^^
      |
      = help: known are `name`, `target`, `state`, `packages`, `package` — did you mean `name`?

    error[E0013]: `target` is not a CRM: 'B' may not stand in a CRM name
     --> engage.toml:2:10
      |
    2 | target = "Big CRM"
      |          ^^^^^^^^^
      |
      = help: write for example `dataverse`

    error[E0012]: `engage.toml` has no key `defaults`
     --> engage.toml:3:2
      |
    3 | [defaults]
      |  ^^^^^^^^
      |
      = help: known are `name`, `target`, `state`, `packages`, `package`
    "#);
    insta::assert_snapshot!(Folder::new("toml").with("engage.toml", "name = demo\ntarget = \"memory\"\n").problems(), @r#"
    error[E0011]: string values must be quoted, expected literal string
     --> engage.toml:1:8
      |
    1 | name = demo
      |        ^^^^
      |
      = help: write `key = "text"`, one on each line
    "#);
    insta::assert_snapshot!(
        Folder::new("target").with("engage.toml", "name = \"x\"\ntarget = \"memori\"\n").with("a.yaml", contact("a")).problems(),
        @r#"
    warning[E0014]: nothing is defined on the target `memori`
     --> engage.toml:2:10
      |
    2 | target = "memori"
      |          ^^^^^^^^
      |
      = help: name a CRM that entities are defined on, or leave `target` out — did you mean `memory`?
    "#
    );
}

#[test]
fn a_large_file_is_not_read() {
    let folder = Folder::new("large").with("engage.toml", MANIFEST_TEXT).with("big.yaml", vec![b'a'; 10 << 20]);
    insta::assert_snapshot!(folder.problems(), @r"
    error[E0004]: the file has 10.0 MiB, at most 4.0 MiB are read
    --> big.yaml:1:1
     = help: split it, or move it out of the workspace
    ");
}

#[test]
fn files_that_are_not_text_name_the_first_bad_byte() {
    let folder = Folder::new("binary")
        .with("engage.toml", MANIFEST_TEXT)
        .with("a.yaml", b"name: K\xf8benhavn\n")
        .with("b.yaml", b"kind: x\n\x00\x01\x02")
        .with("c.yaml", b"\xff\xfek\x00i\x00")
        .with("d.yaml", format!("\u{feff}{}", contact("d")));
    insta::assert_snapshot!(folder.problems(), @r"
    error[E0003]: the file is not UTF-8 text: byte 7 is 0xf8
     --> a.yaml:1:8
      |
    1 | name: K�
      |        ^
      |
      = help: save the file as UTF-8

    error[E0003]: the file is not UTF-8 text: byte 8 is 0x00
     --> b.yaml:2:1
      |
    2 | �
      | ^
      |
      = help: this looks like a binary file: move it out of the workspace or rename it

    error[E0003]: the file is not UTF-8 text: byte 0 is 0xff
     --> c.yaml:1:1
      |
    1 | �
      | ^
      |
      = help: this looks like UTF-16: save the file as UTF-8
    ");
    assert_eq!(folder.load().model.definitions.len(), 1);
}

#[test]
fn limits_are_problems_and_not_crashes() {
    let folder = Folder::new("limits")
        .with("engage.toml", MANIFEST_TEXT)
        .with("a.yaml", contact("a"))
        .with("b.yaml", contact("b"))
        .with("deep/er/c.yaml", contact("c"));
    let messages = |limits: Limits| -> Vec<String> {
        let workspace = Workspace::load_within(&folder.0, &limits).unwrap();
        workspace.diagnostics.into_iter().map(|found| format!("{}: {}", found.code, found.message)).collect()
    };
    assert_eq!(messages(Limits { files: 2, ..Limits::default() })[0], "E0005: more than 2 files; the rest is not read");
    assert_eq!(
        messages(Limits { total_bytes: 150, ..Limits::default() })[0],
        "E0005: the files are larger than 150 bytes together; the rest is not read"
    );
    assert_eq!(
        messages(Limits { depth: 2, ..Limits::default() })[0],
        "E0005: more than 2 folders inside each other; this one is not read"
    );
    assert!(
        messages(Limits { entries: 1, ..Limits::default() })[0].starts_with("E0005: more than 1 files and folders")
    );
    assert_eq!(messages(Limits::default()), [""; 0]);
}

#[cfg(unix)]
#[test]
fn links_lead_neither_out_nor_in_circles() {
    use std::os::unix::fs::symlink;
    let secret = Folder::new("secret").with("secret.yaml", contact("secret"));
    let folder = Folder::new("links").with("engage.toml", MANIFEST_TEXT).with(".data/a.yaml", contact("a"));
    symlink(secret.0.join("secret.yaml"), folder.0.join("out.yaml")).unwrap();
    symlink(&folder.0, folder.0.join("circle")).unwrap();
    symlink("nowhere.yaml", folder.0.join("lost.yaml")).unwrap();
    symlink(".data/a.yaml", folder.0.join("inside.yaml")).unwrap();
    symlink("engage.toml", folder.0.join("again.toml")).unwrap();
    let workspace = folder.load();
    let ids: Vec<&str> = workspace.model.definitions.iter().map(|definition| definition.id.as_str()).collect();
    assert_eq!(ids, ["a"]);
    let found: Vec<_> = workspace.diagnostics.iter().map(|found| (found.code.0, found.message.as_str())).collect();
    assert_eq!(
        found,
        [
            ("E0006", "links to folders are not followed"),
            ("E0002", "the link leads nowhere"),
            ("E0006", "the link leads out of the workspace and is not followed"),
        ]
    );
}

#[test]
fn an_id_that_stands_twice_shows_both_files() {
    let folder = Folder::new("twice")
        .with("engage.toml", MANIFEST_TEXT)
        .with("a.yaml", contact("contact"))
        .with("b.yaml", contact("contact"));
    insta::assert_snapshot!(folder.problems(), @r"
    error[E0201]: `contact` is already defined on `memory`
     --> b.yaml:2:5
      |
    2 | id: contact
      |     ^^^^^^^
      |
     ::: a.yaml:2:5
      |
    2 | id: contact
      |     ------- first defined here
      |
      = help: remove one of the two, or give this one an id of its own
    ");
}

#[test]
fn findings_on_the_model_point_at_lines() {
    let workspace = Workspace::from_sources([
        ("contact.yaml", contact("contact")),
        (
            "pattern.yaml",
            "kind: EntityPattern\nid: p\nname: P\nparts:\n  - {ref: a, entity: contakt}\n  - {ref: b, entity: contact}\nrequirements:\n  - {dependent: b.Emial, source: c.Id}\n"
                .to_owned(),
        ),
    ]);
    insta::assert_snapshot!(drawn(&workspace), @r"
    error[E0304]: `contakt` is not defined
     --> pattern.yaml:5:22
      |
    5 |   - {ref: a, entity: contakt}
      |                      ^^^^^^^
      |
      = help: define the entity, or correct the name — did you mean `contact`?

    error[E0308]: `contact` has no field `Emial`
     --> pattern.yaml:8:19
      |
    8 |   - {dependent: b.Emial, source: c.Id}
      |                   ^^^^^
      |
      = help: declare the field, or correct the name — did you mean `Email`?

    error[E0307]: `p` has no part `c`
     --> pattern.yaml:8:34
      |
    8 |   - {dependent: b.Emial, source: c.Id}
      |                                  ^
      |
      = help: declare the part, or correct the label — did you mean `a`?
    ");
    assert!(workspace.catalog().is_err());
}

#[test]
fn a_slip_in_one_file_does_not_make_its_names_undefined_elsewhere() {
    let pattern =
        "kind: EntityPattern\nid: p\nname: P\nparts:\n  - {ref: a, entity: contact}\n  - {ref: b, entity: contakt}\n";
    let workspace = Workspace::from_sources([
        ("contact.yaml", format!("{}  oops\n", contact("contact"))),
        ("pattern.yaml", pattern.to_owned()),
    ]);
    let found: Vec<_> = workspace.check().diagnostics.into_iter().map(|found| (found.code.0, found.message)).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].0, "E0140");
    assert_eq!(found[1], ("E0304", "`contakt` is not defined".to_owned()));
}

#[test]
fn a_slip_in_one_playbook_hides_no_slip_in_another() {
    let slip = "playbook a {\n  trigger Manual\n  input nope = 1\n  output o = nope | uppercase\n}\n";
    let other = "playbook b {\n  trigger Manual\n  output o = nope\n}\n";
    let workspace = Workspace::from_sources([("p.engage", format!("{slip}{other}"))]);
    let found: Vec<_> = workspace.check().diagnostics.into_iter().map(|found| found.code.0).collect();
    assert_eq!(found, ["E0106", "E0604"]);
}

#[test]
fn a_slip_elsewhere_hides_nothing_that_an_item_without_one_does_not_have() {
    // Each slip stands in an item with the word that is missed elsewhere.
    for (code, word) in [("E0608", "\"contakt\""), ("E0613", "2")] {
        let example = crate::explain::explain(code).unwrap().example;
        let slip = format!("playbook a {{\n  trigger Manual\n  input x = {word}\n  output o = x | uppercase\n}}\n");
        let found = codes_of([("p.engage", format!("{example}{slip}"))]);
        assert_eq!(found, [code, "E0106"]);
        let found = codes_of([("p.engage", example.to_owned()), ("q.engage", slip)]);
        assert_eq!(found, [code, "E0106"]);
    }
}

/// The codes of what is found, in order.
fn codes_of<const N: usize>(files: [(&str, String); N]) -> Vec<&'static str> {
    let workspace = Workspace::from_sources(files);
    workspace.check().diagnostics.into_iter().map(|found| found.code.0).collect()
}

#[test]
fn an_item_that_is_left_out_leaves_its_places_to_no_other() {
    let workspace = Workspace::from_sources([
        (
            "a.engage",
            "entity Bad \"x\" on memory wrong {\n  A -> a\n}\nentity good \"x\" on memory right {\n  A -> a\n  A -> b\n}\n",
        ),
        (
            "b.yaml",
            "kind: EntityDefinition\nid: Bad\ncrm: memory\ntype: x\n---\nkind: EntityDefinition\nid: good\ncrm: memory\ntype: y\n",
        ),
    ]);
    let found = workspace.check().diagnostics;
    let marked: Vec<_> =
        found.iter().map(|found| (found.code.0, workspace.sources.text(found.span.unwrap()))).collect();
    assert_eq!(marked, [("E0170", "Bad"), ("E0202", "A"), ("E0170", "Bad"), ("E0201", "good")]);
    assert_eq!(
        workspace.sources.get(found[1].span.unwrap().file).unwrap().position(found[1].span.unwrap().start).line,
        6
    );
}
