//! Why there is no time: for a request, an employee, a type of meetings and a start, the first rule against it.

use std::sync::Arc;

use engage_bookme::availability::Reason;
use engage_bookme::values::{LevelType, MeetingType, TimeSpan};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::resources::slots;
use crate::management::Management;
use crate::management::values::Told;
use crate::openapi::{Described, Shape};

/// Whether a time is offered, and if not, the first rule against it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct Explanation {
    /// Whether it is offered. A meeting of several is offered if it is for each of them.
    is_offered: bool,
    /// The first rule against it, or how it is offered.
    #[schemars(extend("enum" = REASONS.map(|(_, name, _)| name)))]
    reason: &'static str,
    /// The same in words.
    message: &'static str,
}

/// Every reason, in the order in which rules are looked at, as it is on the wire and in words.
const REASONS: [(Reason, &str, &str); 27] = [
    (Reason::Unbookable, "Unbookable", "the employee is inactive or may not be booked"),
    (Reason::Unqualified, "Unqualified", "the employee is in none of the pools that are asked for"),
    (Reason::BeforeRange, "BeforeRange", "the start is before now, or before the range that is asked for"),
    (Reason::BeyondHorizon, "BeyondHorizon", "the start is further ahead than is booked"),
    (Reason::AfterRange, "AfterRange", "the start is after the range that is asked for"),
    (Reason::BankClosingDay, "BankClosingDay", "the organisation is closed that day"),
    (Reason::DayOfWeekUnavailable, "DayOfWeekUnavailable", "the employee does not work that day"),
    (
        Reason::MeetingTypeUnavailable,
        "MeetingTypeUnavailable",
        "the type is not asked for, not configured, not offered by the pools, or not on that weekday",
    ),
    (Reason::OtherLocation, "OtherLocation", "the employee is at another location that day"),
    (
        Reason::OnlyExplicitlyAvailable,
        "OnlyExplicitlyAvailable",
        "the regular hours of the employee are for those alone who name them",
    ),
    (Reason::OutsideWorkday, "OutsideWorkday", "the meeting is not within hours of work"),
    (Reason::WorkingFromElsewhere, "WorkingFromElsewhere", "the employee works from elsewhere"),
    (Reason::ReservedOrBooked, "ReservedOrBooked", "a meeting or a hold is in the way"),
    (Reason::BookedInternalBusy, "BookedInternalBusy", "an internal meeting is in the way"),
    (Reason::Busy, "Busy", "an event of the external calendar is in the way"),
    (Reason::PreProcessing, "PreProcessing", "time before another meeting is in the way"),
    (Reason::PostProcessing, "PostProcessing", "time after another meeting is in the way"),
    (Reason::TravelTime, "TravelTime", "the way to another meeting is in the way"),
    (Reason::TimeBetweenMeetings, "TimeBetweenMeetings", "another meeting is too near"),
    (Reason::MaxMeetingTimePerDay, "MaxMeetingTimePerDay", "the day has no room for one more meeting"),
    (Reason::WorkingTimeBuffer, "WorkingTimeBuffer", "the start is too soon, in hours of work"),
    (Reason::CalendarTimeBuffer, "CalendarTimeBuffer", "the start is too soon, in elapsed time"),
    (Reason::OffGrid, "OffGrid", "meetings start at other minutes"),
    (Reason::NoRoom, "NoRoom", "a room is needed, and none is free"),
    (
        Reason::BookedInternalFree,
        "BookedInternalFree",
        "it is offered; an internal meeting that is no obstacle is at the same time",
    ),
    (Reason::Available, "Available", "it is offered"),
    (Reason::ServiceGroupAvailable, "ServiceGroupAvailable", "it is offered, through a service group alone"),
];

impl Explanation {
    fn of(reason: Reason) -> Option<Self> {
        let (_, name, message) = REASONS.into_iter().find(|(known, ..)| *known == reason)?;
        Some(Self { is_offered: reason.is_offered(), reason: name, message })
    }
}

pub(super) async fn explain(management: Arc<Management>, mut call: Call) -> Answer {
    let (employee, kind) = (call.query.id("employeeId"), call.query.value::<MeetingType>("meetingType"));
    let time = call.query.instant("time");
    let (employee, kind) = (call.query.needed("employeeId", employee), call.query.needed("meetingType", kind));
    let time = call.query.needed("time", time);
    let request = slots::question(&mut call)?;
    let (Some(employee), Some(kind), Some(time)) = (employee, kind, time) else {
        return Err(Fault::bad("parameters are needed"));
    };
    // What is overlooked has to be the caller's to change.
    for meeting in &request.ignore_meetings {
        management.bookme.meeting(&call.tenancy, meeting.0, &call.caller).await?;
    }
    let reason = management.bookme.explain(&call.tenancy, &request, (employee, kind.into(), time)).await?;
    let told = Explanation::of(reason).ok_or_else(|| Fault::from(crate::http::Refusal::Broken))?;
    Reply::of(&told)
}

/// What the operation says of itself: its parameters are those of the search for times.
pub(super) fn described() -> Vec<Described> {
    let id = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001";
    let example =
        json!({"isOffered": false, "reason": "ReservedOrBooked", "message": "a meeting or a hold is in the way"});
    let asked = Described::new("Availability_explain", "Availability", "Say why a time is offered, or is not")
        .says(
            "For a request as `GET /bookme/time-slots/available` of the Public API takes it, with an employee, a type and a start: the \
             first rule against it. The request has to name what the employee is to be found by: their id, or pools.",
        )
        .query::<Uuid>("employeeId", "With whom.")
        .needed(id)
        .query::<Told<MeetingType>>("meetingType", "How people meet.")
        .needed("Online")
        .query::<Told<Timestamp>>("time", "When the meeting would begin.")
        .needed("2026-06-01T08:00:00Z")
        .flag("requireEmployeeParticipation", "Whether all employees that are named meet together, or one of those that are looked for does.")
        .needed(true);
    vec![searched(asked).answers(200, Shape::of::<Explanation>(), example)]
}

/// Parameters of the search that may be left out.
fn searched(asked: Described) -> Described {
    asked
        .query::<Vec<Uuid>>("explicitEmployeeIds", "Employees that are named.")
        .query::<Vec<Told<LevelType>>>(
            "employeeTypes",
            "Where employees come from, if not all of those who are named meet together.",
        )
        .query::<Told<Timestamp>>(
            "startDate",
            "When the range begins; a day is one on the organisation's clock. Without it: now.",
        )
        .query::<Told<TimeSpan>>("lookForwardTime", "How long the range is.")
        .otherwise("7.00:00:00")
        .query::<Uuid>("topic", "The topic.")
        .query::<Uuid>("customerTypeId", "The customer type.")
        .query::<Vec<Told<MeetingType>>>("meetingTypes", "Types that are asked for; without it all.")
        .query::<String>("customerLocation", "Where the customer is, as a location is named.")
        .query::<String>("meetingLocation", "Where the meeting is; without it where the customer is.")
        .flag("requireRoom", "Whether a room has to be free.")
        .query::<Vec<Uuid>>("specificRooms", "Rooms, of which one has to be free.")
        .query::<Told<TimeSpan>>("meetingDuration", "How long the meeting is; without it as it is configured.")
        .query::<Vec<Uuid>>("ignoreMeetingIds", "Meetings whose time counts as free.")
        .flag("isCustomerInitiated", "Whether what holds for customers is looked at.")
        .otherwise(false)
        .flag("isInternalMeeting", "Whether it is a meeting of staff.")
        .flag("ignoreMinimumTimeBeforeBooking", "Whether notice is not looked at.")
        .otherwise(false)
        .flag("extendToOpeningHours", "Whether opening hours count and not those of the employee.")
        .otherwise(false)
        .query::<Told<TimeSpan>>("travelBefore", "How long the way there takes.")
        .query::<Told<TimeSpan>>("travelAfter", "How long the way back takes.")
        .query::<Uuid>("reservationToken", "The token of a hold that is not in the way.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_in_the_order_of_the_rules_and_none_is_told_twice() {
        assert!(REASONS.is_sorted_by(|(one, ..), (other, ..)| one < other));
        for (reason, name, _) in REASONS {
            assert_eq!(format!("{reason:?}"), name);
        }
        assert!(Explanation::of(Reason::ServiceGroupAvailable).is_some_and(|told| told.is_offered));
        assert!(Explanation::of(Reason::NoRoom).is_some_and(|told| !told.is_offered));
    }
}
