//! House rules: what ARCHITECTURE.md says is absent is absent.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest a file of code may be. Most are under 300.
const MAX_LINES: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "target" || name == ".git" || name == "node_modules" {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn files(below: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let folder = root().join(below);
    if folder.is_dir() {
        walk(&folder, &mut found);
    }
    let wanted = found.into_iter().filter(|path| path.extension().is_some_and(|e| e == extension));
    wanted
        .map(|path| (path.strip_prefix(root()).unwrap().display().to_string(), fs::read_to_string(&path).unwrap()))
        .collect()
}

/// The code of a file without its comments, documentation and unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

fn assert_none(offenders: &[String], rule: &str) {
    assert!(offenders.is_empty(), "{rule}:\n{}", offenders.join("\n"));
}

fn offenders(below: &str, words: &[&str], except: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files(below, "rs") {
        // Unit tests that stand in files of their own are no code of the crate.
        let tests = path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("/testing.rs");
        if tests || except.iter().any(|allowed| path.ends_with(allowed)) {
            continue;
        }
        for (number, line) in code(&text).lines().enumerate() {
            let lower = line.to_lowercase();
            for word in words.iter().filter(|word| lower.contains(**word)) {
                found.push(format!("{path}:{}: `{word}`", number + 1));
            }
        }
    }
    found
}

#[test]
fn dependencies_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("engine", &[][..]),
        ("playbooks", &["engage-engine"][..]),
        ("dsl", &["engage-engine", "engage-playbooks"][..]),
        ("adapters", &["engage-engine"][..]),
        ("server/cli", &["engage-engine", "engage-playbooks", "engage-dsl", "engage-adapters"][..]),
        ("examples/embed", &["engage-engine", "engage-dsl", "engage-adapters"][..]),
    ]);
    for (folder, allowed) in allowed {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table).unwrap();
        for name in dependencies.keys().filter(|name| name.starts_with("engage-")) {
            assert!(allowed.contains(&name.as_str()), "{folder} may not depend on {name}");
        }
    }
}

#[test]
fn the_engine_names_no_crm() {
    let words = ["dataverse", "salesforce", "appointment", "emailaddress1", "systemuser", "odata", "soql", "__c\""];
    assert_none(&offenders("engine/src", &words, &[]), "the engine knows no CRM");
    assert_none(&offenders("playbooks/src", &words, &[]), "playbooks know no CRM");
}

#[test]
fn the_engine_reads_no_text_and_speaks_no_http() {
    for folder in ["engine", "playbooks"] {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        for library in ["pest", "granit", "serde_yaml", "toml", "reqwest", "axum", "sqlx", "hyper"] {
            assert!(!manifest.lines().any(|line| line.starts_with(library)), "{folder} may not use {library}");
        }
    }
}

#[test]
fn one_module_names_petgraph() {
    assert_none(&offenders("engine/src", &["petgraph"], &["engine/src/graph.rs"]), "only graph.rs names petgraph");
}

#[test]
fn nothing_starts_a_runtime_or_waits_on_a_wall_clock() {
    let words =
        ["tokio::spawn", "thread::spawn", "runtime::builder", "thread::sleep", "systemtime::now", "instant::now"];
    let allowed = ["engine/src/run/clock.rs"];
    for below in ["engine/src", "playbooks/src", "dsl/src", "adapters/src"] {
        assert_none(&offenders(below, &words, &allowed), "libraries start no runtime and read no clock");
    }
}

#[test]
fn nothing_is_left_to_do() {
    for below in ["engine", "playbooks", "dsl", "adapters", "server", "examples", "tests"] {
        let marks = ["todo!(", "unimplemented!(", "dbg!(", "#[ignore", "// todo", "// fixme"];
        let found: Vec<String> = files(below, "rs")
            .into_iter()
            .filter(|(path, _)| path != "tests/tidy.rs")
            .flat_map(|(path, text)| {
                let lower = text.to_lowercase();
                marks
                    .iter()
                    .filter(|mark| lower.contains(**mark))
                    .map(|mark| format!("{path}: {mark}"))
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_none(&found, "nothing half-done lands");
    }
}

#[test]
fn files_stay_small() {
    for below in ["engine", "playbooks", "dsl", "adapters", "server", "tests"] {
        let long: Vec<String> = files(below, "rs")
            .into_iter()
            .filter(|(_, text)| text.lines().count() > MAX_LINES)
            .map(|(path, text)| format!("{path}: {} lines", text.lines().count()))
            .collect();
        assert_none(&long, "a file that grows past the limit holds two things");
    }
}

#[test]
fn no_snapshot_is_an_orphan() {
    let mut snapshots = files("", "snap");
    snapshots.retain(|(path, _)| !path.contains("/target/"));
    for (path, text) in snapshots {
        let source = text.lines().find_map(|line| line.strip_prefix("source: ")).unwrap_or_default().trim_matches('"');
        assert!(root().join(source).is_file(), "{path} belongs to {source:?}, which is gone");
    }
}

#[test]
fn the_top_level_is_fixed() {
    let expected = [
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "adapters",
        "clippy.toml",
        "deny.toml",
        "dsl",
        "engine",
        "examples",
        "playbooks",
        "rust-toolchain.toml",
        "rustfmt.toml",
        "server",
        "target",
        "tests",
    ];
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(name.starts_with('.') || expected.contains(&name.as_str()), "{name} has no place at the top level");
    }
}
