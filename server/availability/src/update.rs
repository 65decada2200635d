//! Calendars that change: one day, one employee, one room, without compiling the organisation again.

use std::sync::Arc;

use jiff::civil::Date;

use crate::compile::Agenda;
use crate::{Calendar, EmployeeId, Index, RoomId, Span};

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
        let day = self.day(date)?;
        let starts = calendar.slots.iter().map(|slot| slot.span.start);
        let starts = starts.chain(calendar.sign_ins.iter().map(|sign_in| sign_in.start));
        for start in starts {
            if start < day.start || day.end <= start {
                return Err(UpdateError::OtherDay(date));
            }
        }
        if let Some(agenda) = self.agendas.get_mut(agenda) {
            Arc::make_mut(agenda).replace(day, calendar);
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
        if let Some(agenda) = self.agendas.get_mut(agenda) {
            *agenda = Arc::new(Agenda::new(calendar));
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
        if let Some(agenda) = self.rooms.get_mut(position) {
            *agenda = Arc::new(Agenda::new(calendar));
        }
        Ok(())
    }

    fn agenda(&self, employee: EmployeeId) -> Result<usize, UpdateError> {
        self.setup.by_person.get(&employee).copied().ok_or(UpdateError::UnknownEmployee(employee))
    }

    fn day(&self, date: Date) -> Result<Span, UpdateError> {
        let zone = &self.setup.zone;
        let start = zone.start_of(date).ok_or(UpdateError::Range)?;
        let next = date.tomorrow().map_err(|_| UpdateError::Range)?;
        Ok(Span::new(start, zone.start_of(next).ok_or(UpdateError::Range)?))
    }
}
