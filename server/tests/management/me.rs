//! Where a user may go.

use engage_store::platform::{Organisation, Organisations as _, StoreError};
use serde_json::json;

use super::kit::{As, Kit, OURS, SYSTEM, THEIRS};
use super::{ADMIN, get};

async fn made(kit: &Kit) {
    let created = "2026-05-01T00:00:00Z".parse().unwrap();
    let contoso = Organisation { id: OURS.id(), name: "Contoso".to_owned(), enabled: true, created };
    let work =
        kit.database.write(contoso, |tx, contoso| Box::pin(async move { tx.create_organisation(contoso).await }));
    Result::<(), StoreError>::unwrap(work.await);
}

#[tokio::test]
async fn a_user_is_told_of_the_organisations_that_are_there_and_a_back_end_of_none() {
    let kit = Kit::start().await;
    assert_eq!(
        get(&kit, ADMIN, "/me/customers").await.expect(200),
        json!([]),
        "it is in the directory and nowhere else"
    );
    made(&kit).await;
    for role in ["Admin", "Customer"] {
        let before = kit.proofs();
        let told = get(&kit, As::User(OURS, role, 1), "/me/customers").await.expect(200);
        assert_eq!(told, json!([{"id": OURS.id(), "name": "Contoso", "environment": "prod", "role": role}]));
        assert_eq!(kit.proofs() - before, 1, "one look at a token is enough");
    }
    assert_eq!(get(&kit, SYSTEM, "/me/customers").await.refused(403), "CALLER_KIND_REFUSED");
    assert_eq!(get(&kit, As::User(OURS, "Auditor", 1), "/me/customers").await.refused(403), "ROLE_MISSING");
}

#[tokio::test]
async fn who_has_still_to_choose_is_told_of_each() {
    let kit = Kit::start().await;
    made(&kit).await;
    kit.lead(OURS, THEIRS).await;
    let user = As::User(OURS, "Manager", 1);
    assert_eq!(get(&kit, user, "/priority-levels").await.refused(400), "ORGANIZATION_REQUIRED");
    let before = kit.proofs();
    let told = get(&kit, user, "/me/customers").await.expect(200);
    let names: Vec<&str> = told.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!((names, kit.proofs() - before), (vec!["Contoso", "Adatum"], 1));
}
