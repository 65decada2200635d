//! Time slots: what stands in calendars, what is offered, what is held.

use std::sync::Arc;
use std::time::Duration;

use engage_bookme::availability::{
    CustomerTypeId, EmployeeId, MeetingId, MeetingTypes, Pool, Request, RoomId, Slot, Start, TopicId,
};
use engage_bookme::calendar::{NewSlot, Reservation, SlotChange, TimeSlot};
use engage_bookme::values::{MeetingType, SlotStatus, TimeSpan};
use engage_bookme::{Error, Problem};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::api::Api;
use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::given::{Given, NOTHING};
use crate::api::scalars::{cased, told};
use crate::api::table::Version;
use crate::api::wire::{self, Members};

/// Statuses that the first version does not know; it has `Booked` for them.
const INTERNAL: [SlotStatus; 2] = [SlotStatus::BookedInternalBusy, SlotStatus::BookedInternalFree];

fn status(status: SlotStatus, version: Version) -> SlotStatus {
    if version == Version::V1 && INTERNAL.contains(&status) { SlotStatus::Booked } else { status }
}

/// Members that may be written.
fn written(slot: &TimeSlot, version: Version) -> Members {
    wire::members(json!({
        "startDate": told(slot.start),
        "endDate": told(slot.end),
        "status": status(slot.status, version),
        "roomId": slot.room_id,
        "employeeId": slot.employee_id,
        "serviceGroup": slot.service_group,
    }))
}

fn shown(slot: &TimeSlot, version: Version) -> Value {
    let TimeSlot { id, created, modified, .. } = slot;
    let mut all = wire::members(json!({"id": id, "dateCreated": told(*created), "dateModified": told(*modified)}));
    all.extend(written(slot, version));
    Value::Object(all)
}

pub(super) async fn list(api: Arc<Api>, mut call: Call) -> Answer {
    let (start, end) = (call.query.instant("startDate"), call.query.instant("endDate"));
    let (start, end) = (call.query.needed("startDate", start), call.query.needed("endDate", end));
    let (employee, room) = (call.query.id("employeeId"), call.query.id("roomId"));
    let mut statuses = call.query.values::<SlotStatus>("status");
    call.query.finish()?;
    if call.version == Version::V1 && statuses.contains(&SlotStatus::Booked) {
        statuses.extend(INTERNAL);
    }
    let (Some(start), Some(end)) = (start, end) else { return Err(Fault::bad("parameters are needed")) };
    let slots = api.bookme.time_slots(&call.tenancy, (start, end), employee, room, &statuses).await?;
    Ok(Reply::Json(slots.iter().map(|slot| shown(slot, call.version)).collect()))
}

pub(super) async fn get(api: Arc<Api>, call: Call) -> Answer {
    let slot = api.bookme.time_slot(&call.tenancy, call.id()?).await?;
    Ok(Reply::Json(shown(&slot, call.version)))
}

fn read(given: &mut Given<'_>) -> Option<NewSlot> {
    let (status, start, end) = (given.parsed("status"), given.instant("startDate"), given.instant("endDate"));
    let status = given.needed("status", status);
    let (start, end) = (given.needed("startDate", start), given.needed("endDate", end));
    Some(NewSlot {
        employee_id: given.id("employeeId"),
        room_id: given.id("roomId"),
        service_group: given.text("serviceGroup"),
        ignore_conflicts: given.flag("ignoreTimeSlotConflicts").unwrap_or(false),
        status: status?,
        start: start?,
        end: end?,
    })
}

pub(super) async fn create(api: Arc<Api>, call: Call) -> Answer {
    let sent = call.object()?;
    let mut given = Given::new(&sent, &NOTHING);
    let made = read(&mut given);
    let new = given.finish(made)?;
    let slot = api.bookme.create_slot(&call.tenancy, new).await?;
    Ok(Reply::Json(shown(&slot, call.version)))
}

/// Bookings say where something is wrong with a slot; in a reservation it stands one deeper.
fn deeper(error: Error) -> Error {
    let place = |field: String| match field.as_str() {
        "" | "/existingMeetingId" => field,
        _ => format!("/timeSlot{field}"),
    };
    match error {
        Error::Invalid(problems) => {
            Error::Invalid(problems.into_iter().map(|one| Problem { field: place(one.field), ..one }).collect())
        }
        Error::NotFound { field } => Error::NotFound { field: place(field) },
        error => error,
    }
}

pub(super) async fn reserve(api: Arc<Api>, call: Call) -> Answer {
    let sent = call.object()?;
    let mut given = Given::new(&sent, &NOTHING);
    let token = given.id("token");
    let token = given.needed("token", token);
    let slot = given.object("timeSlot", read);
    let slot = given.needed("timeSlot", slot);
    let existing_meeting_id = given.id("existingMeetingId");
    let made = slot.zip(token).map(|(slot, token)| Reservation { slot, token, existing_meeting_id });
    let reservation = given.finish(made)?;
    call.staff_alone("ignoreTimeSlotConflicts", Some(reservation.slot.ignore_conflicts))?;
    let slot = api.bookme.reserve(&call.tenancy, &reservation, &call.caller).await.map_err(deeper)?;
    Ok(Reply::Json(shown(&slot, call.version)))
}

pub(super) async fn patch(api: Arc<Api>, mut call: Call) -> Answer {
    let (id, patch) = (call.id()?, call.patch()?);
    let token = call.query.id("reservationToken");
    call.query.finish()?;
    let version = call.version;
    let change = move |slot: &TimeSlot| {
        let was = written(slot, version);
        let is = patch.applied(&was)?;
        let mut given = Given::new(&is, &was);
        let made = read(&mut given);
        let new = given.finish(made)?;
        // Who sends back what he was told changes nothing of it: a version may not know a status, times are told in milliseconds.
        let stays = |name: &str| is.get(name) == was.get(name);
        let NewSlot { employee_id, room_id, service_group, .. } = new;
        Ok(SlotChange {
            status: if stays("status") { slot.status } else { new.status },
            start: if stays("startDate") { slot.start } else { new.start },
            end: if stays("endDate") { slot.end } else { new.end },
            employee_id,
            room_id,
            service_group,
        })
    };
    let slot = api.bookme.change_slot(&call.tenancy, id, token, change).await?;
    Ok(Reply::Json(shown(&slot, call.version)))
}

/// Where employees come from, as a version names it.
fn pools(call: &mut Call) -> Vec<Pool> {
    let mut pools = Vec::new();
    for name in call.query.texts("employeeTypes") {
        match (name.to_ascii_lowercase().as_str(), call.version) {
            ("explicit", _) => pools.push(Pool::Explicit),
            ("global", Version::V1) => pools.extend([Pool::Local, Pool::ServiceGroup]),
            ("local", Version::V2 | Version::V3) => pools.push(Pool::Local),
            ("servicegroup", Version::V2 | Version::V3) => pools.push(Pool::ServiceGroup),
            (_, Version::V1) => call.query.add("employeeTypes", "it is `Explicit` or `Global`"),
            _ => call.query.add("employeeTypes", "it is one of `Explicit`, `Local`, `ServiceGroup`"),
        }
    }
    if pools.is_empty() && call.version == Version::V1 {
        pools.extend([Pool::Local, Pool::ServiceGroup]);
    }
    pools
}

fn span(call: &mut Call, name: &str) -> Option<Duration> {
    call.query.value::<TimeSpan>(name).map(TimeSpan::duration)
}

/// Where the range begins: a day, on the organisation's clock, or an instant.
fn start(call: &mut Call) -> Option<Start> {
    let text = call.query.text("startDate")?;
    match text.parse::<Date>().ok().filter(|_| text.len() == 10) {
        Some(day) => Some(Start::On(day)),
        None => call.query.instant("startDate").map(|at| Start::At(at.into())),
    }
}

/// The question, as it was asked.
pub(crate) fn question(call: &mut Call) -> Result<Request, Fault> {
    let together = call.query.flag("requireEmployeeParticipation");
    let together = call.query.needed("requireEmployeeParticipation", together);
    let (extend, ignore) = (call.query.flag("extendToOpeningHours"), call.query.flag("ignoreMinimumTimeBeforeBooking"));
    let (extend_to_opening_hours, ignore_minimum_time) = (
        call.staff_alone("extendToOpeningHours", extend)?,
        call.staff_alone("ignoreMinimumTimeBeforeBooking", ignore)?,
    );
    let topic = call.query.id("topic").or_else(|| call.query.id("theme"));
    let customer_type = call.query.id("customerTypeId").or_else(|| call.query.id("customerCategoryId"));
    let types = call.query.values::<MeetingType>("meetingTypes");
    let types: Vec<_> = types.into_iter().map(Into::into).collect();
    let is_customer = call.is_customer();
    let request = Request {
        require_employee_participation: together.unwrap_or(false),
        explicit_employees: call.query.ids("explicitEmployeeIds").into_iter().map(EmployeeId).collect(),
        pools: pools(call),
        start: start(call),
        look_forward: span(call, "lookForwardTime").unwrap_or_else(|| Request::default().look_forward),
        topic: topic.map(TopicId),
        customer_type: customer_type.map(CustomerTypeId),
        meeting_types: (!types.is_empty()).then(|| MeetingTypes::of(&types)),
        customer_location: call.query.text("customerLocation"),
        meeting_location: call.query.text("meetingLocation"),
        require_room: call.query.flag("requireRoom"),
        specific_rooms: call.query.ids("specificRooms").into_iter().map(RoomId).collect(),
        duration: span(call, "meetingDuration"),
        ignore_meetings: call.query.ids("ignoreMeetingIds").into_iter().map(MeetingId).collect(),
        is_customer_initiated: call.query.flag("isCustomerInitiated").unwrap_or(false) || is_customer,
        is_internal: call.query.flag("isInternalMeeting").filter(|_| !is_customer).or(is_customer.then_some(false)),
        ignore_minimum_time,
        extend_to_opening_hours,
        best: call.query.flag("getBestTimeSlots"),
        travel_before: span(call, "travelBefore"),
        travel_after: span(call, "travelAfter"),
        token: call.query.id("reservationToken").map(|token| token.to_string()),
    };
    call.query.finish()?;
    Ok(request)
}

/// `together`: who has to take part, where all who are named have to.
fn offered(slot: &Slot, topic: Option<TopicId>, together: &[EmployeeId], version: Version) -> Value {
    let mut all = wire::members(json!({
        "startDate": told(slot.start.timestamp()),
        "endDate": told(slot.end.timestamp()),
        "meetingType": cased(version, MeetingType::from(slot.meeting_type).as_str()),
        "employeeId": slot.employee.0,
        "roomId": slot.room.map(|room| room.0),
        "meetingTopicId": topic.map(|topic| topic.0),
    }));
    if version >= Version::V3 && !together.is_empty() {
        all.insert("employeeIds".to_owned(), together.iter().map(|employee| json!(employee.0)).collect());
    }
    Value::Object(all)
}

pub(super) async fn available(api: Arc<Api>, mut call: Call) -> Answer {
    let request = question(&mut call)?;
    // What is overlooked has to be the caller's to change.
    for meeting in &request.ignore_meetings {
        api.bookme.meeting(&call.tenancy, meeting.0, &call.caller).await?;
    }
    let (seed, _) = (api.ids)().as_u64_pair();
    let found = api.bookme.available(&call.tenancy, &request, seed).await?;
    let offered = |slot: &Slot| offered(slot, request.topic, &found.together, call.version);
    Ok(Reply::Json(found.slots.iter().map(offered).collect()))
}
