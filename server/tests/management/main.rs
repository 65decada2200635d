//! The Management API from outside: requests and answers.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

mod booking_rows;
mod calendars;
#[allow(dead_code, reason = "it is the one of the Public API, which uses more of it")]
#[path = "../api/conform.rs"]
mod conform;
mod credentials;
mod description;
mod isolation;
#[allow(dead_code, reason = "the kit is the one of the Public API, which uses more of it")]
#[path = "../api/kit.rs"]
mod kit;
mod me;
mod people;
mod platform;
mod roles;
mod served;
mod settings;

use axum::http::Method;
use engage_server::api::Operation;
use engage_store::platform::{Alerts as _, Environment, Organisation, Organisations as _, Sighting, StoreError};
use serde_json::{Value, json};
use uuid::Uuid;

use kit::{Answer, As, Kit, OURS, Org};

/// Those of us who may do it, as the table says.
pub(crate) const ADMIN: As = As::User(OURS, "Admin", 1);
pub(crate) const CONFIGURATOR: As = As::User(OURS, "Configurator", 1);
pub(crate) const MANAGER: As = As::User(OURS, "Manager", 1);
pub(crate) const EMPLOYEE: As = As::User(OURS, "Employee", 1);

/// Calls a path of the Management API.
pub(crate) async fn call(kit: &Kit, who: As, method: Method, path: &str, body: Option<Value>) -> Answer {
    kit.call(who, method, &format!("{}{path}", engage_server::management::PREFIX), body).await
}

pub(crate) async fn get(kit: &Kit, who: As, path: &str) -> Answer {
    call(kit, who, Method::GET, path, None).await
}

pub(crate) async fn post(kit: &Kit, who: As, path: &str, body: Value) -> Answer {
    call(kit, who, Method::POST, path, Some(body)).await
}

pub(crate) async fn put(kit: &Kit, who: As, path: &str, body: Value) -> Answer {
    call(kit, who, Method::PUT, path, Some(body)).await
}

pub(crate) async fn patch(kit: &Kit, who: As, path: &str, body: Value) -> Answer {
    call(kit, who, Method::PATCH, path, Some(body)).await
}

pub(crate) async fn delete(kit: &Kit, who: As, path: &str) -> Answer {
    call(kit, who, Method::DELETE, path, None).await
}

/// Makes the record of an organisation, with the environment of the server and another.
pub(crate) async fn founded(kit: &Kit, org: Org) {
    let created = "2026-05-01T00:00:00Z".parse().unwrap();
    let new = Organisation { id: org.id(), name: format!("organisation {}", org.0), enabled: true, created };
    let work = kit.database.write(new, |tx, new| {
        Box::pin(async move {
            tx.create_organisation(new).await?;
            for environment in [Environment::Prod, Environment::Test] {
                tx.open_environment(new.id, environment, new.created).await?;
            }
            Ok(())
        })
    });
    Result::<(), StoreError>::unwrap(work.await);
}

/// An alert of an organisation.
pub(crate) async fn alert(kit: &Kit, org: Org) -> String {
    let (organisation, id) = (org.id(), Uuid::from_u128(0x9900 + org.0));
    let (environment, subject) = (Environment::Prod, format!("alarm {}", org.0));
    let seen = Sighting { organisation, id, environment, kind: "kind".to_owned(), subject, details: json!({}) };
    let now = kit.time().timestamp();
    let work = kit.database.write(seen, move |tx, seen| Box::pin(async move { tx.raise_alert(seen, now).await }));
    Result::<_, StoreError>::unwrap(work.await).id.to_string()
}

/// Whether it shows what a server serves of one organisation: that others do not see it is tested where something is served.
pub(crate) fn is_served(operation: &Operation) -> bool {
    ["/workspace", "/runs", "/connections"].iter().any(|path| operation.path.starts_with(path))
}
