//! Slots as they stand in the store: listed, made, changed.

use engage_store::platform::{Calendar, CalendarReads, SlotFilter, SlotRow, Tx};
use jiff::Timestamp;
use uuid::Uuid;

use super::taken::{Overlap, free, taken};
use super::{NewSlot, TimeSlot, claim, is_over, known, read, row, span};
use crate::values::SlotStatus;
use crate::{Bookme, Error, Problems, Refusal, Tenancy};

/// The most slots that are listed at once.
const MAX_LISTED: usize = 200_000;

/// What a slot is to be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotChange {
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
}

impl Bookme {
    /// The slots that overlap a range and hold of all that is given, by start. Holds that have run out are not there.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the range does not end after its start or has more than 200,000 slots, [`Error::Store`].
    pub async fn time_slots(
        &self,
        tenancy: &Tenancy,
        (start, end): (Timestamp, Timestamp),
        employee: Option<Uuid>,
        room: Option<Uuid>,
        statuses: &[SlotStatus],
    ) -> Result<Vec<TimeSlot>, Error> {
        if end <= start {
            return Err(Error::invalid("/endDate", "the end has to be after the start"));
        }
        // Both given means both, here: what the store finds of either is looked through.
        let filter = SlotFilter { from: start, until: end, employee, room, now: self.now(), most: MAX_LISTED + 1 };
        let rows = self.database.reader().slots(tenancy, &filter).await?;
        if rows.len() > MAX_LISTED {
            return Err(Error::invalid("/endDate", "there are more than 200,000: ask for a shorter range"));
        }
        let slots = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let fits = |slot: &TimeSlot| {
            (employee.is_none() || slot.employee_id == employee)
                && (room.is_none() || slot.room_id == room)
                && (statuses.is_empty() || statuses.contains(&slot.status))
        };
        Ok(slots.into_iter().filter(fits).collect())
    }

    /// One slot.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not there, gone, or a hold that has run out; [`Error::Store`].
    pub async fn time_slot(&self, tenancy: &Tenancy, id: Uuid) -> Result<TimeSlot, Error> {
        let (now, found) = (self.now(), self.database.reader().slot(tenancy, id).await?);
        let live = found.filter(|row| row.deleted.is_none() && !is_over(row, now));
        read(live.ok_or_else(|| Error::not_found(""))?)
    }

    /// Puts something into a calendar, for as long as nobody takes it away.
    ///
    /// # Errors
    /// [`Refusal::TimeSlotTaken`] where it would block what is blocked already; [`Error::Invalid`]; [`Error::NotFound`].
    pub async fn create_slot(&self, tenancy: &Tenancy, new: NewSlot) -> Result<TimeSlot, Error> {
        let mut problems = Problems::default();
        new.check(&mut problems);
        made_by_hand(new.status, &mut problems);
        problems.finish()?;
        let work = self.database.write((*tenancy, new, self.id(), self.now()), |tx, (tenancy, new, id, at)| {
            Box::pin(async move {
                known(tx, tenancy, new.employee_id, new.room_id).await?;
                let mut row = row(*id, new.status, new.start, new.end, *at);
                row.employee = new.employee_id;
                row.room = new.room_id;
                row.service_group = new.service_group.clone();
                row.forced = new.ignore_conflicts;
                if !new.ignore_conflicts && new.status.is_blocking(None) {
                    free(tx, tenancy, &wanted(&row, *at)).await?;
                }
                tx.insert_slot(tenancy, &row, claim(&row, new.status)).await?;
                read(row)
            })
        });
        work.await.map_err(taken)
    }

    /// Changes a slot: what `change` makes of what is there. A hold needs its token, and lives no longer. What belongs to a
    /// meeting is changed with the meeting.
    ///
    /// # Errors
    /// Those of `change`; [`Error::NotFound`]; [`Refusal::ReservationTokenMismatch`] as [`Error::Forbidden`];
    /// [`Refusal::TimeSlotTaken`]; [`Refusal::InUse`] of a meeting's.
    pub async fn change_slot(
        &self,
        tenancy: &Tenancy,
        id: Uuid,
        token: Option<Uuid>,
        change: impl Fn(&TimeSlot) -> Result<SlotChange, Error> + Send + Sync + 'static,
    ) -> Result<TimeSlot, Error> {
        let given = (*tenancy, change, token.map(|token| token.to_string()), self.now());
        let work = self.database.write(given, move |tx, (tenancy, change, token, at)| {
            Box::pin(async move {
                let found = tx.slot(tenancy, id).await?.filter(|row| row.deleted.is_none() && !is_over(row, *at));
                let there = found.ok_or_else(|| Error::not_found(""))?;
                if there.token.is_some() && there.token != *token {
                    return Err(Error::Forbidden(Refusal::ReservationTokenMismatch));
                }
                if there.token.is_none() && there.meeting.is_some() {
                    return Err(Error::Conflict(Refusal::InUse));
                }
                let new = change(&read(there.clone())?)?;
                replace(tx, tenancy, there, new, *at).await
            })
        });
        work.await.map_err(taken)
    }

    /// Takes something out of a calendar that is no part of a meeting.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Refusal::InUse`] of a meeting's.
    pub async fn remove_slot(&self, tenancy: &Tenancy, id: Uuid) -> Result<(), Error> {
        let work = self.database.write((*tenancy, self.now()), move |tx, (tenancy, at)| {
            Box::pin(async move {
                let found = tx.slot(tenancy, id).await?.filter(|row| row.deleted.is_none());
                let there = found.ok_or_else(|| Error::not_found(""))?;
                if there.token.is_none() && there.meeting.is_some() {
                    return Err(Error::Conflict(Refusal::InUse));
                }
                Ok(tx.free_slot(tenancy, id, *at).await?)
            })
        });
        work.await
    }
}

/// What meetings make is made with them, and a hold by reserving.
fn made_by_hand(status: SlotStatus, problems: &mut Problems) {
    if status == SlotStatus::Reserved {
        problems.add("/status", "a hold is made by reserving");
    }
}

fn wanted(row: &SlotRow, now: Timestamp) -> Overlap<'_> {
    Overlap {
        start: row.starts,
        end: row.ends,
        employee: row.employee,
        room: row.room,
        now,
        meeting: row.meeting,
        token: row.token.as_deref(),
        slot: Some(row.id),
        held: false,
    }
}

async fn replace(
    tx: &mut Tx,
    tenancy: &Tenancy,
    there: SlotRow,
    new: SlotChange,
    at: Timestamp,
) -> Result<TimeSlot, Error> {
    let mut problems = Problems::default();
    span(new.start, new.end, &mut problems);
    let is_hold = there.token.is_some();
    if is_hold && new.status != SlotStatus::Reserved {
        problems.add("/status", "a hold stays one until it is booked");
    } else if !is_hold {
        made_by_hand(new.status, &mut problems);
    }
    if new.employee_id.is_none() && new.room_id.is_none() {
        problems.add("/employeeId", "an employee or a room is needed");
    }
    problems.finish()?;
    known(tx, tenancy, new.employee_id, new.room_id).await?;
    let row = SlotRow {
        status: new.status.as_str().to_owned(),
        starts: new.start,
        ends: new.end,
        employee: new.employee_id,
        room: new.room_id,
        service_group: new.service_group,
        modified: at,
        ..there
    };
    if new.status.is_blocking(None) && !row.forced {
        free(tx, tenancy, &wanted(&row, at)).await?;
    }
    tx.replace_slot(tenancy, &row, claim(&row, new.status)).await?;
    read(row)
}
