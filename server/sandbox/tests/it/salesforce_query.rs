//! Queries: conditions, orders, relationships, refusals, pages.

use serde_json::{Value as Json, json};

use crate::salesforce::{Org, refused};

#[tokio::test]
async fn queries_filter_sort_and_cut() {
    let org = Org::start().await;
    let (north, contoso) = org.people().await;
    let all = ["Northwind", "Contoso"];
    for (filter, expected) in [
        (String::from("Name = 'northwind'"), &all[..1]),
        ("Name LIKE '%w%'".into(), &all[..1]),
        ("Name LIKE 'c_n%' AND (NOT Name LIKE 'x%')".into(), &all[1..]),
        ("Industry = null".into(), &all[..1]),
        ("Industry != 'Banking'".into(), &all[..1]),
        ("Industry IN ('Banking', 'Energy')".into(), &all[1..]),
        ("Industry NOT IN ('Banking')".into(), &all[..1]),
        ("AnnualRevenue >= 1500.5 OR NumberOfEmployees < 8".into(), &all[..]),
        ("Tags__c INCLUDES ('Red;Blue', 'Nope')".into(), &all[..1]),
        ("Tags__c EXCLUDES ('Red')".into(), &all[1..]),
        ("CreatedDate = TODAY AND CreatedDate > 2026-02-28T00:00:00Z".into(), &all[..]),
        ("CreatedDate < LAST_N_DAYS:3".into(), &all[..0]),
        (format!("Id IN ('{}')", &north[..15]), &all[..1]),
        (format!("Id = '{contoso}' AND IsDeleted = false"), &all[1..]),
        ("Id IN (SELECT AccountId FROM Contact WHERE LastName = 'Lee')".into(), &all[..1]),
        ("Id NOT IN (SELECT AccountId FROM Contact)".into(), &all[1..]),
        ("CreatedBy.Username = 'integration@sandbox.example'".into(), &all[..]),
    ] {
        assert_eq!(org.names(&format!("SELECT Name FROM Account WHERE {filter}")).await, expected, "{filter}");
    }
    let query = "SELECT Name FROM Account ORDER BY";
    assert_eq!(org.names(&format!("{query} Name")).await, ["Contoso", "Northwind"]);
    assert_eq!(org.names(&format!("{query} Industry NULLS LAST, Name")).await, ["Contoso", "Northwind"]);
    assert_eq!(org.names(&format!("{query} Industry DESC")).await, ["Northwind", "Contoso"]);
    assert_eq!(org.names(&format!("{query} Name LIMIT 1 OFFSET 1")).await, ["Northwind"]);
    let count = org.query("SELECT COUNT() FROM Contact").await.expect(200).json();
    assert_eq!(count, json!({"totalSize": 2, "done": true, "records": []}));
    let grouped = org
        .query("SELECT AccountId, COUNT(Id) n, MAX(LastName) FROM Contact GROUP BY AccountId HAVING COUNT(Id) > 1")
        .await;
    let record = grouped.expect(200).json()["records"][0].clone();
    assert_eq!((&record["AccountId"], &record["n"], &record["expr0"]), (&json!(north), &json!(2), &json!("Orr")));
}

#[tokio::test]
async fn queries_follow_relationships_in_both_directions() {
    let org = Org::start().await;
    let (north, _) = org.people().await;
    org.create("Note__c", json!({"Name": "n", "Account__c": north})).await;
    org.create(
        "Event",
        json!({"Subject": "Visit", "StartDateTime": "2026-03-02T10:00:00Z", "DurationInMinutes": 5, "WhatId": north}),
    )
    .await;
    let soql = "SELECT Name, Owner.Profile.Name, (SELECT LastName, Account.Name FROM Contacts WHERE LastName != 'Orr' ORDER BY LastName LIMIT 5), (SELECT Name FROM Notes__r) FROM Account ORDER BY Name DESC";
    let records = org.query(soql).await.expect(200).json()["records"].clone();
    assert_eq!(records[0]["Owner"]["Profile"]["Name"], "System Administrator");
    let contacts = &records[0]["Contacts"];
    assert_eq!((&contacts["totalSize"], &contacts["done"]), (&json!(1), &json!(true)));
    assert_eq!(contacts["records"][0]["Account"]["Name"], "Northwind");
    assert_eq!(records[0]["Notes__r"]["records"][0]["attributes"]["type"], "Note__c");
    assert_eq!(records[1]["Contacts"], Json::Null);
    let soql = "SELECT Subject, What.Type, What.Name, Who.Name FROM Event WHERE What.Type = 'Account'";
    let record = org.query(soql).await.expect(200).json()["records"][0].clone();
    assert_eq!(
        (&record["What"]["attributes"]["type"], &record["What"]["Type"], &record["What"]["Name"]),
        (&json!("Name"), &json!("Account"), &json!("Northwind"))
    );
    assert_eq!(record["Who"], Json::Null);
    let soql = "SELECT TYPEOF What WHEN Account THEN AnnualRevenue, Owner.Name WHEN Case THEN CaseNumber ELSE Name END FROM Event";
    let record = org.query(soql).await.expect(200).json()["records"][0].clone();
    assert_eq!(
        (&record["What"]["attributes"]["type"], &record["What"]["AnnualRevenue"]),
        (&json!("Account"), &json!(1500.5))
    );
    let soql = "SELECT Id, (SELECT Id, (SELECT Id FROM Events) FROM Contacts) FROM Account";
    org.query(soql).await.expect(200);
    let old = soql.replace(' ', "+");
    refused(&org.get(&format!("/services/data/v57.0/query?q={old}")).await, 400, "INVALID_TYPE");
}

#[tokio::test]
async fn queries_that_make_no_sense_are_refused() {
    let org = Org::start().await;
    for (soql, code) in [
        ("SELECT", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = '\\q'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b' AND Name = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account FOR UPDATE", "MALFORMED_QUERY"),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY"),
        ("SELECT Nope FROM Account", "INVALID_FIELD"),
        ("SELECT Id, id FROM Account", "INVALID_FIELD"),
        ("SELECT Nope.Name FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT Id, (SELECT Id FROM Nope) FROM Account", "INVALID_TYPE"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Account ORDER BY Description", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE NumberOfEmployees = '5'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Id = 'soon'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Id LIKE '001%'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Name INCLUDES ('x')", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Name FROM Contact)", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY"),
    ] {
        refused(&org.query(soql).await, 400, code);
    }
    let deep = format!("SELECT Id FROM Account WHERE {}Name = 'a'{}", "(".repeat(500), ")".repeat(500));
    refused(&org.query(&deep).await, 400, "MALFORMED_QUERY");
    refused(&org.get("query/0r8000000000000AAA-2000").await, 400, "INVALID_QUERY_LOCATOR");
}

#[tokio::test]
async fn long_results_come_in_pages_and_deleted_rows_on_demand() {
    let org = Org::start().await;
    let nodes = |from: usize| -> Json {
        let nodes = (from..from + 250).map(|n| json!({"method": "POST", "url": "/services/data/v66.0/sobjects/Account", "referenceId": format!("r{n}"), "body": {"Name": format!("A{n:03}")}}));
        json!({"graphs": [{"graphId": "g", "compositeRequest": nodes.collect::<Vec<_>>()}]})
    };
    assert_eq!(org.post("composite/graph", nodes(0)).await.expect(200).json()["graphs"][0]["isSuccessful"], true);
    let options = [("Sforce-Query-Options", "batchSize=200")];
    let first = org
        .call("GET", "query?q=SELECT+Name+FROM+Account+ORDER+BY+Name", &options, &Json::Null)
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&first["totalSize"], &first["done"], first["records"].as_array().unwrap().len()),
        (&json!(250), &json!(false), 200)
    );
    let next = first["nextRecordsUrl"].as_str().unwrap();
    let last = org.call("GET", next, &options, &Json::Null).await.expect(200).json();
    assert_eq!((&last["done"], &last["records"][49]["Name"]), (&json!(true), &json!("A249")));
    let id = org.query("SELECT Id FROM Account WHERE Name = 'A007'").await.json()["records"][0]["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    org.call("DELETE", &format!("sobjects/Account/{id}"), &[], &Json::Null).await.expect(204);
    assert!(org.names("SELECT Name FROM Account WHERE IsDeleted = true").await.is_empty());
    let all = org.get("queryAll?q=SELECT+Name+FROM+Account+WHERE+IsDeleted+=+true").await.expect(200).json();
    assert_eq!((&all["totalSize"], &all["records"][0]["Name"]), (&json!(1), &json!("A007")));
    // Nobody else may see less than the one who asked.
    let org = org.acting("restricted-user");
    refused(&org.get(next).await, 400, "INVALID_QUERY_LOCATOR");
}
