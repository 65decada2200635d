//! What only ever adds, and what only ever removes: 5, 6, 7, 9, 13.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::world::{WEEK, days, group, hours, kind, minutes, slot, topic, workday};

/// A stretch from now on, in minutes.
fn stretch(case: &Case, from: i64, length: i64) -> Span {
    let start = plus(case.now, from * 60_000_000);
    Span::new(start, plus(start, length * 60_000_000))
}

fn put(case: &mut Case, which: usize, span: Span, status: Status) {
    case.organisation.employees[which].calendar.slots.push(slot(span.start, span.end, status));
}

/// A change of one kind.
type Change = fn(&mut Case, usize, Span);

const BLOCKERS: [Change; 5] = [
    |case, which, span| put(case, which, span, Status::Busy),
    |case, which, span| put(case, which, span, Status::Booked),
    |case, which, span| put(case, which, span, Status::WorkingFromElsewhere),
    |case, which, span| {
        let expires = plus(case.now, 300_000_000);
        put(case, which, span, Status::Reserved { token: "other".to_owned(), expires });
    },
    |case, _, span| {
        let zone = jiff::tz::TimeZone::get(&case.organisation.settings.zone).unwrap();
        case.organisation.settings.closing_days.push(zone.to_datetime(span.start.timestamp()).date());
    },
];

fn row(case: &mut Case, which: usize) -> &mut MeetingConfiguration {
    let count = case.organisation.configurations.len();
    &mut case.organisation.configurations[which % count]
}

const BY: Duration = minutes(25);

const TIGHTER: [Change; 7] = [
    |case, which, _| row(case, which).time_between_meetings += BY,
    |case, which, _| row(case, which).working_time_from_booking += BY,
    |case, which, _| row(case, which).calendar_time_from_booking += BY,
    |case, which, _| row(case, which).pre_processing.length += BY,
    |case, which, _| row(case, which).post_processing.length += BY,
    |case, _, _| case.organisation.settings.horizon -= hours(1),
    |case, which, _| {
        let cap = &mut case.organisation.employees[which].schedule.max_meeting_time_per_day;
        *cap = cap.map(|cap| cap.saturating_sub(BY));
    },
];

const WIDER: [Change; 8] = [
    |case, which, span| put(case, which, span, Status::ExtraOpen),
    |case, which, span| {
        let sign_in = SignIn { group: group(10), start: span.start, end: Some(span.end) };
        case.organisation.employees[which].calendar.sign_ins.push(sign_in);
    },
    |case, which, _| case.organisation.employees[which].skills.topics.push(topic(1)),
    |case, which, _| case.organisation.employees[which].skills.customer_types.push(kind(1)),
    |case, which, _| {
        for group in &mut case.organisation.competence_groups {
            if which % 2 == 0 && !group.topics.is_empty() {
                group.topics.push(topic(2));
            } else if !group.customer_types.is_empty() {
                group.customer_types.push(kind(2));
            }
        }
    },
    |case, which, _| {
        for group in &mut case.organisation.service_groups {
            group.offer.meeting_types = if which % 2 == 0 { MeetingTypes::ALL } else { group.offer.meeting_types };
            group.offer.locations.push("L".to_owned());
            if !group.trigger.topics.is_empty() {
                group.trigger.topics.push(topic(1));
            }
        }
    },
    |case, which, _| {
        let workdays = &mut case.organisation.employees[which].schedule.workdays;
        let works = workdays.iter().any(|day| day.is_available && day.from < day.to);
        let missing = WEEK.into_iter().find(|weekday| workdays.iter().all(|day| day.weekday != *weekday));
        workdays.extend(missing.filter(|_| works).map(|weekday| workday(weekday, "0:00", "24:00")));
    },
    |case, which, _| {
        let member = case.organisation.employees[which].id;
        for group in case.organisation.service_groups.iter_mut().filter(|one| one.max_meeting_time_per_day.is_none()) {
            group.employees.push(member);
        }
    },
];

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn invariant_5_blockers_never_add(
        case in worlds(), kind in 0..BLOCKERS.len(), which in 0_usize..4, from in -600_i64..2_500, length in 1_i64..600
    ) {
        let span = stretch(&case, from, length);
        let after = case.clone().with(|case| BLOCKERS[kind](case, which, span));
        prop_assert!(offers(&after).is_subset(&offers(&case)));
        let best = |case: &Case| times(&case.clone().with(|case| case.request.best = Some(true)));
        prop_assert!(best(&after).is_subset(&best(&case)));
    }

    #[test]
    fn invariant_6_tighter_rules_never_add(case in worlds(), kind in 0..TIGHTER.len(), which in 0_usize..4) {
        let span = stretch(&case, 0, 1);
        let after = case.clone().with(|case| TIGHTER[kind](case, which, span));
        prop_assert!(offers(&after).is_subset(&offers(&case)));
    }

    #[test]
    fn invariant_7_wider_rules_never_remove(
        case in worlds(), kind in 0..WIDER.len(), which in 0_usize..4, from in -600_i64..2_500, length in 1_i64..600
    ) {
        let span = stretch(&case, from, length);
        let after = case.clone().with(|case| WIDER[kind](case, which, span));
        prop_assert!(offers(&case).is_subset(&offers(&after)));
    }

    #[test]
    fn invariant_7_a_condition_on_a_free_trigger_only_removes(case in worlds()) {
        let after = case.clone().with(|case| {
            for group in case.organisation.service_groups.iter_mut().filter(|one| one.trigger.topics.is_empty()) {
                group.trigger.topics.push(topic(3));
            }
        });
        prop_assert!(offers(&after).is_subset(&offers(&case)));
    }

    #[test]
    fn invariant_9_staff_sees_what_customers_see(case in worlds()) {
        let case = case.with(|case| case.request.is_internal = Some(false));
        let ask = |customer: bool, extended: bool| {
            offers(&case.clone().with(|case| {
                case.request.is_customer_initiated = customer;
                case.request.extend_to_opening_hours = extended;
            }))
        };
        prop_assert!(ask(true, false).is_subset(&ask(false, false)));
        prop_assert!(ask(false, false).is_subset(&ask(false, true)));
    }

    #[test]
    fn invariant_13_time_only_takes_away(case in worlds(), minutes in 0_i64..3_000) {
        let case = case.with(|case| {
            case.organisation.settings.horizon = days(60);
            case.request.start = Some(Start::At(case.now));
            for employee in &mut case.organisation.employees {
                employee.calendar.slots.retain(|slot| !matches!(slot.status, Status::Reserved { .. }));
            }
            for room in &mut case.organisation.rooms {
                room.calendar.slots.retain(|slot| !matches!(slot.status, Status::Reserved { .. }));
            }
        });
        let later = case.clone().with(|case| case.now = plus(case.now, minutes * 60_000_000));
        prop_assert!(offers(&later).is_subset(&offers(&case)));
    }
}
