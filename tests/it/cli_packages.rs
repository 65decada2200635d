//! Packages on the command line: what is listed, forked, hidden.

use std::fs;

use engage_cli::{Exit, Io};
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::cli::{Said, engage};

const BASE: &str = r#"
entity contact "Contact" on dataverse contact {
  LastName -> lastname
}
pattern person "A person" {
  contact : contact
}
playbook visit "A visitor" {
  trigger Manual(name: string)
  create secretly = person as application "a visitor has no user" { contact.LastName: trigger.name }
}
"#;

/// A workspace `shop` that uses the package `base` beside it.
fn shop(version: &str, visibility: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |path: &str, text: &str| fs::write(folder.path().join(path), text).unwrap();
    for name in ["base", "shop"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let package = format!("[package]\nversion = \"{version}\"\nvisibility = \"{visibility}\"\n");
    write("base/engage.toml", &format!("name = \"base\"\ntarget = \"dataverse\"\n{package}"));
    write("base/all.engage", BASE);
    write("shop/engage.toml", "name = \"shop\"\ntarget = \"dataverse\"\npackages = [\"../base\"]\n");
    folder
}

fn on(folder: &TempDir, arguments: &str) -> Said {
    let shop = folder.path().join("shop").display().to_string();
    let arguments = arguments.replace("SHOP", &shop);
    engage(&arguments.split_whitespace().collect::<Vec<_>>())
}

#[test]
fn a_fork_is_written_once_runs_in_the_place_of_the_original_and_hears_of_updates() {
    let folder = shop("1.0.0", "open");
    let said = on(&folder, "fork visit --as our-visit --replaces --workspace SHOP --format json");
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    let file = serde_json::from_str::<Json>(&said.out).unwrap()["file"].as_str().unwrap().to_owned();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("fork base.visit version \"1.0.0\" replaces"), "{text}");
    assert_eq!(on(&folder, "check SHOP").exit, Exit::Fine);
    let again = on(&folder, "fork visit --as our-visit --workspace SHOP");
    assert_eq!(again.exit, Exit::Problems, "{}", again.out);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);

    assert_eq!(on(&folder, "packages SHOP").out, "base 1.0.0 open\n  our-visit: fork of visit 1.0.0, replaces it\n");
    let manifest = folder.path().join("base/engage.toml");
    let newer = fs::read_to_string(&manifest).unwrap().replace("1.0.0", "1.1.0");
    fs::write(&manifest, newer).unwrap();
    let listed: Json = serde_json::from_str(&on(&folder, "packages SHOP --format json").out).unwrap();
    assert_eq!(listed["packages"][0]["forks"][0]["update_available"], true);
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "an update never changes a fork");

    let run = on(&folder, "run visit --crm memory --input name=Kari --workspace SHOP");
    assert_eq!(run.exit, Exit::Fine, "{}", run.err);
    assert!(run.err.contains("a fork replaces `visit`"), "{}", run.err);
}

#[test]
fn what_would_not_check_is_not_written() {
    let folder = shop("1.0.0", "open");
    for (arguments, word) in [
        ("fork nobody --as ours --workspace SHOP", "there is no playbook `nobody`"),
        ("fork vist --as ours --workspace SHOP", "did you mean `visit`?"),
        ("fork visit --as visit --workspace SHOP", "there is a playbook `visit` already"),
    ] {
        let said = on(&folder, arguments);
        assert_eq!(said.exit, Exit::Problems);
        assert!(said.err.contains(word), "{}", said.err);
    }
    assert!(!folder.path().join("shop/playbooks").exists());
}

#[test]
fn a_proprietary_playbook_is_asked_in_vain_for_its_blocks() {
    let folder = shop("1.0.0", "proprietary");
    for command in ["plan visit", "describe visit", "graph visit", "trace visit", "fork visit --as ours"] {
        let said = on(&folder, &format!("{command} --workspace SHOP"));
        assert_eq!(said.exit, Exit::Problems, "{command}: {}", said.out);
        assert!(said.err.contains("proprietary"), "{command}: {}", said.err);
        assert!(!format!("{}{}", said.out, said.err).contains("secretly"), "{command}");
    }
    let traced = on(&folder, "trace --workspace SHOP");
    assert!(!traced.out.contains("secretly"), "{}", traced.out);
}

/// `engage` on the shop and its journal, with what it said and wrote all together.
fn asked(folder: &TempDir, arguments: &str) -> (Said, String) {
    let at = folder.path().display().to_string();
    let said = on(folder, &arguments.replace("DIR", &at));
    let mut all = format!("{}{}", said.out, said.err);
    for name in ["run.svg", "run.html"] {
        all += &fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    }
    (said, all)
}

const KEPT: &str = "run visit --crm memory:DIR/crm.json --workspace SHOP --journal DIR/runs.sqlite";

/// The id of the newest run.
fn newest(folder: &TempDir) -> String {
    let (said, _) = asked(folder, "runs list --journal DIR/runs.sqlite --format json");
    let listed: Json = serde_json::from_str(&said.out).unwrap();
    listed["runs"][0]["run"].as_str().unwrap().to_owned()
}

#[test]
fn a_run_of_a_proprietary_playbook_shows_how_it_went_and_no_blocks() {
    let folder = shop("1.0.0", "proprietary");
    let (said, all) = asked(&folder, &format!("{KEPT} --input name=Kari --timeline DIR/run.svg"));
    assert_eq!(said.exit, Exit::Fine, "{all}");
    assert!(said.err.contains("its blocks are not shown") && said.err.contains("succeeded"), "{all}");
    assert!(said.out.contains("1 round trip") && said.out.contains("# contact: created "), "{all}");
    assert!(all.contains("<svg") && !all.contains("secretly"), "{all}");
    let run = newest(&folder);
    let journal = "--journal DIR/runs.sqlite";
    for (command, word) in [
        (format!("runs list {journal}"), "succeeded"),
        (format!("runs show {run} {journal} --workspace SHOP"), "1 round trip"),
        // A journal remembers it, also where the workspace does not know the playbook.
        (format!("runs show {run} {journal} --workspace DIR"), "its blocks are not shown"),
        (format!("runs show {run} {journal} --workspace SHOP --values"), "name: Kari"),
        (format!("runs show {run} {journal} --workspace SHOP --values --format json"), "\"blocks_shown\": false"),
        (format!("runs timeline {run} {journal} --workspace SHOP"), "its blocks are not shown"),
        (format!("runs timeline {run} {journal} --workspace SHOP --format json"), "\"blocks\": []"),
        (format!("runs timeline {run} {journal} --workspace SHOP -o DIR/run.html"), "its blocks are not shown"),
        (format!("backtest SHOP {journal}"), "1 same"),
        (format!("{KEPT} --input name=Ola --format json"), "\"block\":null"),
    ] {
        let (said, all) = asked(&folder, &command);
        assert_eq!(said.exit, Exit::Fine, "{command}: {all}");
        assert!(all.contains(word) && !all.contains("secretly"), "{command}: {all}");
    }
}

#[test]
fn a_failure_of_a_proprietary_playbook_tells_the_reason_and_not_the_block() {
    let folder = shop("1.0.0", "proprietary");
    // What the column takes is shorter, so that the CRM refuses the value of a block that is not shown.
    let file = folder.path().join("base/all.engage");
    let longer = BASE.replace("contact.LastName: trigger.name", "contact.LastName: trigger.list[0]!");
    let longer = longer.replace("(name: string)", "(name: string, list: string[])");
    fs::write(&file, longer).unwrap();
    let (said, all) = asked(&folder, &format!("{KEPT} --input name=Kari --input list=[]"));
    assert_eq!(said.exit, Exit::Problems, "{all}");
    assert!(said.err.contains("a block failed with `absent`"), "{all}");
    assert!(!all.contains("secretly") && !all.contains("LastName"), "{all}");
    let run = newest(&folder);
    for command in [
        "runs list --journal DIR/runs.sqlite",
        "runs show RUN --journal DIR/runs.sqlite --workspace SHOP",
        "runs retry RUN --journal DIR/runs.sqlite --workspace SHOP --crm memory",
        "runs retry RUN --journal DIR/runs.sqlite --workspace SHOP --crm memory --from nothing",
    ] {
        let (_, all) = asked(&folder, &command.replace("RUN", &run));
        assert!(all.contains("absent") || all.contains("its blocks are not shown"), "{command}: {all}");
        assert!(!all.contains("secretly") && !all.contains("LastName"), "{command}: {all}");
    }
}

#[test]
fn what_is_wrong_with_a_proprietary_playbook_is_told_without_its_lines() {
    let folder = shop("1.0.0", "proprietary");
    let file = folder.path().join("base/all.engage");
    for (from, to, code) in [
        ("trigger.name }", "trigger.nmae }", "E06"),
        ("create secretly =", "create secretly secretly =", "E0"),
        ("trigger Manual", "secretly trigger Manual", "E0"),
    ] {
        let text = BASE.replace(from, to);
        assert_ne!(text, BASE);
        fs::write(&file, text).unwrap();
        let (said, all) = asked(&folder, "check SHOP");
        assert_eq!(said.exit, Exit::Problems, "{all}");
        assert!(all.contains(code) && all.contains("the package `base` does not fit here"), "{all}");
        assert!(!all.contains("secretly") && !all.contains("nmae"), "{all}");
    }
}

#[test]
fn a_new_version_of_a_proprietary_playbook_is_told_as_a_whole() {
    let (old, new) = (shop("1.0.0", "proprietary"), shop("1.1.0", "proprietary"));
    let file = new.path().join("base/all.engage");
    fs::write(&file, BASE.replace("create secretly", "create quietly")).unwrap();
    let at = |folder: &TempDir| folder.path().join("shop").display().to_string();
    let said = engage(&["diff", &at(&old), &at(&new)]);
    assert!(said.out.contains("playbook visit: does something else"), "{}", said.out);
    assert!(!said.out.contains("secretly") && !said.out.contains("quietly"), "{}", said.out);
}

#[test]
fn a_terminal_shows_how_a_run_of_a_proprietary_playbook_goes_and_no_tree() {
    let folder = shop("1.0.0", "proprietary");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut io = Io::new(&b""[..], &mut out, &mut err);
    io.set_screen(Some(|| Some(engage_cli::io::Size { columns: 100, rows: 24 })));
    let workspace = folder.path().join("shop").display().to_string();
    let arguments = ["engage", "run", "visit", "--input", "name=Kari", "--crm", "memory", "--workspace", &workspace];
    assert_eq!(engage_cli::main(arguments, &mut io), Exit::Fine);
    drop(io);
    let drawn = String::from_utf8(err).unwrap();
    let last = drawn.rsplit("\x1b[J").next().unwrap();
    assert!(last.starts_with("visit: succeeded in") && last.contains("its blocks are not shown"), "{last}");
    assert!(!drawn.contains("secretly"), "{drawn}");
}
