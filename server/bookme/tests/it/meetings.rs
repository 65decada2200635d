//! Meetings, from their booking to their end.

use std::collections::BTreeMap;

use engage_bookme::calendar::{Attendance, ExternalEvent, NewSlot, Reservation};
use engage_bookme::meetings::{Booking, Cancellation, ICalTexts, Meeting, MeetingChange, MeetingDetails, MeetingQuery};
use engage_bookme::model::{Around, Kept, Location, MeetingConfiguration, Settings};
use engage_bookme::values::{BookedBy, Localized, MeetingType, ShowAs, SlotStatus, TimeSpan};
use engage_bookme::{Error, Refusal};
use engage_playbooks::model::{Trigger, TriggerKind};
use uuid::Uuid;

use crate::calendar::{hold, staff, time};
use crate::world::{ANNA, BO, FJORD, Office, PLACE, World, fields, id, instant, missing, monday, refused};

pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    a_hold_becomes_a_meeting(&world().await).await;
    what_a_hold_is_good_for(&world().await).await;
    what_is_wrong_is_told(&world().await).await;
    without_a_hold(&world().await).await;
    internal_meetings(&world().await).await;
    rooms(&world().await).await;
    the_calendar_is_asked_again(&world().await).await;
}

pub(crate) fn online(office: &Office) -> MeetingDetails {
    MeetingDetails {
        salesforce_id: None,
        customer_type_id: Some(office.kind),
        topic_id: Some(office.topic),
        title: Some("Loan".to_owned()),
        description: None,
        video_link: None,
        additional_employees: Vec::new(),
        room_id: None,
        meeting_type: MeetingType::Online,
        employee_id: id(ANNA),
        customer_id: Some("acme".to_owned()),
        location: None,
        start_address: None,
        end_address: None,
        travel_before: None,
        travel_after: None,
        show_as_busy: false,
    }
}

pub(crate) fn booking(details: MeetingDetails, time_slot_id: Option<Uuid>) -> Booking {
    Booking {
        details,
        booked_by: BookedBy::Employee,
        time_slot_id,
        time: None,
        is_internal: false,
        send_confirmation: true,
        portal_id: None,
        custom_fields: BTreeMap::new(),
        cpr: None,
        external_attendees: Vec::new(),
        ignore_conflicts: false,
        needs_address: true,
    }
}

pub(crate) fn at_ten(details: MeetingDetails) -> Booking {
    Booking { time: Some((monday("10:00"), monday("11:00"))), ..booking(details, None) }
}

pub(crate) fn buffered() -> MeetingConfiguration {
    let around = |minutes, show_as| Some(Around { duration: TimeSpan::minutes(minutes), show_as });
    MeetingConfiguration {
        pre_processing: around(15, None),
        post_processing: around(30, Some(ShowAs::Free)),
        travel_buffer: around(10, None),
        ..MeetingConfiguration::default()
    }
}

/// What was told is what playbooks take in.
pub(crate) async fn kinds(world: &World) -> Vec<String> {
    let told = world.told().await;
    for (kind, payload) in &told {
        let trigger = TriggerKind::ALL.into_iter().find(|known| format!("{known:?}") == *kind).unwrap();
        let of = engage_playbooks::triggers::data(&Trigger::new(trigger)).unwrap();
        engage_playbooks::types::take_in(payload, &of).unwrap_or_else(|wrong| panic!("{kind}: {wrong} {payload}"));
    }
    told.into_iter().map(|(kind, _)| kind).collect()
}

pub(crate) fn stretch(status: SlotStatus, from: &str, until: &str) -> (SlotStatus, String, String) {
    (status, monday(from).to_string(), monday(until).to_string())
}

async fn a_hold_becomes_a_meeting(world: &World) {
    let office = world.office(buffered()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let held = bookme.reserve(at, &hold(1, time(ANNA, "10:00", "11:00")), &staff()).await.unwrap();
    let details = MeetingDetails {
        meeting_type: MeetingType::Offsite,
        end_address: Some("Vej 1".to_owned()),
        travel_before: Some(TimeSpan::minutes(20)),
        additional_employees: vec![id(BO), id(ANNA), id(BO)],
        ..online(&office)
    };
    let meeting = bookme.book(at, booking(details, Some(held.id)), &staff()).await.unwrap();
    assert_eq!((meeting.time_slot_id, meeting.sequence), (Some(held.id), 0));
    assert_eq!((meeting.start, meeting.end), (Some(held.start), Some(held.end)));
    assert_eq!(meeting.details.additional_employees, [id(BO)], "each once, without the owner");
    assert_eq!(
        world.calendar(ANNA).await,
        [
            stretch(SlotStatus::TravelTime, "09:15", "09:45"),
            stretch(SlotStatus::PreProcessing, "09:45", "10:00"),
            stretch(SlotStatus::Booked, "10:00", "11:00"),
            stretch(SlotStatus::PostProcessing, "11:00", "11:30"),
        ]
    );
    assert_eq!(world.calendar(BO).await, [stretch(SlotStatus::Booked, "10:00", "11:00")]);
    assert_eq!(kinds(world).await, ["MeetingBooked"]);
    let (_, told) = world.told().await.remove(0);
    assert_eq!(told["actor"], "employee");
    assert_eq!(told["Meeting"]["MeetingOwner"]["Email"], "anna@x.dk");
    assert_eq!(told["Meeting"]["AdditionalAdvisors"][0]["Name"], "bo");
    assert_eq!(told["Meeting"]["Location"], "Vej 1");
    assert_eq!(bookme.meeting(at, meeting.id, &staff()).await.unwrap(), meeting);
    world.pass(600_000);
    assert_eq!(world.calendar(ANNA).await.len(), 4, "what is booked does not run out");
    let late = |from: &str, until: &str| hold(2, time(ANNA, from, until));
    assert_eq!(refused(bookme.reserve(at, &late("09:00", "09:30"), &staff()).await), "TIME_SLOT_TAKEN", "the way");
    bookme.reserve(at, &late("11:00", "11:30"), &staff()).await.unwrap();
    let query = |query: MeetingQuery| async move { bookme.meetings(at, &query, &staff()).await.unwrap().len() };
    assert_eq!(query(MeetingQuery { employee_id: Some(id(BO)), ..MeetingQuery::default() }).await, 1);
    assert_eq!(query(MeetingQuery { employee_id: Some(id(9)), ..MeetingQuery::default() }).await, 0);
    assert_eq!(query(MeetingQuery { time_slot_id: Some(held.id), ..MeetingQuery::default() }).await, 1);
    assert_eq!(query(MeetingQuery { modified_from: Some(monday("00:00")), ..MeetingQuery::default() }).await, 0);
    let of_slot = MeetingQuery { time_slot_id: Some(held.id), ..MeetingQuery::default() };
    for (more, many) in [
        (MeetingQuery { employee_id: Some(id(BO)), ..of_slot.clone() }, 1),
        (MeetingQuery { employee_id: Some(id(9)), ..of_slot.clone() }, 0),
        (MeetingQuery { modified_until: Some(instant("2026-05-01T00:00:00Z")), ..of_slot.clone() }, 0),
        (MeetingQuery { modified_from: Some(monday("00:00")), ..of_slot }, 0),
    ] {
        let before = world.database.statements_read();
        assert_eq!(query(more.clone()).await, many, "{more:?}");
        assert_eq!(world.database.statements_read() - before, 2, "the slot, and its meeting");
    }
}

async fn what_a_hold_is_good_for(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let held = async |token| bookme.reserve(at, &hold(token, time(ANNA, "10:00", "11:00")), &staff()).await.unwrap().id;
    let book = async |slot| bookme.book(at, booking(online(&office), Some(slot)), &staff()).await;
    let late = held(1).await;
    world.pass(300_000);
    assert_eq!(refused(book(late).await), "RESERVATION_EXPIRED");
    let replaced = held(2).await;
    bookme.reserve(at, &hold(2, time(ANNA, "12:00", "13:00")), &staff()).await.unwrap();
    assert_eq!(refused(book(replaced).await), "RESERVATION_EXPIRED");
    let slot = held(3).await;
    let of_bo = MeetingDetails { employee_id: id(BO), ..online(&office) };
    assert_eq!(refused(bookme.book(at, booking(of_bo, Some(slot)), &staff()).await), "RESERVATION_USED");
    world.pass(299_999);
    let meeting = book(slot).await.unwrap();
    assert_eq!(refused(book(slot).await), "RESERVATION_USED");
    assert_eq!(missing(book(id(99)).await), "/timeSlotId");
    let moving = Reservation { existing_meeting_id: Some(meeting.id), ..hold(4, time(ANNA, "10:30", "11:30")) };
    let moving = bookme.reserve(at, &moving, &staff()).await.unwrap();
    assert_eq!(refused(book(moving.id).await), "RESERVATION_USED", "it is held for a move");
}

async fn what_is_wrong_is_told(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let book = async |details| bookme.book(at, at_ten(details), &staff()).await;
    let wrong = MeetingDetails {
        meeting_type: MeetingType::Offsite,
        customer_id: None,
        title: Some("x".repeat(1_001)),
        ..online(&office)
    };
    assert_eq!(fields(book(wrong).await), ["/title", "/endAddress", "/customerId"]);
    assert_eq!(missing(book(MeetingDetails { employee_id: id(99), ..online(&office) }).await), "/employeeId");
    assert_eq!(missing(book(MeetingDetails { topic_id: Some(id(99)), ..online(&office) }).await), "/topicId");
    assert_eq!(missing(book(MeetingDetails { room_id: Some(id(99)), ..online(&office) }).await), "/roomId");
    let stranger = MeetingDetails { additional_employees: vec![id(99)], ..online(&office) };
    assert_eq!(missing(book(stranger).await), "/additionalEmployees/0");
    let cars = engage_bookme::model::Topic {
        name: Localized::danish("Biler"),
        unique_topic_id: "cars".to_owned(),
        parent_id: None,
        order: 0,
    };
    let cars = bookme.create(at, cars).await.unwrap().id;
    let unset = book(MeetingDetails { topic_id: Some(cars), ..online(&office) }).await;
    let Err(Error::Invalid(problems)) = unset else { panic!("{unset:?}") };
    assert_eq!(problems[0].refusal, Some(Refusal::MeetingConfigurationMissing));
    let both = Booking { time_slot_id: Some(id(1)), ..at_ten(online(&office)) };
    assert_eq!(fields(bookme.book(at, both, &staff()).await), ["/startDate"]);
    assert_eq!(world.told().await.len(), 0);
}

async fn without_a_hold(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    bookme.book(at, at_ten(online(&office)), &staff()).await.unwrap();
    assert_eq!(refused(bookme.book(at, at_ten(online(&office)), &staff()).await), "TIME_SLOT_TAKEN");
    let forced = Booking { ignore_conflicts: true, ..at_ten(online(&office)) };
    bookme.book(at, forced, &staff()).await.unwrap();
    let unscheduled = bookme.book(at, booking(online(&office), None), &staff()).await.unwrap();
    assert_eq!((unscheduled.start, unscheduled.time_slot_id), (None, None));
    assert_eq!(kinds(world).await.len(), 2, "what has no time is not told of");
    assert_eq!(refused(bookme.ical(at, unscheduled.id, &ICalTexts::default(), &staff()).await), "UNSCHEDULED");
    let held = bookme.reserve(at, &hold(1, time(ANNA, "12:00", "13:00")), &staff()).await.unwrap();
    let slot = held.id;
    let schedule = move |meeting: &Meeting| {
        Ok(MeetingChange { details: meeting.details.clone(), time_slot_id: Some(slot), needs_address: true })
    };
    let scheduled = bookme.change_meeting(at, unscheduled.id, &staff(), schedule).await;
    assert_eq!(scheduled.unwrap().sequence, 0);
    assert_eq!(kinds(world).await[2], "MeetingBooked");
}

async fn internal_meetings(world: &World) {
    world.office(buffered()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let office = Office { topic: Uuid::nil(), kind: Uuid::nil() };
    let bare = MeetingDetails { topic_id: None, customer_type_id: None, customer_id: None, ..online(&office) };
    let internal = |details| Booking { is_internal: true, ..at_ten(details) };
    bookme.book(at, internal(bare.clone()), &staff()).await.unwrap();
    assert_eq!(world.calendar(ANNA).await, [stretch(SlotStatus::BookedInternalFree, "10:00", "11:00")]);
    let together = MeetingDetails { additional_employees: vec![id(BO)], ..bare.clone() };
    bookme.book(at, internal(together.clone()), &staff()).await.unwrap();
    assert_eq!(world.calendar(BO).await, [stretch(SlotStatus::BookedInternalBusy, "10:00", "11:00")]);
    assert_eq!(refused(bookme.book(at, internal(together), &staff()).await), "TIME_SLOT_TAKEN");
    let early = Booking { time: Some((monday("07:30"), monday("08:30"))), ..internal(bare.clone()) };
    assert_eq!(refused(bookme.book(at, early, &staff()).await), "CLOSED");
    let closed = |kept: &Kept<Settings>| {
        let mut settings = kept.value.clone();
        settings.closing_days.insert("2026-06-01".parse().unwrap());
        Ok(settings)
    };
    bookme.update(at, at.organisation, closed).await.unwrap();
    let forced = Booking { ignore_conflicts: true, ..internal(bare) };
    assert_eq!(refused(bookme.book(at, forced, &staff()).await), "CLOSED");
}

async fn rooms(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let physical = MeetingDetails { meeting_type: MeetingType::Physical, ..online(&office) };
    let of_bo = MeetingDetails { employee_id: id(BO), ..physical.clone() };
    let place = Location::id_of(at, PLACE);
    let set = async |add: bool, require: bool| {
        let change = move |kept: &Kept<Location>| {
            Ok(Location { add_rooms_to_booked_meetings: add, require_available_room: require, ..kept.value.clone() })
        };
        bookme.update(at, place, change).await.unwrap();
    };
    let none = bookme.book(at, at_ten(physical.clone()), &staff()).await.unwrap();
    assert_eq!((none.details.room_id, none.details.location.as_deref()), (None, Some(PLACE)));
    bookme.cancel(at, none.id, Cancellation::default(), &staff()).await.unwrap();
    set(true, false).await;
    let with = bookme.book(at, at_ten(physical.clone()), &staff()).await.unwrap();
    assert_eq!(with.details.room_id, Some(id(FJORD)));
    assert_eq!(world.calendar(FJORD).await, [stretch(SlotStatus::Booked, "10:00", "11:00")]);
    let without = bookme.book(at, at_ten(of_bo.clone()), &staff()).await.unwrap();
    assert_eq!(without.details.room_id, None, "the only one is taken");
    bookme.cancel(at, without.id, Cancellation::default(), &staff()).await.unwrap();
    let asked = MeetingDetails { room_id: Some(id(FJORD)), ..of_bo.clone() };
    assert_eq!(refused(bookme.book(at, at_ten(asked), &staff()).await), "TIME_SLOT_TAKEN");
    set(true, true).await;
    assert_eq!(refused(bookme.book(at, at_ten(of_bo), &staff()).await), "TIME_SLOT_TAKEN");
    let remote = MeetingDetails { employee_id: id(BO), ..online(&office) };
    bookme.book(at, at_ten(remote), &staff()).await.unwrap();
}

/// What an external calendar says between holding and booking counts.
async fn the_calendar_is_asked_again(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let held = bookme.reserve(at, &hold(1, time(ANNA, "10:00", "11:00")), &staff()).await.unwrap().id;
    let event = ExternalEvent {
        source: "late".to_owned(),
        employee_id: Some(id(ANNA)),
        room_id: None,
        start: monday("10:30"),
        end: monday("12:00"),
        show_as: Attendance::Busy,
        status: SlotStatus::Busy,
        is_cancelled: false,
        meeting_id: None,
        attendees: Vec::new(),
    };
    bookme.take_in(at, vec![event], None).await.unwrap();
    assert_eq!(refused(bookme.book(at, booking(online(&office), Some(held)), &staff()).await), "TIME_SLOT_TAKEN");
    let forced = Booking { ignore_conflicts: true, ..booking(online(&office), Some(held)) };
    bookme.book(at, forced, &staff()).await.unwrap();
    let slot = NewSlot { ignore_conflicts: true, ..time(ANNA, "10:00", "11:00") };
    let on_purpose = bookme.reserve(at, &hold(2, slot), &staff()).await.unwrap().id;
    bookme.book(at, booking(online(&office), Some(on_purpose)), &staff()).await.unwrap();
}
