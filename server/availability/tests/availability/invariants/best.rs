//! The best employee of each start and type: 8.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::oracle;
use crate::world::{L, advisor, employee};

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn invariant_8_best_is_one_of_the_lowest_level_for_each_time(case in worlds(), seed in any::<u64>()) {
        let case = case.with(|case| case.request.require_employee_participation = false);
        let rows = oracle::rows(&case.organisation, &case.request, case.now).unwrap();
        let expected = oracle::best(&rows);
        let best = case.clone().with(|case| case.request.best = Some(true));
        let found = best.index().search(&best.request, best.now, seed).unwrap();
        let times: Vec<_> = found.slots.iter().map(|slot| (slot.start, slot.meeting_type)).collect();
        prop_assert_eq!(times, expected.keys().copied().collect::<Vec<_>>(), "each time once, in order");
        for slot in &found.slots {
            let row = oracle::Row {
                start: slot.start,
                meeting_type: slot.meeting_type,
                employee: slot.employee,
                level: slot.level,
                source: slot.source,
                room: slot.room,
            };
            prop_assert!(expected[&(slot.start, slot.meeting_type)].contains(&row));
        }
        prop_assert_eq!(&best.index().search(&best.request, best.now, seed).unwrap(), &found, "the same seed");
    }

    #[test]
    fn invariant_8_priority_decides_who_not_when(case in worlds()) {
        let ask = |priority: Vec<PriorityLevel>| {
            times(&case.clone().with(|case| {
                case.organisation.settings.priority = priority;
                case.request.best = Some(true);
            }))
        };
        let other = vec![PriorityLevel::ServiceGroup(None), PriorityLevel::Local];
        prop_assert_eq!(ask(case.organisation.settings.priority.clone()), ask(other));
    }
}

/// Three who are equally good: over many seeds each is chosen as often, and starts are decided apart.
#[test]
fn invariant_8_ties_are_uniform_over_seeds() {
    const SEEDS: u64 = 3_000;
    let case = Case::base().with(|case| {
        case.organisation.employees = (1..=3).map(advisor).collect();
        case.request.pools = vec![Pool::Local];
        case.request.customer_location = Some(L.to_owned());
        case.request.best = Some(true);
    });
    let index = case.index();
    let (mut chosen, mut same) = (BTreeMap::<EmployeeId, u64>::new(), 0);
    for seed in 0..SEEDS {
        let slots = index.search(&case.request, case.now, seed).unwrap().slots;
        *chosen.entry(slots[0].employee).or_default() += 1;
        same += u64::from(slots[0].employee == slots[4].employee);
    }
    // Five standard deviations of a fair draw are 129 of 3,000.
    let fair = |count: u64| count.abs_diff(SEEDS / 3) < 130;
    assert!((1..=3).all(|n| fair(chosen[&employee(n)])), "{chosen:?}");
    assert!(fair(same), "{same}");
}
