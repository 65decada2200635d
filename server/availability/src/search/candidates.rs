//! Who comes into question, through which pool, on which weekdays.

use super::{Job, Source};
use crate::compile::{Person, Service, WEEK};
use crate::{CustomerTypeId, Mode, Pool, PriorityLevel};

/// An employee through one pool or group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Supply<'a> {
    /// The position of the employee.
    pub(crate) position: usize,
    pub(crate) person: &'a Person,
    /// The group, if it is one that supplies.
    pub(crate) service: Option<&'a Service>,
    pub(crate) source: Source,
    pub(crate) level: usize,
    /// Weekdays on which the employee is in the pool, as bits.
    pub(crate) days: u8,
    /// Weekdays of physical meetings among them.
    pub(crate) physical_days: u8,
}

impl<'a> Job<'a> {
    /// All supplies: by employee, the best level of each first. Who may not be booked is in no pool. And how many employees
    /// were looked at for them.
    pub(crate) fn supplies(&self) -> (Vec<Supply<'a>>, usize) {
        let (mut supplies, mut looked_at) = (Vec::new(), 0);
        for pool in &self.pools {
            looked_at += match pool {
                Pool::Explicit => self.explicit(&mut supplies),
                Pool::Local => self.local(&mut supplies),
                Pool::ServiceGroup => self.services(&mut supplies),
            }
        }
        supplies.sort_unstable_by_key(|supply| (supply.position, supply.level, supply.source));
        (supplies, looked_at)
    }

    fn explicit(&self, supplies: &mut Vec<Supply<'a>>) -> usize {
        let level = self.level(|level| *level == PriorityLevel::Explicit);
        let common = if self.is_together { self.days_together() } else { WEEK };
        for position in self.named.iter().filter_map(|employee| self.setup().by_person.get(employee)) {
            let Some(person) = self.bookable(*position) else { continue };
            let physical_days = match self.place {
                Some(_) if self.is_anywhere() => WEEK,
                Some(place) => person.days_at(place),
                None => person.days_somewhere() & common,
            };
            let (service, source) = (None, Source::Explicit);
            supplies.push(Supply { position: *position, person, service, source, level, days: WEEK, physical_days });
        }
        self.named.len()
    }

    /// The weekdays on which all named employees are at one place.
    fn days_together(&self) -> u8 {
        let people = || self.named.iter().filter_map(|employee| self.person(*self.setup().by_person.get(employee)?));
        let alike = |day: &usize| {
            let mut places = people().map(|person| person.plan(*day).place);
            let first = places.next().flatten();
            places.all(|place| place == first)
        };
        (0..7).filter(alike).fold(0, |bits, day| bits | (1 << day))
    }

    fn local(&self, supplies: &mut Vec<Supply<'a>>) -> usize {
        let Some(place) = self.place else { return 0 };
        let level = self.level(|level| *level == PriorityLevel::Local);
        let grants = self.grants();
        let is_granted = |group: &u32| grants.get(*group as usize).is_some_and(|grants| *grants);
        let people = self.setup().places.people_at(place);
        for position in people {
            let Some(person) = self.bookable(*position) else { continue };
            let is_skilled = || person.is_skilled(self.lineage, self.customer_type());
            if !person.granted_by.iter().any(is_granted) && !is_skilled() {
                continue;
            }
            let (service, source, days) = (None, Source::Local, person.days_local(place));
            let physical_days = person.days_at(place);
            supplies.push(Supply { position: *position, person, service, source, level, days, physical_days });
        }
        people.len()
    }

    /// Of each group that can grant, whether it grants the request.
    fn grants(&self) -> Vec<bool> {
        let granting = self.setup().granting.iter();
        granting.map(|group| group.grants(self.lineage, self.customer_type())).collect()
    }

    /// The customer type that employees have to be competent for: of none for internal meetings.
    fn customer_type(&self) -> Option<CustomerTypeId> {
        self.request.customer_type.filter(|_| self.mode != Mode::Internal)
    }

    fn services(&self, supplies: &mut Vec<Supply<'a>>) -> usize {
        let mut looked_at = 0;
        let (kind, location) = (self.request.customer_type, self.request.customer_location.as_deref());
        let setup = self.setup();
        for service in setup.services.iter().filter(|service| service.is_triggered(self.lineage, kind, location)) {
            let level = self.level(|level| match level {
                PriorityLevel::ServiceGroup(None) => true,
                PriorityLevel::ServiceGroup(Some(label)) => service.labels.contains(label),
                _ => false,
            });
            let place = self.place.filter(|place| service.offers_at.contains(place));
            looked_at += service.members.len();
            for position in &service.members {
                let Some(person) = self.bookable(*position) else { continue };
                let physical_days = place.map_or(0, |place| person.days_at(place));
                let source = Source::ServiceGroup(service.id);
                let (position, service) = (*position, Some(service));
                supplies.push(Supply { position, person, service, source, level, days: WEEK, physical_days });
            }
        }
        looked_at
    }

    /// The first level that fits; after all, if none does.
    fn level(&self, fits: impl Fn(&PriorityLevel) -> bool) -> usize {
        let levels = &self.setup().levels;
        levels.iter().position(fits).unwrap_or(levels.len())
    }

    fn person(&self, position: usize) -> Option<&'a Person> {
        self.setup().people.get(position)
    }

    fn bookable(&self, position: usize) -> Option<&'a Person> {
        self.person(position).filter(|person| person.is_bookable)
    }
}
