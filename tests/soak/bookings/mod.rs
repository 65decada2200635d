//! How bookings fare under load: searching times, holding them, booking, listing, at sizes of an organisation and beside what took
//! place in years.

mod fill;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::Store;
use crate::client::Client;
use crate::generator::{Worker, closed, open};
use crate::office::{MEETINGS, Office, SLOTS, Slot, list, monday};
use crate::people::{USERS, new};
use crate::server::{Server, cluster};

/// How much there is, and how long it is measured.
#[derive(Debug, Clone)]
pub(crate) struct Size {
    /// How many employees there are when it is measured.
    pub(crate) employees: Vec<usize>,
    /// How many meetings took place, from the second measurement on.
    pub(crate) past: usize,
    /// How long each request is measured.
    pub(crate) time: Duration,
    /// Connections of a closed loop.
    pub(crate) connections: usize,
}

/// Where everybody is.
const PLACE: &str = "Copenhagen";
/// Meetings of every employee in the time to come: two on each day.
const UPCOMING: usize = 28;
/// How far ahead times are held and booked: beyond all that searches look at, and in each round beyond those of the one before.
const AHEAD: SignedDuration = SignedDuration::from_hours(365 * 24);
const HALF_AN_HOUR: SignedDuration = SignedDuration::from_mins(30);

/// Measures at each size: first with nothing that took place, then with all of it.
pub(crate) fn measure(program: &Path, store: Store, size: &Size) {
    let cluster = cluster(store);
    let mut office = Office::new(program, cluster.as_ref(), None);
    let (mut past, mut rounds) = (0, 1..);
    for (step, count) in size.employees.iter().enumerate() {
        let before = step.checked_sub(1).map_or(0, |before| size.employees[before]);
        grow(&mut office, size, before..*count);
        if step == 0 {
            let load = Load::begin(&office, *count, size, &mut rounds);
            load.all(|what, figures| tell(store, *count, past, what, &figures));
            past = size.past;
            fill::past(&office.place, *count, past / count);
        }
        office.renew();
        let load = Load::begin(&office, *count, size, &mut rounds);
        load.all(|what, figures| tell(store, *count, past, what, &figures));
        tell(store, *count, past, "size of the database", &json!({"mib": office.place.size()}));
    }
}

fn tell(store: Store, employees: usize, past: usize, what: &str, figures: &Json) {
    let store = store.name();
    println!("{}", json!({"store": store, "employees": employees, "past": past, "what": what, "figures": figures}));
}

/// Lets more employees come, who work from 08 to 16 and have meetings.
fn grow(office: &mut Office, size: &Size, numbers: std::ops::Range<usize>) {
    let server = office.place.serve();
    let next = AtomicUsize::new(numbers.start);
    closed(
        &server,
        size.connections,
        || server.client(),
        |worker| {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number < numbers.end {
                worker.call("POST", USERS, Some(&new(number)), 201);
            }
            number < numbers.end
        },
    );
    if numbers.start == 0 {
        template(office, &server);
    }
    drop(server);
    fill::schedules(&office.place);
    fill::upcoming(&office.place, &numbers, UPCOMING);
}

/// A schedule and a meeting, made as everybody makes them, for all the others to be made after.
fn template(office: &Office, server: &Server) {
    let mut client = office.client(server.address());
    let schedules = list(&mut client, "/api/v3/bookme/config/employee-schedules");
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"].map(|day| {
        json!({"isAvailable": true, "dayOfWeek": day, "from": "08:00:00", "to": "16:00:00", "location": PLACE,
            "availableMeetingTypes": [{"type": "Online"}, {"type": "Physical"}]})
    });
    let patch = json!([{"op": "replace", "path": "/workdays", "value": days}]);
    let path = format!("/api/v3/bookme/config/employee-schedules/{}", schedules[0]["id"].as_str().unwrap());
    let changed = client.call("PATCH", &path, Some(&patch)).unwrap();
    assert_eq!(changed.status, 200, "{}", changed.body);
    let at = format!("{}T09:00:00Z", monday());
    let meeting = Load::meeting(&Slot {
        employee: schedules[0]["employeeId"].as_str().unwrap().to_owned(),
        end: at.replace("09:00", "09:30"),
        start: at,
    });
    let booked = client.call("POST", MEETINGS, Some(&meeting)).unwrap();
    assert_eq!(booked.status, 200, "{}", booked.body);
}

/// What is sent to a server.
struct Load<'l> {
    office: &'l Office,
    size: &'l Size,
    server: Server,
    employees: Vec<String>,
    /// How many times were held or booked: no two are the same.
    times: AtomicUsize,
    from: Timestamp,
}

impl<'l> Load<'l> {
    fn begin(office: &'l Office, count: usize, size: &'l Size, rounds: &mut impl Iterator<Item = i32>) -> Self {
        let server = office.place.serve();
        let all = list(&mut office.client(server.address()), "/api/v3/config/employees");
        assert_eq!(all.len(), count);
        let employees = all.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        let hour = Timestamp::from_second(Timestamp::now().as_second() / 3_600 * 3_600).unwrap();
        let from = hour + AHEAD * rounds.next().unwrap();
        Self { office, size, server, employees, times: AtomicUsize::new(0), from }
    }

    /// Each kind of request, as many as the server takes; those that people wait for also at half of that, as they come.
    fn all(&self, tell: impl Fn(&str, Json)) {
        let week = Timestamp::now() - SignedDuration::from_hours(7 * 24);
        let search = |worker: &mut Worker| self.search(worker);
        let most = self.most(search);
        tell("search, as many as it takes", most.clone());
        tell("search, half as many", self.half(&most, search));
        let hold = |worker: &mut Worker| {
            let slot = self.time();
            let body = slot.hold(&Uuid::new_v4().to_string());
            drop(worker.call("POST", &format!("{SLOTS}/reserve"), Some(&body), 200));
        };
        let most = self.most(hold);
        tell("hold, as many as it takes", most.clone());
        tell("hold, half as many", self.half(&most, hold));
        let book = |worker: &mut Worker| {
            drop(worker.call("POST", MEETINGS, Some(&Self::meeting(&self.time())), 200));
        };
        tell("book, as many as it takes", self.most(book));
        let recent = |worker: &mut Worker| self.meetings_of(worker, &format!("&startDateModified={week}"));
        tell("meetings of an employee that changed within a week", self.most(recent));
        tell("meetings of an employee", self.most(|worker| self.meetings_of(worker, "")));
    }

    fn client(&self) -> Client {
        self.office.client(self.server.address())
    }

    /// As many as the server takes.
    fn most(&self, act: impl Fn(&mut Worker) + Sync) -> Json {
        let until = Instant::now() + self.size.time;
        closed(
            &self.server,
            self.size.connections,
            || self.client(),
            |worker| {
                act(worker);
                Instant::now() < until
            },
        )
    }

    /// Half as many as were found to be the most.
    fn half(&self, most: &Json, act: impl Fn(&mut Worker) + Sync) -> Json {
        let rate = most["per_second"].as_f64().unwrap() / 2.0;
        open(&self.server, (rate.max(1.0), self.size.time), || self.client(), act)
    }

    /// As a customer's page asks: when is anybody of a place free for half an hour within a week.
    fn search(&self, worker: &mut Worker) {
        let path = format!(
            "{SLOTS}/available?requireEmployeeParticipation=false&employeeTypes=Local&customerLocation={PLACE}\
             &meetingTypes=Online&meetingDuration=00:30:00&isCustomerInitiated=true"
        );
        let found = worker.call("GET", &path, None, 200);
        assert!(found.body.as_array().unwrap().len() > 10, "{}", found.body);
    }

    fn meetings_of(&self, worker: &mut Worker, more: &str) {
        let employee = &self.employees[worker.roll(self.employees.len())];
        worker.call("GET", &format!("{MEETINGS}?employeeId={employee}{more}"), None, 200);
    }

    /// A time that nobody has.
    fn time(&self) -> Slot {
        let number = self.times.fetch_add(1, Ordering::Relaxed);
        let turn = i32::try_from(number / self.employees.len()).unwrap();
        let start = self.from + HALF_AN_HOUR * turn;
        Slot {
            employee: self.employees[number % self.employees.len()].clone(),
            start: start.to_string(),
            end: (start + HALF_AN_HOUR).to_string(),
        }
    }

    fn meeting(slot: &Slot) -> Json {
        json!({
            "bookedBy": "Employee", "type": "Online", "employeeId": slot.employee, "startDate": slot.start,
            "endDate": slot.end, "customerId": "5f1d3c9a-7b1e-4a53-9d5e-1c2b3a4d5e6f", "title": "Pension review",
            "description": "Whether what is saved will do, and what can be done about it while there is time. ".repeat(6),
        })
    }
}
