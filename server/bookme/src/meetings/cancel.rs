//! Cancelling.

use engage_store::platform::{self as store, Calendar, CalendarReads, Meetings, Outbox};
use uuid::Uuid;

use super::book::Given;
use super::caller::Caller;
use super::change::{ahead, there};
use super::events;
use crate::{Bookme, Error, Problems, Refusal, Tenancy};

/// Who cancels, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cancellation {
    /// Who cancelled, as people read it.
    pub cancelled_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The portal whose playbooks are to run; none: the meeting's own.
    pub portal_id: Option<Uuid>,
}

impl Bookme {
    /// Cancels a meeting that lies ahead: the time of everybody, the room and the time around it are free.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not there, cancelled already, or not the caller's; [`Refusal::MeetingInPast`];
    /// [`Error::Invalid`] with [`Refusal::PortalMismatch`] where the portal is not its own, or it is internal; [`Error::Store`].
    pub async fn cancel(
        &self,
        tenancy: &Tenancy,
        id: Uuid,
        cancellation: Cancellation,
        caller: &Caller,
    ) -> Result<(), Error> {
        let mut problems = Problems::default();
        for (field, text) in
            [("/cancelledBy", &cancellation.cancelled_by), ("/cancellationReason", &cancellation.reason)]
        {
            problems.length(field, text.as_deref().unwrap_or_default(), 1_000);
        }
        problems.finish()?;
        let given = Given { id, ..self.prepared(tenancy, caller).await? };
        let work = self.database.write((given, cancellation), |tx, (given, cancellation)| {
            Box::pin(async move {
                let (kept, mut body) = there(tx, given).await?;
                ahead(&kept, given.at)?;
                let portal = portal(given, &body, cancellation)?;
                for slot in tx.slots_of_meeting(&given.tenancy, kept.id).await? {
                    tx.free_slot(&given.tenancy, slot.id, given.at).await?;
                }
                body.cancelled_by = cancellation.cancelled_by.clone();
                body.reason = cancellation.reason.clone();
                let new = store::Meeting { body: body.json()?, cancelled: Some(given.at), modified: given.at, ..kept };
                tx.replace_meeting(&given.tenancy, &new, &body.participants()).await?;
                for event in events::cancelled(given, &new, &body, portal) {
                    tx.append_event(&event).await?;
                }
                Ok(())
            })
        });
        work.await
    }
}

/// The portal whose playbooks run.
fn portal(given: &Given, body: &super::meeting::Body, cancellation: &Cancellation) -> Result<Option<Uuid>, Error> {
    let Some(named) = cancellation.portal_id else { return Ok(events::own_portal(body)) };
    let mismatch = |message: &str| {
        let mut problems = Problems::default();
        problems.refuse("/portalId", message, Refusal::PortalMismatch);
        Error::from(problems)
    };
    if body.is_internal {
        return Err(mismatch("an internal meeting has no portal"));
    }
    if body.portal_id.is_some_and(|own| own != named) {
        return Err(mismatch("the meeting was booked in another portal"));
    }
    if body.portal_id.is_some() {
        return Ok(events::own_portal(body));
    }
    let known = given.compiled.portals.contains_key(&named);
    if known { Ok(Some(named)) } else { Err(Error::not_found("/portalId")) }
}
