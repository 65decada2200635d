//! Requests that are almost right: what the product would not take is not taken here.

use engage_sandbox::Options;

use crate::client::{A, B, Org, send};

/// A key with a lookup to a table whose set is not its name with an s.
const MARKS: &str = r"
kind: SandboxSchema
crm: dataverse
tables:
  amb_mark:
    set: amb_marks
    schema: amb_Mark
    name: amb_name
    keys: {amb_deal: [amb_dealid, amb_name]}
    columns:
      amb_markid: {type: Uniqueidentifier, update: false, required: SystemRequired}
      amb_name: {type: String, length: 10}
      amb_dealid:
        type: Lookup
        relations: [{to: opportunity, name: amb_opportunity_marks, navigation: amb_DealId, collection: amb_opportunity_marks}]
";

const TYPE: &str = r#""@odata.type":"Microsoft.Dynamics.CRM.account""#;

async fn with_account() -> Org {
    let org = Org::start().await;
    org.post("accounts", &format!(r#"{{"accountid":"{A}","name":"N"}}"#)).await.expect(204);
    org
}

async fn batch(org: &Org, request: &str) -> u16 {
    let part = |id: &str| format!("--c\r\nContent-Type: application/http\r\nContent-ID: {id}\r\n\r\n{request}\r\n");
    let body = format!("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{}--c--\r\n--b--\r\n", part("1"));
    org.call("POST", "$batch", &[("Content-Type", "multipart/mixed; boundary=b")], &body).await.status
}

#[tokio::test]
async fn who_made_a_row_is_nobodys_choice() {
    let org = with_account().await;
    let user = org.user("salesperson", "user_id");
    let bind = format!(r#"{{"lastname":"L","createdby@odata.bind":"/systemusers({user})"}}"#);
    org.post("contacts", &bind).await.refused(400, "0x80040203");
    org.patch(&format!("accounts({A})"), &format!(r#"{{"modifiedby@odata.bind":"/systemusers({user})"}}"#))
        .await
        .refused(400, "0x80040203");
    let body = format!(r#"{{"@odata.id":"{}/systemusers({user})"}}"#, org.root);
    let path = format!("accounts({A})/createdby/$ref");
    org.call("PUT", &path, &[("Content-Type", "application/json")], &body).await.refused(400, "0x80040203");
    let row = org.get(&format!("accounts({A})?$select=_createdby_value")).await.expect(200).json();
    assert_eq!(row["_createdby_value"], org.user("system-administrator", "user_id"));
}

#[tokio::test]
async fn a_property_is_not_emptied_by_a_body_that_does_not_name_a_value() {
    let org = with_account().await;
    let path = format!("accounts({A})/name");
    for body in ["{}", r#"{"Value":"x"}"#, r#"{"name":"x"}"#] {
        org.call("PUT", &path, &[("Content-Type", "application/json")], body).await.refused(400, "0x80048d19");
    }
    assert_eq!(org.get(&path).await.json()["value"], "N");
    org.call("PUT", &path, &[("Content-Type", "application/json")], r#"{"value":null}"#).await.expect(204);
    assert_eq!(org.get(&path).await.status, 204);
}

#[tokio::test]
async fn addresses_of_other_services_are_not_taken_for_ones_of_this() {
    let org = with_account().await;
    let other = org.root.replace("127.0.0.1", "other.example");
    let bind =
        |root: &str| format!(r#"{{"lastname":"L","parentcustomerid_account@odata.bind":"{root}/accounts({A})"}}"#);
    org.post("contacts", &bind(&other)).await.expect(400);
    org.post("contacts", &bind(&org.root)).await.expect(204);
    let secure = format!("{}/api/data/v9.2", org.fact("https_url"));
    org.post("contacts", &bind(&secure)).await.expect(204);
    let post = |root: &str| format!("POST {root}/accounts HTTP/1.1\r\n\r\n{{\"name\":\"x\"}}\r\n");
    assert_eq!(batch(&org, &post(&other)).await, 400);
    assert_eq!(batch(&org, &post(&org.root)).await, 200);
    assert_eq!(batch(&org, &post(&secure)).await, 200);
}

#[tokio::test]
async fn content_ids_of_a_change_set_differ() {
    let org = Org::start().await;
    let twice = "POST /api/data/v9.2/accounts HTTP/1.1\r\n\r\n{\"name\":\"x\"}\r\n\
        --c\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\nPOST /api/data/v9.2/accounts HTTP/1.1\r\n\r\n{\"name\":\"y\"}";
    assert_eq!(batch(&org, twice).await, 400);
    assert_eq!(batch(&org, &twice.replace("-ID: 1", "-ID: 2")).await, 200);
    assert_eq!(org.get("accounts/$count").await.body, "\u{feff}2");
}

#[tokio::test]
async fn bulk_rows_are_named_by_addresses_of_their_own_table() {
    let org = with_account().await;
    let path = "accounts/Microsoft.Dynamics.CRM.UpsertMultiple";
    let body = |id: &str| format!(r#"{{"Targets":[{{{TYPE},"@odata.id":"{id}","name":"M"}}]}}"#);
    org.post(path, &body(&format!("contacts({A})"))).await.refused(400, "0x80048d19");
    assert_eq!(org.get(&format!("accounts({A})/name")).await.json()["value"], "N");
    org.post(path, &body(&format!("/accounts({A})"))).await.expect(200);
    org.post(path, &body(&format!("{}/accounts({A})", org.root))).await.expect(200);
    let more = format!(r#"{{"Targets":[{{{TYPE},"name":"1"}}],"Other":1}}"#);
    org.post("accounts/Microsoft.Dynamics.CRM.CreateMultiple", &more).await.refused(400, "0x80048d19");
}

#[tokio::test]
async fn bodies_are_json_and_name_each_property_once() {
    let org = with_account().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/xml"] {
        org.call("POST", "accounts", &[("Content-Type", kind)], r#"{"name":"x"}"#).await.expect(415);
    }
    for kind in ["application/json", "Application/JSON; charset=utf-8; IEEE754Compatible=false"] {
        org.call("POST", "accounts", &[("Content-Type", kind)], r#"{"name":"x"}"#).await.expect(204);
    }
    for twice in [
        r#"{"name":"x","name":"y"}"#,
        r#"{"name":"x","\u006eame":"y"}"#,
        r#"{"contact_customer_accounts":[{"lastname":"x","lastname":"y"}]}"#,
    ] {
        org.post("accounts", twice).await.refused(400, "0x80048d19");
    }
    assert_eq!(org.get("accounts/$count").await.body, "\u{feff}3");
}

#[tokio::test]
async fn other_versions_of_odata_are_refused() {
    let org = Org::start().await;
    for (name, value) in [("OData-Version", "3.0"), ("OData-Version", "2.0"), ("OData-MaxVersion", "3.0")] {
        org.call("GET", "accounts", &[(name, value)], "").await.expect(400);
    }
    org.call("GET", "accounts", &[("OData-Version", "4.0"), ("OData-MaxVersion", "4.01")], "").await.expect(200);
}

#[tokio::test]
async fn an_unchanged_row_does_not_excuse_a_wrong_question() {
    let org = with_account().await;
    let etag = org.get(&format!("accounts({A})")).await.json()["@odata.etag"].as_str().unwrap().to_owned();
    let ask = |query: &'static str, etag: String| {
        let org = &org;
        async move { org.call("GET", &format!("accounts({A})?{query}"), &[("If-None-Match", &etag)], "").await.status }
    };
    assert_eq!(ask("$select=nosuch", etag.clone()).await, 400);
    assert_eq!(ask("$select=name", etag.clone()).await, 304);
    assert_eq!(ask("$select=name", format!("W/\"0\", {etag}")).await, 304);
    assert_eq!(ask("$select=name", "W/\"0\"".to_owned()).await, 200);
}

#[tokio::test]
async fn numbers_beyond_decimals_are_numbers() {
    let org = with_account().await;
    org.patch(&format!("accounts({A})"), r#"{"address1_latitude":1e308}"#).await.refused(400, "0x80044330");
    org.patch(&format!("accounts({A})"), r#"{"address1_latitude":12.5}"#).await.expect(204);
    for (filter, count) in [("lt 1e308", 1), ("gt -1e308", 1), ("gt 1E308", 0), ("gt 1e400", 400)] {
        let reply = org.get(&format!("accounts?$select=name&$filter=address1_latitude {filter}")).await;
        match count {
            400 => assert_eq!(reply.status, 400, "{filter}"),
            count => assert_eq!(reply.json()["value"].as_array().unwrap().len(), count, "{filter}"),
        }
    }
    let none = "accounts?$filter=Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=[])";
    org.get(none).await.refused(400, "0x80060888");
}

#[tokio::test]
async fn an_upsert_by_a_key_with_a_lookup_refers_to_that_row() {
    let org = Org::with(Options { schemas: vec![MARKS.to_owned()], ..Options::default() }).await;
    org.post("opportunities", &format!(r#"{{"opportunityid":"{B}","name":"o"}}"#)).await.expect(204);
    let path = format!("amb_marks(_amb_dealid_value={B},amb_name='L')");
    org.patch(&path, "{}").await.expect(204);
    let row = org.get(&format!("{path}?$select=_amb_dealid_value")).await.expect(200).json();
    assert_eq!(row["_amb_dealid_value"], B);
}

#[tokio::test]
async fn a_closed_amount_is_closed_in_the_base_currency_too() {
    let org = with_account().await;
    org.patch(&format!("accounts({A})"), r#"{"revenue":5}"#).await.expect(204);
    let bearer = format!("Bearer {}", org.user("column-restricted", "token"));
    let headers = [("Authorization", bearer.as_str())];
    let path = format!("accounts({A})?$select=revenue,revenue_base");
    let row = org.call("GET", &path, &headers, "").await.expect(200).json();
    assert!(row["revenue"].is_null() && row["revenue_base"].is_null(), "{row}");
    org.call("GET", "accounts?$filter=revenue_base%20gt%201", &headers, "").await.expect(403);
}

#[tokio::test]
async fn a_token_is_asked_for_by_a_form() {
    let org = Org::start().await;
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={}",
        org.fact("client_id"),
        org.fact("client_secret"),
        org.fact("scope")
    );
    let url = org.fact("token_url");
    let ask = |kind: &'static str, form: String| {
        let url = &url;
        async move { send(url, "POST", &[("Content-Type", kind)], &form).await.unwrap() }
    };
    ask("application/x-www-form-urlencoded; charset=UTF-8", form.clone()).await.expect(200);
    assert_eq!(ask("application/json", form.clone()).await.expect(400).json()["error"], "invalid_request");
    let two = format!("{form}+https://graph.example/.default");
    let refused = ask("application/x-www-form-urlencoded", two).await.expect(400).json();
    assert_eq!(refused["error"], "invalid_scope");
}

#[tokio::test]
async fn tokens_are_for_resources_that_are_there() {
    let org = Org::start().await;
    let ask = |scope: String| {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope={scope}",
            org.fact("client_id"),
            org.fact("client_secret"),
        );
        let url = org.fact("token_url");
        async move {
            let kind = [("Content-Type", "application/x-www-form-urlencoded")];
            send(&url, "POST", &kind, &form).await.unwrap()
        }
    };
    assert_eq!(ask("https://other.example/.default".into()).await.expect(400).json()["error"], "invalid_resource");
    ask(format!("{}/.default", org.fact("https_url"))).await.expect(200);
    ask(format!("{}//.default", org.fact("url"))).await.expect(200);
}

#[tokio::test]
async fn rows_are_linked_once() {
    let org = with_account().await;
    org.post("leads", &format!(r#"{{"leadid":"{B}","subject":"s","lastname":"l"}}"#)).await.expect(204);
    let body = format!(r#"{{"@odata.id":"{}/leads({B})"}}"#, org.root);
    let path = format!("accounts({A})/accountleads_association/$ref");
    org.post(&path, &body).await.expect(204);
    org.post(&path, &body).await.refused(412, "0x80040237");
    let back = format!(r#"{{"@odata.id":"{}/accounts({A})"}}"#, org.root);
    org.post(&format!("leads({B})/accountleads_association/$ref"), &back).await.refused(412, "0x80040237");
}

#[tokio::test]
async fn what_has_begun_and_what_is_never_null() {
    let org = Org::start().await;
    let prefer = [("Prefer", "return=representation")];
    let body = r#"{"subject":"s","scheduledstart":"1899-12-31T23:59:59.999Z"}"#;
    let row = org.call("POST", "appointments?$select=scheduledstart", &prefer, body).await.expect(201).json();
    assert_eq!(row["scheduledstart"], "1899-12-31T23:59:59Z");
    let body = r#"{"name":"n","donotemail":null,"followemail":null}"#;
    let row = org.call("POST", "accounts?$select=donotemail,followemail", &prefer, body).await.expect(201).json();
    assert_eq!((row["donotemail"].as_bool(), row["followemail"].as_bool()), (Some(false), Some(true)));
}

#[tokio::test]
async fn rules_for_services_that_are_not_there_are_refused() {
    let org = Org::start().await;
    let url = format!("{}/faults", org.fact("admin_url"));
    let rule = |service: &str| format!(r#"{{"rules":[{{"service":"{service}","fault":{{"kind":"unavailable"}}}}]}}"#);
    send(&url, "POST", &[], &rule("datavers")).await.unwrap().expect(400);
    org.get("WhoAmI").await.expect(200);
    send(&url, "POST", &[], &rule("dataverse")).await.unwrap().expect(204);
    org.get("WhoAmI").await.expect(503);
}

#[tokio::test]
async fn a_folder_has_each_seed_once() {
    let folder = std::env::temp_dir().join(format!("engage-sandbox-seeds-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let seed =
        |id: &str| format!("kind: SandboxSeed\ncrm: dataverse\nrows:\n  accounts:\n  - {{accountid: {id}, name: N}}\n");
    let start = |seeds: Vec<String>| {
        let folder = Some(folder.clone());
        async move { Org::with(Options { folder, seeds, ..Options::default() }).await }
    };
    let name = |org: &Org, id: &str| {
        let path = format!("accounts({id})?$select=name");
        let root = org.root.clone();
        let bearer = format!("Bearer {}", org.token);
        async move {
            let reply = send(&format!("{root}/{path}"), "GET", &[("Authorization", &bearer)], "").await.unwrap();
            reply.json()["name"].as_str().map(str::to_owned)
        }
    };
    let org = start(vec![seed(A)]).await;
    org.patch(&format!("accounts({A})"), r#"{"name":"changed"}"#).await.expect(204);
    drop(org);
    let org = start(vec![seed(A), seed(B)]).await;
    assert_eq!(name(&org, A).await.as_deref(), Some("changed"), "goes on");
    assert_eq!(name(&org, B).await.as_deref(), Some("N"), "a new seed is sown");
    send(&format!("{}/reset", org.fact("admin_url")), "POST", &[], "").await.unwrap().expect(204);
    assert_eq!(name(&org, A).await.as_deref(), Some("N"), "begins anew");
    drop(org);
    let org = start(vec![seed(A)]).await;
    assert_eq!(name(&org, B).await.as_deref(), Some("N"));
    drop(org);
    std::fs::remove_file(folder.join("dataverse.jsonl")).unwrap();
    let removed = std::fs::remove_file(folder.join("salesforce.jsonl"));
    assert!(removed.is_ok());
    let org = start(vec![seed(A)]).await;
    assert_eq!(name(&org, A).await.as_deref(), Some("N"), "a folder without rows begins");
    drop(org);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_seed_that_was_sown_in_part_is_taken_back_and_sown_as_a_whole() {
    let folder = std::env::temp_dir().join(format!("engage-sandbox-part-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let account = |id: &str| format!("  - {{accountid: {id}, name: N}}\n");
    let seed = format!("kind: SandboxSeed\ncrm: dataverse\nrows:\n  accounts:\n{}{}", account(A), account(B));
    let start = || {
        let options = Options { folder: Some(folder.clone()), seeds: vec![seed.clone()], ..Options::default() };
        Org::with(options)
    };
    drop(start().await);
    let (rows, list) = (folder.join("dataverse.jsonl"), folder.join("seeds"));
    let (whole, sown) = (std::fs::read(&rows).unwrap(), std::fs::read_to_string(&list).unwrap());
    let begun = &sown[..=sown.find('\n').unwrap()];
    let before: usize = begun.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(begun.starts_with("begun ") && before < whole.len(), "{sown}");
    let lines = |text: &[u8]| text.iter().filter(|byte| **byte == b'\n').count();
    // Killed before, between and after the rows, within one of them, and while the list was written.
    for at in (before..whole.len()).step_by((whole.len() - before) / 5).chain([whole.len()]) {
        for list_then in [begun, &begun[..begun.len() - 1], &sown[..sown.len() - 9]] {
            if list_then.len() < begun.len() && at > before {
                continue;
            }
            std::fs::write(&rows, &whole[..at]).unwrap();
            std::fs::write(&list, list_then).unwrap();
            let org = start().await;
            org.get(&format!("accounts({B})")).await.expect(200);
            drop(org);
            assert_eq!(lines(&std::fs::read(&rows).unwrap()), lines(&whole), "at {at}, {list_then:?}");
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_row_keeps_its_owner_and_a_case_its_customer() {
    let org = with_account().await;
    let path = format!("accounts({A})");
    for body in [r#"{"ownerid@odata.bind":null}"#, r#"{"ownerid":null}"#] {
        org.patch(&path, body).await.refused(400, "0x80040203");
    }
    org.call("DELETE", &format!("{path}/ownerid/$ref"), &[], "").await.refused(400, "0x80040203");
    let row = org.get(&format!("{path}?$select=_ownerid_value")).await.json();
    assert_eq!(row["_ownerid_value"], org.user("system-administrator", "user_id"));
    let case = format!(r#"{{"incidentid":"{B}","title":"t","customerid_account@odata.bind":"/accounts({A})"}}"#);
    org.post("incidents", &case).await.expect(204);
    org.patch(&format!("incidents({B})"), r#"{"customerid_account@odata.bind":null}"#).await.refused(400, "0x80040203");
}

#[tokio::test]
async fn query_functions_have_the_parameters_they_have() {
    let org = with_account().await;
    let ask = |call: &str| format!("accounts?$filter=Microsoft.Dynamics.CRM.{call}");
    for call in [
        "In(PropertyName='name',PropertyValues=['N'],Extra=1)",
        "In(PropertyName='name',PropertyName='name',PropertyValues=['N'])",
        "In(PropertyName='name',PropertyValue='N',PropertyValues=['N'])",
        "Today(PropertyName='createdon',PropertyValue=3)",
    ] {
        org.get(&ask(call)).await.refused(400, "0x80060888");
    }
    for call in ["In(PropertyValues=['N'],PropertyName='name')", "LastXDays(PropertyName='createdon',PropertyValue=3)"]
    {
        assert_eq!(org.get(&ask(call)).await.expect(200).json()["value"].as_array().unwrap().len(), 1, "{call}");
    }
}

#[tokio::test]
async fn a_key_is_not_taken_away_and_zeros_are_none() {
    let org = with_account().await;
    let path = format!("accounts({A})/accountid");
    org.call("DELETE", &path, &[], "").await.refused(400, "0x80040203");
    org.call("PUT", &path, &[], &format!(r#"{{"value":"{B}"}}"#)).await.refused(400, "0x80040203");
    let zeros = r#"{"accountid":"00000000-0000-0000-0000-000000000000","name":"z"}"#;
    let created = org.post("accounts", zeros).await.expect(204);
    assert!(!created.header("OData-EntityId").unwrap().contains("00000000-0000-0000-0000-000000000000"));
    org.post("accounts", zeros).await.expect(204);
}

#[tokio::test]
async fn no_secret_is_recorded_wherever_it_is_sent() {
    let org = Org::start().await;
    let url = org.fact("token_url");
    for url in [url.clone(), url.replace("oauth2/v2.0/token", "oauth2/token")] {
        send(&url, "POST", &[], "grant_type=client_credentials&client_secret=hush").await.unwrap();
    }
    let log = org.running.log();
    assert_eq!(log.len(), 2);
    assert!(!format!("{log:?}").contains("hush"));
}
