//! C: the most time of meetings on one day.

use engage_availability::*;

use crate::world::*;

/// Caps of the employee, groups and organisation, and what is used on Monday, in minutes.
#[derive(Default)]
struct Caps<'a> {
    own: Option<u64>,
    groups: &'a [Option<u64>],
    general: Option<u64>,
    used: u64,
}

/// A week, with one meeting of the length used on Monday from 08:00; it is asked for starts of `length` minutes.
fn capped(caps: &Caps<'_>, length: u64) -> Case {
    let case = Case::base().lasting(minutes(length)).with(|case| {
        case.organisation.settings.max_meeting_time_per_day = caps.general.map(minutes);
        case.organisation.employees[0].schedule.max_meeting_time_per_day = caps.own.map(minutes);
        for (n, cap) in (1..).zip(caps.groups) {
            let mut group = service(n, &[1], &[], &[]);
            group.max_meeting_time_per_day = cap.map(minutes);
            // A group that is not triggered counts too.
            group.trigger.locations = vec!["nowhere".to_owned()];
            case.organisation.service_groups.push(group);
        }
        case.request.look_forward = days(7);
    });
    if caps.used == 0 {
        return case;
    }
    let start = cph("2026-06-01 08:00");
    let end = Instant::from_micros(start.as_micros() + i64::try_from(minutes(caps.used).as_micros()).unwrap());
    case.with(|case| case.organisation.employees[0].calendar.slots.push(slot(start, end, Status::Booked)))
}

/// The local days of June with starts.
fn days_offered(case: &Case) -> Vec<i8> {
    let zone = jiff::tz::TimeZone::get(&case.organisation.settings.zone).unwrap();
    let mut days: Vec<_> = case.slots().iter().map(|slot| zone.to_datetime(slot.start.timestamp()).day()).collect();
    days.dedup();
    days
}

const WEEK_OFFERED: [i8; 5] = [1, 2, 3, 4, 5];
const WITHOUT_MONDAY: [i8; 4] = [2, 3, 4, 5];

#[test]
fn c1_and_c4_what_fits_is_offered_equality_too() {
    let general = Some(240);
    assert_eq!(days_offered(&capped(&Caps { general, used: 120, ..Caps::default() }, 60)), WEEK_OFFERED);
    assert_eq!(days_offered(&capped(&Caps { general, used: 180, ..Caps::default() }, 60)), WEEK_OFFERED);
}

#[test]
fn c2_a_full_day_is_removed() {
    let caps = Caps { general: Some(240), used: 210, ..Caps::default() };
    assert_eq!(days_offered(&capped(&caps, 60)), WITHOUT_MONDAY);
}

#[test]
fn c3_a_meeting_longer_than_the_cap_is_never_offered() {
    assert_eq!(days_offered(&capped(&Caps { general: Some(240), ..Caps::default() }, 300)), [0; 0]);
}

#[test]
fn c5_the_highest_group_counts() {
    let caps = Caps { groups: &[Some(120), Some(360), None], general: Some(240), used: 300, ..Caps::default() };
    assert_eq!(days_offered(&capped(&caps, 60)), WEEK_OFFERED);
}

#[test]
fn c6_a_group_may_lower() {
    let caps = Caps { groups: &[Some(120)], general: Some(240), used: 120, ..Caps::default() };
    assert_eq!(days_offered(&capped(&caps, 30)), WITHOUT_MONDAY);
}

#[test]
fn c7_the_employee_goes_before_groups() {
    let caps = Caps { own: Some(60), groups: &[Some(360)], general: Some(240), used: 60 };
    assert_eq!(days_offered(&capped(&caps, 30)), WITHOUT_MONDAY);
}

#[test]
fn c8_no_time_at_all_is_a_value() {
    let caps = Caps { own: Some(0), groups: &[Some(360)], ..Caps::default() };
    assert_eq!(days_offered(&capped(&caps, 15)), [0; 0]);
}

#[test]
fn c9_internal_meetings_do_not_count() {
    let case = capped(&Caps { own: Some(240), ..Caps::default() }, 60);
    let case = case.put("2026-06-01 08:00", "2026-06-01 12:00", Status::BookedInternalBusy);
    assert_eq!(days_offered(&case), WEEK_OFFERED);
}

#[test]
fn c10_internal_meetings_have_no_cap() {
    let case = capped(&Caps { own: Some(240), used: 240, ..Caps::default() }, 60);
    assert_eq!(days_offered(&case), WITHOUT_MONDAY);
    assert_eq!(days_offered(&case.mode(Mode::Internal)), WEEK_OFFERED);
}

#[test]
fn c11_the_meeting_that_is_moved_does_not_count() {
    let case = capped(&Caps { own: Some(60), used: 60, ..Caps::default() }, 60).with(|case| {
        case.organisation.employees[0].calendar.slots[0].meeting = Some(meeting(1));
    });
    assert_eq!(days_offered(&case), WITHOUT_MONDAY);
    assert_eq!(days_offered(&case.with(|case| case.request.ignore_meetings = vec![meeting(1)])), WEEK_OFFERED);
}

#[test]
fn c12_the_day_is_the_local_one() {
    let case = capped(&Caps { own: Some(60), ..Caps::default() }, 60).with(|case| {
        case.organisation.settings.zone = "America/Nuuk".to_owned();
        let start = utc("2026-06-10T00:30:00Z");
        let end = Instant::from_micros(start.as_micros() + 3_600_000_000);
        case.organisation.employees[0].calendar.slots.push(slot(start, end, Status::Booked));
        case.request.start = Some(Start::On(date("2026-06-08")));
    });
    assert_eq!(days_offered(&case), [8, 10, 11, 12]);
}

#[test]
fn live_holds_count_and_expired_ones_do_not() {
    let held = |expires: Instant| {
        let hold = Status::Reserved { token: "other".to_owned(), expires };
        capped(&Caps { own: Some(60), ..Caps::default() }, 60).put("2026-06-01 08:00", "2026-06-01 09:00", hold)
    };
    let now = Case::base().now;
    assert_eq!(days_offered(&held(Instant::from_micros(now.as_micros() + 1))), WITHOUT_MONDAY);
    assert_eq!(days_offered(&held(now)), WEEK_OFFERED);
}
