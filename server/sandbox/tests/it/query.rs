//! `$select`, `$filter`, `$orderby`, `$top`, `$count`, `$expand`, paging, annotations.

use crate::client::{A, B, C, Org, names};

async fn found(org: &Org, filter: &str) -> Vec<String> {
    let filter = filter
        .replace('%', "%25")
        .replace(' ', "%20")
        .replace('"', "%22")
        .replace('[', "%5B")
        .replace(']', "%5D")
        .replace('^', "%5E");
    names(&org.get(&format!("accounts?$select=name&$filter={filter}")).await.expect(200), "name")
}

#[tokio::test]
async fn filters_select_rows() {
    let org = Org::start().await;
    org.people().await;
    org.post("accounts", r#"{"name":"100% O'Neil","amb_tags":"1,2","amb_since":"2024-01-05"}"#).await.expect(204);
    for (filter, expected) in [
        ("name eq 'northwind'", vec!["Northwind"]),
        ("name eq '100% O''Neil'", vec!["100% O'Neil"]),
        ("revenue gt 1500 and revenue le 1500.5", vec!["Northwind"]),
        ("not (name eq 'Contoso') and numberofemployees ne null", vec!["Northwind"]),
        ("numberofemployees eq null", vec!["Contoso", "100% O'Neil"]),
        // A comparison with null is neither true nor false.
        ("numberofemployees ne 8", vec!["Northwind"]),
        ("not (numberofemployees eq 8)", vec!["Northwind"]),
        ("contains(name,'ort') or startswith(name,'con')", vec!["Northwind", "Contoso"]),
        ("endswith(name,'wind')", vec!["Northwind"]),
        ("contains(name,'[%]')", vec!["100% O'Neil"]),
        ("contains(name,'n_rth')", vec!["Northwind"]),
        ("_primarycontactid_value eq cccccccc-0000-0000-0000-000000000001", vec!["Northwind"]),
        ("primarycontactid/lastname eq 'Lee'", vec!["Northwind"]),
        ("contact_customer_accounts/any(c:c/lastname eq 'Orr')", vec!["Northwind"]),
        ("ownerid/ownerid ne null and name eq 'Contoso'", vec!["Contoso"]),
        ("owninguser/fullname eq 'system-administrator' and name eq 'Contoso'", vec!["Contoso"]),
        ("contact_customer_accounts/any()", vec!["Northwind"]),
        ("contact_customer_accounts/all(c:c/lastname eq 'Orr')", vec!["Contoso", "100% O'Neil"]),
        ("Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=[\"Contoso\",\"x\"])", vec!["Contoso"]),
        (
            "Microsoft.Dynamics.CRM.In(PropertyName='primarycontactid',PropertyValues=[\"cccccccc-0000-0000-0000-000000000001\"])",
            vec!["Northwind"],
        ),
        (
            "Microsoft.Dynamics.CRM.NotIn(PropertyName='name',PropertyValues=[\"Contoso\"])",
            vec!["Northwind", "100% O'Neil"],
        ),
        ("Microsoft.Dynamics.CRM.Between(PropertyName='revenue',PropertyValues=[\"1\",\"2000\"])", vec!["Northwind"]),
        ("Microsoft.Dynamics.CRM.ContainValues(PropertyName='amb_tags',PropertyValues=[\"2\"])", vec!["100% O'Neil"]),
        ("Microsoft.Dynamics.CRM.Today(PropertyName='createdon') and name eq 'Contoso'", vec!["Contoso"]),
        ("Microsoft.Dynamics.CRM.ThisMonth(PropertyName='createdon') and name eq 'Contoso'", vec!["Contoso"]),
        ("Microsoft.Dynamics.CRM.LastYear(PropertyName='createdon')", vec![]),
        ("amb_since eq 2024-01-05", vec!["100% O'Neil"]),
        ("createdon gt 2027-01-01T00:00:00Z", vec![]),
        ("Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid') and name eq 'x'", vec![]),
    ] {
        assert_eq!(found(&org, filter).await, expected, "{filter}");
    }
    let own = "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')";
    assert_eq!(found(&org, own).await.len(), 3);
}

#[tokio::test]
async fn filters_that_make_no_sense_are_refused_even_without_rows() {
    let org = Org::start().await;
    for filter in [
        "nothing eq 1",
        "name eq 1",
        "ownerid/fullname eq 'x'",
        "revenue eq 'x'",
        "primarycontactid eq null",
        "primarycontactid/nothing eq 1",
        "name in ('a')",
        "tolower(name) eq 'x'",
        "name eq 'open",
        "contact_customer_accounts/any(c:c/nothing eq 1)",
        "primarycontactid/Contact_Tasks/any(t:t/subject eq 'x')",
        "Microsoft.Dynamics.CRM.Nothing(PropertyName='name')",
        "Microsoft.Dynamics.CRM.In(PropertyName='revenue',PropertyValues=['x'])",
    ] {
        let reply = org.get(&format!("accounts?$filter={filter}")).await;
        assert!(reply.status == 400 || reply.status == 501, "{filter}: {} {}", reply.status, reply.body);
        assert_eq!(reply.code(), "0x80060888", "{filter}");
    }
    for options in [
        "$select=nothing",
        "$expand=nothing",
        "$orderby=nothing",
        "$skip=1",
        "$search=x",
        "$apply=x",
        "$orderby=name down",
    ] {
        assert!(org.get(&format!("accounts?{options}")).await.status >= 400, "{options}");
    }
    let deep = format!("accounts?$filter={}name eq 'x'{}", "(".repeat(2000), ")".repeat(2000));
    org.get(&deep).await.expect(400);
}

#[tokio::test]
async fn columns_orders_tops_and_counts() {
    let org = Org::start().await;
    org.people().await;
    let reply = org.get("accounts?$select=name,revenue&$orderby=name desc&$count=true").await.expect(200);
    assert_eq!(names(&reply, "name"), ["Northwind", "Contoso"]);
    let json = reply.json();
    assert_eq!(json["@odata.count"], 2);
    assert!(json["@odata.context"].as_str().unwrap().ends_with("$metadata#accounts(name,revenue)"));
    let row = json["value"][0].as_object().unwrap();
    let keys: Vec<&str> = row.keys().map(String::as_str).collect();
    assert_eq!(keys, ["@odata.etag", "name", "revenue", "_transactioncurrencyid_value", "accountid"]);
    assert_eq!(names(&org.get("accounts?$orderby=name&$top=1").await, "name"), ["Contoso"]);
    assert_eq!(names(&org.get("accounts?$orderby=numberofemployees,name").await, "name"), ["Contoso", "Northwind"]);
    assert_eq!(names(&org.get("accounts?%24select=name&%24filter=name+eq+'Contoso'").await, "name"), ["Contoso"]);
    assert_eq!(names(&org.get("accounts?$filter=name eq @p&@p='Contoso'").await, "name"), ["Contoso"]);
    assert_eq!(org.get("accounts/$count?$filter=name eq 'Contoso'").await.body, "\u{feff}1");
    assert_eq!(org.get(&format!("accounts({A})/contact_customer_accounts/$count")).await.body, "\u{feff}2");
}

#[tokio::test]
async fn pages_follow_the_link_to_the_end() {
    let org = Org::start().await;
    for number in 0..7 {
        org.post("accounts", &format!(r#"{{"name":"n{number}"}}"#)).await.expect(204);
    }
    let prefer = [("Prefer", "odata.maxpagesize=3")];
    let (mut seen, mut sizes) = (Vec::new(), Vec::new());
    let mut next = Some("accounts?$select=name&$orderby=name%20desc".to_owned());
    while let Some(path) = next {
        let reply = org.call("GET", &path, &prefer, "").await.expect(200);
        assert_eq!(reply.header("Preference-Applied"), Some("odata.maxpagesize=3"));
        let page = names(&reply, "name");
        sizes.push(page.len());
        seen.extend(page);
        next = reply.json()["@odata.nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!(sizes, [3, 3, 1]);
    assert_eq!(seen, ["n6", "n5", "n4", "n3", "n2", "n1", "n0"]);
    let with_top = org.call("GET", "accounts?$top=5", &prefer, "").await.json();
    assert_eq!(with_top["value"].as_array().unwrap().len(), 5);
    assert!(with_top.get("@odata.nextLink").is_none());
    org.get("accounts?$skiptoken=nonsense").await.expect(400);
}

#[tokio::test]
async fn expands_join_both_ways_and_nest() {
    let org = Org::start().await;
    org.people().await;
    let expand = "$select=name&$expand=primarycontactid($select=lastname),contact_customer_accounts($select=lastname;$orderby=lastname desc;$top=1)";
    let row = org.get(&format!("accounts({A})?{expand}")).await.expect(200).json();
    assert_eq!(row["primarycontactid"]["lastname"], "Lee");
    assert_eq!(row["contact_customer_accounts"].as_array().unwrap().len(), 1);
    assert_eq!(row["contact_customer_accounts"][0]["lastname"], "Orr");
    let link = row["contact_customer_accounts@odata.nextLink"].as_str().expect("a link even when complete");
    assert_eq!(names(&org.call("GET", link, &[], "").await.expect(200), "lastname"), ["Orr"]);
    let nested = "accounts?$select=name&$filter=name eq 'Northwind'&$expand=contact_customer_accounts($select=lastname;$filter=lastname eq 'Lee';$expand=account_primary_contact($select=name))";
    let row = org.get(nested).await.expect(200).json()["value"][0].clone();
    assert_eq!(row["contact_customer_accounts"][0]["account_primary_contact"][0]["name"], "Northwind");
    assert!(row.get("contact_customer_accounts@odata.nextLink").is_none());
    let empty = org.get(&format!("accounts({B})?$expand=primarycontactid($select=lastname)")).await.json();
    assert!(empty["primarycontactid"].is_null());
    let reference = org.get(&format!("accounts({A})?$select=name&$expand=primarycontactid/$ref")).await.json();
    assert_eq!(reference["primarycontactid"]["@odata.id"], format!("{}/contacts({C})", org.root));
}

#[tokio::test]
async fn nested_collections_are_paged() {
    let org = Org::start().await;
    org.people().await;
    let path = "accounts?$select=name&$filter=name%20eq%20'Northwind'&$expand=contact_customer_accounts($select=lastname;$expand=account_primary_contact($select=name))";
    let reply = org.call("GET", path, &[("Prefer", "odata.maxpagesize=1")], "").await.expect(200);
    let row = reply.json()["value"][0].clone();
    assert_eq!(row["contact_customer_accounts"].as_array().unwrap().len(), 1);
    let link = row["contact_customer_accounts@odata.nextLink"].as_str().unwrap();
    assert_eq!(
        names(&org.call("GET", link, &[("Prefer", "odata.maxpagesize=1")], "").await.expect(200), "lastname"),
        ["Orr"]
    );
}

#[tokio::test]
async fn the_limits_of_expand() {
    let org = Org::start().await;
    let nested = "accounts?$expand=contact_customer_accounts($orderby=lastname;$expand=account_primary_contact)";
    org.get(nested).await.refused(400, "0x80060888");
    let many = vec!["primarycontactid"; 16].join(",");
    org.get(&format!("accounts?$expand={many}")).await.refused(400, "0x80060888");
    org.get("accounts?$expand=accountleads_association($select=subject)").await.expect(200);
    org.get("accounts?$expand=accountleads_association,primarycontactid").await.expect(400);
    org.get("accounts?$expand=primarycontactid($filter=lastname eq 'x')").await.expect(400);
    org.get("accounts?$expand=ownerid($select=ownerid)").await.expect(200);
    org.get("accounts?$expand=ownerid($select=fullname)").await.expect(400);
    org.get("accounts?$expand=owninguser($select=fullname)").await.expect(200);
}

#[tokio::test]
async fn navigation_in_the_path() {
    let org = Org::start().await;
    org.people().await;
    assert_eq!(org.get(&format!("accounts({A})/primarycontactid?$select=lastname")).await.json()["lastname"], "Lee");
    let list =
        org.get(&format!("accounts({A})/contact_customer_accounts?$select=lastname&$filter=lastname eq 'Orr'")).await;
    assert_eq!(names(&list, "lastname"), ["Orr"]);
    org.get(&format!("accounts({B})/primarycontactid")).await.expect(204);
    let reference = org.get(&format!("accounts({A})/primarycontactid/$ref")).await.json();
    assert_eq!(reference["@odata.id"], format!("{}/contacts({C})", org.root));
    let references = org.get(&format!("accounts({A})/contact_customer_accounts/$ref")).await.json();
    assert_eq!(references["value"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_address_has_a_longest_length() {
    let org = Org::start().await;
    let long = format!("accounts?$filter=name eq '{}'", "x".repeat(33_000));
    org.get(&long).await.expect(414);
}

#[tokio::test]
async fn total_record_counts() {
    let org = Org::start().await;
    org.people().await;
    let counts = |reply: &crate::client::Reply| reply.json()["EntityRecordCountCollection"].clone();
    let reply = org.get("RetrieveTotalRecordCount(EntityNames=['account','contact','lead'])").await.expect(200);
    let found = counts(&reply);
    assert_eq!(found["Keys"], serde_json::json!(["account", "contact", "lead"]));
    assert_eq!((&found["Values"], &found["Count"]), (&serde_json::json!([2, 2, 0]), &serde_json::json!(3)));
    let path = "RetrieveTotalRecordCount(EntityNames=@names)?@names=[\"account\"]".replace('"', "%22");
    assert_eq!(counts(&org.get(&path).await.expect(200))["Values"], serde_json::json!([2]));
    org.get("RetrieveTotalRecordCount(EntityNames=['nothing'])").await.refused(400, "0x80041102");
    org.get("WhoAmI(UserId='x')").await.refused(400, "0x80060888");
    org.get("RetrieveTotalRecordCount()").await.refused(400, "0x80060888");
    org.get("RetrieveTotalRecordCount(EntityNames='account')").await.refused(400, "0x80060888");
    let nobody = Org { token: org.user("no-access", "token"), ..org };
    nobody.get("RetrieveTotalRecordCount(EntityNames=['account'])").await.refused(403, "0x80040220");
}
