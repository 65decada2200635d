//! What is told of meetings: the events that start playbooks, written with what they tell of.

use std::collections::BTreeMap;

use engage_store::platform::{self as store, Event};
use serde_json::{Value, json};
use uuid::Uuid;

use super::book::Given;
use super::meeting::Body;
use crate::model::Location;
use crate::values::{CreationStrategy, MeetingType};

/// A meeting was booked. One that has no time yet is told of once it has one.
pub(super) fn booked(given: &Given, kept: &store::Meeting, body: &Body) -> Vec<Event> {
    if kept.starts.is_none() {
        return Vec::new();
    }
    let meeting = meeting(given, kept, body);
    let mut told = vec![event(
        given,
        kept,
        "MeetingBooked",
        json!({ "Meeting": meeting, "actor": actor(given), "actorId": employee(given) }),
    )];
    if let Some(portal) = own_portal(body) {
        let payload = json!({
            "Meeting": meeting, "PortalId": portal, "PortalName": body.portal_name, "actor": actor(given), "actorId": employee(given),
        });
        told.push(event(given, kept, "PortalMeetings", payload));
    }
    told
}

/// A meeting was changed or moved.
pub(super) fn updated(given: &Given, kept: &store::Meeting, body: &Body) -> Event {
    let meeting = meeting(given, kept, body);
    event(
        given,
        kept,
        "MeetingUpdated",
        json!({ "Meeting": meeting, "actor": actor(given), "actorId": employee(given) }),
    )
}

/// A meeting was cancelled. Nobody was told of one that had no time.
pub(super) fn cancelled(given: &Given, kept: &store::Meeting, body: &Body, portal: Option<Uuid>) -> Vec<Event> {
    if kept.starts.is_none() {
        return Vec::new();
    }
    let (by, reason) = (&body.cancelled_by, &body.reason);
    let meeting = meeting(given, kept, body);
    let payload = json!({ "Meeting": meeting, "CancelledBy": by, "Reason": reason, "actor": actor(given), "actorId": employee(given) });
    let mut told = vec![event(given, kept, "MeetingCancelled", payload)];
    if let Some(portal) = portal {
        let payload = json!({
            "MeetingId": kept.id, "PortalId": portal, "CancelledBy": by, "Reason": reason, "actor": actor(given), "actorId": employee(given),
        });
        told.push(event(given, kept, "PortalMeetingCancelled", payload));
    }
    told
}

/// Who comes to a meeting, as the calendar of its owner knows it.
pub(super) fn attendance(given: &Given, kept: &store::Meeting, body: &Body, attendees: &Value) -> Event {
    let meeting = meeting(given, kept, body);
    let payload =
        json!({ "Meeting": meeting, "Attendees": attendees, "actor": actor(given), "actorId": employee(given) });
    event(given, kept, "AttendanceRecorded", payload)
}

/// What was told of a meeting, without what is personal in it.
pub(super) fn forgotten(mut payload: Value, pseudonym: Option<&str>) -> Value {
    if let Some(told) = payload.as_object_mut() {
        told.entry("Reason").and_modify(|reason| *reason = Value::Null);
        told.entry("CancelledBy").and_modify(|by| *by = Value::Null);
        told.entry("Attendees").and_modify(|attendees| *attendees = Value::Null);
    }
    let Some(meeting) = payload.get_mut("Meeting").and_then(Value::as_object_mut) else { return payload };
    let is_away = meeting.get("Type").is_some_and(|of| *of == json!(MeetingType::Offsite));
    let nothing = [
        ("Title", json!("")),
        ("Description", Value::Null),
        ("ExternalAttendees", json!([])),
        ("CustomFields", json!({})),
        ("Cpr", Value::Null),
    ];
    let place = is_away.then_some(("Location", Value::Null));
    let customer = pseudonym.map(|pseudonym| [("CustomerId", json!(pseudonym)), ("SalesforceId", Value::Null)]);
    for (name, value) in nothing.into_iter().chain(place).chain(customer.into_iter().flatten()) {
        meeting.insert(name.to_owned(), value);
    }
    payload
}

/// The portal in which a meeting was booked, where playbooks hear of it.
pub(super) fn own_portal(body: &Body) -> Option<Uuid> {
    body.portal_id.filter(|_| body.strategy == Some(CreationStrategy::Playbook))
}

fn actor(given: &Given) -> &'static str {
    given.caller.actor()
}

/// The account of the employee on whose behalf the CRM is called; never what it signs in with.
fn employee(given: &Given) -> Option<Uuid> {
    given.caller.employee()
}

/// Ids follow from the seed of the call and the kind: a call that is done again tells the same.
fn event(given: &Given, kept: &store::Meeting, kind: &str, payload: Value) -> Event {
    Event {
        id: Uuid::new_v5(&given.seed, kind.as_bytes()),
        organisation: given.tenancy.organisation,
        environment: given.tenancy.environment,
        at: given.at,
        kind: kind.to_owned(),
        subject: kept.id.to_string(),
        payload,
    }
}

fn meeting(given: &Given, kept: &store::Meeting, body: &Body) -> Value {
    let (compiled, details) = (&given.compiled, &body.details);
    let person = |id: &Uuid| {
        let known = compiled.employees.get(id);
        let (name, email) = known.map_or(("", ""), |one| (one.display_name.as_str(), one.email.as_str()));
        json!({ "Id": id, "Name": name, "Email": email })
    };
    let others: Vec<Value> = details.additional_employees.iter().map(person).collect();
    let external: Vec<Value> =
        body.external_attendees.iter().map(|one| json!({ "Name": one.name, "Email": one.email })).collect();
    let topic = details.topic_id.and_then(|id| compiled.topics.get(&id)).map(|topic| topic.name.text());
    let kind = details.customer_type_id.and_then(|id| compiled.customer_types.get(&id)).map(|kind| &kind.name);
    let room = details.room_id.and_then(|id| compiled.room(id)).map(|room| &room.name);
    let custom: BTreeMap<&String, &String> = body.custom_fields.iter().chain(&given.sealed.fields).collect();
    json!({
        "Id": kept.id,
        "Title": details.title.as_deref().unwrap_or_default(),
        "Description": details.description,
        "StartDate": kept.starts.map(|at| at.to_string()),
        "EndDate": kept.ends.map(|at| at.to_string()),
        "Type": details.meeting_type,
        "Internal": body.is_internal,
        "Location": place(given, body),
        "RoomName": room,
        "VideoLink": details.video_link,
        "CustomerId": details.customer_id,
        "SalesforceId": details.salesforce_id,
        "MeetingOwner": person(&details.employee_id),
        "AdditionalAdvisors": others,
        "ExternalAttendees": external,
        "Theme": topic,
        "CustomerCategory": kind,
        "CustomFields": custom,
        "Cpr": given.sealed.cpr,
        "BookedBy": body.booked_by,
        "CrmMappingId": body.crm_mapping_id,
        "SendConfirmation": body.send_confirmation,
    })
}

/// Where people meet, as they read it.
pub(super) fn place(given: &Given, body: &Body) -> Option<String> {
    let details = &body.details;
    match details.meeting_type {
        MeetingType::Physical => {
            let key = details.location.as_ref()?;
            Some(given.compiled.locations.get(key).map_or(key.as_str(), Location::shown).to_owned())
        }
        MeetingType::Offsite => details.end_address.clone(),
        MeetingType::Online | MeetingType::Telephone => None,
    }
}
