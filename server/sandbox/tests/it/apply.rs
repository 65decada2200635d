//! `$apply`: groups and aggregates.

use serde_json::{Value as Json, json};

use crate::client::{A, B, Org};

const FORMATTED: (&str, &str) = ("Prefer", "odata.include-annotations=\"OData.Community.Display.V1.FormattedValue\"");

async fn groups(org: &Org, apply: &str) -> Json {
    org.get(&format!("accounts?$apply={apply}")).await.expect(200).json()["value"].clone()
}

#[tokio::test]
async fn groups_counts_and_sums() {
    let org = Org::start().await;
    org.people().await;
    org.patch(&format!("accounts({B})"), r#"{"revenue":2000,"statecode":1}"#).await.expect(204);
    org.post("accounts", r#"{"name":"Third","revenue":0.5}"#).await.expect(204);
    assert_eq!(groups(&org, "groupby((statecode))").await, json!([{"statecode": 0}, {"statecode": 1}]));
    let by_state = groups(&org, "groupby((statecode),aggregate($count as n,revenue with sum as total))").await;
    assert_eq!(by_state, json!([{"statecode": 0, "n": 2, "total": 1501.0}, {"statecode": 1, "n": 1, "total": 2000}]));
    let all = "aggregate(revenue with average as mean,revenue with max as most,name with countdistinct as names)";
    let all = groups(&org, all).await;
    assert_eq!((&all[0]["most"], &all[0]["names"]), (&json!(2000), &json!(3)));
    // The product names a column of another table after that table, and leaves out what is null.
    let by_contact = groups(&org, "groupby((primarycontactid/fullname),aggregate(revenue with sum as total))").await;
    assert_eq!(by_contact, json!([{"contact_fullname": "Ann Lee", "total": 1500.5}, {"total": 2000.5}]));
    let filtered = "filter(address1_city eq 'Bern')/groupby((_primarycontactid_value),aggregate($count as n))";
    assert_eq!(groups(&org, filtered).await, json!([{"n": 1}]));
    let none = groups(&org, "filter(name eq 'x')/aggregate(revenue with sum as total,$count as n)").await;
    assert_eq!(none, json!([{"n": 0}]));
    let narrowed = org.get("accounts?$apply=groupby((statecode))&$filter=revenue lt 1").await.expect(200).json();
    assert_eq!(narrowed["value"], json!([{"statecode": 0}]));
    assert!(narrowed["@odata.context"].as_str().unwrap().ends_with("$metadata#accounts"));
}

#[tokio::test]
async fn formatted_values_order_and_pages() {
    let org = Org::start().await;
    org.people().await;
    let path = "accounts?$apply=groupby((statecode),aggregate($count as n,revenue with sum as total))";
    let body = org.call("GET", &path.replace(' ', "%20"), &[FORMATTED], "").await.expect(200).json();
    let row = &body["value"][0];
    assert_eq!(row["statecode@OData.Community.Display.V1.FormattedValue"], "Active");
    assert_eq!(row["n@OData.Community.Display.V1.FormattedValue"], "2");
    assert_eq!(row["total@OData.Community.Display.V1.FormattedValue"], "$1,500.50");
    let path = "accounts?$apply=groupby((name))&$orderby=name desc".replace(' ', "%20");
    let page = org.call("GET", &path, &[("Prefer", "odata.maxpagesize=1")], "").await.expect(200).json();
    assert_eq!(page["value"], json!([{"name": "Northwind"}]));
    let next = page["@odata.nextLink"].as_str().unwrap();
    let page = org.call("GET", next, &[("Prefer", "odata.maxpagesize=1")], "").await.expect(200).json();
    assert_eq!((&page["value"], page.get("@odata.nextLink")), (&json!([{"name": "Contoso"}]), None));
}

#[tokio::test]
async fn what_cannot_be_grouped_is_refused() {
    let org = Org::start().await;
    org.people().await;
    for refused in [
        "$apply=groupby((createdon))",
        "$apply=groupby((nothing))",
        "$apply=groupby((statecode),aggregate(name with sum as total))",
        "$apply=groupby((statecode),aggregate(revenue with median as total))",
        "$apply=groupby((statecode),aggregate(revenue with sum))",
        "$apply=groupby((statecode)",
        "$apply=groupby(statecode)",
        "$apply=groupby((statecode))/filter(statecode eq 1)",
        "$apply=filter(statecode eq 1)",
        "$apply=compute(revenue mul 2 as twice)",
        "$apply=topcount(1,revenue)",
        "$apply=",
        "$apply=groupby((statecode))&$select=name",
        "$apply=groupby((statecode),aggregate($count as n))&$orderby=n",
    ] {
        let reply = org.get(&format!("accounts?{refused}")).await;
        assert!(matches!(reply.status, 400 | 501), "{refused}: {}", reply.body);
    }
    let reply = org.get("accounts?$apply=groupby((statecode),aggregate($count as n))&$orderby=n").await;
    assert!(reply.body.contains("The query node SingleValueOpenPropertyAccess is not supported"), "{}", reply.body);
    let row = org.get(&format!("accounts({A})?$apply=groupby((statecode))")).await;
    assert!(matches!(row.status, 400 | 501), "{}", row.body);
    let restricted = Org { token: org.user("column-restricted", "token"), ..org };
    restricted.get("accounts?$apply=aggregate(revenue with sum as total)").await.expect(403);
}
