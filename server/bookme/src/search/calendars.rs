//! Calendars, as the store has them: all of an organisation in few statements, or those that have changed.

use std::collections::{BTreeSet, HashMap};

use engage_availability::{
    Calendar, CalendarSlot, EmployeeId, GroupId, Index, Instant, MeetingId, RoomId, SignIn, Span, Status, UpdateError,
};
use engage_store::platform::{CalendarReads, CalendarsOf, Reader, SlotRow};
use jiff::Timestamp;
use uuid::Uuid;

use super::Compiled;
use crate::calendar::{TimeSlot, read};
use crate::values::SlotStatus;
use crate::{Error, Tenancy};

/// How many calendars are read at once: of full ones some fifty thousand slots.
const PAGE: usize = 100;

/// From when on slots matter, and the time.
type Times = (Timestamp, Timestamp);

/// The index with every calendar of its employees and rooms.
pub(super) async fn load(
    reader: &mut Reader,
    tenancy: &Tenancy,
    compiled: &Compiled,
    times: Times,
) -> Result<Index, Error> {
    let mut index = compiled.index.clone();
    let employees: Vec<Uuid> = compiled.employees.keys().copied().collect();
    let rooms: Vec<Uuid> = compiled.rooms.iter().map(|room| room.id).collect();
    for page in employees.chunks(PAGE) {
        employee_calendars(reader, tenancy, page, times, &mut index).await?;
    }
    for page in rooms.chunks(PAGE) {
        room_calendars(reader, tenancy, page, times, &mut index).await?;
    }
    Ok(index)
}

/// The index with the calendars of some employees and rooms as they are now.
pub(super) async fn reread(
    reader: &mut Reader,
    tenancy: &Tenancy,
    index: &Index,
    changed: &BTreeSet<Uuid>,
    times: Times,
) -> Result<Index, Error> {
    let mut index = index.clone();
    for id in changed {
        // Whoever has left the directory has a calendar still, and is offered no more.
        if known(index.replace_calendar(EmployeeId(*id), &Calendar::default()))? {
            employee_calendars(reader, tenancy, &[*id], times, &mut index).await?;
        }
        if known(index.replace_room_calendar(RoomId(*id), &Calendar::default()))? {
            room_calendars(reader, tenancy, &[*id], times, &mut index).await?;
        }
    }
    Ok(index)
}

async fn employee_calendars(
    reader: &mut Reader,
    tenancy: &Tenancy,
    of: &[Uuid],
    times: Times,
    index: &mut Index,
) -> Result<(), Error> {
    let rows = reader.slots_from(tenancy, CalendarsOf::Employees(of), times).await?;
    for (employee, calendar) in &calendars(rows, |slot| slot.employee_id)? {
        known(index.replace_calendar(EmployeeId(*employee), calendar))?;
    }
    Ok(())
}

async fn room_calendars(
    reader: &mut Reader,
    tenancy: &Tenancy,
    of: &[Uuid],
    times: Times,
    index: &mut Index,
) -> Result<(), Error> {
    let rows = reader.slots_from(tenancy, CalendarsOf::Rooms(of), times).await?;
    for (room, calendar) in &calendars(rows, |slot| slot.room_id)? {
        known(index.replace_room_calendar(RoomId(*room), calendar))?;
    }
    Ok(())
}

/// Whether it is the calendar of somebody or something that is in the directory.
fn known(replaced: Result<(), UpdateError>) -> Result<bool, Error> {
    match replaced {
        Ok(()) => Ok(true),
        Err(UpdateError::UnknownEmployee(_) | UpdateError::UnknownRoom(_)) => Ok(false),
        Err(UpdateError::OtherDay(_) | UpdateError::Range) => Err(Error::senseless("a slot")),
    }
}

fn calendars(rows: Vec<SlotRow>, whose: impl Fn(&TimeSlot) -> Option<Uuid>) -> Result<HashMap<Uuid, Calendar>, Error> {
    let mut calendars = HashMap::<Uuid, Calendar>::new();
    for mut row in rows {
        let token = row.token.take();
        let slot = read(row)?;
        if let Some(whose) = whose(&slot) {
            put(calendars.entry(whose).or_default(), &slot, token.as_deref());
        }
    }
    Ok(calendars)
}

fn put(calendar: &mut Calendar, slot: &TimeSlot, token: Option<&str>) {
    let span = Span::new(slot.start.into(), slot.end.into());
    let show_as = slot.show_as.map(engage_availability::ShowAs::from).unwrap_or_default();
    let status = match slot.status {
        SlotStatus::Reserved => Status::Reserved {
            token: token.unwrap_or_default().to_owned(),
            expires: slot.expires.map_or(span.end, Instant::from),
        },
        SlotStatus::Booked => Status::Booked,
        SlotStatus::BookedInternalBusy => Status::BookedInternalBusy,
        SlotStatus::BookedInternalFree => Status::BookedInternalFree,
        SlotStatus::Busy
        | SlotStatus::BusyAppointmentInstance
        | SlotStatus::BusyAppointmentOccurence
        | SlotStatus::BusyEventInstance
        | SlotStatus::BusyEventOccurence => Status::Busy,
        SlotStatus::PreProcessing => Status::PreProcessing(show_as),
        SlotStatus::PostProcessing => Status::PostProcessing(show_as),
        SlotStatus::TravelTime => Status::TravelTime(show_as),
        SlotStatus::WorkingFromElsewhere => Status::WorkingFromElsewhere,
        SlotStatus::ExtraOpen => Status::ExtraOpen,
        SlotStatus::AvailableForWork => {
            let group = slot.service_group.as_deref().and_then(|group| Uuid::try_parse(group).ok());
            calendar.sign_ins.extend(group.map(|group| SignIn {
                group: GroupId(group),
                start: span.start,
                end: Some(span.end),
            }));
            return;
        }
    };
    calendar.slots.push(CalendarSlot { span, status, meeting: slot.meeting_id.map(MeetingId) });
}
