//! Calendars that change: one day, one employee, one room, without compiling the organisation again.

use std::sync::Arc;

use jiff::civil::Date;

use crate::compile::{Agenda, Layout};
use crate::{Calendar, EmployeeId, Index, RoomId};

/// Why a calendar was not replaced. Nothing has changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// The employee is unknown.
    #[error("employee `{0}` is unknown: compile the organisation again")]
    UnknownEmployee(EmployeeId),
    /// The room is unknown.
    #[error("room `{0}` is unknown: compile the organisation again")]
    UnknownRoom(RoomId),
    /// Something does not start on the day that is replaced.
    #[error("something does not start on the local day `{0}`: give each day what starts on it")]
    OtherDay(Date),
    /// The day is beyond the calendar.
    #[error("the day lies beyond the years of the calendar")]
    Range,
}

impl Index {
    /// Puts `calendar` in place of all that starts on a local day in an employee's calendar. Copies of the index made
    /// before keep what they had.
    ///
    /// # Errors
    ///
    /// If the employee is unknown, or something in `calendar` does not start on that day.
    pub fn replace_day(&mut self, employee: EmployeeId, date: Date, calendar: &Calendar) -> Result<(), UpdateError> {
        let agenda = self.agenda(employee)?;
        let day = self.setup.zone.day(date).ok_or(UpdateError::Range)?;
        let starts = calendar.slots.iter().map(|slot| slot.span.start);
        let starts = starts.chain(calendar.sign_ins.iter().map(|sign_in| sign_in.start));
        for start in starts {
            if start < day.start || day.end <= start {
                return Err(UpdateError::OtherDay(date));
            }
        }
        let mut layout = Layout::of_day(&self.setup.zone, self.setup.interval, day);
        if let Some(agenda) = self.agendas.get_mut(agenda) {
            Arc::make_mut(agenda).replace(day, calendar, &mut layout);
        }
        Ok(())
    }

    /// Puts `calendar` in place of all that stands in an employee's calendar.
    ///
    /// # Errors
    ///
    /// If the employee is unknown.
    pub fn replace_calendar(&mut self, employee: EmployeeId, calendar: &Calendar) -> Result<(), UpdateError> {
        let agenda = self.agenda(employee)?;
        let new = self.laid_out(calendar);
        if let Some(agenda) = self.agendas.get_mut(agenda) {
            *agenda = Arc::new(new);
        }
        Ok(())
    }

    /// Puts `calendar` in place of all that stands in a room's calendar.
    ///
    /// # Errors
    ///
    /// If the room is unknown.
    pub fn replace_room_calendar(&mut self, room: RoomId, calendar: &Calendar) -> Result<(), UpdateError> {
        let position = self.setup.by_room.get(&room).copied().ok_or(UpdateError::UnknownRoom(room))?;
        let new = self.laid_out(calendar);
        if let Some(agenda) = self.rooms.get_mut(position) {
            *agenda = Arc::new(new);
        }
        Ok(())
    }

    /// Takes over the calendars that another index has of the same employees and rooms: of the same organisation, compiled before
    /// something in it changed. Whose calendars the other does not have is returned: all, if local days begin otherwise or
    /// starts are otherwise apart.
    pub fn adopt_calendars(&mut self, other: &Self) -> (Vec<EmployeeId>, Vec<RoomId>) {
        let (setup, theirs) = (&*self.setup, &*other.setup);
        let alike = setup.zone == theirs.zone && setup.interval == theirs.interval;
        let (mut employees, mut rooms) = (Vec::new(), Vec::new());
        for (person, agenda) in setup.people.iter().zip(&mut self.agendas) {
            let known = theirs.by_person.get(&person.id).filter(|_| alike);
            match known.and_then(|position| other.agendas.get(*position)) {
                Some(known) => *agenda = known.clone(),
                None => employees.push(person.id),
            }
        }
        for (room, agenda) in setup.places.rooms.iter().zip(&mut self.rooms) {
            let known = theirs.by_room.get(&room.id).filter(|_| alike);
            match known.and_then(|position| other.rooms.get(*position)) {
                Some(known) => *agenda = known.clone(),
                None => rooms.push(room.id),
            }
        }
        (employees, rooms)
    }

    /// About how many bytes its calendars take: what copies share counts for each.
    #[must_use]
    pub fn calendar_bytes(&self) -> usize {
        self.agendas.iter().chain(&self.rooms).map(|agenda| agenda.bytes()).sum()
    }

    fn agenda(&self, employee: EmployeeId) -> Result<usize, UpdateError> {
        self.setup.by_person.get(&employee).copied().ok_or(UpdateError::UnknownEmployee(employee))
    }

    fn laid_out(&self, calendar: &Calendar) -> Agenda {
        Agenda::new(calendar, &mut Layout::new(&self.setup.zone, self.setup.interval))
    }
}
