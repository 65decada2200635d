//! Times that are held for five minutes: what is held, and letting go.

use std::sync::Arc;

use axum::http::StatusCode;
use engage_bookme::calendar;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::management::Management;
use crate::management::values::Told;
use crate::openapi::{Described, Shape};

/// A time that is held.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct Hold {
    /// The token that it was reserved with: whoever has it may let go.
    token: Uuid,
    /// The slot.
    time_slot_id: Uuid,
    /// Whose time it is; `null`: a room's alone.
    employee_id: Option<Uuid>,
    /// The room that is held.
    room_id: Option<Uuid>,
    /// When it begins.
    start_date: Told<Timestamp>,
    /// When it ends.
    end_date: Told<Timestamp>,
    /// From when on it is free again.
    expires: Told<Timestamp>,
    /// The meeting that is to be moved there.
    existing_meeting_id: Option<Uuid>,
    /// The service group that supplied it.
    service_group: Option<String>,
}

impl From<calendar::Hold> for Hold {
    fn from(calendar::Hold { token, slot }: calendar::Hold) -> Self {
        Self {
            token,
            time_slot_id: slot.id,
            employee_id: slot.employee_id,
            room_id: slot.room_id,
            start_date: Told(slot.start),
            end_date: Told(slot.end),
            expires: Told(slot.expires.unwrap_or(slot.end)),
            existing_meeting_id: slot.meeting_id,
            service_group: slot.service_group,
        }
    }
}

pub(super) async fn list(management: Arc<Management>, mut call: Call) -> Answer {
    let (employee, room) = (call.query.id("employeeId"), call.query.id("roomId"));
    call.query.finish()?;
    let mut all = management.bookme.holds(&call.tenancy).await?;
    all.retain(|hold| {
        employee.is_none_or(|id| hold.slot.employee_id == Some(id))
            && room.is_none_or(|id| hold.slot.room_id == Some(id))
    });
    Reply::of(&all.into_iter().map(Hold::from).collect::<Vec<_>>())
}

pub(super) async fn release(management: Arc<Management>, call: Call) -> Answer {
    let released = management.bookme.release(&call.tenancy, call.id()?, &call.caller).await?;
    if released { Ok(Reply::Nothing(StatusCode::NO_CONTENT)) } else { Err(Fault::absent()) }
}

/// What the operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let id = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001";
    let example = json!([{
        "token": id,
        "timeSlotId": id,
        "employeeId": id,
        "roomId": null,
        "startDate": "2026-06-01T08:00:00Z",
        "endDate": "2026-06-01T09:00:00Z",
        "expires": "2026-05-28T06:05:00Z",
        "existingMeetingId": null,
        "serviceGroup": null,
    }]);
    vec![
        Described::new("Holds_list", "Holds", "List what is held now")
            .says("Those that end first come first, 10,000 at most.")
            .query::<Uuid>("employeeId", "Whose time.")
            .query::<Uuid>("roomId", "Which room.")
            .answers(200, Shape::of::<Vec<Hold>>(), example),
        Described::new("Holds_release", "Holds", "Let a hold go")
            .says("The time is free at once. 404 where nothing is held by the token, or where a customer has not made the hold.")
            .id("token", "The token that the time was reserved with.")
            .done(204)
            .refuses([409]),
    ]
}
