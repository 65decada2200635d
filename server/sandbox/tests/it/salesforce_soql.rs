//! More of SOQL: functions, lists of fields, scopes, pages of children.

use serde_json::{Value as Json, json};

use crate::salesforce::{Org, encoded, refused};

async fn records(org: &Org, soql: &str) -> Vec<Json> {
    org.query(soql).await.expect(200).json()["records"].as_array().unwrap().clone()
}

#[tokio::test]
async fn every_field_at_once() {
    let org = Org::start().await;
    org.people().await;
    let all = records(&org, "SELECT FIELDS(ALL) FROM Account LIMIT 200").await;
    assert!(all[0].get("Name").is_some() && all[0].get("Ext__c").is_some() && all[0].get("CreatedDate").is_some());
    let custom = records(&org, "SELECT Name, FIELDS(CUSTOM) FROM Account LIMIT 1").await;
    assert!(custom[0].get("Ext__c").is_some() && custom[0].get("Industry").is_none());
    let standard = records(&org, "SELECT FIELDS(standard) FROM Account").await;
    assert!(standard[0].get("Industry").is_some() && standard[0].get("Ext__c").is_none());
    let children = records(&org, "SELECT Id, (SELECT FIELDS(ALL) FROM Contacts LIMIT 5) FROM Account").await;
    assert_eq!(children[0]["Contacts"]["records"][0]["LastName"], "Lee");
    for soql in [
        "SELECT FIELDS(ALL) FROM Account LIMIT 201",
        "SELECT FIELDS(CUSTOM) FROM Account",
        "SELECT FIELDS(SOME) FROM Account LIMIT 1",
        "SELECT FIELDS(STANDARD), COUNT(Id) FROM Account GROUP BY Name",
    ] {
        refused(&org.query(soql).await, 400, "MALFORMED_QUERY");
    }
    refused(&org.query("SELECT Id, FIELDS(ALL) FROM Account LIMIT 1").await, 400, "INVALID_FIELD");
}

#[tokio::test]
async fn functions_of_dates_and_labels() {
    let org = Org::start().await;
    for (date, amount) in [("2026-01-31", 1), ("2026-02-01", 2), ("2025-02-14", 4)] {
        let body = json!({"Name": date, "StageName": "Prospecting", "CloseDate": date, "Amount": amount});
        org.create("Opportunity", body).await;
    }
    let soql = "SELECT CALENDAR_YEAR(CloseDate), SUM(Amount) total FROM Opportunity GROUP BY CALENDAR_YEAR(CloseDate) ORDER BY CALENDAR_YEAR(CloseDate) DESC";
    let years = records(&org, soql).await;
    assert_eq!(years[0], json!({"attributes": {"type": "AggregateResult"}, "expr0": 2026, "total": 3.0}));
    assert_eq!((years.len(), &years[1]["total"]), (2, &json!(4.0)));
    let soql = "SELECT CALENDAR_MONTH(CloseDate) m, COUNT(Id) FROM Opportunity GROUP BY CALENDAR_MONTH(CloseDate) HAVING COUNT(Id) > 1";
    assert_eq!(records(&org, soql).await[0]["m"], 2);
    for (condition, count) in [
        ("CALENDAR_QUARTER(CloseDate) = 1", 3),
        ("DAY_IN_WEEK(CloseDate) = 7", 1),
        ("DAY_IN_MONTH(CloseDate) IN (1, 14)", 2),
        ("DAY_ONLY(CreatedDate) = 2026-03-01", 3),
        ("HOUR_IN_DAY(convertTimezone(CreatedDate)) = 10", 3),
        ("FISCAL_YEAR(CloseDate) < 2026", 1),
        ("CloseDate = LAST_N_MONTHS:1", 1),
        ("CloseDate = LAST_YEAR", 1),
        ("CloseDate = N_YEARS_AGO:1", 1),
        ("CloseDate >= LAST_FISCAL_YEAR", 3),
    ] {
        assert_eq!(
            records(&org, &format!("SELECT Id FROM Opportunity WHERE {condition}")).await.len(),
            count,
            "{condition}"
        );
    }
}

#[tokio::test]
async fn labels_and_aliases() {
    let org = Org::start().await;
    org.create("Account", json!({"Name": "A", "CleanStatus": "Matched"})).await;
    let label =
        records(&org, "SELECT toLabel(CleanStatus), Name FROM Account WHERE toLabel(CleanStatus) = 'in sync'").await;
    assert_eq!(label[0]["CleanStatus"], "In Sync");
    let both = records(&org, "SELECT CleanStatus, toLabel(CleanStatus) label FROM Account").await;
    assert_eq!((&both[0]["CleanStatus"], &both[0]["label"]), (&json!("Matched"), &json!("In Sync")));
    let error = refused(&org.query("SELECT Name n FROM Account").await, 400, "MALFORMED_QUERY");
    assert!(error["message"].as_str().unwrap().ends_with("only aggregate expressions use field aliasing"));
}

#[tokio::test]
async fn clauses() {
    let org = Org::start().await;
    org.people().await;
    assert_eq!(
        org.names("SELECT Name FROM Account USING SCOPE mine WHERE Name = 'Contoso' WITH SECURITY_ENFORCED LIMIT 1")
            .await,
        ["Contoso"]
    );
    assert_eq!(org.names("SELECT Name FROM Account USING SCOPE everything").await.len(), 2);
    for used in ["FOR VIEW", "FOR REFERENCE", "LIMIT 5 FOR VIEW FOR REFERENCE", "for view, for reference"] {
        assert_eq!(org.names(&format!("SELECT Name FROM Account {used}")).await.len(), 2, "{used}");
    }
    for (soql, said) in [
        ("SELECT Id FROM Account FOR UPDATE", "FOR"),
        ("SELECT Id FROM Account FOR VIEW FOR UPDATE", "FOR"),
        ("SELECT COUNT() FROM Account ORDER BY Name", "COUNT()"),
        ("SELECT COUNT(), COUNT(Id) FROM Account", "COUNT()"),
        ("SELECT COUNT() FROM Account GROUP BY Name", "COUNT()"),
        ("SELECT Id FROM Account USING SCOPE team", "USING SCOPE team"),
        ("SELECT Id FROM Account WITH DATA CATEGORY x", "WITH"),
        ("SELECT FORMAT(AnnualRevenue) FROM Account", "FORMAT()"),
        ("SELECT convertCurrency(AnnualRevenue) FROM Account", "convertCurrency()"),
        ("SELECT Industry, COUNT(Id) FROM Account GROUP BY ROLLUP(Industry)", "ROLLUP()"),
        ("SELECT Industry, COUNT(Id) FROM Account GROUP BY CUBE(Industry)", "CUBE()"),
        ("SELECT Id FROM Account WHERE DISTANCE(BillingAddress, x, 'mi') < 5", "DISTANCE()"),
        ("SELECT COUNT(Id) FROM Account LIMIT 5", "LIMIT"),
        ("SELECT CALENDAR_YEAR(CreatedDate) FROM Account", "grouped"),
        ("SELECT Id FROM Account WHERE CALENDAR_YEAR(Name) = 5", "Invalid use"),
        ("SELECT Id FROM Account WHERE AnnualRevenue > USD5000", "USD5000"),
    ] {
        let error = refused(&org.query(soql).await, 400, "MALFORMED_QUERY");
        assert!(error["message"].as_str().unwrap().contains(said), "{soql}: {error}");
    }
    let org = org.acting("employee");
    assert!(org.names("SELECT Name FROM Account USING SCOPE mine").await.is_empty());
}

#[tokio::test]
async fn children_come_in_pages_as_well() {
    let org = Org::start().await;
    let account = org.create("Account", json!({"Name": "A"})).await;
    for half in 0..2 {
        let records: Vec<Json> = (0..150)
            .map(|n| json!({"attributes": {"type": "Contact"}, "LastName": format!("C{:03}", half * 150 + n), "AccountId": account}))
            .collect();
        org.post("composite/sobjects", json!({"records": records})).await.expect(200);
    }
    let soql = encoded("SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account");
    let options = [("Sforce-Query-Options", "batchSize=200")];
    let reply = org.call("GET", &format!("query?q={soql}"), &options, &Json::Null).await.expect(200).json();
    let children = &reply["records"][0]["Contacts"];
    assert_eq!((&reply["done"], &children["totalSize"], &children["done"]), (&json!(true), &json!(300), &json!(false)));
    assert_eq!(children["records"].as_array().unwrap().len(), 200);
    let next = children["nextRecordsUrl"].as_str().unwrap();
    let rest = org.get(next).await.expect(200).json();
    assert_eq!((&rest["done"], &rest["records"][99]["LastName"]), (&json!(true), &json!("C299")));
    let whole = org.get(&format!("query?q={soql}")).await.json();
    assert_eq!(whole["records"][0]["Contacts"]["done"], true);
}
