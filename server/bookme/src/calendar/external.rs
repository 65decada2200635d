//! Events of external calendars, as slots.

use engage_store::platform::{Calendar, CalendarReads, SlotRow, Tx, folded};
use jiff::Timestamp;
use uuid::Uuid;

use super::{row, span};
use crate::configuration::all;
use crate::model::{Kept, ServiceGroup};
use crate::values::SlotStatus;
use crate::{Bookme, Error, Problems, Tenancy};

/// How somebody shows an event in the calendar (Microsoft Graph: "event resource type", `showAs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    /// Free.
    Free,
    /// Tentative.
    Tentative,
    /// Busy.
    Busy,
    /// Out of office.
    OutOfOffice,
    /// Working elsewhere.
    WorkingElsewhere,
    /// Something that is not known.
    Unknown,
}

/// An event of an external calendar, as whoever reads calendars hands it over; all-day events from local midnight to local
/// midnight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalEvent {
    /// What the calendar calls it; no two of an employee or a room have the same.
    pub source: String,
    /// In whose calendar it is.
    pub employee_id: Option<Uuid>,
    /// In the calendar of which room it is.
    pub room_id: Option<Uuid>,
    /// The first instant of it.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
    /// How it is shown.
    pub show_as: Attendance,
    /// Whether it is one of a series.
    pub status: SlotStatus,
    /// It was cancelled, or is there no more.
    pub is_cancelled: bool,
    /// It is a meeting of ours: it stands in the calendar already.
    pub meeting_id: Option<Uuid>,
    /// Addresses that are invited.
    pub attendees: Vec<String>,
}

impl ExternalEvent {
    /// What it means to bookings, and to which group; nothing where it is in nobody's way.
    fn meaning(&self, groups: &[Kept<ServiceGroup>], mailbox: Option<&str>) -> Option<(SlotStatus, Option<Uuid>)> {
        if self.is_cancelled || self.meeting_id.is_some() {
            return None;
        }
        let invites = |address: &str| self.attendees.iter().any(|one| folded(one) == folded(address));
        let group = |kept: &&Kept<ServiceGroup>| kept.value.membership_email.as_deref().is_some_and(invites);
        if mailbox.is_some_and(invites) {
            return Some((SlotStatus::ExtraOpen, None));
        }
        if let Some(group) = groups.iter().find(group) {
            return Some((SlotStatus::AvailableForWork, Some(group.id)));
        }
        match self.show_as {
            Attendance::Free => None,
            Attendance::WorkingElsewhere => Some((SlotStatus::WorkingFromElsewhere, None)),
            _ if self.status.is_busy() => Some((self.status, None)),
            _ => Some((SlotStatus::Busy, None)),
        }
    }

    fn check(&self, position: usize, problems: &mut Problems) {
        let mut wrong = Problems::default();
        span(self.start, self.end, &mut wrong);
        wrong.name("/source", &self.source, 500);
        wrong.count("/attendees", self.attendees.len(), 10_000);
        if self.employee_id.is_some() == self.room_id.is_some() {
            wrong.add("/employeeId", "an event is in one calendar: an employee's or a room's");
        }
        for problem in wrong {
            problems.add(format!("/{position}{}", problem.field), problem.message);
        }
    }
}

impl Bookme {
    /// Takes in what external calendars say now of some events: those that are new, changed or gone. It does not matter how
    /// often. `mailbox` is the address that invites extra time.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all that is wrong, [`Error::Store`].
    pub async fn take_in(
        &self,
        tenancy: &Tenancy,
        events: Vec<ExternalEvent>,
        mailbox: Option<String>,
    ) -> Result<(), Error> {
        let mut problems = Problems::default();
        problems.count("", events.len(), 10_000);
        for (position, event) in events.iter().enumerate() {
            event.check(position, &mut problems);
        }
        problems.finish()?;
        let events: Vec<(ExternalEvent, Uuid)> = events.into_iter().map(|event| (event, self.id())).collect();
        let given = (*tenancy, events, mailbox, self.now());
        let work = self.database.write(given, |tx, (tenancy, events, mailbox, at)| {
            Box::pin(async move {
                let groups = all::<ServiceGroup>(tx, tenancy).await?;
                for (event, id) in events {
                    take(tx, tenancy, event, event.meaning(&groups, mailbox.as_deref()), (*id, *at)).await?;
                }
                Ok(())
            })
        });
        work.await
    }
}

async fn take(
    tx: &mut Tx,
    tenancy: &Tenancy,
    event: &ExternalEvent,
    meaning: Option<(SlotStatus, Option<Uuid>)>,
    (id, at): (Uuid, Timestamp),
) -> Result<(), Error> {
    let calendar = event.employee_id.or(event.room_id).unwrap_or_default();
    let source = format!("{calendar}/{}", event.source);
    let there = tx.slot_of_source(tenancy, &source).await?;
    let Some((status, group)) = meaning else {
        if let Some(there) = there {
            tx.free_slot(tenancy, there.id, at).await?;
        }
        return Ok(());
    };
    let new = SlotRow {
        employee: event.employee_id,
        room: event.room_id,
        service_group: group.map(|group| group.to_string()),
        source: Some(source),
        ..row(id, status, event.start, event.end, at)
    };
    match there {
        None => tx.insert_slot(tenancy, &new, None).await?,
        Some(there) => {
            let same = SlotRow { id: there.id, created: there.created, ..new };
            tx.replace_slot(tenancy, &same, None).await?;
        }
    }
    Ok(())
}
