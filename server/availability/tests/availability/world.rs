//! The world of the worked examples, and short words for building others.

use std::time::Duration;

use engage_availability::*;
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use uuid::Uuid;

pub(crate) const L: &str = "L";
pub(crate) const X: &str = "X";

pub(crate) fn employee(n: u128) -> EmployeeId {
    EmployeeId(Uuid::from_u128(n))
}
pub(crate) fn group(n: u128) -> GroupId {
    GroupId(Uuid::from_u128(1000 + n))
}
pub(crate) fn topic(n: u128) -> TopicId {
    TopicId(Uuid::from_u128(2000 + n))
}
pub(crate) fn kind(n: u128) -> CustomerTypeId {
    CustomerTypeId(Uuid::from_u128(3000 + n))
}
pub(crate) fn room(n: u128) -> RoomId {
    RoomId(Uuid::from_u128(4000 + n))
}
pub(crate) fn meeting(n: u128) -> MeetingId {
    MeetingId(Uuid::from_u128(5000 + n))
}

pub(crate) const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}
pub(crate) const fn hours(n: u64) -> Duration {
    minutes(n * 60)
}
pub(crate) const fn days(n: u64) -> Duration {
    hours(n * 24)
}

/// `8:30`, `24:00`.
pub(crate) fn clock(text: &str) -> Clock {
    let (hour, minute) = text.split_once(':').unwrap();
    Clock::new(hour.parse().unwrap(), minute.parse().unwrap()).unwrap()
}

/// An instant as RFC 3339 has it.
pub(crate) fn utc(text: &str) -> Instant {
    text.parse::<Timestamp>().unwrap().into()
}

/// An instant as the clock of Copenhagen shows it: `2026-06-01 08:00`.
pub(crate) fn cph(text: &str) -> Instant {
    local("Europe/Copenhagen", text)
}

pub(crate) fn local(zone: &str, text: &str) -> Instant {
    let at: jiff::civil::DateTime = text.replace(' ', "T").parse().unwrap();
    TimeZone::get(zone).unwrap().to_timestamp(at).unwrap().into()
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn types(all: &[MeetingType]) -> MeetingTypes {
    MeetingTypes::of(all)
}

pub(crate) const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

pub(crate) fn workday(weekday: Weekday, from: &str, to: &str) -> Workday {
    Workday {
        weekday,
        is_available: true,
        from: clock(from),
        to: clock(to),
        meeting_types: MeetingTypes::ALL,
        location: None,
    }
}

/// Monday to Friday 08–16, all types, at `L`.
pub(crate) fn advisor(n: u128) -> Employee {
    Employee {
        id: employee(n),
        active: true,
        location: Some(L.to_owned()),
        schedule: Schedule {
            can_be_booked: true,
            is_only_explicitly_available: false,
            max_meeting_time_per_day: None,
            workdays: WEEK[..5].iter().map(|day| workday(*day, "8:00", "16:00")).collect(),
        },
        skills: Skills::default(),
        calendar: Calendar::default(),
    }
}

/// The row for all: an hour, all types, nothing around.
pub(crate) fn row() -> MeetingConfiguration {
    MeetingConfiguration {
        topic: None,
        customer_type: None,
        duration: None,
        meeting_types: MeetingTypes::ALL,
        time_between_meetings: Duration::ZERO,
        working_time_from_booking: Duration::ZERO,
        calendar_time_from_booking: Duration::ZERO,
        exclude_weekend: false,
        pre_processing: Part::default(),
        post_processing: Part::default(),
        travel_buffer: Part::default(),
    }
}

pub(crate) fn part(length: Duration) -> Part {
    Part { length, show_as: ShowAs::Busy }
}

pub(crate) fn service(n: u128, members: &[u128], offers: &[MeetingType], at: &[&str]) -> ServiceGroup {
    ServiceGroup {
        id: group(n),
        employees: members.iter().map(|member| employee(*member)).collect(),
        competence_groups: vec![],
        labels: vec![],
        max_meeting_time_per_day: None,
        trigger: Trigger::default(),
        offer: Offer { meeting_types: types(offers), locations: at.iter().map(|key| (*key).to_owned()).collect() },
        is_dynamic: false,
    }
}

pub(crate) fn slot(start: Instant, end: Instant, status: Status) -> CalendarSlot {
    CalendarSlot { span: Span::new(start, end), status, meeting: None }
}

/// An organisation, a request and the time: what a test changes.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) organisation: Organisation,
    pub(crate) request: Request,
    pub(crate) now: Instant,
}

impl Case {
    /// One employee at `L` asked for by name, in Customer mode, all slots, on Monday 2026-06-01; now is Thursday before.
    pub(crate) fn base() -> Self {
        let organisation = Organisation {
            employees: vec![advisor(1)],
            configurations: vec![row()],
            topics: vec![Topic { id: topic(1), parent: None }],
            customer_types: vec![kind(1)],
            ..Organisation::default()
        };
        let request = Request {
            explicit_employees: vec![employee(1)],
            pools: vec![Pool::Explicit],
            customer_location: Some(L.to_owned()),
            is_customer_initiated: true,
            best: Some(false),
            start: Some(Start::On(date("2026-06-01"))),
            look_forward: days(1),
            ..Request::default()
        };
        Self { organisation, request, now: cph("2026-05-28 08:00") }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn put(mut self, start: &str, end: &str, status: Status) -> Self {
        let slot = slot(cph(start), cph(end), status);
        self.organisation.employees[0].calendar.slots.push(slot);
        self
    }

    pub(crate) fn mode(mut self, mode: Mode) -> Self {
        self.request.is_customer_initiated = mode == Mode::Customer;
        self.request.is_internal = Some(mode == Mode::Internal);
        self
    }

    pub(crate) fn lasting(mut self, length: Duration) -> Self {
        self.request.duration = Some(length);
        self
    }

    pub(crate) fn row(mut self, change: impl FnOnce(&mut MeetingConfiguration)) -> Self {
        change(&mut self.organisation.configurations[0]);
        self
    }

    pub(crate) fn works(mut self, weekday: Weekday, from: &str, to: &str) -> Self {
        let workdays = &mut self.organisation.employees[0].schedule.workdays;
        workdays.retain(|day| day.weekday != weekday);
        workdays.push(workday(weekday, from, to));
        self
    }

    pub(crate) fn only(mut self, meeting_type: MeetingType) -> Self {
        self.request.meeting_types = Some(types(&[meeting_type]));
        self
    }

    pub(crate) fn between(mut self, start: &str, end: &str) -> Self {
        let (start, end) = (cph(start), cph(end));
        self.request.start = Some(Start::At(start));
        self.request.look_forward = Duration::from_micros((end.as_micros() - start.as_micros()).unsigned_abs());
        self
    }

    pub(crate) fn at(mut self, now: &str) -> Self {
        self.now = cph(now);
        self
    }

    pub(crate) fn index(&self) -> Index {
        Index::compile(&self.organisation).unwrap()
    }

    pub(crate) fn found(&self) -> Result<Found, SearchError> {
        self.index().search(&self.request, self.now, 7)
    }

    pub(crate) fn slots(&self) -> Vec<Slot> {
        self.found().unwrap().slots
    }

    /// Starts of a type as the clock of the organisation shows them; the type is Online unless asked otherwise.
    pub(crate) fn starts(&self) -> String {
        self.starts_of(MeetingType::Online)
    }

    pub(crate) fn starts_of(&self, meeting_type: MeetingType) -> String {
        let zone = TimeZone::get(&self.organisation.settings.zone).unwrap();
        let slots = self.slots();
        let starts = slots.iter().filter(|slot| slot.meeting_type == meeting_type);
        let starts = starts.map(|slot| zone.to_datetime(slot.start.timestamp()).strftime("%H:%M").to_string());
        starts.collect::<Vec<_>>().join(" ")
    }

    /// Local day and time of the first start.
    pub(crate) fn first(&self) -> String {
        let zone = TimeZone::get(&self.organisation.settings.zone).unwrap();
        let slots = self.slots();
        zone.to_datetime(slots[0].start.timestamp()).strftime("%a %H:%M").to_string()
    }

    pub(crate) fn employees(&self) -> Vec<EmployeeId> {
        let mut all: Vec<_> = self.slots().iter().map(|slot| slot.employee).collect();
        all.sort();
        all.dedup();
        all
    }

    pub(crate) fn found_types(&self) -> Vec<MeetingType> {
        let mut all: Vec<_> = self.slots().iter().map(|slot| slot.meeting_type).collect();
        all.sort();
        all.dedup();
        all
    }
}
