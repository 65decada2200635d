//! How long a search takes from the request on, on a file of SQLite: `search EMPLOYEES`, 30 days with twenty external events on each
//! in every calendar.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement stops at the first surprise, and prints"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use engage_bookme::availability::{self, Pool, Request, TopicId};
use engage_bookme::calendar::{NewSlot, Reservation};
use engage_bookme::meetings::Caller;
use engage_bookme::model::{MeetingConfiguration, Schedule, Skills, Topic, Workday};
use engage_bookme::values::{DayOfWeek, DayTime, Localized, MeetingType, SlotStatus};
use engage_bookme::{Bookme, Environment, Tenancy};
use engage_store::platform::{
    Calendar, Content, Database, Directory, Kind, NewRecord, Options, Realm, Service, SlotRow, StoreError,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

const AT: Tenancy = Tenancy { organisation: Uuid::from_u128(1), environment: Environment::Prod };
const PLACE: &str = "Here";
const DAYS: i64 = 30;
const SEARCHES: usize = 200;

fn now() -> Timestamp {
    "2026-05-31T22:00:00Z".parse().unwrap()
}

fn record(n: u128) -> NewRecord {
    let email = format!("employee{n}@x.dk");
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": email,
        "displayName": format!("Employee {n}"),
        "active": true,
        "emails": [{ "type": "work", "value": email }],
        "addresses": [{ "type": "work", "formatted": PLACE }],
    });
    let content = Content {
        user_name: Some(email),
        external_id: Some(n.to_string()),
        display_name: Some(format!("Employee {n}")),
        active: true,
        folded: body.clone(),
        body,
        deactivated_at: None,
        purge_at: None,
    };
    NewRecord { id: Uuid::from_u128(n), kind: Kind::User, domain: Uuid::from_u128(n), content }
}

/// Twenty events of a quarter of an hour on each day, between 07:00 and 19:00 local.
fn events(n: u128) -> Vec<SlotRow> {
    let quarter = |number: u128| i64::try_from((n * 7 + number * number * 13 + number * 5) % 48).unwrap();
    let event = |number: u128, day: i64| {
        let start = now() + SignedDuration::from_mins(day * 24 * 60 + 7 * 60 + quarter(number) * 15);
        SlotRow {
            id: Uuid::from_u128(1 << 100 | n << 32 | u128::try_from(day).unwrap() << 8 | number),
            status: "Busy".to_owned(),
            starts: start,
            ends: start + SignedDuration::from_mins(15),
            employee: Some(Uuid::from_u128(n)),
            room: None,
            meeting: None,
            token: None,
            expires: None,
            service_group: None,
            show_as: None,
            source: None,
            creator: None,
            forced: false,
            created: now(),
            modified: now(),
            deleted: None,
        }
    };
    (0..DAYS).flat_map(|day| (0..20).map(move |number| event(number, day))).collect()
}

async fn fill(database: &Database, employees: u128) {
    let all: Vec<u128> = (1..=employees).collect();
    for part in all.chunks(20) {
        let work = database.write(part.to_vec(), |tx, part| {
            Box::pin(async move {
                let realm =
                    Realm { organisation: AT.organisation, environment: AT.environment, service: Service::Employees };
                for n in part {
                    tx.insert_record(&realm, &record(1_000 + n), now()).await?;
                    for slot in events(1_000 + n) {
                        tx.insert_slot(&AT, &slot, None).await?;
                    }
                }
                Ok::<(), StoreError>(())
            })
        });
        work.await.unwrap();
    }
}

async fn set_up(bookme: &Bookme, employees: u128) -> Uuid {
    let topic =
        Topic { name: Localized::danish("Lån"), unique_topic_id: "loan".to_owned(), parent_id: None, order: 0 };
    let topic = bookme.create(&AT, topic).await.unwrap().id;
    let row = MeetingConfiguration {
        topic_id: Some(topic),
        meeting_types: MeetingType::ALL.to_vec(),
        ..MeetingConfiguration::default()
    };
    bookme.create(&AT, row).await.unwrap();
    for n in 1..=employees {
        let id = Uuid::from_u128(1_000 + n);
        let skills = Skills { employee_id: id, topic_ids: vec![topic], customer_type_ids: vec![] };
        bookme.create(&AT, skills).await.unwrap();
        let day = |day: &DayOfWeek| Workday {
            day_of_week: *day,
            is_available: true,
            from: DayTime::hour(8),
            to: DayTime::hour(16),
            available_meeting_types: MeetingType::ALL.to_vec(),
            location: None,
        };
        let workdays: Vec<Workday> = DayOfWeek::ALL.iter().take(5).map(day).collect();
        let change = move |kept: &engage_bookme::model::Kept<Schedule>| {
            Ok(Schedule { workdays: workdays.clone(), ..kept.value.clone() })
        };
        bookme.update(&AT, id, change).await.unwrap();
    }
    topic
}

/// Resident memory, in MB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

async fn timed(bookme: &Bookme, database: &Database, request: &Request) -> (Duration, u64, usize) {
    let (before, start) = (database.statements_read(), Instant::now());
    let found = bookme.available(&AT, request, 7).await.unwrap();
    (start.elapsed(), database.statements_read() - before, found.slots.len())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let employees: u128 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let folder = tempfile::tempdir().unwrap();
    let options = Options { patience: Duration::from_secs(60), ..Options::default() };
    let database = Database::open(folder.path().join("platform.db"), options).await.unwrap();
    let ids = Arc::new(AtomicU64::new(1));
    let next = move || Uuid::from_u64_pair(7, ids.fetch_add(1, Ordering::Relaxed));
    let bookme = Bookme::new(database.clone(), Arc::new(now), Arc::new(next));
    fill(&database, employees).await;
    let topic = set_up(&bookme, employees).await;
    let request = Request {
        pools: vec![Pool::Local, Pool::ServiceGroup],
        look_forward: Duration::from_secs(30 * 86_400),
        topic: Some(TopicId(topic)),
        customer_location: Some(PLACE.to_owned()),
        meeting_types: Some(availability::MeetingTypes::ALL),
        is_customer_initiated: true,
        ..Request::default()
    };
    println!("{employees} employees, {} MB", memory());
    let what = |name: &str, (time, statements, slots): (Duration, u64, usize)| {
        println!("{name}: {time:?}, {statements} statements, {slots} slots, {} MB", memory());
    };
    what("first", timed(&bookme, &database, &request).await);
    let mut times = Vec::new();
    for _ in 0..SEARCHES {
        times.push(timed(&bookme, &database, &request).await);
    }
    times.sort_unstable();
    what("quiet, median", times[SEARCHES / 2]);
    what("quiet, 99 of 100", times[SEARCHES * 99 / 100]);
    let slot = NewSlot {
        status: SlotStatus::Reserved,
        start: now() + SignedDuration::from_hours(10),
        end: now() + SignedDuration::from_hours(11),
        employee_id: Some(Uuid::from_u128(1_001)),
        room_id: None,
        service_group: None,
        ignore_conflicts: true,
    };
    let hold = Reservation { slot, token: Uuid::from_u128(9), existing_meeting_id: None };
    bookme.reserve(&AT, &hold, &Caller::staff(Uuid::from_u128(3), Uuid::from_u128(4))).await.unwrap();
    what("after a hold", timed(&bookme, &database, &request).await);
    let other = Topic { name: Localized::danish("B"), unique_topic_id: "b".to_owned(), parent_id: None, order: 1 };
    bookme.create(&AT, other).await.unwrap();
    what("after a change of what is set up", timed(&bookme, &database, &request).await);
}
