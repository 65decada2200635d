//! An office of any size: 30 days with twenty external events on each in every calendar.

use std::time::Duration;

use engage_availability::{
    Calendar, CalendarSlot, Clock, CustomerTypeId, Employee, EmployeeId, Index, Instant, MeetingConfiguration,
    MeetingTypes, Organisation, Part, Pool, Request, Schedule, Settings, Skills, Span, Status, Topic, TopicId, Workday,
};
use jiff::Timestamp;
use jiff::civil::{Date, Weekday, date};
use uuid::Uuid;

const TOPIC: TopicId = TopicId(Uuid::from_u128(1));
const KIND: CustomerTypeId = CustomerTypeId(Uuid::from_u128(2));
const MINUTE: i64 = 60_000_000;
const DAYS: i64 = 30;
pub(crate) const FIRST: Date = date(2026, 6, 1);

pub(crate) fn now() -> Instant {
    "2026-05-31T22:00:00Z".parse::<Timestamp>().expect("an instant").into()
}

/// Numbers that look drawn, the same each time.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    fn below(&mut self, n: u64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % n).unwrap_or(0)
    }
}

/// Twenty events of a quarter of an hour between 07:00 and 19:00 local.
pub(crate) fn day(draw: &mut Draw, days: i64) -> Vec<CalendarSlot> {
    let event = |quarter: i64| {
        let start = now().as_micros() + (days * 24 * 60 + 7 * 60 + quarter * 15) * MINUTE;
        let span = Span::new(Instant::from_micros(start), Instant::from_micros(start + 15 * MINUTE));
        CalendarSlot { span, status: Status::Busy, meeting: None }
    };
    (0..20).map(|_| event(draw.below(48))).collect()
}

fn employee(n: u128, location: &str) -> Employee {
    let workday = |weekday| Workday {
        weekday,
        is_available: true,
        from: Clock::new(8, 0).expect("a time"),
        to: Clock::new(16, 0).expect("a time"),
        meeting_types: MeetingTypes::ALL,
        location: None,
    };
    let weekdays = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    Employee {
        id: EmployeeId(Uuid::from_u128(n)),
        active: true,
        location: Some(location.to_owned()),
        schedule: Schedule {
            can_be_booked: true,
            is_only_explicitly_available: false,
            max_meeting_time_per_day: Some(Duration::from_secs(5 * 3_600)),
            workdays: weekdays.map(workday).to_vec(),
        },
        skills: Skills { topics: vec![TOPIC], customer_types: vec![KIND] },
        calendar: Calendar::default(),
    }
}

/// `pool` employees at the location asked for, and `others` elsewhere; nothing in their calendars.
pub(crate) fn organisation(pool: u128, others: u128) -> Organisation {
    let part = |minutes: u64| Part { length: Duration::from_secs(minutes * 60), ..Part::default() };
    let row = MeetingConfiguration {
        topic: Some(TOPIC),
        customer_type: None,
        duration: Some(Duration::from_secs(30 * 60)),
        meeting_types: MeetingTypes::ALL,
        time_between_meetings: Duration::from_secs(15 * 60),
        working_time_from_booking: Duration::from_secs(3 * 3_600),
        calendar_time_from_booking: Duration::from_secs(24 * 3_600),
        exclude_weekend: true,
        pre_processing: part(5),
        post_processing: part(0),
        travel_buffer: part(0),
    };
    Organisation {
        settings: Settings::default(),
        employees: (1..=pool + others).map(|n| employee(n, if n <= pool { "here" } else { "there" })).collect(),
        topics: vec![Topic { id: TOPIC, parent: None }],
        customer_types: vec![KIND],
        configurations: vec![row],
        ..Organisation::default()
    }
}

/// The same, with their calendars.
pub(crate) fn index(pool: u128, others: u128) -> Index {
    let mut index = Index::compile(&organisation(pool, others)).expect("a sound organisation");
    fill(&mut index, pool + others);
    index
}

/// Fills the calendars of the first employees.
pub(crate) fn fill(index: &mut Index, employees: u128) {
    let mut draw = Draw(1);
    for n in 1..=employees {
        let slots = (0..DAYS).flat_map(|days| day(&mut draw, days)).collect();
        let calendar = Calendar { slots, sign_ins: vec![] };
        index.replace_calendar(EmployeeId(Uuid::from_u128(n)), &calendar).expect("a known employee");
    }
}

/// The best employee for each start of 30 days, by topic, customer type and location.
pub(crate) fn request() -> Request {
    Request {
        pools: vec![Pool::Local, Pool::ServiceGroup],
        look_forward: Duration::from_secs(30 * 86_400),
        topic: Some(TOPIC),
        customer_type: Some(KIND),
        customer_location: Some("here".to_owned()),
        is_customer_initiated: true,
        ..Request::default()
    }
}
