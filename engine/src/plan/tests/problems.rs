//! What keeps an operation from being planned: all of it at once, each with a code and a way out.

use serde_json::json;

use super::*;

fn problems(lines: &str, operation: Operation, input: &Json) -> Vec<String> {
    let problems = try_plan(&model(lines), operation, input, &ours()).unwrap_err();
    assert!(problems.iter().all(|problem| problem.help.is_some()));
    problems.iter().map(|problem| format!("{} {problem}", problem.code)).collect()
}

fn creating(lines: &str, input: &Json) -> Vec<String> {
    problems(lines, Operation::Create, input)
}

#[test]
fn all_problems_are_told_at_once() {
    let found = creating("a account\nc contact\no employee readonly", &json!({"a": {"Number": "1"}}));
    let expected = [
        "E0450 nothing says which `o` is meant",
        "E0453 `a.Name` is required and has no value",
        "E0453 `c.LastName` is required and has no value",
    ];
    assert_eq!(found, expected);
}

#[test]
fn creates() {
    let found = creating("a account", &json!({"a": {"Id": "a", "Name": "n"}}));
    assert_eq!(found, ["E0452 `a` is given by `Id`, with fields that a create would not write"]);
    let filter = json!({"$filter": {"field": "Name", "operator": "IsNull"}});
    assert_eq!(
        creating("a account optional", &json!({"a": filter})),
        ["E0455 `a` is written and cannot be given by a filter"]
    );
    let found = creating("a account\nc contact readonly\nc.AccountId = a.Id", &json!({"a": {"Name": "n"}}));
    assert_eq!(found, ["E0456 `c` is found by `a`, which is only made by this operation"]);
    let found = creating("c contact match Email", &json!({"c": {"LastName": "n"}}));
    assert_eq!(found, ["E0464 `c` is matched on a field that has no value"]);
    let found = creating("c contact\nn note\nn.Title = c.FirstName", &json!({"c": {"LastName": "n"}}));
    assert_eq!(found, ["E0463 `n.Title` takes a value that nothing gives"]);
    let found = creating("e event\np person\np.EventId = e.Id", &json!({"e": {"Id": "e"}, "p": {"Role": "x"}}));
    assert_eq!(found, ["E0460 `p` travels in the write of `e`, which is not written"]);
    let lines =
        "a account\nc contact\nn note\nc.AccountId = a.Id\na.Primary = c.Id deferred\ne event\ne.ContactId = a.Primary";
    let found = creating(lines, &json!({"a": {"Name": "n"}, "c": {"LastName": "n"}}));
    assert_eq!(found, ["E0461 `e` takes `a.Primary`, which is only set afterwards"]);
    assert_eq!(
        creating("a[] account readonly", &json!({"a": []})),
        ["E0465 `a` is given with no instance, and must be there"]
    );
}

#[test]
fn counts_that_do_not_match() {
    let lines =
        "s[] employee readonly optional\nt[] employee readonly optional\nn[] note optional\nn.Author = s.Id optional";
    let ids = |count: usize| (0..count).map(|one| json!({"Id": one.to_string()})).collect::<Vec<_>>();
    let found = creating(lines, &json!({"s": ids(2), "n": [{}]}));
    assert_eq!(found, ["E0454 `n` takes one value per instance of `s`, which has 2; 1 is given"]);
    let lines = "s[] employee readonly optional\nt[] event readonly optional\nn[] note optional\nn.Author = s.Id\nn.EventId = t.Id";
    let found = creating(lines, &json!({"s": ids(2), "t": ids(3)}));
    assert_eq!(found, ["E0454 `n` takes one value per instance of `t`, which has 3; `s` has 2"]);
    let found = creating(lines, &json!({"t": ids(3), "n": [{}, {}, {}]}));
    assert_eq!(found, ["E0454 `n` takes one value per instance of `t`, which has 3; `s` has 0"]);
}

#[test]
fn lists_per_parent_are_told_of_and_nothing_that_follows_from_them() {
    let lines = "a[] account\nc[] contact\nc.AccountId = a.Id";
    let names = |field: &str, count: usize| vec![json!({field: "n"}); count];
    let input = json!({"a": names("Name", 2), "c": names("LastName", 3)});
    let found = try_plan(&model(lines), Operation::Create, &input, &ours()).unwrap_err();
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(only.message, "`c` takes one value per instance of `a`, which has 2; 3 are given");
    assert!(only.help.as_ref().unwrap().contains("a list per `a` cannot be expressed in one pattern"));
}

#[test]
fn updates() {
    let updating = |lines: &str, input: &Json| problems(lines, Operation::Update, input);
    assert_eq!(updating("e event", &json!({"e": {"Subject": "s"}})), ["E0451 nothing says which `e` to update"]);
    let lines = "e event\nn[] note replace\nn.EventId = e.Id";
    let found = updating(lines, &json!({"n": [{"Id": "1"}]}));
    assert_eq!(found, ["E0460 `n` replaces a set, and its parent is not in the input"]);
    let found = updating("e event\np person\np.EventId = e.Id", &json!({"p": {"Role": "x"}}));
    assert_eq!(found, ["E0460 `p` travels in the write of `e`, which is not written"]);
}

#[test]
fn reads() {
    let reading = |lines: &str, input: &Json| problems(lines, Operation::Read, input);
    let lines = "a account readonly\nc contact readonly\nc.AccountId = a.Id";
    assert_eq!(reading(lines, &json!({})), ["E0458 nothing says which records of `p` to read"]);
    let both = json!({"a": {"Id": "a"}, "c": {"Id": "c"}});
    assert_eq!(reading(lines, &both), ["E0458 `a`, `c` are given, and none is the root"]);
    assert_eq!(reading("a account root", &json!({})), ["E0457 nothing says which `a` to read"]);
    let found = reading("a account\ne employee readonly optional", &json!({"a": {"Id": "a"}}));
    assert_eq!(found, ["E0457 no given part leads to `e`, and it has no condition or limit of its own"]);
    let found = reading("a account", &json!({"a": {"Name": "n"}}));
    assert_eq!(found, ["E0459 `a` is read and given by something else than its `Id`"]);
}
