//! Time slots, and rooms that are free during one.

use engage_client::model::{
    AvailableQuery, AvailableTimeslot, CreateTimeSlot, Patch, Reservation, Room, SlotPatchQuery, TimeSlot,
    TimeSlotsQuery, VacanciesQuery,
};

use super::examples::{available, list, new_slot, replace, reservation, room, slot};
use crate::openapi::{Described, Shape};

const TAG: &str = "TimeSlots";

pub(super) fn all() -> Vec<Described> {
    vec![
        Described::new("TimeSlots_all", TAG, "List slots of calendars")
            .says("What stands in calendars: nothing that is computed. Holds that are over are not there.")
            .asks::<TimeSlotsQuery>()
            .answers(200, Shape::of::<Vec<TimeSlot>>(), list(&slot())),
        Described::new("TimeSlots_create", TAG, "Put a slot into a calendar")
            .says("Where something blocks that time, it is refused with 409, unless `ignoreTimeSlotConflicts` is set.")
            .takes(Shape::of::<CreateTimeSlot>(), new_slot())
            .answers(200, Shape::of::<TimeSlot>(), slot())
            .refuses([409]),
        Described::new("TimeSlots_list", TAG, "Look for times")
            .says(
                "Times at which somebody of those who are asked for can be met, by start, type and employee; none is an empty list. Schedules, \
                 meetings, holds, notice, daily limits, rooms and closing days all count.",
            )
            .asks::<AvailableQuery>()
            .answers(200, Shape::of::<Vec<AvailableTimeslot>>(), list(&available())),
        Described::new("TimeSlots_reserve", TAG, "Hold a time for five minutes")
            .says(
                "With the same `token` again, the hold is replaced by the new one, or stays where the new time is taken (409). To move a \
                 meeting, name it as `existingMeetingId`: the hold is then good for that alone.",
            )
            .takes(Shape::of::<Reservation>(), reservation())
            .answers(200, Shape::of::<TimeSlot>(), slot())
            .refuses([409]),
        Described::new("TimeSlots_get", TAG, "Read a slot")
            .id("id", "The slot.")
            .answers(200, Shape::of::<TimeSlot>(), slot()),
        Described::new("TimeSlots_patch", TAG, "Change a slot")
            .says("A hold needs its own token, and ends when it would have.")
            .id("id", "The slot.")
            .asks::<SlotPatchQuery>()
            .takes(Shape::of::<Patch>(), replace("/endDate", "2026-06-01T09:30:00Z"))
            .answers(200, Shape::of::<TimeSlot>(), slot())
            .refuses([409]),
        Described::new("Rooms_vacancies", "Rooms", "List rooms that are free during a slot")
            .asks::<VacanciesQuery>()
            .answers(200, Shape::of::<Vec<Room>>(), list(&room())),
    ]
}
