//! From starts of employees to slots: all of them, or the best employee of each start and type.

use super::{Job, Open, Rooms, Slot, Supply, Work};
use crate::compile::{Agenda, Person};
use crate::time::{Bits, Sieve};
use crate::{EmployeeId, MeetingType};

/// Slots as they are found.
#[derive(Debug)]
pub(crate) struct Shelf<'j, 'a> {
    job: &'j Job<'a>,
    /// By employee, the best level of each first.
    supplies: &'j [Supply<'a>],
    /// The types that are asked for, in their order.
    types: Vec<MeetingType>,
    offers: Offers,
    space: Space,
    work: Work,
}

/// What is on the shelf. A place is a position of the grid and a type, by position.
#[derive(Debug)]
enum Offers {
    /// With best: who is best so far at each place, and the word of the place that lots are drawn by.
    Best { picks: Vec<Pick>, lots: Vec<u64> },
    /// Without: places and supplies, by employee.
    All(Vec<(usize, u32)>),
}

/// Who is best for one start and type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pick {
    level: u32,
    /// Where the supply stands.
    supply: u32,
    lot: u64,
}

impl Pick {
    const NOBODY: Self = Self { level: u32::MAX, supply: u32::MAX, lot: u64::MAX };
}

/// What is filled anew for each employee.
#[derive(Debug)]
struct Space {
    sieve: Sieve,
    open: Open,
    free: Bits,
    physical: Bits,
    starts: Bits,
    taken: Bits,
}

impl Offers {
    fn new(job: &Job<'_>, types: &[MeetingType], seed: u64) -> Self {
        if job.is_together || !job.request.best.unwrap_or(job.mode == crate::Mode::Customer) {
            return Self::All(Vec::new());
        }
        let mut lots = Vec::with_capacity(job.grid.len() * types.len());
        for position in 0..job.grid.len() {
            let start = job.grid.at(position).map_or(0, |start| start.as_micros().cast_unsigned());
            let start = mix(seed ^ start);
            lots.extend(types.iter().map(|kind| mix(start ^ *kind as u64)));
        }
        Self::Best { picks: vec![Pick::NOBODY; lots.len()], lots }
    }

    /// Puts starts of one type on the shelf: the one at position `p` has its place at `p * step + offset`. How many.
    fn put(&mut self, starts: &Bits, (step, offset): (usize, usize), (level, key, supply): Who) -> usize {
        match self {
            Self::All(all) => starts.each_of(|position| all.push((position * step + offset, supply))),
            Self::Best { picks, lots } => starts.each_of(|position| {
                let place = position * step + offset;
                if let (Some(best), Some(lot)) = (picks.get_mut(place), lots.get(place)) {
                    let lot = mix(lot ^ key);
                    // Of equals the first stays: supplies come by employee.
                    if (level, lot) < (best.level, best.lot) {
                        *best = Pick { level, supply, lot };
                    }
                }
            }),
        }
    }

    /// Places and supplies by place, those of one by employee.
    fn in_order(self, places: usize) -> Vec<(usize, u32)> {
        match self {
            Self::Best { picks, .. } => {
                let found = picks.iter().enumerate().filter(|(_, pick)| **pick != Pick::NOBODY);
                found.map(|(place, pick)| (place, pick.supply)).collect()
            }
            Self::All(all) => by_place(&all, places),
        }
    }
}

/// The level of a supply, the word of its employee, and where it stands.
type Who = (u32, u64, u32);

impl<'j, 'a> Shelf<'j, 'a> {
    pub(crate) fn new(job: &'j Job<'a>, supplies: &'j [Supply<'a>], seed: u64) -> Self {
        let none = || Bits::none(job.grid.len());
        let space = Space {
            sieve: job.sieve(job.length + job.after, job.before),
            open: Open::new(job),
            free: none(),
            physical: none(),
            starts: none(),
            taken: none(),
        };
        let types: Vec<MeetingType> = job.types.iter().collect();
        Self { job, supplies, offers: Offers::new(job, &types, seed), types, space, work: Work::default() }
    }

    /// Puts all starts of all supplies on the shelf.
    pub(crate) fn fill(&mut self, rooms: &Rooms<'_, 'a>) {
        let mut at = 0;
        for supplies in self.supplies.chunk_by(|one, next| one.position == next.position) {
            let first = at;
            at += supplies.len();
            let Some((person, agenda)) = calendar(self.job, supplies) else { continue };
            if self.space.fill_left(self.job, rooms, person, agenda, &mut self.work) {
                self.put(first, supplies, agenda);
            }
        }
    }

    /// Puts those starts of the supplies of an employee on the shelf that none better has put there.
    fn put(&mut self, first: usize, supplies: &[Supply<'a>], agenda: &Agenda) {
        let Self { job, types, offers, space: Space { open, free, physical, starts, taken, .. }, work, .. } = self;
        let key = supplies.first().map_or(0, |supply| key(supply.person.id));
        for (offset, meeting_type) in types.iter().enumerate() {
            let left = if *meeting_type == MeetingType::Physical { &*physical } else { &*free };
            taken.clear();
            for (number, supply) in supplies.iter().enumerate() {
                starts.copy_common(open.starts(job, supply, agenda, *meeting_type), left);
                if supplies.len() > 1 {
                    starts.take(taken);
                    taken.add(starts);
                }
                let who = (number_of(supply.level), key, number_of(first + number));
                work.starts += offers.put(starts, (types.len(), offset), who);
            }
        }
    }

    /// Puts those starts on the shelf that all supplies have; nothing if a named employee has no supply.
    pub(crate) fn fill_together(&mut self, rooms: &Rooms<'_, 'a>) {
        let (job, supplies) = (self.job, self.supplies);
        let is_owner = |supply: &Supply<'_>| job.named.first().is_some_and(|owner| supply.person.id == *owner);
        let Some(owner) = supplies.iter().position(is_owner).filter(|_| supplies.len() == job.named.len()) else {
            return;
        };
        let mut common = vec![Bits::all(job.grid.len()); self.types.len()];
        for supply in supplies {
            let Some((person, agenda)) = calendar(job, std::slice::from_ref(supply)) else { return };
            if !self.space.fill_left(job, rooms, person, agenda, &mut self.work) {
                return;
            }
            let Space { open, free, physical, .. } = &mut self.space;
            for (meeting_type, common) in self.types.iter().zip(&mut common) {
                common.keep(open.starts(job, supply, agenda, *meeting_type));
                common.keep(if *meeting_type == MeetingType::Physical { physical } else { free });
            }
        }
        for (offset, common) in common.iter().enumerate() {
            self.work.starts += self.offers.put(common, (self.types.len(), offset), (0, 0, number_of(owner)));
        }
    }

    /// What is on the shelf, in order, and what it took.
    pub(crate) fn slots(self, rooms: &Rooms<'_, 'a>) -> (Vec<Slot>, Work) {
        let Self { job, supplies, types, offers, work, .. } = self;
        let slot = |(place, supply): (usize, u32)| {
            let (position, meeting_type) = (place / types.len(), *types.get(place % types.len())?);
            let supply = supplies.get(usize::try_from(supply).ok()?)?;
            let body = job.body(job.grid.at(position)?);
            let physical = meeting_type == MeetingType::Physical;
            Some(Slot {
                start: body.start,
                end: body.end,
                meeting_type,
                employee: supply.person.id,
                source: supply.source,
                level: supply.level,
                room: if physical { rooms.room(supply.person, position) } else { None },
            })
        };
        (offers.in_order(job.grid.len() * types.len()).into_iter().filter_map(slot).collect(), work)
    }
}

impl Space {
    /// Fills in which starts the calendar, notice and the most time of a day leave an employee; whether there is any.
    fn fill_left<'a>(
        &mut self,
        job: &Job<'a>,
        rooms: &Rooms<'_, 'a>,
        person: &Person,
        agenda: &Agenda,
        work: &mut Work,
    ) -> bool {
        self.free.clear();
        self.free.set(self.open.earliest(job, person), job.grid.len());
        work.entries += job.take_out_full_days(person, agenda, &mut self.free);
        if self.free.is_empty() {
            return false;
        }
        work.entries += job.take_out_busy(agenda, &mut self.sieve, &mut self.free);
        if job.types.contains(MeetingType::Physical) {
            self.physical.copy(&self.free);
            work.entries += job.take_out_elsewhere(agenda, &mut self.physical);
            rooms.take_out_roomless(person, &mut self.physical);
        }
        !self.free.is_empty()
    }
}

fn calendar<'a>(job: &Job<'a>, supplies: &[Supply<'a>]) -> Option<(&'a Person, &'a Agenda)> {
    let first = supplies.first()?;
    Some((first.person, &**job.index.agendas.get(first.position)?))
}

/// Sorts by place alone, in one pass over what is there and one over the places.
fn by_place(all: &[(usize, u32)], places: usize) -> Vec<(usize, u32)> {
    let mut next = vec![0_usize; places + 1];
    for (place, _) in all {
        if let Some(count) = next.get_mut(place + 1) {
            *count += 1;
        }
    }
    let mut before = 0;
    for count in &mut next {
        before += *count;
        *count = before;
    }
    let mut sorted = vec![(0, 0); all.len()];
    for one in all {
        if let Some(next) = next.get_mut(one.0) {
            if let Some(place) = sorted.get_mut(*next) {
                *place = *one;
            }
            *next += 1;
        }
    }
    sorted
}

/// Positions and levels are far below.
fn number_of(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
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
