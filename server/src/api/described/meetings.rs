//! Meetings.

use engage_client::model::{CancelQuery, CreateMeeting, ICalTexts, LanguageQuery, Meeting, MeetingsQuery, Patch};
use serde_json::json;

use super::examples::{list, meeting, new_meeting, replace};
use crate::openapi::{Body, Described, Shape, Success};

const TAG: &str = "Meetings";

pub(super) fn all() -> Vec<Described> {
    vec![
        Described::new("Meetings_list", TAG, "List meetings")
            .says("Meetings that are cancelled are not there. With `startDateModified`, what has changed since then.")
            .asks::<MeetingsQuery>()
            .answers(200, Shape::of::<Vec<Meeting>>(), list(&meeting())),
        Described::new("Meetings_create", TAG, "Book a meeting")
            .says(
                "The time is a slot that was reserved (`timeSlotId`), within five minutes; or `startDate` and `endDate`; or none yet. What \
                 is named and not there is refused with 404, with `details.field`. What happens in the CRM happens afterwards, by \
                 playbooks; a failure there undoes no booking.\n\n\
                 Of a customer who calls, `customerId` and `bookedBy` are his own, whatever is sent.",
            )
            .takes(Shape::of::<CreateMeeting>(), new_meeting())
            .answers(200, Shape::of::<Meeting>(), meeting())
            .refuses([409]),
        Described::new("Meetings_get", TAG, "Read a meeting")
            .id("id", "The meeting.")
            .answers(200, Shape::of::<Meeting>(), meeting()),
        Described::new("Meetings_patch", TAG, "Change or move a meeting")
            .says(
                "Another `/timeSlotId` moves it: the slot has to be held with `existingMeetingId`, and the old time is free again. Meetings \
                 that have begun stay as they are (409).",
            )
            .id("id", "The meeting.")
            .takes(Shape::of::<Patch>(), replace("/title", "About the loan"))
            .answers(200, Shape::of::<Meeting>(), meeting())
            .refuses([409]),
        Described::new("Meetings_replace", TAG, "Change or move a meeting")
            .says("By a patch, whatever the method says. Another `/timeSlotId` moves it. Meetings that have begun stay as they are (409).")
            .id("id", "The meeting.")
            .takes(Shape::of::<Patch>(), replace("/title", "About the loan"))
            .answers(200, Shape::of::<Meeting>(), meeting())
            .refuses([409]),
        Described::new("Meetings_delete", TAG, "Cancel a meeting")
            .says("Its time, its room and what stands around it are free again.")
            .id("id", "The meeting.")
            .asks::<CancelQuery>()
            .done(204)
            .refuses([409]),
        Described::new("Meetings_generateICal", TAG, "Make a file for calendars")
            .says("One event, in UTC. A meeting that has no time yet is refused with 409.")
            .id("id", "The meeting.")
            .asks::<LanguageQuery>()
            .body(Body {
                media: "application/json",
                shape: Shape::of::<ICalTexts>(),
                required: false,
                example: Some(json!({"title": "About the loan"})),
            })
            .success(Success { status: 200, content: Some(("text/calendar", Shape::of::<String>())), example: None })
            .refuses([409]),
    ]
}
