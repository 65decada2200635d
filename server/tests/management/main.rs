//! The Management API from outside: requests and answers.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

mod booking_rows;
mod calendars;
#[allow(dead_code, reason = "it is the one of the Public API, which uses more of it")]
#[path = "../api/conform.rs"]
mod conform;
mod description;
mod isolation;
#[allow(dead_code, reason = "the kit is the one of the Public API, which uses more of it")]
#[path = "../api/kit.rs"]
mod kit;
mod me;
mod people;
mod roles;
mod settings;

use axum::http::Method;
use serde_json::Value;

use kit::{Answer, As, Kit, OURS};

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
