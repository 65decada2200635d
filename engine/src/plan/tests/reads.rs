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

/// What joins texts in queries of a form of their own.
fn by_value() -> Capabilities {
    let mut ours = ours();
    ours.join.by_value = Some(ValueJoins { form: "value query".into(), max_total: 3 });
    ours
}

/// Round trips where texts are joined by value, and where they are not.
#[track_caller]
fn trips_by_value(lines: &str, input: &Json, with: usize, without: usize) -> String {
    read(lines, input, &ours(), without);
    read(lines, input, &by_value(), with)
}

#[test]
fn texts_are_joined_by_value_where_that_saves_a_trip() {
    let number = json!({"a": {"$filter": {"field": "Number", "operator": "Equals", "value": "1"}}});
    let chain =
        "a account readonly root\nc[] contact readonly optional sort LastName limit 3\nn[] note readonly optional
c.LastName = a.Name\nn.Title = c.Email";
    assert_snapshot!(trips_by_value(chain, &number, 1, 3));
    // References travel along, up and further down the same way.
    let along = "a account readonly root\nc[] contact readonly\no employee readonly optional\nc.LastName = a.Name\na.OwnerId = o.Id optional";
    assert!(trips_by_value(along, &number, 1, 2).contains("value query"));
    // Somewhere else the same text is listed, one trip more.
    assert!(read(chain, &number, &theirs(), 3).contains("listed from #0, LastName = Name"));
}

#[test]
fn a_query_by_value_has_one_way_to_many_and_no_limit_of_its_own() {
    let number = json!({"a": {"$filter": {"field": "Number", "operator": "Equals", "value": "1"}}});
    // Children by their reference and others by value would multiply: nothing is saved, so nothing is joined by value.
    let two =
        "a account readonly root\nc[] contact readonly\ne[] event readonly\nc.LastName = a.Name\ne.AccountId = a.Id";
    assert!(!trips_by_value(two, &number, 2, 2).contains("by value"));
    let limited = "a[] account readonly root limit 5\nc[] contact readonly\nc.LastName = a.Name";
    trips_by_value(limited, &number, 2, 2);
    let many = "a account readonly root\nb contact readonly\nc note readonly\nd employee readonly\ne event readonly\nb.LastName = a.Name
c.Title = b.Email\nd.Email = c.Title\ne.Subject = d.Email";
    trips_by_value(many, &number, 2, 5);
    let numbers = "a account readonly root\ne[] event readonly\ne.Places = a.Score";
    trips_by_value(numbers, &number, 2, 2);
    // Joined anyhow, it is no matter of a form.
    let mut any = by_value();
    any.join.any_field = true;
    let text = read("a account readonly root\nc[] contact readonly\nc.LastName = a.Name", &number, &any, 1);
    assert!(text.contains("joined to #0, LastName = Name") && text.contains("expand"), "{text}");
}

#[test]
fn what_is_found_before_a_write_may_be_joined_by_value() {
    let lines =
        "a account readonly\nc contact readonly\ne event\nc.LastName = a.Name\ne.ContactId = c.Id\ne.AccountId = a.Id";
    let input =
        json!({"a": {"$filter": {"field": "Number", "operator": "Equals", "value": "1"}}, "e": {"Subject": "S"}});
    planned(lines, Operation::Create, &input, &ours(), 3);
    assert!(planned(lines, Operation::Create, &input, &by_value(), 2).contains("joined by value to #0"));
}
