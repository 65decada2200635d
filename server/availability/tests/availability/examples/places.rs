//! Locations of employees, and rooms.

use engage_availability::MeetingType::{Online, Physical};
use engage_availability::*;

use crate::world::*;

/// Who is at `directory`, on workdays at `workday`, asked for in `pools` at L.
fn placed(directory: &str, workday: Option<&str>, pools: &[Pool], mode: Mode) -> Vec<MeetingType> {
    let case = Case::base().mode(mode).with(|case| {
        let employee = &mut case.organisation.employees[0];
        employee.location = Some(directory.to_owned());
        for day in &mut employee.schedule.workdays {
            day.location = workday.map(str::to_owned);
        }
        case.request.pools = pools.to_vec();
    });
    let found = case.found_types();
    found.into_iter().filter(|found| [Physical, Online].contains(found)).collect()
}

const MODES: [Mode; 3] = [Mode::Customer, Mode::Employee, Mode::Internal];

#[test]
fn who_is_there_by_directory_or_by_workday_may_be_met_there() {
    for mode in MODES {
        for pool in [Pool::Local, Pool::Explicit] {
            assert_eq!(placed(L, None, &[pool], mode), [Physical, Online], "{pool:?} {mode:?}");
            assert_eq!(placed(X, Some(L), &[pool], mode), [Physical, Online], "{pool:?} {mode:?}");
        }
    }
}

#[test]
fn locals_who_are_elsewhere_that_day_may_be_met_remotely() {
    for mode in MODES {
        assert_eq!(placed(L, Some(X), &[Pool::Local], mode), [Online], "{mode:?}");
        assert_eq!(placed(X, Some(X), &[Pool::Local], mode), [], "{mode:?}");
    }
}

#[test]
fn staff_may_ask_those_they_name_to_come() {
    let others = [Pool::Explicit, Pool::Local];
    assert_eq!(placed(X, Some(X), &[Pool::Explicit], Mode::Customer), [Online]);
    assert_eq!(placed(X, Some(X), &others, Mode::Customer), [Online]);
    assert_eq!(placed(X, Some(X), &others, Mode::Employee), [Online]);
    assert_eq!(placed(X, Some(X), &[Pool::Explicit], Mode::Employee), [Physical, Online]);
}

#[test]
fn keys_match_byte_by_byte() {
    for (key, fits) in [
        ("Finans Allé 1-3", true),
        ("Finans allé 1-3", false),
        ("Finans Allé 1", false),
        ("Finans Allé1-3", false),
        ("Finans Alle\u{301} 1-3", false),
        ("Finans Allé 1-3 ", false),
    ] {
        let case = Case::base().with(|case| {
            case.organisation.employees[0].location = Some(key.to_owned());
            case.request.customer_location = Some("Finans Allé 1-3".to_owned());
            case.request.pools = vec![Pool::Local];
        });
        assert_eq!(!case.slots().is_empty(), fits, "{key}");
    }
}

#[test]
fn without_a_location_the_named_employee_is_met_where_they_are() {
    let case = Case::base().with(|case| case.request.customer_location = None);
    assert!(case.found_types().contains(&Physical));
    let pools = case.clone().with(|case| case.request.pools = vec![Pool::Local]);
    assert_eq!(pools.slots(), [], "nobody is local to nowhere");
    let two = case.with(|case| {
        case.organisation.employees.push(advisor(2));
        case.organisation.employees[1].location = Some(X.to_owned());
        case.request.require_employee_participation = true;
        case.request.explicit_employees.push(employee(2));
    });
    assert!(!two.found_types().contains(&Physical), "two places");
    assert!(two.found_types().contains(&Online));
}

/// Rooms 1 and 2 at L, taken or free as given; the location's settings.
fn with_rooms(requires: bool, adds: bool, free: [bool; 2]) -> Case {
    Case::base().only(Physical).with(|case| {
        case.organisation.locations =
            vec![Location { key: L.to_owned(), add_rooms_to_booked_meetings: adds, require_available_room: requires }];
        for (n, free) in [(1, free[0]), (2, free[1])] {
            let mut calendar = Calendar::default();
            if !free {
                let all_day = slot(cph("2026-06-01 00:00"), cph("2026-06-02 00:00"), Status::Busy);
                calendar.slots.push(all_day);
            }
            let (id, name) = (room(n), format!("Room {n}"));
            case.organisation.rooms.push(Room {
                id,
                name,
                location: L.to_owned(),
                can_be_booked: true,
                active: true,
                calendar,
            });
        }
    })
}

const NONE: [bool; 2] = [false, false];
const BOTH: [bool; 2] = [true, true];

/// Whether it is offered, and with which rooms.
fn offered(case: &Case) -> Option<Vec<Option<RoomId>>> {
    let mut rooms: Vec<_> = case.slots().iter().map(|slot| slot.room).collect();
    rooms.dedup();
    (!rooms.is_empty()).then_some(rooms)
}

#[test]
fn a_location_may_require_a_room() {
    assert_eq!(offered(&with_rooms(true, false, NONE)), None);
    assert_eq!(offered(&with_rooms(true, true, NONE)), None);
    assert_eq!(offered(&with_rooms(true, false, BOTH)), Some(vec![Some(room(1))]));
}

#[test]
fn a_location_may_add_a_room_if_there_is_one() {
    assert_eq!(offered(&with_rooms(false, true, NONE)), Some(vec![None]));
    assert_eq!(offered(&with_rooms(false, true, [false, true])), Some(vec![Some(room(2))]));
    assert_eq!(offered(&with_rooms(false, false, BOTH)), Some(vec![None]));
}

#[test]
fn a_request_may_say_otherwise() {
    let ask = |case: Case, asked| offered(&case.with(|case| case.request.require_room = Some(asked)));
    assert_eq!(ask(with_rooms(true, true, NONE), false), Some(vec![None]));
    assert_eq!(ask(with_rooms(true, false, BOTH), false), Some(vec![None]));
    assert_eq!(ask(with_rooms(false, false, NONE), true), None);
}

#[test]
fn a_specific_room_has_to_be_free_itself() {
    let ask = |case: Case, asked| offered(&case.with(|case| case.request.specific_rooms = vec![room(asked)]));
    assert_eq!(ask(with_rooms(false, false, [false, true]), 1), None);
    assert_eq!(ask(with_rooms(false, false, [false, true]), 2), Some(vec![Some(room(2))]));
}

#[test]
fn rooms_are_for_physical_meetings_alone() {
    let case = with_rooms(true, true, NONE).only(Online);
    assert_eq!(offered(&case), Some(vec![None]));
}

#[test]
fn who_works_from_elsewhere_may_not_be_met_physically() {
    let case = Case::base().put("2026-06-01 10:00", "2026-06-01 11:00", Status::WorkingFromElsewhere);
    let case = case.between("2026-06-01 09:00", "2026-06-01 12:00").lasting(minutes(30));
    assert_eq!(case.starts_of(Physical), "09:00 09:30 11:00 11:30");
    assert_eq!(case.starts(), "09:00 09:30 10:00 10:30 11:00 11:30");
}
