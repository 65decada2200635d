//! The starts that regular hours leave: made once for each week of work that employees have, whoever works it.

use std::collections::HashMap;

use super::{Job, Supply, Windows};
use crate::MeetingType;
use crate::compile::{Agenda, Person};
use crate::time::Bits;

/// What the starts of regular hours depend on: the week, the weekdays that count, the type.
type Key = (u32, u8, MeetingType);

/// Starts within windows.
#[derive(Debug)]
pub(crate) struct Open {
    /// Where the starts of a key stand in `shared`.
    known: HashMap<Key, usize>,
    shared: Vec<Bits>,
    /// The keys that were asked for last of each type: mostly the next employee has the same.
    last: [Option<(Key, usize)>; MeetingType::ALL.len()],
    /// For each week the position of the first start after notice in working time.
    earliest: HashMap<u32, usize>,
    /// Of an employee with extra time or sign-ins.
    own: Bits,
    windows: Windows,
    none: Bits,
}

impl Open {
    pub(crate) fn new(job: &Job<'_>) -> Self {
        let none = Bits::none(job.grid.len());
        Self {
            known: HashMap::new(),
            shared: Vec::new(),
            last: [None; MeetingType::ALL.len()],
            earliest: HashMap::new(),
            own: none.clone(),
            windows: Windows::default(),
            none,
        }
    }

    /// The position of the first start after notice in working time: all there are, if there is none.
    pub(crate) fn earliest(&mut self, job: &Job<'_>, person: &Person) -> usize {
        if job.working_notice <= 0 {
            return 0;
        }
        let earliest = || job.after_working(person).map_or(job.grid.len(), |earliest| job.grid.position(earliest));
        *self.earliest.entry(person.week.number).or_insert_with(earliest)
    }

    /// The starts of a supply for a type, whatever the calendar has in the way.
    pub(crate) fn starts(
        &mut self,
        job: &Job<'_>,
        supply: &Supply<'_>,
        agenda: &Agenda,
        meeting_type: MeetingType,
    ) -> &Bits {
        let days = supply.open_days(meeting_type);
        if days == 0 {
            return &self.none;
        }
        if supply.has_own_windows(agenda, meeting_type) {
            self.windows.fill(job, supply, agenda, meeting_type);
            self.windows.starts(job, &mut self.own);
            return &self.own;
        }
        if !supply.is_regular() {
            return &self.none;
        }
        let key = (supply.person.week.number, days, meeting_type);
        let last = self.last.get(meeting_type as usize).copied().flatten().filter(|(last, _)| *last == key);
        let place = last.map(|(_, place)| place).or_else(|| self.known.get(&key).copied()).unwrap_or_else(|| {
            self.windows.fill(job, supply, agenda, meeting_type);
            let mut starts = self.none.clone();
            self.windows.starts(job, &mut starts);
            self.known.insert(key, self.shared.len());
            self.shared.push(starts);
            self.shared.len() - 1
        });
        if let Some(last) = self.last.get_mut(meeting_type as usize) {
            *last = Some((key, place));
        }
        self.shared.get(place).unwrap_or(&self.none)
    }
}
