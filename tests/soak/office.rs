//! An organisation that takes bookings: its back-end calls with tokens of Entra, its employees come from a directory.

use std::path::Path;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value as Json, json};

use crate::client::Client;
use crate::cluster::Cluster;
use crate::crm::{Crm, starter};
use crate::entra::{BACK_END, Entra};
use crate::people::{USERS, new};
use crate::server::{Place, Server};

pub(crate) const MEETINGS: &str = "/api/v3/bookme/meetings";
pub(crate) const SLOTS: &str = "/api/v3/bookme/time-slots";
/// More than anybody sends: what is measured is not how callers are held to their rates.
const RATES: [&str; 2] = ["api.requests-per-minute=1000000000", "api.requests-per-hour=1000000000"];

/// An organisation, and where it is kept.
pub(crate) struct Office {
    pub(crate) place: Place,
    entra: Entra,
    token: String,
}

/// A time of an employee.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot {
    pub(crate) employee: String,
    pub(crate) start: String,
    pub(crate) end: String,
}

impl Slot {
    /// As it stands in an answer.
    pub(crate) fn of(found: &Json) -> Self {
        let text = |name: &str| found[name].as_str().unwrap_or_else(|| panic!("no {name} in {found}")).to_owned();
        Self { employee: text("employeeId"), start: text("startDate"), end: text("endDate") }
    }

    /// A hold of it.
    pub(crate) fn hold(&self, token: &str) -> Json {
        let Self { employee, start, end } = self;
        let slot = json!({"status": "Reserved", "employeeId": employee, "startDate": start, "endDate": end});
        json!({"token": token, "timeSlot": slot})
    }
}

impl Office {
    /// Without a CRM nothing comes of its bookings.
    pub(crate) fn new(program: &Path, cluster: Option<&Cluster>, crm: Option<&Crm>) -> Self {
        let (entra, mut place) = (Entra::start(), Place::new(program, cluster));
        place.admin(&["client", "register", "Contoso", &BACK_END.to_string(), "--label", "soak"]);
        place.settings.extend(Entra::settings());
        place.settings.extend(RATES.map(str::to_owned));
        place.variables.extend(entra.variables());
        if let Some(database) = &place.database {
            place.variables.push(("ENGAGE_JOURNAL".to_owned(), database.clone()));
        }
        if let Some(crm) = crm {
            (place.crm, place.workspace) = ("dataverse", starter());
            place.variables.extend(crm.variables());
        }
        let token = entra.token();
        Self { place, entra, token }
    }

    /// Gets a new token, good for an hour.
    pub(crate) fn renew(&mut self) {
        self.token = self.entra.token();
    }

    /// As the organisation's back-end.
    pub(crate) fn client(&self, address: &str) -> Client {
        Client::new(address, &self.token)
    }

    /// Lets employees come who work on weekdays from 08 until a time of day; the ids of all, sorted.
    pub(crate) fn employ(&self, server: &Server, numbers: std::ops::Range<usize>, until: &str) -> Vec<String> {
        let (mut directory, mut client) = (server.client(), self.client(server.address()));
        for number in numbers {
            let made = directory.call("POST", USERS, Some(&new(number))).unwrap();
            assert_eq!(made.status, 201, "{}", made.body);
        }
        let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"].map(|day| {
            json!({"isAvailable": true, "dayOfWeek": day, "from": "08:00:00", "to": until,
                "availableMeetingTypes": [{"type": "Online"}]})
        });
        let patch = json!([{"op": "replace", "path": "/workdays", "value": days}]);
        let mut ids = Vec::new();
        for schedule in list(&mut client, "/api/v3/bookme/config/employee-schedules") {
            let id = schedule["id"].as_str().unwrap();
            let path = format!("/api/v3/bookme/config/employee-schedules/{id}");
            let changed = client.call("PATCH", &path, Some(&patch)).unwrap();
            assert_eq!(changed.status, 200, "{}", changed.body);
            ids.push(schedule["employeeId"].as_str().unwrap().to_owned());
        }
        ids.sort_unstable();
        ids
    }

    /// Every half hour that employees are offered for on a day, sorted.
    pub(crate) fn offered(&self, server: &Server, employees: &[String], day: Date) -> Vec<Slot> {
        let path = format!(
            "{SLOTS}/available?requireEmployeeParticipation=false&employeeTypes=Explicit&explicitEmployeeIds={}\
             &startDate={day}&lookForwardTime=1.00:00:00&meetingDuration=00:30:00&meetingTypes=Online\
             &getBestTimeSlots=false&isInternalMeeting=false",
            employees.join(",")
        );
        let mut slots: Vec<Slot> = list(&mut self.client(server.address()), &path).iter().map(Slot::of).collect();
        slots.sort_unstable();
        slots
    }
}

/// What a list has.
pub(crate) fn list(client: &mut Client, path: &str) -> Vec<Json> {
    let found = client.call("GET", path, None).unwrap();
    assert_eq!(found.status, 200, "{path}: {}", found.body);
    found.body.as_array().unwrap().clone()
}

/// A Monday within the horizon of bookings that nobody's clock comes near to.
pub(crate) fn monday() -> Date {
    let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
    today.checked_add(14.days()).unwrap().nth_weekday(1, Weekday::Monday).unwrap()
}
