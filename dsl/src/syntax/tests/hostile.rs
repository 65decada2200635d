//! A megabyte of anything comes back, soon and with a bounded number of findings.

use super::*;

const SIZE: usize = 1 << 20;

/// Enough to tell quadratic from linear where there are many cases.
const QUARTER: usize = SIZE / 4;

/// Far more than it takes, even unoptimised on a busy machine, and far less than anything quadratic.
const PATIENCE: Duration = Duration::from_secs(30);

fn comes_back(text: &str) {
    let head: String = text.chars().take(30).collect();
    let start = Instant::now();
    let (.., errors) = read(text);
    assert!(errors.len() <= 2 * MAX_ERRORS + 1, "{head}: {} findings", errors.len());
    let took = start.elapsed();
    assert!(took < PATIENCE, "{head}: {took:?}");
}

#[test]
fn one_sign_a_million_times() {
    for sign in
        ["(", ")", "{", "}", "[", "]", "\"", "`", "\n", " ", "\\", "#", ",", "-", "a", "0", ".", "=", "é", "\u{a0}"]
    {
        comes_back(&sign.repeat(SIZE / sign.len()));
    }
}

#[test]
fn one_sign_a_million_times_inside_a_statement() {
    for sign in
        ["(", "[", "{", "\n", "not ", "A == 1 and ", "all (", "(A == 1) or ", "{ ", "[\"a\",", "\"\\", "required "]
    {
        let filler = sign.repeat(QUARTER / sign.len());
        comes_back(&format!("pattern p {{\n  a : b where {filler}\n}}\n"));
        comes_back(&format!("pattern p {{\n  a : b where ({filler}\n}}\n"));
        comes_back(&format!("pattern p {{\n  a : b {{ A = {filler} }}\n}}\n"));
        comes_back(&format!("entity e on d c {{\n  A -> a {filler}\n}}\n"));
        comes_back(&format!("entity e on d c {{\n  A -> a choice {{ {filler} }}\n}}\n"));
    }
}

#[test]
fn one_line_a_hundred_thousand_times() {
    for line in [
        "A -> a requierd\n",
        "x\n",
        "entity\n",
        "}\n",
        "{\n",
        "\"\n",
        "a : b (\n",
        "entity a on b c {\n",
        "(\n)",
        "])}\n",
    ] {
        let lines = line.repeat(QUARTER / line.len());
        comes_back(&lines);
        comes_back(&format!("entity e on d c {{\n{lines}"));
    }
}

#[test]
fn noise() {
    // A linear congruential generator: the same noise every time.
    let mut state = 1u64;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let bytes: Vec<u8> = (0..SIZE).map(|_| byte()).collect();
    comes_back(&String::from_utf8_lossy(&bytes));
    let signs = b"entity pattern {}()[]\"`#,\n\n\n  ab.:=->1not and";
    let text: String = (0..SIZE).map(|_| char::from(signs[usize::from(byte()) % signs.len()])).collect();
    comes_back(&text);
}

#[test]
fn nesting_has_a_limit_and_up_to_it_works() {
    let nested =
        |depth: usize| format!("pattern p {{\n  a : b where {}A == 1{}\n}}\n", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(findings(&nested(MAX_DEPTH)), Vec::<String>::new());
    let found = findings(&nested(MAX_DEPTH + 1));
    assert_eq!(found, ["E0107 `(`: brackets are nested more than 64 deep"]);
    let negated = |depth: usize| format!("pattern p {{\n  a : b where {}A == 1\n}}\n", "not ".repeat(depth));
    assert_eq!(findings(&negated(MAX_DEPTH)), Vec::<String>::new());
    assert!(findings(&negated(MAX_DEPTH + 1))[0].starts_with("E0107"));
    let lists =
        |depth: usize| format!("pattern p {{\n  a : b {{ A = {}1{} }}\n}}\n", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(findings(&lists(MAX_DEPTH - 1)), Vec::<String>::new());
    assert!(findings(&lists(MAX_DEPTH))[0].starts_with("E0107"));
}

#[test]
fn findings_have_a_limit_and_a_note() {
    let text = format!("entity e on d c {{\n{}}}\n", "A a\n".repeat(500));
    let (.., errors) = read(&text);
    assert_eq!(errors.len(), MAX_ERRORS + 1);
    assert_eq!(errors.last().unwrap().code.0, "E0108");
}

proptest::proptest! {
    #[test]
    fn any_text_comes_back(text in "([a-z{}()\\[\\]\"`#,.:=>\\-\n ]|entity e on d c \\{\n|pattern p \\{\n|A -> a|where |not |é){0,60}") {
        let (_, _, errors) = read(&text);
        let mut sources = Sources::default();
        sources.add(Source::new("a.engage", text.as_str()));
        render::text(&sources, &errors, render::Style::default());
        for error in &errors {
            let span = error.span.unwrap();
            proptest::prop_assert!(text.get(span.start as usize..span.end as usize).is_some(), "{:?}", error);
        }
    }
}

#[test]
fn findings_of_both_kinds_have_a_note_when_there_are_more() {
    let found = findings(&format!("entity e on d c {{\n  A -> a{}\n}}\n", " required".repeat(300)));
    assert_eq!(found.len(), MAX_ERRORS + 1);
    assert!(found[MAX_ERRORS].starts_with("E0108"), "{}", found[MAX_ERRORS]);
}
