//! The public cases of jg-rp/golden-liquid: which of them hold here, and for which reasons the others do not.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};

use engage_liquid::{Render, Template};
use serde_json::{Value, json};

const CASES: &str = include_str!("golden/golden_liquid.json");
const README: &str = include_str!("../README.md");
/// Groups of cases that do not hold: a line with `#` and the reason, then their names.
const DIFFERENT: &str = include_str!("golden/different.txt");

fn cases() -> Vec<Value> {
    let cases: Value = serde_json::from_str(CASES).unwrap();
    cases["tests"].as_array().unwrap().clone()
}

fn name(case: &Value) -> String {
    case["name"].as_str().unwrap().to_owned()
}

/// What a case expects and got instead, if it got something else.
fn difference(case: &Value) -> Option<String> {
    let context = Render::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
    let data = case.get("data").cloned().unwrap_or_else(|| json!({}));
    let got = Template::parse(case["template"].as_str().unwrap())
        .map_err(|problems| format!("refused: {}", problems[0]))
        .and_then(|template| template.render(&data, &context).map_err(|error| format!("failed: {error}")));
    if case.get("invalid").is_some() {
        return got.ok().map(|text| format!("must be refused, is {text:?}"));
    }
    let several = case.get("results").and_then(Value::as_array).cloned().unwrap_or_default();
    let wanted: Vec<&str> = several.iter().chain(case.get("result")).filter_map(Value::as_str).collect();
    assert!(!wanted.is_empty(), "{} expects nothing", case["name"]);
    match got {
        Ok(text) if wanted.contains(&&*text) => None,
        got => Some(format!("wanted {wanted:?}, got {got:?}")),
    }
}

fn different() -> BTreeMap<String, String> {
    let mut reason = String::new();
    let mut names = BTreeMap::new();
    for line in DIFFERENT.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("# ") {
            Some(text) => reason = text.to_owned(),
            None => assert!(names.insert(line.to_owned(), reason.clone()).is_none(), "{line} is there twice"),
        }
    }
    names
}

#[test]
fn every_case_holds_but_those_that_are_told() {
    let cases = cases();
    assert_eq!(cases.len(), 1054);
    let mut failing = BTreeSet::new();
    let mut told = String::new();
    for case in &cases {
        if let Some(difference) = difference(case) {
            told += &format!("{}\n    {}\n    {difference}\n", name(case), case["template"]);
            failing.insert(name(case));
        }
    }
    let expected: BTreeSet<String> = different().into_keys().collect();
    let holding = cases.len() - failing.len();
    assert!(README.contains(&format!("{},{:03} hold", holding / 1000, holding % 1000)), "{holding} hold");
    assert_eq!(failing, expected, "{holding} of {} hold\n{told}", cases.len());
}
