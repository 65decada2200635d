//! Which room a meeting has.

use engage_store::platform::Tx;
use jiff::Timestamp;
use uuid::Uuid;

use super::book::{Given, Taking};
use super::desired::Settling;
use super::meeting::Body;
use crate::calendar::{Overlap, free};
use crate::configuration::Room;
use crate::values::MeetingType;
use crate::{Error, Refusal};

/// The room: the one that was asked for, else the one that was held, else the first that is free: the one that the meeting had, and
/// where the location wants one, those that are there.
pub(super) async fn room(
    tx: &mut Tx,
    given: &Given,
    settling: &Settling<'_>,
    body: &mut Body,
    taking: &Taking,
) -> Result<Option<Uuid>, Error> {
    let (compiled, details) = (&given.compiled, &mut body.details);
    let asked = details.room_id.or(taking.held.as_ref().and_then(|row| row.room));
    let is_physical = details.meeting_type == MeetingType::Physical;
    if details.location.is_none() && is_physical {
        let of_room = asked.or(taking.room).and_then(|id| compiled.room(id)).map(|room| room.location.clone());
        let of_day = || compiled.location(details.employee_id, compiled.date(taking.time.0)).map(str::to_owned);
        details.location = of_room.or_else(of_day);
    }
    if asked.is_some() {
        return Ok(asked);
    }
    let place = details.location.as_ref().and_then(|key| compiled.locations.get(key)).filter(|_| is_physical);
    let wants = place.is_some_and(|place| place.add_rooms_to_booked_meetings || place.require_available_room);
    let there =
        |room: &&Room| wants && room.active && room.can_be_booked && Some(&room.location) == details.location.as_ref();
    let rooms = taking.room.into_iter().chain(compiled.rooms.iter().filter(there).map(|room| room.id));
    for room in rooms {
        if is_free(tx, given, settling, room, taking.time).await? {
            return Ok(Some(room));
        }
    }
    let is_required = place.is_some_and(|place| place.require_available_room) && !body.ignores_conflicts;
    if is_required { Err(Error::Conflict(Refusal::TimeSlotTaken)) } else { Ok(None) }
}

async fn is_free(
    tx: &mut Tx,
    given: &Given,
    settling: &Settling<'_>,
    room: Uuid,
    (start, end): (Timestamp, Timestamp),
) -> Result<bool, Error> {
    let (room, meeting) = (Some(room), Some(settling.meeting));
    let wanted =
        Overlap { start, end, employee: None, room, now: given.at, meeting, token: None, slot: None, held: false };
    match free(tx, &given.tenancy, &wanted).await {
        Ok(_) => Ok(true),
        Err(Error::Conflict(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
