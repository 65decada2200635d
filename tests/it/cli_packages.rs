//! Packages on the command line: what is listed, forked, hidden.

use std::fs;

use engage_cli::Exit;
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
        ("fork visit --as visit --workspace SHOP", "there is a playbook `visit` already"),
    ] {
        let said = on(&folder, arguments);
        assert_eq!(said.exit, Exit::Problems);
        assert!(said.err.contains(word), "{}", said.err);
    }
    assert!(!folder.path().join("shop/playbooks").exists());
}

#[test]
fn a_proprietary_playbook_runs_and_shows_its_blocks_nowhere() {
    let folder = shop("1.0.0", "proprietary");
    for command in ["plan visit", "describe visit", "graph visit", "trace visit", "fork visit --as ours"] {
        let said = on(&folder, &format!("{command} --workspace SHOP"));
        assert_eq!(said.exit, Exit::Problems, "{command}: {}", said.out);
        assert!(said.err.contains("proprietary"), "{command}: {}", said.err);
        assert!(!format!("{}{}", said.out, said.err).contains("secretly"), "{command}");
    }
    let traced = on(&folder, "trace --workspace SHOP");
    assert!(!traced.out.contains("secretly"), "{}", traced.out);
    let run = on(&folder, "run visit --crm memory --input name=Kari --workspace SHOP");
    assert_eq!(run.exit, Exit::Fine, "{}", run.err);
}
