//! Creates.

use insta::assert_snapshot;
use serde_json::json;

use super::*;

const MEETING: &str = "account account readonly
owner employee readonly
event event root Status=Open
note note
advisors[] employee readonly optional
invites[] note optional Title=x
event.AccountId = account.Id
event.OwnerId = owner.Id
note.EventId = event.Id
invites.EventId = event.Id
invites.Author = advisors.Id";

fn create(lines: &str, input: &Json, capabilities: &Capabilities, trips: usize) -> String {
    planned(lines, Operation::Create, input, capabilities, trips)
}

fn by_email(mail: &str) -> Json {
    json!({"$filter": {"field": "Email", "operator": "Equals", "value": mail}})
}

#[test]
fn sources_come_before_dependents_and_all_travel_together() {
    let advisors = json!([{"Id": "1"}, {"Id": "2"}, {"Id": "3"}]);
    let input = json!({"account": {"Id": "a"}, "owner": {"Id": "o"}, "event": {"Subject": "s"}, "advisors": advisors});
    assert_snapshot!(create(MEETING, &input, &ours(), 1));
    assert_eq!(create(MEETING, &input, &theirs(), 1).lines().nth(2), Some("atomic: yes, once: yes, retry-safe: yes"));
    assert_snapshot!(create(MEETING, &input, &bare(), 5));
}

#[test]
fn without_advisors_there_are_no_invitations() {
    let input = json!({"account": {"Id": "a"}, "owner": {"Id": "o"}, "event": {"Subject": "s"}});
    assert_snapshot!(create(MEETING, &input, &ours(), 1));
}

#[test]
fn what_a_filter_finds_is_read_first_and_the_count_is_a_lower_bound() {
    let advisors = json!({"$filter": {"field": "Email", "operator": "In", "values": ["b", "c"]}});
    let input =
        json!({"account": {"Id": "a"}, "owner": by_email("a"), "event": {"Subject": "s"}, "advisors": advisors});
    assert_snapshot!(create(MEETING, &input, &ours(), 2));
    assert!(create(MEETING, &input, &bare(), 5).contains("round trips: 5 at least, depth: 3"));
}

#[test]
fn a_unique_key_is_found_inside_the_write_where_the_crm_can() {
    let input = json!({"account": {"Id": "a"}, "owner": by_email("a"), "event": {"Subject": "s"}});
    assert_snapshot!(create(MEETING, &input, &theirs(), 1));
    assert!(create(MEETING, &input, &ours(), 2).contains("round trips: 2, depth: 2"));
}

#[test]
fn a_match_on_a_declared_key_is_one_trip() {
    let lines = "c contact match Email\ne event\ne.ContactId = c.Id";
    let input = json!({"c": {"Email": "m", "LastName": "n"}});
    assert_snapshot!(create(lines, &input, &ours(), 1));
}

#[test]
fn any_other_match_is_looked_up_first_and_says_that_it_races() {
    let lines = "c contact match Email FirstName=x\ne event\ne.ContactId = c.Id";
    let input = json!({"c": {"Email": "m", "LastName": "n"}});
    assert_snapshot!(create(lines, &input, &ours(), 2));
    let lines = "c contact match LastName\nn note\nn.Title = c.FirstName optional";
    assert_snapshot!(create(lines, &json!({"c": {"LastName": "n"}}), &ours(), 2));
}

fn looked_up(record: RecordShape) -> String {
    let catalog = catalog(&model("c contact match LastName FirstName=x Vip:=true\ne event\ne.ContactId = c.Id"));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let input = Input::from_json(pattern, &json!({"c": {"Email": "m", "LastName": "n"}})).unwrap();
    let mut shape = InputShape::of(pattern, &input);
    if let Some(Some(PartShape::Given { instances, .. })) = shape.parts.first_mut() {
        instances[0].record = record;
    }
    let plan = plan(pattern, Operation::Create, &shape, &ours()).unwrap();
    assert_sound(&plan, pattern, &shape, &ours());
    assert_eq!(plan.figures.round_trips, 1);
    plan.explain()
}

#[test]
fn once_looked_up_a_record_is_changed_or_made() {
    assert_snapshot!(looked_up(RecordShape::Found));
    assert_snapshot!(looked_up(RecordShape::Missing));
}

#[test]
fn a_deferred_value_is_set_once_both_records_exist() {
    let lines = "a account\nc contact\nc.AccountId = a.Id\na.Primary = c.Id deferred";
    let input = json!({"a": {"Name": "n"}, "c": {"LastName": "n"}});
    assert_snapshot!(create(lines, &input, &ours(), 1));
    assert!(create(lines, &input, &bare(), 3).contains("depth: 3"));
    // An existing record is there already: nothing has to wait.
    assert!(!create(lines, &json!({"a": {"Name": "n"}, "c": {"Id": "c"}}), &ours(), 1).contains("defer"));
}

#[test]
fn embedded_records_travel_in_their_parent() {
    let lines = "e event\nguests[] contact readonly\npeople[] person Role=x\npeople.EventId = e.Id\npeople.ContactId = guests.Id";
    let input = json!({"guests": [{"Id": "1"}, {"Id": "2"}]});
    assert_snapshot!(create(lines, &input, &ours(), 1));
    let lines = "e event\nc contact\npeople person\npeople.EventId = e.Id\npeople.ContactId = c.Id";
    let input = json!({"c": {"LastName": "n"}, "people": {"Role": "x"}});
    assert_snapshot!(create(lines, &input, &bare(), 2));
}

#[test]
fn an_existing_record_is_referred_to() {
    let lines = "a account\ne event\ne.AccountId = a.Id";
    assert_snapshot!(create(lines, &json!({"a": {"Id": "a"}}), &bare(), 1));
}

#[test]
fn alternatives_are_those_that_are_there() {
    let lines = "a account optional\nb account readonly optional\ne event\ne.AccountId = a.Id ?? b.Id optional";
    assert_snapshot!(create(lines, &json!({"a": {"Name": "n"}, "b": {"Id": "b"}}), &ours(), 1));
    assert!(create(lines, &json!({"b": {"Id": "b"}}), &ours(), 1).contains("AccountId <- b.Id\n"));
    assert!(!create(lines, &json!({}), &ours(), 1).contains("AccountId"));
}

#[test]
fn an_optional_part_is_skipped_with_its_source_and_so_are_its_own_dependents() {
    let lines = "a account optional\ne event optional\nn note optional\ne.AccountId = a.Id\nn.EventId = e.Id";
    assert_snapshot!(create(lines, &json!({"e": {}, "n": {}}), &ours(), 0));
}

#[test]
fn a_value_that_another_record_is_given_needs_no_read() {
    let lines = "a account\nn note\nm note\nn.Title = a.Name\nm.Title = n.Title";
    assert_snapshot!(create(lines, &json!({"a": {"Name": "x"}}), &bare(), 3));
    // Of an existing record it is read.
    assert_snapshot!(create(lines, &json!({"a": {"Id": "a"}}), &ours(), 2));
}

#[test]
fn a_read_only_part_that_nobody_gives_is_found_by_its_requirement() {
    let lines = "a account readonly\no employee readonly\ne event\na.OwnerId = o.Id\ne.OwnerId = o.Id";
    assert_snapshot!(create(lines, &json!({"a": {"Id": "a"}}), &ours(), 2));
    assert!(create(lines, &json!({"a": {"Id": "a"}}), &bare(), 3).contains("depth: 3"));
}

#[test]
fn groups_are_cut_at_the_limits_and_then_are_not_atomic() {
    let chain = "a event\nb note\nc note\nb.EventId = a.Id\nc.Title = b.Title optional";
    let mut small = Capabilities { other_atomic_group: None, ..theirs() };
    small.atomic_group = Some(AtomicGroup { form: "graph".into(), max_writes: 2, max_depth: None, max_kinds: None });
    assert_snapshot!(create(chain, &json!({}), &small, 2));
    small.atomic_group = Some(AtomicGroup { form: "graph".into(), max_writes: 9, max_depth: Some(1), max_kinds: None });
    assert!(create(chain, &json!({}), &small, 2).contains("atomic: no"));
    small.atomic_group = Some(AtomicGroup { form: "graph".into(), max_writes: 9, max_depth: None, max_kinds: Some(1) });
    assert!(create(chain, &json!({}), &small, 2).contains("atomic: no"));
}

#[test]
fn what_is_too_deep_or_too_varied_for_one_form_may_fit_another() {
    let chain = |parts: usize| {
        let mut lines: Vec<String> = (0..parts).map(|number| format!("p{number} employee")).collect();
        lines.extend((1..parts).map(|number| format!("p{number}.Manager = p{}.Id", number - 1)));
        lines.join("\n")
    };
    assert!(create(&chain(15), &json!({}), &theirs(), 1).contains("graph, all or nothing"));
    assert!(create(&chain(16), &json!({}), &theirs(), 1).contains("composite, all or nothing"));
    assert!(create(&chain(25), &json!({}), &theirs(), 1).contains("atomic: yes"));
    // Where neither takes everything, the first is cut.
    let text = create(&chain(26), &json!({}), &theirs(), 2);
    assert!(text.contains("graph") && !text.contains("composite") && text.contains("atomic: no"), "{text}");
}

#[test]
fn a_key_of_several_fields_needs_a_crm_that_takes_one() {
    let mut model = model("c contact match FirstName|LastName");
    let contact = model.definitions.iter_mut().find(|definition| definition.id.as_str() == "contact").unwrap();
    contact.keys = vec![vec![name("FirstName"), name("LastName")]];
    let input = json!({"c": {"FirstName": "a", "LastName": "b"}});
    planned_in(&model, Operation::Create, &input, &ours(), 1);
    let text = planned_in(&model, Operation::Create, &input, &theirs(), 2);
    assert!(text.contains("race: yes"), "{text}");
}

#[test]
fn json_says_what_the_text_says() {
    let input = json!({"account": {"Id": "a"}, "owner": by_email("a"), "event": {"Subject": "s"}});
    let plan = try_plan(&model(MEETING), Operation::Create, &input, &theirs()).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&plan.to_json()).unwrap());
}

#[test]
fn keys_are_found_in_the_group_only_where_it_is_all_there_is() {
    let lines = "a account readonly\ne event\nn[] note optional\ne.AccountId = a.Id";
    let key = json!({"$filter": {"field": "Number", "operator": "Equals", "value": "1"}});
    let input = json!({"a": key, "n": [{}, {}]});
    planned(lines, Operation::Create, &input, &theirs(), 1);
    let mut small = Capabilities { other_atomic_group: None, ..theirs() };
    small.atomic_group.as_mut().unwrap().max_writes = 2;
    let text = planned(lines, Operation::Create, &input, &small, 3);
    assert!(text.contains("read a (account) by filter"), "{text}");
    let alone = Capabilities { atomic_group: None, ..theirs() };
    let text = planned(lines, Operation::Create, &input, &alone, 2);
    assert!(text.contains("read a (account) by filter"), "{text}");
}
