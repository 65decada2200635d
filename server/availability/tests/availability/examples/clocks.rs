//! D: clocks that change, and zones.

use engage_availability::*;
use jiff::civil::Weekday;

use crate::world::*;

const NUUK: &str = "America/Nuuk";

/// Open all day; the range is one local day.
fn open(zone: &str, day: &str) -> Case {
    Case::base().lasting(hours(1)).with(|case| {
        let settings = &mut case.organisation.settings;
        settings.zone = zone.to_owned();
        (settings.opening, settings.closing) = (clock("0:00"), clock("24:00"));
        settings.horizon = days(400);
        case.request.start = Some(Start::On(date(day)));
        // A day of 25 hours is within it.
        case.request.look_forward = hours(26);
        case.now = utc("2025-12-31T00:00:00Z");
    })
}

fn sunday(day: &str, from: &str, to: &str) -> Case {
    open("Europe/Copenhagen", day).works(Weekday::Sunday, from, to)
}

fn instants(case: &Case) -> Vec<String> {
    let online = case.slots().into_iter().filter(|slot| slot.meeting_type == MeetingType::Online);
    online.map(|slot| slot.start.timestamp().to_string()).collect()
}

#[test]
fn d1_an_hour_that_is_left_out_has_no_starts() {
    assert_eq!(sunday("2026-03-29", "1:00", "5:00").starts(), "01:00 01:30 03:00 03:30 04:00");
}

#[test]
fn d2_a_beginning_that_does_not_exist_is_the_end_of_the_gap() {
    assert_eq!(sunday("2026-03-29", "2:30", "6:00").starts(), "03:00 03:30 04:00 04:30 05:00");
}

#[test]
fn d3_an_hour_that_comes_twice_has_its_starts_twice() {
    let case = sunday("2026-10-25", "1:00", "4:00");
    assert_eq!(case.starts(), "01:00 01:30 02:00 02:30 02:00 02:30 03:00");
    assert_eq!(instants(&case).first().unwrap(), "2026-10-24T23:00:00Z");
    assert_eq!(instants(&case).last().unwrap(), "2026-10-25T02:00:00Z");
}

#[test]
fn d4_an_end_that_comes_twice_is_the_second() {
    let case = sunday("2026-10-25", "0:00", "2:30");
    assert_eq!(case.starts(), "00:00 00:30 01:00 01:30 02:00 02:30");
    assert_eq!(instants(&case).last().unwrap(), "2026-10-25T00:30:00Z", "the first half past two");
}

#[test]
fn d5_notice_is_elapsed_working_time() {
    let case = sunday("2026-03-29", "0:00", "8:00").at("2026-03-28 23:00").row(|row| {
        row.working_time_from_booking = hours(3);
    });
    assert_eq!(case.slots()[0].start, utc("2026-03-29T02:00:00Z"));
    assert_eq!(case.first(), "Sun 04:00");
}

#[test]
fn d6_a_day_of_notice_is_24_hours() {
    let case = sunday("2026-03-29", "0:00", "24:00").at("2026-03-28 12:00").row(|row| {
        row.calendar_time_from_booking = hours(24);
    });
    assert_eq!(case.first(), "Sun 13:00");
}

#[test]
fn d7_a_gap_before_midnight_ends_the_day() {
    for to in ["24:00", "23:30"] {
        let case = open(NUUK, "2026-03-28").works(Weekday::Saturday, "20:00", to);
        assert_eq!(case.starts(), "20:00 20:30 21:00 21:30 22:00", "until {to}");
        assert_eq!(instants(&case).last().unwrap(), "2026-03-29T00:00:00Z");
    }
}

#[test]
fn d8_an_hour_before_midnight_comes_twice() {
    let case = open(NUUK, "2026-10-24").works(Weekday::Saturday, "22:00", "24:00");
    assert_eq!(case.starts(), "22:00 22:30 23:00 23:30 23:00");
}

#[test]
fn d9_workdays_follow_the_clock() {
    for (day, first) in [("2026-01-05", "2026-01-05T10:00:00Z"), ("2026-03-30", "2026-03-30T09:00:00Z")] {
        assert_eq!(instants(&open(NUUK, day))[0], first);
    }
}

#[test]
fn d10_a_picked_date_is_the_local_date() {
    let case = open(NUUK, "2026-06-10").lasting(hours(8));
    assert_eq!(instants(&case), ["2026-06-10T09:00:00Z"]);
    // The first instant of the range: what starts at local midnight is in it, what starts before is not.
    let early = case.works(Weekday::Wednesday, "0:00", "24:00").works(Weekday::Tuesday, "0:00", "24:00");
    assert_eq!(instants(&early)[0], "2026-06-10T01:00:00Z");
}

#[test]
fn a_day_that_begins_at_one_has_its_usual_hours() {
    // Havana leaves out the hour after midnight.
    let case = open("America/Havana", "2026-03-08").works(Weekday::Sunday, "8:00", "10:00");
    assert_eq!(case.starts(), "08:00 08:30 09:00");
    assert_eq!(instants(&case)[0], "2026-03-08T12:00:00Z");
}

#[test]
fn days_are_as_long_as_they_are() {
    let facts = [
        ("Europe/Copenhagen", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        ("Europe/Copenhagen", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        (NUUK, "2026-03-28", "2026-03-28T02:00:00Z", "2026-03-29T01:00:00Z"),
        (NUUK, "2026-10-24", "2026-10-24T01:00:00Z", "2026-10-25T02:00:00Z"),
        ("Europe/Copenhagen", "2026-12-25", "2026-12-24T23:00:00Z", "2026-12-25T23:00:00Z"),
        (NUUK, "2026-12-25", "2026-12-25T02:00:00Z", "2026-12-26T02:00:00Z"),
    ];
    for (zone, day, start, end) in facts {
        let case = open(zone, day).lasting(minutes(30)).with(|case| {
            case.organisation.employees[0].schedule.workdays =
                WEEK.iter().map(|weekday| workday(*weekday, "0:00", "24:00")).collect();
            case.request.start = Some(Start::On(date(day).yesterday().unwrap()));
            case.request.look_forward = days(3);
        });
        let all = case.starts().split(' ').count();
        let closed = case.clone().with(|case| case.organisation.settings.closing_days = vec![date(day)]);
        let half_hours = (utc(end).as_micros() - utc(start).as_micros()) / 1_800_000_000;
        let open = instants(&closed);
        assert_eq!(all - open.len(), usize::try_from(half_hours).unwrap(), "{zone} {day}");
        assert!(open.iter().all(|at| utc(at) < utc(start) || utc(at) >= utc(end)), "{zone} {day}");
    }
}
