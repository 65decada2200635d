//! Time beyond the regular hours: extra time of an employee, and sign-ins to service groups.

use engage_store::platform::{Calendar, CalendarReads, Tx};
use jiff::Timestamp;
use uuid::Uuid;

use super::{TimeSlot, known, read, row, span};
use crate::model::ServiceGroup;
use crate::values::SlotStatus;
use crate::{Bookme, Error, Problems, Refusal, Tenancy};

/// Time in which an employee can be met beside the regular hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWindow {
    /// Whose.
    pub employee_id: Uuid,
    /// The service group that the employee signs in to; none: extra time, for video and telephone.
    pub service_group_id: Option<Uuid>,
    /// The first instant of it; none: now.
    pub start: Option<Timestamp>,
    /// The first instant after it. A sign-in that does not say ends at closing time, past that with the local day.
    pub end: Option<Timestamp>,
}

/// Which windows are asked for: all that hold of what is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WindowQuery {
    /// Those that end after this instant; none: after now.
    pub from: Option<Timestamp>,
    /// Those that start before this one; none: whenever.
    pub until: Option<Timestamp>,
    /// Of this employee.
    pub employee_id: Option<Uuid>,
    /// Of this service group.
    pub service_group_id: Option<Uuid>,
}

/// The most windows that are listed at once.
const MAX_LISTED: usize = 10_000;
/// What a window is in a calendar.
const WINDOWS: [SlotStatus; 2] = [SlotStatus::ExtraOpen, SlotStatus::AvailableForWork];

impl Bookme {
    /// Windows of employees, by start: those that were made by hand, and those that external calendars bring.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the range does not end after its start or has more than 10,000 windows, [`Error::Store`].
    pub async fn windows(&self, tenancy: &Tenancy, query: &WindowQuery) -> Result<Vec<TimeSlot>, Error> {
        let range = (query.from.unwrap_or_else(|| self.now()), query.until.unwrap_or(Timestamp::MAX));
        if range.1 <= range.0 {
            return Err(Error::invalid("/endDate", "the end has to be after the start"));
        }
        let rows = self.database.reader().windows(tenancy, range, query.employee_id, MAX_LISTED + 1).await?;
        if rows.len() > MAX_LISTED {
            return Err(Error::invalid("/endDate", "there are more than 10,000: ask for a shorter range"));
        }
        let mut found = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if let Some(group) = query.service_group_id {
            let group = group.to_string();
            found.retain(|slot| slot.service_group.as_ref() == Some(&group));
        }
        Ok(found)
    }

    /// Opens a window. Whoever signs in to a group is a member of it already: signing in makes nobody one.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all that is wrong; [`Error::NotFound`] where the employee or the group is not there;
    /// [`Error::Store`].
    pub async fn open_window(&self, tenancy: &Tenancy, new: NewWindow) -> Result<TimeSlot, Error> {
        let now = self.now();
        let start = new.start.unwrap_or(now);
        let end = match (new.end, new.service_group_id) {
            (Some(end), _) => end,
            (None, Some(_)) => self.sign_in_end(tenancy, start).await?,
            (None, None) => return Err(Error::invalid("/endDate", "extra time needs an end")),
        };
        let mut problems = Problems::default();
        span(start, end, &mut problems);
        if end <= now {
            problems.add("/endDate", "the time is over already");
        }
        if let Some(group) = new.service_group_id {
            self.check_member(tenancy, group, new.employee_id, &mut problems).await?;
        }
        problems.finish()?;
        let status = if new.service_group_id.is_some() { SlotStatus::AvailableForWork } else { SlotStatus::ExtraOpen };
        let mut slot = row(self.id(), status, start, end, now);
        slot.employee = Some(new.employee_id);
        slot.service_group = new.service_group_id.map(|group| group.to_string());
        let work = self.database.write((*tenancy, slot), |tx, (tenancy, slot)| {
            Box::pin(async move {
                known(tx, tenancy, slot.employee, None).await?;
                tx.insert_slot(tenancy, slot, None).await?;
                read(slot.clone())
            })
        });
        work.await
    }

    async fn check_member(
        &self,
        tenancy: &Tenancy,
        group: Uuid,
        employee: Uuid,
        problems: &mut Problems,
    ) -> Result<(), Error> {
        self.get::<ServiceGroup>(tenancy, group).await.map_err(|error| match error {
            Error::NotFound { .. } => Error::not_found("/serviceGroupId"),
            error => error,
        })?;
        if !self.employees(tenancy).await?.iter().any(|one| one.id == employee) {
            return Err(Error::not_found("/employeeId"));
        }
        let members = self.advisors(tenancy, group).await?;
        if !members.assigned.contains(&employee) && !members.competence_group_advisors.contains(&employee) {
            problems.add("/employeeId", "the employee is no member of the service group; add the employee to it first");
        }
        Ok(())
    }

    /// Closes a window: one that has begun ends now, one that has not is gone.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not there or over; [`Refusal::InUse`] of one that an external calendar brings: it goes there;
    /// [`Error::Store`].
    pub async fn close_window(&self, tenancy: &Tenancy, id: Uuid) -> Result<(), Error> {
        let work =
            self.database.write((*tenancy, self.now()), move |tx, (tenancy, at)| Box::pin(close(tx, tenancy, id, *at)));
        work.await
    }
}

async fn close(tx: &mut Tx, tenancy: &Tenancy, id: Uuid, at: Timestamp) -> Result<(), Error> {
    let is_open = |status: &str| WINDOWS.iter().any(|window| window.as_str() == status);
    let found =
        tx.slot(tenancy, id).await?.filter(|row| row.deleted.is_none() && is_open(&row.status) && row.ends > at);
    let mut there = found.ok_or_else(|| Error::not_found(""))?;
    if there.source.is_some() {
        return Err(Error::Conflict(Refusal::InUse));
    }
    if there.starts >= at {
        return Ok(tx.free_slot(tenancy, id, at).await?);
    }
    (there.ends, there.modified) = (at, at);
    Ok(tx.replace_slot(tenancy, &there, None).await?)
}
