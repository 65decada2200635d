use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::Workspace;
use crate::generated;

#[test]
fn the_page_of_codes_is_current() {
    generated::assert_current("docs/codes.md", &markdown());
}

#[test]
fn codes_are_unique_and_explained() {
    let index = index();
    for (one, next) in index.iter().zip(index.iter().skip(1)) {
        assert_ne!(one.code, next.code, "{} and {}", one.title, next.title);
    }
    for info in &index {
        assert!(info.code.0.len() == 5 && !info.title.ends_with('.'), "{}", info.code);
        assert!(info.explanation.len() > 40, "{} is not explained", info.code);
        assert_eq!(info.example.is_empty(), info.cure.is_empty(), "{}", info.code);
    }
}

/// Every code that the sources mention is in the index.
#[test]
fn no_code_is_missing_from_the_index() {
    let known: BTreeSet<&str> = index().iter().map(|info| info.code.0).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in [root.join("src"), root.join("../engine/src"), root.join("../playbooks/src")] {
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    for code in text.split("Code(\"").skip(1).filter_map(|rest| rest.get(..5)) {
                        assert!(known.contains(code) || code.starts_with("E09"), "{code} of {}", path.display());
                    }
                }
            }
        }
    }
}

/// The codes that a sample gives. `# file: NAME` starts another file; else the name follows from the text.
fn codes(info: &CodeInfo, sample: &str) -> BTreeSet<&'static str> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in sample.split_inclusive('\n') {
        match (line.strip_prefix("# file: "), files.last_mut()) {
            (Some(name), _) => files.push((name.trim().to_owned(), String::new())),
            (None, Some((_, text))) => text.push_str(line),
            (None, None) => files.push((name(info, sample).to_owned(), line.to_owned())),
        }
    }
    Workspace::from_sources(files).check().diagnostics.into_iter().map(|found| found.code.0).collect()
}

fn name(info: &CodeInfo, sample: &str) -> &'static str {
    let yaml = matches!(info.code.0.get(..4), Some("E014" | "E015" | "E016")) || sample.starts_with("kind:");
    if yaml { "example.yaml" } else { "example.engage" }
}

#[test]
fn every_example_breaks_its_rule_and_every_cure_heals_it() {
    let mut wrong = Vec::new();
    for info in index() {
        // Bundles, inputs, plans and what a CRM says are no part of a workspace's files; their examples are tried where the rules are.
        let elsewhere = ["E0020".."E0040", "E0400".."E0600"].iter().any(|range| range.contains(&info.code.0));
        if info.example.is_empty() || elsewhere {
            continue;
        }
        // Without an engine of templates every template is an error.
        if !cfg!(feature = "templates") && info.cure.contains(".liquid") {
            continue;
        }
        let (broken, cured) = (codes(&info, info.example), codes(&info, info.cure));
        if !broken.contains(info.code.0) || cured.contains(info.code.0) {
            wrong.push(format!("{}: the example gives {broken:?}, the cure {cured:?}", info.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_explanation_is_readable() {
    insta::assert_snapshot!(text(&explain("E0144").unwrap()), @r"
    E0144: a key that stands twice

    The same key stands twice in one mapping. Many readers silently keep the last one; here it is an
    error, since one of the two is a mistake.

    Example:

        kind: EntityDefinition
        id: contact
        crm: dataverse
        type: contact
        type: lead
        name: Contact

    Cure:

        kind: EntityDefinition
        id: contact
        crm: dataverse
        type: contact
        name: Contact
    ");
}
