//! Holds, as far as a search sees them.

use engage_availability::*;

use crate::world::*;

/// A hold of `tok1` on Monday at 10:00, made at second 0; what is offered at a second.
fn held_at(micros: i64, token: Option<&str>) -> String {
    let made = cph("2026-05-28 08:00");
    let after = |micros| Instant::from_micros(made.as_micros() + micros);
    let hold = Status::Reserved { token: "tok1".to_owned(), expires: after(300_000_000) };
    let case = Case::base().put("2026-06-01 10:00", "2026-06-01 11:00", hold).lasting(hours(1));
    let case = case.between("2026-06-01 09:30", "2026-06-01 10:30").with(|case| {
        case.now = after(micros);
        case.request.token = token.map(str::to_owned);
    });
    case.starts()
}

#[test]
fn a_hold_lives_for_exactly_five_minutes() {
    assert_eq!(held_at(0, None), "");
    assert_eq!(held_at(299_999_000, None), "");
    assert_eq!(held_at(300_000_000, None), "09:30 10:00");
}

#[test]
fn the_own_hold_is_no_obstacle() {
    assert_eq!(held_at(0, Some("tok1")), "09:30 10:00");
    assert_eq!(held_at(0, Some("tok2")), "");
}

#[test]
fn a_hold_keeps_its_distance_as_a_meeting_does() {
    let expires = cph("2026-05-28 09:00");
    let case = Case::base().row(|row| row.time_between_meetings = minutes(15)).lasting(minutes(30));
    let case = case.between("2026-06-01 08:00", "2026-06-01 12:00");
    let held = case.clone().put(
        "2026-06-01 10:00",
        "2026-06-01 10:30",
        Status::Reserved { token: "other".to_owned(), expires },
    );
    let booked = case.put("2026-06-01 10:00", "2026-06-01 10:30", Status::Booked);
    assert_eq!(held.starts(), "08:00 08:30 09:00 11:00 11:30");
    assert_eq!(held.slots(), booked.slots());
}

#[test]
fn a_moved_meeting_is_overlooked_with_all_around_it() {
    let case = Case::base().lasting(hours(1)).between("2026-06-01 09:00", "2026-06-01 11:00");
    let free = case.clone();
    let case = case.put("2026-06-01 10:00", "2026-06-01 11:00", Status::Booked);
    let case = case.put("2026-06-01 09:30", "2026-06-01 10:00", Status::PreProcessing(ShowAs::Busy));
    let case = case.put("2026-06-01 11:00", "2026-06-01 11:30", Status::TravelTime(ShowAs::Busy)).with(|case| {
        for slot in &mut case.organisation.employees[0].calendar.slots {
            slot.meeting = Some(meeting(1));
        }
    });
    assert_eq!(case.starts(), "");
    assert_eq!(case.with(|case| case.request.ignore_meetings = vec![meeting(1)]).slots(), free.slots());
}
