//! Create, read, update, upsert, delete; keys, etags, errors.

use crate::client::{A, B, C, Org};

#[tokio::test]
async fn a_create_answers_with_the_address_of_the_row() {
    let org = Org::start().await;
    let created = org.post("accounts", r#"{"name":"Northwind"}"#).await.expect(204);
    let address = created.header("OData-EntityId").unwrap();
    assert!(address.starts_with(&format!("{}/accounts(", org.root)) && created.body.is_empty());
    let row = org.call("GET", address, &[], "").await.expect(200).json();
    assert_eq!(row["name"], "Northwind");
    assert_eq!(row["@odata.etag"].as_str().unwrap().split('"').next(), Some("W/"));
    assert_eq!(row["statecode"], 0);
    assert_eq!((row["donotemail"].as_bool(), row["followemail"].as_bool()), (Some(false), Some(true)));
    assert_eq!(row["createdon"], "2026-03-01T10:00:00Z");
    assert_eq!(row["_ownerid_value"], org.user("system-administrator", "user_id"));
}

#[tokio::test]
async fn a_representation_is_sent_on_wish_and_without_the_address() {
    let org = Org::start().await;
    let prefer = [("Prefer", "return=representation")];
    let created =
        org.call("POST", "accounts?$select=name", &prefer, r#"{"name":"N","revenue":1.10}"#).await.expect(201);
    assert!(created.header("OData-EntityId").is_none());
    assert_eq!(created.header("Preference-Applied"), Some("return=representation"));
    let row = created.json();
    assert!(row["accountid"].is_string() && row.get("revenue").is_none());
    let updated = org
        .call("PATCH", &format!("accounts({})", row["accountid"].as_str().unwrap()), &prefer, r#"{"name":"M"}"#)
        .await
        .expect(200);
    assert_eq!(updated.json()["name"], "M");
    assert!(updated.body.contains("\"revenue\":1.10"), "digits are kept: {}", updated.body);
}

#[tokio::test]
async fn a_key_of_the_clients_own_cannot_be_used_twice() {
    let org = Org::start().await;
    let body = format!(r#"{{"accountid":"{A}","name":"N"}}"#);
    org.post("accounts", &body).await.expect(204);
    org.post("accounts", &body).await.refused(412, "0x80040237");
    assert_eq!(org.get("accounts").await.json()["value"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn patch_creates_unless_it_is_told_not_to() {
    let org = Org::start().await;
    let path = format!("accounts({A})");
    let missing = org.call("PATCH", &path, &[("If-Match", "*")], r#"{"name":"N"}"#).await.refused(404, "0x80040217");
    assert!(missing.body.contains(&format!("account With Id = {A} Does Not Exist")));
    org.patch(&path, r#"{"name":"N"}"#).await.expect(204);
    assert_eq!(org.get(&path).await.json()["name"], "N");
    org.call("PATCH", &path, &[("If-None-Match", "*")], r#"{"name":"M"}"#).await.refused(412, "0x80040237");
    org.call("PATCH", &path, &[("If-Match", "*")], r#"{"name":"M"}"#).await.expect(204);
    assert_eq!(org.get(&path).await.json()["name"], "M");
}

#[tokio::test]
async fn etags_guard_against_lost_updates() {
    let org = Org::start().await;
    org.people().await;
    let path = format!("accounts({A})");
    let etag = org.get(&path).await.json()["@odata.etag"].as_str().unwrap().to_owned();
    org.call("GET", &path, &[("If-None-Match", &etag)], "").await.expect(304);
    org.call("GET", &path, &[("If-None-Match", "null")], "").await.expect(200);
    org.call("PATCH", &path, &[("If-Match", &etag)], r#"{"name":"1"}"#).await.expect(204);
    let stale = org.call("PATCH", &path, &[("If-Match", &etag)], r#"{"name":"2"}"#).await.refused(412, "0x80060882");
    assert!(stale.body.contains("The version of the existing record doesn't match the RowVersion property provided."));
    org.call("DELETE", &path, &[("If-Match", &etag)], "").await.refused(412, "0x80060882");
    org.call("GET", &path, &[("If-None-Match", &etag)], "").await.expect(200);
}

#[tokio::test]
async fn alternate_keys_address_rows_and_upsert_them() {
    let org = Org::start().await;
    org.patch("accounts(amb_externalkey='K%2F1')", r#"{"name":"first"}"#).await.expect(204);
    let row = org.get("accounts(amb_externalkey='K%2F1')?$select=name,amb_externalkey").await.expect(200).json();
    assert_eq!((row["name"].as_str(), row["amb_externalkey"].as_str()), (Some("first"), Some("K/1")));
    org.patch("accounts(amb_externalkey='K%2F1')", r#"{"name":"second","amb_externalkey":"ignored"}"#)
        .await
        .expect(204);
    assert_eq!(org.get("accounts/$count").await.body, "\u{feff}1");
    org.get("accounts(amb_externalkey='none')").await.refused(404, "0x80060891");
    let wrong = org.get("accounts(name='first')").await.expect(400);
    assert!(wrong.body.contains("The key in the request URI is not valid for resource"));
    org.patch("accounts(accountnumber='1',address1_city='Bern')", "{}").await.expect(204);
    org.get("accounts(address1_city='bern',accountnumber='1')").await.expect(200);
    org.get("systemusers(systemuserid=aaaaaaaa-0000-0000-0000-000000000001)").await.expect(400);
}

#[tokio::test]
async fn lookups_are_bound_changed_and_cleared_by_navigation_name() {
    let org = Org::start().await;
    org.people().await;
    let path = format!("contacts({C})");
    let lookup = |reply: crate::client::Reply| reply.json()["_parentcustomerid_value"].as_str().map(str::to_owned);
    assert_eq!(lookup(org.get(&path).await).as_deref(), Some(A));
    let bind = format!(r#"{{"parentcustomerid_account@odata.bind":"{}/accounts({B})"}}"#, org.root);
    org.patch(&path, &bind).await.expect(204);
    assert_eq!(lookup(org.get(&path).await).as_deref(), Some(B));
    org.patch(&path, r#"{"parentcustomerid_account@odata.bind":null}"#).await.expect(204);
    assert_eq!(lookup(org.get(&path).await), None);
    org.patch(&path, r#"{"parentcustomerid_account":null}"#).await.expect(204);

    let wrong_case = org.patch(&path, r#"{"ParentCustomerId_account@odata.bind":"/accounts(x)"}"#).await;
    assert!(wrong_case.refused(400, "0x80048d19").body.contains("An undeclared property 'ParentCustomerId_account'"));
    let wrong_table = format!(r#"{{"parentcustomerid_account@odata.bind":"/contacts({C})"}}"#);
    org.patch(&path, &wrong_table).await.refused(400, "0x80048d19");
    let dangling = r#"{"parentcustomerid_account@odata.bind":"/accounts(00000000-0000-0000-0000-00000000000f)"}"#;
    org.patch(&path, dangling).await.refused(404, "0x80040217");
    org.patch(&path, &format!(r#"{{"_parentcustomerid_value":"{A}"}}"#)).await.expect(400);
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused() {
    let org = Org::start().await;
    for (body, code) in [
        (r#"{"amb_name":"longer than ten"}"#, "0x80044331"),
        (r#"{"amb_rate":100.5}"#, "0x80044330"),
        (r#"{"amb_rate":"1"}"#, "0x80048d19"),
        (r#"{"amb_name":1}"#, "0x80048d19"),
        (r#"{"nothing":1}"#, "0x80048d19"),
        (r#"{"amb_name":"#, "0x80048d19"),
        (r#"[]"#, "0x80048d19"),
    ] {
        org.post("amb_details", body).await.refused(400, code);
    }
    org.post("accounts", r#"{"amb_since":"1700-01-01"}"#).await.refused(400, "0x80040239");
    org.post("accounts", r#"{"importsequencenumber":3000000000}"#).await.expect(400);
    org.post("accounts", r#"{"amb_tags":"1,4"}"#).await.expect(400);
    org.post("accounts", r#"{"statuscode":77}"#).await.expect(400);
    org.post("accounts", r#"{"createdon":"2020-01-01T00:00:00Z"}"#).await.expect(400);
    org.post("nothings", "{}").await.expect(404);
    assert_eq!(org.get("amb_details/$count").await.body, "\u{feff}0");
}

#[tokio::test]
async fn values_of_every_type_come_back_as_they_went() {
    let org = Org::start().await;
    let body = r#"{"amb_tags":"3,1","amb_since":"2024-02-29","revenue":12345678.9012,"donotemail":true,"overriddencreatedon":"2020-05-06T07:08:09Z","description":"línea\n\"q\" 😀","address1_latitude":-12.5}"#;
    let prefer = [("Prefer", "return=representation,odata.include-annotations=\"*\"")];
    let row = org.call("POST", "accounts", &prefer, body).await.expect(201).json();
    assert_eq!(row["amb_tags"], "3,1");
    assert_eq!(row["amb_since"], "2024-02-29");
    assert_eq!(row["revenue"].to_string(), "12345678.9012");
    assert_eq!(row["createdon"], "2020-05-06T07:08:09Z");
    assert_eq!(row["description"], "línea\n\"q\" 😀");
    let formatted = |name: &str| row[format!("{name}@OData.Community.Display.V1.FormattedValue")].clone();
    assert_eq!(formatted("amb_tags"), "Blue; Red");
    assert_eq!(formatted("revenue"), "$12,345,678.90");
    assert_eq!(formatted("statecode"), "Active");
    assert_eq!(formatted("_ownerid_value"), "system-administrator");
    assert_eq!(row["_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"], "systemuser");
    assert!(row["_transactioncurrencyid_value"].is_string(), "money has a currency");
}

#[tokio::test]
async fn related_rows_are_created_with_their_row_or_not_at_all() {
    let org = Org::start().await;
    org.people().await;
    let body = format!(
        r#"{{"subject":"Review","scheduledstart":"2026-05-01T09:00:00Z","scheduledend":"2026-05-01T10:00:00Z",
        "regardingobjectid_account_appointment@odata.bind":"/accounts({A})",
        "appointment_activity_parties":[{{"partyid_contact@odata.bind":"/contacts({C})","participationtypemask":5}}]}}"#
    );
    let created = org.post("appointments", &body).await.expect(204);
    let expand = "?$select=subject&$expand=appointment_activity_parties($select=participationtypemask,_partyid_value)";
    let row = org.get(&format!("{}{expand}", created.header("OData-EntityId").unwrap())).await.json();
    assert_eq!(row["appointment_activity_parties"][0]["_partyid_value"], C);
    let short = body.replace("regardingobjectid_account_appointment", "regardingobjectid_account");
    org.post("appointments", &short).await.expect(204);
    org.post("appointments", &body.replace("\"participationtypemask\":5", "\"participationtypemask\":1"))
        .await
        .expect(400);
    assert_eq!(org.get("appointments/$count").await.body, "\u{feff}2");
    assert_eq!(org.get("activityparties/$count").await.body, "\u{feff}2");
    org.post("activityparties", "{}").await.refused(400, "0x80040800");
    let deep =
        r#"{"name":"deep","primarycontactid":{"lastname":"One"},"contact_customer_accounts":[{"lastname":"Two"}]}"#;
    org.post("accounts", deep).await.expect(204);
    assert_eq!(org.get("contacts?$filter=lastname eq 'Two'").await.json()["value"].as_array().unwrap().len(), 1);
    let broken = deep.replace("Two\"", "Three\",\"nothing\":1").replace("One", "Four");
    org.post("accounts", &broken).await.expect(400);
    assert_eq!(org.get("contacts?$filter=lastname eq 'Four'").await.json()["value"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn deletes_follow_the_relations() {
    let org = Org::start().await;
    org.people().await;
    org.post("amb_details", &format!(r#"{{"amb_AccountId@odata.bind":"/accounts({A})"}}"#)).await.expect(204);
    org.call("DELETE", &format!("accounts({A})"), &[], "").await.expect(400);
    org.call("DELETE", &format!("contacts({C})"), &[], "").await.expect(204);
    org.call("DELETE", &format!("contacts({C})"), &[], "").await.refused(404, "0x80040217");
    assert!(org.get(&format!("accounts({A})")).await.json()["_primarycontactid_value"].is_null());
}

#[tokio::test]
async fn duplicate_rules_hold_on_wish() {
    let org = Org::start().await;
    let body = r#"{"telephone1":"555"}"#;
    org.post("accounts", body).await.expect(204);
    let asked = [("MSCRM.SuppressDuplicateDetection", "false")];
    org.call("POST", "accounts", &asked, body).await.refused(412, "0x80040333");
    assert_eq!(org.get("accounts/$count").await.body, "\u{feff}1");
    org.post("accounts", body).await.expect(204);
    org.call("PATCH", &format!("accounts({A})"), &asked, r#"{"telephone1":"1"}"#).await.expect(204);
    org.call("PATCH", &format!("accounts({A})"), &asked, body).await.refused(412, "0x80040333");
}

#[tokio::test]
async fn single_properties_are_read_set_and_cleared() {
    let org = Org::start().await;
    org.people().await;
    let name = format!("accounts({A})/name");
    assert_eq!(org.get(&name).await.json()["value"], "Northwind");
    org.call("PUT", &name, &[], r#"{"value":"South"}"#).await.expect(204);
    assert_eq!(org.get(&format!("{name}/$value")).await.body, "South");
    org.call("DELETE", &name, &[], "").await.expect(204);
    org.get(&name).await.expect(204);
    org.get(&format!("accounts({A})/nothing")).await.expect(404);
}

#[tokio::test]
async fn states_and_reasons_go_together() {
    let org = Org::start().await;
    org.people().await;
    let path = format!("accounts({A})");
    org.patch(&path, r#"{"statecode":1}"#).await.expect(204);
    assert_eq!(org.get(&path).await.json()["statuscode"], 2);
    org.patch(&path, r#"{"statuscode":1}"#).await.refused(400, "0x80048408");
    org.post("incidents", r#"{"title":"x"}"#).await.expect(400);
    org.post("incidents", &format!(r#"{{"title":"x","customerid_account@odata.bind":"/accounts({A})"}}"#))
        .await
        .expect(204);
    let case = org.get("incidents?$select=ticketnumber").await.json()["value"][0].clone();
    assert!(case["ticketnumber"].as_str().unwrap().starts_with("CAS-00001-"));
}

#[tokio::test]
async fn verbs_and_addresses_that_are_not_there() {
    let org = Org::start().await;
    org.call("PUT", "accounts", &[], "{}").await.expect(405);
    org.call("DELETE", "accounts", &[], "").await.expect(405);
    org.post("WinOpportunity", "{}").await.expect(501);
    org.get("RetrieveDuplicates()").await.expect(501);
    org.get("accounts/nothing").await.expect(404);
    let image = org.call("PUT", &format!("accounts({A})/entityimage"), &[], "{}").await;
    assert_eq!(image.status, 404, "there is no such row");
    org.patch(&format!("accounts({A})"), r#"{"name":"N"}"#).await.expect(204);
    org.call("PATCH", &format!("accounts({A})/entityimage"), &[], "x").await.expect(501);
    org.get(&format!("accounts({A})/entityimage/$value")).await.expect(501);
    let search = format!("{}/api/search/v1.0/query", org.fact("url"));
    org.call("POST", &search, &[], "{}").await.expect(501);
    org.call("GET", &format!("{}/nothing", org.fact("url")), &[], "").await.expect(404);
    org.post("accounts?$filter=name%20eq%20'x'", "{}").await.expect(400);
    org.post("accounts?other=1", "{}").await.expect(400);
    org.post("accounts", r##"{"@odata.type":"#Microsoft.Dynamics.CRM.contact"}"##).await.refused(400, "0x80048d19");
    org.post("accounts", r##"{"@odata.type":"#Microsoft.Dynamics.CRM.account"}"##).await.expect(204);
    let user = format!("systemusers({})", org.user("read-only", "user_id"));
    org.call("DELETE", &user, &[], "").await.refused(400, "0x80040800");
    org.post("sdkmessages", r#"{"name":"x"}"#).await.refused(400, "0x80040800");
}

#[tokio::test]
async fn nothing_is_lost_with_a_null() {
    let org = Org::start().await;
    // Generic clients send every property of a new row.
    org.post("accounts", r#"{"name":"n","lastusedincampaign":null,"createdon":null}"#).await.expect(204);
    org.post("accounts", r#"{"name":"n","lastusedincampaign":"2026-01-01T00:00:00Z"}"#)
        .await
        .refused(400, "0x80040203");
    let id = org.post("accounts", r#"{"name":"n"}"#).await.header("OData-EntityId").unwrap().to_owned();
    org.call("PATCH", &id, &[], r#"{"createdon":null}"#).await.refused(400, "0x80040203");
}
