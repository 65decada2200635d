//! Changing and moving.

use std::sync::Arc;

use engage_store::platform::{self as store, CalendarReads, MeetingReads, Meetings, Outbox, SlotRow, Tx};
use jiff::Timestamp;
use uuid::Uuid;

use super::book::{ATTEMPTS, Asked, Given, Taking, held, place, settled};
use super::caller::Caller;
use super::desired::Settling;
use super::events;
use super::meeting::{Body, Meeting, MeetingChange};
use super::plan::{references, row};
use crate::{Bookme, Error, Problems, Refusal, Tenancy};

impl Bookme {
    /// Changes a meeting that lies ahead, and moves it where `change` says so: what `change` makes of what is there. The row of the
    /// configuration stays that of its booking. A move frees all that the meeting had and takes one new set; what does not change
    /// keeps its slots.
    ///
    /// # Errors
    /// Those of `change`; [`Error::NotFound`] where it is not there, cancelled, or not the caller's;
    /// [`Refusal::MeetingInPast`]; otherwise as [`book`](Self::book).
    pub async fn change_meeting(
        &self,
        tenancy: &Tenancy,
        id: Uuid,
        caller: &Caller,
        change: impl Fn(&Meeting) -> Result<MeetingChange, Error> + Send + Sync + 'static,
    ) -> Result<Meeting, Error> {
        let given = Given { id, ..self.prepared(tenancy, caller).await? };
        if caller.is_customer() {
            let meeting = self.meeting(tenancy, id, caller).await?;
            let change = change(&meeting)?;
            if let Some(slot) = change.time_slot_id.filter(|slot| Some(*slot) != meeting.time_slot_id) {
                let asked = Asked { caller, details: &change.details, slot: Some(slot), time: None, moving: Some(id) };
                self.check_offered(tenancy, &asked, given.at).await?;
            }
        }
        let input = Arc::new((given, change));
        for attempt in 1..=ATTEMPTS {
            let work = self.database.write(input.clone(), |tx, input| {
                Box::pin(async move {
                    let (given, change) = &**input;
                    let (kept, body) = there(tx, given).await?;
                    ahead(&kept, given.at)?;
                    let change = change(&body.clone().meeting(&kept))?;
                    replace(tx, given, kept, body, change).await
                })
            });
            if let Some(answer) = settled(attempt, work.await) {
                return answer;
            }
        }
        Err(Error::Conflict(Refusal::TimeSlotTaken))
    }
}

/// A meeting that the caller may reach, and that is not cancelled.
pub(super) async fn there(tx: &mut Tx, given: &Given) -> Result<(store::Meeting, Body), Error> {
    let found = tx.meeting(&given.tenancy, given.id).await?;
    let reach = |kept: &store::Meeting| kept.cancelled.is_none() && given.caller.may_reach(&kept.creator);
    let kept = found.filter(reach).ok_or_else(|| Error::not_found(""))?;
    let body = Body::of(&kept)?;
    Ok((kept, body))
}

/// What has begun is no more changed.
pub(super) fn ahead(kept: &store::Meeting, now: Timestamp) -> Result<(), Error> {
    match kept.starts.is_some_and(|start| start <= now) {
        true => Err(Error::Conflict(Refusal::MeetingInPast)),
        false => Ok(()),
    }
}

async fn replace(
    tx: &mut Tx,
    given: &Given,
    kept: store::Meeting,
    was: Body,
    change: MeetingChange,
) -> Result<Meeting, Error> {
    let body = changed(given, &was, &change)?;
    let slot = change.time_slot_id.filter(|slot| Some(*slot) != was.time_slot_id);
    let to = match slot {
        Some(slot) => {
            let row = held(tx, given, &body, slot, Some(kept.id)).await?;
            Some(Move { time: (row.starts, row.ends), held: Some(row) })
        }
        None => None,
    };
    rewrite(tx, given, (kept, was), body, to).await
}

/// Where a meeting is moved.
pub(super) struct Move {
    pub(super) time: (Timestamp, Timestamp),
    /// What is held for it there.
    pub(super) held: Option<SlotRow>,
}

/// Writes what has become of a meeting: its slots, itself, and what is told of it.
pub(super) async fn rewrite(
    tx: &mut Tx,
    given: &Given,
    (kept, was): (store::Meeting, Body),
    mut body: Body,
    to: Option<Move>,
) -> Result<Meeting, Error> {
    let is_moved = to.is_some();
    let was_at = kept.starts.zip(kept.ends);
    let time = to.as_ref().map(|to| to.time).or(was_at);
    if let Some(time) = time {
        // What is held for some other move of it stays held.
        let mut existing = tx.slots_of_meeting(&given.tenancy, kept.id).await?;
        existing.retain(|slot| slot.token.is_none());
        let settling = Settling { tenancy: &given.tenancy, meeting: kept.id, seed: given.seed, at: given.at };
        // The room of the old time stays if it is free, unless another is asked for or held.
        let stays = was.details.room_id.filter(|room| is_moved && body.details.room_id == Some(*room));
        if stays.is_some() {
            body.details.room_id = None;
        }
        let taking = Taking { time, held: to.and_then(|to| to.held), existing, room: stays };
        place(tx, given, &settling, &mut body, taking).await?;
    }
    if is_moved && was_at.is_some() {
        body.sequence += 1;
    }
    let new = store::Meeting {
        starts: time.map(|(start, _)| start),
        ends: time.map(|(_, end)| end),
        customer: body.details.customer_id.clone(),
        body: body.json()?,
        modified: given.at,
        ..kept
    };
    if body == was && new.starts == kept.starts {
        return Ok(was.meeting(&new));
    }
    tx.replace_meeting(&given.tenancy, &new, &body.participants()).await?;
    let told = match was_at {
        Some(_) => vec![events::updated(given, &new, &body)],
        // It has a time now, and is told of for the first time.
        None => events::booked(given, &new, &body),
    };
    for event in told {
        tx.append_event(&event).await?;
    }
    Ok(body.meeting(&new))
}

/// The meeting as it is to be, if that is right.
fn changed(given: &Given, was: &Body, change: &MeetingChange) -> Result<Body, Error> {
    let mut details = change.details.clone();
    details.normalise();
    let mut problems = Problems::default();
    details.check(change.needs_address, &mut problems);
    if details.customer_id.is_none() && !was.is_internal {
        problems.add("/customerId", "a meeting with a customer needs one");
    }
    if given.caller.is_customer() {
        if details.customer_id != was.details.customer_id {
            problems.add("/customerId", "it stays with its customer");
        }
        if details.additional_employees != was.details.additional_employees {
            problems.add("/additionalEmployees", "staff alone says who else takes part");
        }
    }
    problems.finish()?;
    references(&details, Some(&was.details), &given.compiled)?;
    let mut body = Body { details, ..was.clone() };
    // A meeting that was booked without a row gets one with its first topic.
    if body.configuration_id.is_none() {
        let row = row(&body.details, body.is_internal, &given.compiled)?;
        body.configuration_id = row.map(|row| row.id);
        body.configuration = row.map(|row| row.value.clone());
    }
    Ok(body)
}
