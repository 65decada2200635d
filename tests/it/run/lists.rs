//! Embedded records of several parts in one list of their parent.

use engage_adapters::memory::{MemoryCrm, presets};
use engage_engine::Operation;
use serde_json::json;

use super::World;

const PARTIES: (&str, &str) = (
    r#"
entity event "Event" on crm event { Title -> title }
entity person "Person" on crm person { Name -> name }
entity party "Party" on crm party {
  EventId  -> event   ref event via event
  PersonId -> person  ref person via person
  Kind     -> kind
  embedded in event as parties
}
pattern both "Guests and colleagues" {
  event        : event
  guests[]     : party  optional { Kind := "guest" }
  colleagues[] : party  optional { Kind := "colleague" }

  guests.EventId     = event.Id
  colleagues.EventId = event.Id
}
pattern same "One like another" {
  event  : event
  first  : party  { Kind = "chair" }
  second : party

  first.EventId  = event.Id
  second.EventId = event.Id
  second.Kind    = first.Kind
}
"#,
    "
kind: CrmSchema
crm: crm
tables:
  event: {key: id, columns: {title: {type: String}}}
  person: {key: id, columns: {name: {type: String}}}
  party:
    key: id
    embedded: {in: event, as: parties}
    columns: {event: {type: Ref, targets: [event]}, person: {type: Ref, targets: [person]}, kind: {type: String}}
",
);

#[tokio::test]
async fn two_parts_may_share_one_list_of_their_parent() {
    let world = World::written("crm", PARTIES.0, PARTIES.1);
    let crm = world.crm(presets::everything(), &json!({"person": [{"Id": "ann"}, {"Id": "ben"}, {"Id": "cora"}]}));
    let input = json!({"event": {"Title": "Review"}, "guests": [{"PersonId": "ann"}],
        "colleagues": [{"PersonId": "ben"}, {"PersonId": "cora"}]});
    let made = world.run(&crm, "both", Operation::Create, &input).await.unwrap();
    let kinds = |crm: &MemoryCrm| -> Vec<String> {
        let mut kinds: Vec<_> =
            crm.dump(&world.catalog)["party"].iter().map(|row| row["Kind"].to_json().to_string()).collect();
        kinds.sort();
        kinds
    };
    assert_eq!(kinds(&crm), [r#""colleague""#, r#""colleague""#, r#""guest""#]);
    // Together they are the whole: who is in neither is gone.
    let id = made.effects().unwrap().part("event")[0].id.clone();
    let input = json!({"event": {"Id": id}, "guests": [{"PersonId": "ann"}], "colleagues": [{"PersonId": "ben"}]});
    world.run(&crm, "both", Operation::Update, &input).await.unwrap();
    assert_eq!(kinds(&crm), [r#""colleague""#, r#""guest""#]);
}

#[tokio::test]
async fn a_record_may_take_a_value_of_another_in_the_same_list() {
    let world = World::written("crm", PARTIES.0, PARTIES.1);
    let crm = world.crm(presets::everything(), &json!({}));
    world.run(&crm, "same", Operation::Create, &json!({"first": {"Kind": "host"}})).await.unwrap();
    let kinds: Vec<_> = crm.dump(&world.catalog)["party"].iter().map(|row| row["Kind"].to_json()).collect();
    assert_eq!(kinds, ["host", "host"]);
}
