//! What a start has to satisfy: windows, location, calendar, notice, cap, rooms.

use engage_availability::*;
use jiff::civil::Date;

use super::{Oracle, Row, later};

/// The windows of one source, one piece for each rule and day.
pub(crate) type Pieces = Vec<(Source, Vec<Span>)>;

impl Oracle<'_> {
    fn place(&self) -> Option<&str> {
        self.request.meeting_location.as_deref().or(self.request.customer_location.as_deref())
    }

    fn workday<'e>(&self, employee: &'e Employee, date: Date) -> Option<&'e Workday> {
        employee.schedule.workdays.iter().find(|day| day.weekday == date.weekday())
    }

    fn works<'e>(&self, employee: &'e Employee, date: Date) -> Option<&'e Workday> {
        self.workday(employee, date).filter(|day| day.is_available && day.from < day.to)
    }

    fn eff<'e>(&self, employee: &'e Employee, date: Date) -> Option<&'e str> {
        let of_day = self.workday(employee, date).and_then(|day| day.location.as_deref());
        of_day.or(employee.location.as_deref())
    }

    fn is_closed(&self, date: Date) -> bool {
        self.organisation.settings.closing_days.contains(&date)
    }

    fn opening(&self, date: Date) -> Span {
        let settings = &self.organisation.settings;
        let from = self.local.resolve(date, settings.opening, false);
        Span::new(from, self.local.resolve(date, settings.closing, true))
    }

    fn dates(&self) -> Vec<Date> {
        let starts = self.starts();
        let (Some(first), Some(last)) = (starts.first(), starts.last()) else { return vec![] };
        let last = self.local.date(later(*last, self.length));
        let mut dates = vec![self.local.date(*first).yesterday().unwrap()];
        while *dates.last().unwrap() <= last {
            dates.push(dates.last().unwrap().tomorrow().unwrap());
        }
        dates
    }

    /// 3.2, 3.4, 3.5 and closing days: the windows of each source on the days on which it has any.
    pub(crate) fn windows_of(&self, employee: &Employee, meeting_type: MeetingType) -> Pieces {
        if !employee.active || !employee.schedule.can_be_booked {
            return vec![];
        }
        let sources = if self.is_multi() { vec![Source::Explicit] } else { self.sources(employee) };
        let windows = |source| {
            let mut all = Vec::new();
            for date in self.dates() {
                let at_place = meeting_type != MeetingType::Physical || self.is_at_place(employee, source, date);
                if !self.is_closed(date) && self.is_in_pool(employee, source, date) && at_place {
                    self.windows_on(employee, source, meeting_type, date, &mut all);
                }
            }
            (source, all)
        };
        sources.into_iter().map(windows).collect()
    }

    fn is_in_pool(&self, employee: &Employee, source: Source, date: Date) -> bool {
        let near = |place: &str| employee.location.as_deref() == Some(place) || self.eff(employee, date) == Some(place);
        source != Source::Local || self.place().is_some_and(near)
    }

    fn is_at_place(&self, employee: &Employee, source: Source, date: Date) -> bool {
        let eff = self.eff(employee, date);
        let Some(place) = self.place() else {
            let alike = |one: &EmployeeId| {
                self.eff(self.organisation.employees.iter().find(|other| other.id == *one).unwrap(), date) == eff
            };
            let together = !self.is_multi() || self.request.explicit_employees.iter().all(alike);
            return source == Source::Explicit && eff.is_some() && together;
        };
        let named_alone = self.is_multi() || self.request.pools.iter().all(|pool| *pool == Pool::Explicit);
        let waived = self.mode() == Mode::Employee && named_alone && source == Source::Explicit;
        match source {
            Source::ServiceGroup(id) => {
                self.group(id).offer.locations.iter().any(|one| one == place) && eff == Some(place)
            }
            _ => waived || eff == Some(place),
        }
    }

    fn group(&self, id: GroupId) -> &ServiceGroup {
        self.organisation.service_groups.iter().find(|group| group.id == id).unwrap()
    }

    fn windows_on(&self, e: &Employee, source: Source, meeting_type: MeetingType, date: Date, all: &mut Vec<Span>) {
        let group = if let Source::ServiceGroup(id) = source { Some(self.group(id)) } else { None };
        if group.is_some_and(|group| !group.offer.meeting_types.contains(meeting_type)) {
            return;
        }
        let day = Span::new(self.local.start_of(date), self.local.end_of(date));
        let clip = |span: Span| Span::new(span.start.max(day.start), span.end.min(day.end));
        let is_dynamic = group.is_some_and(|group| group.is_dynamic);
        // W1, W2
        let open = !is_dynamic && (source == Source::Explicit || !e.schedule.is_only_explicitly_available);
        if let Some(workday) = self.works(e, date).filter(|day| open && day.meeting_types.contains(meeting_type)) {
            let opening = self.opening(date);
            let from = self.local.resolve(date, workday.from, false);
            let to = self.local.resolve(date, workday.to, true);
            let extended = self.mode() == Mode::Employee && self.request.extend_to_opening_hours;
            let clipped = Span::new(from.max(opening.start), to.min(opening.end));
            all.push(if extended { opening } else { clipped });
        }
        // W3
        if !is_dynamic && matches!(meeting_type, MeetingType::Online | MeetingType::Telephone) {
            let extra = e.calendar.slots.iter().filter(|slot| slot.status == Status::ExtraOpen);
            all.extend(extra.map(|slot| clip(slot.span)));
        }
        // W4
        let theirs = |sign_in: &&SignIn| group.is_some_and(|group| group.id == sign_in.group);
        for sign_in in e.calendar.sign_ins.iter().filter(theirs) {
            let day = self.local.date(sign_in.start);
            let closing = self.opening(day).end;
            let open_end = if sign_in.start < closing { closing } else { self.local.end_of(day) };
            all.push(clip(Span::new(sign_in.start, sign_in.end.unwrap_or(open_end))));
        }
    }

    /// Every moment of the meeting is in a window.
    fn is_covered(&self, body: Span, windows: &[Span]) -> bool {
        let mut at = body.start;
        while at < body.end {
            let Some(window) = windows.iter().find(|window| window.start <= at && at < window.end) else {
                return false;
            };
            at = window.end;
        }
        true
    }

    /// 3.6 and 3.8 to 3.9, and notice of 3.7, of one employee.
    fn is_free(&self, e: &Employee, meeting_type: MeetingType, start: Instant) -> bool {
        let body = self.body(start);
        let (before, after, between) = self.around();
        let occupancy = Span::new(later(body.start, -before), later(body.end, after));
        let slots = || e.calendar.slots.iter().filter(|slot| self.is_in_force(slot));
        let elsewhere = |slot: &CalendarSlot| slot.status == Status::WorkingFromElsewhere && slot.span.overlaps(body);
        let widened = |slot: &CalendarSlot| {
            let span = Span::new(later(slot.span.start, -between), later(slot.span.end, between));
            let keeps_distance =
                matches!(slot.status, Status::Reserved { .. } | Status::Booked | Status::BookedInternalBusy);
            keeps_distance && !slot.span.is_empty() && span.overlaps(body)
        };
        !slots().any(|slot| blocks(slot) && slot.span.overlaps(occupancy))
            && !slots().any(widened)
            && (meeting_type != MeetingType::Physical || !slots().any(elsewhere))
            && self.fits_cap(e, start)
            && self.has_notice(e, start)
    }

    fn is_in_force(&self, slot: &CalendarSlot) -> bool {
        let ignored = slot.meeting.is_some_and(|meeting| self.request.ignore_meetings.contains(&meeting));
        let dead = match &slot.status {
            Status::Reserved { token, expires } => *expires <= self.now || self.request.token.as_ref() == Some(token),
            _ => false,
        };
        !ignored && !dead
    }

    fn around(&self) -> (i64, i64, i64) {
        let Some(row) = self.row.filter(|_| self.mode() != Mode::Internal) else {
            let travel = |way: Option<std::time::Duration>| way.map_or(0, |way| way.as_micros() as i64);
            let internal = self.mode() == Mode::Internal;
            let ways = (travel(self.request.travel_before), travel(self.request.travel_after));
            return if internal { (0, 0, 0) } else { (ways.0, ways.1, 0) };
        };
        let busy = |part: Part| if part.show_as == ShowAs::Free { 0 } else { part.length.as_micros() as i64 };
        let travel = |way: Option<std::time::Duration>| match way {
            Some(way) if row.travel_buffer.show_as != ShowAs::Free => {
                (way + row.travel_buffer.length).as_micros() as i64
            }
            _ => 0,
        };
        (
            busy(row.pre_processing) + travel(self.request.travel_before),
            busy(row.post_processing) + travel(self.request.travel_after),
            row.time_between_meetings.as_micros() as i64,
        )
    }

    /// 3.9.
    fn fits_cap(&self, e: &Employee, start: Instant) -> bool {
        let groups = self.organisation.service_groups.iter().filter(|group| self.is_member(e, group));
        let highest = groups.filter_map(|group| group.max_meeting_time_per_day).max();
        let general = self.organisation.settings.max_meeting_time_per_day;
        let cap = e.schedule.max_meeting_time_per_day.or(highest).or(general);
        let Some(cap) = cap.filter(|_| self.mode() != Mode::Internal) else { return true };
        let date = self.local.date(start);
        let counted = e.calendar.slots.iter().filter(|slot| {
            let counts = matches!(slot.status, Status::Reserved { .. } | Status::Booked);
            counts && !slot.span.is_empty() && self.is_in_force(slot) && self.local.date(slot.span.start) == date
        });
        let used: i64 = counted.map(|slot| slot.span.end.as_micros() - slot.span.start.as_micros()).sum();
        used + self.length <= cap.as_micros() as i64
    }

    /// 3.7: as much working and elapsed time before the start as is wanted.
    fn has_notice(&self, e: &Employee, start: Instant) -> bool {
        let Some(row) = self.row.filter(|_| self.mode() == Mode::Customer && !self.request.ignore_minimum_time) else {
            return true;
        };
        let never_works = !works_at_all(e);
        let (mut worked, mut elapsed) = (0, 0);
        for date in self.dates_until(start) {
            let weekend = date.weekday().to_monday_zero_offset() >= 5;
            let within =
                |from: Instant, to: Instant| (to.min(start).as_micros() - from.max(self.now).as_micros()).max(0);
            let hours = if never_works {
                Some(self.opening(date)).filter(|_| !weekend)
            } else {
                let resolve = |day: &Workday| {
                    Span::new(self.local.resolve(date, day.from, false), self.local.resolve(date, day.to, true))
                };
                self.works(e, date).map(resolve)
            };
            worked += hours.filter(|_| !self.is_closed(date)).map_or(0, |span| within(span.start, span.end));
            if !(weekend && row.exclude_weekend) {
                elapsed += within(self.local.start_of(date), self.local.end_of(date));
            }
        }
        worked >= row.working_time_from_booking.as_micros() as i64
            && elapsed >= row.calendar_time_from_booking.as_micros() as i64
    }

    /// The dates from now to a start.
    fn dates_until(&self, start: Instant) -> Vec<Date> {
        let mut dates = vec![self.local.date(self.now)];
        while *dates.last().unwrap() < self.local.date(start) {
            dates.push(dates.last().unwrap().tomorrow().unwrap());
        }
        dates
    }

    pub(crate) fn single(
        &self,
        e: &Employee,
        pools: &Pieces,
        meeting_type: MeetingType,
        start: Instant,
    ) -> Option<Row> {
        let supplying = pools.iter().filter(|(_, windows)| self.is_covered(self.body(start), windows));
        let (level, source) = supplying.map(|(source, _)| (self.level(*source), *source)).min()?;
        if !self.is_free(e, meeting_type, start) {
            return None;
        }
        let room = self.room(e, meeting_type, start)?;
        Some(Row { start, meeting_type, employee: e.id, level, source, room })
    }

    /// 3.11: all who are named, the first of whom owns the meeting.
    pub(crate) fn together(&self, meeting_type: MeetingType, start: Instant) -> Option<Row> {
        let employees = &self.organisation.employees;
        let named = self.request.explicit_employees.iter();
        let mut rows = Vec::new();
        for e in named.map(|id| employees.iter().find(|e| e.id == *id).unwrap()) {
            let pools = self.windows_of(e, meeting_type);
            rows.push(self.single(e, &pools, meeting_type, start)?);
        }
        rows.into_iter().next()
    }

    /// 3.10: nothing if one is needed and none is free.
    fn room(&self, e: &Employee, meeting_type: MeetingType, start: Instant) -> Option<Option<RoomId>> {
        if meeting_type != MeetingType::Physical {
            return Some(None);
        }
        let place = self.place().or_else(|| self.eff(e, self.local.date(start)));
        let known = self.organisation.locations.iter().find(|location| Some(location.key.as_str()) == place);
        let adds = known.is_some_and(|location| location.add_rooms_to_booked_meetings);
        let requires = known.is_some_and(|location| location.require_available_room);
        let specific = &self.request.specific_rooms;
        let is_required = match self.request.require_room {
            _ if !specific.is_empty() => true,
            Some(asked) => asked,
            None => requires,
        };
        if !is_required && !adds {
            return Some(None);
        }
        let eligible = self.organisation.rooms.iter().filter(|room| {
            let taken = room
                .calendar
                .slots
                .iter()
                .any(|slot| self.is_in_force(slot) && blocks(slot) && slot.span.overlaps(self.body(start)));
            let wanted = specific.is_empty() || specific.contains(&room.id);
            room.active && room.can_be_booked && Some(room.location.as_str()) == place && wanted && !taken
        });
        let first = eligible.min_by_key(|room| (&room.name, room.id)).map(|room| room.id);
        if is_required && first.is_none() { None } else { Some(first) }
    }
}

fn works_at_all(e: &Employee) -> bool {
    e.schedule.workdays.iter().any(|day| day.is_available && day.from < day.to)
}

/// §1.7: what is in the way whatever the type.
fn blocks(slot: &CalendarSlot) -> bool {
    match slot.status {
        Status::Reserved { .. } | Status::Booked | Status::BookedInternalBusy | Status::Busy => true,
        Status::PreProcessing(show_as) | Status::PostProcessing(show_as) | Status::TravelTime(show_as) => {
            show_as != ShowAs::Free
        }
        Status::BookedInternalFree | Status::WorkingFromElsewhere | Status::ExtraOpen => false,
    }
}
