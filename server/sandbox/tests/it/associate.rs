//! `$ref`: links made and removed; parties replaced.

use crate::client::{A, B, C, D, Org};

#[tokio::test]
async fn one_to_many_both_ways() {
    let org = Org::start().await;
    org.people().await;
    let body = format!(r#"{{"@odata.id":"{}/contacts({C})"}}"#, org.root);
    org.post(&format!("accounts({B})/contact_customer_accounts/$ref"), &body).await.expect(204);
    assert_eq!(org.get(&format!("contacts({C})")).await.json()["_parentcustomerid_value"], B);
    org.call("DELETE", &format!("accounts({B})/contact_customer_accounts({C})/$ref"), &[], "").await.expect(204);
    assert!(org.get(&format!("contacts({C})")).await.json()["_parentcustomerid_value"].is_null());
    org.call("DELETE", &format!("accounts({B})/contact_customer_accounts({C})/$ref"), &[], "").await.expect(404);
    org.call("PUT", &format!("accounts({B})/primarycontactid/$ref"), &[], &body).await.expect(204);
    assert_eq!(org.get(&format!("accounts({B})")).await.json()["_primarycontactid_value"], C);
    org.call("DELETE", &format!("accounts({B})/primarycontactid/$ref"), &[], "").await.expect(204);
    assert!(org.get(&format!("accounts({B})")).await.json()["_primarycontactid_value"].is_null());
}

#[tokio::test]
async fn many_to_many() {
    let org = Org::start().await;
    org.people().await;
    let lead = "dddddddd-0000-0000-0000-000000000001";
    org.post("leads", &format!(r#"{{"leadid":"{lead}","subject":"L"}}"#)).await.expect(204);
    let path = format!("accounts({A})/accountleads_association");
    org.post(&format!("{path}/$ref"), &format!(r#"{{"@odata.id":"/leads({lead})"}}"#)).await.expect(204);
    let row =
        org.get(&format!("accounts({A})?$select=name&$expand=accountleads_association($select=subject)")).await.json();
    assert_eq!(row["accountleads_association"][0]["subject"], "L");
    let other = org.get(&format!("leads({lead})/accountleads_association?$select=name")).await.json();
    assert_eq!(other["value"][0]["name"], "Northwind");
    let id = format!("{path}/$ref?$id={}/leads({lead})", org.root);
    org.call("DELETE", &id, &[], "").await.expect(204);
    assert_eq!(org.get(&format!("{path}/$count")).await.body, "\u{feff}0");
    org.post(&format!("{path}/$ref"), &format!(r#"{{"@odata.id":"/contacts({C})"}}"#)).await.expect(400);
}

#[tokio::test]
async fn parties_are_replaced_as_a_whole() {
    let org = Org::start().await;
    org.people().await;
    let party =
        |contact: &str| format!(r#"{{"partyid_contact@odata.bind":"/contacts({contact})","participationtypemask":2}}"#);
    let body = format!(r#"{{"subject":"M","email_activity_parties":[{}]}}"#, party(C));
    let created = org.post("emails", &body).await.expect(204);
    let address = created.header("OData-EntityId").unwrap();
    let parties = format!("{address}/email_activity_parties");
    org.call("PUT", &parties, &[], &format!(r#"{{"value":[{}]}}"#, party(D))).await.expect(204);
    let list = org.call("GET", &parties, &[], "").await.json();
    assert_eq!(list["value"].as_array().unwrap().len(), 1);
    assert_eq!(list["value"][0]["_partyid_value"], D);
    org.call("PUT", &format!("accounts({A})/contact_customer_accounts"), &[], r#"{"value":[]}"#).await.expect(405);
}
