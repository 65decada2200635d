//! Employees and rooms, whom the directory brings.

use std::sync::Arc;

use engage_bookme::configuration::{Employee, Room};
use serde_json::{Value, json};

use crate::api::Api;
use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::table::Version;
use crate::api::wire::Labels;

/// Adds the labels, in versions that have any.
fn labelled(mut shown: Value, labels: &[String], version: Version) -> Value {
    if let (Version::V3, Some(members)) = (version, shown.as_object_mut()) {
        members.insert("labels".to_owned(), json!(labels));
    }
    shown
}

fn shown_employee(employee: &Employee, version: Version) -> Value {
    let Employee { id, display_name, first_name, last_name, email, initials, location, external_id, .. } = employee;
    let shown = json!({
        "id": id,
        "displayName": display_name,
        "firstName": first_name,
        "lastName": last_name,
        "email": email,
        "initials": initials,
        "location": location,
        "externalId": external_id,
    });
    labelled(shown, &employee.labels, version)
}

fn shown_room(room: &Room, version: Version) -> Value {
    let Room { id, name, email, location, can_be_booked, .. } = room;
    let shown = json!({"id": id, "location": location, "email": email, "name": name, "canBeBooked": can_be_booked});
    labelled(shown, &room.labels, version)
}

/// Labels that are asked for, in versions that have any.
fn asked(call: &mut Call) -> Result<Labels, Fault> {
    let asked = if call.version == Version::V3 { call.query.texts("labels") } else { Vec::new() };
    call.query.finish()?;
    Ok(Labels::asked(asked))
}

pub(super) async fn employees(api: Arc<Api>, mut call: Call) -> Answer {
    let asked = asked(&mut call)?;
    let all = api.bookme.employees(&call.tenancy).await?;
    let fitting = all.iter().filter(|employee| asked.are_on(&employee.labels));
    Ok(Reply::Json(fitting.map(|employee| shown_employee(employee, call.version)).collect()))
}

pub(super) async fn employee(api: Arc<Api>, call: Call) -> Answer {
    let id = call.id()?;
    let all = api.bookme.employees(&call.tenancy).await?;
    let found = all.iter().find(|employee| employee.id == id).ok_or_else(Fault::absent)?;
    Ok(Reply::Json(shown_employee(found, call.version)))
}

pub(super) async fn rooms(api: Arc<Api>, mut call: Call) -> Answer {
    let asked = asked(&mut call)?;
    let all = api.bookme.rooms(&call.tenancy).await?;
    let fitting = all.iter().filter(|room| asked.are_on(&room.labels));
    Ok(Reply::Json(fitting.map(|room| shown_room(room, call.version)).collect()))
}

pub(super) async fn room(api: Arc<Api>, call: Call) -> Answer {
    let id = call.id()?;
    let all = api.bookme.rooms(&call.tenancy).await?;
    let found = all.iter().find(|room| room.id == id).ok_or_else(Fault::absent)?;
    Ok(Reply::Json(shown_room(found, call.version)))
}

pub(super) async fn vacancies(api: Arc<Api>, mut call: Call) -> Answer {
    let (location, slot) = (call.query.text("location"), call.query.id("timeSlotId"));
    let (location, slot) = (call.query.needed("location", location), call.query.needed("timeSlotId", slot));
    call.query.finish()?;
    let (Some(location), Some(slot)) = (location, slot) else { return Err(Fault::bad("parameters are needed")) };
    let rooms = api.bookme.vacant_rooms(&call.tenancy, &location, slot).await?;
    Ok(Reply::Json(rooms.iter().map(|room| shown_room(room, call.version)).collect()))
}
