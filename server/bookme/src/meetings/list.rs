//! Finding meetings.

use engage_store::platform::{CalendarReads, MeetingFilter, MeetingReads};
use jiff::Timestamp;
use uuid::Uuid;

use super::caller::Caller;
use super::meeting::{Body, Meeting};
use crate::{Bookme, Error, Tenancy};

/// The most meetings that are listed at once.
const MAX_LISTED: usize = 100_000;

/// Which meetings are asked for: all that hold of what is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeetingQuery {
    /// The meeting of this slot.
    pub time_slot_id: Option<Uuid>,
    /// Those in which this employee takes part.
    pub employee_id: Option<Uuid>,
    /// Those that were changed at this instant or later.
    pub modified_from: Option<Timestamp>,
    /// Those that were changed at this instant or earlier.
    pub modified_until: Option<Timestamp>,
}

impl Bookme {
    /// Meetings that are not cancelled, of those that the caller may reach, by when they were changed last.
    ///
    /// # Errors
    /// [`Error::Invalid`] where they are more than 100,000, [`Error::Store`].
    pub async fn meetings(
        &self,
        tenancy: &Tenancy,
        query: &MeetingQuery,
        caller: &Caller,
    ) -> Result<Vec<Meeting>, Error> {
        if let Some(slot) = query.time_slot_id {
            return Ok(self.of_slot(tenancy, slot, query, caller).await?.into_iter().collect());
        }
        let MeetingQuery { employee_id, modified_from, modified_until, .. } = *query;
        let creator = caller.is_customer().then(|| caller.creator());
        let filter = MeetingFilter { employee: employee_id, modified_from, modified_until, creator, customer: None };
        let found = self.database.reader().meetings(tenancy, &filter, MAX_LISTED).await?.ok_or_else(|| {
            Error::invalid("/startDateModified", "there are more than 100,000: ask for a shorter range")
        })?;
        found.iter().map(|kept| Ok(Body::of(kept)?.meeting(kept))).collect()
    }

    /// The meeting of a slot, where it is one that is asked for.
    async fn of_slot(
        &self,
        tenancy: &Tenancy,
        slot: Uuid,
        query: &MeetingQuery,
        caller: &Caller,
    ) -> Result<Option<Meeting>, Error> {
        let mut reader = self.database.reader();
        let slot = reader.slot(tenancy, slot).await?.filter(|slot| slot.deleted.is_none() && slot.token.is_none());
        let Some(id) = slot.and_then(|slot| slot.meeting) else { return Ok(None) };
        let found = reader.meeting(tenancy, id).await?;
        let kept = found.filter(|kept| {
            kept.cancelled.is_none()
                && caller.may_reach(&kept.creator)
                && query.modified_from.is_none_or(|from| kept.modified >= from)
                && query.modified_until.is_none_or(|until| kept.modified <= until)
        });
        let Some(kept) = kept else { return Ok(None) };
        let body = Body::of(&kept)?;
        let takes_part = query.employee_id.is_none_or(|employee| body.participants().contains(&employee));
        Ok(takes_part.then(|| body.meeting(&kept)))
    }

    /// One meeting.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not there, cancelled, or not the caller's; [`Error::Store`].
    pub async fn meeting(&self, tenancy: &Tenancy, id: Uuid, caller: &Caller) -> Result<Meeting, Error> {
        let found = self.database.reader().meeting(tenancy, id).await?;
        let kept = found.filter(|kept| kept.cancelled.is_none() && caller.may_reach(&kept.creator));
        let kept = kept.ok_or_else(|| Error::not_found(""))?;
        Ok(Body::of(&kept)?.meeting(&kept))
    }
}
