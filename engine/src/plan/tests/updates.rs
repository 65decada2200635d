//! Updates.

use insta::assert_snapshot;
use serde_json::json;

use super::*;

const EVENT: &str = "a account optional\no employee readonly\ne event Places=3\nnotes[] note optional replace Title=x
e.AccountId = a.Id optional\ne.OwnerId = o.Id\nnotes.EventId = e.Id";

fn update(lines: &str, input: &Json, capabilities: &Capabilities, trips: usize) -> String {
    planned(lines, Operation::Update, input, capabilities, trips)
}

#[test]
fn only_what_is_given_is_touched_and_defaults_never_apply() {
    assert_snapshot!(update(EVENT, &json!({"e": {"Id": "e", "Status": "Open"}}), &ours(), 1));
}

#[test]
fn requirements_apply_when_both_sides_are_there() {
    let input = json!({"a": {"Id": "a"}, "e": {"Id": "e"}, "o": {"Id": "o"}});
    assert_snapshot!(update(EVENT, &input, &ours(), 1));
}

#[test]
fn nothing_to_send_costs_nothing() {
    assert_snapshot!(update(EVENT, &json!({"e": {"Id": "e"}}), &ours(), 0));
}

#[test]
fn a_replaced_set_is_looked_up_by_its_parent() {
    let input = json!({"e": {"Id": "e"}, "notes": [{"Id": "1", "Title": "t"}, {"Title": "new"}]});
    assert_snapshot!(update(EVENT, &input, &ours(), 2));
}

#[test]
fn what_a_replaced_set_no_longer_has_is_deleted() {
    let catalog = catalog(&model(EVENT));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let input = json!({"e": {"Id": "e"}, "notes": [{"Id": "1", "Title": "t"}, {"Title": "new"}]});
    let mut shape = InputShape::of(pattern, &Input::from_json(pattern, &input).unwrap());
    for part in shape.parts.iter_mut().flatten() {
        if let PartShape::Given { stale, .. } = part {
            *stale = Some(2);
        }
    }
    for (capabilities, trips) in [(ours(), 1), (theirs(), 1), (bare(), 4)] {
        let plan = plan(pattern, Operation::Update, &shape, &capabilities).unwrap();
        assert_sound(&plan, pattern, &shape, &capabilities);
        assert_eq!(plan.figures.round_trips, trips, "{plan}");
    }
    assert_snapshot!(plan(pattern, Operation::Update, &shape, &ours()).unwrap());
}

#[test]
fn a_record_is_recognised_by_its_match() {
    let lines = "c contact match Email FirstName=x\ne event\ne.ContactId = c.Id";
    let input = json!({"c": {"Email": "m", "Vip": true}, "e": {"Id": "e"}});
    assert_snapshot!(update(lines, &input, &ours(), 1));
    assert_snapshot!(update(lines, &input, &bare(), 3));
}

#[test]
fn embedded_records_are_replaced_by_their_parents_write() {
    let lines = "e event\npeople[] person optional\npeople.EventId = e.Id";
    let input = json!({"e": {"Id": "e"}, "people": [{"Role": "x"}, {"Role": "y"}]});
    assert_snapshot!(update(lines, &input, &ours(), 1));
    assert_snapshot!(update(lines, &json!({"e": {"Id": "e"}, "people": []}), &ours(), 1));
}

#[test]
fn a_field_that_the_input_does_not_have_is_read_and_its_version_guards_the_write() {
    let lines = "a account\nn note\nn.Title = a.Name";
    let input = json!({"a": {"Id": "a", "Number": "1"}, "n": {"Id": "n"}});
    assert_snapshot!(update(lines, &input, &ours(), 2));
    let input = json!({"a": {"Id": "a", "Name": "1"}, "n": {"Id": "n"}});
    assert!(update(lines, &input, &ours(), 1).contains("guard: none"));
}

#[test]
fn what_was_read_before_is_not_read_again() {
    let catalog = catalog(&model("a account\nn note\nn.Title = a.Name"));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let input = json!({"a": {"Id": "a", "Number": "1"}, "n": {"Id": "n"}});
    let mut shape = InputShape::of(pattern, &Input::from_json(pattern, &input).unwrap());
    if let Some(Some(PartShape::Given { instances, .. })) = shape.parts.first_mut() {
        instances[0].fetched = vec![pattern.parts[0].entity.position("Name").unwrap()];
    }
    let plan = plan(pattern, Operation::Update, &shape, &ours()).unwrap();
    assert_sound(&plan, pattern, &shape, &ours());
    assert_eq!(plan.figures.round_trips, 1, "{plan}");
}
