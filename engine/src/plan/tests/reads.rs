//! Reads.

use insta::assert_snapshot;
use serde_json::json;

use super::*;
use crate::model::{Condition, Operator, Test};

const OVERVIEW: &str = "a account readonly root
contacts[] contact readonly optional sort LastName limit 25
events[] event readonly optional sort Start limit 10
notes[] note readonly optional sort CreatedOn
owner employee readonly optional
contacts.AccountId = a.Id
events.AccountId = a.Id
notes.EventId = events.Id
a.OwnerId = owner.Id optional";

fn read(lines: &str, input: &Json, capabilities: &Capabilities, trips: usize) -> String {
    planned(lines, Operation::Read, input, capabilities, trips)
}

#[test]
fn connected_parts_are_one_query_where_the_crm_joins() {
    assert_snapshot!(read(OVERVIEW, &json!({"a": {"Id": "a"}}), &theirs(), 1));
    // Nested joins take no limits there: they are applied afterwards.
    assert!(read(OVERVIEW, &json!({"a": {"Id": "a"}}), &ours(), 1).contains("over-fetch: yes"));
}

#[test]
fn without_joins_there_is_one_trip_per_level() {
    let number = json!({"$filter": {"field": "Number", "operator": "Equals", "value": "1"}});
    assert_snapshot!(read(OVERVIEW, &json!({"a": number}), &bare(), 5));
    let mut sharing = bare();
    (sharing.share_reads, sharing.read_batch.max) = (true, 2);
    assert!(read(OVERVIEW, &json!({"a": number}), &sharing, 4).contains("depth: 3"));
}

#[test]
fn what_hangs_on_given_ids_does_not_wait_for_their_records() {
    assert_snapshot!(read(OVERVIEW, &json!({"a": {"Id": "a"}}), &bare(), 5));
    // Records by Id that a condition may still refuse are waited for.
    let mut only = model(OVERVIEW);
    let named = Test { field: name("Name"), operator: Operator::IsNotNull, operands: Vec::new() };
    only.patterns[0].parts[0].query.filter = Some(Condition::Test(named));
    let text = planned_in(&only, Operation::Read, &json!({"a": {"Id": "a"}}), &bare(), 5);
    assert!(text.contains("depth: 3"), "{text}");
    // What a query cannot take any more travels beside it.
    let mut narrow = ours();
    narrow.join.max_total = 1;
    let lines = "a account readonly\nc[] contact readonly\ne[] event readonly\nc.AccountId = a.Id\ne.AccountId = a.Id";
    assert!(read(lines, &json!({"a": {"Id": "a"}}), &narrow, 1).contains("depth: 1"));
}

#[test]
fn many_are_joined_where_and_as_deep_as_the_crm_can() {
    let number = json!({"$filter": {"field": "Email", "operator": "Equals", "value": "1"}});
    let siblings = "c contact readonly\na account readonly\ne[] event readonly\nc.AccountId = a.Id\ne.AccountId = a.Id";
    read(siblings, &json!({"c": number}), &ours(), 1);
    read(siblings, &json!({"c": number}), &theirs(), 2);
    let levels: Vec<String> = (1..6).map(|level| format!("p{level}.Manager = p{}.Id", level - 1)).collect();
    let parts: Vec<String> = (0..6).map(|level| format!("p{level}[] employee readonly")).collect();
    let down = format!("{}\n{}", parts.join("\n"), levels.join("\n"));
    read(&down, &json!({"p0": number}), &ours(), 1);
    read(&down, &json!({"p0": number}), &theirs(), 2);
    // Upwards one level more is one query.
    read(&down, &json!({"p5": number}), &theirs(), 1);
}

#[test]
fn joins_follow_relationships_and_nothing_else() {
    let lines = "e event readonly\nd detail readonly\nd.EventId = e.Id";
    let number = json!({"$filter": {"field": "Subject", "operator": "Equals", "value": "1"}});
    let trips = |reference: &str, capabilities: &Capabilities, trips: usize| {
        let mut model = model(lines);
        model.definitions.push(entity("detail", &format!("EventId {reference} event")));
        planned_in(&model, Operation::Read, &json!({"e": number}), capabilities, trips);
    };
    trips("ref", &ours(), 1);
    // An id in a column of text.
    trips("idtext", &ours(), 2);
    let mut any = ours();
    any.join.any_field = true;
    trips("idtext", &any, 1);
    let same = "a account readonly\nb account readonly\nb.Id = a.Id";
    let name = json!({"$filter": {"field": "Name", "operator": "Equals", "value": "1"}});
    read(same, &json!({"a": name}), &ours(), 2);
}

#[test]
fn limits_of_lists_for_many_parents_are_applied_afterwards() {
    let all = json!({"$filter": {"field": "Name", "operator": "IsNotNull"}});
    let text = read(OVERVIEW, &json!({"a": all}), &bare(), 5);
    assert!(text.contains("round trips: 5 at least"), "{text}");
    assert!(text.contains("#1 read contacts (contact) listed from #0, AccountId = Id, over-fetch"), "{text}");
}

#[test]
fn the_sole_anchor_is_the_root_and_further_ones_filter() {
    let lines = "a account readonly root\nc contact readonly optional\nc.AccountId = a.Id";
    let by_mail = json!({"$filter": {"field": "Email", "operator": "Equals", "value": "m"}});
    assert_snapshot!(read(lines, &json!({"c": by_mail}), &ours(), 1));
    assert_snapshot!(read(lines, &json!({"c": by_mail, "a": {"Id": "a"}}), &ours(), 1));
    // Both filters stand by themselves, so neither waits for the other.
    assert_snapshot!(read(lines, &json!({"c": by_mail, "a": {"Id": "a"}}), &bare(), 2));
}

#[test]
fn a_requirement_that_no_join_applies_is_checked_afterwards() {
    let lines = "a account readonly\nc contact readonly\ne event readonly\nc.AccountId = a.Id\ne.AccountId = a.Id\ne.ContactId = c.Id";
    assert_snapshot!(read(lines, &json!({"e": {"Id": "e"}}), &ours(), 1));
}

#[test]
fn deep_chains_are_cut_where_a_query_ends() {
    let mut shallow = ours();
    shallow.join.depth = 1;
    let lines = "a account readonly\nb account readonly\ne event readonly\nn note readonly\nn.EventId = e.Id\ne.AccountId = a.Id\na.Number = b.Number";
    assert_snapshot!(read(lines, &json!({"n": {"Id": "n"}}), &shallow, 3));
    let mut any = ours();
    any.join.any_field = true;
    read(lines, &json!({"n": {"Id": "n"}}), &any, 1);
}

#[test]
fn one_reference_is_followed_once_in_a_query_where_the_crm_says_so() {
    let lines = "a account readonly\nfirst contact readonly optional sort LastName\nall[] contact readonly optional\nowner employee readonly optional\n\
        first.AccountId = a.Id\nall.AccountId = a.Id\na.OwnerId = owner.Id optional";
    let mut once = theirs();
    once.join.repeats = false;
    assert!(read(lines, &json!({"a": {"Id": "a"}}), &theirs(), 1).contains("depth: 1"));
    // The account is known by its Id, so that the query apart travels in the same request.
    let text = read(lines, &json!({"a": {"Id": "a"}}), &once, 1);
    assert!(text.contains("all (contact) joined to #0") && text.contains("first (contact) listed from #0"), "{text}");
}

#[test]
fn a_part_apart_reads_by_its_own_limit() {
    let lines = "a account readonly\nstaff[] employee readonly limit 3 sort Email";
    assert_snapshot!(read(lines, &json!({"a": {"Id": "a"}}), &ours(), 1));
}

#[test]
fn a_limit_of_matches_stays_off_the_wire_where_matches_may_be_dropped() {
    let filter = json!({"$filter": {"field": "Email", "operator": "IsNotNull"}});
    let lines = "c[] contact readonly limit 3\na account readonly optional\nc.AccountId = a.Id optional";
    assert!(read(lines, &json!({"c": filter}), &ours(), 1).contains("over-fetch: no"));
    let lines = "c[] contact readonly limit 3\na account readonly\nc.AccountId = a.Id";
    assert!(read(lines, &json!({"c": filter}), &ours(), 1).contains("over-fetch: yes"));
}

#[test]
fn only_wanted_fields_are_selected_with_those_that_pair_records() {
    let catalog = catalog(&model("a account readonly\nc contact readonly\nc.AccountId = a.Id"));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let mut shape = InputShape::of(pattern, &Input::from_json(pattern, &json!({"a": {"Id": "a"}})).unwrap());
    shape.select = vec![Some(Vec::new()), Some(vec![1])];
    for (capabilities, expected) in [(ours(), vec!["Email"]), (bare(), vec!["AccountId", "Email"])] {
        let plan = plan(pattern, Operation::Read, &shape, &capabilities).unwrap();
        assert_sound(&plan, pattern, &shape, &capabilities);
        let StepAction::Read(read) = &plan.steps[1].action else { panic!("{plan}") };
        assert_eq!(read.select.iter().map(|name| name.as_str()).collect::<Vec<_>>(), expected);
    }
}
