//! An organisation with a directory, a clock that stands still, and ids that count.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use engage_bookme::model::{CustomerType, Kept, MeetingConfiguration, Schedule, Skills, Topic, Workday};
use engage_bookme::values::{DayOfWeek, DayTime, Localized, MeetingType, SlotStatus};
use engage_bookme::{Bookme, Environment, Error, Tenancy};
use engage_store::platform::{
    Content, Database, Directory, Kind, NewRecord, Options, OutboxReads, Realm, Service, StoreError,
};
use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// The key of the location where everybody is who is nowhere else.
pub(crate) const PLACE: &str = "Finans Allé 1-3";

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) bookme: Bookme,
    pub(crate) tenancy: Tenancy,
    now: Arc<AtomicI64>,
    ids: Arc<AtomicU64>,
    place: Place,
}

enum Place {
    File(TempDir),
    Address(String),
}

/// Few connections: the cluster has sixty.
fn options() -> Options {
    Options { connections: 6, ..Options::default() }
}

impl World {
    pub(crate) async fn in_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path().join("platform.db"), options()).await.unwrap();
        Self::on(database, Place::File(folder))
    }

    pub(crate) async fn at(url: String) -> Self {
        Self::on(Database::connect(&url, options()).await.unwrap(), Place::Address(url))
    }

    fn on(database: Database, place: Place) -> Self {
        let now = Arc::new(AtomicI64::new(instant("2026-05-28T06:00:00Z").as_microsecond()));
        let ids = Arc::new(AtomicU64::new(1 << 32));
        let bookme = bookme(&database, &now, &ids);
        let tenancy = Tenancy { organisation: id(1), environment: Environment::Prod };
        Self { database, bookme, tenancy, now, ids, place }
    }

    /// The same, as another process has it.
    pub(crate) async fn again(&self) -> Bookme {
        let database = match &self.place {
            Place::File(folder) => Database::open(folder.path().join("platform.db"), options()).await,
            Place::Address(url) => Database::connect(url, options()).await,
        };
        bookme(&database.unwrap(), &self.now, &self.ids)
    }

    pub(crate) fn set(&self, now: &str) {
        self.now.store(instant(now).as_microsecond(), Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.now.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn pass(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds * 1_000, Ordering::SeqCst);
    }

    pub(crate) async fn provision(&self, service: Service, n: u128, name: &str, location: &str) {
        let email = format!("{name}@x.dk");
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": email,
            "displayName": name,
            "active": true,
            "emails": [{ "type": "work", "value": email }],
            "addresses": [{ "type": "work", "formatted": location }],
        });
        let content = Content {
            user_name: Some(email),
            external_id: Some(format!("external {n}")),
            display_name: Some(name.to_owned()),
            active: true,
            folded: body.clone(),
            body,
            deactivated_at: None,
            purge_at: None,
        };
        let Tenancy { organisation, environment } = self.tenancy;
        let realm = Realm { organisation, environment, service };
        let job = (realm, NewRecord { id: id(n), kind: Kind::User, domain: id(n), content });
        let work = self.database.write(job, |tx, (realm, new)| {
            Box::pin(async move { tx.insert_record(realm, new, instant("2026-05-01T00:00:00Z")).await })
        });
        Result::<(), StoreError>::unwrap(work.await);
    }

    pub(crate) async fn employee(&self, n: u128, name: &str) {
        self.provision(Service::Employees, n, name, PLACE).await;
    }

    pub(crate) async fn room(&self, n: u128, name: &str) {
        self.provision(Service::Rooms, n, name, PLACE).await;
    }
}

fn bookme(database: &Database, now: &Arc<AtomicI64>, ids: &Arc<AtomicU64>) -> Bookme {
    let (now, ids) = (now.clone(), ids.clone());
    let clock = move || Timestamp::from_microsecond(now.load(Ordering::SeqCst)).unwrap();
    let ids = move || id(u128::from(ids.fetch_add(1, Ordering::SeqCst)));
    Bookme::new(database.clone(), Arc::new(clock), Arc::new(ids))
}

/// Where the problems are.
#[track_caller]
pub(crate) fn fields<T: std::fmt::Debug>(answer: Result<T, Error>) -> Vec<String> {
    match answer {
        Err(Error::Invalid(problems)) => problems.into_iter().map(|problem| problem.field).collect(),
        other => panic!("{other:?}"),
    }
}

/// Where what was named is not.
#[track_caller]
pub(crate) fn missing<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Err(Error::NotFound { field }) => field,
        other => panic!("{other:?}"),
    }
}

/// The word for why something is refused.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> &'static str {
    match answer {
        Err(Error::Conflict(refusal) | Error::Forbidden(refusal)) => refusal.as_str(),
        other => panic!("{other:?}"),
    }
}

/// What of an organisation is set up.
pub(crate) struct Office {
    pub(crate) topic: Uuid,
    pub(crate) kind: Uuid,
}

/// The employees of an office.
pub(crate) const ANNA: u128 = 10;
pub(crate) const BO: u128 = 11;
/// Its room.
pub(crate) const FJORD: u128 = 20;

impl World {
    /// Anna and Bo work from Monday to Friday, 08 to 16, in every way, and are competent for one topic and one customer type;
    /// there is a room.
    pub(crate) async fn office(&self, row: MeetingConfiguration) -> Office {
        let (bookme, at) = (&self.bookme, &self.tenancy);
        self.employee(ANNA, "anna").await;
        self.employee(BO, "bo").await;
        self.room(FJORD, "fjord").await;
        let topic =
            Topic { name: Localized::danish("Lån"), unique_topic_id: "loan".to_owned(), parent_id: None, order: 0 };
        let topic = bookme.create(at, topic).await.unwrap().id;
        let kind = bookme.create(at, CustomerType { name: "Private".to_owned() }).await.unwrap().id;
        let types = MeetingType::ALL.to_vec();
        let row = MeetingConfiguration { topic_id: Some(topic), meeting_types: types.clone(), ..row };
        bookme.create(at, row).await.unwrap();
        for employee in [ANNA, BO] {
            let skills = Skills { employee_id: id(employee), topic_ids: vec![topic], customer_type_ids: vec![kind] };
            bookme.create(at, skills).await.unwrap();
            let day = |day: &DayOfWeek| Workday {
                day_of_week: *day,
                is_available: true,
                from: DayTime::hour(8),
                to: DayTime::hour(16),
                available_meeting_types: types.clone(),
                location: None,
            };
            let workdays: Vec<Workday> = DayOfWeek::ALL.iter().take(5).map(day).collect();
            let change = move |kept: &Kept<Schedule>| Ok(Schedule { workdays: workdays.clone(), ..kept.value.clone() });
            bookme.update(at, id(employee), change).await.unwrap();
        }
        Office { topic, kind }
    }

    /// What stands in a calendar, of an employee or a room, from the first day to far away.
    pub(crate) async fn calendar(&self, whose: u128) -> Vec<(SlotStatus, String, String)> {
        let range = (instant("2026-05-01T00:00:00Z"), instant("2027-05-01T00:00:00Z"));
        let (bookme, at) = (&self.bookme, &self.tenancy);
        let mut slots = bookme.time_slots(at, range, Some(id(whose)), None, &[]).await.unwrap();
        slots.extend(bookme.time_slots(at, range, None, Some(id(whose)), &[]).await.unwrap());
        slots.iter().map(|slot| (slot.status, slot.start.to_string(), slot.end.to_string())).collect()
    }

    /// The events that were told, by kind, with what they say.
    pub(crate) async fn told(&self) -> Vec<(String, serde_json::Value)> {
        let far = instant("2030-01-01T00:00:00Z");
        let waiting = self.database.reader().take_events(far, 1_000).await.unwrap();
        waiting.into_iter().map(|one| (one.event.kind, one.event.payload)).collect()
    }
}

/// A time of Monday, 1 June 2026, on the clock of Copenhagen.
pub(crate) fn monday(clock: &str) -> Timestamp {
    let local: jiff::civil::DateTime = format!("2026-06-01T{clock}").parse().unwrap();
    local.to_zoned_datetime(jiff::tz::TimeZone::get("Europe/Copenhagen").unwrap()).unwrap().timestamp()
}
