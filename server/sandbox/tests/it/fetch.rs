//! FetchXML.

use crate::client::{A, Org, Reply, names};

async fn fetch(org: &Org, set: &str, xml: &str) -> Reply {
    let encoded: String = xml
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    let prefer = [("Prefer", "odata.include-annotations=\"Microsoft.Dynamics.CRM.*\"")];
    org.call("GET", &format!("{set}?fetchXml={encoded}"), &prefer, "").await
}

#[tokio::test]
async fn joins_along_columns_that_are_no_relationship() {
    let org = Org::start().await;
    org.people().await;
    org.patch(&format!("accounts({A})"), r#"{"emailaddress1":"a@x"}"#).await.expect(204);
    org.post("leads", r#"{"subject":"L","emailaddress1":"A@X"}"#).await.expect(204);
    let xml = r#"<fetch><entity name="account"><attribute name="name"/><order attribute="name"/>
        <link-entity name="lead" from="emailaddress1" to="emailaddress1" link-type="outer" alias="l"><attribute name="subject"/></link-entity>
        <link-entity name="contact" from="contactid" to="primarycontactid" link-type="outer"><attribute name="lastname" alias="who"/></link-entity>
        </entity></fetch>"#;
    let reply = fetch(&org, "accounts", xml).await.expect(200);
    assert_eq!(names(&reply, "name"), ["Contoso", "Northwind"]);
    let rows = reply.json()["value"].clone();
    assert_eq!((rows[1]["l.subject"].as_str(), rows[1]["who"].as_str()), (Some("L"), Some("Lee")));
    assert!(rows[0].get("l.subject").is_none());
    let inner = xml.replace("link-type=\"outer\"", "");
    assert_eq!(names(&fetch(&org, "accounts", &inner).await, "name"), ["Northwind"]);
}

#[tokio::test]
async fn conditions_of_every_kind() {
    let org = Org::start().await;
    org.people().await;
    for (condition, expected) in [
        (r#"<condition attribute="name" operator="eq" value="NORTHWIND"/>"#, vec!["Northwind"]),
        (r#"<condition attribute="name" operator="like" value="%o%"/>"#, vec!["Northwind", "Contoso"]),
        (r#"<condition attribute="name" operator="not-like" value="N%"/>"#, vec!["Contoso"]),
        (
            r#"<condition attribute="name" operator="in"><value>Contoso</value><value>x &amp; y</value></condition>"#,
            vec!["Contoso"],
        ),
        (
            r#"<condition attribute="revenue" operator="between"><value>1</value><value>2000</value></condition>"#,
            vec!["Northwind"],
        ),
        (r#"<condition attribute="revenue" operator="null"/>"#, vec!["Contoso"]),
        (r#"<condition attribute="createdon" operator="today"/>"#, vec!["Northwind", "Contoso"]),
        (r#"<condition attribute="createdon" operator="this-week"/>"#, vec!["Northwind", "Contoso"]),
        (r#"<condition attribute="createdon" operator="next-year"/>"#, vec![]),
        (r#"<condition attribute="ownerid" operator="ne-userid"/>"#, vec![]),
        (
            r#"<condition attribute="accountid" operator="eq" value="{aaaaaaaa-0000-0000-0000-000000000002}"/>"#,
            vec!["Contoso"],
        ),
    ] {
        let xml = format!(
            "<fetch><entity name='account'><attribute name='name'/><filter>{condition}</filter></entity></fetch>"
        );
        assert_eq!(names(&fetch(&org, "accounts", &xml).await.expect(200), "name"), expected, "{condition}");
    }
    let either = "<fetch><entity name='account'><attribute name='name'/><filter type='or'><condition attribute='name' operator='eq' value='Contoso'/><condition entityname='c' attribute='lastname' operator='eq' value='Lee'/></filter><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='c'/></entity></fetch>";
    assert_eq!(names(&fetch(&org, "accounts", either).await.expect(200), "name").len(), 2);
}

#[tokio::test]
async fn joins_through_a_many_to_many_relation() {
    let org = Org::start().await;
    org.people().await;
    let created = org.post("leads", r#"{"subject":"L"}"#).await.expect(204);
    let lead = format!(r#"{{"@odata.id":"{}"}}"#, created.header("OData-EntityId").unwrap());
    org.post(&format!("accounts({A})/accountleads_association/$ref"), &lead).await.expect(204);
    let xml = "<fetch><entity name='account'><attribute name='name'/><link-entity name='accountleads' from='accountid' to='accountid' intersect='true'><link-entity name='lead' from='leadid' to='leadid' alias='l'><attribute name='subject'/></link-entity></link-entity></entity></fetch>";
    let rows = fetch(&org, "accounts", xml).await.expect(200).json()["value"].clone();
    assert_eq!((rows.as_array().unwrap().len(), rows[0]["l.subject"].as_str()), (1, Some("L")));
}

#[tokio::test]
async fn pages_and_aggregates() {
    let org = Org::start().await;
    org.people().await;
    let page = |number: u32| {
        format!(
            "<fetch count='1' page='{number}' returntotalrecordcount='true'><entity name='account'><attribute name='name'/><order attribute='name' descending='true'/></entity></fetch>"
        )
    };
    let first = fetch(&org, "accounts", &page(1)).await.expect(200);
    assert_eq!(names(&first, "name"), ["Northwind"]);
    assert_eq!(first.json()["@Microsoft.Dynamics.CRM.morerecords"], true);
    assert_eq!(first.json()["@Microsoft.Dynamics.CRM.totalrecordcount"], 2);
    assert!(
        first.json()["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"].as_str().unwrap().contains("pagenumber=\"2\"")
    );
    let second = fetch(&org, "accounts", &page(2)).await.expect(200);
    assert_eq!(
        (names(&second, "name"), &second.json()["@Microsoft.Dynamics.CRM.morerecords"]),
        (vec!["Contoso".to_owned()], &serde_json::json!(false))
    );
    let sums = "<fetch aggregate='true'><entity name='contact'><attribute name='parentcustomerid' alias='account' groupby='true'/><attribute name='contactid' alias='people' aggregate='count'/><order alias='people' descending='true'/></entity></fetch>";
    let groups = fetch(&org, "contacts", sums).await.expect(200).json();
    assert_eq!((groups["value"][0]["account"].as_str(), groups["value"][0]["people"].as_i64()), (Some(A), Some(2)));
    let none = "<fetch aggregate='true'><entity name='lead'><attribute name='leadid' alias='n' aggregate='count'/></entity></fetch>";
    assert_eq!(fetch(&org, "leads", none).await.json()["value"][0]["n"], 0);
}

#[tokio::test]
async fn rows_that_are_looked_for_and_not_shown() {
    let org = Org::start().await;
    org.people().await;
    let contacts = |kind: &str, inside: &str| {
        format!(
            "<link-entity name='contact' from='parentcustomerid' to='accountid' link-type='{kind}' alias='c'>{inside}</link-entity>"
        )
    };
    let orr = "<filter><condition attribute='lastname' operator='eq' value='Orr'/></filter>";
    let nobody = orr.replace("Orr", "Nobody");
    let bern = "<condition attribute='address1_city' operator='eq' value='Bern'/>";
    for (inside, expected) in [
        // Northwind has two contacts, Contoso none.
        (contacts("inner", ""), vec!["Northwind", "Northwind"]),
        (contacts("exists", ""), vec!["Northwind"]),
        (contacts("in", orr), vec!["Northwind"]),
        (contacts("in", &nobody), vec![]),
        (contacts("matchfirstrowusingcrossapply", ""), vec!["Northwind", "Contoso"]),
        (format!("<filter>{}</filter>", contacts("any", "")), vec!["Northwind"]),
        (format!("<filter>{}</filter>", contacts("any", &nobody)), vec![]),
        (format!("<filter>{}</filter>", contacts("not any", "")), vec!["Contoso"]),
        (format!("<filter>{}</filter>", contacts("not any", &nobody)), vec!["Northwind", "Contoso"]),
        (format!("<filter type='or'>{bern}{}</filter>", contacts("any", orr)), vec!["Northwind", "Contoso"]),
        (format!("<filter>{bern}{}</filter>", contacts("any", orr)), vec![]),
    ] {
        let xml = format!("<fetch><entity name='account'><attribute name='name'/>{inside}</entity></fetch>");
        assert_eq!(names(&fetch(&org, "accounts", &xml).await.expect(200), "name"), expected, "{inside}");
    }
    let first = contacts("matchfirstrowusingcrossapply", "<attribute name='lastname'/>");
    let xml = format!("<fetch><entity name='account'><attribute name='name'/>{first}</entity></fetch>");
    let rows = fetch(&org, "accounts", &xml).await.expect(200).json()["value"].clone();
    assert_eq!((rows[0]["c.lastname"].as_str(), rows[1].get("c.lastname")), (Some("Lee"), None));
    let count = format!(
        "<fetch aggregate='true'><entity name='account'><attribute name='accountid' alias='n' aggregate='count'/>{}</entity></fetch>",
        contacts("exists", "")
    );
    assert_eq!(fetch(&org, "accounts", &count).await.expect(200).json()["value"][0]["n"], 1);
}

#[tokio::test]
async fn columns_are_compared_and_distinct_values_counted() {
    let org = Org::start().await;
    org.people().await;
    org.patch(&format!("accounts({A})"), r#"{"emailaddress1":"lee","emailaddress2":"LEE"}"#).await.expect(204);
    let own = "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='emailaddress1' operator='eq' valueof='emailaddress2'/></filter></entity></fetch>";
    assert_eq!(names(&fetch(&org, "accounts", own).await.expect(200), "name"), ["Northwind"]);
    let joined = "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='emailaddress1' operator='eq' valueof='c.lastname'/></filter><link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'/></entity></fetch>";
    assert_eq!(names(&fetch(&org, "accounts", joined).await.expect(200), "name"), ["Northwind"]);
    let different = joined.replace("operator='eq'", "operator='ne'");
    assert_eq!(names(&fetch(&org, "accounts", &different).await.expect(200), "name"), ["Northwind"]);
    let count = |distinct: &str| {
        format!(
            "<fetch aggregate='true'><entity name='contact'><attribute name='parentcustomerid' alias='n' aggregate='countcolumn' {distinct}/></entity></fetch>"
        )
    };
    for (distinct, expected) in [("", 2), ("distinct='true'", 1)] {
        assert_eq!(fetch(&org, "contacts", &count(distinct)).await.expect(200).json()["value"][0]["n"], expected);
    }
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused() {
    let org = Org::start().await;
    let wrap = |inside: &str| format!("<fetch><entity name='account'>{inside}</entity></fetch>");
    for (xml, status) in [
        ("<fetch><entity name='contact'/></fetch>".to_owned(), 400),
        ("<fetch>".to_owned(), 400),
        ("<fetch datasource='retained'><entity name='account'/></fetch>".to_owned(), 501),
        (wrap("<attribute name='nothing'/>"), 400),
        (wrap("<nothing/>"), 501),
        (wrap("<filter><condition attribute='name' operator='eq-or-under' value='x'/></filter>"), 501),
        (wrap("<filter><condition attribute='revenue' operator='eq' value='x'/></filter>"), 400),
        (wrap("<filter><condition attribute='name' operator='eq'/></filter>"), 400),
        (wrap("<link-entity name='contact' from='nothing' to='accountid'/>"), 400),
        (wrap("<link-entity name='accountleads' from='name' to='accountid' intersect='true'/>"), 400),
        (wrap("<link-entity name='nothing' from='name' to='accountid'/>"), 400),
        (
            wrap(
                "<link-entity name='contact' from='parentcustomerid' to='accountid' link-type='exists'><attribute name='lastname'/></link-entity>",
            ),
            400,
        ),
        (wrap("<link-entity name='contact' from='parentcustomerid' to='accountid' link-type='any'/>"), 501),
        (
            wrap(
                "<filter><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='all'/></filter>",
            ),
            501,
        ),
        (
            wrap(
                "<filter><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='exists'/></filter>",
            ),
            501,
        ),
        (
            wrap(
                "<filter><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='any'><attribute name='lastname'/></link-entity></filter>",
            ),
            400,
        ),
        (wrap("<filter><condition attribute='name' operator='eq' valueof='revenue'/></filter>"), 400),
        (wrap("<filter><condition attribute='name' operator='like' valueof='name'/></filter>"), 400),
        (wrap("<filter><condition attribute='name' operator='eq' valueof='nobody.name'/></filter>"), 400),
        (wrap("<attribute name='createdon' rowaggregate='CountChildren'/>"), 501),
    ] {
        assert_eq!(fetch(&org, "accounts", &xml).await.status, status, "{xml}");
    }
}
