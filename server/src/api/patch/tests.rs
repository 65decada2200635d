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
