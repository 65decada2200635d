//! `CreateMultiple`, `UpdateMultiple`, `UpsertMultiple`.

use crate::client::{A, Org, names};

const TYPE: &str = r#""@odata.type":"Microsoft.Dynamics.CRM.account""#;

#[tokio::test]
async fn all_rows_or_none() {
    let org = Org::start().await;
    let path = "accounts/Microsoft.Dynamics.CRM.CreateMultiple";
    let body = format!(r#"{{"Targets":[{{{TYPE},"name":"1","accountid":"{A}"}},{{{TYPE},"name":"2"}}]}}"#);
    let ids = org.post(path, &body).await.expect(200).json();
    assert_eq!((ids["Ids"].as_array().unwrap().len(), ids["Ids"][0].as_str()), (2, Some(A)));
    let clash = format!(r#"{{"Targets":[{{{TYPE},"name":"3"}},{{{TYPE},"accountid":"{A}"}}]}}"#);
    org.post(path, &clash).await.refused(412, "0x80040237");
    org.post(path, r#"{"Targets":[{"name":"no type"}]}"#).await.expect(400);
    assert_eq!(org.get("accounts/$count").await.body, "\u{feff}2");
    let update = format!(r#"{{"Targets":[{{{TYPE},"accountid":"{A}","name":"one"}}]}}"#);
    org.post("accounts/Microsoft.Dynamics.CRM.UpdateMultiple", &update).await.expect(204);
    assert_eq!(names(&org.get("accounts?$orderby=name").await, "name"), ["2", "one"]);
    let upsert = format!(
        r#"{{"Targets":[{{{TYPE},"amb_externalkey":"k","name":"new"}},{{{TYPE},"accountid":"{A}","name":"old"}}]}}"#
    );
    let results = org.post("accounts/Microsoft.Dynamics.CRM.UpsertMultiple", &upsert).await.expect(200).json();
    assert_eq!(results["Results"][0]["RecordCreated"], true);
    assert_eq!(results["Results"][1]["RecordCreated"], false);
    org.post("accounts/Microsoft.Dynamics.CRM.DeleteMultiple", &update).await.expect(501);
}

#[tokio::test]
async fn availability_can_be_asked() {
    let org = Org::start().await;
    let path = "sdkmessagefilters?$select=sdkmessagefilterid&$filter=sdkmessageid/name eq @m and primaryobjecttypecode eq @t&@m='CreateMultiple'&@t=";
    let count = |reply: crate::client::Reply| reply.json()["value"].as_array().unwrap().len();
    assert_eq!(count(org.get(&format!("{path}'account'")).await.expect(200)), 1);
    assert_eq!(count(org.get(&format!("{path}'nothing'")).await.expect(200)), 0);
}
