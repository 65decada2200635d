//! Meetings.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use engage_bookme::meetings::{
    Attendee, Booking, Cancellation, ICalTexts, Meeting, MeetingChange, MeetingDetails, MeetingQuery, Who,
};
use engage_bookme::values::BookedBy;
use engage_identity::Caller as Identified;
use serde_json::{Value, json};

use crate::api::Api;
use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::given::{Given, NOTHING};
use crate::api::scalars::{cased, told};
use crate::api::table::Version;
use crate::api::wire::{self, Members};
use crate::identity::NotKept;

/// Members that may be written.
fn written(meeting: &Meeting, version: Version) -> Members {
    let details = &meeting.details;
    let mut all = wire::members(json!({
        "salesforceId": details.salesforce_id,
        "customerTypeId": details.customer_type_id,
        "topicId": details.topic_id,
        "timeSlotId": meeting.time_slot_id,
        "title": details.title,
        "description": details.description,
        "additionalEmployees": details.additional_employees,
        "roomId": details.room_id,
        "type": cased(version, details.meeting_type.as_str()),
        "employeeId": details.employee_id,
        "customerId": details.customer_id,
    }));
    if version >= Version::V2 {
        all.extend(wire::members(json!({"videoLink": details.video_link})));
    }
    if version >= Version::V3 {
        all.extend(wire::members(json!({
            "showAsBusy": details.show_as_busy,
            "startAddress": details.start_address,
            "endAddress": details.end_address,
            "travelBefore": details.travel_before,
            "travelAfter": details.travel_after,
        })));
    }
    all
}

/// Who booked, as a version knows it.
fn booked_by(meeting: &Meeting, version: Version) -> Value {
    let name = match (version, meeting.booked_by) {
        (Version::V1, BookedBy::PortalPartner | BookedBy::PortalCustomer) => BookedBy::Customer,
        (_, name) => name,
    };
    cased(version, name.as_str())
}

fn shown(meeting: &Meeting, version: Version) -> Value {
    let mut all = wire::members(json!({"id": meeting.id, "bookedBy": booked_by(meeting, version)}));
    all.extend(written(meeting, version));
    all.extend(wire::members(json!({
        "startDate": meeting.start.map(told),
        "endDate": meeting.end.map(told),
        "dateCreated": told(meeting.created),
        "dateModified": told(meeting.modified),
    })));
    if version >= Version::V2 {
        let fields = meeting.custom_fields.iter().map(|(key, value)| json!({"key": key, "value": value}));
        all.extend(wire::members(json!({
            "portalId": meeting.portal_id,
            "customFields": fields.collect::<Vec<_>>(),
            "externalAttendees": meeting.external_attendees,
        })));
    }
    if version >= Version::V3 {
        let Meeting { is_internal, send_confirmation, .. } = meeting;
        all.extend(wire::members(json!({"isInternal": is_internal, "sendConfirmation": send_confirmation})));
    }
    Value::Object(all)
}

pub(super) async fn list(api: Arc<Api>, mut call: Call) -> Answer {
    let asked = MeetingQuery {
        time_slot_id: call.query.id("timeSlotId"),
        employee_id: call.query.id("employeeId"),
        modified_from: call.query.instant("startDateModified"),
        modified_until: call.query.instant("endDateModified"),
    };
    call.query.finish()?;
    let all = api.bookme.meetings(&call.tenancy, &asked, &call.caller).await?;
    Ok(Reply::Json(all.iter().map(|meeting| shown(meeting, call.version)).collect()))
}

pub(super) async fn get(api: Arc<Api>, call: Call) -> Answer {
    let meeting = api.bookme.meeting(&call.tenancy, call.id()?, &call.caller).await?;
    Ok(Reply::Json(shown(&meeting, call.version)))
}

/// What is said of a meeting. What a version does not know stays as it was.
fn details(given: &mut Given<'_>, was: Option<&MeetingDetails>, version: Version) -> Option<MeetingDetails> {
    let (meeting_type, employee) = (given.parsed("type"), given.id("employeeId"));
    let (meeting_type, employee) = (given.needed("type", meeting_type), given.needed("employeeId", employee));
    let mut details = MeetingDetails {
        salesforce_id: given.text("salesforceId"),
        customer_type_id: given.id("customerTypeId").or_else(|| given.id("customerCategoryId")),
        topic_id: given.id("topicId").or_else(|| given.id("themeId")),
        title: given.text("title"),
        description: given.text("description"),
        video_link: was.and_then(|was| was.video_link.clone()),
        additional_employees: given.ids("additionalEmployees"),
        room_id: given.id("roomId"),
        meeting_type: meeting_type?,
        employee_id: employee?,
        customer_id: given.text("customerId"),
        location: was.and_then(|was| was.location.clone()),
        start_address: was.and_then(|was| was.start_address.clone()),
        end_address: was.and_then(|was| was.end_address.clone()),
        travel_before: was.and_then(|was| was.travel_before),
        travel_after: was.and_then(|was| was.travel_after),
        show_as_busy: was.is_some_and(|was| was.show_as_busy),
    };
    if version >= Version::V2 {
        details.video_link = given.text("videoLink");
    }
    if version >= Version::V3 {
        details.show_as_busy = given.flag("showAsBusy").unwrap_or(false);
        (details.start_address, details.end_address) = (given.text("startAddress"), given.text("endAddress"));
        (details.travel_before, details.travel_after) = (given.parsed("travelBefore"), given.parsed("travelAfter"));
    }
    Some(details)
}

/// What a version needs of a meeting that is booked. `has_record`: whether it has to name its record of the CRM.
fn check(given: &mut Given<'_>, call: &Call, is_internal: bool, has_record: bool) {
    let needed: &[&str] = match call.version {
        Version::V1 => &["bookedBy", "customerTypeId", "timeSlotId", "topicId", "customerId"],
        Version::V2 | Version::V3 if has_record => &["bookedBy", "salesforceId", "customerId"],
        Version::V2 | Version::V3 => &["bookedBy", "customerId"],
    };
    let synonym = |name: &str| match name {
        "customerTypeId" => "customerCategoryId",
        "topicId" => "themeId",
        _ => "",
    };
    for name in needed {
        // Who customers are is known; what staff books with staff is no customer's.
        let is_known = call.is_customer() && matches!(*name, "bookedBy" | "customerId");
        let is_nobodys = is_internal && *name == "customerId";
        let is_there = given.value(name).or_else(|| given.value(synonym(name))).is_some();
        if !(is_there || is_known || is_nobodys) {
            given.wrong(name, "it is needed");
        }
    }
}

fn fields(given: &mut Given<'_>) -> BTreeMap<String, String> {
    let pairs = given.objects("customFields", |given| {
        let (key, value) = (given.text("key"), given.text("value").unwrap_or_default());
        Some((given.needed("key", key)?, value))
    });
    let mut all = BTreeMap::new();
    for (key, value) in pairs {
        if all.insert(key, value).is_some() {
            given.wrong("customFields", "a key is there twice");
        }
    }
    all
}

fn booking(given: &mut Given<'_>, call: &Call, has_record: bool) -> Option<Booking> {
    let version = call.version;
    let is_internal = version >= Version::V3 && given.flag("isInternal").unwrap_or(false);
    check(given, call, is_internal, has_record);
    let mut booked_by = given.parsed::<BookedBy>("bookedBy");
    if version == Version::V1 && matches!(booked_by, Some(BookedBy::PortalPartner | BookedBy::PortalCustomer)) {
        given.wrong("bookedBy", "who booked is `Employee` or `Customer`");
    }
    let mut details = details(given, None, version);
    // What customers are is not for them to say.
    if let (Who::Person { object, .. }, true, Some(details)) = (&call.caller.who, call.is_customer(), &mut details) {
        booked_by = Some(BookedBy::Customer);
        details.customer_id = Some(object.to_string());
    }
    let (start, end) = (given.instant("startDate"), given.instant("endDate"));
    if start.is_some() != end.is_some() {
        given.wrong(if start.is_some() { "endDate" } else { "startDate" }, "a time has a start and an end");
    }
    // What a version does not know is not read, whatever it looks like.
    let has_portal = version >= Version::V2;
    Some(Booking {
        time_slot_id: given.id("timeSlotId"),
        time: start.zip(end),
        is_internal,
        send_confirmation: version < Version::V3 || given.flag("sendConfirmation").unwrap_or(true),
        portal_id: if has_portal { given.id("portalId") } else { None },
        custom_fields: if has_portal { fields(given) } else { BTreeMap::new() },
        cpr: if has_portal { given.text("cpr") } else { None },
        external_attendees: if has_portal { attendees(given) } else { Vec::new() },
        ignore_conflicts: given.flag("ignoreTimeSlotConflicts").unwrap_or(false),
        needs_address: version >= Version::V3,
        details: details?,
        booked_by: booked_by?,
    })
}

fn attendees(given: &mut Given<'_>) -> Vec<Attendee> {
    given.objects("externalAttendees", |given| {
        let (name, email) = (given.text("name").unwrap_or_default(), given.text("email"));
        Some(Attendee { name, email: given.needed("email", email)? })
    })
}

/// Keeps what an employee signed in with, before anything is told of what he does: playbooks begin at once, and act on his behalf.
async fn keep_assertion(api: &Api, call: &Call) -> Result<(), Fault> {
    let (Some(assertions), Identified::User(user)) = (&api.assertions, &call.origin.principal.caller) else {
        return Ok(());
    };
    let exchanges = match &api.crms {
        Some(crms) => crms.exchanges(call.tenancy.organisation).await?,
        None => true,
    };
    if call.is_customer() || !exchanges {
        return Ok(());
    }
    match assertions.keep(call.tenancy.organisation, user, &call.headers, &api.door.validator).await {
        Ok(()) => Ok(()),
        Err(NotKept::Store(error)) => Err(error.into()),
        Err(NotKept::Denied(denied)) => {
            api.door.behalf_refused(denied.reason, &call.origin).await;
            Err(denied.reason.into())
        }
    }
}

pub(super) async fn create(api: Arc<Api>, call: Call) -> Answer {
    let sent = call.object()?;
    let mut given = Given::new(&sent, &NOTHING);
    let has_record = match &api.crms {
        Some(crms) => crms.names_records(call.tenancy.organisation).await?,
        None => false,
    };
    let made = booking(&mut given, &call, has_record);
    let booking = given.finish(made)?;
    call.staff_alone("ignoreTimeSlotConflicts", Some(booking.ignore_conflicts))?;
    call.staff_alone("isInternal", Some(booking.is_internal))?;
    keep_assertion(&api, &call).await?;
    let meeting = api.bookme.book(&call.tenancy, booking, &call.caller).await?;
    Ok(Reply::Json(shown(&meeting, call.version)))
}

pub(super) async fn patch(api: Arc<Api>, call: Call) -> Answer {
    let (id, patch, version) = (call.id()?, call.patch()?, call.version);
    let change = move |meeting: &Meeting| {
        let was = written(meeting, version);
        let is = patch.applied(&was)?;
        let mut given = Given::new(&is, &was);
        let (details, slot) = (details(&mut given, Some(&meeting.details), version), given.id("timeSlotId"));
        if slot.is_none() && meeting.time_slot_id.is_some() {
            given.wrong("timeSlotId", "a meeting keeps its time until it has another; cancel it instead");
        }
        let needs_address = version >= Version::V3;
        given.finish(details.map(|details| MeetingChange { details, time_slot_id: slot, needs_address }))
    };
    keep_assertion(&api, &call).await?;
    let meeting = api.bookme.change_meeting(&call.tenancy, id, &call.caller, change).await?;
    Ok(Reply::Json(shown(&meeting, call.version)))
}

pub(super) async fn delete(api: Arc<Api>, mut call: Call) -> Answer {
    let mut cancellation = Cancellation::default();
    if call.version == Version::V3 {
        cancellation.cancelled_by = call.query.text("cancelledBy");
        cancellation.reason = call.query.text("cancellationReason");
        cancellation.portal_id = call.query.id("portalId");
    }
    call.query.finish()?;
    keep_assertion(&api, &call).await?;
    api.bookme.cancel(&call.tenancy, call.id()?, cancellation, &call.caller).await?;
    Ok(Reply::Nothing(if call.version == Version::V3 { StatusCode::NO_CONTENT } else { StatusCode::OK }))
}

pub(super) async fn ical(api: Arc<Api>, mut call: Call) -> Answer {
    let sent = match call.sent()? {
        Some(_) => call.object()?,
        None => Members::new(),
    };
    let mut given = Given::new(&sent, &NOTHING);
    let texts = ICalTexts {
        title: given.text("title"),
        description: given.text("description"),
        location: given.text("location"),
        language: if call.version >= Version::V3 { call.query.text("lang") } else { None },
    };
    call.query.finish()?;
    let texts = given.finish(Some(texts))?;
    Ok(Reply::Calendar(api.bookme.ical(&call.tenancy, call.id()?, &texts, &call.caller).await?))
}
