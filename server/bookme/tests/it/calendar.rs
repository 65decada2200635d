//! Holds, to the millisecond; external events; slots made by hand.

use engage_availability::{EmployeeId, MeetingType, Pool, Reason, Request, TopicId};
use engage_bookme::Error;
use engage_bookme::calendar::{Attendance, ExternalEvent, NewSlot, Reservation, SlotChange, TimeSlot};
use engage_bookme::meetings::Caller;
use engage_bookme::model::{MeetingConfiguration, ServiceGroup};
use engage_bookme::values::{SlotStatus, TimeSpan};
use jiff::Timestamp;
use uuid::Uuid;

use crate::world::{ANNA, BO, FJORD, Office, World, fields, id, missing, monday, refused};

pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    a_hold_lives_five_minutes(&world().await).await;
    a_hold_asks_little(&world().await).await;
    a_hold_takes_the_place_of_another(&world().await).await;
    taken_is_taken(&world().await).await;
    whose_hold(&world().await).await;
    by_hand(&world().await).await;
    events_of_calendars(&world().await).await;
    what_is_held_is_not_offered(&world().await).await;
}

pub(crate) fn staff() -> Caller {
    Caller::staff(id(7), id(8))
}

pub(crate) fn customer(n: u128) -> Caller {
    Caller { customer: true, ..Caller::staff(id(7), id(n)) }
}

pub(crate) fn time(whose: u128, from: &str, until: &str) -> NewSlot {
    NewSlot {
        status: SlotStatus::Reserved,
        start: monday(from),
        end: monday(until),
        employee_id: Some(id(whose)),
        room_id: None,
        service_group: None,
        ignore_conflicts: false,
    }
}

pub(crate) fn hold(token: u128, slot: NewSlot) -> Reservation {
    Reservation { slot, token: id(token), existing_meeting_id: None }
}

async fn reserve(world: &World, token: u128, slot: NewSlot) -> Result<TimeSlot, Error> {
    world.bookme.reserve(&world.tenancy, &hold(token, slot), &staff()).await
}

async fn live(world: &World) -> usize {
    world.calendar(ANNA).await.len()
}

async fn a_hold_lives_five_minutes(world: &World) {
    world.employee(ANNA, "anna").await;
    let held = reserve(world, 1, time(ANNA, "10:00", "11:00")).await.unwrap();
    assert_eq!(held.status, SlotStatus::Reserved);
    world.pass(299_999);
    assert_eq!(refused(reserve(world, 2, time(ANNA, "10:30", "11:30")).await), "TIME_SLOT_TAKEN");
    assert_eq!(live(world).await, 1);
    assert!(world.bookme.time_slot(&world.tenancy, held.id).await.is_ok());
    world.pass(1);
    assert_eq!(live(world).await, 0);
    assert_eq!(missing(world.bookme.time_slot(&world.tenancy, held.id).await), "");
    reserve(world, 2, time(ANNA, "10:30", "11:30")).await.unwrap();
}

/// What a hold costs a database, beside the two that begin and commit: who there is, what is in the way, the slot, its guard.
async fn a_hold_asks_little(world: &World) {
    world.employee(ANNA, "anna").await;
    world.room(FJORD, "fjord").await;
    let asked = async |token, slot| {
        let before = world.database.statements_written();
        reserve(world, token, slot).await.unwrap();
        world.database.statements_written() - before
    };
    assert_eq!(asked(1, time(ANNA, "10:00", "11:00")).await, 4);
    assert_eq!(asked(1, time(ANNA, "12:00", "13:00")).await, 6, "and the one before it goes, with its guard");
    let with_room = NewSlot { room_id: Some(id(FJORD)), ..time(ANNA, "14:00", "15:00") };
    assert_eq!(asked(2, with_room).await, 6, "and of a room whether it is there, and a guard");
    world.pass(300_000);
    assert_eq!(asked(3, time(ANNA, "12:00", "13:00")).await, 6, "and one that has run out goes, with its guard");
}

async fn a_hold_takes_the_place_of_another(world: &World) {
    world.employee(ANNA, "anna").await;
    let first = reserve(world, 1, time(ANNA, "10:00", "11:00")).await.unwrap();
    world.pass(200_000);
    let second = reserve(world, 1, time(ANNA, "12:00", "13:00")).await.unwrap();
    assert_ne!(first.id, second.id);
    assert_eq!(live(world).await, 1);
    world.pass(299_999);
    assert_eq!(live(world).await, 1, "it has five minutes of its own");
    reserve(world, 2, time(ANNA, "10:00", "11:00")).await.unwrap();
    world.pass(1);
    assert_eq!(live(world).await, 1);
    assert!(world.bookme.release(&world.tenancy, id(2), &staff()).await.unwrap());
    assert!(!world.bookme.release(&world.tenancy, id(2), &staff()).await.unwrap());
    assert_eq!(live(world).await, 0);
    // The same time again: the old hold is not in the way of the new one.
    reserve(world, 3, time(ANNA, "10:00", "11:00")).await.unwrap();
    reserve(world, 3, time(ANNA, "10:30", "11:30")).await.unwrap();
}

async fn taken_is_taken(world: &World) {
    world.employee(ANNA, "anna").await;
    world.employee(BO, "bo").await;
    world.room(FJORD, "fjord").await;
    reserve(world, 1, time(ANNA, "10:00", "11:00")).await.unwrap();
    let with_room = |whose| NewSlot { room_id: Some(id(FJORD)), ..time(whose, "12:00", "13:00") };
    reserve(world, 2, with_room(ANNA)).await.unwrap();
    assert_eq!(refused(reserve(world, 1, time(ANNA, "12:30", "13:30")).await), "TIME_SLOT_TAKEN");
    assert_eq!(live(world).await, 2, "the old hold is still there");
    assert_eq!(refused(reserve(world, 3, with_room(BO)).await), "TIME_SLOT_TAKEN", "the room");
    reserve(world, 3, time(ANNA, "11:00", "12:00")).await.unwrap();
    let room_alone = NewSlot { employee_id: None, ..with_room(BO) };
    assert_eq!(refused(reserve(world, 4, room_alone.clone()).await), "TIME_SLOT_TAKEN");
    let forced = NewSlot { ignore_conflicts: true, ..time(ANNA, "10:00", "11:00") };
    reserve(world, 5, forced.clone()).await.unwrap();
    let as_customer = world.bookme.reserve(&world.tenancy, &hold(6, forced), &customer(9)).await;
    assert!(matches!(as_customer, Err(Error::Forbidden(_))), "{as_customer:?}");
    assert_eq!(missing(reserve(world, 7, time(99, "10:00", "11:00")).await), "/employeeId");
    assert_eq!(missing(reserve(world, 7, NewSlot { room_id: Some(id(99)), ..room_alone }).await), "/roomId");
    assert_eq!(fields(reserve(world, 7, time(ANNA, "11:00", "11:00")).await), ["/endDate"]);
    let nobody = NewSlot { employee_id: None, ..time(ANNA, "11:00", "10:00") };
    assert_eq!(fields(reserve(world, 7, nobody).await), ["/endDate", "/employeeId"]);
    let meeting = Reservation { existing_meeting_id: Some(id(5)), ..hold(7, time(BO, "10:00", "11:00")) };
    assert_eq!(missing(world.bookme.reserve(&world.tenancy, &meeting, &staff()).await), "/existingMeetingId");
}

fn to(slot: &TimeSlot, start: Timestamp, end: Timestamp) -> SlotChange {
    let TimeSlot { status, employee_id, room_id, service_group, .. } = slot.clone();
    SlotChange { status, start, end, employee_id, room_id, service_group }
}

async fn whose_hold(world: &World) {
    world.employee(ANNA, "anna").await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let held = reserve(world, 1, time(ANNA, "10:00", "11:00")).await.unwrap();
    let later = |slot: &TimeSlot| Ok(to(slot, monday("12:00"), monday("13:00")));
    assert_eq!(refused(bookme.change_slot(at, held.id, None, later).await), "RESERVATION_TOKEN_MISMATCH");
    assert_eq!(refused(bookme.change_slot(at, held.id, Some(id(2)), later).await), "RESERVATION_TOKEN_MISMATCH");
    world.pass(100_000);
    let moved = bookme.change_slot(at, held.id, Some(id(1)), later).await.unwrap();
    assert_eq!((moved.start, moved.expires), (monday("12:00"), held.expires), "it lives no longer");
    reserve(world, 2, time(ANNA, "10:00", "11:00")).await.unwrap();
    let back = |slot: &TimeSlot| Ok(to(slot, monday("10:30"), monday("11:30")));
    assert_eq!(refused(bookme.change_slot(at, held.id, Some(id(1)), back).await), "TIME_SLOT_TAKEN");
    let booked = |slot: &TimeSlot| Ok(SlotChange { status: SlotStatus::Booked, ..to(slot, slot.start, slot.end) });
    assert_eq!(fields(bookme.change_slot(at, held.id, Some(id(1)), booked).await), ["/status"]);
}

async fn by_hand(world: &World) {
    world.employee(ANNA, "anna").await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let busy = |from: &str, until: &str| NewSlot { status: SlotStatus::Busy, ..time(ANNA, from, until) };
    let slot = bookme.create_slot(at, busy("10:00", "11:00")).await.unwrap();
    assert_eq!(refused(bookme.create_slot(at, busy("10:30", "11:30")).await), "TIME_SLOT_TAKEN");
    let extra = NewSlot { status: SlotStatus::ExtraOpen, ..busy("10:00", "18:00") };
    bookme.create_slot(at, extra).await.unwrap();
    bookme.create_slot(at, NewSlot { ignore_conflicts: true, ..busy("10:30", "11:30") }).await.unwrap();
    assert_eq!(fields(bookme.create_slot(at, time(ANNA, "14:00", "15:00")).await), ["/status"]);
    assert_eq!(refused(reserve(world, 1, time(ANNA, "10:15", "10:45")).await), "TIME_SLOT_TAKEN");
    let range = (monday("10:00"), monday("12:00"));
    let kinds = [SlotStatus::Busy];
    assert_eq!(bookme.time_slots(at, range, Some(id(ANNA)), None, &kinds).await.unwrap().len(), 2);
    assert_eq!(bookme.time_slots(at, range, Some(id(ANNA)), Some(id(FJORD)), &[]).await.unwrap(), []);
    assert_eq!(fields(bookme.time_slots(at, (range.1, range.0), None, None, &[]).await), ["/endDate"]);
    bookme.remove_slot(at, slot.id).await.unwrap();
    assert_eq!(missing(bookme.remove_slot(at, slot.id).await), "");
}

fn event(source: &str, from: &str, until: &str) -> ExternalEvent {
    ExternalEvent {
        source: source.to_owned(),
        employee_id: Some(id(ANNA)),
        room_id: None,
        start: monday(from),
        end: monday(until),
        show_as: Attendance::Busy,
        status: SlotStatus::Busy,
        is_cancelled: false,
        meeting_id: None,
        attendees: Vec::new(),
    }
}

async fn events_of_calendars(world: &World) {
    world.employee(ANNA, "anna").await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let group = ServiceGroup {
        name: "queue".to_owned(),
        membership_email: Some("queue@x.dk".to_owned()),
        ..ServiceGroup::default()
    };
    bookme.create(at, group).await.unwrap();
    let take = async |events: Vec<ExternalEvent>| bookme.take_in(at, events, Some("extra@x.dk".to_owned())).await;
    let invited = |source, address: &str| ExternalEvent {
        attendees: vec![address.to_owned()],
        show_as: Attendance::Free,
        ..event(source, "10:00", "11:00")
    };
    let all = vec![
        event("a", "08:00", "09:00"),
        ExternalEvent { show_as: Attendance::Free, ..event("b", "08:00", "09:00") },
        ExternalEvent { show_as: Attendance::WorkingElsewhere, ..event("c", "08:00", "09:00") },
        ExternalEvent {
            show_as: Attendance::Tentative,
            status: SlotStatus::BusyEventInstance,
            ..event("d", "08:00", "09:00")
        },
        ExternalEvent { meeting_id: Some(id(5)), ..event("e", "08:00", "09:00") },
        invited("f", "EXTRA@x.dk"),
        invited("g", "queue@x.dk"),
    ];
    let statuses = async || {
        let mut found: Vec<SlotStatus> = world.calendar(ANNA).await.into_iter().map(|(status, ..)| status).collect();
        found.sort_unstable();
        found
    };
    let expected = [
        SlotStatus::Busy,
        SlotStatus::BusyEventInstance,
        SlotStatus::WorkingFromElsewhere,
        SlotStatus::ExtraOpen,
        SlotStatus::AvailableForWork,
    ];
    take(all.clone()).await.unwrap();
    assert_eq!(statuses().await, expected);
    take(all).await.unwrap();
    assert_eq!(statuses().await, expected, "however often it is said");
    let moved = event("a", "12:00", "13:00");
    let gone = ExternalEvent { is_cancelled: true, ..event("d", "08:00", "09:00") };
    take(vec![moved, gone]).await.unwrap();
    assert_eq!(statuses().await.len(), 4);
    assert_eq!(refused(reserve(world, 1, time(ANNA, "12:30", "13:00")).await), "TIME_SLOT_TAKEN");
    reserve(world, 1, time(ANNA, "08:00", "09:00")).await.unwrap();
    let wrong = ExternalEvent { room_id: Some(id(FJORD)), ..event("", "09:00", "08:00") };
    assert_eq!(
        fields(take(vec![event("x", "08:00", "09:00"), wrong]).await),
        ["/1/endDate", "/1/source", "/1/employeeId"]
    );
}

/// A question for times of Anna, on Monday.
pub(crate) fn request(office: &Office) -> Request {
    Request {
        pools: vec![Pool::Explicit],
        explicit_employees: vec![EmployeeId(id(ANNA))],
        start: Some(engage_availability::Start::On("2026-06-01".parse().unwrap())),
        look_forward: std::time::Duration::from_secs(86_400),
        topic: Some(TopicId(office.topic)),
        customer_type: Some(engage_availability::CustomerTypeId(office.kind)),
        is_customer_initiated: true,
        ..Request::default()
    }
}

/// The starts that are offered for video meetings, on the clock of Copenhagen.
pub(crate) async fn offered(world: &World, request: &Request) -> Vec<String> {
    let found = world.bookme.available(&world.tenancy, request, 1).await.unwrap();
    let zone = jiff::tz::TimeZone::get("Europe/Copenhagen").unwrap();
    let online = found.slots.iter().filter(|slot| slot.meeting_type == MeetingType::Online);
    online.map(|slot| zone.to_datetime(slot.start.timestamp()).strftime("%H:%M").to_string()).collect()
}

/// Invariants 17 and 18: a hold removes what is too near, expiry and release bring it back; whichever server looks.
async fn what_is_held_is_not_offered(world: &World) {
    let row = MeetingConfiguration {
        duration: Some(TimeSpan::hours(1)),
        time_between_meetings: Some(TimeSpan::minutes(30)),
        ..MeetingConfiguration::default()
    };
    let office = world.office(row).await;
    let request = request(&office);
    let before = offered(world, &request).await;
    assert_eq!((before.len(), before[0].as_str(), before[14].as_str()), (15, "08:00", "15:00"));
    let other = world.again().await;
    other.reserve(&world.tenancy, &hold(1, time(ANNA, "10:00", "11:00")), &staff()).await.unwrap();
    let expected = ["08:00", "08:30", "11:30", "12:00", "12:30", "13:00", "13:30", "14:00", "14:30", "15:00"];
    assert_eq!(offered(world, &request).await, expected);
    let why = async |start: &str| {
        let what = (id(ANNA), MeetingType::Online, monday(start));
        world.bookme.explain(&world.tenancy, &request, what).await.unwrap()
    };
    assert_eq!(why("10:00").await, Reason::ReservedOrBooked);
    assert_eq!(why("09:00").await, Reason::TimeBetweenMeetings);
    assert_eq!(why("08:30").await, Reason::Available);
    let own = Request { token: Some(id(1).to_string()), ..request.clone() };
    assert_eq!(offered(world, &own).await, before, "who holds it sees it");
    world.pass(300_000);
    assert_eq!(offered(world, &request).await, before);
    other.reserve(&world.tenancy, &hold(1, time(ANNA, "10:00", "11:00")), &staff()).await.unwrap();
    other.release(&world.tenancy, id(1), &staff()).await.unwrap();
    assert_eq!(offered(world, &request).await, before);
    // What is set up by another server is seen at once.
    let closed = |kept: &engage_bookme::model::Kept<engage_bookme::model::Settings>| {
        let mut settings = kept.value.clone();
        settings.closing_days.insert("2026-06-01".parse().unwrap());
        Ok(settings)
    };
    other.update(&world.tenancy, world.tenancy.organisation, closed).await.unwrap();
    assert_eq!(offered(world, &request).await, [""; 0]);
    assert_eq!(
        missing(
            world.bookme.available(&world.tenancy, &Request { topic: Some(TopicId(Uuid::nil())), ..request }, 1).await
        ),
        "/topic"
    );
}
