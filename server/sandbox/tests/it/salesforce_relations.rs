//! People and records of an event.

use serde_json::{Value as Json, json};

use crate::salesforce::{Org, refused};

const SHARED: &str = "kind: SandboxSchema\ncrm: salesforce\nsettings: {shared_activities: true}\n";

fn event(who: &Json, what: &Json) -> Json {
    json!({"Subject": "E", "StartDateTime": "2026-03-02T10:00:00Z", "DurationInMinutes": 5, "WhoId": who, "WhatId": what})
}

async fn relations(org: &Org, event: &str) -> Vec<(String, bool, bool, bool)> {
    let soql = format!("SELECT RelationId, IsParent, IsWhat, IsInvitee FROM EventRelation WHERE EventId = '{event}'");
    let records = org.query(&soql).await.expect(200).json()["records"].as_array().unwrap().clone();
    let mut found: Vec<_> = records
        .iter()
        .map(|r| {
            let flag = |name: &str| r[name].as_bool().unwrap();
            (r["RelationId"].as_str().unwrap().to_owned(), flag("IsParent"), flag("IsWhat"), flag("IsInvitee"))
        })
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn without_shared_activities_relations_are_invitees() {
    let org = Org::start().await;
    let account = org.create("Account", json!({"Name": "A"})).await;
    let contact = org.create("Contact", json!({"LastName": "C"})).await;
    let id = org.create("Event", event(&json!(contact), &json!(account))).await;
    assert!(relations(&org, &id).await.is_empty());
    org.create("EventRelation", json!({"EventId": id, "RelationId": contact, "IsInvitee": true})).await;
    for field in ["IsParent", "IsWhat"] {
        let body = json!({"EventId": id, "RelationId": contact, field: true});
        let error = refused(&org.post("sobjects/EventRelation", body).await, 400, "INVALID_FIELD_FOR_INSERT_UPDATE");
        assert_eq!(error["fields"], json!([field]));
    }
    assert_eq!(relations(&org, &id).await, [(contact, false, false, true)]);
}

#[tokio::test]
async fn with_shared_activities_the_platform_keeps_relations() {
    let org = Org::with(SHARED).await;
    let account = org.create("Account", json!({"Name": "A"})).await;
    let (one, two) =
        (org.create("Contact", json!({"LastName": "1"})).await, org.create("Contact", json!({"LastName": "2"})).await);
    let id = org.create("Event", event(&json!(one), &json!(account))).await;
    let what = (account.clone(), false, true, false);
    assert_eq!(relations(&org, &id).await, [what.clone(), (one.clone(), true, false, false)]);
    let path = format!("sobjects/Event/{id}");
    org.patch(&path, json!({"Subject": "changed"})).await.expect(204);
    assert_eq!(relations(&org, &id).await.len(), 2);
    org.patch(&path, json!({"WhoId": two, "WhatId": null})).await.expect(204);
    assert_eq!(relations(&org, &id).await, [(two.clone(), true, false, false)]);
    // A second contact is related; when the first is removed, it is the one the event is with.
    org.create("EventRelation", json!({"EventId": id, "RelationId": one, "IsParent": true})).await;
    assert_eq!(org.get(&path).await.json()["WhoId"], json!(two));
    let soql = format!("SELECT Id FROM EventRelation WHERE EventId = '{id}' AND RelationId = '{two}'");
    let relation = org.query(&soql).await.json()["records"][0]["Id"].as_str().unwrap().to_owned();
    org.delete(&format!("sobjects/EventRelation/{relation}")).await.expect(204);
    assert_eq!(org.get(&path).await.json()["WhoId"], json!(one));
    let lead = org.create("Lead", json!({"LastName": "L", "Company": "C"})).await;
    let body = json!({"EventId": id, "RelationId": lead, "IsParent": true});
    refused(&org.post("sobjects/EventRelation", body).await, 400, "FIELD_INTEGRITY_EXCEPTION");
    org.delete(&path).await.expect(204);
    assert!(relations(&org, &id).await.is_empty());
}

#[tokio::test]
async fn a_relation_that_says_nothing_else_is_an_invitation() {
    for org in [Org::start().await, Org::with(SHARED).await] {
        let contact = org.create("Contact", json!({"LastName": "C"})).await;
        let id = org.create("Event", event(&Json::Null, &Json::Null)).await;
        org.create("EventRelation", json!({"EventId": id, "RelationId": contact})).await;
        assert_eq!(relations(&org, &id).await, [(contact, false, false, true)]);
    }
}

#[tokio::test]
async fn a_person_has_one_relation_whatever_it_is_for() {
    let org = Org::with(SHARED).await;
    let contact = org.create("Contact", json!({"LastName": "C"})).await;
    let id = org.create("Event", event(&Json::Null, &Json::Null)).await;
    let relation = org.create("EventRelation", json!({"EventId": id, "RelationId": contact, "IsInvitee": true})).await;
    let path = format!("sobjects/Event/{id}");
    org.patch(&path, json!({"WhoId": contact})).await.expect(204);
    assert_eq!(relations(&org, &id).await, [(contact.clone(), true, false, true)]);
    let body = json!({"EventId": id, "RelationId": contact, "IsInvitee": true});
    let error = refused(&org.post("sobjects/EventRelation", body).await, 400, "DUPLICATE_VALUE");
    assert!(error["message"].as_str().unwrap().contains(&relation), "{error}");
    // Who is no longer what the event is with stays invited.
    org.patch(&path, json!({"WhoId": null})).await.expect(204);
    assert_eq!(relations(&org, &id).await, [(contact, false, false, true)]);
}

#[tokio::test]
async fn what_an_event_cannot_be() {
    let org = Org::start().await;
    let account = org.create("Account", json!({"Name": "A"})).await;
    let lead = org.create("Lead", json!({"LastName": "L", "Company": "C"})).await;
    let times = json!({"Subject": "E", "StartDateTime": "2026-03-02T10:00:00Z", "EndDateTime": "2026-03-02T11:00:00Z"});
    let with = |fields: &[(&str, Json)]| {
        let mut event = times.clone();
        fields.iter().for_each(|(name, value)| event[*name] = value.clone());
        event
    };
    let both = [("WhoId", json!(lead)), ("WhatId", json!(account))];
    for (fields, code) in [
        (&both[..], "FIELD_INTEGRITY_EXCEPTION"),
        (&[("DurationInMinutes", json!(30))], "FIELD_INTEGRITY_EXCEPTION"),
        (&[("StartDateTime", json!("2026-03-02 10:00:00Z"))], "JSON_PARSER_ERROR"),
    ] {
        refused(&org.post("sobjects/Event", with(fields)).await, 400, code);
    }
    let task = json!({"Subject": "T", "WhoId": lead, "WhatId": account});
    refused(&org.post("sobjects/Task", task).await, 400, "FIELD_INTEGRITY_EXCEPTION");
    let id = org.create("Event", with(&[("DurationInMinutes", json!(60)), ("WhoId", json!(lead))])).await;
    let error = org.patch(&format!("sobjects/Event/{id}"), json!({"WhatId": account})).await;
    assert_eq!(refused(&error, 400, "FIELD_INTEGRITY_EXCEPTION")["fields"], json!(["WhatId"]));
    let blank = org.patch(&format!("sobjects/Account/{account}"), json!({"Name": "  "})).await;
    refused(&blank, 400, "REQUIRED_FIELD_MISSING");
}

/// The account of a case is none of an event's: it is the person's that counts.
#[tokio::test]
async fn an_event_about_a_case_belongs_to_the_account_of_its_contact() {
    let org = Org::start().await;
    let (one, two) =
        (org.create("Account", json!({"Name": "1"})).await, org.create("Account", json!({"Name": "2"})).await);
    let case = org.create("Case", json!({"Subject": "S", "AccountId": one})).await;
    let contact = org.create("Contact", json!({"LastName": "C", "AccountId": two})).await;
    let id = org.create("Event", event(&json!(contact), &json!(case))).await;
    let path = format!("sobjects/Event/{id}");
    assert_eq!(org.get(&path).await.json()["AccountId"], json!(two));
    org.patch(&path, json!({"WhoId": null})).await.expect(204);
    assert_eq!(org.get(&path).await.json()["AccountId"], Json::Null);
}
