//! Rooms of physical meetings: whether one is needed, and which is free.

use std::collections::HashMap;

use super::{Job, Supply};
use crate::compile::{Person, Place, RoomInfo};
use crate::time::{Bits, Sieve};
use crate::{Instant, MeetingType, RoomId};

/// What a place wants of a meeting there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    /// Without a room no meeting.
    Required,
    /// A room if one is free.
    Optional,
    /// No room.
    None,
}

/// The rooms of the places that come into question.
#[derive(Debug)]
pub(crate) struct Rooms<'j, 'a> {
    job: &'j Job<'a>,
    plans: HashMap<Place, Plan>,
    /// How many entries of calendars were looked at.
    pub(crate) entries: usize,
}

#[derive(Debug)]
struct Plan {
    policy: Policy,
    /// With the starts at which it is free; the one that is taken first, first.
    rooms: Vec<(RoomId, Bits)>,
    /// The starts at which one is free.
    free: Bits,
}

impl<'j, 'a> Rooms<'j, 'a> {
    pub(crate) fn new(job: &'j Job<'a>, supplies: &[Supply<'_>]) -> Self {
        let mut rooms = Self { job, plans: HashMap::new(), entries: 0 };
        if job.types.contains(MeetingType::Physical) {
            let theirs =
                supplies.iter().flat_map(|supply| supply.person.week.plans.iter().filter_map(|plan| plan.place));
            let places: Vec<Place> = job.place.map_or_else(|| theirs.collect(), |place| vec![place]);
            let mut sieve = job.sieve(job.length, 0);
            for place in places {
                let Self { plans, entries, .. } = &mut rooms;
                plans.entry(place).or_insert_with(|| Plan::new(job, place, &mut sieve, entries));
            }
        }
        rooms
    }

    /// Takes out starts at which no room is free where one is needed.
    pub(crate) fn take_out_roomless(&self, person: &Person, bits: &mut Bits) {
        if let Some(place) = self.job.place {
            if let Some(plan) = self.plans.get(&place).filter(|plan| plan.policy == Policy::Required) {
                bits.keep(&plan.free);
            }
            return;
        }
        for (day, (from, until)) in self.job.days.list.iter().zip(&self.job.positions) {
            let place = person.plan(day.weekday).place;
            let plan = place.and_then(|place| self.plans.get(&place));
            if let Some(plan) = plan.filter(|plan| plan.policy == Policy::Required) {
                let mut roomless = Bits::none(self.job.grid.len());
                roomless.set(*from, *until);
                roomless.take(&plan.free);
                bits.take(&roomless);
            }
        }
    }

    /// The room of a meeting of an employee at a position of the grid.
    pub(crate) fn room(&self, person: &Person, position: usize) -> Option<RoomId> {
        let plan = self.plans.get(&self.place(person, self.job.grid.at(position)?)?)?;
        let mut rooms = plan.rooms.iter().filter(|_| plan.policy != Policy::None);
        rooms.find(|(_, free)| free.has(position)).map(|(room, _)| *room)
    }

    /// Whether a room is needed, and none is free.
    pub(crate) fn is_roomless(&self, person: &Person, start: Instant) -> bool {
        let place = self.place(person, start);
        let plan = place.and_then(|place| self.plans.get(&place)).filter(|plan| plan.policy == Policy::Required);
        plan.is_some_and(|plan| !plan.free.has(self.job.grid.position(start)))
    }

    /// Where a physical meeting is: at the location asked for, or where the employee is that day.
    fn place(&self, person: &Person, start: Instant) -> Option<Place> {
        let theirs = || person.plan(self.job.days.list.get(self.job.days.position(start)?)?.weekday).place;
        self.job.place.or_else(theirs)
    }
}

impl Plan {
    fn new(job: &Job<'_>, place: Place, sieve: &mut Sieve, entries: &mut usize) -> Self {
        let policy = policy(job, place);
        let mut plan = Self { policy, rooms: Vec::new(), free: Bits::none(job.grid.len()) };
        if policy == Policy::None {
            return plan;
        }
        let places = &job.setup().places;
        for position in places.rooms_at(place) {
            let room = places.rooms.get(*position).filter(|room| is_eligible(job, room));
            if let (Some(room), Some(agenda)) = (room, job.index.rooms.get(*position)) {
                let mut free = Bits::all(job.grid.len());
                *entries += job.take_out_taken(agenda, sieve, &mut free);
                plan.free.add(&free);
                plan.rooms.push((room.id, free));
            }
        }
        plan
    }
}

fn is_eligible(job: &Job<'_>, room: &RoomInfo) -> bool {
    let specific = &job.request.specific_rooms;
    room.is_bookable && (specific.is_empty() || specific.contains(&room.id))
}

fn policy(job: &Job<'_>, place: Place) -> Policy {
    let settings = job.setup().places.settings(place);
    let adds = settings.is_some_and(|location| location.add_rooms_to_booked_meetings);
    let requires = settings.is_some_and(|location| location.require_available_room);
    let needed = job.request.require_room == Some(true) || !job.request.specific_rooms.is_empty();
    if needed || job.request.require_room.is_none() && requires {
        Policy::Required
    } else if adds {
        Policy::Optional
    } else {
        Policy::None
    }
}
