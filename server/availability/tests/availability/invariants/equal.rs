//! What makes no difference, and what is made of other searches: 1, 2, 10, 11, 12, 18, 20, 21, 22.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::oracle;
use crate::world::{days, employee, meeting};

proptest! {
    #![proptest_config(cases(160))]

    #[test]
    fn invariant_1_engine_and_oracle_find_the_same(case in worlds()) {
        let expected = oracle::rows(&case.organisation, &case.request, case.now).unwrap();
        let row = |slot: &Slot| oracle::Row {
            start: slot.start,
            meeting_type: slot.meeting_type,
            employee: slot.employee,
            level: slot.level,
            source: slot.source,
            room: slot.room,
        };
        let found: Vec<_> = case.slots().iter().map(row).collect();
        prop_assert_eq!(found, expected);
    }
}

/// The same world, told the other way round, external events in halves.
fn turned(case: &Case) -> Case {
    case.clone().with(|case| {
        let organisation = &mut case.organisation;
        organisation.employees.reverse();
        organisation.competence_groups.reverse();
        organisation.service_groups.reverse();
        organisation.rooms.reverse();
        organisation.locations.reverse();
        organisation.configurations.reverse();
        organisation.topics.reverse();
        organisation.settings.closing_days.reverse();
        let rooms = organisation.rooms.iter_mut().map(|room| &mut room.calendar);
        for calendar in organisation.employees.iter_mut().map(|employee| &mut employee.calendar).chain(rooms) {
            calendar.slots.reverse();
            calendar.sign_ins.reverse();
            halve(calendar);
        }
    })
}

fn halve(calendar: &mut Calendar) {
    for position in 0..calendar.slots.len() {
        let slot = calendar.slots[position].clone();
        if slot.status == Status::Busy {
            let middle = (slot.span.start.as_micros() + slot.span.end.as_micros()) / 2;
            calendar.slots[position].span.end = Instant::from_micros(middle);
            let span = Span::new(Instant::from_micros(middle), slot.span.end);
            calendar.slots.push(CalendarSlot { span, ..slot });
        }
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn invariant_2_order_makes_no_difference(case in worlds(), best in any::<bool>()) {
        let case = case.with(|case| case.request.best = Some(best));
        prop_assert_eq!(turned(&case).found(), case.found());
    }

    #[test]
    fn invariant_2_the_order_of_names_decides_who_owns_the_meeting(case in worlds()) {
        let other = case.clone().with(|case| case.request.explicit_employees.reverse());
        let (found, turned) = (case.found().unwrap(), other.found().unwrap());
        if found.together.is_empty() {
            prop_assert_eq!(found, turned);
        } else {
            let without_owner = |mut found: Found| {
                found.slots.iter_mut().for_each(|slot| slot.employee = employee(0));
                found.slots
            };
            prop_assert_eq!(without_owner(found), without_owner(turned));
        }
    }

    #[test]
    fn invariant_10_several_meet_when_each_of_them_may_be_met(case in worlds()) {
        let case = case.with(|case| {
            case.request.require_employee_participation = true;
            case.request.customer_location = Some("L".to_owned());
        });
        let single = |id: EmployeeId| {
            case.clone().with(|case| {
                case.request.require_employee_participation = false;
                case.request.pools = vec![Pool::Explicit];
                case.request.explicit_employees = vec![id];
            })
        };
        let mut each = case.request.explicit_employees.iter().map(|id| times(&single(*id)));
        let first = each.next().unwrap();
        prop_assert_eq!(times(&case), each.fold(first, |common, next| &common & &next));
        let one = case.clone().with(|case| case.request.explicit_employees.truncate(1));
        let alone = single(case.request.explicit_employees[0]);
        prop_assert_eq!(one.slots(), alone.slots());
    }

    #[test]
    fn invariant_11_adjacent_ranges_are_the_whole(case in worlds(), minutes in 0_i64..2_000) {
        let start = case.now;
        let whole = case.with(|case| {
            case.request.start = Some(Start::At(start));
            case.request.look_forward = Duration::from_secs(2_000 * 60);
        });
        let middle = plus(start, minutes * 60_000_000);
        let part = |start: Instant, minutes: i64| {
            whole.clone().with(|case| {
                case.request.start = Some(Start::At(start));
                case.request.look_forward = Duration::from_secs(minutes.unsigned_abs() * 60);
            })
        };
        let mut parts = part(start, minutes).slots();
        parts.extend(part(middle, 2_000 - minutes).slots());
        prop_assert_eq!(parts, whole.slots());
    }

    #[test]
    fn invariant_12_pools_together_are_the_union_of_each(case in worlds()) {
        let of = |pools: &[Pool]| {
            offers(&case.clone().with(|case| {
                case.request.require_employee_participation = false;
                case.request.pools = pools.to_vec();
            }))
        };
        prop_assert_eq!(of(&[Pool::Local, Pool::ServiceGroup]), &of(&[Pool::Local]) | &of(&[Pool::ServiceGroup]));
    }

    #[test]
    fn invariant_18_an_expired_hold_is_none(case in worlds()) {
        let now = case.now;
        let is_dead = |slot: &CalendarSlot| matches!(slot.status, Status::Reserved { expires, .. } if expires <= now);
        let dead = case.clone().with(|case| {
            for calendar in calendars(case) {
                for slot in &mut calendar.slots {
                    if let Status::Reserved { expires, .. } = &mut slot.status {
                        *expires = (*expires).min(now);
                    }
                }
            }
        });
        let absent = dead.clone().with(|case| {
            calendars(case).for_each(|calendar| calendar.slots.retain(|slot| !is_dead(slot)));
        });
        prop_assert_eq!(dead.found(), absent.found());
    }

    #[test]
    fn invariant_20_an_overlooked_meeting_is_as_if_it_were_not(case in worlds()) {
        let overlooking = case.clone().with(|case| case.request.ignore_meetings = vec![meeting(1)]);
        let without = overlooking.clone().with(|case| {
            calendars(case).for_each(|calendar| calendar.slots.retain(|slot| slot.meeting != Some(meeting(1))));
        });
        prop_assert_eq!(overlooking.found(), without.found());
    }

    #[test]
    fn invariant_21_a_week_later_is_the_same(case in worlds()) {
        const WEEK: i64 = 7 * 86_400 * 1_000_000;
        // Nepal's clock has no changes.
        let case = case.with(|case| case.organisation.settings.zone = "Asia/Kathmandu".to_owned());
        let later = case.clone().with(|case| {
            case.now = plus(case.now, WEEK);
            if let Some(Start::At(at)) = &mut case.request.start {
                *at = plus(*at, WEEK);
            }
            for day in &mut case.organisation.settings.closing_days {
                *day = day.checked_add(jiff::ToSpan::days(7)).unwrap();
            }
            calendars(case).for_each(|calendar| shift(calendar, WEEK));
        });
        let mut shifted = case.slots();
        for slot in &mut shifted {
            (slot.start, slot.end) = (plus(slot.start, WEEK), plus(slot.end, WEEK));
        }
        prop_assert_eq!(later.slots(), shifted);
    }

    #[test]
    fn invariant_21_starts_increase_and_are_unique_by_clock_and_offset(case in worlds()) {
        let zone = jiff::tz::TimeZone::get(&case.organisation.settings.zone).unwrap();
        let starts = oracle::Oracle::new(&case.organisation, &case.request, case.now).unwrap().starts();
        prop_assert!(starts.is_sorted_by(|one, next| one < next));
        let shown = |at: &Instant| {
            let at = at.timestamp();
            (zone.to_datetime(at), zone.to_offset(at))
        };
        let unique: std::collections::HashSet<_> = starts.iter().map(shown).collect();
        prop_assert_eq!(unique.len(), starts.len());
    }

    #[test]
    fn invariant_22_another_spelling_is_another_place(case in worlds()) {
        let at = |key: Option<&str>| {
            case.clone().with(|case| {
                case.organisation.settings.horizon = days(60);
                case.request.customer_location = Some("L".to_owned());
                case.request.meeting_location = None;
                for employee in &mut case.organisation.employees {
                    employee.location = key.map(str::to_owned);
                    employee.schedule.workdays.iter_mut().for_each(|day| day.location = None);
                }
            })
        };
        let without = at(None).found();
        for key in ["l", "L ", " L", "\u{2112}"] {
            prop_assert_eq!(at(Some(key)).found(), without.clone());
        }
    }
}

fn calendars(case: &mut Case) -> impl Iterator<Item = &mut Calendar> {
    let organisation = &mut case.organisation;
    let rooms = organisation.rooms.iter_mut().map(|room| &mut room.calendar);
    organisation.employees.iter_mut().map(|employee| &mut employee.calendar).chain(rooms)
}

fn shift(calendar: &mut Calendar, by: i64) {
    for slot in &mut calendar.slots {
        slot.span = Span::new(plus(slot.span.start, by), plus(slot.span.end, by));
        if let Status::Reserved { expires, .. } = &mut slot.status {
            *expires = plus(*expires, by);
        }
    }
    for sign_in in &mut calendar.sign_ins {
        sign_in.start = plus(sign_in.start, by);
        sign_in.end = sign_in.end.map(|end| plus(end, by));
    }
}
