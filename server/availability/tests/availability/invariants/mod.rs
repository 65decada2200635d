//! What holds in every world. The numbers are those of the rules; 19, 23 and 24 are of bookings, not of searches.

mod best;
mod each_slot;
mod equal;
mod monotone;

use std::collections::BTreeSet;

use engage_availability::*;
use proptest::prelude::*;

use crate::random::{tapes, world};
use crate::world::Case;

/// A start, type and employee.
type Offer = (Instant, MeetingType, EmployeeId);

/// Everything on offer.
fn offers(case: &Case) -> BTreeSet<Offer> {
    case.slots().iter().map(|slot| (slot.start, slot.meeting_type, slot.employee)).collect()
}

/// Starts and types on offer, whoever is met.
fn times(case: &Case) -> BTreeSet<(Instant, MeetingType)> {
    case.slots().iter().map(|slot| (slot.start, slot.meeting_type)).collect()
}

fn worlds() -> impl Strategy<Value = Case> {
    tapes().prop_map(world)
}

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig::with_cases(count)
}

fn plus(at: Instant, micros: i64) -> Instant {
    Instant::from_micros(at.as_micros() + micros)
}

/// Not a property of searches, but without it the others would say little.
#[test]
fn worlds_are_not_empty() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut with_slots, mut physical, mut several, mut grouped) = (0, 0, 0, 0);
    for _ in 0..200 {
        let tape = proptest::strategy::ValueTree::current(&tapes().new_tree(&mut runner).unwrap());
        let found = world(tape).found().unwrap();
        with_slots += u32::from(!found.slots.is_empty());
        physical += u32::from(found.slots.iter().any(|slot| slot.meeting_type == MeetingType::Physical));
        several += u32::from(!found.slots.is_empty() && found.together.len() > 1);
        grouped += u32::from(found.slots.iter().any(|slot| matches!(slot.source, Source::ServiceGroup(_))));
    }
    let enough = with_slots > 50 && physical > 20 && several > 4 && grouped > 8;
    assert!(enough, "{with_slots} with slots, {physical} physical, {several} of several, {grouped} by groups");
}
