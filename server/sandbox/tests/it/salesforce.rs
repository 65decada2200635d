//! Salesforce over real HTTP.

use engage_sandbox::oauth::Signer;
use engage_sandbox::world::World;
use engage_sandbox::{Options, Running, Sandbox};
use serde_json::{Value as Json, json};

use crate::client::{Reply, send};

const SCHEMA: &str = r"
kind: SandboxSchema
crm: salesforce
tables:
  Account:
    columns:
      Ext__c: {label: Ext, type: string, length: 20, unique: true, external_id: true, id_lookup: true}
      Tags__c: {type: multipicklist, length: 100, restricted: true, options: {Red: Red, Green: Green, Blue: Blue}}
  Event:
    columns:
      Ext__c: {type: string, length: 20, unique: true, external_id: true, id_lookup: true}
  Note__c:
    columns:
      Id: {type: id, create: false, update: false, required: SystemRequired, defaulted: true, id_lookup: true}
      Name: {type: string, length: 80}
      Account__c: {type: reference, targets: [Account], navigation: Account__r, relations: [{to: Account, navigation: Account__r, collection: Notes__r}]}
";

pub(crate) struct Org {
    pub(crate) running: Running,
    pub(crate) token: String,
}

impl Org {
    pub(crate) async fn start() -> Org {
        Org::with(SCHEMA).await
    }

    pub(crate) async fn with(schema: &str) -> Org {
        Org::set_up(Options { schemas: vec![schema.to_owned()], ..Options::default() }).await
    }

    pub(crate) async fn set_up(options: Options) -> Org {
        let world = World::repeatable("2026-03-01T10:00:00Z".parse().unwrap());
        let running = Sandbox::start(Options { world, ..options }).await.unwrap();
        let token = running.ready()["salesforce"]["users"]["integration"]["token"].as_str().unwrap().to_owned();
        Org { running, token }
    }

    pub(crate) fn fact(&self, name: &str) -> String {
        self.running.ready()["salesforce"][name].as_str().unwrap().to_owned()
    }

    /// A fact of the ready line about a user.
    pub(crate) fn user(&self, name: &str, fact: &str) -> String {
        self.running.ready()["salesforce"]["users"][name][fact].as_str().unwrap().to_owned()
    }

    /// The same organisation as another user.
    pub(crate) fn acting(self, user: &str) -> Org {
        let token = self.user(user, "token");
        Org { token, ..self }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Json) -> Reply {
        let path = if path.starts_with("/services") { path.to_owned() } else { format!("/services/data/v66.0/{path}") };
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        all.retain(|(name, _)| !headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)));
        all.extend(headers);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        send(&format!("{}{path}", self.fact("url")), method, &all, &body).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, &[], &Json::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Json) -> Reply {
        self.call("POST", path, &[], &body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Json) -> Reply {
        self.call("PATCH", path, &[], &body).await
    }

    pub(crate) async fn create(&self, object: &str, body: Json) -> String {
        let reply = self.post(&format!("sobjects/{object}"), body).await.expect(201);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.call("DELETE", path, &[], &Json::Null).await
    }

    pub(crate) async fn query(&self, soql: &str) -> Reply {
        self.get(&format!("query?q={}", encoded(soql))).await
    }

    /// The values of a field in the records of a query.
    pub(crate) async fn names(&self, soql: &str) -> Vec<String> {
        let reply = self.query(soql).await.expect(200).json();
        let records = reply["records"].as_array().unwrap();
        records.iter().map(|record| record["Name"].as_str().unwrap_or("-").to_owned()).collect()
    }

    pub(crate) async fn people(&self) -> (String, String) {
        let north = self.create("Account", json!({"Name": "Northwind", "Ext__c": "N1", "AnnualRevenue": 1500.5, "Tags__c": "Blue;Red", "Description": "x"})).await;
        let contoso = self
            .create(
                "Account",
                json!({"Name": "Contoso", "Industry": "Banking", "Tags__c": "Green", "NumberOfEmployees": 7}),
            )
            .await;
        for (first, last) in [("Ann", "Lee"), ("Bob", "Orr")] {
            self.create("Contact", json!({"FirstName": first, "LastName": last, "AccountId": north})).await;
        }
        (north, contoso)
    }
}

pub(crate) fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Asserts a refusal with its code.
pub(crate) fn refused(reply: &Reply, status: u16, code: &str) -> Json {
    assert_eq!((reply.status, reply.json()[0]["errorCode"].as_str()), (status, Some(code)), "{}", reply.body);
    reply.json()[0].clone()
}

#[tokio::test]
async fn versions_need_no_session_and_everything_else_does() {
    let org = Org::start().await;
    let url = org.fact("url");
    let versions = send(&format!("{url}/services/data"), "GET", &[], "").await.unwrap().expect(200).json();
    assert!(
        versions
            .as_array()
            .unwrap()
            .contains(&json!({"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"}))
    );
    for headers in [vec![], vec![("Authorization", "Bearer nonsense")]] {
        let reply = send(&format!("{url}/services/data/v66.0/limits"), "GET", &headers, "").await.unwrap();
        refused(&reply, 401, "INVALID_SESSION_ID");
    }
    refused(&org.get("/services/data/v12.0/limits").await, 404, "NOT_FOUND");
    refused(&org.get("nonsense").await, 404, "NOT_FOUND");
    let limits = org.get("limits").await.expect(200);
    assert!(limits.header("Sforce-Limit-Info").unwrap().ends_with("/15000"));
    assert_eq!(limits.json()["DailyApiRequests"]["Max"], 15_000);
}

#[tokio::test]
async fn tokens_by_secret() {
    let org = Org::start().await;
    let (url, secret) = (org.fact("token_url"), org.fact("client_secret"));
    let form = format!("grant_type=client_credentials&client_id={}&client_secret={secret}", org.fact("client_id"));
    let reply = send(&url, "POST", &[], &form).await.unwrap().expect(200).json();
    assert_eq!(reply["instance_url"], org.fact("url"));
    assert!(reply.get("expires_in").is_none());
    let bearer = format!("Bearer {}", reply["access_token"].as_str().unwrap());
    let info = format!("{}/services/oauth2/userinfo", org.fact("url"));
    let info = send(&info, "GET", &[("Authorization", &bearer)], "").await.unwrap().expect(200).json();
    assert_eq!(info["preferred_username"], "integration@sandbox.example");
    let wrong = send(&url, "POST", &[], &form.replace("secret=", "secret=x")).await.unwrap().expect(400).json();
    assert_eq!(wrong["error"], "invalid_client");
    let wrong = send(&url, "POST", &[], "grant_type=hybrid_refresh").await.unwrap().expect(400).json();
    assert_eq!(wrong["error"], "unsupported_grant_type");
}

#[tokio::test]
async fn tokens_by_signed_assertion() {
    let org = Org::start().await;
    let signer = Signer::new().unwrap();
    let start = "2026-03-01T10:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
    let claims = json!({"iss": org.fact("client_id"), "sub": "Employee@sandbox.example", "aud": "https://login.salesforce.com", "exp": start + 180});
    let ask = async |assertion: String| {
        let form = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
        send(&org.fact("token_url"), "POST", &[], &form).await.unwrap()
    };
    let reply = ask(signer.sign(&claims).unwrap()).await.expect(200).json();
    let user = &org.running.ready()["salesforce"]["users"]["employee"]["user_id"];
    assert!(reply["id"].as_str().unwrap().ends_with(user.as_str().unwrap()));
    for (claim, value, error) in [
        ("iss", json!("other"), "invalid_client_id"),
        ("aud", json!("https://elsewhere.example"), "invalid_grant"),
        ("sub", json!("nobody@sandbox.example"), "invalid_grant"),
        ("exp", json!(start - 1), "invalid_grant"),
        ("exp", json!(start + 3600), "invalid_grant"),
    ] {
        let mut wrong = claims.clone();
        wrong[claim] = value;
        assert_eq!(ask(signer.sign(&wrong).unwrap()).await.expect(400).json()["error"], error, "{claim}");
    }
    let mut forged = signer.sign(&claims).unwrap();
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    assert_eq!(ask(forged).await.expect(400).json()["error_description"], "invalid assertion");
    assert!(org.fact("private_key").starts_with("-----BEGIN PRIVATE KEY-----\n"));
}

#[tokio::test]
async fn rows_are_created_read_changed_and_deleted() {
    let org = Org::start().await;
    let (north, _) = org.people().await;
    let row =
        org.get(&format!("sobjects/account/{north}?fields=id,Name,AnnualRevenue,Tags__c")).await.expect(200).json();
    let url = format!("/services/data/v66.0/sobjects/Account/{north}");
    assert_eq!(
        row,
        json!({"attributes": {"type": "Account", "url": url}, "Id": north, "Name": "Northwind", "AnnualRevenue": 1500.5, "Tags__c": "Red;Blue"})
    );
    let all = org.get(&format!("sobjects/Account/{}", &north[..15])).await.expect(200).json();
    assert_eq!(all["CreatedDate"].as_str().unwrap().len(), "2026-03-01T10:00:00.000+0000".len());
    assert_eq!(all["BillingAddress"], Json::Null);
    org.patch(&format!("sobjects/Account/{north}"), json!({"Name": "North", "AnnualRevenue": null})).await.expect(204);
    let row = org.get("sobjects/Account/Ext__c/N1").await.expect(200).json();
    assert_eq!((&row["Name"], &row["AnnualRevenue"]), (&json!("North"), &Json::Null));
    org.call("DELETE", &format!("sobjects/Account/{north}"), &[], &Json::Null).await.expect(204);
    refused(&org.get(&format!("sobjects/Account/{north}")).await, 404, "ENTITY_IS_DELETED");
    refused(&org.patch(&format!("sobjects/Account/{north}"), json!({})).await, 404, "ENTITY_IS_DELETED");
    assert_eq!(org.names("SELECT Name FROM Contact").await, Vec::<String>::new());
}

#[tokio::test]
async fn what_does_not_fit_is_refused_in_salesforces_words() {
    let org = Org::start().await;
    let (north, _) = org.people().await;
    let cases = [
        ("Contact", json!({"FirstName": "x"}), "REQUIRED_FIELD_MISSING", json!(["LastName"])),
        ("Account", json!({"Name": "x", "Nope": 1}), "INVALID_FIELD", Json::Null),
        (
            "Account",
            json!({"Name": "x", "CreatedDate": "2026-01-01"}),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            json!(["CreatedDate"]),
        ),
        ("Account", json!({"Name": "x".repeat(256)}), "STRING_TOO_LONG", json!(["Name"])),
        (
            "Account",
            json!({"Name": "x", "Tags__c": "Pink"}),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            json!(["Tags__c"]),
        ),
        ("Account", json!({"Name": "x", "Ext__c": "n1"}), "DUPLICATE_VALUE", json!([])),
        ("Account", json!({"Name": "x", "NumberOfEmployees": "many"}), "JSON_PARSER_ERROR", Json::Null),
        ("Contact", json!({"LastName": "x", "AccountId": "soon"}), "MALFORMED_ID", json!(["AccountId"])),
        (
            "Contact",
            json!({"LastName": "x", "AccountId": "003000000000001AAA"}),
            "FIELD_INTEGRITY_EXCEPTION",
            json!(["AccountId"]),
        ),
        (
            "Contact",
            json!({"LastName": "x", "AccountId": "001000000000001AAA"}),
            "INVALID_CROSS_REFERENCE_KEY",
            json!(["AccountId"]),
        ),
        ("Contact", json!({"LastName": "x", "Email": "nobody"}), "INVALID_EMAIL_ADDRESS", json!(["Email"])),
        ("Event", json!({"Subject": "x"}), "REQUIRED_FIELD_MISSING", json!(["DurationInMinutes", "ActivityDateTime"])),
        ("Event", json!({"Subject": "x", "AccountId": north}), "INVALID_FIELD_FOR_INSERT_UPDATE", json!(["AccountId"])),
    ];
    for (object, body, code, fields) in cases {
        let error = refused(&org.post(&format!("sobjects/{object}"), body).await, 400, code);
        assert_eq!(error.get("fields").cloned().unwrap_or_default(), fields, "{code}");
    }
    refused(&org.get("sobjects/Account/001000000000001AAA").await, 404, "NOT_FOUND");
    refused(&org.patch("sobjects/Account/001000000000001AAA", json!({})).await, 404, "INVALID_CROSS_REFERENCE_KEY");
    refused(&org.post("sobjects/Nope", json!({})).await, 404, "NOT_FOUND");
    let reply = org.call("POST", "sobjects/Account", &[("X-Sandbox-Fault", "row_locked")], &json!({"Name": "x"})).await;
    refused(&reply, 400, "UNABLE_TO_LOCK_ROW");
}

#[tokio::test]
async fn upserts_by_external_id() {
    let org = Org::start().await;
    let reply = org.patch("sobjects/Account/Ext__c/K%2F1", json!({"Name": "A"})).await.expect(201).json();
    assert_eq!(reply["created"], true);
    let again = org.patch("sobjects/Account/Ext__c/K%2F1", json!({"Name": "B"})).await.expect(200).json();
    assert_eq!((&again["created"], &again["id"]), (&json!(false), &reply["id"]));
    org.patch("/services/data/v45.0/sobjects/Account/Ext__c/K%2F1", json!({"Name": "C"})).await.expect(204);
    refused(&org.patch("sobjects/Account/Ext__c/none?updateOnly=true", json!({"Name": "C"})).await, 404, "NOT_FOUND");
    refused(&org.patch("sobjects/Account/Name/x", json!({})).await, 404, "NOT_FOUND");
    refused(&org.patch("sobjects/Account/Ext__c/x", json!({"Name": "x", "Ext__c": "x"})).await, 400, "INVALID_FIELD");
    for _ in 0..2 {
        org.create("Contact", json!({"LastName": "x", "Email": "x@y.example", "Account": {"Ext__c": "K/1"}})).await;
    }
    let several = org.get("sobjects/Contact/Email/x@y.example").await.expect(300).json();
    assert_eq!(several.as_array().unwrap().len(), 2);
    assert!(several[0].as_str().unwrap().starts_with("/services/data/v66.0/sobjects/Contact/003"));
    assert_eq!(org.names("SELECT Account.Name, Name FROM Contact WHERE Account.Ext__c = 'K/1'").await.len(), 2);
}

#[tokio::test]
async fn an_event_belongs_to_the_account_it_is_about() {
    let org = Org::start().await;
    let (north, _) = org.people().await;
    let what = json!({"Subject": "Visit", "StartDateTime": "2026-03-02T10:00:00Z", "EndDateTime": "2026-03-02T11:30:00Z", "WhatId": north});
    let event = org.create("Event", what).await;
    let row = org.get(&format!("sobjects/Event/{event}")).await.expect(200).json();
    assert_eq!(
        (&row["AccountId"], &row["DurationInMinutes"], &row["ShowAs"]),
        (&json!(north), &json!(90), &json!("Busy"))
    );
    org.patch(&format!("sobjects/Event/{event}"), json!({"WhatId": null, "DurationInMinutes": 30})).await.expect(204);
    let row = org.get(&format!("sobjects/Event/{event}")).await.expect(200).json();
    assert_eq!((&row["AccountId"], &row["EndDateTime"]), (&Json::Null, &json!("2026-03-02T10:30:00.000+0000")));
}

#[tokio::test]
async fn a_task_belongs_to_an_account_and_is_closed() {
    let org = Org::start().await;
    let (north, _) = org.people().await;
    let task = org.create("Task", json!({"Subject": "Call", "WhatId": north, "ActivityDate": "2026-03-02"})).await;
    let path = format!("sobjects/Task/{task}");
    let row = org.get(&path).await.expect(200).json();
    assert_eq!(
        (&row["AccountId"], &row["Status"], &row["IsClosed"]),
        (&json!(north), &json!("Not Started"), &json!(false))
    );
    org.patch(&path, json!({"Status": "Completed", "Priority": "High"})).await.expect(204);
    let soql = "SELECT Name, (SELECT Subject, IsHighPriority FROM Tasks WHERE IsClosed = true) FROM Account WHERE Name = 'Northwind'";
    let found = org.query(soql).await.expect(200).json();
    assert_eq!(found["records"][0]["Tasks"]["records"][0]["IsHighPriority"], true);
}
