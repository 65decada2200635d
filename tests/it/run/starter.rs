//! The starter library's main job, whatever the CRM can do.

use engage_adapters::memory::presets;
use engage_engine::plan::{Answer, InputShape, plan};
use engage_engine::{Adapter, Capabilities, Input, Operation};
use serde_json::{Value as Json, json};

use super::World;

pub fn people() -> Json {
    let employee = |id: &str, last: &str| {
        json!({"Id": id, "EmployeeKey": format!("e-{id}"), "UserName": format!("{id}@bank.example"), "FirstName": id,
            "LastName": last, "Email": format!("{id}@bank.example"), "Alias": id, "Status": "Active",
            "TimeZone": "Europe/Oslo", "Locale": "nb_NO", "Language": "nb", "Encoding": "UTF-8", "AccessId": "advice"})
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
