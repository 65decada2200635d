//! The index of codes.

use std::collections::BTreeSet;

use super::super::codes;

#[test]
fn codes_are_unique_explained_and_of_this_checker() {
    let codes = codes();
    let numbers: BTreeSet<&str> = codes.iter().map(|info| info.code.0).collect();
    assert_eq!(numbers.len(), codes.len());
    for info in codes {
        let number = info.code.0.strip_prefix('E').and_then(|number| number.parse::<u16>().ok());
        assert!(info.code.0.len() == 5 && number.is_some_and(|number| (601..700).contains(&number)), "{}", info.code);
        assert!(info.explanation.len() > 40 && !info.title.ends_with('.'), "{}", info.code);
        assert!(!info.example.is_empty() && info.example != info.cure, "{}", info.code);
    }
}

/// Every code in the sources of the rules is in the index.
#[test]
fn no_code_is_missing_from_the_index() {
    let known: BTreeSet<&str> = codes().iter().map(|info| info.code.0).collect();
    let rules = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check/rules");
    let mut seen = BTreeSet::new();
    for entry in std::fs::read_dir(rules).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        seen.extend(text.split("code: Code(\"").skip(1).filter_map(|rest| rest.get(..5)).map(str::to_owned));
    }
    assert_eq!(seen.iter().map(String::as_str).collect::<BTreeSet<_>>(), known);
}
