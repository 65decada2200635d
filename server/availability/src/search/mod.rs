//! The search: a set of starts for each employee, type and pool as bits over one grid, cut down by each rule.

mod blockers;
mod candidates;
mod emit;
mod job;
mod limits;
mod notice;
mod open;
mod rooms;
mod windows;

use crate::{EmployeeId, GroupId, Index, Instant, MeetingType, Request, RoomId, SearchError};

pub(crate) use blockers::{in_force, kinds_in_the_way};
pub(crate) use candidates::Supply;
use emit::Shelf;
pub(crate) use job::Job;
use open::Open;
pub(crate) use rooms::Rooms;
pub(crate) use windows::Windows;

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// By start, type and employee.
    pub slots: Vec<Slot>,
    /// Who takes part in each, if all named have to: the owner first. Otherwise nobody.
    pub together: Vec<EmployeeId>,
}

/// What a search took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Employees that the pools looked at, once for each pool and group.
    pub employees: usize,
    /// Words of bits, and entries that are no bits, that were read in calendars of employees and rooms.
    pub entries: usize,
    /// Starts that were found, before the best was taken of each.
    pub starts: usize,
}

/// A time that may be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The start.
    pub start: Instant,
    /// The end of the meeting, without what comes after.
    pub end: Instant,
    /// How people meet.
    pub meeting_type: MeetingType,
    /// Who is met; of several the owner.
    pub employee: EmployeeId,
    /// The best pool that supplies it.
    pub source: Source,
    /// The level of priority of that pool, 0 the first; of a pool that no level names, the number of levels.
    pub level: usize,
    /// The room, where one is asked for and free.
    pub room: Option<RoomId>,
}

/// What supplies a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The caller named the employee.
    Explicit,
    /// The employee is at the location.
    Local,
    /// The employee is in this service group.
    ServiceGroup(GroupId),
}

impl Index {
    /// The times that a request is offered at `now`. `seed` decides between employees who are equally good; the same seed
    /// decides alike.
    ///
    /// # Errors
    ///
    /// If the request makes no sense, see [`SearchError`]. That nobody has time is no error.
    pub fn search(&self, request: &Request, now: Instant, seed: u64) -> Result<Found, SearchError> {
        self.search_counted(request, now, seed).map(|(found, _)| found)
    }

    /// As [`search`](Self::search), and what it took: numbers that are the same on every machine.
    ///
    /// # Errors
    ///
    /// As those of the search.
    pub fn search_counted(&self, request: &Request, now: Instant, seed: u64) -> Result<(Found, Work), SearchError> {
        let job = Job::new(self, request, now)?;
        let (supplies, employees) = job.supplies();
        let rooms = Rooms::new(&job, &supplies);
        let mut shelf = Shelf::new(&job, &supplies, seed);
        if job.is_together {
            shelf.fill_together(&rooms);
        } else {
            shelf.fill(&rooms);
        }
        let (slots, work) = shelf.slots(&rooms);
        let work = Work { employees, entries: work.entries + rooms.entries, ..work };
        Ok((Found { slots, together: if job.is_together { job.named.clone() } else { Vec::new() } }, work))
    }
}
