//! Meetings that follow what their owner does with them in the calendar.

use engage_bookme::Error;
use engage_bookme::meetings::{Booking, Cancellation, Invited, MeetingDetails, OwnEvent, Reply};
use engage_bookme::model::MeetingConfiguration;
use engage_bookme::values::SlotStatus;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::calendar::staff;
use crate::changes::move_to;
use crate::meetings::{at_ten, buffered, kinds, online, stretch};
use crate::world::{ANNA, BO, World, fields, id, instant, monday};

pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    a_moved_event_moves_the_meeting(&world().await).await;
    an_owner_may_be_anywhere(&world().await).await;
    a_removed_event_cancels_the_meeting(&world().await).await;
    answers_are_told_once(&world().await).await;
}

fn of(meeting: Uuid, whose: u128) -> OwnEvent {
    OwnEvent { meeting_id: meeting, employee_id: id(whose) }
}

/// A meeting of Anna with Bo, Monday at ten.
async fn booked(world: &World, row: MeetingConfiguration) -> Uuid {
    let office = world.office(row).await;
    let details = MeetingDetails { additional_employees: vec![id(BO)], ..online(&office) };
    world.bookme.book(&world.tenancy, at_ten(details), &staff()).await.unwrap().id
}

/// Anna's event of the meeting stands at other hours of Monday now.
async fn moved(world: &World, event: OwnEvent, from: &str, until: &str, changed: Timestamp) -> Result<bool, Error> {
    world.bookme.moved_in_calendar(&world.tenancy, event, (monday(from), monday(until)), changed).await
}

async fn a_moved_event_moves_the_meeting(world: &World) {
    let meeting = booked(world, buffered()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let before = world.calendar(ANNA).await.len();
    world.pass(60_000);
    let now = world.now();
    assert!(!moved(world, of(meeting, ANNA), "10:00", "11:00", now).await.unwrap(), "where it is already");
    assert!(!moved(world, of(meeting, BO), "13:00", "14:00", now).await.unwrap(), "it is Anna's");
    assert!(!moved(world, of(id(99), ANNA), "13:00", "14:00", now).await.unwrap(), "there is none");
    let old = moved(world, of(meeting, ANNA), "13:00", "14:00", instant("2026-05-01T00:00:00Z"));
    assert!(!old.await.unwrap(), "the calendar said so before it was booked");
    assert!(moved(world, of(meeting, ANNA), "13:00", "14:30", now).await.unwrap());
    let kept = bookme.meeting(at, meeting, &staff()).await.unwrap();
    assert_eq!((kept.start, kept.end, kept.sequence), (Some(monday("13:00")), Some(monday("14:30")), 1));
    assert_eq!(world.calendar(ANNA).await.len(), before, "exactly one new set");
    assert_eq!(world.calendar(BO).await, [stretch(SlotStatus::Booked, "13:00", "14:30")]);
    assert!(!moved(world, of(meeting, ANNA), "13:00", "14:30", now).await.unwrap(), "it does not matter how often");
    assert_eq!(kinds(world).await, ["MeetingBooked", "MeetingUpdated"]);
    assert_eq!(world.told().await[1].1["actor"], "system");
    world.pass(60_000);
    move_to(world, meeting, "09:00", "10:00").await.unwrap();
    assert!(!moved(world, of(meeting, ANNA), "13:00", "14:30", now).await.unwrap(), "it was moved here since");
    assert_eq!(fields(moved(world, of(meeting, ANNA), "14:00", "14:00", now).await), ["/endDate"]);
    world.set("2026-06-01T08:00:00Z");
    let late = world.now();
    assert!(!moved(world, of(meeting, ANNA), "15:00", "16:00", late).await.unwrap(), "it has begun");
}

/// The owner has decided: what stands there stays too, and nobody else loses a time.
async fn an_owner_may_be_anywhere(world: &World) {
    let meeting = booked(world, MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let details = bookme.meeting(at, meeting, &staff()).await.unwrap().details;
    let two = Booking { time: Some((monday("14:00"), monday("15:00"))), ..at_ten(details) };
    let other = bookme.book(at, two, &staff()).await.unwrap();
    world.pass(60_000);
    assert!(moved(world, of(meeting, ANNA), "14:30", "15:30", world.now()).await.unwrap());
    let both = [stretch(SlotStatus::Booked, "14:00", "15:00"), stretch(SlotStatus::Booked, "14:30", "15:30")];
    assert_eq!((world.calendar(ANNA).await, world.calendar(BO).await), (both.to_vec(), both.to_vec()));
    assert_eq!(bookme.meeting(at, other.id, &staff()).await.unwrap(), other);
}

async fn a_removed_event_cancels_the_meeting(world: &World) {
    let meeting = booked(world, buffered()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    assert!(!bookme.removed_in_calendar(at, of(meeting, BO)).await.unwrap(), "Bo alone does not come");
    assert!(bookme.removed_in_calendar(at, of(meeting, ANNA)).await.unwrap());
    assert!(!bookme.removed_in_calendar(at, of(meeting, ANNA)).await.unwrap());
    assert_eq!((world.calendar(ANNA).await, world.calendar(BO).await), (Vec::new(), Vec::new()));
    assert_eq!(kinds(world).await, ["MeetingBooked", "MeetingCancelled"]);
    let told = &world.told().await[1].1;
    assert_eq!((&told["CancelledBy"], &told["Reason"]), (&json!("anna"), &json!("removed in calendar")));
    assert!(!moved(world, of(meeting, ANNA), "13:00", "14:00", world.now()).await.unwrap(), "it does not come back");
}

async fn answers_are_told_once(world: &World) {
    let meeting = booked(world, MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let one = |email: &str, reply| Invited { email: email.to_owned(), name: None, reply };
    let both = |reply| vec![one("kari@acme.example", reply), one("BO@x.dk", Reply::Accepted)];
    assert!(!bookme.attendees_in_calendar(at, of(meeting, BO), both(Reply::None)).await.unwrap());
    assert!(bookme.attendees_in_calendar(at, of(meeting, ANNA), both(Reply::None)).await.unwrap());
    let turned = both(Reply::None).into_iter().rev().collect();
    assert!(!bookme.attendees_in_calendar(at, of(meeting, ANNA), turned).await.unwrap(), "in whatever order");
    assert!(bookme.attendees_in_calendar(at, of(meeting, ANNA), both(Reply::Declined)).await.unwrap());
    assert_eq!(kinds(world).await, ["MeetingBooked", "AttendanceRecorded", "AttendanceRecorded"]);
    let bo = json!({"Name": null, "Email": "BO@x.dk", "EmployeeId": id(BO), "Status": "Accepted"});
    let kari = json!({"Name": null, "Email": "kari@acme.example", "EmployeeId": null, "Status": "Declined"});
    assert_eq!(world.told().await[2].1["Attendees"], json!([bo, kari]));
    assert_eq!(bookme.meeting(at, meeting, &staff()).await.unwrap().details.additional_employees, [id(BO)]);
    assert_eq!(
        fields(bookme.attendees_in_calendar(at, of(meeting, ANNA), vec![one("", Reply::None)]).await),
        ["/0/email"]
    );
    bookme.erase_customer(at, "acme").await.unwrap();
    assert_eq!(world.told().await[2].1["Attendees"], Value::Null);
    bookme.cancel(at, meeting, Cancellation::default(), &staff()).await.unwrap();
    assert!(!bookme.attendees_in_calendar(at, of(meeting, ANNA), both(Reply::None)).await.unwrap());
}
