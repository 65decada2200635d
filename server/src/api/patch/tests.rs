//! What a patch makes of a document, and the public cases.

use serde_json::json;

use super::*;

fn after(document: Value, patch: Value) -> Result<Value, Error> {
    Patch::read(patch).unwrap().applied(document.as_object().unwrap()).map(Value::Object)
}

#[test]
fn names_and_operations_are_found_in_any_case() {
    let was = json!({"title": "a", "workdays": [{"from": "08:00:00"}]});
    let patch = json!([
        {"OP": "Replace", "Path": "/TITLE", "Value": "b"},
        {"op": "replace", "path": "/WorkDays/0/FROM", "value": "09:00:00"},
    ]);
    let is = json!({"title": "b", "workdays": [{"from": "09:00:00"}]});
    assert_eq!(after(was.clone(), patch).unwrap(), is);
    let lone = json!({"op": "test", "path": "/Title", "value": "a"});
    assert_eq!(after(was.clone(), lone).unwrap(), was);
}

#[test]
fn what_fails_says_where_and_a_test_is_a_conflict() {
    let was = json!({"title": "a"});
    for (patch, field) in [
        (json!([{"op": "replace", "path": "/id", "value": 1}]), "/0/path"),
        (json!([{"op": "replace", "path": "", "value": {}}]), "/0/path"),
        (json!([{"op": "replace", "path": "/title~2", "value": 1}]), "/0/path"),
        (json!([{"op": "burn", "path": "/title"}]), "/0/op"),
        (json!([{"op": "add", "path": "/title"}]), "/0/value"),
        (json!([{"op": "copy", "path": "/title"}]), "/0/from"),
        (json!([{"op": "remove", "path": "/title/x"}]), "/0"),
    ] {
        match after(was.clone(), patch.clone()) {
            Err(Error::Invalid(problems)) => assert_eq!(problems[0].field, field, "{patch}"),
            other => panic!("{patch}: {other:?}"),
        }
    }
    let test = after(was, json!([{"op": "test", "path": "/title", "value": "b"}]));
    assert!(matches!(test, Err(Error::Conflict(Refusal::TestFailed))), "{test:?}");
}

#[test]
fn texts_of_other_languages_stay() {
    let was = json!({
        "localizedName": {"da-DK": "Lån", "en-GB": "Loan"},
        "labels": [{"name": "Online", "localizedLabel": {"da-DK": "På nettet"}, "order": 1}],
    });
    let patch = json!([
        {"op": "replace", "path": "/localizedName", "value": {"EN-gb": "Loans"}},
        {"op": "replace", "path": "/labels", "value": [{"name": "online", "localizedLabel": {"en-GB": "Online"}}]},
    ]);
    let is = after(was, patch).unwrap();
    assert_eq!(is["localizedName"], json!({"da-DK": "Lån", "en-GB": "Loans"}));
    assert_eq!(is["labels"].as_array().unwrap().len(), 1);
}

#[test]
fn copies_do_not_grow_without_end() {
    let copies: Vec<Value> = (0..100).map(|n| json!({"op": "copy", "from": "/a", "path": format!("/a/{n}")})).collect();
    assert!(after(json!({"a": {}}), Value::Array(copies)).is_err());
}

#[test]
fn copies_of_long_texts_are_too_much_as_well() {
    let long = json!({"op": "add", "path": "/a", "value": {"text": "x".repeat(500_000)}});
    let copies = (0..300).map(|n| json!({"op": "copy", "from": "/a/text", "path": format!("/a/{n}")}));
    let patch: Vec<Value> = std::iter::once(long).chain(copies).collect();
    assert!(after(json!({"a": {}}), Value::Array(patch)).is_err());
}

/// An object in an object, so many times, each under the empty name.
fn chain(depth: usize) -> Value {
    (0..depth).fold(json!({}), |inner, _| json!({"": inner}))
}

#[test]
fn nothing_grows_too_deep_to_be_dropped() {
    let below = |depth: usize| format!("/a{}", "/".repeat(depth));
    let copies: Vec<Value> =
        (0..17).map(|n| json!({"op": "copy", "from": "/a", "path": below(2_usize.pow(n))})).collect();
    assert!(after(json!({"a": {}}), json!(copies)).is_err(), "each copy would double it");
    let adds = (0..240).map(|n| json!({"op": "add", "path": below(30 * n + 1), "value": chain(29)}));
    assert!(after(json!({"a": {}}), adds.collect()).is_err(), "each would put as much as a body may have below it");
    let moves = (0..240).flat_map(|n| {
        let (from, to) = if n % 2 == 0 { ("/a", "/b") } else { ("/b", "/a") };
        let path = format!("{to}{}", "/".repeat(30));
        [json!({"op": "add", "path": to, "value": chain(29)}), json!({"op": "move", "from": from, "path": path})]
    });
    assert!(after(json!({"a": {}, "b": {}}), moves.collect()).is_err(), "likewise what is moved there");
    let deepest = json!([{"op": "add", "path": below(30), "value": chain(30)}]);
    assert!(after(json!({"a": chain(29)}), deepest).is_ok(), "what a body may have fits");
}

#[test]
fn long_lists_are_merged_in_one_pass() {
    let list = |of: &str| (0..30_000).map(|n| json!({"name": format!("{of}{n}")})).collect::<Value>();
    let texts = |of: &str| Value::Object((0..30_000).map(|n| (format!("{of}{n}"), json!("x"))).collect());
    let put = |path: &str, value: Value| json!({"op": "replace", "path": path, "value": value});
    let from = std::time::Instant::now();
    let was = json!({"labels": [], "localizedName": {}});
    let is = after(was.clone(), json!([put("/labels", list("a")), put("/labels", list("b"))])).unwrap();
    assert_eq!(is["labels"].as_array().unwrap().len(), 30_000);
    let is = after(was, json!([put("/localizedName", texts("a")), put("/localizedName", texts("b"))])).unwrap();
    assert_eq!(is["localizedName"].as_object().unwrap().len(), 60_000, "texts of other languages stay");
    assert!(from.elapsed().as_secs() < 10, "it took {:?}", from.elapsed());
}

const CASES: [&str; 2] =
    [include_str!("../../../tests/json_patch/cases.json"), include_str!("../../../tests/json_patch/spec_cases.json")];

/// The operations of a case, on a document that stands below a member.
fn below(patch: &Value) -> Value {
    let one = |operation: &Value| {
        let mut operation = operation.clone();
        for name in ["path", "from"] {
            if let Some(Value::String(pointer)) = operation.get_mut(name) {
                pointer.insert_str(0, "/document");
            }
        }
        operation
    };
    patch.as_array().unwrap().iter().map(one).collect()
}

/// Names are found in any case here, and a value that may be written is not made by writing it otherwise.
const DIFFERENT: [&str; 1] = ["Patch with different capitalisation than doc"];

#[test]
fn public_cases_hold() {
    let cases = CASES.map(|text| serde_json::from_str::<Vec<Value>>(text).unwrap());
    let active = |case: &&Value| case.get("patch").is_some() && case.get("disabled").is_none();
    let active: Vec<&Value> = cases.iter().flatten().filter(active).collect();
    assert_eq!(active.len(), 108);
    let holds = |case: &Value| match after(json!({"document": case["doc"]}), below(&case["patch"])) {
        Ok(got) => case.get("error").is_none() && case.get("expected").is_none_or(|wanted| got["document"] == *wanted),
        Err(_) => case.get("error").is_some(),
    };
    let different: Vec<&Value> = active.into_iter().filter(|case| !holds(case)).collect();
    let names: Vec<&str> = different.iter().filter_map(|case| case["comment"].as_str()).collect();
    assert_eq!((names.as_slice(), different.len()), (DIFFERENT.as_slice(), DIFFERENT.len()), "{different:#?}");
}
