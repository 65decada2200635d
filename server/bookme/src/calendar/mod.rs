//! Calendars of employees and rooms.
