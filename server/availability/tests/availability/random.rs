//! Worlds drawn from a tape of bytes: a shorter tape, or smaller bytes, is a simpler world, so that failures shrink.

use engage_availability::*;
use jiff::civil::Date;
use proptest::prelude::*;

use crate::world::*;

/// Bytes that choices are made by; past the end everything is the first choice.
pub(crate) struct Tape {
    bytes: Vec<u8>,
    next: usize,
}

impl Tape {
    fn byte(&mut self) -> usize {
        self.next += 1;
        self.bytes.get(self.next - 1).copied().unwrap_or(0).into()
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.byte() % n
    }

    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// True once in `n` times.
    pub(crate) fn rarely(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    fn some<T: Copy>(&mut self, of: &[T]) -> Vec<T> {
        let bits = self.byte();
        of.iter().enumerate().filter(|(position, _)| bits >> position & 1 == 1).map(|(_, one)| *one).collect()
    }

    fn types(&mut self) -> MeetingTypes {
        if self.below(3) < 2 { MeetingTypes::ALL } else { types(&self.some(&MeetingType::ALL)) }
    }
}

/// Zones with days on which the clock changes, at night, at midnight, by half an hour; and others.
pub(crate) const ZONES: [(&str, [&str; 4]); 6] = [
    ("Europe/Copenhagen", ["2026-06-01", "2026-03-29", "2026-10-25", "2026-06-05"]),
    ("America/Nuuk", ["2026-06-01", "2026-03-28", "2026-10-24", "2026-03-30"]),
    ("America/New_York", ["2026-06-01", "2026-03-08", "2026-11-01", "2026-06-06"]),
    ("America/Havana", ["2026-06-01", "2026-03-08", "2026-11-01", "2026-03-09"]),
    ("Australia/Lord_Howe", ["2026-06-01", "2026-04-05", "2026-10-04", "2026-10-03"]),
    ("Asia/Kathmandu", ["2026-06-01", "2026-06-06", "2026-06-07", "2026-06-04"]),
];

const PLACES: [&str; 3] = ["L", "l", "X"];
const FROM: [&str; 7] = ["8:00", "0:00", "1:00", "2:30", "9:30", "14:00", "22:00"];
const TO: [&str; 7] = ["16:00", "24:00", "4:00", "2:30", "12:00", "18:10", "23:30"];
/// Opening hours.
const HOURS: [(&str, &str); 5] =
    [("0:00", "24:00"), ("8:00", "17:00"), ("2:30", "23:30"), ("0:00", "24:00"), ("1:30", "2:15")];
/// Who is named; one of them twice.
const NAMED: [&[u128]; 4] = [&[1, 2], &[2], &[3, 1, 2], &[4, 4]];
const MINUTE: i64 = 60_000_000;

/// A world around a day; any tape is one.
pub(crate) fn world(bytes: Vec<u8>) -> Case {
    let mut tape = Tape { bytes, next: 0 };
    let (zone, anchors) = tape.one(&ZONES);
    let day = date(tape.one(&anchors));
    let midnight = local(zone, &format!("{day} 00:00"));
    let settings = settings(&mut tape, zone, day);
    let request = request(&mut tape, midnight);
    let early = [-600, 0, 480, -2_880, 1_570][tape.below(5)];
    let now = Instant::from_micros(midnight.as_micros() + early * MINUTE + [0, 7][tape.below(2)]);
    let organisation = Organisation {
        settings,
        locations: locations(&mut tape),
        configurations: configurations(&mut tape),
        topics: vec![
            Topic { id: topic(1), parent: None },
            Topic { id: topic(2), parent: Some(topic(1)) },
            Topic { id: topic(3), parent: None },
        ],
        customer_types: vec![kind(1), kind(2)],
        competence_groups: (0..tape.below(4)).map(|n| competence(&mut tape, n as u128)).collect(),
        service_groups: (0..tape.below(3)).map(|n| served(&mut tape, n as u128)).collect(),
        employees: (1..=4).map(|n| person(&mut tape, n, midnight, now)).collect(),
        rooms: (0..tape.below(3)).map(|n| a_room(&mut tape, n as u128, midnight, now)).collect(),
    };
    Case { organisation, request, now }
}

fn settings(tape: &mut Tape, zone: &str, day: Date) -> Settings {
    let label = |label: &str| PriorityLevel::ServiceGroup(Some(label.to_owned()));
    let (opening, closing) = tape.one(&HOURS);
    Settings {
        zone: zone.to_owned(),
        opening: clock(opening),
        closing: clock(closing),
        interval_minutes: tape.one(&[30, 60, 15, 20]),
        max_meeting_time_per_day: tape.one(&[None, Some(minutes(90)), Some(hours(3))]),
        horizon: tape.one(&[days(60), days(60), days(1), hours(30), hours(5)]),
        closing_days: if tape.rarely(4) { vec![day.tomorrow().unwrap()] } else { vec![] },
        priority: match tape.below(4) {
            0 => Settings::default().priority,
            1 => vec![PriorityLevel::Explicit, label("Vip"), PriorityLevel::Local, PriorityLevel::ServiceGroup(None)],
            2 => vec![PriorityLevel::Local],
            _ => vec![label("vip"), PriorityLevel::Explicit],
        },
    }
}

fn request(tape: &mut Tape, midnight: Instant) -> Request {
    let pools = tape.some(&[Pool::Explicit, Pool::Local, Pool::ServiceGroup]);
    let start = Instant::from_micros(midnight.as_micros() + [0, 90, -400, 1_000][tape.below(4)] * MINUTE);
    let named = tape.one(&NAMED);
    let place =
        |tape: &mut Tape| tape.one(&[Some("L"), Some("L"), Some("X"), None, Some("nowhere")]).map(str::to_owned);
    Request {
        require_employee_participation: tape.rarely(3),
        explicit_employees: named.iter().map(|n| employee(*n)).collect(),
        pools: if pools.is_empty() { vec![Pool::Explicit, Pool::Local] } else { pools },
        start: tape.one(&[Some(Start::At(start)), None]),
        look_forward: tape.one(&[hours(30), hours(54), hours(30), hours(4)]),
        topic: tape.one(&[None, Some(topic(1)), Some(topic(2))]),
        customer_type: tape.one(&[None, Some(kind(1)), Some(kind(2))]),
        meeting_types: if tape.rarely(4) { Some(tape.types()) } else { None },
        customer_location: place(tape),
        meeting_location: if tape.rarely(4) { place(tape) } else { None },
        require_room: tape.one(&[None, None, Some(true), Some(false)]),
        specific_rooms: vec![],
        duration: tape.one(&[Some(minutes(30)), None, Some(minutes(45)), Some(minutes(7)), Some(hours(2))]),
        ignore_meetings: if tape.rarely(4) { vec![meeting(1)] } else { vec![] },
        is_customer_initiated: tape.below(2) == 0,
        is_internal: tape.one(&[Some(false), None, Some(true), Some(false)]),
        ignore_minimum_time: tape.rarely(5),
        extend_to_opening_hours: tape.rarely(3),
        best: Some(false),
        travel_before: if tape.rarely(5) { Some(minutes(20)) } else { None },
        travel_after: if tape.rarely(5) { Some(minutes(10)) } else { None },
        token: if tape.rarely(3) { Some("mine".to_owned()) } else { None },
    }
}

fn locations(tape: &mut Tape) -> Vec<Location> {
    let location = |key: &str, tape: &mut Tape| Location {
        key: key.to_owned(),
        add_rooms_to_booked_meetings: tape.below(2) == 1,
        require_available_room: tape.rarely(4),
    };
    vec![location("L", tape), location("X", tape)]
}

fn configurations(tape: &mut Tape) -> Vec<MeetingConfiguration> {
    let mut rows = Vec::new();
    for (topic, customer_type) in [(None, None), (Some(topic(1)), None), (None, Some(kind(1))), (Some(topic(2)), None)]
    {
        if topic.is_some() && !tape.rarely(3) {
            continue;
        }
        let part = |tape: &mut Tape| Part {
            length: tape.one(&[minutes(0), minutes(15), minutes(20)]),
            show_as: tape.one(&[ShowAs::Busy, ShowAs::Tentative, ShowAs::Free]),
        };
        rows.push(MeetingConfiguration {
            topic,
            customer_type,
            duration: tape.one(&[None, Some(minutes(30)), Some(minutes(75))]),
            meeting_types: tape.types(),
            time_between_meetings: tape.one(&[minutes(0), minutes(15), minutes(45)]),
            working_time_from_booking: tape.one(&[minutes(0), minutes(0), minutes(0), hours(3), minutes(50)]),
            calendar_time_from_booking: tape.one(&[minutes(0), minutes(0), minutes(0), hours(5), hours(24)]),
            exclude_weekend: tape.below(2) == 1,
            pre_processing: part(tape),
            post_processing: part(tape),
            travel_buffer: part(tape),
        });
    }
    rows
}

fn competence(tape: &mut Tape, n: u128) -> CompetenceGroup {
    CompetenceGroup {
        id: group(n),
        employees: tape.some(&[1, 2, 3, 4]).into_iter().map(employee).collect(),
        topics: tape.some(&[1, 2, 3]).into_iter().map(topic).collect(),
        customer_types: tape.some(&[1, 2]).into_iter().map(kind).collect(),
        // Only to those with a lower number, so there is no circle.
        children: tape.some(&[0, 1, 2]).into_iter().filter(|child| *child < n).map(group).collect(),
    }
}

fn served(tape: &mut Tape, n: u128) -> ServiceGroup {
    let keys = |places: Vec<&str>| places.into_iter().map(str::to_owned).collect();
    let trigger = Trigger {
        locations: if tape.rarely(3) { keys(tape.some(&PLACES)) } else { vec![] },
        customer_types: if tape.rarely(3) { tape.some(&[1, 2]).into_iter().map(kind).collect() } else { vec![] },
        topics: if tape.rarely(3) { tape.some(&[1, 2]).into_iter().map(topic).collect() } else { vec![] },
    };
    ServiceGroup {
        id: group(10 + n),
        employees: tape.some(&[1, 2, 3, 4]).into_iter().map(employee).collect(),
        competence_groups: tape.some(&[0, 1]).into_iter().map(group).collect(),
        labels: if tape.below(2) == 1 { vec!["VIP".to_owned()] } else { vec![] },
        max_meeting_time_per_day: tape.one(&[None, Some(hours(1)), Some(hours(2))]),
        trigger,
        offer: Offer { meeting_types: tape.types(), locations: keys(tape.some(&PLACES)) },
        is_dynamic: tape.rarely(4),
    }
}

fn person(tape: &mut Tape, n: u128, midnight: Instant, now: Instant) -> Employee {
    let place = |tape: &mut Tape| tape.one(&[Some("L"), Some("L"), Some("X"), Some("l"), None]).map(str::to_owned);
    let mut workdays = Vec::new();
    for weekday in WEEK {
        if tape.rarely(6) {
            continue;
        }
        let mut day = workday(weekday, tape.one(&FROM), tape.one(&TO));
        day.is_available = !tape.rarely(6);
        day.meeting_types = tape.types();
        day.location = if tape.rarely(3) { place(tape) } else { None };
        workdays.push(day);
    }
    Employee {
        id: employee(n),
        active: !tape.rarely(9),
        location: place(tape),
        schedule: Schedule {
            can_be_booked: !tape.rarely(9),
            is_only_explicitly_available: tape.rarely(4),
            max_meeting_time_per_day: tape.one(&[None, None, Some(hours(2)), Some(minutes(50))]),
            workdays,
        },
        skills: Skills {
            topics: tape.some(&[1, 2, 3]).into_iter().map(topic).collect(),
            customer_types: tape.some(&[1, 2]).into_iter().map(kind).collect(),
        },
        calendar: calendar(tape, midnight, now, 7),
    }
}

fn a_room(tape: &mut Tape, n: u128, midnight: Instant, now: Instant) -> Room {
    Room {
        id: room(n),
        name: tape.one(&["b", "a"]).to_owned(),
        location: tape.one(&PLACES).to_owned(),
        can_be_booked: !tape.rarely(8),
        active: !tape.rarely(8),
        calendar: calendar(tape, midnight, now, 4),
    }
}

fn calendar(tape: &mut Tape, midnight: Instant, now: Instant, most: usize) -> Calendar {
    let mut calendar = Calendar::default();
    for _ in 0..tape.below(most) {
        let start = span(tape, midnight);
        let status = status(tape, now);
        let outside = matches!(status, Status::ExtraOpen | Status::WorkingFromElsewhere);
        let meeting = tape.one(&[None, Some(meeting(1)), Some(meeting(2))]).filter(|_| !outside);
        calendar.slots.push(CalendarSlot { span: start, status, meeting });
    }
    for _ in 0..tape.below(3) {
        let span = span(tape, midnight);
        let end = if tape.rarely(3) { None } else { Some(span.end) };
        calendar.sign_ins.push(SignIn { group: group(10 + tape.below(2) as u128), start: span.start, end });
    }
    calendar
}

fn span(tape: &mut Tape, midnight: Instant) -> Span {
    let quarter = i64::try_from(tape.below(256)).unwrap() - 40;
    let odd = tape.one(&[0, 0, 7 * MINUTE, 1]);
    let start = midnight.as_micros() + quarter * 15 * MINUTE + odd;
    let length = tape.one(&[30, 60, 90, 10, 0, 30, 60, 240, 1_440]) * MINUTE;
    Span::new(Instant::from_micros(start), Instant::from_micros(start + length))
}

fn status(tape: &mut Tape, now: Instant) -> Status {
    let show_as = tape.one(&[ShowAs::Busy, ShowAs::Free, ShowAs::Tentative]);
    match tape.below(12) {
        0 | 1 => Status::Busy,
        2 | 3 => Status::Booked,
        4 => Status::BookedInternalBusy,
        5 => Status::BookedInternalFree,
        6 => Status::PreProcessing(show_as),
        7 => Status::PostProcessing(show_as),
        8 => Status::TravelTime(show_as),
        9 => Status::WorkingFromElsewhere,
        10 => Status::ExtraOpen,
        _ => Status::Reserved {
            token: tape.one(&["mine", "other"]).to_owned(),
            expires: Instant::from_micros(now.as_micros() + tape.one(&[1, 0, 300_000_000, -5])),
        },
    }
}

/// Tapes long enough for a whole world.
pub(crate) fn tapes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..600)
}
