//! What else is said on the wire: dry runs, verification, ids.

use engage_engine::verify::verify;
use engage_engine::{CrmName, Operation};
use serde_json::json;

use super::harness::{CRMS, Kind, Live};
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
    let facts = live.wire.facts().await.unwrap_or_else(|failure| panic!("{}", failure.message));
    insta::assert_snapshot!(told(&live, &facts), @"
    E0506: `isdisabled` can be set by an update, and not by a create
    E0506: `statecode` can be set by an update, and not by a create
    ");
    assert_eq!(live.count(Kind::Describe), 1, "asked in one request");

    let live = Live::start("salesforce").await;
    let facts = live.wire.facts().await.unwrap_or_else(|failure| panic!("{}", failure.message));
    insta::assert_snapshot!(told(&live, &facts), @"
    E0506: `EventId` can be set by a create, and not by an update
    E0506: `RelationId` can be set by a create, and not by an update
    E0506: `RelationId` can be set by a create, and not by an update
    ");
    assert_eq!(live.count(Kind::Describe), 1, "asked in one request");
}

#[tokio::test]
async fn what_a_dry_run_shows_is_what_is_sent() {
    for crm in CRMS {
        let live = Live::with_people(crm).await;
        for (pattern, input) in [("internal-meeting", preparation("Shown")), ("meeting-with-account", booking())] {
            let shown = live.execution(pattern, Operation::Create, &input).dry_run().unwrap().requests;
            assert!(live.requests().is_empty());
            live.run(pattern, Operation::Create, &input).await.unwrap();
            let log = live.log();
            assert_eq!((shown.len(), log.len()), (1, 1), "{crm} {pattern}");
            let (shown, sent) = (&shown[0].request, &log[0].1);
            assert_eq!((shown.method.as_str(), &shown.target), (sent.method.as_str(), &sent.target), "{crm} {pattern}");
            assert_eq!(Some(&shown.body), sent.body.as_ref(), "{crm} {pattern}");
            live.running.clear_log();
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
        let all = live.run("customer-overview", Operation::Read, &json!({"account": {"Id": other}})).await.unwrap();
        assert_eq!(all.to_json()["Results"][0]["meetings"].as_array().unwrap().len(), 1, "{crm}");
    }
}
