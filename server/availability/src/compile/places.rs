//! Locations as numbers, with their rooms and who is there.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Agenda, Layout};
use crate::{Location, Organisation, Room, RoomId};

/// The number of a location's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Place(u32);

impl Place {
    /// A location that nobody and nothing is at.
    pub(crate) const NOWHERE: Self = Self(u32::MAX);
}

/// A room without its calendar.
#[derive(Debug)]
pub(crate) struct RoomInfo {
    pub(crate) id: RoomId,
    name: String,
    pub(crate) place: Place,
    pub(crate) is_bookable: bool,
}

/// All locations that anything names.
#[derive(Debug, Default)]
pub(crate) struct Places {
    numbers: HashMap<String, Place>,
    settings: HashMap<Place, Location>,
    /// By name, then id.
    pub(crate) rooms: Vec<RoomInfo>,
    /// Positions of rooms in that order.
    rooms_at: HashMap<Place, Vec<usize>>,
    /// Positions of employees, ascending.
    people_at: HashMap<Place, Vec<usize>>,
}

impl Places {
    pub(super) fn new(organisation: &Organisation) -> Self {
        let mut places = Self::default();
        for location in &organisation.locations {
            let place = places.number(&location.key);
            places.settings.insert(place, location.clone());
        }
        for room in &organisation.rooms {
            let place = places.number(&room.location);
            let is_bookable = room.active && room.can_be_booked;
            places.rooms.push(RoomInfo { id: room.id, name: room.name.clone(), place, is_bookable });
        }
        places.rooms.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        for (position, room) in places.rooms.iter().enumerate() {
            places.rooms_at.entry(room.place).or_default().push(position);
        }
        places
    }

    /// The calendars of rooms in their order.
    pub(super) fn agendas(&self, rooms: &[Room], layout: &mut Layout<'_>) -> Vec<Arc<Agenda>> {
        let by_id: HashMap<_, _> = rooms.iter().map(|room| (room.id, &room.calendar)).collect();
        let calendars = self.rooms.iter().filter_map(|room| by_id.get(&room.id));
        calendars.map(|calendar| Arc::new(Agenda::new(calendar, layout))).collect()
    }

    /// The number of a key, a new one if need be.
    pub(super) fn number(&mut self, key: &str) -> Place {
        if let Some(known) = self.numbers.get(key) {
            return *known;
        }
        let place = Place(u32::try_from(self.numbers.len()).unwrap_or(u32::MAX));
        self.numbers.insert(key.to_owned(), place);
        place
    }

    /// Notes that an employee may be at a place; employees come in their order.
    pub(super) fn note(&mut self, place: Place, person: usize) {
        let people = self.people_at.entry(place).or_default();
        if people.last() != Some(&person) {
            people.push(person);
        }
    }

    /// The number of a key of a request.
    pub(crate) fn find(&self, key: &str) -> Place {
        self.numbers.get(key).copied().unwrap_or(Place::NOWHERE)
    }

    pub(crate) fn settings(&self, place: Place) -> Option<&Location> {
        self.settings.get(&place)
    }

    pub(crate) fn rooms_at(&self, place: Place) -> &[usize] {
        self.rooms_at.get(&place).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn people_at(&self, place: Place) -> &[usize] {
        self.people_at.get(&place).map_or(&[], Vec::as_slice)
    }
}
