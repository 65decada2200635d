//! Calendars that change without compiling anew.

use engage_availability::*;
use proptest::prelude::*;

use crate::random::{tapes, world};
use crate::world::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn replaced_days_are_as_if_compiled(before in tapes(), after in tapes()) {
        // Around the same day in the same zone.
        let mut after = after;
        after.iter_mut().zip(&before).take(2).for_each(|(one, other)| *one = *other);
        let (mut case, other) = (world(before), world(after));
        let mut index = case.index();
        let zone = jiff::tz::TimeZone::get(&case.organisation.settings.zone).unwrap();
        let day = zone.to_datetime(case.now.timestamp()).date();
        let on_day = |at: Instant| zone.to_datetime(at.timestamp()).date() == day;
        for (employee, new) in case.organisation.employees.iter_mut().zip(&other.organisation.employees) {
            let mut calendar = new.calendar.clone();
            calendar.slots.retain(|slot| on_day(slot.span.start));
            calendar.sign_ins.retain(|sign_in| on_day(sign_in.start));
            index.replace_day(employee.id, day, &calendar).unwrap();
            employee.calendar.slots.retain(|slot| !on_day(slot.span.start));
            employee.calendar.sign_ins.retain(|sign_in| !on_day(sign_in.start));
            employee.calendar.slots.extend(calendar.slots);
            employee.calendar.sign_ins.extend(calendar.sign_ins);
        }
        for (room, new) in case.organisation.rooms.iter_mut().zip(&other.organisation.rooms) {
            index.replace_room_calendar(room.id, &new.calendar).unwrap();
            room.calendar = new.calendar.clone();
        }
        prop_assert_eq!(index.search(&case.request, case.now, 3), case.found_with(3));
    }
}

impl Case {
    fn found_with(&self, seed: u64) -> Result<Found, SearchError> {
        self.index().search(&self.request, self.now, seed)
    }
}

fn busy(start: &str, end: &str) -> Calendar {
    Calendar { slots: vec![slot(cph(start), cph(end), Status::Busy)], sign_ins: vec![] }
}

#[test]
fn a_copy_keeps_what_it_had() {
    let case = Case::base();
    let mut index = case.index();
    let before = index.clone();
    index.replace_day(employee(1), date("2026-06-01"), &busy("2026-06-01 08:00", "2026-06-01 16:00")).unwrap();
    assert_eq!(index.search(&case.request, case.now, 0).unwrap().slots, []);
    assert_eq!(before.search(&case.request, case.now, 0).unwrap().slots, case.slots());
    index.replace_calendar(employee(1), &Calendar::default()).unwrap();
    assert_eq!(index.search(&case.request, case.now, 0).unwrap().slots, case.slots());
}

#[test]
fn what_starts_on_another_day_is_refused_and_nothing_changes() {
    let case = Case::base();
    let mut index = case.index();
    let other = busy("2026-06-02 08:00", "2026-06-02 16:00");
    let day = date("2026-06-01");
    assert_eq!(index.replace_day(employee(1), day, &other), Err(UpdateError::OtherDay(day)));
    assert_eq!(index.search(&case.request, case.now, 0).unwrap().slots, case.slots());
    let nobody = index.replace_calendar(employee(9), &other);
    assert_eq!(nobody, Err(UpdateError::UnknownEmployee(employee(9))));
    assert_eq!(index.replace_room_calendar(room(9), &other), Err(UpdateError::UnknownRoom(room(9))));
}

#[test]
fn calendars_go_on_in_what_is_compiled_anew() {
    let case = Case::base().put("2026-06-01 09:00", "2026-06-01 12:00", Status::Busy).with(|case| {
        let meeting = slot(cph("2026-06-01 13:00"), cph("2026-06-01 14:00"), Status::Booked);
        let calendar = Calendar { slots: vec![meeting], sign_ins: vec![] };
        let (name, location) = ("Fjord".to_owned(), L.to_owned());
        case.organisation.rooms =
            vec![Room { id: room(1), name, location, can_be_booked: true, active: true, calendar }];
        case.request.require_room = Some(true);
    });
    let before = case.index();
    let mut changed = case.clone().row(|row| row.duration = Some(minutes(30)));
    // Positions are others now.
    changed.organisation.employees.insert(0, advisor(0));
    let expected = changed.slots();
    assert!(!expected.is_empty());
    let compiled_empty = |case: &Case| {
        let mut organisation = case.organisation.clone();
        organisation.employees.iter_mut().for_each(|employee| employee.calendar = Calendar::default());
        organisation.rooms.iter_mut().for_each(|room| room.calendar = Calendar::default());
        Index::compile(&organisation).unwrap()
    };
    let mut index = compiled_empty(&changed);
    assert_eq!(index.adopt_calendars(&before), (vec![employee(0)], vec![]));
    assert_eq!(index.search(&changed.request, changed.now, 7).unwrap().slots, expected);
    for apart in [
        changed.clone().with(|case| case.organisation.settings.zone = "America/Nuuk".to_owned()),
        changed.clone().with(|case| case.organisation.settings.interval_minutes = 15),
    ] {
        let mut index = compiled_empty(&apart);
        assert_eq!(index.adopt_calendars(&before), (vec![employee(0), employee(1)], vec![room(1)]));
    }
}
