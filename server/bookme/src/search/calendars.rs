//! Calendars, as the store has them at the moment of a question: whichever server wrote, it is seen.

use std::collections::HashMap;
use std::time::Duration;

use engage_availability::{
    Calendar, CalendarSlot, EmployeeId, GroupId, Index, Instant, MeetingId, Request, RoomId, SignIn, Span, Start,
    Status,
};
use engage_store::platform::{CalendarReads, SlotFilter};
use jiff::Timestamp;
use uuid::Uuid;

use super::Compiled;
use crate::calendar::{TimeSlot, read};
use crate::values::SlotStatus;
use crate::{Bookme, Error, Tenancy};

/// The most slots of a question.
const MOST: usize = 2_000_000;

impl Bookme {
    /// The index, with all that stands in calendars near the times that are asked for.
    pub(super) async fn with_calendars(
        &self,
        tenancy: &Tenancy,
        compiled: &Compiled,
        request: &Request,
        now: Timestamp,
    ) -> Result<Index, Error> {
        let (from, until) = range(compiled, request, now);
        let filter = SlotFilter { from, until, employee: None, room: None, now, most: MOST };
        let (mut people, mut rooms) = (HashMap::<Uuid, Calendar>::new(), HashMap::<Uuid, Calendar>::new());
        for row in self.database.reader().slots(tenancy, &filter).await? {
            let token = row.token.clone();
            let slot = read(row)?;
            for (calendars, whose) in [(&mut people, slot.employee_id), (&mut rooms, slot.room_id)] {
                if let Some(whose) = whose {
                    put(calendars.entry(whose).or_default(), &slot, token.as_deref());
                }
            }
        }
        let mut index = compiled.index.clone();
        // Whoever left the directory has a calendar still, and is offered no more.
        for (employee, calendar) in &people {
            index.replace_calendar(EmployeeId(*employee), calendar).ok();
        }
        for (room, calendar) in &rooms {
            index.replace_room_calendar(RoomId(*room), calendar).ok();
        }
        Ok(index)
    }
}

/// From when until when something can matter.
fn range(compiled: &Compiled, request: &Request, now: Timestamp) -> (Timestamp, Timestamp) {
    let start = match request.start {
        None => now,
        Some(Start::At(at)) => at.timestamp(),
        Some(Start::On(date)) => compiled.day(date).map_or(now, |(start, _)| start),
    };
    let ways = request.travel_before.unwrap_or_default() + request.travel_after.unwrap_or_default();
    // No meeting is longer than a week.
    let longest = request.duration.unwrap_or_default().max(Duration::from_secs(7 * 86_400));
    let margin = compiled.margin.saturating_add(ways);
    let before = start.checked_sub(margin).unwrap_or(Timestamp::MIN);
    let after = start.checked_add(request.look_forward).and_then(|end| end.checked_add(longest + margin));
    (before, after.unwrap_or(Timestamp::MAX))
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
