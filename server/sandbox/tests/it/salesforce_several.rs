//! What is wrong with a request for several things at once.

use serde_json::{Value as Json, json};

use crate::salesforce::{Org, refused};
use crate::salesforce_composite::{codes, node};

#[tokio::test]
async fn what_is_misspelt_or_not_ones_own_is_refused_whole() {
    let org = Org::start().await;
    let one = || node("POST", "sobjects/Account", "a", json!({"Name": "Misspelt"}));
    let with = |name: &str, value: Json| {
        let mut one = one();
        one[name] = value;
        one
    };
    for (path, body) in [
        ("composite", json!({"allornone": true, "compositeRequest": [one()]})),
        ("composite", json!({"compositeRequest": [with("header", json!({}))]})),
        ("composite", json!({"compositeRequest": [with("httpHeaders", json!({"authorization": "Bearer x"}))]})),
        ("composite", json!({"compositeRequest": [with("httpHeaders", json!({"Content-Type": "text/plain"}))]})),
        ("composite/graph", json!({"allOrNone": true, "graphs": [{"graphId": "g", "compositeRequest": [one()]}]})),
        (
            "composite/sobjects",
            json!({"allOrNothing": true, "records": [{"attributes": {"type": "Account"}, "Name": "Misspelt"}]}),
        ),
    ] {
        refused(&org.post(path, body.clone()).await, 400, "JSON_PARSER_ERROR");
    }
    assert!(org.names("SELECT Name FROM Account").await.is_empty());
    let collated = json!({"allOrNone": true, "collateSubrequests": true, "compositeRequest": [one()]});
    assert_eq!(codes(&org.post("composite", collated).await.expect(200).json()), [(201, "-".to_owned())]);
}

#[tokio::test]
async fn two_records_with_one_key_are_upserted_neither() {
    let org = Org::start().await;
    let record = |key: &str, name: &str| json!({"attributes": {"type": "Account"}, "Ext__c": key, "Name": name});
    let body = json!({"records": [record("k1", "A"), record("k2", "B"), record("K1", "C")]});
    let entries = org.patch("composite/sobjects/Account/Ext__c", body).await.expect(200).json();
    let success: Vec<&Json> = entries.as_array().unwrap().iter().map(|entry| &entry["success"]).collect();
    assert_eq!(success, [&json!(false), &json!(true), &json!(false)]);
    assert_eq!(entries[0]["errors"][0]["statusCode"], "DUPLICATE_VALUE");
    assert_eq!(org.names("SELECT Name FROM Account").await, ["B"]);
}
