//! What is kept between searches: read again where it has changed, whichever server changed it, and nowhere else.

use engage_availability::{Found, Pool, Request};
use engage_bookme::calendar::{Attendance, ExternalEvent, NewSlot};
use engage_bookme::meetings::{Cancellation, MeetingDetails};
use engage_bookme::model::{Kept, MeetingConfiguration, Settings, Skills};
use engage_bookme::values::{SlotStatus, TimeSpan};
use engage_bookme::{Environment, Tenancy};
use engage_store::platform::{Directory, Kind, Realm, Service, StoreError};

use crate::calendar::{hold, request, staff, time};
use crate::changes::move_to;
use crate::meetings::{at_ten, online};
use crate::world::{ANNA, BO, FJORD, Office, PLACE, World, id, instant, monday};

pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    statements(&world().await).await;
    as_if_read_anew(&world().await).await;
    as_much_as_there_is_room_for(&world().await).await;
}

/// Whoever is at the place, one for each start.
fn anybody(office: &Office) -> Request {
    Request {
        pools: vec![Pool::Local, Pool::ServiceGroup],
        explicit_employees: Vec::new(),
        customer_location: Some(PLACE.to_owned()),
        look_forward: std::time::Duration::from_secs(14 * 86_400),
        ..request(office)
    }
}

async fn statements(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (request, other) = (anybody(&office), world.again().await);
    let search = async || {
        let before = world.database.statements_read();
        world.bookme.available(&world.tenancy, &request, 1).await.unwrap();
        world.database.statements_read() - before
    };
    search().await;
    assert_eq!((search().await, search().await), (1, 1), "whether something has changed");
    world.pass(-5_000);
    assert_eq!(search().await, 1, "one that came earlier and had to wait does not read it all again");
    world.pass(5_000);
    assert_eq!(search().await, 1);
    other.reserve(&world.tenancy, &hold(1, time(ANNA, "10:00", "11:00")), &staff()).await.unwrap();
    assert_eq!(search().await, 2, "and the calendar that has");
    let with_room = NewSlot { room_id: Some(id(FJORD)), ..time(BO, "10:00", "11:00") };
    other.reserve(&world.tenancy, &hold(2, with_room), &staff()).await.unwrap();
    assert_eq!(search().await, 3);
    assert_eq!(search().await, 1);
    // Once what is set up has changed, all of it is read, and who there is; no calendar.
    let change = |kept: &Kept<Settings>| Ok(Settings { slot_interval: kept.value.slot_interval, ..kept.value.clone() });
    other.update(&world.tenancy, world.tenancy.organisation, change).await.unwrap();
    let compiling = search().await;
    assert_eq!((compiling, search().await), (8, 1));
    world.employee(12, "cai").await;
    assert_eq!((search().await, search().await), (compiling + 1, 1), "and the calendar of who is new");
    world.pass(13 * 3_600_000);
    let changed_meanwhile = search().await;
    assert!(changed_meanwhile > compiling, "what nobody asked for for long is read anew: {changed_meanwhile}");
    assert_eq!(search().await, 1);
}

/// Of two whose calendars do not fit together, those that were asked for last are kept.
async fn as_much_as_there_is_room_for(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (request, ours) = (anybody(&office), world.tenancy);
    // Nobody is there, and nothing is offered: what is read is kept all the same.
    let other = Tenancy { environment: Environment::Test, ..ours };
    let search = async |of: &Tenancy| {
        let before = world.database.statements_read();
        drop(world.bookme.available(of, &request, 1).await);
        world.database.statements_read() - before
    };
    let cold = search(&ours).await;
    search(&other).await;
    assert_eq!((search(&ours).await, search(&other).await), (1, 1), "there is room for both");
    drop(world.bookme.clone().keeping(1));
    assert_eq!(search(&other).await, 1);
    assert_eq!(search(&ours).await, cold, "who was asked for longest ago has made room");
    assert_eq!(search(&ours).await, 1, "what is asked for now stays, whatever there is room for");
    assert!(search(&other).await > 1);
}

/// After each step of another server, a search says what one says that has just begun.
async fn as_if_read_anew(world: &World) {
    let row = MeetingConfiguration {
        duration: Some(TimeSpan::hours(1)),
        time_between_meetings: Some(TimeSpan::minutes(30)),
        ..MeetingConfiguration::default()
    };
    let office = world.office(row).await;
    let (request, at, other) = (anybody(&office), &world.tenancy, world.again().await);
    let mut last = Found::default();
    let mut same = async |changes: bool| {
        let kept = world.bookme.available(at, &request, 1).await.unwrap();
        assert_eq!(kept, world.again().await.available(at, &request, 1).await.unwrap());
        assert_eq!(kept != last, changes, "whether the step is one that shows");
        last = kept;
    };
    same(true).await;
    other.reserve(at, &hold(1, time(ANNA, "10:00", "11:00")), &staff()).await.unwrap();
    other.reserve(at, &hold(2, time(BO, "10:00", "11:00")), &staff()).await.unwrap();
    same(true).await;
    world.pass(300_000);
    same(true).await;
    // Both at ten, so that nobody is left then.
    let met = MeetingDetails { additional_employees: vec![id(BO)], ..online(&office) };
    let meeting = other.book(at, at_ten(met), &staff()).await.unwrap().id;
    same(true).await;
    move_to(world, meeting, "13:00", "14:00").await.unwrap();
    same(true).await;
    let cancellation = Cancellation { cancelled_by: None, reason: None, portal_id: None };
    other.cancel(at, meeting, cancellation, &staff()).await.unwrap();
    same(true).await;
    let event = |whose: u128, show_as, is_cancelled| ExternalEvent {
        source: format!("event of {whose}"),
        employee_id: Some(id(whose)),
        room_id: None,
        start: monday("09:07"),
        end: monday("12:00"),
        show_as,
        status: SlotStatus::Busy,
        is_cancelled,
        meeting_id: None,
        attendees: Vec::new(),
    };
    for is_cancelled in [false, true] {
        let events = [ANNA, BO].map(|whose| event(whose, Attendance::Busy, is_cancelled));
        other.take_in(at, events.to_vec(), None).await.unwrap();
        same(true).await;
    }
    // Another zone has other days: no calendar goes on as it was.
    let zone =
        |kept: &Kept<Settings>| Ok(Settings { time_zone: "America/Nuuk".parse().unwrap(), ..kept.value.clone() });
    other.update(at, at.organisation, zone).await.unwrap();
    same(true).await;
    let unskilled = |kept: &Kept<Skills>| Ok(Skills { topic_ids: Vec::new(), ..kept.value.clone() });
    other.update(at, id(ANNA), unskilled).await.unwrap();
    same(true).await;
    let realm = Realm { organisation: at.organisation, environment: at.environment, service: Service::Employees };
    let gone = world.database.write(realm, |tx, realm| {
        let (deleted, purge) = (instant("2026-05-28T06:00:00Z"), instant("2026-06-28T06:00:00Z"));
        Box::pin(async move { tx.delete_record(realm, Kind::User, id(BO), deleted, purge).await })
    });
    Result::<(), StoreError>::unwrap(gone.await);
    same(true).await;
    same(false).await;
}
