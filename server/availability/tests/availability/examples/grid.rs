//! G and M: the grid, windows, several employees.

use engage_availability::*;
use jiff::civil::Weekday;

use super::every_half_hour;
use crate::world::*;

#[test]
fn g1_starts_are_at_whole_and_half_hours() {
    let case = Case::base().works(Weekday::Monday, "9:30", "12:00").lasting(minutes(45));
    assert_eq!(case.starts(), "09:30 10:00 10:30 11:00");
}

#[test]
fn g2_the_first_start_is_rounded_up() {
    let case = Case::base().between("2026-06-01 08:00", "2026-06-01 11:00").lasting(minutes(30));
    let case = case.put("2026-06-01 08:00", "2026-06-01 09:07", Status::Busy);
    assert_eq!(case.starts(), "09:30 10:00 10:30");
}

#[test]
fn g3_opening_hours_clip_the_workday_for_staff_too() {
    let case = Case::base().works(Weekday::Monday, "7:00", "10:00").mode(Mode::Employee).lasting(hours(1));
    assert_eq!(case.starts(), "08:00 08:30 09:00");
}

#[test]
fn g4_staff_may_use_opening_hours() {
    let case = Case::base().lasting(hours(1)).with(|case| case.request.extend_to_opening_hours = true);
    assert_eq!(case.clone().mode(Mode::Employee).starts(), every_half_hour("08:00", "16:00"));
    assert_eq!(case.mode(Mode::Customer).starts(), every_half_hour("08:00", "15:00"));
}

fn with_extra_time() -> Case {
    let case = Case::base().put("2026-06-02 16:00", "2026-06-02 18:00", Status::ExtraOpen);
    case.between("2026-06-02 14:00", "2026-06-03 00:00").lasting(hours(1))
}

#[test]
fn g5_extra_time_is_united_with_the_workday() {
    assert_eq!(with_extra_time().starts(), every_half_hour("14:00", "17:00"));
    assert_eq!(with_extra_time().starts_of(MeetingType::Physical), "14:00 14:30 15:00");
}

#[test]
fn g7_closing_days_close_extra_time_too() {
    let case = with_extra_time().with(|case| case.organisation.settings.closing_days = vec![date("2026-06-02")]);
    assert_eq!(case.slots(), []);
}

#[test]
fn g8_nothing_starts_before_now() {
    let case = Case::base().lasting(hours(1)).at("2026-06-01 10:10").with(|case| {
        case.request.start = None;
        case.request.look_forward = minutes(110);
    });
    assert_eq!(case.starts(), "10:30 11:00 11:30");
}

#[test]
fn g9_the_horizon_is_a_local_day_and_its_end_is_within() {
    let case = Case::base().lasting(minutes(30)).at("2026-05-31 15:00").with(|case| {
        case.organisation.settings.horizon = days(30);
        case.request.look_forward = days(60);
    });
    let last = case.slots().last().unwrap().start;
    assert_eq!(last, cph("2026-06-30 15:00"));
}

fn two() -> Case {
    Case::base().lasting(minutes(30)).with(|case| {
        case.organisation.employees.push(advisor(2));
        case.request.require_employee_participation = true;
        case.request.explicit_employees = vec![employee(1), employee(2)];
    })
}

#[test]
fn m1_several_employees_meet_when_all_are_free() {
    let case = two().works(Weekday::Monday, "8:00", "12:00").with(|case| {
        let bo = &mut case.organisation.employees[1];
        bo.schedule.workdays[0] = workday(Weekday::Monday, "10:00", "16:00");
        bo.calendar.slots.push(slot(cph("2026-06-01 11:00"), cph("2026-06-01 11:30"), Status::Busy));
    });
    assert_eq!(case.starts(), "10:00 10:30 11:30");
    let found = case.found().unwrap();
    assert_eq!(found.together, [employee(1), employee(2)]);
    assert!(found.slots.iter().all(|slot| slot.employee == employee(1)), "the first owns the meeting");
}

#[test]
fn m2_a_type_that_one_lacks_is_gone() {
    let case = two().with(|case| {
        for day in &mut case.organisation.employees[1].schedule.workdays {
            day.meeting_types = types(&[MeetingType::Online]);
        }
    });
    assert_eq!(case.found_types(), [MeetingType::Online]);
}

#[test]
fn who_may_not_be_booked_makes_a_meeting_of_several_impossible() {
    let case = two().with(|case| case.organisation.employees[1].active = false);
    assert_eq!(case.slots(), []);
}
