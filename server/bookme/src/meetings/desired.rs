//! The slots that a meeting has to have, and what is done so that it has them and no others.

use engage_store::platform::{Calendar, SlotRow, Tx};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::meeting::Body;
use crate::calendar::{Overlap, claim, free, row};
use crate::model::Around;
use crate::values::{ShowAs, SlotStatus, TimeSpan};
use crate::{Error, Tenancy};

/// What time around a meeting is.
struct Part {
    status: SlotStatus,
    length: TimeSpan,
    show_as: Option<ShowAs>,
}

/// Every slot that a meeting has to have: its owner's first, then those of others, then time around it. They have no ids yet.
pub(super) fn desired(
    meeting: Uuid,
    body: &Body,
    (start, end): (Timestamp, Timestamp),
    at: Timestamp,
) -> Result<Vec<SlotRow>, Error> {
    let status = body.status();
    let mut slots = Vec::new();
    for employee in body.participants() {
        let is_owner = employee == body.details.employee_id;
        slots.push(SlotRow {
            employee: Some(employee),
            room: body.details.room_id.filter(|_| is_owner),
            meeting: Some(meeting),
            forced: body.ignores_conflicts,
            ..row(Uuid::nil(), status, start, end, at)
        });
    }
    let (before, after) = around(body);
    let (mut from, mut until) = (start, end);
    for part in before {
        let earlier = shifted(from, part.length, -1)?;
        slots.push(beside(meeting, body, &part, (earlier, from), at));
        from = earlier;
    }
    for part in after {
        let later = shifted(until, part.length, 1)?;
        slots.push(beside(meeting, body, &part, (until, later), at));
        until = later;
    }
    Ok(slots)
}

fn shifted(at: Timestamp, by: TimeSpan, sign: i64) -> Result<Timestamp, Error> {
    let beyond = |_| Error::invalid("/startDate", "the time lies beyond the years of the calendar");
    let by = SignedDuration::try_from(by.duration()).map_err(beyond)?;
    if sign < 0 { at.checked_sub(by).map_err(beyond) } else { at.checked_add(by).map_err(beyond) }
}

/// What is before a meeting and what is after it, the nearest first.
fn around(body: &Body) -> (Vec<Part>, Vec<Part>) {
    let row = body.configuration.as_ref().filter(|_| !body.is_internal);
    let part = |status: SlotStatus, part: Option<Around>| {
        let part = part.filter(|part| !part.duration.is_zero())?;
        Some(Part { status, length: part.duration, show_as: part.show_as })
    };
    let buffer = row.and_then(|row| row.travel_buffer);
    let way = |way: Option<TimeSpan>| {
        let way = way.filter(|way| !way.is_zero() && !body.is_internal)?;
        let buffered = way.duration() + buffer.map(|buffer| buffer.duration.duration()).unwrap_or_default();
        let length = TimeSpan::from(buffered);
        Some(Part { status: SlotStatus::TravelTime, length, show_as: buffer.and_then(|buffer| buffer.show_as) })
    };
    let pre = part(SlotStatus::PreProcessing, row.and_then(|row| row.pre_processing));
    let post = part(SlotStatus::PostProcessing, row.and_then(|row| row.post_processing));
    let details = &body.details;
    let before = pre.into_iter().chain(way(details.travel_before)).collect();
    (before, post.into_iter().chain(way(details.travel_after)).collect())
}

fn beside(meeting: Uuid, body: &Body, part: &Part, (start, end): (Timestamp, Timestamp), at: Timestamp) -> SlotRow {
    SlotRow {
        employee: Some(body.details.employee_id),
        meeting: Some(meeting),
        show_as: part.show_as.map(|show_as| show_as.as_str().to_owned()),
        ..row(Uuid::nil(), part.status, start, end, at)
    }
}

/// What a reconciliation is given.
pub(super) struct Settling<'a> {
    pub(super) tenancy: &'a Tenancy,
    pub(super) meeting: Uuid,
    /// Ids follow from it.
    pub(super) seed: Uuid,
    pub(super) at: Timestamp,
}

/// Lets a meeting have exactly the slots that it has to have, out of those that it has and those that are held for it: what is
/// there already stays as it is, what is held is booked, what is over goes, what is missing is made where its time is free.
/// The first that is returned is the owner's.
pub(super) async fn reconcile(
    tx: &mut Tx,
    given: &Settling<'_>,
    existing: Vec<SlotRow>,
    desired: Vec<SlotRow>,
) -> Result<Vec<SlotRow>, Error> {
    let mut left = existing;
    let mut slots: Vec<(SlotRow, Option<SlotRow>)> = Vec::with_capacity(desired.len());
    // What stays as it is comes first, so that nothing else is made of it.
    let stays: Vec<Option<SlotRow>> = desired.iter().map(|slot| take(&mut left, |there| same(there, slot))).collect();
    for (slot, stays) in desired.into_iter().zip(stays) {
        let there = match stays {
            Some(there) => Some(there),
            None => take(&mut left, |there| is_held_for(there, &slot)),
        };
        slots.push((slot, there));
    }
    for over in left {
        tx.free_slot(given.tenancy, over.id, given.at).await?;
    }
    let mut done = Vec::with_capacity(slots.len());
    for (position, (slot, there)) in slots.into_iter().enumerate() {
        done.push(settle(tx, given, position, slot, there).await?);
    }
    Ok(done)
}

async fn settle(
    tx: &mut Tx,
    given: &Settling<'_>,
    position: usize,
    slot: SlotRow,
    there: Option<SlotRow>,
) -> Result<SlotRow, Error> {
    if let Some(there) = there.as_ref().filter(|there| same(there, &slot)) {
        return Ok(there.clone());
    }
    let status: SlotStatus = slot.status.parse().map_err(|_| Error::senseless("a slot"))?;
    let forced = slot.forced || there.as_ref().is_some_and(|there| there.forced);
    if status.is_guarded() && !forced {
        check(tx, given, &slot, there.as_ref()).await?;
    }
    match there {
        Some(there) => {
            let booked = SlotRow { id: there.id, created: there.created, forced, ..slot };
            tx.replace_slot(given.tenancy, &booked, claim(&booked, status)).await?;
            Ok(booked)
        }
        None => {
            let new = SlotRow { id: Uuid::new_v5(&given.seed, &position.to_be_bytes()), ..slot };
            tx.insert_slot(given.tenancy, &new, claim(&new, status)).await?;
            Ok(new)
        }
    }
}

/// Whether a slot may have its time: what is held has it, unless the external calendar says otherwise since.
async fn check(tx: &mut Tx, given: &Settling<'_>, slot: &SlotRow, there: Option<&SlotRow>) -> Result<(), Error> {
    let hold = there.filter(|there| there.token.is_some());
    let all =
        [(slot.employee, None, hold.is_some()), (None, slot.room, hold.is_some_and(|hold| hold.room == slot.room))];
    for (employee, room, held) in all {
        let wanted = Overlap {
            start: slot.starts,
            end: slot.ends,
            employee,
            room,
            now: given.at,
            meeting: Some(given.meeting),
            token: None,
            slot: there.map(|there| there.id),
            held,
        };
        free(tx, given.tenancy, &wanted).await?;
    }
    Ok(())
}

fn take(slots: &mut Vec<SlotRow>, wanted: impl Fn(&SlotRow) -> bool) -> Option<SlotRow> {
    let position = slots.iter().position(wanted)?;
    Some(slots.swap_remove(position))
}

/// Both are the same time of the same people for the same meeting.
fn same(there: &SlotRow, slot: &SlotRow) -> bool {
    there.status == slot.status
        && (there.employee, there.room, there.meeting) == (slot.employee, slot.room, slot.meeting)
        && (there.starts, there.ends) == (slot.starts, slot.ends)
        && there.show_as == slot.show_as
        && there.token.is_none()
}

/// A hold, or a slot that belongs to no meeting, becomes the slot of its employee at its time; so does a meeting's own, where
/// only its status or room is another.
fn is_held_for(there: &SlotRow, slot: &SlotRow) -> bool {
    let guarded = |row: &SlotRow| row.status.parse::<SlotStatus>().is_ok_and(SlotStatus::is_main);
    guarded(there)
        && guarded(slot)
        && there.employee == slot.employee
        && (there.starts, there.ends) == (slot.starts, slot.ends)
}
