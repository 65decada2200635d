//! Validation rules and duplicate rules.

use engage_sandbox::store::RowId;
use engage_sandbox::{Options, Sandbox};
use serde_json::{Value as Json, json};

use crate::salesforce::{Org, refused};

const SCHEMA: &str = r#"
kind: SandboxSchema
crm: salesforce
tables:
  Opportunity:
    validations:
      amount_is_positive: {condition: 'Amount < 0', message: The amount must be positive., field: Amount}
      closed_needs_reason: {condition: "StageName = 'Closed Lost' AND (NextStep = null)", message: Say why it was lost.}
      not_for_banks: {condition: "Account.Industry = 'Banking'", message: Not for banks., field: AccountId}
  Contact:
    duplicates: {Same_Email: [Email], Same_Name: [FirstName, LastName]}
    blocking: [Same_Name]
"#;

async fn org() -> Org {
    Org::with(SCHEMA).await
}

fn opportunity(more: Json) -> Json {
    let mut body = json!({"Name": "O", "StageName": "Prospecting", "CloseDate": "2026-04-01"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn rows_that_a_rule_refuses() {
    let org = org().await;
    let error = refused(
        &org.post("sobjects/Opportunity", opportunity(json!({"Amount": -1}))).await,
        400,
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    );
    assert_eq!((&error["message"], &error["fields"]), (&json!("The amount must be positive."), &json!(["Amount"])));
    let id = org.create("Opportunity", opportunity(json!({"Amount": 5}))).await;
    let path = format!("sobjects/Opportunity/{id}");
    let error =
        refused(&org.patch(&path, json!({"StageName": "Closed Lost"})).await, 400, "FIELD_CUSTOM_VALIDATION_EXCEPTION");
    assert_eq!(error["fields"], json!([]));
    org.patch(&path, json!({"StageName": "Closed Lost", "NextStep": "none"})).await.expect(204);
    let bank = org.create("Account", json!({"Name": "B", "Industry": "Banking"})).await;
    refused(&org.patch(&path, json!({"AccountId": bank})).await, 400, "FIELD_CUSTOM_VALIDATION_EXCEPTION");
    let row = org.get(&path).await.json();
    assert_eq!((&row["AccountId"], &row["NextStep"]), (&Json::Null, &json!("none")), "what is refused leaves nothing");
    let records = json!({"records": [opportunity(json!({"attributes": {"type": "Opportunity"}, "Amount": -1}))]});
    let each = org.post("composite/sobjects", records).await.expect(200).json();
    assert_eq!(
        each[0]["errors"][0],
        json!({"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "The amount must be positive.", "fields": ["Amount"]})
    );
}

#[tokio::test]
async fn a_rule_that_makes_no_sense_is_found_at_once() {
    for (condition, said) in
        [("Amount <", "unexpected token"), ("Nope = 1", "No such column 'Nope'"), ("Amount = 'x'", "type double")]
    {
        let schema = format!(
            "kind: SandboxSchema\ncrm: salesforce\ntables:\n  Opportunity:\n    validations:\n      r: {{condition: \"{condition}\", message: m}}\n"
        );
        let error = Sandbox::start(Options { schemas: vec![schema], ..Options::default() }).await.unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("`r` of `Opportunity`") && source.contains(said), "{source}");
    }
    let unknown = "kind: SandboxSchema\ncrm: salesforce\nsettings: {nonsense: true}\n";
    assert!(Sandbox::start(Options { schemas: vec![unknown.into()], ..Options::default() }).await.is_err());
}

#[tokio::test]
async fn duplicates_are_told_and_saved_where_the_client_says_so() {
    let org = org().await;
    let person = json!({"LastName": "Lee", "Email": "a@b.example"});
    let first = org.create("Contact", person.clone()).await;
    let again = json!({"LastName": "Orr", "Email": "A@B.example"});
    let error = refused(&org.post("sobjects/Contact", again.clone()).await, 400, "DUPLICATES_DETECTED");
    let result = &error["duplicateResut"];
    assert_eq!(
        (&result["allowSave"], &result["duplicateRule"], &result["duplicateRuleEntityType"]),
        (&json!(true), &json!("Same_Email"), &json!("Contact"))
    );
    let found = &result["matchResults"][0];
    assert_eq!((&found["size"], &found["success"], &found["entityType"]), (&json!(1), &json!(true), &json!("Contact")));
    let url = format!("/services/data/v66.0/sobjects/Contact/{first}");
    assert_eq!(found["matchRecords"][0]["record"], json!({"attributes": {"type": "Contact", "url": url}, "Id": first}));
    let details = [("Sforce-Duplicate-Rule-Header", "includeRecordDetails=true")];
    let told = org.call("POST", "sobjects/Contact", &details, &again).await.expect(400).json();
    assert_eq!(told[0]["duplicateResut"]["matchResults"][0]["matchRecords"][0]["record"]["LastName"], "Lee");
    let save = [("Sforce-Duplicate-Rule-Header", "allowSave=true")];
    let second = org.call("POST", "sobjects/Contact", &save, &again).await.expect(201).json()["id"].clone();
    let path = format!("sobjects/Contact/{}", second.as_str().unwrap());
    org.patch(&path, json!({"Title": "a change of something else"})).await.expect(204);
    org.patch(&path, json!({"Email": "other@b.example"})).await.expect(204);
    refused(&org.patch(&path, json!({"Email": "a@b.example"})).await, 400, "DUPLICATES_DETECTED");
    let records = json!({"records": [{"attributes": {"type": "Contact"}, "LastName": "x", "Email": "a@b.example"}]});
    let each = org.post("composite/sobjects", records.clone()).await.expect(200).json();
    assert_eq!(each[0]["errors"][0]["statusCode"], "DUPLICATES_DETECTED");
    let each = org.call("POST", "composite/sobjects", &save, &records).await.expect(200).json();
    assert_eq!(each[0]["success"], true);
    let node = |headers: Json| {
        json!({"graphs": [{"graphId": "g", "compositeRequest": [{
            "method": "POST", "url": "/services/data/v66.0/sobjects/Contact", "referenceId": "c", "httpHeaders": headers,
            "body": {"LastName": "y", "Email": "a@b.example"},
        }]}]})
    };
    let fails = org.post("composite/graph", node(json!({}))).await.expect(200).json();
    assert_eq!(fails["graphs"][0]["isSuccessful"], false);
    let saved = org.post("composite/graph", node(json!({"Sforce-Duplicate-Rule-Header": "allowSave=true"}))).await;
    assert_eq!(saved.expect(200).json()["graphs"][0]["isSuccessful"], true);
}

#[tokio::test]
async fn a_rule_that_blocks_blocks() {
    let org = org().await;
    let person = json!({"FirstName": "Ann", "LastName": "Lee"});
    org.create("Contact", person.clone()).await;
    let save = [("Sforce-Duplicate-Rule-Header", "allowSave=true")];
    let error = refused(&org.call("POST", "sobjects/Contact", &save, &person).await, 400, "DUPLICATES_DETECTED");
    assert_eq!(error["duplicateResut"]["allowSave"], false);
    org.create("Contact", json!({"LastName": "Lee"})).await;
    org.create("Contact", json!({"LastName": "Lee"})).await;
}

#[tokio::test]
async fn a_locked_row_is_locked_for_every_write() {
    let org = org().await;
    let id = org.create("Account", json!({"Name": "A"})).await;
    let store = org.running.service("salesforce").unwrap().store();
    let row = RowId::new(id.as_str());
    store.lock("Account", &row);
    let path = format!("sobjects/Account/{id}");
    let error = refused(&org.patch(&path, json!({"Name": "B"})).await, 400, "UNABLE_TO_LOCK_ROW");
    assert_eq!(error["message"], format!("unable to obtain exclusive access to this record or 1 records: {id}"));
    refused(&org.delete(&path).await, 400, "UNABLE_TO_LOCK_ROW");
    let records = json!({"records": [{"attributes": {"type": "Account"}, "Id": id, "Name": "C"}]});
    let each = org.patch("composite/sobjects", records).await.expect(200).json();
    assert_eq!(each[0]["errors"][0]["statusCode"], "UNABLE_TO_LOCK_ROW");
    org.get(&path).await.expect(200);
    store.unlock("Account", &row);
    org.patch(&path, json!({"Name": "B"})).await.expect(204);
}
