//! The starter library's main job, whatever the CRM can do.

use engage_adapters::memory::{MemoryCrm, Schema, presets};
use engage_engine::plan::{Answer, InputShape, plan};
use engage_engine::{Adapter, Capabilities, Input, Operation};
use serde_json::{Value as Json, json};

use super::{World, instance};

pub fn people() -> Json {
    let employee = |id: &str, last: &str| {
        json!({"Id": id, "EmployeeKey": format!("e-{id}"), "UserName": format!("{id}@bank.example"), "FirstName": id,
            "LastName": last, "Email": format!("{id}@bank.example"), "Alias": id, "Status": "Active",
            "TimeZone": "Europe/Oslo", "Locale": "no_NO", "Language": "no", "Encoding": "UTF-8", "AccessId": "advice"})
    };
    json!({
        "access": [{"Id": "advice", "Name": "Advice"}],
        "account": [{"Id": "acme", "Name": "Acme", "Number": "10042", "City": "Oslo"}],
        "employee": [employee("ann", "Berg"), employee("ben", "Dahl"), employee("cora", "Eide"), employee("dan", "Foss")],
    })
}

pub fn preparation(advisors: &Json) -> Json {
    json!({"account": {"Id": "acme"}, "owner": {"Id": "ann"}, "advisors": advisors,
        "event": {"Subject": "Preparation", "Start": "2026-11-30T08:00:00Z", "End": "2026-11-30T08:30:00Z"},
        "detail": {"Topic": "Pension"}})
}

/// Salesforce has no ids but its own, and its columns have no room for others.
pub fn capabilities(crm: &str) -> Vec<(&'static str, Capabilities)> {
    let mut all = presets::all();
    if crm == "salesforce" {
        all.iter_mut().for_each(|(_, capabilities)| capabilities.caller_ids = false);
    }
    all
}

#[tokio::test]
async fn an_internal_meeting_ends_the_same_on_every_crm_that_can_do_less() {
    let ids = json!([{"Id": "ben"}, {"Id": "cora"}, {"Id": "dan"}]);
    let found = json!({"$filter": {"field": "FirstName", "operator": "In", "values": ["dan", "ben", "cora"]}});
    for crm_name in ["dataverse", "salesforce"] {
        let world = World::starter(crm_name);
        let mut expected: Option<Vec<String>> = None;
        for (name, capabilities) in capabilities(crm_name) {
            for advisors in [&ids, &found] {
                let crm = world.crm(capabilities.clone(), &people());
                let outcome = world.run(&crm, "internal-meeting", Operation::Create, &preparation(advisors)).await;
                let outcome = outcome.unwrap_or_else(|error| panic!("{crm_name} {name}: {error:?}"));
                let effects = outcome.effects().unwrap();
                assert_eq!(effects.part("invites").len(), 3, "{crm_name} {name}");
                let state = world.state(&crm);
                assert_eq!(expected.get_or_insert_with(|| state.clone()), &state, "{crm_name} {name}");
            }
        }
    }
}

#[tokio::test]
async fn the_same_execution_again_changes_nothing_where_it_is_once() {
    for crm_name in ["dataverse", "salesforce"] {
        let world = World::starter(crm_name);
        let input = preparation(&json!([{"Id": "ben"}]));
        let pattern = world.catalog.pattern(crm_name, "internal-meeting").unwrap();
        let shape = InputShape::of(pattern, &Input::from_json(pattern, &input).unwrap());
        let once = |found: &Capabilities| plan(pattern, Operation::Create, &shape, found).unwrap().figures.once;
        let once = capabilities(crm_name).into_iter().filter(|(_, found)| once(found) == Answer::Yes);
        for (name, capabilities) in once {
            let crm = world.crm(capabilities, &people());
            let first = world.run(&crm, "internal-meeting", Operation::Create, &input).await.unwrap();
            let state = world.state(&crm);
            let again = world.run(&crm, "internal-meeting", Operation::Create, &input).await;
            let again = again.unwrap_or_else(|error| panic!("{crm_name} {name}: {error:?}"));
            assert_eq!(world.state(&crm), state, "{crm_name} {name}");
            let event = |outcome: &engage_engine::Outcome| outcome.effects().unwrap().part("event")[0].clone();
            assert_eq!(event(&again), event(&first), "{crm_name} {name}");
        }
    }
}

#[tokio::test]
async fn the_main_job_takes_one_trip_on_both_targets() {
    for crm_name in ["dataverse", "salesforce"] {
        let world = World::starter(crm_name);
        let target = engage_adapters::targets::for_crm(&crm_name.parse().unwrap()).unwrap();
        let crm = world.crm(target, &people());
        let input = preparation(&json!([{"Id": "ben"}, {"Id": "cora"}, {"Id": "dan"}]));
        world.run(&crm, "internal-meeting", Operation::Create, &input).await.unwrap();
        let calls = crm.calls();
        assert_eq!((calls.reads, calls.writes), (0, 1), "{}", crm.capabilities().name);
    }
}

/// What a CRM keeps by itself in the list of a meeting's people, as rows of the starter's own tables: Dataverse the
/// owner, the organizer and the record it is about, Salesforce the account and, related but not invited, the contact.
const OTHERS: [(&str, &str, &str); 2] = [
    (
        "dataverse",
        r#"
entity meeting "Meeting" on dataverse appointment { Subject -> subject }
entity employee "Employee" on dataverse systemuser { LastName -> lastname }
entity account "Account" on dataverse account { Name -> name }
entity other "Other" on dataverse activityparty {
  MeetingId  -> activityid            ref meeting via activityid_appointment
  EmployeeId -> partyid               ref employee via partyid_systemuser
  AccountId  -> partyid               ref account via partyid_account
  Role       -> participationtypemask choice { Organizer = 7, Regarding = 8, Owner = 9 }
  embedded in meeting as appointment_activity_parties
}"#,
        r#"[{"Id": "o1", "MeetingId": "m1", "EmployeeId": "ann", "Role": "Owner"},
            {"Id": "o2", "MeetingId": "m1", "EmployeeId": "ann", "Role": "Organizer"},
            {"Id": "o3", "MeetingId": "m1", "AccountId": "acme", "Role": "Regarding"}]"#,
    ),
    (
        "salesforce",
        r#"
entity meeting "Meeting" on salesforce Event { Subject -> Subject }
entity account "Account" on salesforce Account { Name -> Name }
entity other "Other" on salesforce EventRelation {
  MeetingId -> EventId     ref meeting via Event
  AccountId -> RelationId  ref account via Relation
  Role      -> IsInvitee   choice { Related = false }
}"#,
        r#"[{"Id": "o1", "MeetingId": "m1", "AccountId": "acme", "Role": "Related"}]"#,
    ),
];

fn meeting_with_others(world: &World) -> MemoryCrm {
    let mut state = people();
    state["contact"] = json!([{"Id": "carl", "LastName": "Lie", "AccountId": "acme"}]);
    state["meeting"] = json!([{"Id": "m1", "Subject": "Review", "Start": "2026-11-30T09:00:00Z",
        "End": "2026-11-30T10:00:00Z", "AccountId": "acme", "OwnerId": "ann"}]);
    state["event-detail"] = json!([{"Id": "d1", "MeetingId": "m1", "Topic": "Pension"}]);
    state["attendee"] = json!([{"Id": "a1", "MeetingId": "m1", "EmployeeId": "ben", "Role": "Required"},
        {"Id": "a2", "MeetingId": "m1", "ContactId": "carl", "Role": "Required"}]);
    let target = engage_adapters::targets::for_crm(&world.crm.parse().unwrap()).unwrap();
    let crm = world.crm(target, &state);
    let (_, definitions, rows) = OTHERS.into_iter().find(|(crm, ..)| *crm == world.crm).unwrap();
    let model = [("engage.toml", "name = \"others\"\n"), ("others.engage", definitions)];
    let others = engage_dsl::Workspace::from_sources(model).catalog().unwrap_or_else(|found| panic!("{found}"));
    let other = others.entity(world.crm, "other").unwrap();
    for row in serde_json::from_str::<Vec<Json>>(rows).unwrap() {
        crm.seed(other, &instance(other, &row)).unwrap();
    }
    crm
}

fn ids(found: &Json, part: &str) -> Vec<String> {
    let instances = found["Results"][0][part].as_array().unwrap();
    instances.iter().map(|one| one["Id"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn only_the_invited_are_read_as_such() {
    for crm_name in ["dataverse", "salesforce"] {
        let world = World::starter(crm_name);
        let crm = meeting_with_others(&world);
        let read = async |pattern: &str, part: &str| {
            let outcome = world.run(&crm, pattern, Operation::Read, &json!({part: {"Id": "m1"}})).await;
            outcome.unwrap_or_else(|error| panic!("{crm_name} {pattern}: {error:?}")).to_json()
        };
        let internal = read("internal-meeting", "event").await;
        assert_eq!(ids(&internal, "advisors"), ["ben"], "{crm_name}");
        assert_eq!(internal["Results"][0]["invites"].as_array().unwrap().len(), 1, "{crm_name}: {internal:#}");
        let customer = read("meeting-with-account", "event").await;
        assert_eq!(ids(&customer, "contacts"), ["carl"], "{crm_name}");
        assert_eq!(customer["Results"][0]["guests"].as_array().unwrap().len(), 1, "{crm_name}");
        let attendance = read("attendance", "meeting").await;
        assert_eq!(attendance["Results"][0]["attendees"].as_array().unwrap().len(), 2, "{crm_name}");
    }
}

#[tokio::test]
async fn new_attendance_leaves_the_account_of_a_salesforce_event_alone() {
    let world = World::starter("salesforce");
    let crm = meeting_with_others(&world);
    let input = json!({"meeting": {"Id": "m1"}, "attendees": [{"EmployeeId": "cora", "Role": "Required"}]});
    let outcome = world.run(&crm, "attendance", Operation::Update, &input).await.unwrap();
    let outcomes: Vec<_> = outcome.effects().unwrap().part("attendees").iter().map(|one| one.outcome).collect();
    assert_eq!(format!("{outcomes:?}"), "[Created, Deleted, Deleted]");
    let left: Vec<_> = crm.dump(&world.catalog)["attendee"].iter().map(|row| row["Id"].to_json()).collect();
    assert!(left.contains(&json!("o1")), "{left:?}");
}

/// Who has no table of facts yet has the tables that the definitions say, with references of several targets in them.
#[tokio::test]
async fn without_fact_files_the_definitions_are_the_tables() {
    for crm_name in ["dataverse", "salesforce"] {
        let mut world = World::starter(crm_name);
        world.schema = Schema::derive(&world.catalog, &crm_name.parse().unwrap());
        let mut state = people();
        state["contact"] = json!([{"Id": "carl", "LastName": "Lie", "AccountId": "acme"}]);
        let crm = world.crm(presets::everything(), &state);
        let input = json!({"event": {"Subject": "Review", "Start": "2026-11-30T09:00:00Z", "End": "2026-11-30T10:00:00Z"},
            "account": {"Id": "acme"}, "guests": [{"ContactId": "carl"}, {"EmployeeId": "ben"}]});
        let made = world.run(&crm, "meeting-with-account", Operation::Create, &input).await;
        let made = made.unwrap_or_else(|error| panic!("{crm_name}: {error:?}"));
        let event = made.effects().unwrap().part("event")[0].id.clone();
        let read = world.run(&crm, "attendance", Operation::Read, &json!({"meeting": {"Id": event}})).await;
        let read = read.unwrap_or_else(|error| panic!("{crm_name}: {error:?}")).to_json();
        let people = read["Results"][0]["attendees"].as_array().unwrap();
        let people: Vec<_> = people.iter().map(|one| (one["ContactId"].as_str(), one["EmployeeId"].as_str())).collect();
        assert!(
            people.contains(&(Some("carl"), None)) && people.contains(&(None, Some("ben"))),
            "{crm_name} {people:?}"
        );
    }
}
