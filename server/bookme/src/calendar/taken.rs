//! Whether a time is taken.

use engage_store::platform::{Calendar, CalendarReads, SlotFilter, SlotRow, StoreError, Tx, Unique};
use jiff::Timestamp;
use uuid::Uuid;

use super::{is_over, read};
use crate::{Error, Refusal, Tenancy};

/// The most slots of one employee or room in one range that are looked at.
const MOST: usize = 10_000;

/// A time that somebody wants.
#[derive(Debug, Clone)]
pub(crate) struct Overlap<'a> {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) employee: Option<Uuid>,
    pub(crate) room: Option<Uuid>,
    pub(crate) now: Timestamp,
    /// What this meeting has is not in the way.
    pub(crate) meeting: Option<Uuid>,
    /// What this token holds is not in the way.
    pub(crate) token: Option<&'a str>,
    /// Nor is this slot.
    pub(crate) slot: Option<Uuid>,
    /// The time is held: only what the external calendar says since can be in the way.
    pub(crate) held: bool,
}

impl Overlap<'_> {
    fn filter(&self) -> SlotFilter {
        let Self { start, end, employee, room, now, .. } = *self;
        SlotFilter { from: start, until: end, employee, room, now, most: MOST }
    }

    /// Whether a slot of another token that overlaps it is in its way.
    fn is_blocked_by(&self, row: &SlotRow) -> Result<bool, Error> {
        let same_meeting = row.meeting.is_some() && row.meeting == self.meeting;
        if same_meeting || self.slot == Some(row.id) {
            return Ok(false);
        }
        let slot = read(row.clone())?;
        Ok(if self.held { slot.status.is_busy() } else { slot.status.is_blocking(slot.show_as) })
    }
}

/// What there is at a time that is wanted, and of who wants it.
#[derive(Debug, Default)]
pub(crate) struct There {
    /// What is in the way.
    pub(crate) blocking: Vec<SlotRow>,
    /// The hold that the token has.
    pub(crate) of_token: Option<SlotRow>,
}

/// Takes away holds that have run out, then tells what is in the way, and what the token holds already.
pub(crate) async fn there(tx: &mut Tx, tenancy: &Tenancy, wanted: &Overlap<'_>) -> Result<There, Error> {
    let mut there = There::default();
    if wanted.employee.is_none() && wanted.room.is_none() {
        return Ok(there);
    }
    for row in tx.slots_in_the_way(tenancy, &wanted.filter(), wanted.token).await? {
        if is_over(&row, wanted.now) {
            tx.free_slot(tenancy, row.id, wanted.now).await?;
        } else if row.token.is_some() && row.token.as_deref() == wanted.token {
            there.of_token = Some(row);
        } else if wanted.is_blocked_by(&row)? {
            there.blocking.push(row);
        }
    }
    Ok(there)
}

/// Nothing, or that the time is taken.
pub(crate) async fn free(tx: &mut Tx, tenancy: &Tenancy, wanted: &Overlap<'_>) -> Result<There, Error> {
    let there = there(tx, tenancy, wanted).await?;
    if there.blocking.is_empty() { Ok(there) } else { Err(Error::Conflict(Refusal::TimeSlotTaken)) }
}

/// What the store says of a time that somebody else took meanwhile, as callers know it.
pub(crate) fn taken(error: Error) -> Error {
    match error {
        Error::Store(StoreError::Conflict { what: Unique::Time }) => Error::Conflict(Refusal::TimeSlotTaken),
        error => error,
    }
}
