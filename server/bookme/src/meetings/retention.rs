//! Forgetting: what is personal goes when its time is over, or when somebody asks for it.

use engage_store::platform::{
    self as store, Calendar, Erasable, MeetingReads, Meetings, Outbox, OutboxReads, StoreError, Tx,
};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;
use uuid::Uuid;

use super::events;
use super::meeting::Body;
use crate::configuration::{settings, written_down};
use crate::{Bookme, Error, Tenancy};

/// How long what is gone from a calendar is kept.
const GONE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// No calendar month is shorter, in whatever zone.
const SHORTEST_MONTH: SignedDuration = SignedDuration::from_hours(27 * 24);
/// How much is removed, and how many meetings are looked at, in a turn.
const TURN: usize = 500;

/// What a turn of forgetting has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// How much was removed, or lost what is personal.
    pub count: u64,
    /// How much could not be read: it stays until somebody mends it, and keeps nothing else from being forgotten.
    pub senseless: u64,
    /// Whether there may be more, for another turn.
    pub more: bool,
}

impl Bookme {
    /// Removes what is gone from the calendars of an environment for seven days, as much as a turn takes. For the job that does it
    /// daily.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sweep_calendars(&self, tenancy: &Tenancy) -> Result<Swept, Error> {
        let now = self.now();
        let before = now.checked_sub(GONE).unwrap_or(Timestamp::MIN);
        let work = self.database.write((*tenancy, now, before), |tx, (tenancy, now, before)| {
            Box::pin(async move {
                let expired = tx.let_holds_expire(tenancy, *now, TURN).await?;
                let count = tx.purge_slots(tenancy, *before, TURN).await?;
                let whole = |some: u64| some >= TURN as u64;
                Ok::<_, Error>(Swept { count, senseless: 0, more: whole(expired) || whole(count) })
            })
        });
        work.await
    }

    /// Removes what is personal from meetings of an environment that ended over a calendar month ago, on the clock of the organisation,
    /// as many as a turn takes: title, description, addresses, what was filled in, external attendees. For the job that does it
    /// nightly.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sweep_meetings(&self, tenancy: &Tenancy) -> Result<Swept, Error> {
        let now = self.now();
        let before = now.checked_sub(SHORTEST_MONTH).unwrap_or(Timestamp::MIN);
        let (mut swept, mut after) = (Swept::default(), None);
        loop {
            let due = self.database.reader().erasable_meetings(tenancy, before, after, TURN).await?;
            if due.is_empty() {
                return Ok(swept);
            }
            let zone = settings(&mut self.database.reader(), tenancy).await?.time_zone.zone();
            let local = |at: Timestamp| -> DateTime { zone.to_datetime(at) };
            let over = |one: &Erasable| local(one.ended).checked_add(1.month()).is_ok_and(|month| month < local(now));
            for one in due.iter().filter(|one| over(one)) {
                match self.erase(tenancy, one.meeting, now).await {
                    Ok(()) => swept.count += 1,
                    Err(Error::Store(StoreError::Corrupt { .. })) => swept.senseless += 1,
                    Err(error) => return Err(error),
                }
            }
            // Whatever is behind one whose month is not over is younger.
            if due.len() < TURN || !due.last().is_some_and(over) {
                return Ok(swept);
            }
            if swept.count > 0 {
                return Ok(Swept { more: true, ..swept });
            }
            // A whole turn of what cannot be read.
            after = due.last().copied();
        }
    }

    async fn erase(&self, tenancy: &Tenancy, meeting: Uuid, at: Timestamp) -> Result<(), Error> {
        let work = self.database.write((*tenancy, meeting, at), |tx, (tenancy, meeting, at)| {
            Box::pin(erase(tx, tenancy, *meeting, None, *at))
        });
        work.await
    }

    /// Removes at once what is personal from every meeting with a customer, and lets `pseudonym` stand for the customer; how many
    /// meetings there were. Times, employees, types and topics stay, for statistics. In the audit log stands who did it
    /// ([`by`](Self::by)) and of how many meetings, not of whom.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn erase_customer(&self, tenancy: &Tenancy, customer: &str) -> Result<u64, Error> {
        let pseudonym = format!("erased {}", self.id());
        let given = (*tenancy, customer.to_owned(), pseudonym, self.actor.clone(), self.now());
        let work = self.database.write(given, |tx, (tenancy, customer, pseudonym, by, at)| {
            Box::pin(async move {
                let found = tx.meetings_of_customer(tenancy, customer).await?;
                for kept in &found {
                    erase(tx, tenancy, kept.id, Some(pseudonym.as_str()), *at).await?;
                }
                let details = json!({"meetings": found.len()});
                written_down(tx, tenancy, by.as_deref(), ("customer.erased", details), *at).await?;
                Ok::<_, Error>(found.len().try_into().unwrap_or(u64::MAX))
            })
        });
        work.await
    }
}

async fn erase(
    tx: &mut Tx,
    tenancy: &Tenancy,
    meeting: Uuid,
    pseudonym: Option<&str>,
    at: Timestamp,
) -> Result<(), Error> {
    let Some(kept) = tx.meeting(tenancy, meeting).await? else { return Ok(()) };
    let mut body = Body::of(&kept)?;
    let details = &mut body.details;
    for text in [&mut details.title, &mut details.description, &mut details.start_address, &mut details.end_address] {
        *text = None;
    }
    body.custom_fields.clear();
    body.external_attendees.clear();
    body.reason = None;
    body.cancelled_by = None;
    body.attendance = None;
    if let Some(pseudonym) = pseudonym {
        body.details.customer_id = Some(pseudonym.to_owned());
        body.details.salesforce_id = None;
    }
    for (number, payload) in tx.payloads_of(tenancy.organisation, &kept.id.to_string()).await? {
        let payload = events::forgotten(payload, pseudonym);
        tx.redact_event(tenancy.organisation, number, &payload).await?;
    }
    let customer = body.details.customer_id.clone();
    let creator = match pseudonym {
        // Who booked in a portal is the customer.
        Some(pseudonym) if body.portal_id.is_some() => pseudonym.to_owned(),
        _ => kept.creator.clone(),
    };
    let erased = store::Meeting { creator, customer, body: body.json()?, modified: at, erased: Some(at), ..kept };
    Ok(tx.erase_meeting(tenancy, &erased).await?)
}
