//! Explanations agree with searches, and tell the first reason.

use std::collections::HashSet;

use engage_availability::MeetingType::{Online, Physical};
use engage_availability::*;
use proptest::prelude::*;

use crate::oracle::Oracle;
use crate::random::{tapes, world};
use crate::world::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_time_is_offered_if_and_only_if_no_reason_is_against_it(tape in tapes()) {
        let case = world(tape);
        let index = case.index();
        let Ok(found) = index.search(&case.request, case.now, 0) else { return Ok(()) };
        let explainer = index.explainer(&case.request, case.now).unwrap();
        let offered: HashSet<_> =
            found.slots.iter().map(|slot| (slot.employee, slot.meeting_type, slot.start)).collect();
        let ids: Vec<_> = case.organisation.employees.iter().map(|employee| employee.id).collect();
        for start in Oracle::new(&case.organisation, &case.request, case.now).unwrap().starts() {
            for meeting_type in MeetingType::ALL {
                let says = |id: EmployeeId| explainer.explain(id, meeting_type, start).unwrap();
                if found.together.is_empty() {
                    for id in &ids {
                        let expected = offered.contains(&(*id, meeting_type, start));
                        prop_assert_eq!(says(*id).is_offered(), expected, "{} {:?} {:?}", id, meeting_type, says(*id));
                    }
                } else {
                    let all = found.together.iter().all(|id| says(*id).is_offered());
                    prop_assert_eq!(all, offered.contains(&(found.together[0], meeting_type, start)));
                }
            }
        }
    }
}

fn reason_of(case: &Case, meeting_type: MeetingType, start: &str) -> Reason {
    let index = case.index();
    let explainer = index.explainer(&case.request, case.now).unwrap();
    explainer.explain(employee(1), meeting_type, cph(start)).unwrap()
}

fn reason(case: &Case, start: &str) -> Reason {
    reason_of(case, Online, &format!("2026-06-01 {start}"))
}

#[test]
fn the_employee_comes_first() {
    let case = Case::base();
    assert_eq!(reason(&case, "10:00"), Reason::Available);
    let off = case.clone().with(|case| case.organisation.employees[0].schedule.can_be_booked = false);
    assert_eq!(reason(&off, "10:00"), Reason::Unbookable);
    let local = case.with(|case| {
        case.request.pools = vec![Pool::Local];
        case.request.topic = Some(topic(1));
    });
    assert_eq!(reason(&local, "10:00"), Reason::Unqualified);
    let index = local.index();
    let explainer = index.explainer(&local.request, local.now).unwrap();
    assert_eq!(explainer.explain(employee(9), Online, local.now), Err(SearchError::UnknownEmployee(employee(9))));
}

#[test]
fn then_the_range_and_the_workday() {
    let case = Case::base().lasting(hours(1));
    assert_eq!(reason_of(&case, Online, "2026-05-31 10:00"), Reason::BeforeRange);
    assert_eq!(reason_of(&case, Online, "2026-06-02 10:00"), Reason::AfterRange);
    let far = case.clone().with(|case| case.organisation.settings.horizon = days(4));
    assert_eq!(reason(&far, "10:00"), Reason::BeyondHorizon);
    let closed = case.clone().with(|case| case.organisation.settings.closing_days = vec![date("2026-06-01")]);
    assert_eq!(reason(&closed, "10:00"), Reason::BankClosingDay);
    let off = case.clone().with(|case| drop(case.organisation.employees[0].schedule.workdays.remove(0)));
    assert_eq!(reason(&off, "10:00"), Reason::DayOfWeekUnavailable);
    assert_eq!(reason(&case.clone().only(Physical), "10:00"), Reason::MeetingTypeUnavailable);
    assert_eq!(reason(&case, "15:30"), Reason::OutsideWorkday);
    let other = case.clone().with(|case| case.organisation.employees[0].location = Some(X.to_owned()));
    assert_eq!(reason_of(&other, Physical, "2026-06-01 10:00"), Reason::OtherLocation);
    let only = case.with(|case| {
        case.organisation.employees[0].schedule.is_only_explicitly_available = true;
        case.request.pools = vec![Pool::Local];
    });
    assert_eq!(reason(&only, "10:00"), Reason::OnlyExplicitlyAvailable);
}

#[test]
fn then_the_calendar_in_its_order() {
    let statuses = [
        (Status::TravelTime(ShowAs::Busy), Reason::TravelTime),
        (Status::PostProcessing(ShowAs::Busy), Reason::PostProcessing),
        (Status::PreProcessing(ShowAs::Busy), Reason::PreProcessing),
        (Status::Busy, Reason::Busy),
        (Status::BookedInternalBusy, Reason::BookedInternalBusy),
        (Status::Booked, Reason::ReservedOrBooked),
    ];
    let mut case = Case::base().lasting(hours(1));
    // Each comes before those that are there already.
    for (status, expected) in statuses {
        case = case.put("2026-06-01 10:00", "2026-06-01 11:00", status);
        assert_eq!(reason(&case, "10:00"), expected);
    }
    let case = case.put("2026-06-01 10:00", "2026-06-01 11:00", Status::WorkingFromElsewhere);
    assert_eq!(reason_of(&case, Physical, "2026-06-01 10:00"), Reason::WorkingFromElsewhere);
    let near = case.row(|row| row.time_between_meetings = minutes(15));
    assert_eq!(reason(&near, "11:00"), Reason::TimeBetweenMeetings);
    assert_eq!(reason(&near, "11:30"), Reason::Available);
}

#[test]
fn then_limits_notice_grid_and_rooms() {
    let case = Case::base().lasting(hours(1));
    let capped = case.clone().with(|case| case.organisation.settings.max_meeting_time_per_day = Some(minutes(30)));
    assert_eq!(reason(&capped, "10:00"), Reason::MaxMeetingTimePerDay);
    let now = case.clone().at("2026-06-01 08:00");
    let working = now.clone().row(|row| row.working_time_from_booking = hours(3));
    assert_eq!(reason(&working, "10:00"), Reason::WorkingTimeBuffer);
    assert_eq!(reason(&working, "11:00"), Reason::Available);
    let elapsed = now.row(|row| row.calendar_time_from_booking = hours(3));
    assert_eq!(reason(&elapsed, "10:00"), Reason::CalendarTimeBuffer);
    assert_eq!(reason(&elapsed, "11:00"), Reason::Available);
    assert_eq!(reason(&case, "10:10"), Reason::OffGrid);
    let roomless = case.with(|case| case.request.require_room = Some(true));
    assert_eq!(reason_of(&roomless, Physical, "2026-06-01 10:00"), Reason::NoRoom);
}

#[test]
fn what_is_offered_says_how() {
    let case = Case::base().lasting(hours(1));
    let free = case.clone().put("2026-06-01 10:00", "2026-06-01 11:00", Status::BookedInternalFree);
    assert_eq!(reason(&free, "10:00"), Reason::BookedInternalFree);
    let group = case.with(|case| {
        case.organisation.service_groups = vec![service(1, &[1], &[Online], &[])];
        case.request.pools = vec![Pool::ServiceGroup];
    });
    assert_eq!(reason(&group, "10:00"), Reason::ServiceGroupAvailable);
}
