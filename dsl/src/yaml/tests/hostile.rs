use super::*;

/// Reads a text as definitions; it must come back, soon, with few problems.
fn survives(yaml: &str) -> Vec<crate::diagnostic::Diagnostic> {
    let (tree, mut found) = parse(FileId(0), yaml);
    let mut map = SourceMap::default();
    found.extend(lower(&tree, &mut Model::default(), &mut Library::default(), &mut map));
    assert!(found.len() <= 2 * (crate::findings::MAX_FINDINGS + 1), "{} problems", found.len());
    for one in &found {
        let span = one.span.unwrap();
        assert!(span.start <= span.end && span.start as usize <= yaml.len(), "{span:?}");
        assert!(one.message.len() < 500, "{}", one.message);
    }
    found
}

#[test]
fn a_billion_laughs_are_refused_at_the_first() {
    let mut yaml = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for (name, of) in "bcdefghi".chars().zip("abcdefgh".chars()) {
        yaml += &format!("{name}: &{name} [*{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}]\n");
    }
    let found = survives(&yaml);
    assert!(found.iter().any(|found| found.code == codes::ALIAS.code));
}

#[test]
fn deep_nesting_is_a_problem_and_not_an_overflow() {
    for one in ["- ", "[", "{a: ", "a:\n ", "? ", "{\"a\":", "[{", "- - ", "-\n"] {
        let found = survives(&one.repeat(20_000));
        assert!(!found.is_empty(), "{one:?}");
    }
    let mut stairs = String::new();
    for depth in 0..1_000 {
        stairs += &format!("{}a:\n", " ".repeat(depth));
    }
    assert_eq!(survives(&stairs)[0].code, codes::TOO_DEEP.code);
    let balanced = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    assert_eq!(survives(&balanced)[0].code, codes::TOO_DEEP.code);
}

#[test]
fn the_depth_that_is_allowed_is_allowed() {
    let at = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(FileId(0), &at(MAX_DEPTH)).1.is_empty());
    assert_eq!(parse(FileId(0), &at(MAX_DEPTH + 1)).1[0].code, codes::TOO_DEEP.code);
    let rows = |depth| format!("{}x\n", "- ".repeat(depth));
    assert!(parse(FileId(0), &rows(MAX_DEPTH)).1.is_empty());
    assert_eq!(parse(FileId(0), &rows(MAX_DEPTH + 1)).1[0].code, codes::TOO_DEEP.code);
}

#[test]
fn a_megabyte_of_anything_comes_back() {
    let signs = "-?:,[]{}#&*!|>'\"%@`\\\t\r\n ~=<.+_0a\u{0}\u{7f}\u{85}\u{a0}\u{2028}\u{feff}é🎉";
    for sign in signs.chars() {
        let count = 1_000_000 / sign.len_utf8();
        survives(&sign.to_string().repeat(count));
    }
}

#[test]
fn repetitions_of_any_pair_come_back() {
    let pieces = [
        "a: ", "- ", "a:\n", "a: b\n", "\"a\": ", "\"", "'", "---\n", "---\n[", "...\n", "? ", ": ", "|\n", "> \n x\n",
        "&a ", "*a ", "!a ", "!<a> ", "[a, ", "[],", "{},", "a,", "#\n", "%A\n", "\t", "\\", "\n\n", "- a\n", "{a}",
    ];
    for one in pieces {
        survives(&one.repeat(100_000 / one.len()));
        for other in pieces {
            survives(&format!("{one}{other}").repeat(5_000 / (one.len() + other.len())));
        }
    }
}

#[test]
fn many_values_have_a_limit() {
    let yaml = format!("[{}]", "1,".repeat(MAX_NODES + 1));
    assert_eq!(survives(&yaml)[0].code, codes::TOO_MANY.code);
}

#[test]
fn many_problems_have_a_limit() {
    let yaml = format!("kind: EntityDefinition\n{}", (0..5_000).map(|n| format!("key{n}: 1\n")).collect::<String>());
    let found = survives(&yaml);
    assert_eq!(found.last().unwrap().code, codes::TOO_MANY.code);
    assert_eq!(found.len(), crate::findings::MAX_FINDINGS + 1);
}

#[test]
fn a_wide_mapping_is_read_in_time() {
    let keys: String = (0..100_000).map(|n| format!("k{n}: {n}\n")).collect();
    let (tree, found) = parse(FileId(0), &keys);
    assert!(found.is_empty());
    assert_eq!(tree.documents[0].get("k99999").unwrap().kind, NodeKind::Number("99999".into()));
}

proptest::proptest! {
    #[test]
    fn any_text_comes_back(text in "[-a-c:?,\\[\\]{}#&*!|>'\"%@ \n\t0]{0,60}") {
        survives(&text);
    }

    #[test]
    fn any_characters_come_back(text in "\\PC{0,40}") {
        survives(&text);
    }
}
