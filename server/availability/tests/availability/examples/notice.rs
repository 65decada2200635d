//! N: notice in working time and in elapsed time.

use engage_availability::*;

use crate::world::*;

fn noticed(now: &str, working: std::time::Duration) -> Case {
    let case = Case::base().at(now).lasting(minutes(30)).row(|row| row.working_time_from_booking = working);
    case.with(|case| {
        case.request.start = None;
        case.request.look_forward = days(10);
    })
}

fn n1() -> Case {
    noticed("2026-06-01 15:00", hours(2))
}

#[test]
fn n1_working_time_goes_on_the_next_day() {
    assert_eq!(n1().first(), "Tue 09:00");
}

#[test]
fn n2_notice_that_ends_with_the_day_ends_there() {
    assert_eq!(noticed("2026-06-01 15:00", hours(1)).first(), "Tue 08:00");
}

#[test]
fn n3_the_start_after_notice_is_rounded_up() {
    assert_eq!(noticed("2026-06-01 15:10", minutes(90)).first(), "Tue 09:00");
}

#[test]
fn n4_the_weekend_is_no_working_time() {
    assert_eq!(noticed("2026-05-29 15:10", hours(2)).first(), "Mon 09:30");
}

#[test]
fn n5_closing_days_are_no_working_time() {
    let case = n1().with(|case| case.organisation.settings.closing_days = vec![date("2026-06-02")]);
    assert_eq!(case.first(), "Wed 09:00");
}

#[test]
fn n7_elapsed_time_may_leave_out_weekends() {
    let case = noticed("2026-05-29 14:00", hours(0)).row(|row| row.calendar_time_from_booking = hours(24));
    assert_eq!(case.first(), "Mon 08:00");
    assert_eq!(case.row(|row| row.exclude_weekend = true).first(), "Mon 14:00");
}

#[test]
fn n8_both_notices_hold() {
    assert_eq!(n1().row(|row| row.calendar_time_from_booking = hours(24)).first(), "Tue 15:00");
}

#[test]
fn n9_staff_needs_no_notice() {
    for mode in [Mode::Employee, Mode::Internal] {
        assert_eq!(n1().mode(mode).first(), "Mon 15:00", "{mode:?}");
    }
    assert_eq!(n1().with(|case| case.request.ignore_minimum_time = true).first(), "Mon 15:00");
}

#[test]
fn who_never_works_is_counted_by_opening_hours() {
    let case = n1().with(|case| case.organisation.employees[0].schedule.workdays.clear());
    let case = case.put("2026-06-02 00:00", "2026-06-03 00:00", Status::ExtraOpen);
    // Two hours are over when Monday ends, at 17:00.
    assert_eq!(case.first(), "Tue 00:00");
}
