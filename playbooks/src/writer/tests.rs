use serde_json::json;

use super::*;
use crate::check::testing::{Words, catalog, found, id, label, library, playbook};

const USE_CASES: [UseCase; 3] = [UseCase::Customer, UseCase::Internal, UseCase::Portal(Uuid::from_u128(7))];

fn mapped(pattern: &str) -> Library {
    let mapper = |one: UseCase| Mapper { use_case: one.name(), pattern: id(pattern), field: None };
    Library { mappers: USE_CASES.map(mapper).to_vec(), ..library(Vec::new()) }
}

fn into(library: &Library, playbook: &str) -> Vec<String> {
    let playbooks = crate::check(library, &catalog(), Some(&Words)).playbooks.unwrap();
    let node = playbooks.get("crm-a", playbook).unwrap().node(&label("meeting")).unwrap().clone();
    node.block.mappings.iter().map(|mapping| mapping.destination.as_ref().unwrap().to_string()).collect()
}

#[test]
fn a_mapper_becomes_a_playbook_that_writes_what_its_pattern_has() {
    let library = mapped("meeting");
    for one in USE_CASES {
        assert_eq!(UseCase::named(&one.name()), Some(one));
    }
    let meeting = ["account.Id", "event.Subject", "event.Start"];
    assert_eq!(into(&library, "book-meeting"), meeting);
    assert_eq!(into(&library, "book-internal-meeting"), meeting);
    let portal = into(&library, &USE_CASES[2].writer());
    assert_eq!(portal, ["account.Id", "event.Subject", "event.Start", "event.Place"], "what was filled in, too");
}

#[test]
fn a_playbook_with_its_id_stands_in_its_place() {
    let mut library = mapped("meeting");
    let own = "trigger trigger MeetingBooked\noutput title : * <- trigger.Meeting.Title";
    library.playbooks.push(playbook("book-meeting", own));
    let made: Vec<_> = writers(&library, &catalog()).into_iter().map(|(mapper, made)| (mapper, made.id)).collect();
    assert_eq!(made, [(1, id("book-internal-meeting")), (2, id(&USE_CASES[2].writer()))]);
    assert_eq!(found(&library, &catalog()), [""; 0]);
}

#[test]
fn a_playbook_that_writes_what_a_mapper_writes_is_told() {
    let create = "trigger trigger MeetingBooked\ncreate made meeting app : account.Id <- trigger.Meeting.CustomerId | require ; \
                  event.Subject <- trigger.Meeting.Title ; event.Start <- trigger.Meeting.StartDate";
    let told = |ids: &[&str]| {
        let mut library = mapped("meeting");
        library.playbooks.extend(ids.iter().map(|id| playbook(id, create)));
        found(&library, &catalog())
    };
    let twice = |use_case: &str| format!("W E0647 Block(1): `{use_case}` writes booked meetings by `meeting` already");
    assert_eq!(told(&["ours"]), [twice("BookMeMeeting")]);
    assert_eq!(told(&["book-meeting", "ours"]), [twice("InternalBookMeMeeting")]);
    assert_eq!(told(&["book-meeting", "book-internal-meeting"]), [""; 0]);
}

#[test]
fn a_meeting_has_one_use_case() {
    let of = |by: &str, internal: bool, mapping: Value| {
        UseCase::of(&json!({"Meeting": {"BookedBy": by, "Internal": internal, "CrmMappingId": mapping}}))
    };
    let mapping = json!(Uuid::from_u128(7));
    assert_eq!(of("Customer", false, Value::Null), Some(UseCase::Customer));
    assert_eq!(of("Employee", true, Value::Null), Some(UseCase::Internal));
    assert_eq!(of("PortalPartner", false, Value::Null), None, "playbooks write it");
    assert_eq!(of("PortalPartner", false, mapping), Some(USE_CASES[2]));
}

#[test]
fn what_a_pattern_cannot_be_given_is_wrong_with_its_mapper() {
    assert_eq!(found(&mapped("people"), &catalog()), [""; 0], "a pattern without an event writes no meeting");
    let wrong = |name: &str| {
        let why = "`meeting`: `contact.LastName` is required and has no value";
        format!("E0641 MapperPattern: the pattern cannot serve `{name}`: {why}")
    };
    let wrong: Vec<String> = USE_CASES.map(|one| wrong(&one.name())).to_vec();
    assert_eq!(found(&mapped("visitor"), &catalog()), wrong);
}
