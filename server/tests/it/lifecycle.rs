//! From the first day of an employee to the last.

use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::{Customer, Kit};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn ann() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "Ann@contoso.example", "externalId": "e-1", "active": "True",
        "displayName": "Ann Ek", "name": {"givenName": "Ann", "familyName": "Ek"},
        "addresses": [{"type": "work", "formatted": "Allé 1-3"}], "title": null,
    })
}

async fn kinds(customer: &Customer<'_>) -> Vec<String> {
    customer.events().await.into_iter().map(|waiting| waiting.event.kind).collect()
}

#[tokio::test]
async fn an_employee_comes_goes_and_comes_back() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let made = contoso.post("/employees/scim/Users", &ann()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/employees/scim/Users/{}", made.id());
    assert_eq!(made.header("location"), format!("{}{path}", kit.url));
    assert_eq!((made.header("etag"), &made.body["active"]), ("W/\"1\"", &json!(true)));
    assert_eq!(made.header("content-type"), "application/scim+json; charset=utf-8");
    let events = contoso.events().await;
    let employee = &events[0].event.payload["Employee"];
    assert_eq!(employee["Email"], "Ann@contoso.example");
    assert_eq!((&employee["Initials"], &employee["Location"]), (&json!("Ann"), &json!("Allé 1-3")));

    let off = json!({"Operations": [{"op": "Replace", "path": "active", "value": "False"}]});
    let gone = contoso.patch(&path, &off).await;
    assert_eq!((gone.status.as_u16(), &gone.body["active"], gone.header("etag")), (200, &json!(false), "W/\"2\""));
    let again = contoso.patch(&path, &off).await;
    assert_eq!((again.header("etag"), &again.body["meta"]), ("W/\"2\"", &gone.body["meta"]), "nothing has changed");
    assert_eq!(kinds(&contoso).await, ["EmployeeProvisioned", "EmployeeDeprovisioned"]);
    assert_eq!(contoso.get(&path).await.status, 200, "an inactive user is there");

    kit.time.forward(29 * DAY);
    let on = json!({"Operations": [{"op": "replace", "value": {"active": true}}]});
    assert_eq!(contoso.patch(&path, &on).await.body["active"], true);
    assert_eq!(contoso.delete(&path).await.status, 204);
    assert_eq!(contoso.get(&path).await.status, 404);
    assert_eq!(contoso.delete(&path).await.status, 404);

    let back = contoso.post("/employees/scim/Users", &ann()).await;
    assert_eq!(back.status, 201, "its names are free: {back:?}");
    assert_ne!(back.id(), made.id());
    let events = contoso.events().await;
    let people: Vec<_> = events.iter().map(|waiting| &waiting.event.payload["Employee"]["Id"]).collect();
    assert!(people.iter().all(|id| *id == people[0]), "the same person to the platform: {people:?}");
    let told: Vec<&str> = events.iter().map(|waiting| waiting.event.kind.as_str()).collect();
    assert_eq!(told[2..], ["EmployeeProvisioned", "EmployeeDeprovisioned", "EmployeeProvisioned"]);
}

#[tokio::test]
async fn the_same_name_with_another_external_id_is_another_person() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let first = contoso.post("/employees/scim/Users", &ann()).await;
    contoso.delete(&format!("/employees/scim/Users/{}", first.id())).await;
    let mut other = ann();
    other["externalId"] = json!("e-2");
    assert_eq!(contoso.post("/employees/scim/Users", &other).await.status, 201);
    let events = contoso.events().await;
    assert_ne!(events[0].event.payload["Employee"]["Id"], events[2].event.payload["Employee"]["Id"]);
}

#[tokio::test]
async fn rooms_are_apart_and_can_be_booked_while_they_are_active() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let room = json!({"userName": "sea@contoso.example", "displayName": "Sea", "active": "False"});
    let made = contoso.post("/rooms/scim/Users", &room).await;
    assert_eq!((made.status.as_u16(), &made.body["active"]), (201, &json!(false)));
    assert!(contoso.events().await.is_empty(), "a room that was never active is nobody's business yet");
    let path = format!("/rooms/scim/Users/{}", made.id());
    let on = json!({"Operations": [{"op": "Replace", "path": "active", "value": "True"}]});
    contoso.patch(&path, &on).await;
    let events = contoso.events().await;
    assert_eq!(
        (events[0].event.kind.as_str(), &events[0].event.payload["Room"]["CanBeBooked"]),
        ("RoomProvisioned", &json!(true))
    );
    assert_eq!(contoso.get(&path.replace("rooms", "employees")).await.status, 404);
    assert_eq!(contoso.post("/employees/scim/Users", &room).await.status, 201, "names are a directory's own");
}

#[tokio::test]
async fn nobody_sees_another_customers_directory() {
    let kit = Kit::start().await;
    let (one, other) = (kit.customer("One").await, kit.customer("Other").await);
    let made = one.post("/employees/scim/Users", &ann()).await;
    let path = format!("/employees/scim/Users/{}", made.id());
    let change = json!({"Operations": [{"op": "replace", "path": "displayName", "value": "Eve"}]});
    assert_eq!(other.get(&path).await.status, 404);
    assert_eq!(other.patch(&path, &change).await.status, 404);
    assert_eq!(other.ask(reqwest::Method::PUT, &path, Some(&ann())).await.status, 404);
    assert_eq!(other.delete(&path).await.status, 404);
    assert_eq!(other.get("/employees/scim/Users").await.body["totalResults"], 0);
    assert_eq!(other.post("/employees/scim/Users", &ann()).await.status, 201, "the same names are free there");
    assert_eq!(one.get(&path).await.body["displayName"], "Ann Ek");
}
