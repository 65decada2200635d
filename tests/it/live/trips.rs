//! How many requests what takes, by the sandbox's own log. Tokens and describes are counted apart.

use std::collections::BTreeSet;

use engage_engine::Operation;
use serde_json::{Value as Json, json};

use super::harness::{CRMS, Kind, Live};

pub fn preparation(subject: &str) -> Json {
    json!({
        "account": {"Id": "acme"}, "owner": {"Id": "ann"},
        "advisors": [{"Id": "ben"}, {"Id": "cora"}, {"Id": "dan"}],
        "event": {"Subject": subject, "Start": "2026-11-30T08:00:00Z", "End": "2026-11-30T08:30:00Z"},
        "detail": {"Topic": "Pension", "MeetingType": "Online"},
    })
}

pub fn booking() -> Json {
    json!({
        "account": {"Id": "acme"}, "owner": {"Id": "ann"}, "contacts": [{"Id": "c100"}, {"Id": "c101"}],
        "event": {"Subject": "Pension review", "Start": "2026-11-30T09:00:00Z", "End": "2026-11-30T10:00:00Z",
            "Location": "Oslo", "MeetingKey": "b-1"},
        "detail": {"MeetingType": "Physical", "Topic": "Pension"},
        "note": {"Title": "Pension review", "Text": "Wants to retire at sixty-two."},
    })
}

/// Where all writes of a group go.
fn atomic(crm: &str) -> &'static str {
    match crm {
        "dataverse" => "POST /api/data/v9.2/$batch",
        _ => "POST /services/data/v66.0/composite/graph",
    }
}

fn query(crm: &str, table: &str) -> String {
    match crm {
        "dataverse" => format!("GET /api/data/v9.2/{table}"),
        _ => "GET /services/data/v66.0/query".to_owned(),
    }
}

#[tokio::test]
async fn an_internal_meeting_is_one_request_and_reads_back_in_one() {
    for crm in CRMS {
        let live = Live::with_people(crm).await;
        let made = live.run("internal-meeting", Operation::Create, &preparation("Review")).await.unwrap();
        assert_eq!(live.requests(), [atomic(crm)]);
        let effects = made.effects().unwrap();
        assert_eq!(effects.part("invites").len(), 3);
        let event = effects.part("event")[0].id.clone().unwrap();

        live.running.clear_log();
        let read = live.run("internal-meeting", Operation::Read, &json!({"event": {"Id": event}})).await.unwrap();
        assert_eq!(live.requests().len(), 1, "{:?}", live.requests());
        let found = read.to_json();
        let found = &found["Results"][0];
        assert_eq!(found["event"][0]["Subject"], "Review");
        assert_eq!(found["event"][0]["ShowAs"], "Busy");
        assert_eq!(found["account"][0]["Name"], "Acme");
        assert_eq!(found["owner"][0]["FirstName"], "ann");
        assert_eq!(found["detail"][0]["MeetingType"], "Online");
        assert_eq!(found["advisors"].as_array().unwrap().len(), 3, "{found:#}");
        assert_eq!((live.count(Kind::Token), live.count(Kind::Describe)), (0, 0), "{crm}");
    }
}

#[tokio::test]
async fn an_owner_found_by_a_filter_costs_one_request_more() {
    for crm in CRMS {
        let live = Live::with_people(crm).await;
        let mut input = preparation("Found");
        input["owner"] = json!({"$filter": {"field": "Email", "operator": "Equals", "value": "ANN@bank.example"}});
        live.run("internal-meeting", Operation::Create, &input).await.unwrap();
        assert_eq!(live.requests(), [query(crm, "systemusers"), atomic(crm).to_owned()]);
    }
}

#[tokio::test]
async fn a_meeting_with_guests_detail_and_note_is_one_request() {
    for crm in CRMS {
        let live = Live::with_people(crm).await;
        let made = live.run("meeting-with-account", Operation::Create, &booking()).await.unwrap();
        assert_eq!(live.requests(), [atomic(crm)]);
        assert_eq!(made.effects().unwrap().part("guests").len(), 2);
        let event = made.effects().unwrap().part("event")[0].id.clone().unwrap();

        live.running.clear_log();
        let read = live.run("meeting-with-account", Operation::Read, &json!({"event": {"Id": event}})).await.unwrap();
        assert_eq!(live.requests().len(), 1, "{:?}", live.requests());
        let found = read.to_json();
        let lengths = ["account", "owner", "event", "contacts", "guests", "detail", "note"];
        let lengths = lengths.map(|part| found["Results"][0][part].as_array().unwrap().len());
        assert_eq!(lengths, [1, 1, 1, 2, 2, 1, 1], "{crm}: {found:#}");
    }
}

/// Seven entities, however the account is meant.
#[tokio::test]
async fn a_customer_and_everything_about_it_is_read_in_one_request() {
    for crm in CRMS {
        let live = Live::with_people(crm).await;
        live.seed(&json!({
            "opportunity": [{"Id": "o1", "Name": "Fleet loan", "CloseDate": "2026-12-15", "Stage": "Proposal", "AccountId": "acme"}],
            "case": [{"Id": "k1", "Title": "Card is blocked", "AccountId": "acme"}],
            "lead": [{"Id": "l1", "Subject": "Asked for an offer", "LastName": "Lie", "Company": "Acme", "AccountId": "acme"}],
            "meeting": [{"Id": "m1", "Subject": "Review", "Start": "2026-11-30T09:00:00Z", "End": "2026-11-30T10:00:00Z", "AccountId": "acme"}],
            "meeting-note": [{"Id": "n1", "Title": "First call", "AccountId": "acme"}],
        }));
        let number = json!({"account": {"$filter": {"field": "Number", "operator": "Equals", "value": "10042"}}});
        let by_number = live.run("customer-overview", Operation::Read, &number).await.unwrap();
        assert_eq!(live.requests().len(), 1, "{crm}: {:?}", live.requests());
        live.running.clear_log();
        let read = live.run("customer-overview", Operation::Read, &json!({"account": {"Id": "acme"}})).await.unwrap();
        assert_eq!(read, by_number, "{crm}");
        match crm {
            "dataverse" => assert_eq!(live.requests(), [query(crm, "accounts")]),
            // Nothing leads from an account to the events whose `AccountId` it is: they are asked for beside it.
            _ => assert_eq!(live.requests(), ["POST /services/data/v66.0/composite"]),
        }
        let found = read.to_json();
        let contacts = found["Results"][0]["contacts"].as_array().unwrap();
        assert_eq!(contacts.len(), 25, "the pattern asks for the first 25");
        assert_eq!(contacts[24]["LastName"], "N124");
        for part in ["opportunities", "cases", "leads", "meetings", "notes"] {
            assert_eq!(found["Results"][0][part].as_array().unwrap().len(), 1, "{crm} {part}");
        }
    }
}

/// A client that follows every reference takes 53.
#[tokio::test]
async fn a_meeting_with_fifty_two_people_is_read_in_one_request() {
    for crm in CRMS {
        let live = Live::with_people(crm).await;
        let guest = |number: u32| json!({"Id": format!("g{number}"), "MeetingId": "m1", "ContactId": format!("c{number}"), "Role": "Required"});
        live.seed(&json!({
            "meeting": [{"Id": "m1", "Subject": "Review", "Start": "2026-11-30T09:00:00Z", "End": "2026-11-30T10:00:00Z"}],
            "attendee": (100..152).map(guest).collect::<Vec<_>>(),
        }));
        let read = live.run("attendance", Operation::Read, &json!({"meeting": {"Id": "m1"}})).await.unwrap();
        assert_eq!(live.requests(), [query(crm, "appointments")]);
        let found = live.ids.named(&read.to_json());
        let guests = found["Results"][0]["attendees"].as_array().unwrap();
        let people: BTreeSet<&str> = guests.iter().map(|guest| guest["ContactId"].as_str().unwrap()).collect();
        assert_eq!((guests.len(), people.len()), (52, 52), "{crm}");
    }
}

#[tokio::test]
async fn who_comes_for_the_first_time_asks_for_a_token_and_for_the_tables_once() {
    for crm in CRMS {
        let mut live = Live::with_people(crm).await;
        live.cold();
        live.run("internal-meeting", Operation::Create, &preparation("First")).await.unwrap();
        let kinds: Vec<Kind> = live.log().into_iter().map(|(kind, _)| kind).collect();
        match crm {
            "dataverse" => assert_eq!(kinds, [Kind::Token, Kind::Describe, Kind::Own]),
            // A describe shows what its reader may see: it is the application that asks, whoever acts.
            _ => assert_eq!(kinds, [Kind::Token, Kind::Describe, Kind::Token, Kind::Own]),
        }
        live.running.clear_log();
        live.run("internal-meeting", Operation::Create, &preparation("First")).await.unwrap();
        assert_eq!((live.count(Kind::Token), live.count(Kind::Describe)), (0, 0), "{crm}");
    }
}
