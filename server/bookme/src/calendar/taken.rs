//! Whether a time is taken.

use engage_store::platform::{Calendar, CalendarReads, SlotFilter, SlotRow, StoreError, Tx, Unique};
use jiff::Timestamp;
use uuid::Uuid;

use super::read;
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

    fn overlooks(&self, row: &SlotRow) -> bool {
        let same_meeting = row.meeting.is_some() && row.meeting == self.meeting;
        let same_token = row.token.is_some() && row.token.as_deref() == self.token;
        same_meeting || same_token || self.slot == Some(row.id)
    }
}

/// Takes away holds that have run out, then tells what is in the way.
pub(crate) async fn overlapping(tx: &mut Tx, tenancy: &Tenancy, wanted: &Overlap<'_>) -> Result<Vec<SlotRow>, Error> {
    if wanted.employee.is_none() && wanted.room.is_none() {
        return Ok(Vec::new());
    }
    let filter = wanted.filter();
    tx.free_expired_holds(tenancy, &filter).await?;
    let mut found = Vec::new();
    for row in tx.slots(tenancy, &filter).await? {
        let slot = read(row.clone())?;
        let blocks = if wanted.held { slot.status.is_busy() } else { slot.status.is_blocking(slot.show_as) };
        if blocks && !wanted.overlooks(&row) {
            found.push(row);
        }
    }
    Ok(found)
}

/// Nothing, or that the time is taken.
pub(crate) async fn free(tx: &mut Tx, tenancy: &Tenancy, wanted: &Overlap<'_>) -> Result<(), Error> {
    match overlapping(tx, tenancy, wanted).await?.is_empty() {
        true => Ok(()),
        false => Err(Error::Conflict(Refusal::TimeSlotTaken)),
    }
}

/// What the store says of a time that somebody else took meanwhile, as callers know it.
pub(crate) fn taken(error: Error) -> Error {
    match error {
        Error::Store(StoreError::Conflict { what: Unique::Time }) => Error::Conflict(Refusal::TimeSlotTaken),
        error => error,
    }
}
