//! Booking.

use std::sync::Arc;
use std::time::Duration;

use engage_availability::{CustomerTypeId, EmployeeId, Pool, Request, Start, TopicId};
use engage_store::platform::{self as store, CalendarReads, Meetings, Outbox, SlotRow, Tx};
use jiff::Timestamp;
use uuid::Uuid;

use super::caller::Caller;
use super::desired::{Settling, desired, reconcile};
use super::events;
use super::meeting::{Body, Booking, Meeting};
use crate::calendar::{Overlap, free, is_over, taken};
use crate::search::Compiled;
use crate::values::{MeetingType, SlotStatus};
use crate::{Bookme, Error, Refusal, Tenancy};

pub(super) struct Given {
    pub(super) tenancy: Tenancy,
    pub(super) compiled: Arc<Compiled>,
    pub(super) caller: Caller,
    pub(super) id: Uuid,
    pub(super) seed: Uuid,
    pub(super) at: Timestamp,
}

impl Bookme {
    pub(super) async fn prepared(&self, tenancy: &Tenancy, caller: &Caller) -> Result<Given, Error> {
        let compiled = self.compiled(tenancy).await?;
        let (id, seed, at) = (self.id(), self.id(), self.now());
        Ok(Given { tenancy: *tenancy, compiled, caller: caller.clone(), id, seed, at })
    }

    /// Books a meeting: in the slot that is held for it, at a time, or with no time yet. Its slots, those of others who take part, the
    /// room, the time around it, and the events that tell of it are written together.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all that is wrong, [`Error::NotFound`] where it names what is not there,
    /// [`Refusal::ReservationExpired`], [`Refusal::ReservationUsed`], [`Refusal::TimeSlotTaken`], [`Refusal::Closed`],
    /// [`Refusal::NotOffered`] of customers who ask for a time that they are not offered, [`Error::Store`].
    pub async fn book(&self, tenancy: &Tenancy, booking: Booking, caller: &Caller) -> Result<Meeting, Error> {
        let given = self.prepared(tenancy, caller).await?;
        let (slot, time) = (booking.time_slot_id, booking.time);
        let body = booking.body(&given.compiled, caller)?;
        if caller.is_customer() {
            self.check_offered(tenancy, &body, slot, time, given.at).await?;
        }
        let work = self.database.write((given, body, slot, time), |tx, (given, body, slot, time)| {
            Box::pin(book(tx, given, body, *slot, *time))
        });
        work.await.map_err(taken)
    }

    /// Customers book what they were offered when it was held, or are offered now.
    async fn check_offered(
        &self,
        tenancy: &Tenancy,
        body: &Body,
        slot: Option<Uuid>,
        time: Option<(Timestamp, Timestamp)>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let held = match slot {
            Some(id) => self.database.reader().slot(tenancy, id).await?,
            None => None,
        };
        let token = held.as_ref().and_then(|row| row.token.clone());
        let (when, then) = match (&held, time) {
            (Some(row), _) => ((row.starts, row.ends), row.created),
            (None, Some(time)) => (time, now),
            // A slot that is not there is told of where it is taken.
            (None, None) => return Ok(()),
        };
        let request = offer(body, when, token);
        let found = self.available_at(tenancy, &request, 0, then).await?;
        let wanted = |slot: &engage_availability::Slot| {
            slot.employee == EmployeeId(body.details.employee_id)
                && slot.meeting_type == body.details.meeting_type.into()
                && (slot.start.timestamp(), slot.end.timestamp()) == when
        };
        if found.slots.iter().any(wanted) { Ok(()) } else { Err(Error::Conflict(Refusal::NotOffered)) }
    }
}

/// The question whether a customer is offered a time with somebody.
fn offer(body: &Body, (start, end): (Timestamp, Timestamp), token: Option<String>) -> Request {
    let details = &body.details;
    Request {
        explicit_employees: vec![EmployeeId(details.employee_id)],
        pools: vec![Pool::Explicit, Pool::Local, Pool::ServiceGroup],
        start: Some(Start::At(start.into())),
        look_forward: Duration::from_micros(1),
        topic: details.topic_id.map(TopicId),
        customer_type: details.customer_type_id.map(CustomerTypeId),
        customer_location: details.location.clone(),
        duration: Duration::try_from(end.duration_since(start)).ok(),
        is_customer_initiated: true,
        is_internal: Some(false),
        best: Some(false),
        travel_before: details.travel_before.map(Duration::from),
        travel_after: details.travel_after.map(Duration::from),
        token,
        ..Request::default()
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
        place(tx, given, &settling, &mut body, time, held, Vec::new()).await?;
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

/// Lets a meeting be at a time: chooses its room, then takes the time of everybody.
pub(super) async fn place(
    tx: &mut Tx,
    given: &Given,
    settling: &Settling<'_>,
    body: &mut Body,
    time: (Timestamp, Timestamp),
    held: Option<SlotRow>,
    mut existing: Vec<SlotRow>,
) -> Result<(), Error> {
    body.details.room_id = room(tx, given, settling, body, time, held.as_ref()).await?;
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

/// The room: the one that was asked for, else the one that was held, else the first that is free where the location wants one.
async fn room(
    tx: &mut Tx,
    given: &Given,
    settling: &Settling<'_>,
    body: &mut Body,
    (start, end): (Timestamp, Timestamp),
    held: Option<&SlotRow>,
) -> Result<Option<Uuid>, Error> {
    let compiled = &given.compiled;
    let details = &mut body.details;
    let given_room = details.room_id.or(held.and_then(|row| row.room));
    if details.location.is_none() && details.meeting_type == MeetingType::Physical {
        let of_room = given_room.and_then(|id| compiled.room(id)).map(|room| room.location.clone());
        let of_day = || compiled.location(details.employee_id, compiled.date(start)).map(str::to_owned);
        details.location = of_room.or_else(of_day);
    }
    let place = details.location.as_ref().and_then(|key| compiled.locations.get(key));
    let wants = place.is_some_and(|place| place.add_rooms_to_booked_meetings || place.require_available_room);
    if given_room.is_some() || details.meeting_type != MeetingType::Physical || !wants {
        return Ok(given_room);
    }
    let there = |room: &&crate::configuration::Room| {
        room.active && room.can_be_booked && Some(&room.location) == details.location.as_ref()
    };
    for room in compiled.rooms.iter().filter(there) {
        let wanted = Overlap {
            start,
            end,
            employee: None,
            room: Some(room.id),
            now: given.at,
            meeting: Some(settling.meeting),
            token: None,
            slot: None,
        };
        match free(tx, &given.tenancy, &wanted).await {
            Ok(()) => return Ok(Some(room.id)),
            Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let is_required = place.is_some_and(|place| place.require_available_room) && !body.ignores_conflicts;
    if is_required { Err(Error::Conflict(Refusal::TimeSlotTaken)) } else { Ok(None) }
}
