//! Meetings, from their booking to their end.

use std::collections::BTreeMap;

use engage_bookme::calendar::{Attendance, ExternalEvent, NewSlot, Reservation};
use engage_bookme::meetings::{
    Attendee, Booking, Caller, Cancellation, ICalTexts, Meeting, MeetingChange, MeetingDetails, MeetingQuery, Who,
};
use engage_bookme::model::{Around, Field, Kept, Location, MeetingConfiguration, Portal, Settings};
use engage_bookme::values::{BookedBy, FieldType, Localized, MeetingType, ShowAs, SlotStatus, TimeSpan};
use engage_bookme::{Error, Refusal};
use engage_playbooks::model::{Trigger, TriggerKind};
use uuid::Uuid;

use crate::calendar::{customer, hold, offered, request, staff, time};
use crate::portals::{field, portal};
use crate::world::{ANNA, BO, FJORD, Office, PLACE, World, fields, id, missing, monday, refused};

pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    a_hold_becomes_a_meeting(&world().await).await;
    what_a_hold_is_good_for(&world().await).await;
    what_is_wrong_is_told(&world().await).await;
    without_a_hold(&world().await).await;
    internal_meetings(&world().await).await;
    rooms(&world().await).await;
    moves(&world().await).await;
    edits(&world().await).await;
    cancellations(&world().await).await;
    customers(&world().await).await;
    portals(&world().await).await;
    files(&world().await).await;
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
        external_attendees: Vec::new(),
        ignore_conflicts: false,
    }
}

fn at_ten(details: MeetingDetails) -> Booking {
    Booking { time: Some((monday("10:00"), monday("11:00"))), ..booking(details, None) }
}

fn buffered() -> MeetingConfiguration {
    let around = |minutes, show_as| Some(Around { duration: TimeSpan::minutes(minutes), show_as });
    MeetingConfiguration {
        pre_processing: around(15, None),
        post_processing: around(30, Some(ShowAs::Free)),
        travel_buffer: around(10, None),
        ..MeetingConfiguration::default()
    }
}

/// What was told is what playbooks take in.
async fn kinds(world: &World) -> Vec<String> {
    let told = world.told().await;
    for (kind, payload) in &told {
        let trigger = TriggerKind::ALL.into_iter().find(|known| format!("{known:?}") == *kind).unwrap();
        let of = engage_playbooks::triggers::data(&Trigger::new(trigger)).unwrap();
        engage_playbooks::types::take_in(payload, &of).unwrap_or_else(|wrong| panic!("{kind}: {wrong} {payload}"));
    }
    told.into_iter().map(|(kind, _)| kind).collect()
}

fn stretch(status: SlotStatus, from: &str, until: &str) -> (SlotStatus, String, String) {
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
    let schedule =
        move |meeting: &Meeting| Ok(MeetingChange { details: meeting.details.clone(), time_slot_id: Some(slot) });
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

/// Moves a meeting to a time that is held for it.
async fn move_to(world: &World, meeting: Uuid, from: &str, until: &str) -> Result<Meeting, Error> {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let reservation = Reservation { existing_meeting_id: Some(meeting), ..hold(50, time(ANNA, from, until)) };
    let slot = bookme.reserve(at, &reservation, &staff()).await?.id;
    let change =
        move |meeting: &Meeting| Ok(MeetingChange { details: meeting.details.clone(), time_slot_id: Some(slot) });
    bookme.change_meeting(at, meeting, &staff(), change).await
}

/// Invariant 20: a move keeps the number of slots, a cancel leaves none.
async fn moves(world: &World) {
    let office = world.office(buffered()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let request = request(&office);
    let untouched = offered(world, &request).await;
    let details = MeetingDetails { additional_employees: vec![id(BO)], ..online(&office) };
    let meeting = bookme.book(at, at_ten(details), &staff()).await.unwrap();
    let ignoring = engage_availability::Request {
        ignore_meetings: vec![engage_availability::MeetingId(meeting.id)],
        ..request.clone()
    };
    assert_eq!(offered(world, &ignoring).await, untouched, "as if it were not there");
    let before = (world.calendar(ANNA).await.len(), world.calendar(BO).await.len());
    let first = move_to(world, meeting.id, "10:30", "11:30").await.unwrap();
    assert_eq!((first.id, first.sequence), (meeting.id, 1));
    assert_eq!((world.calendar(ANNA).await.len(), world.calendar(BO).await.len()), before);
    assert_eq!(world.calendar(BO).await, [stretch(SlotStatus::Booked, "10:30", "11:30")]);
    // Others who take part have to be free too.
    bookme.reserve(at, &hold(2, time(BO, "14:00", "15:00")), &staff()).await.unwrap();
    assert_eq!(refused(move_to(world, meeting.id, "13:30", "14:30").await), "TIME_SLOT_TAKEN");
    assert_eq!(bookme.meeting(at, meeting.id, &staff()).await.unwrap().sequence, 1, "all or nothing");
    let second = move_to(world, meeting.id, "08:30", "09:30").await.unwrap();
    assert_eq!(second.sequence, 2);
    assert_eq!(kinds(world).await, ["MeetingBooked", "MeetingUpdated", "MeetingUpdated"]);
    world.pass(600_000);
    assert_eq!((world.calendar(ANNA).await.len(), world.calendar(BO).await.len()), before);
    bookme.cancel(at, meeting.id, Cancellation::default(), &staff()).await.unwrap();
    assert_eq!((world.calendar(ANNA).await, world.calendar(BO).await), (Vec::new(), Vec::new()));
    assert_eq!(offered(world, &request).await, untouched);
}

async fn edits(world: &World) {
    let office = world.office(buffered()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let details = MeetingDetails { additional_employees: vec![id(BO)], ..online(&office) };
    let meeting = bookme.book(at, at_ten(details), &staff()).await.unwrap();
    let slots = async || {
        let range = (monday("00:00"), monday("23:00"));
        let slots = bookme.time_slots(at, range, None, None, &[]).await.unwrap();
        slots.into_iter().map(|slot| (slot.id, slot.employee_id)).collect::<Vec<_>>()
    };
    let before = slots().await;
    let edit = |change: fn(&mut MeetingDetails)| {
        move |meeting: &Meeting| {
            let mut details = meeting.details.clone();
            change(&mut details);
            Ok(MeetingChange { details, time_slot_id: meeting.time_slot_id })
        }
    };
    world.pass(1_000);
    let titled = edit(|details| details.title = Some("Bigger loan".to_owned()));
    let edited = bookme.change_meeting(at, meeting.id, &staff(), titled).await.unwrap();
    assert_eq!((edited.details.title.as_deref(), edited.sequence), (Some("Bigger loan"), 0));
    assert_eq!(slots().await, before);
    let again = bookme.change_meeting(at, meeting.id, &staff(), titled).await.unwrap();
    assert_eq!((again.details, kinds(world).await.len()), (edited.details, 2), "what changes nothing is not told");
    let alone = edit(|details| details.additional_employees.clear());
    bookme.change_meeting(at, meeting.id, &staff(), alone).await.unwrap();
    let left: Vec<_> = before.into_iter().filter(|(_, employee)| *employee == Some(id(ANNA))).collect();
    assert_eq!(slots().await, left, "nobody else is touched");
    let other = edit(|details| details.employee_id = id(BO));
    bookme.change_meeting(at, meeting.id, &staff(), other).await.unwrap();
    assert_eq!((world.calendar(ANNA).await.len(), world.calendar(BO).await.len()), (0, 3));
    world.set("2026-06-01T08:00:00Z");
    assert_eq!(refused(bookme.change_meeting(at, meeting.id, &staff(), titled).await), "MEETING_IN_PAST");
    assert_eq!(refused(bookme.cancel(at, meeting.id, Cancellation::default(), &staff()).await), "MEETING_IN_PAST");
}

async fn cancellations(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let kept = bookme.create(at, portal(vec![])).await.unwrap().id;
    let meeting = bookme.book(at, at_ten(online(&office)), &staff()).await.unwrap().id;
    let cancellation =
        Cancellation { cancelled_by: Some("Bo".to_owned()), reason: Some("ill".to_owned()), portal_id: Some(id(99)) };
    assert_eq!(missing(bookme.cancel(at, meeting, cancellation.clone(), &staff()).await), "/portalId");
    let cancellation = Cancellation { portal_id: Some(kept), ..cancellation };
    bookme.cancel(at, meeting, cancellation.clone(), &staff()).await.unwrap();
    assert_eq!(kinds(world).await, ["MeetingBooked", "MeetingCancelled", "PortalMeetingCancelled"]);
    assert_eq!(world.told().await[2].1["Reason"], "ill");
    assert_eq!(missing(bookme.cancel(at, meeting, cancellation.clone(), &staff()).await), "", "a second time");
    assert_eq!(missing(bookme.meeting(at, meeting, &staff()).await), "");
    let bare = MeetingDetails { topic_id: None, customer_type_id: None, customer_id: None, ..online(&office) };
    let internal = Booking { is_internal: true, ..at_ten(bare) };
    let internal = bookme.book(at, internal, &staff()).await.unwrap().id;
    assert_eq!(fields(bookme.cancel(at, internal, cancellation, &staff()).await), ["/portalId"]);
}

/// Customers book what they are offered, and reach what they made.
async fn customers(world: &World) {
    let row = MeetingConfiguration {
        calendar_time_from_booking: Some(TimeSpan::hours(1)),
        ..MeetingConfiguration::default()
    };
    let office = world.office(row).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let (mine, other) = (customer(30), customer(31));
    let held = bookme.reserve(at, &hold(1, time(ANNA, "10:00", "11:00")), &mine).await.unwrap().id;
    let details = online(&office);
    assert_eq!(missing(bookme.book(at, booking(details.clone(), Some(held)), &other).await), "/timeSlotId");
    let meeting = bookme.book(at, booking(details.clone(), Some(held)), &mine).await.unwrap().id;
    let off_grid = bookme.reserve(at, &hold(1, time(ANNA, "12:10", "13:10")), &mine).await.unwrap().id;
    assert_eq!(refused(bookme.book(at, booking(details.clone(), Some(off_grid)), &mine).await), "NOT_OFFERED");
    bookme.book(at, booking(details.clone(), Some(off_grid)), &staff()).await.unwrap();
    let forced = Booking { ignore_conflicts: true, ..at_ten(details.clone()) };
    assert!(matches!(bookme.book(at, forced, &mine).await, Err(Error::Forbidden(_))));
    // Notice counts from when it was held.
    world.set("2026-06-01T09:58:00Z");
    let held = bookme.reserve(at, &hold(2, time(BO, "13:00", "14:00")), &mine).await.unwrap().id;
    world.set("2026-06-01T10:02:00Z");
    let soon = MeetingDetails { employee_id: id(BO), ..details };
    bookme.book(at, booking(soon, Some(held)), &mine).await.unwrap();
    world.set("2026-05-28T06:00:00Z");

    assert_eq!(missing(bookme.meeting(at, meeting, &other).await), "");
    assert_eq!(missing(bookme.cancel(at, meeting, Cancellation::default(), &other).await), "");
    assert_eq!(missing(bookme.ical(at, meeting, &ICalTexts::default(), &other).await), "");
    let change = |meeting: &Meeting| Ok(MeetingChange { details: meeting.details.clone(), time_slot_id: None });
    assert_eq!(missing(bookme.change_meeting(at, meeting, &other, change).await), "");
    let moving = Reservation { existing_meeting_id: Some(meeting), ..hold(3, time(ANNA, "10:30", "11:30")) };
    assert_eq!(missing(bookme.reserve(at, &moving, &other).await), "/existingMeetingId");
    assert_eq!(bookme.meetings(at, &MeetingQuery::default(), &other).await.unwrap(), []);
    assert_eq!(bookme.meetings(at, &MeetingQuery::default(), &mine).await.unwrap().len(), 2);
    bookme.cancel(at, meeting, Cancellation::default(), &mine).await.unwrap();
    let told = world.told().await;
    assert_eq!(told.last().unwrap().1["actor"], "citizen");
}

async fn portals(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let made = Portal {
        topic_id: Some(office.topic),
        customer_type_id: Some(office.kind),
        location: Some(PLACE.to_owned()),
        ..portal(vec![
            Field { required: true, ..field("why", FieldType::Text) },
            Field {
                validations: vec![engage_bookme::model::Validation {
                    pattern: engage_bookme::model::Preset::Cpr.pattern().to_owned(),
                    error_message: None,
                }],
                ..field("cpr", FieldType::Text)
            },
        ])
    };
    let made = bookme.create(at, made).await.unwrap().id;
    let citizen = Caller {
        who: Who::Portal { portal: made, issuer: "https://mitid".to_owned(), subject: "s".to_owned() },
        customer: true,
    };
    let held = bookme.reserve(at, &hold(1, time(ANNA, "10:00", "11:00")), &citizen).await.unwrap().id;
    let filled = |values: &[(&str, &str)]| Booking {
        custom_fields: values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        external_attendees: vec![Attendee { name: "Kim".to_owned(), email: "kim@y.dk".to_owned() }],
        ..booking(MeetingDetails { topic_id: None, customer_type_id: None, ..online(&office) }, Some(held))
    };
    let wrong = filled(&[("cpr", "1"), ("x", "y")]);
    assert_eq!(
        fields(bookme.book(at, wrong, &citizen).await),
        ["/customFields/why", "/customFields/cpr", "/customFields/x"]
    );
    let right = filled(&[("why", "a car"), ("cpr", "010203-1234")]);
    let meeting = bookme.book(at, right, &citizen).await.unwrap();
    assert_eq!((meeting.booked_by, meeting.portal_id), (BookedBy::PortalCustomer, Some(made)));
    assert_eq!(meeting.details.topic_id, Some(office.topic));
    assert_eq!(meeting.custom_fields.keys().collect::<Vec<_>>(), ["why"], "no personal id is kept in clear");
    assert_eq!(kinds(world).await, ["MeetingBooked", "PortalMeetings"]);
    let told = world.told().await;
    assert!(!format!("{told:?}").contains("010203"));
    assert_eq!((&told[1].1["PortalName"], &told[1].1["actor"]), (&"Retail".into(), &"citizen".into()));
    let other = Cancellation { portal_id: Some(id(99)), ..Cancellation::default() };
    assert_eq!(fields(bookme.cancel(at, meeting.id, other, &citizen).await), ["/portalId"]);
    bookme.delete::<Portal>(at, made).await.unwrap();
    bookme.cancel(at, meeting.id, Cancellation::default(), &staff()).await.unwrap();
    assert_eq!(kinds(world).await[2..], ["MeetingCancelled", "PortalMeetingCancelled"]);
    let ignored = Booking { booked_by: BookedBy::Customer, portal_id: Some(made), ..at_ten(online(&office)) };
    assert_eq!(bookme.book(at, ignored, &staff()).await.unwrap().portal_id, None);
}

/// Invariant 24, and what texts come from where.
async fn files(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let physical = MeetingDetails {
        meeting_type: MeetingType::Physical,
        room_id: Some(id(FJORD)),
        title: Some("A; b, \\c\nd".to_owned()),
        ..online(&office)
    };
    let meeting = bookme.book(at, at_ten(physical), &staff()).await.unwrap().id;
    let file = async |texts: ICalTexts| bookme.ical(at, meeting, &texts, &staff()).await.unwrap();
    let plain = file(ICalTexts::default()).await;
    for line in [
        "BEGIN:VCALENDAR",
        "METHOD:PUBLISH",
        &format!("UID:{meeting}@engage"),
        "SEQUENCE:0",
        "DTSTAMP:20260528T060000Z",
        "DTSTART:20260601T080000Z",
        "DTEND:20260601T090000Z",
        "SUMMARY:A\\; b\\, \\\\c\\nd",
        "LOCATION:Finans Allé 1-3\\, fjord",
        "STATUS:CONFIRMED",
    ] {
        assert!(plain.split("\r\n").any(|there| there == line), "{line} in {plain}");
    }
    assert!(!plain.contains("ORGANIZER") && !plain.contains("ATTENDEE"));
    let texts = |kept: &Kept<Settings>| {
        let title = Localized::danish("{{ topic }} hos {{ employee }} {{ startDate | date: '%H:%M' }}");
        Ok(Settings {
            i_cal_meeting_title: Some(title.with("en-GB", "{{ topic }} with {{ employee }}")),
            languages: engage_bookme::values::Languages::of(["en-GB"]),
            ..kept.value.clone()
        })
    };
    bookme.update(at, at.organisation, texts).await.unwrap();
    let danish = file(ICalTexts { language: Some("fo-FO".to_owned()), ..ICalTexts::default() }).await;
    assert!(danish.contains("SUMMARY:Lån hos anna 10:00\r\n"), "{danish}");
    let english = file(ICalTexts { language: Some("en-GB".to_owned()), ..ICalTexts::default() }).await;
    assert!(english.contains("SUMMARY:Lån with anna\r\n"), "{english}");
    let asked = ICalTexts { title: Some("x".repeat(200)), location: Some("here".to_owned()), ..ICalTexts::default() };
    let asked = file(asked).await;
    assert!(asked.split("\r\n").all(|line| line.len() <= 75));
    assert!(asked.replace("\r\n ", "").contains(&format!("SUMMARY:{}\r\n", "x".repeat(200))));
    move_to(world, meeting, "12:00", "13:00").await.unwrap();
    let moved = file(ICalTexts::default()).await;
    assert!(moved.contains(&format!("UID:{meeting}@engage\r\nSEQUENCE:1\r\n")), "{moved}");
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
