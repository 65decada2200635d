//! What else is said on the wire: dry runs, verification, ids.

use engage_engine::verify::verify;
use engage_engine::{CrmName, Operation};
use serde_json::json;

use super::harness::{CRMS, Kind, Live};
use super::trial::meeting;
use super::trips::{booking, preparation};

fn told(live: &Live, facts: &engage_engine::verify::Facts) -> String {
    let problems = verify(&live.loaded.workspace.model, &CrmName::new(live.crm).unwrap(), facts);
    let told: Vec<String> = problems.iter().map(|problem| format!("{}: {}", problem.code, problem.message)).collect();
    told.join("\n")
}

/// What is said here is what the starter's README says of both CRMs, and nothing else.
#[tokio::test]
async fn the_starter_is_what_the_environments_say_of_themselves() {
    let live = Live::start("dataverse").await;
    let facts = live.wire.facts().await;
    insta::assert_snapshot!(told(&live, &facts), @"
    E0506: `isdisabled` can be set by an update, and not by a create
    E0506: `statecode` can be set by an update, and not by a create
    E0506: `statecode` can be set by an update, and not by a create
    ");
    assert_eq!(live.count(Kind::Describe), 1, "asked in one request");

    let live = Live::start("salesforce").await;
    let facts = live.wire.facts().await;
    insta::assert_snapshot!(told(&live, &facts), @"
    E0506: `EventId` can be set by a create, and not by an update
    E0506: `RelationId` can be set by a create, and not by an update
    E0506: `RelationId` can be set by a create, and not by an update
    ");
    assert_eq!(live.count(Kind::Describe), 1, "asked in one request");
}

/// Also where it takes two trips on Salesforce: of an event's thing one column stands for several, so that it looks
/// before it clears one.
#[tokio::test]
async fn what_a_dry_run_shows_is_what_is_sent() {
    let number = json!({"account": {"$filter": {"field": "Number", "operator": "Equals", "value": "10042"}}});
    let runs = [
        ("internal-meeting", Operation::Create, preparation("Shown"), [1, 1]),
        ("meeting-with-account", Operation::Create, booking(), [1, 1]),
        ("meeting-with-account", Operation::Update, json!({"event": {"Id": "m1", "Location": "Bergen"}}), [1, 1]),
        (
            "portal-lead",
            Operation::Update,
            json!({"event": {"Id": "m1", "AccountId": null}, "lead": {"Id": "l1"}}),
            [1, 2],
        ),
        ("customer-overview", Operation::Read, number, [1, 1]),
        ("meeting-with-account", Operation::Read, json!({"event": {"Id": "m1"}}), [1, 1]),
    ];
    for (place, crm) in CRMS.into_iter().enumerate() {
        let live = Live::with_people(crm).await;
        live.seed(&meeting());
        live.seed(&json!({"lead": [{"Id": "l1", "Subject": "Mortgage", "LastName": "Nes", "Company": "Acme"}]}));
        for (pattern, operation, input, count) in &runs {
            live.running.clear_log();
            let shown = live.execution(pattern, *operation, input).dry_run().unwrap().requests;
            assert!(live.log().is_empty());
            live.run(pattern, *operation, input).await.unwrap();
            let (log, place) = (live.log(), (count[place], crm, pattern, operation));
            assert_eq!((shown.len(), log.len()), (place.0, place.0), "{place:?}");
            for (shown, (_, sent)) in shown.iter().map(|shown| &shown.request).zip(&log) {
                assert_eq!((&shown.method, &shown.target), (&sent.method, &sent.target), "{place:?}");
                assert_eq!(Some(&shown.body), sent.body.as_ref(), "{place:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_id_may_be_written_in_every_way_that_its_crm_knows() {
    for crm in CRMS {
        let live = Live::with_people(crm).await;
        let id = live.ids.of(if crm == "dataverse" { "account" } else { "Account" }, "acme");
        let other = if crm == "dataverse" { id.to_uppercase() } else { id[..15].to_owned() };
        let mut input = preparation("Another spelling");
        input["account"] = json!({"Id": other});
        let made = live.run("internal-meeting", Operation::Create, &input).await.unwrap();
        let event = made.effects().unwrap().part("event")[0].id.clone().unwrap();
        let event = if crm == "dataverse" { event.to_uppercase() } else { event[..15].to_owned() };
        let read = live.run("internal-meeting", Operation::Read, &json!({"event": {"Id": event}})).await.unwrap();
        let found = read.to_json();
        assert_eq!(found["Results"].as_array().unwrap().len(), 1, "{crm}");
        assert_eq!(found["Results"][0]["account"][0]["Id"], json!(id), "{crm}: the id as the CRM writes it");
        assert_eq!(found["Results"][0]["detail"][0]["Topic"], "Pension", "{crm}: of the same meeting");
        let all = live.run("customer-overview", Operation::Read, &json!({"account": {"Id": other}})).await.unwrap();
        assert_eq!(all.to_json()["Results"][0]["meetings"].as_array().unwrap().len(), 1, "{crm}");
    }
}
