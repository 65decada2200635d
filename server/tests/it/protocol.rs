//! What the protocol asks beside the life of a resource.

use reqwest::Method;
use serde_json::{Value, json};

use crate::kit::{Customer, Kit, answer};

async fn user(customer: &Customer<'_>, name: &str, external: &str) -> String {
    let body = json!({"userName": name, "externalId": external, "displayName": name});
    let made = customer.post("/employees/scim/Users", &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.id()
}

#[tokio::test]
async fn a_token_is_asked_for_and_nothing_else_is_told() {
    let kit = Kit::start().await;
    let mut contoso = kit.customer("Contoso").await;
    let good = contoso.token.clone();
    for token in ["", "short", &"x".repeat(32), &good.replace('0', "1"), &format!("{good}0")] {
        contoso.token = token.to_owned();
        let refused = contoso.get("/employees/scim/ServiceProviderConfig").await;
        assert_eq!((refused.status.as_u16(), refused.header("www-authenticate")), (401, "Bearer"));
        assert_eq!(refused.body["status"], "401");
        assert_eq!(refused.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    }
    let bare = answer(reqwest::Client::new().get(format!("{}/rooms/scim/Users", kit.url))).await;
    assert_eq!(bare.status, 401);
}

#[tokio::test]
async fn test_connection_finds_nobody_and_that_is_well() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    for path in [
        "Users?filter=userName+eq+%225e0d9f4e-0d5a-4c8c-9c1f-2b1f6d1c0a11%22",
        "Groups?excludedAttributes=members&filter=displayName%20eq%20%22x%22",
    ] {
        for mount in ["/employees/scim", "/rooms/scim", "/advisors/scim", "/employees/scim/", "//employees//scim"] {
            let found = contoso.get(&format!("{mount}/{path}&aadOptscim062020")).await;
            assert_eq!((found.status.as_u16(), &found.body["totalResults"]), (200, &json!(0)), "{mount} {found:?}");
            assert_eq!(found.body["Resources"], json!([]));
        }
    }
}

#[tokio::test]
async fn names_are_unique_and_the_alias_is_the_same_directory() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let id = user(&contoso, "ann@x.example", "e-1").await;
    for (name, external) in [("ANN@x.example", "e-2"), ("bo@x.example", "e-1")] {
        let taken = contoso.post("/advisors/scim/Users", &json!({"userName": name, "externalId": external})).await;
        assert_eq!((taken.status.as_u16(), &taken.body["scimType"]), (409, &json!("uniqueness")), "{taken:?}");
    }
    let seen = contoso.get(&format!("/advisors/scim/Users/{id}")).await;
    assert_eq!(seen.body["meta"]["location"], format!("{}/advisors/scim/Users/{id}", kit.url));
}

#[tokio::test]
async fn versions_are_kept_to() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let path = format!("/employees/scim/Users/{}", user(&contoso, "ann@x.example", "e-1").await);
    let same = contoso.ask_with(Method::GET, &path, None, &[("if-none-match", "W/\"1\"")]).await;
    assert_eq!((same.status.as_u16(), same.header("etag")), (304, "W/\"1\""));
    let change = json!({"Operations": [{"op": "add", "path": "title", "value": "Boss"}]});
    let late = contoso.ask_with(Method::PATCH, &path, Some(&change), &[("if-match", "W/\"7\"")]).await;
    assert_eq!(late.status, 412);
    let right = contoso.ask_with(Method::PATCH, &path, Some(&change), &[("if-match", "W/\"1\"")]).await;
    assert_eq!((right.status.as_u16(), right.header("etag")), (200, "W/\"2\""));
    let late = contoso.ask_with(Method::DELETE, &path, None, &[("if-match", "W/\"1\"")]).await;
    assert_eq!(late.status, 412);
}

#[tokio::test]
async fn groups_keep_their_members_and_say_nothing_when_patched() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let (ann, bo) = (user(&contoso, "ann@x.example", "1").await, user(&contoso, "bo@x.example", "2").await);
    let group =
        contoso.post("/employees/scim/Groups", &json!({"displayName": "Advisors", "members": [{"value": ann}]})).await;
    assert_eq!(group.status, 201, "{group:?}");
    let path = format!("/employees/scim/Groups/{}", group.id());
    let add = json!({"Operations": [{"op": "Add", "path": "members", "value": [{"$ref": null, "value": bo}]}]});
    let patched = contoso.patch(&path, &add).await;
    assert_eq!((patched.status.as_u16(), &patched.body), (204, &Value::Null));
    let members = |group: &Value| -> Vec<String> {
        let members = group["members"].as_array().unwrap();
        members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect()
    };
    let shown = contoso.patch(&format!("{path}?attributes=members"), &add).await;
    assert_eq!((shown.status.as_u16(), members(&shown.body).len()), (200, 2));
    assert_eq!(contoso.get(&format!("/employees/scim/Users/{bo}")).await.body["groups"][0]["value"], group.id());
    let found = contoso.get(&format!("/employees/scim/Groups?filter=members.value%20eq%20%22{bo}%22")).await;
    assert_eq!(found.body["totalResults"], 1);
    let without = contoso.get(&format!("{path}?excludedAttributes=members")).await;
    assert!(without.body.get("members").is_none());
    let remove = json!({"Operations": [{"op": "Remove", "path": "members", "value": [{"value": ann}]}]});
    assert_eq!(contoso.patch(&path, &remove).await.status, 204);
    assert_eq!(members(&contoso.get(&path).await.body), std::slice::from_ref(&bo));
    contoso.delete(&format!("/employees/scim/Users/{bo}")).await;
    assert!(contoso.get(&path).await.body.get("members").is_none());
}

#[tokio::test]
async fn who_is_named_comes_and_goes_and_the_others_of_a_large_group_stay() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let of =
        |numbers: std::ops::Range<usize>| numbers.map(|n| json!({"value": format!("m{n:04}")})).collect::<Vec<_>>();
    let group = json!({"displayName": "All", "members": of(0..1_500)});
    let path = format!("/employees/scim/Groups/{}", contoso.post("/employees/scim/Groups", &group).await.id());
    let change = async |operations: Value, etag: &str| {
        assert_eq!(contoso.patch(&path, &json!({ "Operations": operations })).await.status, 204);
        assert_eq!(contoso.get(&path).await.header("etag"), etag);
    };
    let come = json!({"op": "Add", "path": "members", "value": of(1_499..1_502)});
    let go = json!({"op": "Remove", "path": "members[value eq \"m0007\"]"});
    change(json!([come.clone(), go, {"op": "Remove", "path": "members", "value": of(8..10)}]), "W/\"2\"").await;
    change(json!([come]), "W/\"2\"").await;
    change(json!([{"op": "Replace", "path": "displayName", "value": "Everybody"}]), "W/\"3\"").await;
    let found = contoso.get(&path).await.body;
    let members: Vec<&str> =
        found["members"].as_array().unwrap().iter().map(|member| member["value"].as_str().unwrap()).collect();
    let expected: Vec<String> = (0..1_502).filter(|n| !(7..10).contains(n)).map(|n| format!("m{n:04}")).collect();
    assert_eq!((members, &found["displayName"]), (expected.iter().map(String::as_str).collect(), &json!("Everybody")));
    change(json!([{"op": "Replace", "path": "members", "value": of(0..2)}]), "W/\"4\"").await;
    assert_eq!(contoso.get(&path).await.body["members"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn pages_are_cut_and_counted() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    for n in 0..7 {
        user(&contoso, &format!("u{n}@x.example"), &n.to_string()).await;
    }
    let page = contoso.get("/employees/scim/Users?startIndex=3&count=2&attributes=userName").await;
    let names: Vec<&Value> = page.body["Resources"].as_array().unwrap().iter().map(|user| &user["userName"]).collect();
    assert_eq!(names, ["u2@x.example", "u3@x.example"]);
    assert_eq!(
        (&page.body["totalResults"], &page.body["startIndex"], &page.body["itemsPerPage"]),
        (&json!(7), &json!(3), &json!(2))
    );
    let none = contoso.get("/employees/scim/Users?count=0").await;
    assert_eq!((&none.body["totalResults"], &none.body["Resources"]), (&json!(7), &json!([])));
    let search = json!({"filter": "userName sw \"U1\"", "startIndex": 1, "count": 5});
    for path in ["/employees/scim/Users/.search", "/employees/scim/.search"] {
        assert_eq!(contoso.post(path, &search).await.body["totalResults"], 1, "{path}");
    }
    assert_eq!(contoso.get("/employees/scim/Users?attributes=id&excludedAttributes=id").await.status, 400);
    let unknown = contoso.get("/employees/scim/Users?filter=shoeSize%20eq%2042").await;
    assert_eq!((unknown.status.as_u16(), &unknown.body["scimType"]), (400, &json!("invalidFilter")));
}

#[tokio::test]
async fn what_the_server_says_of_itself() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let config = contoso.get("/rooms/scim/ServiceProviderConfig").await;
    assert_eq!((&config.body["patch"]["supported"], &config.body["bulk"]["supported"]), (&json!(true), &json!(false)));
    assert_eq!(contoso.get("/rooms/scim/Schemas").await.body["totalResults"], 3);
    assert_eq!(contoso.get("/rooms/scim/Schemas/urn:ietf:params:scim:schemas:core:2.0:User").await.status, 200);
    assert_eq!(contoso.get("/rooms/scim/Schemas/urn:nothing").await.status, 404);
    assert_eq!(contoso.get("/rooms/scim/ResourceTypes?filter=x").await.status, 403);
    assert_eq!(contoso.get("/rooms/scim/Me").await.status, 501);
    assert_eq!(contoso.post("/rooms/scim/Bulk", &json!({})).await.status, 501);
    assert_eq!(contoso.get("/rooms/scim/Nothing").await.body["status"], "404");
    assert_eq!(contoso.delete("/rooms/scim/Users").await.body["status"], "405");
}

#[tokio::test]
async fn a_customer_has_a_share_of_requests() {
    let kit = Kit::with(&[("scim.requests-per-second", "1"), ("scim.burst", "3")]).await;
    let (one, other) = (kit.customer("One").await, kit.customer("Other").await);
    for _ in 0..3 {
        assert_eq!(one.get("/rooms/scim/Users").await.status, 200);
    }
    let late = one.get("/rooms/scim/Users").await;
    assert_eq!((late.status.as_u16(), late.header("retry-after"), &late.body["status"]), (429, "1", &json!("429")));
    assert_eq!(other.get("/rooms/scim/Users").await.status, 200);
    kit.time.forward(std::time::Duration::from_secs(1));
    assert_eq!(one.get("/rooms/scim/Users").await.status, 200);
}
