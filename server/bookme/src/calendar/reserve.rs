//! Holds: a time that is somebody's for five minutes.

use engage_store::platform::{Calendar, CalendarReads, MeetingReads, SlotRow, StoreError, Tx, Unique};
use jiff::Timestamp;
use uuid::Uuid;

use super::taken::{Overlap, free, taken, there};
use super::{HOLD, NewSlot, TimeSlot, claim, is_over, known, read, row};
use crate::meetings::Caller;
use crate::values::SlotStatus;
use crate::{Bookme, Error, Problems, Refusal, Tenancy};

/// How often a hold is tried again whose token another call took meanwhile.
const ATTEMPTS: usize = 32;

/// The most holds that are listed at once.
const MAX_HOLDS: usize = 10_000;

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

/// A time that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Whose hold it is.
    pub token: Uuid,
    /// The time, and whose.
    pub slot: TimeSlot,
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

    /// Lets a hold go before its time; whether there was one. Whoever knows its token may, but customers let go of their own alone.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn release(&self, tenancy: &Tenancy, token: Uuid, caller: &Caller) -> Result<bool, Error> {
        let given = (*tenancy, token, caller.clone(), self.now());
        let work = self.database.write(given, |tx, (tenancy, token, caller, at)| {
            Box::pin(async move {
                let found = tx.slot_of_token(tenancy, &token.to_string()).await?;
                let own = |row: &SlotRow| row.creator.as_deref().is_some_and(|creator| caller.may_reach(creator));
                let Some(held) = found.filter(own) else { return Ok(false) };
                tx.free_slot(tenancy, held.id, *at).await?;
                Ok(!is_over(&held, *at))
            })
        });
        work.await
    }

    /// What is held now, what ends first at the beginning, with the tokens that let go of it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn holds(&self, tenancy: &Tenancy) -> Result<Vec<Hold>, Error> {
        let rows = self.database.reader().holds(tenancy, self.now(), MAX_HOLDS).await?;
        let hold = |row: SlotRow| {
            let token = row.token.as_deref().and_then(|token| Uuid::try_parse(token).ok());
            let token = token.ok_or_else(|| Error::senseless("a hold"))?;
            Ok(Hold { token, slot: read(row)? })
        };
        rows.into_iter().map(hold).collect()
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
    let there =
        if slot.ignore_conflicts { there(tx, tenancy, &wanted).await? } else { free(tx, tenancy, &wanted).await? };
    if let Some(before) = there.of_token {
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
