//! House rules: what ARCHITECTURE.md says is absent is absent.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The code of the availability search: it is given all that it needs.
const AVAILABILITY: &str = "server/availability/src";

/// The code that says who calls.
const IDENTITY: &str = "server/identity/src";
/// The code of bookings.
const BOOKME: &str = "server/bookme/src";

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
        if name == "target" || name == ".git" {
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

/// The code of a file without its comments, documentation and the unit tests at its end.
fn code(text: &str) -> String {
    let mut lines = text.lines().peekable();
    let mut code = String::new();
    while let Some(line) = lines.next() {
        let tests = line.trim() == "#[cfg(test)]";
        if tests && lines.peek().is_some_and(|next| next.starts_with("mod ") && next.ends_with('{')) {
            break;
        }
        code.push_str(line.split("//").next().unwrap());
        code.push('\n');
    }
    code
}

#[test]
fn the_rules_look_at_code_and_at_all_of_it() {
    let text = "use a; // b\n#[cfg(test)]\nmod tests;\nfn c() {}\n#[cfg(test)]\nmod more {\n    use d;\n}\n";
    assert_eq!(code(text), "use a; \n#[cfg(test)]\nmod tests;\nfn c() {}\n");
}

fn assert_none(offenders: &[String], rule: &str) {
    assert!(offenders.is_empty(), "{rule}:\n{}", offenders.join("\n"));
}

fn offenders(below: &str, words: &[&str], except: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files(below, "rs") {
        // Unit tests that stand in files of their own are no code of the crate.
        let tests = path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("/testing.rs");
        if tests || except.iter().any(|allowed| path.starts_with(allowed)) {
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

fn manifest(folder: &str) -> toml::Table {
    fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap().parse().unwrap()
}

/// What a package is built with; what only its tests use is its own affair.
fn dependencies(folder: &str) -> Vec<String> {
    let manifest = manifest(folder);
    let tables = ["dependencies", "build-dependencies"].map(|name| manifest.get(name).and_then(toml::Value::as_table));
    tables.into_iter().flatten().flat_map(|table| table.keys().cloned()).collect()
}

#[test]
fn dependencies_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("engine", &[][..]),
        ("playbooks", &["engage-engine"][..]),
        ("playbooks/liquid", &[][..]),
        // The templates of playbooks, behind the feature `templates`.
        ("dsl", &["engage-engine", "engage-playbooks", "engage-liquid"][..]),
        // Models are asked through the port of playbooks, behind the feature `ai`: see the rule below.
        ("adapters", &["engage-engine", "engage-playbooks"][..]),
        (
            "server",
            &["engage-bookme", "engage-client", "engage-identity", "engage-playbooks", "engage-scim", "engage-store"][..],
        ),
        ("server/client", &[][..]),
        (
            "server/cli",
            &[
                "engage-engine",
                "engage-playbooks",
                "engage-dsl",
                "engage-adapters",
                "engage-bookme",
                "engage-identity",
                "engage-sandbox",
                "engage-server",
                "engage-store",
                "engage-runner",
                "engage-restate",
            ][..],
        ),
        ("server/availability", &[][..]),
        ("server/identity", &["engage-playbooks"][..]),
        ("server/bookme", &["engage-availability", "engage-liquid", "engage-scim", "engage-store"][..]),
        ("server/restate", &["engage-engine", "engage-playbooks", "engage-runner"][..]),
        ("server/runner", &["engage-engine", "engage-playbooks"][..]),
        ("server/sandbox", &[][..]),
        ("server/scim", &[][..]),
        ("server/store", &["engage-engine", "engage-playbooks"][..]),
        (
            "tests",
            &[
                "engage-engine",
                "engage-playbooks",
                "engage-liquid",
                "engage-dsl",
                "engage-adapters",
                "engage-cli",
                "engage-sandbox",
                "engage-store",
                "engage-runner",
            ][..],
        ),
        ("examples/client", &["engage-client"][..]),
        ("examples/embed", &["engage-engine", "engage-dsl", "engage-adapters"][..]),
    ]);
    let workspace = manifest("");
    let members = workspace["workspace"]["members"].as_array().unwrap().iter().map(|member| member.as_str().unwrap());
    for folder in members {
        let allowed = allowed.get(folder).unwrap_or_else(|| panic!("{folder} has no place in this rule"));
        for name in dependencies(folder).iter().filter(|name| name.starts_with("engage-")) {
            assert!(allowed.contains(&name.as_str()), "{folder} may not depend on {name}");
        }
    }
}

#[test]
fn whoever_connects_a_crm_alone_does_without_playbooks_and_json_schema() {
    let manifest = manifest("adapters");
    let features = manifest["features"].as_table().unwrap();
    for library in ["engage-playbooks", "jsonschema"] {
        assert!(manifest["dependencies"][library]["optional"].as_bool().unwrap(), "{library} comes with a feature");
        let brings = |needs: &toml::Value| needs.as_array().unwrap().contains(&format!("dep:{library}").into());
        let bringing: Vec<&String> = features.iter().filter(|(_, needs)| brings(needs)).map(|(name, _)| name).collect();
        assert_eq!(bringing, ["ai"], "{library} comes with models alone");
    }
}

/// The most crates of others that an embedding program is built with, all that they need included. Playbooks, checked and
/// run, are among what it gets: a digest, zones of their own and Base64 are eight of them.
const MAX_CRATES: usize = 72;

#[test]
fn embedding_brings_the_engine_the_language_an_adapter_and_little_else() {
    let tree = ["tree", "--offline", "--locked", "-p", "engage-example-embed", "-e", "normal", "--prefix", "none"];
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let said = std::process::Command::new(cargo).args(tree).current_dir(root()).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let text = String::from_utf8(said.stdout).unwrap();
    let all: BTreeSet<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    let (ours, others): (Vec<&str>, Vec<&str>) = all.into_iter().partition(|name| name.starts_with("engage-"));
    let expected = ["engage-adapters", "engage-dsl", "engage-engine", "engage-example-embed", "engage-playbooks"];
    assert_eq!(ours, expected, "an embedding program needs these of ours");
    assert!(others.len() <= MAX_CRATES, "{} crates: {}", others.len(), others.join(" "));
}

#[test]
fn the_engine_names_no_crm() {
    let words = ["dataverse", "salesforce", "appointment", "emailaddress1", "systemuser", "odata", "soql", "__c\""];
    assert_none(&offenders("engine/src", &words, &[]), "the engine knows no CRM");
    assert_none(&offenders("playbooks/src", &words, &[]), "playbooks know no CRM");
    assert_none(&offenders("playbooks/liquid/src", &words, &[]), "templates know no CRM");
}

#[test]
fn text_http_and_sql_have_their_places() {
    let text = ["pest", "pest_derive", "granit-parser", "serde_yaml", "toml", "annotate-snippets"];
    let outside = ["reqwest", "hyper", "axum", "sqlx", "rusqlite"];
    let without = |folder: &str, words: &[&str]| {
        let found = dependencies(folder);
        for library in words {
            assert!(found.iter().all(|name| name != library), "{folder} may not use {library}");
        }
    };
    for folder in ["engine", "playbooks", "playbooks/liquid"] {
        without(folder, &text);
        without(folder, &outside);
    }
    without("dsl", &outside);
    without("adapters", &["axum", "sqlx", "rusqlite"]);
    for folder in ["server/sandbox", "server/cli"] {
        without(folder, &["sqlx", "rusqlite"]);
    }
    without("server/store", &["reqwest", "hyper", "axum"]);
    without("server/runner", &outside);
    without("server/identity", &["sqlx", "rusqlite"]);
    without("server/identity", &text);
    without("server/availability", &text);
    without("server/availability", &outside);
    without("server/bookme", &text);
    without("server/bookme", &outside);
    without("server/scim", &text);
    without("server/scim", &outside);
}

#[test]
fn the_language_talks_to_no_crm_and_adapters_do_not_plan() {
    let words = ["execution::", "dyn adapter", "impl adapter"];
    assert_none(&offenders("dsl/src", &words, &[]), "nothing in the language has effects");
    assert_none(
        &offenders("adapters/src", &["plan("], &["adapters/src/conformance/", "adapters/src/snapshot.rs"]),
        "an adapter sends what it is given; the suite and the snapshots of embedders are no adapters",
    );
}

#[test]
fn the_auditor_shares_no_code_with_the_planner() {
    let planner = ["figures", "lower", "read", "tree", "write"]
        .map(|module| [format!("plan::{module}::"), format!("super::{module}::"), format!("super::{module};")]);
    let words: Vec<&str> = planner.iter().flatten().map(String::as_str).chain(["plan::plan", "super::plan"]).collect();
    assert_none(&offenders("engine/src/plan/audit", &words, &[]), "the auditor shares no code with the planner");
}

#[test]
fn the_local_issuer_shares_no_code_with_the_validation() {
    let words = ["crate::json", "crate::keys", "crate::token", "crate::validator", "crate::denied", "jsonwebtoken"];
    let found = offenders("server/identity/src/issuer", &words, &[]);
    assert_none(&found, "the issuer and the validation prove each other");
}

#[test]
fn one_module_names_petgraph() {
    assert_none(&offenders("engine/src", &["petgraph"], &["engine/src/graph.rs"]), "only graph.rs names petgraph");
}

#[test]
fn nothing_starts_a_runtime_or_waits_on_a_wall_clock() {
    let words = ["tokio::spawn", "thread::spawn", "runtime::builder", "thread::sleep", "time::sleep", "::now("];
    let allowed = ["engine/src/run/clock.rs"];
    for below in [
        "engine/src",
        "playbooks/src",
        "playbooks/liquid/src",
        "dsl/src",
        "adapters/src",
        "server/scim/src",
        AVAILABILITY,
        BOOKME,
    ] {
        assert_none(&offenders(below, &words, &allowed), "libraries start no runtime and read no clock");
    }
    // The runner has tasks of its own, and one place that reads the clock.
    let words = ["runtime::builder", "thread::spawn", "thread::sleep", "time::sleep", "::now("];
    let found = offenders("server/runner/src", &words, &["server/runner/src/clock.rs"]);
    assert_none(&found, "the runner is told the time");
    // Keys are fetched by tasks that outlive who asked for them.
    assert_none(&offenders(IDENTITY, &words, &[]), "who calls is decided at a time that is told");
}

/// What may ask for the rows of all organisations: credentials, clients and tenants that lead to one, counts of callers, those who run the platform,
/// work that one server does for all (leases, purge, events, keys), counts for metrics, and the versions of tables.
const UNSCOPED: [(&str, usize); 11] = [
    ("alerts.rs", 2),
    ("audit.rs", 1),
    ("clients.rs", 1),
    ("counts.rs", 2),
    ("directory/purge.rs", 1),
    ("jobs.rs", 7),
    ("organisations.rs", 3),
    ("outbox.rs", 4),
    ("secrets/rows.rs", 5),
    ("sql/migrate.rs", 1),
    ("tokens.rs", 2),
];

#[test]
fn who_asks_over_all_organisations_is_known() {
    let below = "server/store/src/platform/";
    let mut found = Vec::new();
    for (path, text) in files(below, "rs") {
        let (text, name) = (code(&text), path.strip_prefix(below).unwrap().to_owned());
        let sites = text.matches("Unscoped::over(").count();
        if sites > 0 {
            found.push((name, sites));
        }
        // Only as a constant a statement without an organisation does not compile.
        let statements = text.matches("Scoped::new(").count() + text.matches("Scoped::two(").count();
        let is_constant = |line: &&str| line.trim_start_matches("pub(super) ").starts_with("const ");
        let constants = text.lines().filter(is_constant).filter(|line| line.contains(": Scoped =")).count();
        assert_eq!(statements, constants, "{path}: a statement is a constant");
    }
    let expected = UNSCOPED.map(|(name, sites)| (name.to_owned(), sites));
    assert_eq!(found, expected, "a call over all organisations is listed here with its reason, or is none");
    let words = ["::now(", "new_v4", "new_v7"];
    assert_none(&offenders("server/store/src/platform", &words, &[]), "the platform's store is told times and ids");
}

#[test]
fn ids_and_randomness_are_injected() {
    let words = ["new_v4", "new_v7", "use rand", " rand::", "(rand::", "getrandom", "fastrand"];
    // The operation key of a caller who gives none, and the jitter of a caller who gives none.
    let allowed = ["engine/src/run/mod.rs", "engine/src/run/retry.rs"];
    let libraries = ["engine/src", "playbooks/src", "playbooks/liquid/src", "dsl/src", "adapters/src"];
    for below in libraries.into_iter().chain(["server/runner/src", "server/scim/src", AVAILABILITY, IDENTITY, BOOKME]) {
        assert_none(&offenders(below, &words, &allowed), "libraries draw no ids and no lots");
    }
}

#[test]
fn one_place_decides_what_may_be_repeated() {
    let places = ["engine/src", "adapters/src", "server"].map(|below| offenders(below, &["fn is_retryable"], &[]));
    let found: Vec<String> = places.concat();
    assert!(matches!(found.as_slice(), [one] if one.starts_with("engine/src/adapter/error.rs:")), "{found:?}");
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
fn links_of_the_documents_lead_somewhere() {
    let mut found = Vec::new();
    for (path, text) in files("", "md").into_iter().filter(|(path, _)| !path.starts_with("target/")) {
        let folder = root().join(&path).parent().unwrap().to_path_buf();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if !link.is_empty() && !link.contains("://") && !folder.join(link).exists() {
                found.push(format!("{path}: {link}"));
            }
        }
    }
    assert_none(&found, "a link leads to a file of the project");
}

/// What a script asks of cargo that compiles, on one line each.
fn builds(script: &str) -> impl Iterator<Item = &str> {
    let verbs = ["build", "check", "clippy", "doc", "nextest run", "test"].map(|verb| format!("cargo {verb} "));
    let lines = script.lines().map(str::trim).filter(|line| !line.starts_with('#') && !line.starts_with("echo "));
    lines.filter(move |line| verbs.iter().any(|verb| line.contains(verb.as_str())))
}

#[test]
fn no_check_compiles_again_what_another_has_compiled() {
    // Features are those of all that one call asks for, and those of tests only where a target of it may use them.
    let tests = ["--all-targets", "--example", "--test ", "nextest run", "cargo test"];
    let mut found = Vec::new();
    // What crates are with other features than all is asked by a script that no check runs.
    let apart = |path: &str| path.starts_with("target/") || path == "tests/features.sh";
    let scripts: Vec<_> = files("", "sh").into_iter().filter(|(path, _)| !apart(path)).collect();
    for (path, text) in &scripts {
        for line in builds(text).filter(|line| !line.contains("tests/fuzz/Cargo.toml")) {
            let whole = line.contains("--workspace") && line.contains("--locked");
            if !whole || !tests.iter().any(|target| line.contains(target)) {
                found.push(format!("{path}: {line}"));
            }
        }
    }
    assert!(scripts.iter().map(|(_, text)| builds(text).count()).sum::<usize>() > 9, "the rule looks at all builds");
    assert_none(&found, "a check builds the whole workspace with the features that tests have");
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
