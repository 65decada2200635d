//! From a free time to a record in the CRM: a back-end asks when somebody is free, holds a time and books it; a playbook writes the
//! meeting into the CRM, and what becomes of the meeting follows.

use serde_json::{Value as Json, json};

use crate::issuer::by_itself;
use crate::kit::Server;
use crate::sandbox::{at, provision, send, text, until, with_data};

/// Who tells the CRM of the sandbox what.
struct Crm<'s> {
    server: &'s Server,
    salesforce: bool,
}

impl Crm<'_> {
    fn call(&self, method: &str, path: &str, body: &Json) -> Json {
        let (address, token) = match self.salesforce {
            true => ("/sandbox/salesforce/url", "/sandbox/salesforce/users/administrator/token"),
            false => ("/sandbox/dataverse/url", "/sandbox/dataverse/users/system-administrator/token"),
        };
        let address = text(&self.server.ready, address).strip_prefix("http://").unwrap();
        let (status, answer) = at(address, text(&self.server.ready, token), method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// The id of a customer.
    fn account(&self) -> String {
        if self.salesforce {
            let made = self.call("POST", "/services/data/v66.0/sobjects/Account", &json!({"Name": "Acme"}));
            return text(&made, "/id").to_owned();
        }
        let found = self.call("GET", "/api/data/v9.2/accounts?$top=1", &Json::Null);
        text(&found, "/value/0/accountid").to_owned()
    }

    /// The one event of a meeting.
    fn event(&self, meeting: &str) -> Json {
        let (found, rows) = if self.salesforce {
            let query = format!("SELECT+ShowAs,AMB_Status__c+FROM+Event+WHERE+AMB_Meeting_Key__c='{meeting}'");
            (self.call("GET", &format!("/services/data/v66.0/query?q={query}"), &Json::Null), "records")
        } else {
            let query = format!("$select=statuscode&$filter=amb_meetingkey%20eq%20'{meeting}'");
            (self.call("GET", &format!("/api/data/v9.2/appointments?{query}"), &Json::Null), "value")
        };
        assert_eq!(found[rows].as_array().unwrap().len(), 1, "{found}");
        found[rows][0].clone()
    }

    /// Why the meetings of the sandbox were cancelled, as their details say.
    fn reasons(&self) -> Vec<Json> {
        if self.salesforce {
            let query = "SELECT+AMB_Cancel_Reason__c+FROM+AMB_Event_Detail__c";
            let found = self.call("GET", &format!("/services/data/v66.0/query?q={query}"), &Json::Null);
            return found["records"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["AMB_Cancel_Reason__c"].clone())
                .collect();
        }
        let found = self.call("GET", "/api/data/v9.2/amb_eventdetails?$select=amb_cancelreason", &Json::Null);
        found["value"].as_array().unwrap().iter().map(|row| row["amb_cancelreason"].clone()).collect()
    }
}

/// The employee of the directory, who works whole weeks.
fn working(server: &Server, system: &str) -> String {
    let (status, employees) = send(server, system, "GET", "/api/v3/config/employees", &Json::Null);
    assert_eq!((status, employees.as_array().unwrap().len()), (200, 1), "{employees}");
    let employee = text(&employees, "/0/id").to_owned();
    let (_, schedules) = send(server, system, "GET", "/api/v3/bookme/config/employee-schedules", &Json::Null);
    let day = |day: &str| {
        json!({"isAvailable": true, "dayOfWeek": day, "from": "08:00:00", "to": "16:00:00",
            "availableMeetingTypes": [{"type": "Online"}]})
    };
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"].map(day);
    let path = format!("/api/v3/bookme/config/employee-schedules/{}", text(&schedules, "/0/id"));
    let patch = json!([{"op": "replace", "path": "/workdays", "value": days}]);
    let (status, changed) = send(server, text(&server.ready, "/tokens/manager"), "PATCH", &path, &patch);
    assert_eq!(status, 200, "{changed}");
    employee
}

fn told(options: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let server = with_data(folder.path(), options);
    let crm = Crm { server: &server, salesforce: !options.is_empty() };
    provision(&server, "eli");
    until(&server, 1);
    let (status, token) = by_itself(&server, text(&server.ready, "/issuer/client_secret"));
    assert_eq!(status, 200, "{token}");
    let system = text(&token, "/access_token");
    let ask = |method: &str, path: &str, body: &Json| send(&server, system, method, path, body);

    let employee = working(&server, system);
    let query = format!("requireEmployeeParticipation=true&explicitEmployeeIds={employee}&meetingTypes=online");
    let (status, times) = ask("GET", &format!("/api/v3/bookme/time-slots/available?{query}"), &Json::Null);
    // The last: nobody's clock comes between.
    let time = times.as_array().unwrap().last().unwrap_or_else(|| panic!("{status} {times}"));
    let slot = json!({"status": "Reserved", "employeeId": employee, "startDate": time["startDate"], "endDate": time["endDate"]});
    let hold = json!({"token": "7d0f3a52-6f5c-4d57-9d3b-111111111111", "timeSlot": slot});
    let (status, held) = ask("POST", "/api/v3/bookme/time-slots/reserve", &hold);
    assert_eq!(status, 200, "{held}");
    let other = json!({"token": "7d0f3a52-6f5c-4d57-9d3b-222222222222", "timeSlot": slot});
    let (status, taken) = ask("POST", "/api/v3/bookme/time-slots/reserve", &other);
    assert_eq!((status, &taken["details"]["reason"]), (409, &json!("TIME_SLOT_TAKEN")), "{taken}");

    let meeting = json!({
        "bookedBy": "Employee", "type": "Online", "employeeId": employee, "customerId": crm.account(), "salesforceId": "42",
        "timeSlotId": held["id"], "title": "Pension review",
    });
    let (status, booked) = ask("POST", "/api/v3/bookme/meetings", &meeting);
    assert_eq!((status, &booked["startDate"]), (200, &time["startDate"]), "{booked}");
    // Beside the one of the directory: that of meetings, and that of internal ones, which finds that it is none.
    until(&server, 3);
    let id = text(&booked, "/id");
    // In a calendar it is busy (the status reason 5 on Dataverse), later cancelled (4).
    let (shown, busy) = if crm.salesforce { ("ShowAs", json!("Busy")) } else { ("statuscode", json!(5)) };
    assert_eq!((&crm.event(id)[shown], crm.reasons()), (&busy, vec![Json::Null]));

    let (status, _) = ask("DELETE", &format!("/api/v3/bookme/meetings/{id}?cancellationReason=ill"), &Json::Null);
    assert_eq!(status, 204);
    until(&server, 4);
    let (shown, cancelled) =
        if crm.salesforce { ("AMB_Status__c", json!("Canceled")) } else { ("statuscode", json!(4)) };
    assert_eq!((&crm.event(id)[shown], crm.reasons()), (&cancelled, vec![json!("ill")]));
    let (status, gone) = ask("GET", &format!("/api/v3/bookme/meetings/{id}"), &Json::Null);
    assert_eq!((status, &gone["code"]), (404, &json!("NOT_FOUND")));
    let log = server.end();
    assert!(!log.contains(system) && !log.contains("Pension review"), "{log}");
}

#[test]
fn a_back_end_books_a_free_time_and_dataverse_has_the_meeting() {
    told(&[]);
}

#[test]
fn a_back_end_books_a_free_time_and_salesforce_has_the_meeting() {
    told(&["--crm", "salesforce"]);
}
