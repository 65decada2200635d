//! Everything that can go wrong on the way, at every request: nothing is lost, nothing is made twice.
//!
//! What is written here is what cannot end well: a token that is refused twice, and on Salesforce the outcome of a write
//! without a key.

use engage_engine::Operation;
use serde_json::json;

use super::trial::{Scenario, all, meeting, on};
use super::trips::{booking, preparation};

#[tokio::test]
async fn who_gets_no_token_and_no_tables_has_done_nothing() {
    let create = Scenario::new("internal-meeting", Operation::Create, json!({}), preparation("First"));
    insta::assert_snapshot!(all(&create, true).await, @"
    dataverse Token Unauthenticated 1: unauthenticated the credentials were refused
    salesforce Token Unauthenticated 1: unauthenticated the credentials were refused
    salesforce Token Unauthenticated 1: unauthenticated the credentials were refused
    ");
}

#[tokio::test]
async fn a_create_is_made_once() {
    let create = Scenario::new("internal-meeting", Operation::Create, json!({}), preparation("Once"));
    insta::assert_snapshot!(all(&create, false).await, @"
    dataverse Own Unauthenticated 2: unauthenticated the credentials were refused
    salesforce Own Unauthenticated 2: unauthenticated the credentials were refused
    ");
}

#[tokio::test]
async fn a_lead_with_its_meeting_is_made_once_by_the_application() {
    let input = json!({
        "owner": {"Id": "ann"}, "host": {"Id": "ben"}, "lead": {"Subject": "Wants a mortgage", "LastName": "Nes"},
        "event": {"Subject": "Mortgage", "Start": "2026-11-30T09:00:00Z", "End": "2026-11-30T10:00:00Z"},
    });
    let create = Scenario::new("portal-lead", Operation::Create, json!({}), input);
    insta::assert_snapshot!(all(&create, false).await, @"
    dataverse Own Unauthenticated 2: unauthenticated the credentials were refused
    salesforce Own Unauthenticated 2: unauthenticated the credentials were refused
    ");
}

#[tokio::test]
async fn a_create_with_guests_detail_and_note_is_made_once() {
    let create = Scenario::new("meeting-with-account", Operation::Create, json!({}), booking());
    insta::assert_snapshot!(all(&create, false).await, @"
    dataverse Own Unauthenticated 2: unauthenticated the credentials were refused
    salesforce Own Unauthenticated 2: unauthenticated the credentials were refused
    ");
}

#[tokio::test]
async fn a_create_for_somebody_who_has_to_be_found_is_made_once() {
    let mut input = preparation("Found");
    input["owner"] = json!({"$filter": {"field": "Email", "operator": "Equals", "value": "ann@bank.example"}});
    let create = Scenario::new("internal-meeting", Operation::Create, json!({}), input);
    insta::assert_snapshot!(all(&create, false).await, @"
    dataverse Own Unauthenticated 2: unauthenticated the credentials were refused
    dataverse Own Unauthenticated 2: unauthenticated the credentials were refused
    salesforce Own Unauthenticated 2: unauthenticated the credentials were refused
    salesforce Own Unauthenticated 2: unauthenticated the credentials were refused
    ");
}

#[tokio::test]
async fn an_update_is_done_once() {
    let input = json!({
        "event": {"Id": "m1", "Start": "2026-12-01T09:00:00Z", "End": "2026-12-01T10:00:00Z"},
        "detail": {"Id": "d1", "Topic": "Mortgage"},
    });
    let update = Scenario::new("meeting-with-account", Operation::Update, meeting(), input);
    insta::assert_snapshot!(all(&update, false).await, @"
    dataverse Own Unauthenticated 2: unauthenticated the credentials were refused
    salesforce Own Unauthenticated 2: unauthenticated the credentials were refused
    ");
}

#[tokio::test]
async fn a_create_or_update_by_key_is_done_once() {
    let input = json!({"employee": {"EmployeeKey": "e-eli", "UserName": "eli@bank.example", "FirstName": "Eli",
        "LastName": "Gran", "Email": "eli@bank.example", "Alias": "eli", "TimeZone": "Europe/Oslo", "Locale": "no_NO",
        "Language": "no", "Encoding": "UTF-8", "AccessId": "advice"}});
    let upsert = Scenario::new("employee-sync", Operation::Create, json!({}), input);
    insta::assert_snapshot!(all(&upsert, false).await, @"
    dataverse Own Unauthenticated 2: unauthenticated the credentials were refused
    salesforce Own Unauthenticated 2: unauthenticated the credentials were refused
    ");
}

#[tokio::test]
async fn a_read_is_answered() {
    let read = Scenario::new("meeting-with-account", Operation::Read, meeting(), json!({"event": {"Id": "m1"}}));
    insta::assert_snapshot!(all(&read, false).await, @"
    dataverse Own Unauthenticated 2: unauthenticated the credentials were refused
    salesforce Own Unauthenticated 2: unauthenticated the credentials were refused
    ");
}

/// A new relation of an event has no key on Salesforce: who cannot know whether it was made does not make it again.
#[tokio::test]
async fn what_has_no_key_is_not_repeated_on_a_doubt() {
    let input = json!({"meeting": {"Id": "m1"}, "attendees": [{"EmployeeId": "cora", "Role": "Required"}]});
    let update = Scenario::new("attendance", Operation::Update, meeting(), input);
    insta::assert_snapshot!(all(&update, false).await, @"
    dataverse Own Unauthenticated 2: unauthenticated the credentials were refused
    salesforce Own Unauthenticated 2: unauthenticated the credentials were refused
    salesforce Own CutBefore 1: outcome-unknown the request was sent and no answer came
    salesforce Own CutBefore 2: outcome-unknown the request was sent and no answer came
    salesforce Own CutAfter 1: outcome-unknown the request was sent and no answer came
    salesforce Own CutAfter 2: outcome-unknown the request was sent and no answer came
    salesforce Own Unauthenticated 2: unauthenticated the credentials were refused
    salesforce Own Truncated { bytes: 40 } 1: outcome-unknown the request was sent and no answer came
    salesforce Own Truncated { bytes: 40 } 2: outcome-unknown the request was sent and no answer came
    ");
}

/// The guests alone have no key on Salesforce. Tokens and tables are asked for before anything is written.
#[tokio::test]
async fn what_comes_before_a_write_leaves_no_doubt_about_it() {
    let input = json!({"account": {"Id": "acme"}, "event": {"Id": "m1"}, "contacts": [{"Id": "c101"}]});
    let create = Scenario::new("meeting-with-account", Operation::Create, meeting(), input);
    insta::assert_snapshot!(on("salesforce", &create, true).await, @"
    salesforce Token Unauthenticated 1: unauthenticated the credentials were refused
    salesforce Token Unauthenticated 1: unauthenticated the credentials were refused
    ");
}

/// Of an event's person and thing one column stands for several: Salesforce looks at what is there before one is cleared.
#[tokio::test]
async fn what_is_looked_at_before_a_write_leaves_no_doubt_about_it() {
    let input = json!({"lead": {"Id": "l1", "Rating": "Hot"}, "event": {"Id": "m1", "AccountId": null}});
    let mut given = meeting();
    given["lead"] = json!([{"Id": "l1", "Subject": "Wants a mortgage", "LastName": "Nes", "Company": "Acme"}]);
    let update = Scenario::new("portal-lead", Operation::Update, given, input);
    insta::assert_snapshot!(all(&update, false).await, @"
    dataverse Own Unauthenticated 2: unauthenticated the credentials were refused
    salesforce Own Unauthenticated 2: unauthenticated the credentials were refused
    salesforce Own Unauthenticated 2: unauthenticated the credentials were refused
    ");
}
