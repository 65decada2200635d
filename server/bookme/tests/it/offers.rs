//! What may be chosen before a time is looked for.

use engage_bookme::model::{
    CompetenceGroup, Kept, MeetingConfiguration, Memberships, RoomAddition, ServiceGroup, ServiceTrigger, Settings,
    Skills, Topic,
};
use engage_bookme::search::Advisors;
use engage_bookme::values::{DayTime, Localized, TimeSpan, WhoCanBook};
use uuid::Uuid;

use crate::calendar::{hold, staff, time};
use crate::world::{ANNA, BO, FJORD, PLACE, World, id, instant, missing, monday};

pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    topics(&world().await).await;
    advisors(&world().await).await;
    rooms(&world().await).await;
    sign_ins(&world().await).await;
}

fn topic(name: &str, parent_id: Option<Uuid>, order: i32) -> Topic {
    Topic { name: Localized::danish(name), unique_topic_id: name.to_owned(), parent_id, order }
}

async fn topics(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let cars = bookme.create(at, topic("cars", Some(office.topic), 0)).await.unwrap().id;
    let lone = bookme.create(at, topic("alone", None, -1)).await.unwrap().id;
    let of_kind = MeetingConfiguration {
        topic_id: Some(cars),
        customer_type_id: Some(office.kind),
        who_can_book: WhoCanBook::Internal,
        duration: Some(TimeSpan::hours(2)),
        ..MeetingConfiguration::default()
    };
    bookme.create(at, of_kind).await.unwrap();
    let ids = async |is_customer, kind| {
        let found: Vec<Kept<Topic>> = bookme.topics(at, is_customer, kind).await.unwrap();
        found.iter().map(|kept| kept.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(false, None).await, [lone, office.topic, cars], "by order, then by name");
    assert_eq!(ids(false, Some(office.kind)).await, [office.topic, cars]);
    assert_eq!(ids(true, Some(office.kind)).await, [office.topic], "the closest row counts as a whole");
    assert_eq!(ids(true, None).await, [office.topic, cars], "for other customer types the row of the parent holds");
    let row = async |topic, kind| {
        bookme.configuration_for(at, topic, kind).await.map(|row| row.map(|row| row.value.duration))
    };
    assert_eq!(row(Some(cars), Some(office.kind)).await.unwrap(), Some(Some(TimeSpan::hours(2))));
    assert_eq!(row(Some(cars), None).await.unwrap(), Some(None));
    assert_eq!(row(Some(lone), Some(office.kind)).await.unwrap(), None);
    assert_eq!(missing(row(Some(id(9)), None).await), "/topicId");
}

async fn advisors(world: &World) {
    let office = world.office(MeetingConfiguration::default()).await;
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let since = instant("2026-05-28T06:00:00Z");
    let group = |name: &str, employee: u128, children: Vec<Uuid>| CompetenceGroup {
        name: name.to_owned(),
        employees: Memberships::since(since, [id(employee)]),
        child_group_ids: children,
        ..CompetenceGroup::default()
    };
    let lower = bookme.create(at, group("lower", BO, vec![])).await.unwrap().id;
    let upper = bookme.create(at, group("upper", ANNA, vec![lower])).await.unwrap().id;
    let unskilled = |kept: &Kept<Skills>| Ok(Skills { topic_ids: Vec::new(), ..kept.value.clone() });
    bookme.update(at, id(BO), unskilled).await.unwrap();
    let service = ServiceGroup {
        name: "service".to_owned(),
        employees: Memberships::since(since, [id(BO)]),
        competence_group_ids: vec![upper],
        service_trigger: ServiceTrigger { topic_ids: vec![office.topic], ..ServiceTrigger::default() },
        ..ServiceGroup::default()
    };
    let service = bookme.create(at, service).await.unwrap().id;
    let expected = Advisors {
        skill_based: vec![id(ANNA)],
        assigned: vec![id(BO)],
        competence_group_advisors: vec![id(ANNA), id(BO)],
    };
    assert_eq!(bookme.advisors(at, service).await.unwrap(), expected);
    assert_eq!(missing(bookme.advisors(at, upper).await), "");
}

async fn rooms(world: &World) {
    world.employee(ANNA, "anna").await;
    world.employee(BO, "bo").await;
    for (n, name) in [(FJORD, "fjord"), (21, "berg"), (22, "dal")] {
        world.room(n, name).await;
    }
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let closed = |kept: &Kept<RoomAddition>| Ok(RoomAddition { can_be_booked: false, ..kept.value.clone() });
    bookme.update(at, id(22), closed).await.unwrap();
    let with_room = engage_bookme::calendar::NewSlot { room_id: Some(id(FJORD)), ..time(ANNA, "10:00", "11:00") };
    let own = bookme.reserve(at, &hold(1, with_room), &staff()).await.unwrap().id;
    let other = bookme.reserve(at, &hold(2, time(BO, "10:30", "11:30")), &staff()).await.unwrap().id;
    let names = async |slot, place: &str| {
        let rooms = bookme.vacant_rooms(at, place, slot).await.unwrap();
        rooms.into_iter().map(|room| room.name).collect::<Vec<_>>()
    };
    assert_eq!(names(own, PLACE).await, ["berg", "fjord"]);
    assert_eq!(names(other, PLACE).await, ["berg"]);
    assert!(names(other, "finans allé 1-3").await.is_empty());
    assert_eq!(missing(bookme.vacant_rooms(at, PLACE, id(9)).await), "/timeSlotId");
}

async fn sign_ins(world: &World) {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let end = async |start| bookme.sign_in_end(at, start).await.unwrap();
    assert_eq!(end(monday("09:00")).await, monday("17:00"));
    assert_eq!(end(monday("17:00")).await, instant("2026-06-01T22:00:00Z"), "local midnight");
    let night = |kept: &Kept<Settings>| Ok(Settings { closing_time: DayTime::END, ..kept.value.clone() });
    bookme.update(at, at.organisation, night).await.unwrap();
    assert_eq!(end(monday("09:00")).await, instant("2026-06-01T22:00:00Z"));
}
