//! Time beyond the regular hours, and what is held, as they are listed.

use engage_bookme::Error;
use engage_bookme::calendar::{Attendance, ExternalEvent, NewWindow, TimeSlot, WindowQuery};
use engage_bookme::model::{CompetenceGroup, Memberships, ServiceGroup};
use engage_bookme::values::SlotStatus;
use uuid::Uuid;

use crate::calendar::{customer, hold, staff, time};
use crate::world::{ANNA, BO, World, fields, id, instant, missing, monday, refused};

pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    windows_open_and_close(&world().await).await;
    members_alone_sign_in(&world().await).await;
    what_a_calendar_brings_stays_there(&world().await).await;
    holds_are_listed_with_their_tokens(&world().await).await;
}

fn extra(from: &str, until: &str) -> NewWindow {
    NewWindow { employee_id: id(ANNA), service_group_id: None, start: Some(monday(from)), end: Some(monday(until)) }
}

async fn starts(world: &World, query: WindowQuery) -> Vec<(SlotStatus, String)> {
    let found = world.bookme.windows(&world.tenancy, &query).await.unwrap();
    found.iter().map(|slot| (slot.status, slot.start.to_string())).collect()
}

async fn windows_open_and_close(world: &World) {
    world.employee(ANNA, "anna").await;
    world.employee(BO, "bo").await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let late = bookme.open_window(at, extra("18:00", "20:00")).await.unwrap();
    bookme.open_window(at, NewWindow { employee_id: id(BO), ..extra("17:00", "19:00") }).await.unwrap();
    bookme.reserve(at, &hold(1, time(ANNA, "18:00", "19:00")), &staff()).await.unwrap();
    let open = |clock: &str| (SlotStatus::ExtraOpen, monday(clock).to_string());
    assert_eq!(starts(world, WindowQuery::default()).await, [open("17:00"), open("18:00")], "windows alone, by start");
    let anna = WindowQuery { employee_id: Some(id(ANNA)), ..WindowQuery::default() };
    assert_eq!(starts(world, anna).await, [open("18:00")]);
    let until = WindowQuery { until: Some(monday("18:00")), ..WindowQuery::default() };
    assert_eq!(starts(world, until).await, [open("17:00")], "it begins then");
    let backwards = WindowQuery { from: Some(monday("18:00")), ..until };
    assert_eq!(fields(bookme.windows(at, &backwards).await), ["/endDate"]);
    assert_eq!(fields(bookme.open_window(at, NewWindow { end: None, ..extra("18:00", "19:00") }).await), ["/endDate"]);
    assert_eq!(
        missing(bookme.open_window(at, NewWindow { employee_id: id(99), ..extra("18:00", "19:00") }).await),
        "/employeeId"
    );
    world.set("2026-06-01T16:30:00Z");
    assert_eq!(fields(bookme.open_window(at, extra("08:00", "09:00")).await), ["/endDate"], "it is over");
    bookme.close_window(at, late.id).await.unwrap();
    assert_eq!(missing(bookme.close_window(at, late.id).await), "", "it ended");
    let kept = bookme.time_slot(at, late.id).await.unwrap();
    assert_eq!((kept.start, kept.end), (late.start, instant("2026-06-01T16:30:00Z")), "what was, was");
    let ahead = bookme.open_window(at, extra("20:00", "21:00")).await.unwrap();
    bookme.close_window(at, ahead.id).await.unwrap();
    assert_eq!(missing(bookme.time_slot(at, ahead.id).await), "");
}

async fn group(world: &World, group: ServiceGroup) -> Uuid {
    world.bookme.create(&world.tenancy, group).await.unwrap().id
}

fn members(employee: u128) -> Memberships {
    let mut members = Memberships::default();
    members.add(id(employee), monday("08:00"));
    members
}

async fn members_alone_sign_in(world: &World) {
    world.employee(ANNA, "anna").await;
    world.employee(BO, "bo").await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let below = CompetenceGroup { name: "below".to_owned(), employees: members(BO), ..CompetenceGroup::default() };
    let below = bookme.create(at, below).await.unwrap().id;
    let queue = ServiceGroup {
        name: "queue".to_owned(),
        employees: members(ANNA),
        competence_group_ids: vec![below],
        ..ServiceGroup::default()
    };
    let queue = group(world, queue).await;
    let empty = group(world, ServiceGroup { name: "empty".to_owned(), ..ServiceGroup::default() }).await;
    let sign_in = |employee, group| NewWindow {
        employee_id: id(employee),
        service_group_id: Some(group),
        start: Some(monday("09:00")),
        end: None,
    };
    for employee in [ANNA, BO] {
        let signed = bookme.open_window(at, sign_in(employee, queue)).await.unwrap();
        assert_eq!(signed.status, SlotStatus::AvailableForWork);
        assert_eq!(
            (signed.service_group, signed.end),
            (Some(queue.to_string()), monday("17:00")),
            "until closing time"
        );
    }
    assert_eq!(fields(bookme.open_window(at, sign_in(ANNA, empty)).await), ["/employeeId"]);
    assert_eq!(missing(bookme.open_window(at, sign_in(ANNA, id(77))).await), "/serviceGroupId");
    let of = |group| WindowQuery { service_group_id: Some(group), ..WindowQuery::default() };
    assert_eq!((starts(world, of(queue)).await.len(), starts(world, of(empty)).await.len()), (2, 0));
}

async fn what_a_calendar_brings_stays_there(world: &World) {
    world.employee(ANNA, "anna").await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let event = ExternalEvent {
        source: "event".to_owned(),
        employee_id: Some(id(ANNA)),
        room_id: None,
        start: monday("18:00"),
        end: monday("20:00"),
        show_as: Attendance::Busy,
        status: SlotStatus::Busy,
        is_cancelled: false,
        meeting_id: None,
        attendees: vec!["extra@x.dk".to_owned()],
    };
    bookme.take_in(at, vec![event], Some("extra@x.dk".to_owned())).await.unwrap();
    let found: Vec<TimeSlot> = bookme.windows(at, &WindowQuery::default()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(refused(bookme.close_window(at, found[0].id).await), "IN_USE");
    let held = bookme.reserve(at, &hold(1, time(ANNA, "10:00", "11:00")), &staff()).await.unwrap();
    assert_eq!(missing(bookme.close_window(at, held.id).await), "", "it is no window");
}

async fn holds_are_listed_with_their_tokens(world: &World) {
    world.employee(ANNA, "anna").await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let listed = async || -> Result<Vec<Uuid>, Error> {
        Ok(bookme.holds(at).await?.into_iter().map(|hold| hold.token).collect())
    };
    bookme.reserve(at, &hold(1, time(ANNA, "10:00", "11:00")), &customer(9)).await.unwrap();
    world.pass(1_000);
    bookme.reserve(at, &hold(2, time(ANNA, "08:00", "09:00")), &staff()).await.unwrap();
    assert_eq!(listed().await.unwrap(), [id(1), id(2)], "what ends first comes first");
    assert!(!bookme.release(at, id(1), &customer(10)).await.unwrap(), "another customer's");
    assert!(!bookme.release(at, id(2), &customer(9)).await.unwrap(), "nor of staff");
    world.pass(299_000);
    assert_eq!(listed().await.unwrap(), [id(2)], "what ran out is none");
    assert!(bookme.release(at, id(2), &staff()).await.unwrap());
    assert_eq!(listed().await.unwrap(), [] as [Uuid; 0]);
}
