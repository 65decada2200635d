//! Workspaces that use packages.

use super::*;

const HELLO: &str = "playbook hello \"Hello\" {\n  trigger Manual\n  output said = \"hello\"\n}\n";

fn package(visibility: &str) -> String {
    format!("name = \"starter\"\n[package]\nversion = \"1.2.0\"\nvisibility = \"{visibility}\"\n")
}

fn shop(name: &str, visibility: &str) -> Folder {
    Folder::new(name)
        .with("shop/engage.toml", "name = \"shop\"\npackages = [\"../starter\"]\n")
        .with("starter/engage.toml", package(visibility))
        .with("starter/hello.engage", HELLO)
}

fn load(folder: &Folder) -> Workspace {
    Workspace::load(folder.0.join("shop")).unwrap()
}

/// What is wrong: code and message.
fn told(workspace: &Workspace) -> Vec<String> {
    workspace.check().diagnostics.iter().map(|found| format!("{} {}", found.code.0, found.message)).collect()
}

#[test]
fn the_playbooks_of_a_package_stand_beside_the_own() {
    let folder = shop("package", "open").with("shop/mine.engage", HELLO.replace("hello \"", "mine \""));
    let workspace = load(&folder);
    assert_eq!(drawn(&workspace), "");
    let of = |playbook: &engage_playbooks::Playbook| (playbook.id.to_string(), playbook.package.is_some());
    let all: Vec<_> = workspace.library.playbooks.iter().map(of).collect();
    assert_eq!(all, [("hello".to_owned(), true), ("mine".to_owned(), false)]);
    assert_eq!(workspace.name, "shop");
    assert_eq!(workspace.files(FileKind::Engage).count(), 1, "only its own files are the workspace's");
    assert_eq!(workspace.library.packages[0].version.to_string(), "1.2.0");
}

#[test]
fn an_own_playbook_does_not_redefine_a_packages() {
    let workspace = load(&shop("redefined", "open").with("shop/mine.engage", HELLO));
    let drawn = drawn(&workspace);
    assert_eq!(told(&workspace), ["E0601 there is another playbook `hello`"]);
    assert!(drawn.contains("shop/mine.engage:1:10"), "{drawn}");
    assert!(drawn.contains("the first one, in the package `starter`"), "{drawn}");
}

#[test]
fn lines_of_a_proprietary_package_are_not_shown() {
    let folder = shop("closed", "proprietary")
        .with("starter/wrong.engage", "playbook wrong {\n  read secret-block = nowhere\n}\n");
    let text = drawn(&load(&folder));
    assert!(text.contains("E0602") && text.contains("the package `starter`"), "{text}");
    assert!(!text.contains("read secret-block") && !text.contains("nowhere") && !text.contains("wrong"), "{text}");
    let open =
        shop("opened", "open").with("starter/wrong.engage", "playbook wrong {\n  read secret-block = nowhere\n}\n");
    assert!(drawn(&load(&open)).contains("read secret-block"));
}

#[test]
fn a_fork_is_held_against_its_package() {
    let fork = |of: &str| {
        let text = HELLO.replace("hello \"Hello\" {\n", &format!("mine \"Mine\" {{\n  fork {of}\n"));
        told(&load(&shop("forked", "open").with("shop/mine.engage", text)))
    };
    assert_eq!(fork("starter.hello version \"1.2.0\" replaces"), Vec::<String>::new());
    assert_eq!(fork("starter.hello version \"1.1.0\""), ["E0646 update available: `starter` 1.1.0 -> 1.2.0"]);
    assert_eq!(
        fork("starter.hello version \"2.0.0\""),
        ["E0645 the copy is of version 2.0.0, and the package is at 1.2.0"]
    );
    assert_eq!(fork("starter.helo version \"1.2.0\""), ["E0645 the package `starter` has no playbook `helo`"]);
    assert_eq!(fork("nobody.hello version \"1.2.0\""), ["E0645 there is no package `nobody`"]);
    let text = HELLO.replace("hello \"Hello\" {\n", "mine \"Mine\" {\n  fork starter.hello version \"1.2.0\"\n");
    let closed = load(&shop("fork-closed", "proprietary").with("shop/mine.engage", text));
    assert_eq!(told(&closed), ["E0645 the package `starter` is proprietary: its playbooks are not copied"]);
}

#[test]
fn packages_that_cannot_be_read_say_why() {
    let manifest = |packages: &str| format!("name = \"shop\"\npackages = {packages}\n");
    let with = |packages: &str| {
        let folder = shop("unreadable", "open").with("shop/engage.toml", manifest(packages));
        told(&load(&folder.with("plain/engage.toml", "name = \"plain\"\n").with("empty/README.md", "")))
    };
    assert_eq!(with("[\"../nowhere\"]"), ["E0015 there is no such folder"]);
    assert_eq!(with("[\"../empty\"]"), ["E0015 the folder has no `engage.toml`"]);
    assert_eq!(with("[\"../plain\"]"), ["E0015 the workspace in this folder is no package"]);
    assert_eq!(with("[\"../shop\"]"), ["E0016 the package uses itself"]);
    assert_eq!(with("\"../starter\""), ["E0013 `packages` must be a list of folders"]);
    assert_eq!(with("[\"../starter\", \"../shop/../starter\"]"), Vec::<String>::new(), "the same folder twice is one");
}

#[test]
fn circles_and_depth_are_refused_where_they_are_written() {
    let mut folder = Folder::new("deep").with("shop/engage.toml", "name = \"shop\"\npackages = [\"../p1\"]\n");
    for n in 1..=6 {
        let text = format!("name = \"p{n}\"\npackages = [\"../p{}\"]\n[package]\nversion = \"1.0.0\"\n", n + 1);
        folder = folder.with(&format!("p{n}/engage.toml"), text);
    }
    let deep = load(&folder);
    assert_eq!(deep.library.packages.len(), 4);
    assert_eq!(told(&deep), ["E0016 packages stand in each other more than 4 deep; this one is not read"]);
    let folder =
        folder.with("p2/engage.toml", "name = \"p2\"\npackages = [\"../p1\"]\n[package]\nversion = \"1.0.0\"\n");
    let circle = drawn(&load(&folder));
    assert!(circle.contains("p2/engage.toml:2:13") && circle.contains("uses itself"), "{circle}");
}

#[test]
fn a_package_says_its_version_and_who_sees_it() {
    let with = |table: &str| {
        let manifest = format!("name = \"starter\"\n{table}");
        told(&Workspace::from_sources([("engage.toml", manifest)]))
    };
    assert_eq!(with("[package]\nversion = \"1.0.0\"\n"), Vec::<String>::new());
    assert_eq!(with("[package]\nversion = \"one\"\n"), ["E0013 `version` is no version"]);
    assert_eq!(with("[package]\n"), ["E0013 the package has no `version`"]);
    assert_eq!(
        with("[package]\nversion = \"1.0.0\"\nvisibility = \"secret\"\n"),
        ["E0013 `visibility` is `open` or `proprietary`"]
    );
    assert_eq!(with("[package]\nversion = \"1.0.0\"\nversoin = \"1\"\n"), ["E0012 `engage.toml` has no key `versoin`"]);
}

#[test]
fn the_examples_about_packages_break_their_rule_and_no_other() {
    let files = |sample: &str| -> Vec<(String, String)> {
        let parts = sample.split("# file: ").skip(1).filter_map(|part| part.split_once('\n'));
        parts.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    };
    let checked = engage_playbooks::check::codes().into_iter().filter(|info| ["E0645", "E0646"].contains(&info.code.0));
    for info in [codes::PACKAGE, codes::PACKAGE_CYCLE].into_iter().chain(checked) {
        let wrong = told(&Workspace::from_sources(files(info.example)));
        assert_eq!(wrong.iter().map(|line| &line[..5]).collect::<Vec<_>>(), [info.code.0]);
        assert_eq!(told(&Workspace::from_sources(files(info.cure))), Vec::<String>::new());
    }
}
