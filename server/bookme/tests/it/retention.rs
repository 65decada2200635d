//! What is forgotten, and when.

use engage_bookme::meetings::{Booking, Cancellation, MeetingDetails};
use engage_bookme::model::MeetingConfiguration;

use crate::calendar::{hold, staff, time};
use crate::meetings::{booking, online};
use crate::world::{ANNA, World, missing, monday};

pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    calendars(&world().await).await;
    titles(&world().await).await;
    customers(&world().await).await;
}

async fn calendars(world: &World) {
    world.employee(ANNA, "anna").await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    bookme.reserve(at, &hold(1, time(ANNA, "10:00", "11:00")), &staff()).await.unwrap();
    world.pass(300_000);
    assert_eq!(bookme.sweep_calendars(at).await.unwrap().count, 0);
    world.pass(7 * 86_400_000 - 1);
    assert_eq!(bookme.sweep_calendars(at).await.unwrap().count, 0, "seven days after it ran out");
    world.pass(1);
    assert_eq!(bookme.sweep_calendars(at).await.unwrap().count, 1);
}

/// A meeting of the first of June ends at eleven, on the clock of Copenhagen.
async fn titles(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let details = MeetingDetails { description: Some("private".to_owned()), ..online(&office) };
    let ten = Booking { time: Some((monday("10:00"), monday("11:00"))), ..booking(details, None) };
    let meeting = bookme.book(at, ten, &staff()).await.unwrap().id;
    for early in ["2026-06-02T00:00:00Z", "2026-07-01T09:00:00Z"] {
        world.set(early);
        assert_eq!(bookme.sweep_meetings(at).await.unwrap().count, 0, "{early}");
    }
    world.set("2026-07-01T09:00:01Z");
    assert_eq!(bookme.sweep_meetings(at).await.unwrap().count, 1);
    assert_eq!(bookme.sweep_meetings(at).await.unwrap().count, 0, "once");
    let kept = bookme.meeting(at, meeting, &staff()).await.unwrap();
    assert_eq!((kept.details.title, kept.details.description), (None, None));
    assert_eq!((kept.start, kept.details.topic_id), (Some(monday("10:00")), Some(office.topic)));
}

async fn customers(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let ten = Booking { time: Some((monday("10:00"), monday("11:00"))), ..booking(online(&office), None) };
    let other = MeetingDetails { customer_id: Some("other".to_owned()), ..online(&office) };
    let first = bookme.book(at, ten, &staff()).await.unwrap().id;
    let second = bookme.book(at, booking(online(&office), None), &staff()).await.unwrap().id;
    let stays = bookme.book(at, booking(other, None), &staff()).await.unwrap();
    bookme.cancel(at, second, Cancellation::default(), &staff()).await.unwrap();
    assert_eq!(bookme.erase_customer(at, "acme").await.unwrap(), 2, "cancelled ones too");
    assert_eq!(bookme.erase_customer(at, "acme").await.unwrap(), 0);
    let told = world.told().await;
    assert!(!format!("{told:?}").contains("acme") && !format!("{told:?}").contains("Loan"), "{told:?}");
    let kept = bookme.meeting(at, first, &staff()).await.unwrap();
    assert!(kept.details.customer_id.unwrap().starts_with("erased "));
    assert_eq!((kept.details.title, kept.start), (None, Some(monday("10:00"))));
    assert_eq!(world.calendar(ANNA).await.len(), 1, "its time stays taken");
    assert_eq!(bookme.meeting(at, stays.id, &staff()).await.unwrap(), stays);
    assert_eq!(missing(bookme.meeting(at, second, &staff()).await), "");
}
