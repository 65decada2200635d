//! What is true of every slot: 3, 4, 14, 15, 16, 17.

use proptest::prelude::*;

use super::*;
use crate::oracle::Oracle;
use crate::world::{days, kind, topic};

fn who<'c>(case: &'c Case, slot: &Slot) -> &'c Employee {
    case.organisation.employees.iter().find(|employee| employee.id == slot.employee).unwrap()
}

fn date(case: &Case, at: Instant) -> jiff::civil::Date {
    jiff::tz::TimeZone::get(&case.organisation.settings.zone).unwrap().to_datetime(at.timestamp()).date()
}

fn lives(case: &Case, slot: &CalendarSlot) -> bool {
    let overlooked = slot.meeting.is_some_and(|meeting| case.request.ignore_meetings.contains(&meeting));
    let dead = match &slot.status {
        Status::Reserved { token, expires } => *expires <= case.now || case.request.token.as_ref() == Some(token),
        _ => false,
    };
    !overlooked && !dead
}

fn is_meeting(slot: &CalendarSlot) -> bool {
    matches!(slot.status, Status::Booked | Status::BookedInternalBusy | Status::Reserved { .. })
}

/// The same length of rows for all, with this time between meetings, and nothing before or after.
fn plain(case: Case, between: std::time::Duration) -> Case {
    case.with(|case| {
        for row in &mut case.organisation.configurations {
            row.time_between_meetings = between;
            (row.pre_processing, row.post_processing) = (Part::default(), Part::default());
        }
        (case.request.travel_before, case.request.travel_after) = (None, None);
    })
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn invariant_3_slots_are_on_the_grid_in_range_and_of_their_length(case in worlds()) {
        let oracle = Oracle::new(&case.organisation, &case.request, case.now).unwrap();
        let starts = oracle.starts();
        for slot in case.slots() {
            prop_assert_eq!(slot.end.as_micros() - slot.start.as_micros(), oracle.length);
            prop_assert!(slot.start >= case.now);
            prop_assert!(starts.contains(&slot.start));
        }
    }

    #[test]
    fn invariant_4_nothing_is_in_the_way(case in worlds()) {
        let zone = jiff::tz::TimeZone::get(&case.organisation.settings.zone).unwrap();
        for slot in case.slots() {
            let body = Span::new(slot.start, slot.end);
            for other in who(&case, &slot).calendar.slots.iter().filter(|other| lives(&case, other)) {
                let blocks = is_meeting(other) || other.status == Status::Busy;
                prop_assert!(!(blocks && other.span.overlaps(body)), "{:?}", other);
                let elsewhere = other.status == Status::WorkingFromElsewhere && other.span.overlaps(body);
                prop_assert!(!(elsewhere && slot.meeting_type == MeetingType::Physical));
            }
            for closed in &case.organisation.settings.closing_days {
                let bounds = |day: jiff::civil::Date| zone.to_timestamp(day.at(0, 0, 0, 0)).unwrap().into();
                let day = Span::new(bounds(*closed), bounds(closed.tomorrow().unwrap()));
                prop_assert!(!day.overlaps(body));
            }
        }
    }

    #[test]
    fn invariant_14_caps_hold_and_only_explicit_means_extra_time(case in worlds()) {
        let case = case.with(|case| case.request.is_internal = Some(false));
        for slot in case.slots() {
            let employee = who(&case, &slot);
            let slots = || employee.calendar.slots.iter();
            if let Some(cap) = employee.schedule.max_meeting_time_per_day {
                let counted = slots().filter(|other| {
                    let counts = is_meeting(other) && other.status != Status::BookedInternalBusy;
                    counts && lives(&case, other) && date(&case, other.span.start) == date(&case, slot.start)
                });
                let length = |span: Span| (span.end.as_micros() - span.start.as_micros()).max(0);
                let used: i64 = counted.map(|other| length(other.span)).sum();
                prop_assert!(used + length(Span::new(slot.start, slot.end)) <= i64::try_from(cap.as_micros()).unwrap());
            }
            if employee.schedule.is_only_explicitly_available && slot.source != Source::Explicit {
                let extra = slots().any(|other| other.status == Status::ExtraOpen && other.span.start <= slot.start);
                let signed_in = employee.calendar.sign_ins.iter().any(|sign_in| sign_in.start <= slot.start);
                prop_assert!(extra || signed_in);
            }
        }
    }

    #[test]
    fn invariant_14_who_may_not_be_booked_is_as_if_not_there(case in worlds(), which in 0_usize..4) {
        let off = case.clone().with(|case| case.organisation.employees[which].schedule.can_be_booked = false);
        let id = case.organisation.employees[which].id;
        let together = off.request.require_employee_participation && off.request.explicit_employees.contains(&id);
        if together {
            prop_assert_eq!(off.slots(), vec![]);
        } else if !off.request.require_employee_participation {
            let mut rest = offers(&case);
            rest.retain(|(_, _, employee)| *employee != id);
            prop_assert_eq!(offers(&off), rest);
        }
    }

    #[test]
    fn invariant_15_a_group_without_types_supplies_nothing(case in worlds()) {
        let case = case.with(|case| {
            case.organisation.service_groups.iter_mut().for_each(|group| group.offer.meeting_types = MeetingTypes::NONE);
        });
        let by_group = |slot: &Slot| matches!(slot.source, Source::ServiceGroup(_));
        prop_assert!(!case.slots().iter().any(by_group));
    }

    #[test]
    fn invariant_15_a_group_without_conditions_supplies_the_same_to_all(case in worlds()) {
        let ask = |asked: Option<u128>, of: Option<u128>, from: Option<&str>| {
            case.clone().with(|case| {
                case.organisation.configurations.truncate(1);
                case.organisation.service_groups.iter_mut().for_each(|group| group.trigger = Trigger::default());
                case.request.require_employee_participation = false;
                case.request.pools = vec![Pool::ServiceGroup];
                case.request.is_internal = Some(false);
                (case.request.topic, case.request.customer_type) = (asked.map(topic), of.map(kind));
                case.request.meeting_location = Some("L".to_owned());
                case.request.customer_location = from.map(str::to_owned);
            })
        };
        let first = ask(None, None, None).slots();
        for (asked, of, from) in [(Some(1), None, Some("L")), (Some(2), Some(2), Some("X")), (None, Some(1), None)] {
            prop_assert_eq!(ask(asked, of, from).slots(), first.clone());
        }
    }

    #[test]
    fn invariant_16_physical_meetings_are_where_the_employee_is_with_a_free_room(case in worlds()) {
        let case = case.with(|case| {
            case.request.is_customer_initiated = true;
            case.request.is_internal = Some(false);
            case.request.customer_location = Some("L".to_owned());
            case.request.meeting_location = None;
            case.request.require_room = Some(true);
        });
        for slot in case.slots().iter().filter(|slot| slot.meeting_type == MeetingType::Physical) {
            let employee = who(&case, slot);
            let weekday = date(&case, slot.start).weekday();
            let of_day = employee.schedule.workdays.iter().find(|day| day.weekday == weekday);
            let eff = of_day.and_then(|day| day.location.as_ref()).or(employee.location.as_ref());
            prop_assert_eq!(eff.map(String::as_str), Some("L"));
            let room = case.organisation.rooms.iter().find(|room| Some(room.id) == slot.room).unwrap();
            let body = Span::new(slot.start, slot.end);
            let taken = |other: &CalendarSlot| {
                (is_meeting(other) || other.status == Status::Busy) && lives(&case, other) && other.span.overlaps(body)
            };
            prop_assert!(!room.calendar.slots.iter().any(taken));
        }
    }

    #[test]
    fn invariant_17_a_hold_keeps_others_away_as_a_booking_does(case in worlds(), which in any::<prop::sample::Index>()) {
        const BETWEEN: u64 = 20;
        let case = plain(case, crate::world::minutes(BETWEEN)).with(|case| {
            case.request.require_employee_participation = false;
            case.request.is_internal = Some(false);
            case.organisation.settings.horizon = days(60);
        });
        let slots = case.slots();
        if slots.is_empty() {
            return Ok(());
        }
        let taken = which.get(&slots);
        let take = |status: Status| {
            case.clone().with(|case| {
                let employee = case.organisation.employees.iter_mut().find(|one| one.id == taken.employee).unwrap();
                employee.calendar.slots.push(crate::world::slot(taken.start, taken.end, status));
            })
        };
        let expires = plus(case.now, 300_000_000);
        let held = take(Status::Reserved { token: "another".to_owned(), expires });
        prop_assert_eq!(held.slots(), take(Status::Booked).slots());
        let around = i64::try_from(crate::world::minutes(BETWEEN).as_micros()).unwrap();
        let near = Span::new(plus(taken.start, -around), plus(taken.end, around));
        for slot in held.slots().iter().filter(|slot| slot.employee == taken.employee) {
            prop_assert!(!near.overlaps(Span::new(slot.start, slot.end)));
        }
        let released = held.with(|case| case.now = plus(expires, 0));
        let without = case.clone().with(|case| case.now = expires);
        prop_assert_eq!(released.slots(), without.slots(), "a hold that has ended is none");
    }
}
