//! A PATCH is done whole or not at all, and what changes nothing leaves no trace.

use reqwest::Method;
use serde_json::{Value, json};

use crate::kit::{Customer, Kit};

/// Operations that each change something.
fn good() -> Vec<Value> {
    vec![
        json!({"op": "replace", "path": "displayName", "value": "Eve"}),
        json!({"op": "add", "path": "addresses[type eq \"work\"].formatted", "value": "Elsewhere"}),
        json!({"op": "replace", "value": {"name.givenName": "Eve", "active": false}}),
        json!({"op": "remove", "path": "title"}),
    ]
}

/// Operations that are refused, and what they are told.
fn bad() -> Vec<(Value, u16, &'static str)> {
    vec![
        (json!({"op": "replace", "path": "nothing", "value": "x"}), 400, "invalidPath"),
        (json!({"op": "replace", "path": "emails[", "value": "x"}), 400, "invalidFilter"),
        (json!({"op": "replace", "path": "active", "value": "maybe"}), 400, "invalidValue"),
        (
            json!({"op": "replace", "path": "emails[type ne \"x\" and value co \"y\"].value", "value": "z"}),
            400,
            "noTarget",
        ),
        (json!({"op": "remove"}), 400, "noTarget"),
        (json!({"op": "remove", "path": "userName"}), 400, "mutability"),
        (json!({"op": "replace", "path": "id", "value": "x"}), 400, "mutability"),
        (json!({"op": "swap", "path": "title", "value": "x"}), 400, "invalidSyntax"),
        (json!({"op": "replace", "path": "userName", "value": "TAKEN@x.example"}), 409, "uniqueness"),
        (json!({"op": "replace", "path": "externalId", "value": "e-taken"}), 409, "uniqueness"),
    ]
}

async fn made(customer: &Customer<'_>, name: &str, external: &str) -> String {
    let body = json!({
        "userName": name, "externalId": external, "displayName": name, "title": "Advisor",
        "addresses": [{"type": "work", "formatted": "Allé 1-3"}],
    });
    let made = customer.post("/employees/scim/Users", &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    format!("/employees/scim/Users/{}", made.id())
}

/// What anybody could notice of a resource.
async fn seen(customer: &Customer<'_>, path: &str) -> (Value, String, usize) {
    let answer = customer.get(path).await;
    assert_eq!(answer.status, 200);
    (answer.body.clone(), answer.header("etag").to_owned(), customer.events().await.len())
}

#[tokio::test]
async fn a_patch_with_one_bad_operation_changes_nothing() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    made(&contoso, "taken@x.example", "e-taken").await;
    let path = made(&contoso, "ann@x.example", "e-1").await;
    let before = seen(&contoso, &path).await;
    for (bad, status, kind) in bad() {
        for at in 0..=good().len() {
            let mut operations = good();
            operations.insert(at, bad.clone());
            let answer = contoso.patch(&path, &json!({"Operations": operations})).await;
            let told = (answer.status.as_u16(), &answer.body["scimType"], &answer.body["status"]);
            assert_eq!(told, (status, &json!(kind), &json!(status.to_string())), "{bad} at {at}: {answer:?}");
            assert_eq!(seen(&contoso, &path).await, before, "{bad} at {at}");
        }
    }
    let answer = contoso.patch(&path, &json!({"Operations": good()})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let after = seen(&contoso, &path).await;
    assert_eq!((after.1.as_str(), after.2), ("W/\"2\"", before.2 + 1), "the others alone are one change");
}

#[tokio::test]
async fn a_patch_of_a_group_with_one_bad_operation_changes_no_member() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    contoso.post("/employees/scim/Groups", &json!({"displayName": "Taken"})).await;
    let body = json!({"displayName": "Mine", "members": [{"value": "a"}, {"value": "b"}]});
    let path = format!("/employees/scim/Groups/{}", contoso.post("/employees/scim/Groups", &body).await.id());
    let before = seen(&contoso, &path).await;
    for bad in [
        json!({"op": "replace", "path": "displayName", "value": "taken"}),
        json!({"op": "add", "path": "members", "value": [{"display": "nobody"}]}),
        json!({"op": "replace", "path": "members[value eq \"b\"].value", "value": "c"}),
    ] {
        let operations = json!({"Operations": [
            {"op": "add", "path": "members", "value": [{"value": "c"}]},
            {"op": "remove", "path": "members[value eq \"a\"]"},
            bad,
        ]});
        let answer = contoso.patch(&path, &operations).await;
        assert!(matches!(answer.status.as_u16(), 400 | 409), "{bad}: {answer:?}");
        assert_eq!(seen(&contoso, &path).await, before, "{bad}");
    }
}

#[tokio::test]
async fn what_is_there_already_moves_neither_version_nor_time_and_nobody_is_told() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let user = made(&contoso, "ann@x.example", "e-1").await;
    let id = user.rsplit('/').next().unwrap();
    let body = json!({"displayName": "Mine", "members": [{"value": id, "type": "User"}]});
    let group = format!("/employees/scim/Groups/{}", contoso.post("/employees/scim/Groups", &body).await.id());
    kit.time.forward(std::time::Duration::from_secs(60));
    for path in [&user, &group] {
        let before = seen(&contoso, path).await;
        let again = contoso.ask(Method::PUT, path, Some(&before.0)).await;
        assert_eq!((again.status.as_u16(), &again.body), (200, &before.0));
        let member = json!({"value": id, "$ref": format!("{}{user}", kit.url)});
        let operations = if path == &user {
            json!([{"op": "add", "path": "addresses[type eq \"work\"].formatted", "value": "Allé 1-3"},
                   {"op": "replace", "value": {"title": "Advisor", "active": "TRUE"}},
                   {"op": "remove", "path": "nickName"}])
        } else {
            json!([{"op": "add", "path": "members", "value": [member]}, {"op": "remove", "path": "externalId"}])
        };
        let again = contoso.patch(path, &json!({"Operations": operations})).await;
        assert!(again.status.is_success(), "{again:?}");
        assert_eq!(seen(&contoso, path).await, before);
    }
    // A member is told of without the address that the server makes.
    assert_eq!(contoso.ask(Method::PUT, &group, Some(&body)).await.header("etag"), "W/\"1\"");
}
