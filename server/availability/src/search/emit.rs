//! From starts of employees to slots: all of them, or the best employee of each start and type.

use super::{Job, Rooms, Slot, Source, Supply, Windows};
use crate::compile::{Agenda, Person};
use crate::time::Bits;
use crate::{EmployeeId, MeetingType, Mode, Span};

/// Slots as they are found.
#[derive(Debug)]
pub(crate) struct Shelf<'j, 'a> {
    job: &'j Job<'a>,
    /// With best: for each type and position of the grid who is best so far.
    best: Option<Vec<Option<Pick<'a>>>>,
    all: Vec<(usize, MeetingType, Pick<'a>)>,
    /// For each type, a word of each position that lots are drawn by.
    lots: Vec<u64>,
    space: Space,
}

/// An employee for one start and type.
#[derive(Debug, Clone, Copy)]
struct Pick<'a> {
    level: usize,
    lot: u64,
    person: &'a Person,
    source: Source,
}

/// What is filled anew for each employee.
#[derive(Debug)]
struct Space {
    windows: Windows,
    /// The windows that `open` has the starts of.
    seen: Vec<Span>,
    open: Bits,
    free: Bits,
    physical: Bits,
    starts: Bits,
    taken: Bits,
}

impl<'j, 'a> Shelf<'j, 'a> {
    pub(crate) fn new(job: &'j Job<'a>, seed: u64) -> Self {
        let len = job.grid.len();
        let wants_best = job.request.best.unwrap_or(job.mode == Mode::Customer) && !job.is_together;
        let none = || Bits::none(len);
        let space = Space {
            windows: Windows::default(),
            seen: Vec::new(),
            open: none(),
            free: none(),
            physical: none(),
            starts: none(),
            taken: none(),
        };
        let mut lots = Vec::new();
        if wants_best {
            let keys = MeetingType::ALL.iter().flat_map(|kind| (0..len).map(move |position| (*kind, position)));
            let start = |position| job.grid.at(position).map_or(0, |start| start.as_micros().cast_unsigned());
            lots.extend(keys.map(|(kind, position)| mix(mix(seed ^ start(position)) ^ kind as u64)));
        }
        let best = wants_best.then(|| vec![None; MeetingType::ALL.len() * len]);
        Self { job, best, all: Vec::new(), lots, space }
    }

    /// Puts all starts of all supplies on the shelf.
    pub(crate) fn fill(&mut self, rooms: &Rooms<'_, 'a>, supplies: &[Supply<'a>]) {
        for supplies in supplies.chunk_by(|one, next| one.position == next.position) {
            let Some((first, agenda)) = self.calendar(supplies) else { continue };
            if !self.job.left_by_calendar(rooms, first.person, agenda, &mut self.space) {
                continue;
            }
            let key = key(first.person.id);
            for meeting_type in self.job.types.iter() {
                self.space.taken.clear();
                for supply in supplies {
                    self.put(supply, agenda, meeting_type, key);
                }
            }
        }
    }

    fn calendar(&self, supplies: &[Supply<'a>]) -> Option<(Supply<'a>, &'a Agenda)> {
        let first = supplies.first()?;
        let agenda = self.job.index.agendas.get(first.position)?;
        Some((*first, &**agenda))
    }

    /// Puts those starts of a supply on the shelf that none better has put there.
    fn put(&mut self, supply: &Supply<'a>, agenda: &Agenda, meeting_type: MeetingType, key: u64) {
        self.job.starts(supply, agenda, meeting_type, &mut self.space);
        let Space { starts, taken, .. } = &mut self.space;
        starts.take(taken);
        taken.add(starts);
        let base = meeting_type as usize * self.job.grid.len();
        for position in starts.iter() {
            let lot = self.lots.get(base + position).map_or(0, |lot| mix(lot ^ key));
            let pick = Pick { level: supply.level, lot, person: supply.person, source: supply.source };
            match &mut self.best {
                None => self.all.push((position, meeting_type, pick)),
                Some(best) => {
                    if let Some(best) = best.get_mut(base + position)
                        && best.is_none_or(|best| pick.is_better(&best))
                    {
                        *best = Some(pick);
                    }
                }
            }
        }
    }

    /// Puts those starts on the shelf that all supplies have; nothing if a named employee has no supply.
    pub(crate) fn fill_together(&mut self, rooms: &Rooms<'_, 'a>, supplies: &[Supply<'a>]) {
        let owner = self.job.named.first().and_then(|owner| supplies.iter().find(|supply| supply.person.id == *owner));
        let Some(owner) = owner.filter(|_| supplies.len() == self.job.named.len()) else { return };
        let mut common = vec![Bits::all(self.job.grid.len()); MeetingType::ALL.len()];
        for supply in supplies {
            let Some((_, agenda)) = self.calendar(std::slice::from_ref(supply)) else { return };
            if !self.job.left_by_calendar(rooms, supply.person, agenda, &mut self.space) {
                return;
            }
            for (meeting_type, common) in MeetingType::ALL.into_iter().zip(&mut common) {
                self.job.starts(supply, agenda, meeting_type, &mut self.space);
                common.keep(&self.space.starts);
            }
        }
        let pick = Pick { level: owner.level, lot: 0, person: owner.person, source: owner.source };
        for meeting_type in self.job.types.iter() {
            let starts = common.get(meeting_type as usize).map(Bits::iter).into_iter().flatten();
            self.all.extend(starts.map(|position| (position, meeting_type, pick)));
        }
    }

    /// What is on the shelf, in order.
    pub(crate) fn slots(self, rooms: &Rooms<'_, 'a>) -> Vec<Slot> {
        let mut picks = self.all;
        let len = self.job.grid.len();
        for (meeting_type, best) in
            MeetingType::ALL.into_iter().zip(self.best.iter().flat_map(|all| all.chunks(len.max(1))))
        {
            let found = best.iter().enumerate().filter_map(|(position, pick)| pick.map(|pick| (position, pick)));
            picks.extend(found.map(|(position, pick)| (position, meeting_type, pick)));
        }
        picks.sort_unstable_by_key(|(position, meeting_type, pick)| (*position, *meeting_type, pick.person.id));
        picks
            .iter()
            .filter_map(|(position, meeting_type, pick)| self.job.slot(rooms, *position, *meeting_type, pick))
            .collect()
    }
}

impl<'a> Job<'a> {
    /// Fills in which starts the calendar, notice and the most time of a day leave an employee; whether there is any.
    fn left_by_calendar(&self, rooms: &Rooms<'_, 'a>, person: &Person, agenda: &Agenda, space: &mut Space) -> bool {
        let len = self.grid.len();
        space.free.clear();
        let earliest = self.after_working(person).map_or(len, |earliest| self.grid.position(earliest));
        space.free.set(earliest, len);
        self.take_out_full_days(person, agenda, &mut space.free);
        if space.free.is_empty() {
            return false;
        }
        self.take_out_busy(agenda, &mut space.free);
        if self.types.contains(MeetingType::Physical) {
            space.physical.copy(&space.free);
            self.take_out_elsewhere(agenda, &mut space.physical);
            rooms.take_out_roomless(person, &mut space.physical);
        }
        !space.free.is_empty()
    }

    /// Fills in the starts of a supply for a type.
    fn starts(&self, supply: &Supply<'_>, agenda: &Agenda, meeting_type: MeetingType, space: &mut Space) {
        space.windows.fill(self, supply, agenda, meeting_type);
        // Mostly types, and employees, have the same windows as those before.
        if space.windows.list != space.seen {
            space.windows.starts(self, &mut space.open);
            space.seen.clone_from(&space.windows.list);
        }
        space.starts.copy(&space.open);
        space.starts.keep(if meeting_type == MeetingType::Physical { &space.physical } else { &space.free });
    }

    fn slot(&self, rooms: &Rooms<'_, 'a>, position: usize, meeting_type: MeetingType, pick: &Pick<'_>) -> Option<Slot> {
        let body = self.body(self.grid.at(position)?);
        let physical = meeting_type == MeetingType::Physical;
        Some(Slot {
            start: body.start,
            end: body.end,
            meeting_type,
            employee: pick.person.id,
            source: pick.source,
            level: pick.level,
            room: if physical { rooms.room(pick.person, position) } else { None },
        })
    }
}

impl Pick<'_> {
    fn is_better(&self, other: &Self) -> bool {
        (self.level, self.lot, self.person.id) < (other.level, other.lot, other.person.id)
    }
}

/// A word for an employee.
fn key(employee: EmployeeId) -> u64 {
    let (high, low) = employee.0.as_u64_pair();
    mix(mix(high) ^ low)
}

/// The last step of SplitMix64: every bit of a word decides over every bit of the result.
fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
