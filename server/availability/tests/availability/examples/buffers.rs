//! B: time between meetings, before and after them.

use engage_availability::*;
use jiff::civil::Weekday;

use super::every_half_hour;
use crate::world::*;

/// With meetings on Monday; `B` in minutes.
fn booked(meetings: &[(&str, &str)], between: u64) -> Case {
    let base = Case::base().row(|row| row.time_between_meetings = minutes(between));
    meetings.iter().fold(base, |case, (start, end)| {
        case.put(&format!("2026-06-01 {start}"), &format!("2026-06-01 {end}"), Status::Booked)
    })
}

fn until(case: Case, end: &str) -> Case {
    case.between("2026-06-01 00:00", &format!("2026-06-01 {end}"))
}

#[test]
fn b1_meetings_keep_their_distance() {
    let case = until(booked(&[("10:00", "10:30")], 15), "13:00").lasting(minutes(30));
    assert_eq!(case.starts(), "08:00 08:30 09:00 11:00 11:30 12:00 12:30");
}

#[test]
fn b2_two_meetings_close_the_time_between_them() {
    let case = booked(&[("10:00", "10:30"), ("11:00", "11:30")], 15).lasting(hours(1));
    assert_eq!(case.starts(), format!("08:00 08:30 {}", every_half_hour("12:00", "15:00")));
}

#[test]
fn b4_what_fits_beside_the_grid_is_not_offered() {
    let case = booked(&[("10:00", "10:30"), ("11:30", "12:00")], 15).lasting(minutes(30));
    let case = case.between("2026-06-01 10:00", "2026-06-01 13:00");
    assert_eq!(case.starts(), "12:30");
    let finer = case.with(|case| case.organisation.settings.interval_minutes = 15);
    assert_eq!(finer.starts(), "10:45 12:15 12:30 12:45");
}

#[test]
fn b5_distance_is_kept_from_before_the_workday() {
    let case = until(booked(&[("07:30", "08:00")], 15), "10:00").lasting(minutes(30));
    assert_eq!(case.starts(), "08:30 09:00 09:30");
}

#[test]
fn b6_distance_is_kept_over_midnight() {
    let case = Case::base().row(|row| row.time_between_meetings = minutes(30)).lasting(hours(1));
    let case = case.works(Weekday::Monday, "0:00", "3:00").with(|case| {
        case.organisation.settings.opening = clock("0:00");
        case.organisation.settings.closing = clock("24:00");
    });
    let case = case.put("2026-05-31 23:30", "2026-06-01 00:00", Status::Booked);
    assert_eq!(case.starts(), "00:30 01:00 01:30 02:00");
}

#[test]
fn b7_external_events_need_no_distance() {
    let case = booked(&[], 15).lasting(minutes(30)).between("2026-06-01 09:00", "2026-06-01 12:00");
    let case = case.put("2026-06-01 10:00", "2026-06-01 11:00", Status::Busy);
    assert_eq!(case.starts(), "09:00 09:30 11:00 11:30");
}

fn with_processing(between: u64, show_as: ShowAs) -> Case {
    let case = booked(&[("10:00", "11:00")], between).lasting(hours(1));
    let case = case.put("2026-06-01 09:45", "2026-06-01 10:00", Status::PreProcessing(show_as));
    case.put("2026-06-01 11:00", "2026-06-01 11:30", Status::PostProcessing(show_as))
}

#[test]
fn b8_time_around_both_meetings_does_not_overlap() {
    for between in [0, 60] {
        let case = with_processing(between, ShowAs::Busy).row(|row| {
            row.pre_processing = part(minutes(15));
            row.post_processing = part(minutes(30));
        });
        assert_eq!(case.starts(), format!("08:00 {}", every_half_hour("12:00", "15:00")), "B {between}");
    }
}

#[test]
fn b9_distance_counts_from_the_meeting_itself() {
    let case = with_processing(30, ShowAs::Tentative);
    assert_eq!(case.starts(), format!("08:00 08:30 {}", every_half_hour("11:30", "15:00")));
}

#[test]
fn b10_time_shown_as_free_is_not_in_the_way() {
    let case = with_processing(0, ShowAs::Free);
    assert_eq!(case.starts(), format!("08:00 08:30 09:00 {}", every_half_hour("11:00", "15:00")));
}

#[test]
fn own_time_shown_as_free_needs_no_room_either() {
    let free = Part { length: minutes(30), show_as: ShowAs::Free };
    let case = with_processing(0, ShowAs::Busy).row(|row| (row.pre_processing, row.post_processing) = (free, free));
    assert_eq!(case.starts(), format!("08:00 08:30 {}", every_half_hour("11:30", "15:00")));
}

#[test]
fn the_way_and_its_buffer_need_time() {
    let case = Case::base().lasting(hours(1)).put("2026-06-01 10:00", "2026-06-01 11:00", Status::Busy);
    let case = case.row(|row| row.travel_buffer = part(minutes(15)));
    let with_way = case.clone().with(|case| case.request.travel_before = Some(minutes(30)));
    assert_eq!(with_way.starts(), format!("08:00 08:30 09:00 {}", every_half_hour("12:00", "15:00")));
    assert_eq!(case.starts(), format!("08:00 08:30 09:00 {}", every_half_hour("11:00", "15:00")), "no way, no buffer");
}
