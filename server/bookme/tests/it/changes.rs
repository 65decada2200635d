//! Meetings that are moved, changed, cancelled.

use engage_bookme::Error;
use engage_bookme::calendar::Reservation;
use engage_bookme::meetings::{Booking, Cancellation, Meeting, MeetingChange, MeetingDetails};
use engage_bookme::model::MeetingConfiguration;
use engage_bookme::values::SlotStatus;
use uuid::Uuid;

use crate::calendar::{hold, offered, request, staff, time};
use crate::meetings::{at_ten, buffered, kinds, online, stretch};
use crate::portals::portal;
use crate::world::{ANNA, BO, World, fields, id, missing, monday, refused};

pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    moves(&world().await).await;
    edits(&world().await).await;
    cancellations(&world().await).await;
}

/// Moves a meeting to a time that is held for it.
pub(crate) async fn move_to(world: &World, meeting: Uuid, from: &str, until: &str) -> Result<Meeting, Error> {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let reservation = Reservation { existing_meeting_id: Some(meeting), ..hold(50, time(ANNA, from, until)) };
    let slot = bookme.reserve(at, &reservation, &staff()).await?.id;
    let change = move |meeting: &Meeting| {
        Ok(MeetingChange { details: meeting.details.clone(), time_slot_id: Some(slot), needs_address: true })
    };
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
            Ok(MeetingChange { details, time_slot_id: meeting.time_slot_id, needs_address: true })
        }
    };
    world.pass(1_000);
    let titled = edit(|details| details.title = Some("Bigger loan".to_owned()));
    let edited = bookme.change_meeting(at, meeting.id, &staff(), titled).await.unwrap();
    assert_eq!((edited.details.title.as_deref(), edited.sequence), (Some("Bigger loan"), 0));
    assert_eq!(slots().await, before);
    let again = bookme.change_meeting(at, meeting.id, &staff(), titled).await.unwrap();
    assert_eq!((again.details, kinds(world).await.len()), (edited.details, 2), "what changes nothing is not told");
    let moving = Reservation { existing_meeting_id: Some(meeting.id), ..hold(9, time(ANNA, "13:00", "14:00")) };
    let moving = bookme.reserve(at, &moving, &staff()).await.unwrap();
    bookme
        .change_meeting(at, meeting.id, &staff(), edit(|details| details.title = Some("Loan".to_owned())))
        .await
        .unwrap();
    assert!(bookme.time_slot(at, moving.id).await.is_ok(), "what is held for a move stays held");
    assert!(bookme.release(at, id(9), &staff()).await.unwrap());
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
