//! Calendars of employees and rooms: holds, external events, what may stand where.
//!
//! Whether a time is free is decided in the transaction that takes it: by what can be read there, and for held and booked
//! time by the store, which lets no two have the same. No lock of a process has a part in it.

mod external;
mod reserve;
mod slots;
mod taken;
mod vacant;
mod windows;

use engage_store::platform::{SlotRow, Tenancy};
use jiff::Timestamp;
use uuid::Uuid;

use crate::values::{ShowAs, SlotStatus};
use crate::{Error, Problems};

pub use external::{Attendance, ExternalEvent};
pub use reserve::{Hold, Reservation};
pub use slots::SlotChange;
pub use windows::{NewWindow, WindowQuery};

pub(crate) use taken::{Overlap, free, taken};

/// How long a hold lives, to the microsecond: at its creation plus this it is nothing.
pub const HOLD: std::time::Duration = std::time::Duration::from_secs(300);
/// The longest stretch of a calendar that can be written at once, in days.
const MAX_DAYS: i64 = 366;

/// A stretch of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeSlot {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub status: SlotStatus,
    /// The first instant of it.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
    /// In whose calendar it stands.
    pub employee_id: Option<Uuid>,
    /// In the calendar of which room.
    pub room_id: Option<Uuid>,
    /// The meeting that it belongs to, or that is about to be moved here.
    pub meeting_id: Option<Uuid>,
    /// Of a hold, when it ends.
    pub expires: Option<Timestamp>,
    /// The service group that it is about.
    pub service_group: Option<String>,
    /// How it is shown.
    pub show_as: Option<ShowAs>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed last.
    pub modified: Timestamp,
}

/// A stretch that is to stand in a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSlot {
    /// What it is to be.
    pub status: SlotStatus,
    /// The first instant of it.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
    /// In whose calendar.
    pub employee_id: Option<Uuid>,
    /// In the calendar of which room.
    pub room_id: Option<Uuid>,
    /// The service group that it is about.
    pub service_group: Option<String>,
    /// Staff wants it though the time is taken.
    pub ignore_conflicts: bool,
}

impl NewSlot {
    fn check(&self, problems: &mut Problems) {
        span(self.start, self.end, problems);
        if self.employee_id.is_none() && self.room_id.is_none() {
            problems.add("/employeeId", "an employee or a room is needed");
        }
        problems.length("/serviceGroup", self.service_group.as_deref().unwrap_or_default(), 255);
    }
}

pub(crate) fn span(start: Timestamp, end: Timestamp, problems: &mut Problems) {
    if end <= start {
        problems.add("/endDate", "the end has to be after the start");
    } else if end.duration_since(start).as_hours() > MAX_DAYS * 24 {
        problems.add("/endDate", "it may last 366 days at most");
    }
}

pub(crate) fn read(row: SlotRow) -> Result<TimeSlot, Error> {
    let status = row.status.parse().map_err(|_| Error::senseless("a slot"))?;
    let show_as = row.show_as.as_deref().map(str::parse).transpose().map_err(|_| Error::senseless("a slot"))?;
    Ok(TimeSlot {
        id: row.id,
        status,
        start: row.starts,
        end: row.ends,
        employee_id: row.employee,
        room_id: row.room,
        meeting_id: row.meeting,
        expires: row.expires,
        service_group: row.service_group,
        show_as,
        created: row.created,
        modified: row.modified,
    })
}

/// A row of a slot, of nothing but what is given.
pub(crate) fn row(id: Uuid, status: SlotStatus, start: Timestamp, end: Timestamp, at: Timestamp) -> SlotRow {
    SlotRow {
        id,
        status: status.as_str().to_owned(),
        starts: start,
        ends: end,
        employee: None,
        room: None,
        meeting: None,
        token: None,
        expires: None,
        service_group: None,
        show_as: None,
        source: None,
        creator: None,
        forced: false,
        created: at,
        modified: at,
        deleted: None,
    }
}

/// Whether a slot is a hold that has run out.
pub(crate) fn is_over(row: &SlotRow, now: Timestamp) -> bool {
    row.expires.is_some_and(|expires| expires <= now)
}

/// What guards a slot in the store: nothing, or the meeting that it belongs to, or else itself.
pub(crate) fn claim(row: &SlotRow, status: SlotStatus) -> Option<Uuid> {
    let is_guarded = status.is_guarded() && !row.forced;
    is_guarded.then(|| row.meeting.unwrap_or(row.id))
}

/// Who may be met or which room exists, of those that are named.
pub(crate) async fn known(
    session: &mut impl crate::configuration::Reads,
    tenancy: &Tenancy,
    employee: Option<Uuid>,
    room: Option<Uuid>,
) -> Result<(), Error> {
    use engage_store::platform::Service;
    for (service, id, field) in [(Service::Employees, employee, "/employeeId"), (Service::Rooms, room, "/roomId")] {
        let Some(id) = id else { continue };
        if !session.directory_has(tenancy, service, id).await? {
            return Err(Error::not_found(field));
        }
    }
    Ok(())
}
