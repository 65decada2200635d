//! Booking.

use std::sync::Arc;
use std::time::Duration;

use engage_availability::{CustomerTypeId, EmployeeId, MeetingId, Pool, Request, Start, TopicId};
use engage_store::platform::{self as store, CalendarReads, Meetings, Outbox, SlotRow, StoreError, Tx, Unique};
use jiff::Timestamp;
use uuid::Uuid;

use super::caller::Caller;
use super::desired::{Settling, desired, reconcile};
use super::events;
use super::meeting::{Body, Booking, Meeting, MeetingDetails, Personal};
use super::room::room;
use crate::calendar::{is_over, taken};
use crate::search::Compiled;
use crate::values::SlotStatus;
use crate::{Bookme, Error, Refusal, Tenancy};

pub(super) struct Given {
    pub(super) tenancy: Tenancy,
    pub(super) compiled: Arc<Compiled>,
    pub(super) caller: Caller,
    pub(super) id: Uuid,
    pub(super) seed: Uuid,
    pub(super) at: Timestamp,
    /// What stands for what is personal of a booking.
    pub(super) sealed: Personal,
}

impl Bookme {
    pub(super) async fn prepared(&self, tenancy: &Tenancy, caller: &Caller) -> Result<Given, Error> {
        let compiled = self.compiled(tenancy).await?;
        let (id, seed, at) = (self.id(), self.id(), self.now());
        Ok(Given { tenancy: *tenancy, compiled, caller: caller.clone(), id, seed, at, sealed: Personal::default() })
    }

    /// Books a meeting: in the slot that is held for it, at a time, or with no time yet. Its slots, those of others who take part, the
    /// room, the time around it, and the events that tell of it are written together.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all that is wrong, [`Error::NotFound`] where it names what is not there,
    /// [`Refusal::ReservationExpired`], [`Refusal::ReservationUsed`], [`Refusal::TimeSlotTaken`], [`Refusal::Closed`],
    /// [`Refusal::NotOffered`] of customers who ask for a time that they are not offered, [`Error::Store`].
    pub async fn book(&self, tenancy: &Tenancy, booking: Booking, caller: &Caller) -> Result<Meeting, Error> {
        let mut given = self.prepared(tenancy, caller).await?;
        let (slot, time) = (booking.time_slot_id, booking.time);
        let (body, personal) = booking.body(&given.compiled, caller)?;
        if caller.is_customer() {
            let asked = Asked { caller, details: &body.details, slot, time, moving: None };
            self.check_offered(tenancy, &asked, given.at).await?;
        }
        given.sealed = self.sealed(tenancy, given.id, personal).await?;
        let given = Arc::new(given);
        for attempt in 1..=ATTEMPTS {
            let input = (given.clone(), body.clone(), slot, time);
            let work = self
                .database
                .write(input, |tx, (given, body, slot, time)| Box::pin(book(tx, given, body, *slot, *time)));
            if let Some(answer) = settled(attempt, work.await) {
                return answer;
            }
        }
        Err(Error::Conflict(Refusal::TimeSlotTaken))
    }

    /// Customers book what they were offered when it was held, or are offered now.
    pub(super) async fn check_offered(
        &self,
        tenancy: &Tenancy,
        asked: &Asked<'_>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let held = match asked.slot {
            Some(id) => self.database.reader().slot(tenancy, id).await?,
            None => None,
        };
        // Of another's hold nothing is told, not even whether it would do.
        let own = |row: &SlotRow| row.creator.as_deref().is_some_and(|creator| asked.caller.may_reach(creator));
        let held = held.filter(own);
        let token = held.as_ref().and_then(|row| row.token.clone());
        let (when, then) = match (&held, asked.time) {
            (Some(row), _) => ((row.starts, row.ends), row.created),
            (None, Some(time)) => (time, now),
            // A slot that is not there is told of where it is taken.
            (None, None) => return Ok(()),
        };
        let found = self.available_at(tenancy, &asked.question(when, token), 0, then).await?;
        let wanted = |slot: &engage_availability::Slot| {
            slot.employee == EmployeeId(asked.details.employee_id)
                && slot.meeting_type == asked.details.meeting_type.into()
                && (slot.start.timestamp(), slot.end.timestamp()) == when
        };
        if found.slots.iter().any(wanted) { Ok(()) } else { Err(Error::Conflict(Refusal::NotOffered)) }
    }
}

/// How often what somebody else took meanwhile is tried again.
pub(super) const ATTEMPTS: usize = 4;

/// What came of an attempt, unless it is worth another: somebody else took the time of an employee or a room meanwhile. What they have
/// can be seen then, and another room may be free, or none be needed.
pub(super) fn settled<T>(attempt: usize, answer: Result<T, Error>) -> Option<Result<T, Error>> {
    match answer {
        Err(Error::Store(StoreError::Conflict { what: Unique::Time })) if attempt < ATTEMPTS => None,
        answer => Some(answer.map_err(taken)),
    }
}

/// What a customer asks for.
pub(super) struct Asked<'a> {
    pub(super) caller: &'a Caller,
    pub(super) details: &'a MeetingDetails,
    pub(super) slot: Option<Uuid>,
    pub(super) time: Option<(Timestamp, Timestamp)>,
    /// The meeting that is moved: its own time is free.
    pub(super) moving: Option<Uuid>,
}

impl Asked<'_> {
    /// The question whether a customer is offered a time with somebody.
    fn question(&self, (start, end): (Timestamp, Timestamp), token: Option<String>) -> Request {
        let details = self.details;
        Request {
            explicit_employees: vec![EmployeeId(details.employee_id)],
            pools: vec![Pool::Explicit, Pool::Local, Pool::ServiceGroup],
            start: Some(Start::At(start.into())),
            look_forward: Duration::from_micros(1),
            topic: details.topic_id.map(TopicId),
            customer_type: details.customer_type_id.map(CustomerTypeId),
            customer_location: details.location.clone(),
            duration: Duration::try_from(end.duration_since(start)).ok(),
            ignore_meetings: self.moving.map(MeetingId).into_iter().collect(),
            is_customer_initiated: true,
            is_internal: Some(false),
            best: Some(false),
            travel_before: details.travel_before.map(Duration::from),
            travel_after: details.travel_after.map(Duration::from),
            token,
            ..Request::default()
        }
    }
}

async fn book(
    tx: &mut Tx,
    given: &Given,
    body: &Body,
    slot: Option<Uuid>,
    time: Option<(Timestamp, Timestamp)>,
) -> Result<Meeting, Error> {
    let mut body = body.clone();
    let held = match slot {
        Some(id) => Some(held(tx, given, &body, id, None).await?),
        None => None,
    };
    if let Some(time) = time {
        open(given, &body, time)?;
    }
    let time = held.as_ref().map(|row| (row.starts, row.ends)).or(time);
    if let Some(time) = time {
        let settling = Settling { tenancy: &given.tenancy, meeting: given.id, seed: given.seed, at: given.at };
        let taking = Taking { time, held, existing: Vec::new(), room: None };
        place(tx, given, &settling, &mut body, taking).await?;
    }
    let kept = store::Meeting {
        id: given.id,
        starts: time.map(|(start, _)| start),
        ends: time.map(|(_, end)| end),
        creator: given.caller.creator(),
        customer: body.details.customer_id.clone(),
        body: body.json()?,
        version: 1,
        created: given.at,
        modified: given.at,
        cancelled: None,
        erased: None,
    };
    tx.insert_meeting(&given.tenancy, &kept, &body.participants()).await?;
    for event in events::booked(given, &kept, &body) {
        tx.append_event(&event).await?;
    }
    Ok(body.meeting(&kept))
}

/// The slot that is to be used, as long as it can be: held, of this employee, for a meeting that is to be made or for this one.
pub(super) async fn held(
    tx: &mut Tx,
    given: &Given,
    body: &Body,
    id: Uuid,
    meeting: Option<Uuid>,
) -> Result<SlotRow, Error> {
    let found = tx.slot(&given.tenancy, id).await?;
    // Who did not make a hold does not learn of it.
    let own = |row: &SlotRow| row.creator.as_deref().is_some_and(|creator| given.caller.may_reach(creator));
    let row = found.filter(|row| own(row) || !given.caller.is_customer());
    let row = row.ok_or_else(|| Error::not_found("/timeSlotId"))?;
    let status: SlotStatus = row.status.parse().map_err(|_| Error::senseless("a slot"))?;
    let is_hold = status == SlotStatus::Reserved;
    if is_hold && (row.deleted.is_some() || is_over(&row, given.at)) {
        return Err(Error::Conflict(Refusal::ReservationExpired));
    }
    let fits = status.is_main()
        && row.deleted.is_none()
        && row.employee == Some(body.details.employee_id)
        && (row.meeting.is_none() || (is_hold && row.meeting == meeting));
    if fits { Ok(row) } else { Err(Error::Conflict(Refusal::ReservationUsed)) }
}

/// A time that nobody was offered lies within opening hours where staff meets staff, and on no day that is closed.
fn open(given: &Given, body: &Body, (start, end): (Timestamp, Timestamp)) -> Result<(), Error> {
    let compiled = &given.compiled;
    let (first, last) = (compiled.date(start), compiled.date(end - jiff::SignedDuration::from_nanos(1)));
    let settings = &compiled.settings;
    let closed = settings.closing_days.range(first..=last).next().is_some();
    let (open, close) = (settings.opening_time.clock(), settings.closing_time.clock());
    let minutes = |at: Timestamp| {
        let clock = compiled.zone.to_datetime(at).time();
        i32::from(clock.hour()) * 60 + i32::from(clock.minute())
    };
    let ends = if compiled.date(end) > first { 24 * 60 } else { minutes(end) };
    let outside = minutes(start) < i32::from(open.minutes()) || ends > i32::from(close.minutes()) || first != last;
    if closed || (body.is_internal && outside) { Err(Error::Conflict(Refusal::Closed)) } else { Ok(()) }
}

/// What a meeting takes its time from.
pub(super) struct Taking {
    pub(super) time: (Timestamp, Timestamp),
    /// What is held for it.
    pub(super) held: Option<SlotRow>,
    /// What it has.
    pub(super) existing: Vec<SlotRow>,
    /// The room that it had elsewhere in time.
    pub(super) room: Option<Uuid>,
}

/// Lets a meeting be at a time: chooses its room, then takes the time of everybody.
pub(super) async fn place(
    tx: &mut Tx,
    given: &Given,
    settling: &Settling<'_>,
    body: &mut Body,
    taking: Taking,
) -> Result<(), Error> {
    body.details.room_id = room(tx, given, settling, body, &taking).await?;
    let Taking { time, held, mut existing, .. } = taking;
    if let Some(held) = held.filter(|held| !existing.iter().any(|there| there.id == held.id)) {
        existing.push(held);
    }
    for employee in &body.details.additional_employees {
        existing.extend(own_hold(tx, given, *employee, time).await?);
    }
    let desired = desired(settling.meeting, body, time, given.at)?;
    let slots = reconcile(tx, settling, existing, desired).await?;
    body.time_slot_id = slots.first().map(|slot| slot.id);
    Ok(())
}

/// What the same caller holds of somebody else who takes part, at exactly that time.
async fn own_hold(
    tx: &mut Tx,
    given: &Given,
    employee: Uuid,
    (start, end): (Timestamp, Timestamp),
) -> Result<Option<SlotRow>, Error> {
    let (now, creator) = (given.at, given.caller.creator());
    let filter = store::SlotFilter { from: start, until: end, employee: Some(employee), room: None, now, most: 1_000 };
    let own = |row: &SlotRow| {
        row.token.is_some()
            && row.meeting.is_none()
            && (row.starts, row.ends) == (start, end)
            && row.creator.as_deref() == Some(creator.as_str())
    };
    Ok(tx.slots(&given.tenancy, &filter).await?.into_iter().find(own))
}
