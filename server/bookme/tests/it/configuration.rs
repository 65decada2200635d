//! What an organisation sets up: defaults, rules, what names what.

use engage_bookme::model::{
    Around, CompetenceGroup, CustomerType, Kept, Level, Location, MeetingConfiguration, Memberships, Priority,
    Schedule, ServiceGroup, ServiceTrigger, Settings, Skills, Topic, Workday,
};
use engage_bookme::values::{DayOfWeek, DayTime, Languages, LevelType, Localized, MeetingType, TimeSpan};
use engage_bookme::{Error, Tenancy};
use engage_store::platform::Environment;
use futures_util::future::join_all;
use uuid::Uuid;

use crate::world::{PLACE, World, fields, id, instant, missing, refused};

pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    settings(&world().await).await;
    topics(&world().await).await;
    what_is_implied(&world().await).await;
    schedules(&world().await).await;
    groups(&world().await).await;
    circles_by_two(&world().await).await;
    rows(&world().await).await;
    priority(&world().await).await;
    what_goes(&world().await).await;
}

async fn settings(world: &World) {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let id = at.organisation;
    assert_eq!(bookme.settings(at).await.unwrap(), Settings::default());
    assert_eq!(bookme.get::<Settings>(at, id).await.unwrap().version, 0);
    let wrong = |kept: &Kept<Settings>| {
        Ok(Settings {
            opening_time: DayTime::hour(18),
            slot_interval: 7,
            extended_opening_hours_email: Some("nobody".to_owned()),
            max_time_from_booking_to_meeting: TimeSpan::days(2_000),
            i_cal_meeting_title: Some(Localized::danish("{{ employee | upcas }}")),
            ..kept.value.clone()
        })
    };
    assert_eq!(
        fields(bookme.update(at, id, wrong).await),
        [
            "/openingTime",
            "/slotInterval",
            "/maxTimeFromBookingToMeeting",
            "/extendedOpeningHoursEmail",
            "/iCalMeetingTitle/da-DK",
        ]
    );
    let night = |kept: &Kept<Settings>| {
        Ok(Settings { opening_time: DayTime::MIDNIGHT, closing_time: DayTime::END, ..kept.value.clone() })
    };
    assert_eq!(bookme.update(at, id, night).await.unwrap().version, 1);
    assert_eq!(bookme.update(at, id, night).await.unwrap().version, 1, "what changes nothing is no change");
    let stored = bookme.settings(at).await.unwrap();
    assert_eq!((stored.opening_time, stored.closing_time), (DayTime::MIDNIGHT, DayTime::END));
    let other = Tenancy { environment: Environment::Test, ..*at };
    assert_eq!(bookme.settings(&other).await.unwrap(), Settings::default(), "another environment");
    assert_eq!(missing(bookme.get::<Settings>(at, Uuid::nil()).await), "");
    bookme.delete::<Settings>(at, id).await.unwrap();
    assert_eq!(bookme.settings(at).await.unwrap(), Settings::default(), "there are always settings");
    bookme.delete::<Settings>(at, id).await.unwrap();
}

fn topic(name: &str, parent_id: Option<Uuid>) -> Topic {
    Topic { name: Localized::danish(name), unique_topic_id: name.to_owned(), parent_id, order: 0 }
}

async fn topics(world: &World) {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let loans = bookme.create(at, topic("loans", None)).await.unwrap();
    assert_eq!(refused(bookme.create(at, topic("loans", None)).await), "DUPLICATE");
    assert_eq!(missing(bookme.create(at, topic("cars", Some(id(9)))).await), "/parentId");
    assert_eq!(fields(bookme.create(at, topic(" ", None)).await), ["/localizedName", "/uniqueTopicId"]);
    let cars = bookme.create(at, topic("cars", Some(loans.id))).await.unwrap();
    let below = move |kept: &Kept<Topic>| Ok(Topic { parent_id: Some(cars.id), ..kept.value.clone() });
    assert_eq!(fields(bookme.update(at, loans.id, below).await), ["/parentId"]);
    let names: Vec<String> =
        bookme.list::<Topic>(at).await.unwrap().iter().map(|kept| kept.value.name.text().to_owned()).collect();
    assert_eq!(names, ["loans", "cars"]);
    assert_eq!(bookme.get::<Topic>(at, loans.id).await.unwrap(), loans, "what was refused changed nothing");
    assert_eq!(refused(bookme.delete::<Topic>(at, loans.id).await), "IN_USE", "a topic below needs it");
    let elsewhere = Tenancy { organisation: id(2), ..*at };
    assert_eq!(missing(bookme.get::<Topic>(&elsewhere, loans.id).await), "");
    assert_eq!(missing(bookme.delete::<Topic>(&elsewhere, loans.id).await), "");
}

/// Locations, schedules and skills are there as soon as the directory says who and where.
async fn what_is_implied(world: &World) {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    assert_eq!(missing(bookme.get::<Schedule>(at, id(10)).await), "");
    world.employee(10, "anna").await;
    world.room(20, "fjord").await;
    let schedule = bookme.get::<Schedule>(at, id(10)).await.unwrap();
    assert!((schedule.value.can_be_booked, schedule.value.workdays.len(), schedule.version) == (true, 0, 0));
    let employees = bookme.employees(at).await.unwrap();
    assert_eq!((employees[0].initials.as_str(), employees[0].location.as_deref()), ("anna", Some(PLACE)));
    assert!(bookme.rooms(at).await.unwrap()[0].can_be_booked);

    let places = bookme.list::<Location>(at).await.unwrap();
    assert_eq!((places.len(), &places[0].value), (1, &Location::of(PLACE)));
    let place = places[0].id;
    let rooms = |kept: &Kept<Location>| Ok(Location { add_rooms_to_booked_meetings: true, ..kept.value.clone() });
    let kept = bookme.update(at, place, rooms).await.unwrap();
    assert_eq!((kept.id, kept.version), (place, 1));
    let renamed =
        |kept: &Kept<Location>| Ok(Location { location: "Finans allé 1-3".to_owned(), ..kept.value.clone() });
    assert_eq!(fields(bookme.update(at, place, renamed).await), ["/location"]);
    let like = bookme.create(at, Location::of("Finans allé 1-3")).await.unwrap();
    assert_ne!(like.id, place, "keys are compared byte by byte");
    assert_eq!(refused(bookme.create(at, Location::of(PLACE)).await), "DUPLICATE");
    bookme.delete::<Location>(at, place).await.unwrap();
    assert_eq!(bookme.get::<Location>(at, place).await.unwrap().value, Location::of(PLACE), "the directory has it");
    bookme.delete::<Location>(at, like.id).await.unwrap();
    assert_eq!(bookme.list::<Location>(at).await.unwrap().len(), 1);
}

fn day(day_of_week: DayOfWeek, from: u8, to: u8) -> Workday {
    Workday {
        day_of_week,
        is_available: true,
        from: DayTime::hour(from),
        to: DayTime::hour(to),
        available_meeting_types: vec![MeetingType::Online, MeetingType::Physical, MeetingType::Online],
        location: Some(String::new()),
    }
}

async fn schedules(world: &World) {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    world.employee(10, "anna").await;
    let of = |workdays: Vec<Workday>| {
        move |kept: &Kept<Schedule>| Ok(Schedule { workdays: workdays.clone(), ..kept.value.clone() })
    };
    let wrong = vec![day(DayOfWeek::Monday, 8, 8), day(DayOfWeek::Monday, 8, 16)];
    assert_eq!(fields(bookme.update(at, id(10), of(wrong)).await), ["/workdays/0/from", "/workdays/1/dayOfWeek"]);
    let kept = bookme.update(at, id(10), of(vec![day(DayOfWeek::Friday, 8, 24)])).await.unwrap();
    let friday = &kept.value.workdays[0];
    assert_eq!(friday.available_meeting_types, [MeetingType::Physical, MeetingType::Online], "each once, in order");
    assert_eq!((friday.location.as_deref(), friday.to), (None, DayTime::END));
    let actual = kept.value.clone().actual(Some(PLACE));
    assert_eq!(actual.workdays[0].location.as_deref(), Some(PLACE));
    assert_eq!(refused(bookme.create(at, kept.value.clone()).await), "DUPLICATE");
    assert_eq!(missing(bookme.create(at, Schedule { employee_id: id(11), ..kept.value }).await), "");
    bookme.delete::<Schedule>(at, id(10)).await.unwrap();
    assert_eq!(bookme.get::<Schedule>(at, id(10)).await.unwrap().value.workdays, []);
}

fn group(name: &str, children: &[Uuid]) -> CompetenceGroup {
    CompetenceGroup { name: name.to_owned(), child_group_ids: children.to_vec(), ..CompetenceGroup::default() }
}

async fn groups(world: &World) {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    world.employee(10, "anna").await;
    let mut path: Vec<Uuid> = Vec::new();
    for name in ["5", "4", "3", "2", "1"] {
        let below = path.last().copied();
        path.push(bookme.create(at, group(name, below.as_slice())).await.unwrap().id);
    }
    let top = path[4];
    assert_eq!(fields(bookme.create(at, group("0", &[top])).await), ["/childGroupIds"], "six groups");
    let lower =
        move |kept: &Kept<CompetenceGroup>| Ok(CompetenceGroup { child_group_ids: vec![top], ..kept.value.clone() });
    assert_eq!(fields(bookme.update(at, path[0], lower).await), ["/childGroupIds"], "a circle");
    assert_eq!(fields(bookme.update(at, top, lower).await), ["/childGroupIds"], "below itself");
    let lone = bookme.create(at, group("lone", &[])).await.unwrap();
    let lone_id = lone.id;
    let deeper = move |kept: &Kept<CompetenceGroup>| {
        Ok(CompetenceGroup { child_group_ids: vec![lone_id], ..kept.value.clone() })
    };
    assert_eq!(fields(bookme.update(at, path[0], deeper).await), ["/childGroupIds"], "five above are counted too");
    bookme.update(at, path[1], deeper).await.unwrap();
    assert_eq!(missing(bookme.create(at, group("x", &[id(9)])).await), "/childGroupIds/0");

    let with = CompetenceGroup {
        employees: Memberships::since(instant("2026-05-28T06:00:00Z"), [id(10), id(10)]),
        ..group("with", &[path[0]])
    };
    let strangers = CompetenceGroup {
        employees: Memberships::since(instant("2026-05-28T06:00:00Z"), [id(10), id(11)]),
        ..with.clone()
    };
    assert_eq!(missing(bookme.create(at, strangers).await), "/employeeIds/1");
    let with = bookme.create(at, with).await.unwrap();
    assert_eq!(with.value.employees.ids().collect::<Vec<_>>(), [id(10)]);
    let service = ServiceGroup { name: "s".to_owned(), competence_group_ids: vec![with.id], ..ServiceGroup::default() };
    let service = bookme.create(at, service).await.unwrap();
    bookme.delete::<CompetenceGroup>(at, with.id).await.unwrap();
    assert!(bookme.get::<ServiceGroup>(at, service.id).await.unwrap().value.competence_group_ids.is_empty());
    bookme.delete::<CompetenceGroup>(at, path[3]).await.unwrap();
    assert!(bookme.get::<CompetenceGroup>(at, top).await.unwrap().value.child_group_ids.is_empty());

    let anna = bookme.employees(at).await.unwrap().remove(0);
    world.pass(60_000);
    let unknown = bookme.assign::<CompetenceGroup>(at, &anna, vec![top, id(9)], true).await;
    assert_eq!(missing(unknown), "/1");
    let since = async || bookme.get::<CompetenceGroup>(at, top).await.unwrap().value.employees.assigned(anna.id);
    assert_eq!(since().await, None, "all or nothing");
    bookme.assign::<CompetenceGroup>(at, &anna, vec![top], true).await.unwrap();
    let first = since().await;
    assert_eq!(first, Some(instant("2026-05-28T06:01:00Z")));
    world.pass(60_000);
    bookme.assign::<CompetenceGroup>(at, &anna, vec![top], true).await.unwrap();
    assert_eq!(since().await, first, "the date is set once");
    bookme.assign::<CompetenceGroup>(at, &anna, vec![top], false).await.unwrap();
    assert_eq!(since().await, None);
}

/// Two servers make a half of a circle each: one of them is refused.
async fn circles_by_two(world: &World) {
    let at = world.tenancy;
    let other = world.again().await;
    for _ in 0..5 {
        let one = world.bookme.create(&at, group("one", &[])).await.unwrap().id;
        let two = world.bookme.create(&at, group("two", &[])).await.unwrap().id;
        let below = |child: Uuid| {
            move |kept: &Kept<CompetenceGroup>| {
                Ok(CompetenceGroup { child_group_ids: vec![child], ..kept.value.clone() })
            }
        };
        let (first, second) = (world.bookme.update(&at, one, below(two)), other.update(&at, two, below(one)));
        let answers = join_all([Box::pin(first) as std::pin::Pin<Box<dyn Future<Output = _>>>, Box::pin(second)]);
        let answers: Vec<Result<_, Error>> = answers.await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    }
}

async fn rows(world: &World) {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let kind = bookme.create(at, CustomerType { name: "Private".to_owned() }).await.unwrap().id;
    assert_eq!(refused(bookme.create(at, CustomerType { name: "PRIVATE".to_owned() }).await), "DUPLICATE");
    let row = MeetingConfiguration { customer_type_id: Some(kind), ..MeetingConfiguration::default() };
    bookme.create(at, row.clone()).await.unwrap();
    bookme.create(at, MeetingConfiguration::default()).await.unwrap();
    assert_eq!(refused(bookme.create(at, row.clone()).await), "DUPLICATE");
    let long = TimeSpan::days(8);
    let wrong = MeetingConfiguration {
        duration: Some(TimeSpan::default()),
        time_between_meetings: Some(long),
        pre_processing: Some(Around { duration: long, show_as: None }),
        ..row.clone()
    };
    assert_eq!(
        fields(bookme.create(at, wrong).await),
        ["/duration", "/timeBetweenMeetings", "/preProcessing/duration"]
    );
    assert_eq!(missing(bookme.create(at, MeetingConfiguration { topic_id: Some(id(9)), ..row }).await), "/topicId");
}

async fn priority(world: &World) {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let id = at.organisation;
    let group = |label: Option<&str>| Level { label: label.map(str::to_owned), ..Level::of(LevelType::ServiceGroup) };
    let set = |levels: Vec<Level>| move |_: &Kept<Priority>| Ok(Priority { levels: levels.clone() });
    let local = Level::of(LevelType::Local);
    let ok = vec![group(Some("VIP")), local.clone(), group(None)];
    bookme.update(at, id, set(ok)).await.unwrap();
    assert_eq!(fields(bookme.update(at, id, set(vec![])).await), ["/levels"]);
    assert_eq!(fields(bookme.update(at, id, set(vec![local.clone(), local.clone()])).await), ["/levels/1"]);
    assert_eq!(fields(bookme.update(at, id, set(vec![group(Some("VIP")), group(Some("vip"))])).await), ["/levels/1"]);
    assert_eq!(fields(bookme.update(at, id, set(vec![group(None), group(None)])).await), ["/levels/1"]);
    let labelled = Level { label: Some("VIP".to_owned()), ..local };
    assert_eq!(fields(bookme.update(at, id, set(vec![labelled])).await), ["/levels/0/label"]);
}

/// What something else needs stays.
async fn what_goes(world: &World) {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    world.employee(10, "anna").await;
    let kind = bookme.create(at, CustomerType { name: "Private".to_owned() }).await.unwrap().id;
    let gone = async || bookme.delete::<CustomerType>(at, kind).await;
    let skills =
        |ids: Vec<Uuid>| move |kept: &Kept<Skills>| Ok(Skills { customer_type_ids: ids.clone(), ..kept.value.clone() });
    bookme.update(at, id(10), skills(vec![kind])).await.unwrap();
    assert_eq!(refused(gone().await), "IN_USE");
    bookme.update(at, id(10), skills(vec![])).await.unwrap();
    let service_trigger = ServiceTrigger { customer_type_ids: vec![kind], ..ServiceTrigger::default() };
    let group = ServiceGroup { name: "s".to_owned(), service_trigger, ..ServiceGroup::default() };
    let group = bookme.create(at, group).await.unwrap().id;
    assert_eq!(refused(gone().await), "IN_USE");
    bookme.delete::<ServiceGroup>(at, group).await.unwrap();
    gone().await.unwrap();
    assert_eq!(missing(gone().await), "");
    let languages =
        |kept: &Kept<Settings>| Ok(Settings { languages: Languages::of(["en-gb", "da-DK"]), ..kept.value.clone() });
    let kept = bookme.update(at, at.organisation, languages).await.unwrap();
    assert_eq!(kept.value.languages.iter().collect::<Vec<_>>(), ["da-DK", "en-GB"]);
}
