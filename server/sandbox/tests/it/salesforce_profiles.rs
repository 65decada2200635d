//! What users of a profile see and may do.

use std::collections::{BTreeMap, BTreeSet};

use engage_sandbox::Options;
use engage_sandbox::salesforce::{Profile, Right, Setup};
use serde_json::{Value as Json, json};

use crate::client::send;
use crate::salesforce::{Org, refused};

fn field<'d>(describe: &'d Json, name: &str) -> Option<&'d Json> {
    describe["fields"].as_array().unwrap().iter().find(|field| field["name"] == name)
}

#[tokio::test]
async fn what_is_not_visible_is_not_there() {
    let org = Org::start().await;
    let (north, _) = org.people().await;
    org.create(
        "Opportunity",
        json!({"Name": "O", "StageName": "Prospecting", "CloseDate": "2026-04-01", "AccountId": north}),
    )
    .await;
    let org = org.acting("restricted-user");
    for (soql, code) in [
        ("SELECT Id FROM Opportunity", "INVALID_TYPE"),
        ("SELECT AnnualRevenue FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE AnnualRevenue > 1", "INVALID_FIELD"),
        ("SELECT Id FROM Account ORDER BY AnnualRevenue", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Account.AnnualRevenue > 1", "INVALID_FIELD"),
        ("SELECT Id, (SELECT Id FROM Opportunities) FROM Account", "INVALID_TYPE"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity)", "INVALID_TYPE"),
        ("SELECT Owner.Profile.Name FROM Account", "INVALID_FIELD"),
    ] {
        refused(&org.query(soql).await, 400, code);
    }
    let row = org.get(&format!("sobjects/Account/{north}")).await.expect(200).json();
    assert!(row.get("AnnualRevenue").is_none() && row["Name"] == "Northwind");
    refused(&org.get("sobjects/Opportunity/describe").await, 404, "NOT_FOUND");
    refused(&org.post("sobjects/Opportunity", json!({})).await, 404, "NOT_FOUND");
    let error =
        refused(&org.post("sobjects/Account", json!({"Name": "x", "AnnualRevenue": 1})).await, 400, "INVALID_FIELD");
    assert!(error["message"].as_str().unwrap().contains("No such column 'AnnualRevenue'"));
    let names: Vec<Json> =
        org.get("sobjects").await.json()["sobjects"].as_array().unwrap().iter().map(|o| o["name"].clone()).collect();
    assert_eq!(names, ["Account", "Case", "Contact", "User"]);
    let describe = org.get("sobjects/Account/describe").await.expect(200).json();
    assert!(field(&describe, "AnnualRevenue").is_none());
    assert_eq!(field(&describe, "Industry").unwrap()["updateable"], false);
    let children = describe["childRelationships"].as_array().unwrap();
    assert!(children.iter().all(|child| child["childSObject"] != "Opportunity"));
    assert_eq!((&describe["deletable"], &describe["createable"]), (&json!(false), &json!(true)));
    let all = org.query("SELECT FIELDS(ALL) FROM Account LIMIT 1").await.expect(200).json();
    assert!(all["records"][0].get("AnnualRevenue").is_none());
}

#[tokio::test]
async fn what_is_not_allowed_is_refused() {
    let org = Org::start().await;
    let (north, _) = org.people().await;
    let case = org.create("Case", json!({"Subject": "C"})).await;
    let org = org.acting("restricted-user");
    let account = format!("sobjects/Account/{north}");
    org.patch(&account, json!({"Name": "North"})).await.expect(204);
    let error =
        refused(&org.patch(&account, json!({"Industry": "Banking"})).await, 400, "INVALID_FIELD_FOR_INSERT_UPDATE");
    assert_eq!(error["fields"], json!(["Industry"]));
    refused(&org.delete(&account).await, 400, "INSUFFICIENT_ACCESS_OR_READONLY");
    refused(&org.patch(&format!("sobjects/Case/{case}"), json!({})).await, 400, "INSUFFICIENT_ACCESS_OR_READONLY");
    let error =
        refused(&org.post("sobjects/Case", json!({"Subject": "x"})).await, 400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY");
    assert_eq!(error["message"], "entity type cannot be inserted: Case");
    // Fields that the platform fills in are filled in whoever writes.
    let id = org.create("Account", json!({"Name": "Own"})).await;
    let row = org.get(&format!("sobjects/Account/{id}?fields=OwnerId,CreatedById")).await.expect(200).json();
    assert_eq!(
        (row["OwnerId"].as_str(), &row["OwnerId"]),
        (Some(org.user("restricted-user", "user_id").as_str()), &row["CreatedById"])
    );
    let each =
        json!({"records": [{"attributes": {"type": "Case"}, "Subject": "x"}, {"attributes": {"type": "Opportunity"}}]});
    let each = org.post("composite/sobjects", each).await.expect(200).json();
    assert_eq!(each[0]["errors"][0]["statusCode"], "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY");
    assert_eq!(each[1]["errors"][0]["statusCode"], "INVALID_TYPE");
    let org = org.acting("read-only");
    refused(&org.post("sobjects/Contact", json!({"LastName": "x"})).await, 400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY");
    assert_eq!(org.names("SELECT Name FROM Account").await.len(), 3);
}

#[tokio::test]
async fn what_the_platform_keeps_to_itself() {
    let org = Org::start().await;
    let organization = org.query("SELECT Id, Name, IsSandbox FROM Organization").await.expect(200).json();
    assert_eq!((&organization["totalSize"], &organization["records"][0]["IsSandbox"]), (&json!(1), &json!(true)));
    assert_eq!(organization["records"][0]["Id"], json!(org.fact("organization_id")));
    for object in ["Organization", "Profile"] {
        let code = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY";
        refused(&org.post(&format!("sobjects/{object}"), json!({"Name": "x"})).await, 400, code);
    }
    let user = format!("sobjects/User/{}", org.user("employee", "user_id"));
    refused(&org.delete(&user).await, 400, "INSUFFICIENT_ACCESS_OR_READONLY");
    assert_eq!(org.get("sobjects/User").await.json()["objectDescribe"]["deletable"], false);
    let error = refused(
        &org.post("sobjects/Account", json!({"Name": "x", "Id": "001000000000001AAA"})).await,
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    );
    assert_eq!(error["message"], "cannot specify Id in an insert call");
}

#[tokio::test]
async fn profiles_of_ones_own() {
    let rights = |rights: &[Right]| rights.iter().copied().collect::<BTreeSet<_>>();
    let everything = Profile {
        name: "All".into(),
        objects: BTreeMap::from([("*".into(), rights(&[Right::Read, Right::Create, Right::Edit, Right::Delete]))]),
        ..Profile::default()
    };
    let narrow = Profile {
        name: "Contacts Only".into(),
        objects: BTreeMap::from([("Contact".into(), rights(&[Right::Read, Right::Create]))]),
        ..Profile::default()
    };
    let setup = Setup { profiles: vec![everything.clone(), everything, narrow], ..Setup::default() };
    let org = Org::set_up(Options { salesforce_setup: setup, ..Options::default() }).await;
    let account = org.create("Account", json!({"Name": "A"})).await;
    let org = org.acting("contacts-only");
    let reply = org.post("sobjects/Contact", json!({"LastName": "x", "AccountId": account})).await;
    refused(&reply, 400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY");
    org.create("Contact", json!({"LastName": "x"})).await;
    refused(&org.query("SELECT Account.Name FROM Contact").await, 400, "INVALID_FIELD");
}

#[tokio::test]
async fn reads_run_beside_each_other() {
    let org = Org::start().await;
    let (url, token) = (org.fact("url"), format!("Bearer {}", org.token));
    let asks = (0..20).map(|_| {
        let (url, token) = (format!("{url}/services/data/v66.0/sobjects/Account/describe"), token.clone());
        tokio::spawn(async move { send(&url, "GET", &[("Authorization", &token)], "").await.unwrap().status })
    });
    for ask in asks.collect::<Vec<_>>() {
        assert_eq!(ask.await.unwrap(), 200);
    }
}
