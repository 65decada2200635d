use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::check::check;
use crate::check::testing::{domain, entity, pattern};
use crate::ids::FieldName;
use crate::model::{Model, Operator, Test};

fn visit() -> Arc<Pattern> {
    let lines = "account account readonly\nevent event\ncontacts[] contact optional\ntask task optional\n\
                 event.AccountId = account.Id";
    let mut definitions = domain();
    definitions.push(entity(
        "task",
        "AccountId ref account as What, ContactId ref contact as What, Score int readonly, Amount decimal",
    ));
    let model = Model { definitions, patterns: vec![pattern("visit", lines)] };
    Arc::clone(check(&model).catalog.unwrap().pattern("crm-a", "visit").unwrap())
}

fn problems(json: Json) -> Vec<String> {
    let problems = Input::from_json(&visit(), &json).err().unwrap_or_default();
    let line = |problem: &InputProblem| {
        let suggestion = problem.suggestion.as_ref().map_or(String::new(), |name| format!(" (did you mean {name}?)"));
        format!("{} {problem}{suggestion}", problem.code)
    };
    problems.iter().map(line).collect()
}

#[test]
fn instances_lists_and_filters_are_read_and_typed() {
    let json = json!({
        "account": {"$filter": {"and": [{"field": "Name", "operator": "StartsWith", "value": "Con"},
                                        {"not": {"field": "Number", "operator": "In", "values": ["1", "2"]}}]}},
        "event": [{"Subject": "x", "Start": null, "Places": 3}],
        "contacts": [{"Id": "7"}, {"LastName": "Li", "Tags": ["B", "A"]}],
        "task": {},
    });
    let input = Input::from_json(&visit(), &json).unwrap();
    let PartInput::Filter(Condition::And(tests)) = &input.parts["account"] else { panic!() };
    assert_eq!(tests.len(), 2);
    let PartInput::One(event) = &input.parts["event"] else { panic!() };
    assert!(event["Start"].is_null() && event["Places"] == Value::Int(3) && !event.contains_key("Status"));
    assert_eq!(input.parts["contacts"].instances().len(), 2);
    assert_eq!(input.parts["task"], PartInput::One(Instance::new()));
    assert_eq!(Input::from_json(&visit(), &input.to_json()).unwrap(), input);
}

#[test]
fn one_instance_of_a_multiple_part_needs_no_list() {
    let input = Input::from_json(&visit(), &json!({"contacts": {"Id": "7"}})).unwrap();
    assert!(matches!(&input.parts["contacts"], PartInput::Many(instances) if instances.len() == 1));
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let json = json!({
        "evnt": {},
        "event": {"Sujbect": "x", "Status": "Opn", "Places": "3", "Start": "soon"},
        "contacts": [{"LastName": null}, {"Email": 5, "Id": null}, 7],
    });
    let expected = [
        "E0401 evnt: `visit` has no part `evnt` (did you mean event?)",
        "E0402 event.Sujbect: `event` has no field `Sujbect` (did you mean Subject?)",
        "E0403 event.Status: `Status`: not one of the allowed values: Open, Won (did you mean Open?)",
        "E0403 event.Places: `Places`: expected Int, found text",
        "E0403 event.Start: `Start`: not a valid DateTime: it does not read as date, time and offset",
        "E0403 contacts[0].LastName: `LastName` is required and cannot be cleared",
        "E0403 contacts[1].Email: `Email`: expected String, found a number",
        "E0405 contacts[1].Id: `Id` cannot be null",
        "E0404 contacts[2]: an instance is an object by field, this is a number",
    ];
    assert_eq!(problems(json), expected);
}

#[test]
fn a_single_part_takes_one_instance_and_lists_per_parent_are_refused() {
    assert_eq!(problems(json!({"event": []})), ["E0404 event: `event` is single and is given a list of 0"]);
    assert_eq!(problems(json!({"event": [{}, {}]})), ["E0404 event: `event` is single and is given a list of 2"]);
    let nested = problems(json!({"contacts": [[{"Id": "1"}], [{"Id": "2"}]]}));
    assert_eq!(nested, ["E0404 contacts: `contacts` is given lists inside a list"]);
    assert_eq!(problems(json!({"event": null})), ["E0404 event: `event` takes instances, this is null"]);
    assert_eq!(problems(json!([])), ["E0404 an input is an object by part, this is a list"]);
}

#[test]
fn what_is_never_written_is_not_given() {
    let json = json!({"account": {"Id": "1", "Name": "x"}, "task": {"Score": 1}});
    let expected = [
        "E0408 account.Name: `account` is read-only and takes no `Name`",
        "E0408 task.Score: `Score` of `task` is read-only",
    ];
    assert_eq!(problems(json), expected);
}

#[test]
fn a_record_is_named_by_text_and_written_once() {
    let json = json!({"account": {"Id": 5}, "event": {"Id": ""}, "contacts": [{"Id": "1"}, {"Id": "2"}, {"Id": "1"}]});
    let expected = [
        "E0405 account.Id: `Id`: expected Ref(account), found a number",
        "E0405 event.Id: `Id`: not a valid Ref(event): the text is empty",
        "E0405 contacts[2].Id: `contacts` is given this record twice",
    ];
    assert_eq!(problems(json), expected);
}

#[test]
fn two_targets_of_one_reference_are_one_too_many() {
    let both = json!({"task": {"AccountId": "1", "ContactId": "2"}});
    let expected =
        "E0409 task.ContactId: `AccountId` and `ContactId` are targets of one reference and both have a value";
    assert_eq!(problems(both), [expected]);
    assert!(problems(json!({"task": {"AccountId": "1", "ContactId": null}})).is_empty());
}

#[test]
fn filters_are_told_where_they_are_wrong() {
    let filter = |filter: Json| problems(json!({"account": {"$filter": filter}}));
    let wrong = filter(json!({"or": [
        {"field": "Name", "operator": "Equal", "value": "x"},
        {"field": "Nmae", "operator": "IsNull"},
        {"field": "Score", "operator": "Contains", "value": "1"},
        {"field": "Name", "operator": "IsNull", "value": "x"},
        {"field": "Name", "operator": "In", "value": "x"},
        {"field": "Name", "operator": "Equals", "vlaue": "x"},
        {"and": {}},
        {"nor": []},
        7,
        {"field": "Name", "operator": "Equals", "value": null},
    ]}));
    let expected = [
        "E0406 account.$filter.or[0].operator: there is no such operator (did you mean Equals?)",
        "E0406 account.$filter.or[3]: `IsNull` takes no value",
        "E0406 account.$filter.or[4]: `In` takes a list",
        "E0406 account.$filter.or[5].vlaue: a comparison has no `vlaue` (did you mean value?)",
        "E0406 account.$filter.or[5]: `Equals` takes one value",
        "E0406 account.$filter.or[6].and: `and` takes a list",
        "E0406 account.$filter.or[7]: this is neither a comparison nor a group",
        "E0406 account.$filter.or[8]: a condition is an object",
    ];
    assert_eq!(wrong, expected);
    let typed = filter(json!({"or": [
        {"field": "Nmae", "operator": "IsNull"},
        {"field": "Score", "operator": "Contains", "value": "1"},
        {"field": "Name", "operator": "Equals", "value": null},
    ]}));
    let expected = [
        "E0402 account.$filter.or[0].field: `account` has no field `Nmae` (did you mean Name?)",
        "E0406 account.$filter.or[1]: `Score` is Int and cannot be compared by `Contains`",
        "E0406 account.$filter.or[2]: `Name` is compared with null",
    ];
    assert_eq!(typed, expected);
    let alone = problems(json!({"contacts": [{"$filter": {}}], "account": {"$filter": {"and": []}, "Id": "1"}}));
    assert_eq!(
        alone,
        ["E0406 contacts[0]: `$filter` cannot stand in a list", "E0406 account.$filter: `$filter` stands alone"]
    );
}

#[test]
fn size_and_depth_have_limits() {
    let many = Json::Array(vec![json!({}); 100_001]);
    assert_eq!(problems(json!({"contacts": many})), ["E0407 contacts: more than 100000 instances"]);
    let mut deep = json!({"field": "Name", "operator": "IsNull"});
    for _ in 0..100 {
        deep = json!({ "not": deep });
    }
    let deep = problems(json!({"account": {"$filter": deep}}));
    assert!(
        matches!(deep.as_slice(), [one] if one.starts_with("E0407") && one.ends_with("more than 64 deep")),
        "{deep:?}"
    );
    let wrong = Json::Array(vec![json!({"Nope": 1}); 5_000]);
    assert_eq!(problems(json!({"contacts": wrong})).len(), 1_000);
}

#[test]
fn values_stay_out_of_messages() {
    let secret = "hunter2-secret";
    let json = json!({
        "event": {"Status": secret, "Start": secret, "Places": secret},
        "account": {"$filter": {"field": "Score", "operator": "Equals", "value": secret}},
    });
    let told = Input::from_json(&visit(), &json).unwrap_err();
    assert_eq!(told.len(), 4);
    assert!(!format!("{told:?}").contains(secret));
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof!["\\PC{1,8}".prop_map(Value::String), Just(Value::Null)]
}

fn condition() -> impl Strategy<Value = Condition<Value>> {
    let name = || FieldName::new("Name").unwrap();
    let leaf = (prop::sample::select(&Operator::ALL), prop::collection::vec("\\PC{1,8}", 1..3)).prop_map(
        move |(operator, texts)| {
            let wanted = match operator {
                Operator::IsNull | Operator::IsNotNull => 0,
                Operator::In | Operator::NotIn => 2,
                _ => 1,
            };
            let operands = texts.into_iter().take(wanted).map(Value::String).collect();
            Condition::Test(Test { field: name(), operator, operands })
        },
    );
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::And),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::Or),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(filter in condition(), subjects in prop::collection::vec(value(), 0..4)) {
        let name = |text: &str| FieldName::new(text).unwrap();
        let contacts = subjects.into_iter().map(|value| Instance::from([(name("Email"), value)])).collect();
        let mut input = Input::default();
        input.parts.insert(RefId::new("account").unwrap(), PartInput::Filter(filter));
        input.parts.insert(RefId::new("contacts").unwrap(), PartInput::Many(contacts));
        let read = Input::from_json(&visit(), &input.to_json());
        prop_assert!(read.as_ref() == Ok(&input), "{:?}", read);
    }
}
