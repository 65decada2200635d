//! Holds: a time that is somebody's for five minutes.

use engage_store::platform::{Calendar, CalendarReads, MeetingReads, StoreError, Tx, Unique};
use jiff::Timestamp;
use uuid::Uuid;

use super::taken::{Overlap, free, taken};
use super::{HOLD, NewSlot, TimeSlot, claim, is_over, known, read, row};
use crate::meetings::Caller;
use crate::values::SlotStatus;
use crate::{Bookme, Error, Problems, Refusal, Tenancy};

/// How often a hold is tried again whose token another call took meanwhile.
const ATTEMPTS: usize = 32;

/// A time to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// The time, and whose; whatever status it says, it is a hold.
    pub slot: NewSlot,
    /// Whose hold it is: another of the same token takes its place.
    pub token: Uuid,
    /// The meeting that is to be moved here; its own time is not in the way.
    pub existing_meeting_id: Option<Uuid>,
}

struct Given {
    tenancy: Tenancy,
    reservation: Reservation,
    caller: Caller,
    id: Uuid,
    at: Timestamp,
}

impl Bookme {
    /// Holds a time for five minutes. The hold of the same token goes in the same transaction; where the new time is taken it
    /// stays.
    ///
    /// # Errors
    /// [`Refusal::TimeSlotTaken`]; [`Error::NotFound`] where the employee, the room or the meeting is not there or not the
    /// caller's; [`Error::Forbidden`] where a customer overrides conflicts; [`Error::Invalid`]; [`Error::Store`].
    pub async fn reserve(
        &self,
        tenancy: &Tenancy,
        reservation: &Reservation,
        caller: &Caller,
    ) -> Result<TimeSlot, Error> {
        let mut problems = Problems::default();
        reservation.slot.check(&mut problems);
        problems.finish()?;
        if reservation.slot.ignore_conflicts && caller.is_customer() {
            return Err(Error::Forbidden(Refusal::TimeSlotTaken));
        }
        let mut attempt = 1;
        loop {
            let (tenancy, reservation, caller) = (*tenancy, reservation.clone(), caller.clone());
            let given = Given { tenancy, reservation, caller, id: self.id(), at: self.now() };
            let work = self.database.write(given, |tx, given| Box::pin(hold(tx, given)));
            match work.await.map_err(taken) {
                // Two calls with one token at once: the later one takes the place of the earlier.
                Err(Error::Store(StoreError::Conflict { what: Unique::Hold })) if attempt < ATTEMPTS => attempt += 1,
                answer => return answer,
            }
        }
    }

    /// Lets a hold go before its time; whether there was one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn release(&self, tenancy: &Tenancy, token: Uuid) -> Result<bool, Error> {
        let work = self.database.write((*tenancy, token, self.now()), |tx, (tenancy, token, at)| {
            Box::pin(async move {
                let Some(held) = tx.slot_of_token(tenancy, &token.to_string()).await? else { return Ok(false) };
                tx.free_slot(tenancy, held.id, *at).await?;
                Ok(!is_over(&held, *at))
            })
        });
        work.await
    }
}

async fn hold(tx: &mut Tx, given: &Given) -> Result<TimeSlot, Error> {
    let Given { tenancy, reservation, caller, id, at } = given;
    let Reservation { slot, token, existing_meeting_id } = reservation;
    let token = token.to_string();
    known(tx, tenancy, slot.employee_id, slot.room_id).await?;
    if let Some(meeting) = existing_meeting_id {
        let found = tx.meeting(tenancy, *meeting).await?.filter(|meeting| meeting.cancelled.is_none());
        let may_edit = found.is_some_and(|meeting| caller.may_reach(&meeting.creator));
        if !may_edit {
            return Err(Error::not_found("/existingMeetingId"));
        }
    }
    let wanted = Overlap {
        start: slot.start,
        end: slot.end,
        employee: slot.employee_id,
        room: slot.room_id,
        now: *at,
        meeting: *existing_meeting_id,
        token: Some(&token),
        slot: None,
        held: false,
    };
    if !slot.ignore_conflicts {
        free(tx, tenancy, &wanted).await?;
    }
    if let Some(before) = tx.slot_of_token(tenancy, &token).await? {
        tx.free_slot(tenancy, before.id, *at).await?;
    }
    let expires = at.checked_add(HOLD).map_err(|_| Error::senseless("the clock"))?;
    let mut new = row(*id, SlotStatus::Reserved, slot.start, slot.end, *at);
    new.employee = slot.employee_id;
    new.room = slot.room_id;
    new.meeting = *existing_meeting_id;
    new.token = Some(token);
    new.expires = Some(expires);
    new.service_group = slot.service_group.clone();
    new.creator = Some(caller.creator());
    new.forced = slot.ignore_conflicts;
    tx.insert_slot(tenancy, &new, claim(&new, SlotStatus::Reserved)).await?;
    read(new)
}
