//! Customers, citizens in portals, and the files that they get.

use engage_bookme::Error;
use engage_bookme::calendar::Reservation;
use engage_bookme::meetings::{
    Attendee, Booking, Caller, Cancellation, ICalTexts, Meeting, MeetingChange, MeetingDetails, MeetingQuery, Who,
};
use engage_bookme::model::{Field, Kept, MeetingConfiguration, Portal, Settings};
use engage_bookme::values::{BookedBy, FieldType, Localized, MeetingType, TimeSpan};

use crate::calendar::{customer, hold, staff, time};
use crate::changes::move_to;
use crate::meetings::{at_ten, booking, kinds, online};
use crate::portals::{field, portal};
use crate::world::{ANNA, BO, FJORD, PLACE, World, fields, id, missing, refused};

pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    customers(&world().await).await;
    portals(&world().await).await;
    files(&world().await).await;
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
    let crowd = MeetingDetails { additional_employees: vec![id(BO)], ..details.clone() };
    assert_eq!(fields(bookme.book(at, booking(crowd, Some(held)), &mine).await), ["/additionalEmployees"]);
    let odd = bookme.reserve(at, &hold(9, time(BO, "10:10", "11:10")), &mine).await.unwrap().id;
    let of_bo = MeetingDetails { employee_id: id(BO), ..details.clone() };
    assert_eq!(
        missing(bookme.book(at, booking(of_bo, Some(odd)), &other).await),
        "/timeSlotId",
        "nothing is told of it"
    );
    let meeting = bookme.book(at, booking(details.clone(), Some(held)), &mine).await.unwrap();
    assert_eq!(meeting.booked_by, BookedBy::Customer);
    let meeting = meeting.id;
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
    let change = |meeting: &Meeting| {
        Ok(MeetingChange { details: meeting.details.clone(), time_slot_id: None, needs_address: true })
    };
    assert_eq!(missing(bookme.change_meeting(at, meeting, &other, change).await), "");
    let moving = Reservation { existing_meeting_id: Some(meeting), ..hold(3, time(ANNA, "10:30", "11:30")) };
    assert_eq!(missing(bookme.reserve(at, &moving, &other).await), "/existingMeetingId");
    assert_eq!(bookme.meetings(at, &MeetingQuery::default(), &other).await.unwrap(), []);
    assert_eq!(bookme.meetings(at, &MeetingQuery::default(), &mine).await.unwrap().len(), 2);
    let own = Reservation { existing_meeting_id: Some(meeting), ..hold(3, time(ANNA, "10:30", "11:30")) };
    let own = bookme.reserve(at, &own, &mine).await.unwrap().id;
    let to = |slot| {
        move |meeting: &Meeting| {
            Ok(MeetingChange { details: meeting.details.clone(), time_slot_id: Some(slot), needs_address: true })
        }
    };
    bookme.change_meeting(at, meeting, &mine, to(own)).await.unwrap();
    let odd = Reservation { existing_meeting_id: Some(meeting), ..hold(3, time(ANNA, "10:40", "11:40")) };
    let odd = bookme.reserve(at, &odd, &mine).await.unwrap().id;
    assert_eq!(refused(bookme.change_meeting(at, meeting, &mine, to(odd)).await), "NOT_OFFERED");
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
    // The CRM hears of it by a mapping alone: no playbook does.
    let mapped = Portal { crm_mapping_configuration_id: Some(id(60)), ..portal(vec![]) };
    let mapped = bookme.create(at, mapped).await.unwrap().id;
    let told = world.told().await.len();
    let mapped_booking = Booking {
        booked_by: BookedBy::PortalPartner,
        portal_id: Some(mapped),
        ..at_ten(MeetingDetails { employee_id: id(BO), ..online(&office) })
    };
    let meeting = bookme.book(at, mapped_booking, &staff()).await.unwrap().id;
    let named = Cancellation { portal_id: Some(mapped), ..Cancellation::default() };
    bookme.cancel(at, meeting, named, &staff()).await.unwrap();
    assert_eq!(kinds(world).await[told..], ["MeetingBooked", "MeetingCancelled"]);
    let all = world.told().await;
    let mapping = |event: &(String, serde_json::Value)| event.1["Meeting"]["CrmMappingId"].clone();
    assert_eq!((mapping(&all[0]), mapping(&all[told])), (serde_json::Value::Null, id(60).to_string().into()));
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
