//! Composite and composite graphs.

use serde_json::{Value as Json, json};

use crate::salesforce::Org;

const ROOT: &str = "/services/data/v66.0";

pub(crate) fn node(method: &str, below: &str, reference: &str, body: Json) -> Json {
    json!({"method": method, "url": format!("{ROOT}/{below}"), "referenceId": reference, "body": body})
}

pub(crate) fn codes(answers: &Json) -> Vec<(u64, String)> {
    let one = |answer: &Json| {
        let code = answer["body"][0]["errorCode"].as_str().unwrap_or("-").to_owned();
        (answer["httpStatusCode"].as_u64().unwrap(), code)
    };
    answers["compositeResponse"].as_array().unwrap().iter().map(one).collect()
}

#[tokio::test]
async fn a_composite_uses_what_came_before() {
    let org = Org::start().await;
    let (north, _) = org.people().await;
    let body = json!({"allOrNone": true, "compositeRequest": [
        {"method": "GET", "url": format!("{ROOT}/query?q=SELECT+Id,Name+FROM+Account+WHERE+Name='Northwind'"), "referenceId": "q"},
        node("PATCH", "sobjects/Account/@{q.records[0].Id}", "u", json!({"Description": "was @{q.records[0].Name}"})),
        node("POST", "sobjects/Contact", "c", json!({"LastName": "New", "AccountId": "@{q.records[0].Id}"})),
        {"method": "GET", "url": format!("{ROOT}/sobjects/Contact/@{{c.id}}"), "referenceId": "r"},
        {"method": "GET", "url": format!("{ROOT}/sobjects/Account/describe"), "referenceId": "d"},
    ]});
    let reply = org.post("composite", body).await.expect(200);
    assert!(reply.header("Sforce-Limit-Info").is_some());
    let answers = reply.json()["compositeResponse"].clone();
    let statuses: Vec<u64> =
        answers.as_array().unwrap().iter().map(|a| a["httpStatusCode"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 204, 201, 200, 200]);
    assert!(
        answers[2]["httpHeaders"]["Location"]
            .as_str()
            .unwrap()
            .starts_with("/services/data/v66.0/sobjects/Contact/003")
    );
    assert_eq!((&answers[1]["body"], &answers[3]["body"]["AccountId"]), (&Json::Null, &json!(north)));
    let row = org.get(&format!("sobjects/Account/{north}?fields=Description")).await.json();
    assert_eq!(row["Description"], "was Northwind");
}

#[tokio::test]
async fn all_or_none_and_some() {
    let org = Org::start().await;
    let requests = json!([
        node("POST", "sobjects/Account", "a", json!({"Name": "A"})),
        node("POST", "sobjects/Contact", "bad", json!({"FirstName": "x"})),
        node("POST", "sobjects/Contact", "dependent", json!({"LastName": "x", "ReportsToId": "@{bad.id}"})),
        node("POST", "sobjects/Account", "b", json!({"Name": "B"})),
    ]);
    let all = org.post("composite", json!({"allOrNone": true, "compositeRequest": requests})).await.expect(200).json();
    let halted = (400, "PROCESSING_HALTED".to_owned());
    assert_eq!(codes(&all), [halted.clone(), (400, "REQUIRED_FIELD_MISSING".into()), halted.clone(), halted.clone()]);
    assert!(org.names("SELECT Name FROM Account").await.is_empty());
    let some = org.post("composite", json!({"compositeRequest": requests})).await.expect(200).json();
    assert_eq!(
        codes(&some),
        [(201, "-".to_owned()), (400, "REQUIRED_FIELD_MISSING".into()), halted, (201, "-".into())]
    );
    assert_eq!(org.names("SELECT Name FROM Account").await, ["A", "B"]);
    let many: Vec<Json> =
        (0..26).map(|n| node("POST", "sobjects/Account", &format!("r{n}"), json!({"Name": "x"}))).collect();
    let reply = org.post("composite", json!({"compositeRequest": many})).await.expect(400);
    assert_eq!(reply.json()[0]["errorCode"], "LIMIT_EXCEEDED");
}

fn graph(id: &str, nodes: Vec<Json>) -> Json {
    json!({"graphId": id, "compositeRequest": nodes})
}

#[tokio::test]
async fn each_graph_is_all_or_nothing() {
    let org = Org::start().await;
    let fine = graph(
        "fine",
        vec![
            node("POST", "sobjects/Account", "a", json!({"Name": "A", "Ext__c": "A1"})),
            node("POST", "sobjects/Contact", "c", json!({"LastName": "C", "AccountId": "@{a.id}"})),
            node("PATCH", "sobjects/Account/@{a.id}", "u", json!({"Description": "@{c.id}"})),
            node("PATCH", "sobjects/Account/Ext__c/B1", "b", json!({"Name": "B"})),
            node("GET", "sobjects/Account/Ext__c/A1", "r", Json::Null),
        ],
    );
    let bad = graph(
        "bad",
        vec![
            node("POST", "sobjects/Account", "a", json!({"Name": "Gone"})),
            node("POST", "sobjects/Account", "twice", json!({"Name": "Twice", "Ext__c": "A1"})),
        ],
    );
    let reply = org.post("composite/graph", json!({"graphs": [fine, bad]})).await.expect(200).json();
    let (fine, bad) = (&reply["graphs"][0], &reply["graphs"][1]);
    assert_eq!(
        (&fine["graphId"], &fine["isSuccessful"], &bad["isSuccessful"]),
        (&json!("fine"), &json!(true), &json!(false))
    );
    let statuses: Vec<u64> = codes(&fine["graphResponse"]).into_iter().map(|(status, _)| status).collect();
    assert_eq!(statuses, [201, 201, 204, 201, 200]);
    assert_eq!(codes(&bad["graphResponse"]), [(400, "PROCESSING_HALTED".into()), (400, "DUPLICATE_VALUE".to_owned())]);
    assert_eq!(org.names("SELECT Name FROM Account ORDER BY Name").await, ["A", "B"]);
}

#[tokio::test]
async fn the_nodes_of_a_graph_come_in_any_order() {
    let org = Org::start().await;
    let contact = node("POST", "sobjects/Contact", "c", json!({"LastName": "C", "AccountId": "@{a.id}"}));
    let account = node("POST", "sobjects/Account", "a", json!({"Name": "A"}));
    let nodes = vec![contact, account];
    let reply = org.post("composite/graph", json!({"graphs": [graph("g", nodes)]})).await.expect(200).json();
    let answers = &reply["graphs"][0]["graphResponse"]["compositeResponse"];
    assert_eq!((&answers[0]["referenceId"], &answers[1]["referenceId"]), (&json!("c"), &json!("a")));
    assert_eq!(org.names("SELECT Name FROM Contact WHERE Account.Name = 'A'").await, ["C"]);
    let before = org.post("/services/data/v49.0/composite/graph", json!({"graphs": []})).await;
    assert_eq!(before.status, 404, "graphs are there since v50");
    let circle = vec![
        node("POST", "sobjects/Account", "a", json!({"Name": "A", "ParentId": "@{b.id}"})),
        node("POST", "sobjects/Account", "b", json!({"Name": "B", "ParentId": "@{a.id}"})),
    ];
    let reply = org.post("composite/graph", json!({"graphs": [graph("g", circle)]})).await.expect(200).json();
    assert_eq!(
        (&reply["graphs"][0]["isSuccessful"], org.names("SELECT Name FROM Account").await.len()),
        (&json!(false), 1)
    );
}

#[tokio::test]
async fn a_reference_to_a_field_without_a_value_is_null() {
    let org = Org::start().await;
    let id = org.create("Account", json!({"Name": "A"})).await;
    let body = |version: &str| {
        let url = |below: &str| format!("/services/data/{version}/sobjects/{below}");
        json!({"allOrNone": true, "compositeRequest": [
            {"method": "GET", "url": url(&format!("Account/{id}")), "referenceId": "a"},
            {"method": "POST", "url": url("Contact"), "referenceId": "c", "body": {"LastName": "C", "Title": "@{a.Site}", "AccountId": "@{a.Id}"}},
        ]})
    };
    let reply = org.post("/services/data/v52.0/composite", body("v52.0")).await.expect(200).json();
    assert_eq!(codes(&reply)[1].0, 201, "{reply}");
    let old = org.post("/services/data/v51.0/composite", body("v51.0")).await.expect(200).json();
    assert_eq!(codes(&old)[1], (400, "PROCESSING_HALTED".to_owned()));
}

#[tokio::test]
async fn graphs_have_limits() {
    let org = Org::start().await;
    let account = |n: usize| node("POST", "sobjects/Account", &format!("r{n}"), json!({"Name": "x"}));
    let chain = (0..16).map(|n| {
        let parent = if n == 0 { Json::Null } else { json!(format!("@{{r{}.id}}", n - 1)) };
        node("POST", "sobjects/Account", &format!("r{n}"), json!({"Name": "x", "ParentId": parent}))
    });
    let query = vec![node("GET", "query?q=SELECT+Id+FROM+Account", "q", Json::Null)];
    let kinds = (50..66).map(|v| json!({"method": "POST", "url": format!("/services/data/v{v}.0/sobjects/Account"), "referenceId": format!("r{v}"), "body": {"Name": "x"}}));
    for (nodes, code) in [
        ((0..501).map(account).collect(), "LIMIT_EXCEEDED"),
        (chain.collect(), "LIMIT_EXCEEDED"),
        (kinds.collect(), "LIMIT_EXCEEDED"),
        (query, "INVALID_OPERATION"),
    ] {
        let reply = org.post("composite/graph", json!({"graphs": [graph("g", nodes)]})).await.expect(200).json();
        let graph = &reply["graphs"][0];
        assert_eq!(
            (&graph["isSuccessful"], codes(&graph["graphResponse"])),
            (&json!(false), vec![(400, code.to_owned())])
        );
        assert_eq!(graph["graphResponse"]["compositeResponse"][0]["referenceId"], Json::Null);
    }
    assert!(org.names("SELECT Name FROM Account").await.is_empty());
    let locked = org
        .call(
            "POST",
            "composite/graph",
            &[("X-Sandbox-Fault", "row_locked")],
            &json!({"graphs": [graph("g", vec![account(0), account(1)])]}),
        )
        .await;
    let answer = &locked.expect(200).json()["graphs"][0];
    assert_eq!(
        codes(&answer["graphResponse"]),
        [(400, "UNABLE_TO_LOCK_ROW".to_owned()), (400, "PROCESSING_HALTED".into())]
    );
}

#[tokio::test]
async fn collections_together_and_each_on_its_own() {
    let org = Org::start().await;
    let account = |name: &str, key: &str| json!({"attributes": {"type": "Account"}, "Name": name, "Ext__c": key});
    let nameless = json!({"attributes": {"type": "Account"}});
    let each =
        org.post("composite/sobjects", json!({"records": [account("A", "1"), nameless]})).await.expect(200).json();
    assert_eq!((&each[0]["success"], &each[1]["success"]), (&json!(true), &json!(false)));
    assert_eq!(each[1]["errors"][0]["statusCode"], "REQUIRED_FIELD_MISSING");
    let all = org
        .post("composite/sobjects", json!({"allOrNone": true, "records": [account("B", "2"), nameless]}))
        .await
        .expect(200)
        .json();
    assert_eq!(all[0]["errors"][0]["statusCode"], "ALL_OR_NONE_OPERATION_ROLLED_BACK");
    let upserts = json!({"records": [account("A2", "1"), account("C", "3")]});
    let upserted = org.patch("composite/sobjects/Account/Ext__c", upserts).await.expect(200).json();
    assert_eq!((&upserted[0]["created"], &upserted[1]["created"]), (&json!(false), &json!(true)));
    let (a, c) = (upserted[0]["id"].as_str().unwrap(), upserted[1]["id"].as_str().unwrap());
    let update = json!({"records": [{"attributes": {"type": "Account"}, "id": c, "Name": "C2"}]});
    org.patch("composite/sobjects", update).await.expect(200);
    let read = org
        .get(&format!("composite/sobjects/Account?ids={c},001000000000001AAA,{a}&fields=Name"))
        .await
        .expect(200)
        .json();
    assert_eq!((&read[0]["Name"], &read[1], &read[2]["Name"]), (&json!("C2"), &Json::Null, &json!("A2")));
    let ids: Vec<&str> = std::iter::repeat_n(a, 201).collect();
    let body = json!({"ids": ids, "fields": ["Name"]});
    let many = org.post("composite/sobjects/Account", body).await.expect(200).json();
    assert_eq!((many.as_array().unwrap().len(), &many[200]["Name"]), (201, &json!("A2")));
    let deleted = org.call("DELETE", &format!("composite/sobjects?ids={a},{c}&allOrNone=true"), &[], &Json::Null).await;
    assert_eq!(deleted.expect(200).json()[1]["success"], true);
    assert!(org.names("SELECT Name FROM Account").await.is_empty());
    let many: Vec<Json> = (0..201).map(|_| nameless.clone()).collect();
    assert_eq!(
        org.post("composite/sobjects", json!({"records": many})).await.expect(400).json()[0]["errorCode"],
        "EXCEEDED_ID_LIMIT"
    );
    let inside = json!({"allOrNone": true, "compositeRequest": [
        node("POST", "sobjects/Account", "a", json!({"Name": "D"})),
        node("POST", "composite/sobjects", "s", json!({"records": [nameless]})),
    ]});
    let answers = org.post("composite", inside).await.expect(200).json();
    assert_eq!(codes(&answers)[0].1, "PROCESSING_HALTED");
    assert!(org.names("SELECT Name FROM Account").await.is_empty());
}

#[tokio::test]
async fn trees_are_planted_whole() {
    let org = Org::start().await;
    let contact = |reference: &str, body: Json| {
        let mut contact = json!({"attributes": {"type": "Contact", "referenceId": reference}});
        contact.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        contact
    };
    let tree = |last: Json| {
        json!({"records": [{
            "attributes": {"type": "Account", "referenceId": "a"}, "Name": "A",
            "Contacts": {"records": [contact("c1", json!({"LastName": "One"})), contact("c2", last)]},
        }]})
    };
    let bad = org.post("composite/tree/Account", tree(json!({"FirstName": "x"}))).await.expect(400).json();
    assert_eq!((&bad["hasErrors"], &bad["results"][0]["referenceId"]), (&json!(true), &json!("c2")));
    assert_eq!(bad["results"][0]["errors"][0]["statusCode"], "REQUIRED_FIELD_MISSING");
    assert!(org.names("SELECT Name FROM Account").await.is_empty());
    let fine = org.post("composite/tree/Account", tree(json!({"LastName": "Two"}))).await.expect(201).json();
    assert_eq!((&fine["hasErrors"], fine["results"].as_array().unwrap().len()), (&json!(false), 3));
    assert_eq!(org.names("SELECT Name FROM Contact WHERE Account.Name = 'A'").await, ["One", "Two"]);
}

#[tokio::test]
async fn a_batch_has_nothing_in_common() {
    let org = Org::start().await;
    let requests = json!([
        {"method": "GET", "url": "v66.0/limits"},
        {"method": "POST", "url": "/services/data/v66.0/sobjects/Account", "richInput": {}},
        {"method": "POST", "url": "v66.0/sobjects/Account", "richInput": {"Name": "A"}},
    ]);
    let go_on = org.post("composite/batch", json!({"batchRequests": requests})).await.expect(200).json();
    let statuses = |reply: &Json| -> Vec<u64> {
        reply["results"].as_array().unwrap().iter().map(|result| result["statusCode"].as_u64().unwrap()).collect()
    };
    assert_eq!((&go_on["hasErrors"], statuses(&go_on)), (&json!(true), vec![200, 400, 201]));
    let halt =
        org.post("composite/batch", json!({"haltOnError": true, "batchRequests": requests})).await.expect(200).json();
    assert_eq!(statuses(&halt), [200, 400, 412]);
    assert_eq!(org.names("SELECT Name FROM Account").await, ["A"]);
}
