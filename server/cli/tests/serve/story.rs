//! From a free time to a record in the CRM: a back-end or an employee asks when somebody is free, holds a time and books it; a playbook
//! writes the meeting into the CRM, as the application or on behalf of the employee, and what becomes of the meeting follows.

use std::path::Path;
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::issuer::{by_itself, signed_in};
use crate::kit::{PROGRAM, Server};
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

    /// The id of a user.
    fn user(&self, name: &str) -> &str {
        let crm = if self.salesforce { "salesforce" } else { "dataverse" };
        text(&self.server.ready, &format!("/sandbox/{crm}/users/{name}/user_id"))
    }

    /// Who wrote an event.
    fn author<'e>(&self, event: &'e Json) -> &'e str {
        text(event, if self.salesforce { "/CreatedById" } else { "/_createdby_value" })
    }

    /// The one event of a meeting.
    fn event(&self, meeting: &str) -> Json {
        let (found, rows) = if self.salesforce {
            let query =
                format!("SELECT+ShowAs,AMB_Status__c,CreatedById+FROM+Event+WHERE+AMB_Meeting_Key__c='{meeting}'");
            (self.call("GET", &format!("/services/data/v66.0/query?q={query}"), &Json::Null), "records")
        } else {
            let query = format!("$select=statuscode,_createdby_value&$filter=amb_meetingkey%20eq%20'{meeting}'");
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

/// Who books.
#[derive(Clone, Copy, PartialEq)]
enum By {
    BackEnd,
    Employee,
}

impl By {
    fn token(self, server: &Server) -> String {
        match self {
            Self::BackEnd => {
                let (status, token) = by_itself(server, text(&server.ready, "/issuer/client_secret"));
                assert_eq!(status, 200, "{token}");
                text(&token, "/access_token").to_owned()
            }
            Self::Employee => signed_in(server, "employee@demo.example"),
        }
    }
}

/// A time that is held, for the employee of the directory; the answer to that.
fn held(server: &Server, token: &str, employee: &str) -> (Json, Json) {
    let query = format!("requireEmployeeParticipation=true&explicitEmployeeIds={employee}&meetingTypes=online");
    let (status, times) =
        send(server, token, "GET", &format!("/api/v3/bookme/time-slots/available?{query}"), &Json::Null);
    // The last: nobody's clock comes between.
    let time = times.as_array().unwrap().last().unwrap_or_else(|| panic!("{status} {times}")).clone();
    let slot = json!({"status": "Reserved", "employeeId": employee, "startDate": time["startDate"], "endDate": time["endDate"]});
    let hold = json!({"token": "7d0f3a52-6f5c-4d57-9d3b-111111111111", "timeSlot": slot});
    let (status, held) = send(server, token, "POST", "/api/v3/bookme/time-slots/reserve", &hold);
    assert_eq!(status, 200, "{held}");
    (slot, held)
}

fn told(options: &[&str], by: By) {
    let folder = tempfile::tempdir().unwrap();
    let server = with_data(folder.path(), options);
    let crm = Crm { server: &server, salesforce: !options.is_empty() };
    provision(&server, "eli");
    until(&server, 1);
    let token = by.token(&server);
    let ask = |method: &str, path: &str, body: &Json| send(&server, &token, method, path, body);

    let employee = working(&server, &token);
    let (slot, held) = held(&server, &token, &employee);
    let other = json!({"token": "7d0f3a52-6f5c-4d57-9d3b-222222222222", "timeSlot": slot});
    let (status, taken) = ask("POST", "/api/v3/bookme/time-slots/reserve", &other);
    assert_eq!((status, &taken["details"]["reason"]), (409, &json!("TIME_SLOT_TAKEN")), "{taken}");

    let meeting = json!({
        "bookedBy": "Employee", "type": "Online", "employeeId": employee, "customerId": crm.account(), "salesforceId": "42",
        "timeSlotId": held["id"], "title": "Pension review",
    });
    let (status, booked) = ask("POST", "/api/v3/bookme/meetings", &meeting);
    assert_eq!((status, &booked["startDate"]), (200, &slot["startDate"]), "{booked}");
    // Beside the one of the directory: those of both mappers of meetings, of which that of internal ones finds that it is none.
    until(&server, 3);
    let id = text(&booked, "/id");
    // In a calendar it is busy (the status reason 5 on Dataverse), later cancelled (4).
    let (shown, busy) = if crm.salesforce { ("ShowAs", json!("Busy")) } else { ("statuscode", json!(5)) };
    let event = crm.event(id);
    assert_eq!((&event[shown], crm.reasons()), (&busy, vec![Json::Null]));
    let author = match (by, crm.salesforce) {
        (By::BackEnd, false) => crm.user("application"),
        (By::BackEnd, true) => crm.user("integration"),
        (By::Employee, false) => crm.user("salesperson"),
        (By::Employee, true) => crm.user("employee"),
    };
    assert_eq!(crm.author(&event), author, "{event}");

    let (status, _) = ask("DELETE", &format!("/api/v3/bookme/meetings/{id}?cancellationReason=ill"), &Json::Null);
    assert_eq!(status, 204);
    until(&server, 4);
    let (shown, cancelled) =
        if crm.salesforce { ("AMB_Status__c", json!("Canceled")) } else { ("statuscode", json!(4)) };
    let event = crm.event(id);
    assert_eq!((&event[shown], crm.reasons()), (&cancelled, vec![json!("ill")]));
    assert!(!crm.salesforce || event["ShowAs"] == "Free", "its time is free: {event}");
    let (status, gone) = ask("GET", &format!("/api/v3/bookme/meetings/{id}"), &Json::Null);
    assert_eq!((status, &gone["code"]), (404, &json!("NOT_FOUND")));
    let account = text(&meeting, "/customerId").to_owned();
    let log = server.end();
    assert!(!log.contains(&token) && !log.contains("Pension review"), "{log}");
    holds_no_token(folder.path(), &token);
    assert_eq!(erased(folder.path(), &account), json!({"erased": 3, "handed_over": false, "under_way": 0}));
    assert_eq!(erased(folder.path(), &account)["erased"], 0);
}

/// Of a token neither its beginning nor its signature is kept in clear.
fn holds_no_token(folder: &Path, token: &str) {
    let (claims, signature) = token.rsplit_once('.').unwrap();
    nowhere(folder, &[claims, signature]);
}

/// No file of a sandbox but those of its CRMs, which are in a folder of their own, has any of this.
fn nowhere(folder: &Path, parts: &[&str]) {
    for file in std::fs::read_dir(folder.join("data")).unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = if file.is_file() { std::fs::read(&file).unwrap() } else { Vec::new() };
        let holds = |part: &str| bytes.windows(part.len()).any(|window| window == part.as_bytes());
        assert!(!parts.iter().any(|part| holds(part)), "{}", file.display());
    }
}

/// Lets the journal of a sandbox forget a customer.
fn erased(folder: &Path, customer: &str) -> Json {
    let journal = folder.join("data").join("runs.sqlite");
    let erase = ["runs", "erase", "--customer", customer, "--format", "json", "--journal", journal.to_str().unwrap()];
    let said = Command::new(PROGRAM).args(erase).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    serde_json::from_slice(&said.stdout).unwrap()
}

#[test]
fn a_back_end_books_a_free_time_and_dataverse_has_the_meeting() {
    told(&[], By::BackEnd);
}

#[test]
fn a_back_end_books_a_free_time_and_salesforce_has_the_meeting() {
    told(&["--crm", "salesforce"], By::BackEnd);
}

#[test]
fn an_employee_books_a_free_time_and_dataverse_has_the_meeting_of_that_employee() {
    told(&[], By::Employee);
}

#[test]
fn an_employee_books_a_free_time_and_salesforce_has_the_meeting_of_that_employee() {
    told(&["--crm", "salesforce"], By::Employee);
}

#[test]
fn what_an_employee_may_not_do_yet_waits_until_he_has_signed_in_anew() {
    let folder = tempfile::tempdir().unwrap();
    let server = with_data(folder.path(), &[]);
    let crm = Crm { server: &server, salesforce: false };
    provision(&server, "eli");
    until(&server, 1);
    let token = By::Employee.token(&server);
    let employee = working(&server, &token);
    // The directory refuses whoever acts on behalf of somebody.
    let admin = text(&server.ready, "/sandbox/admin_url").strip_prefix("http://").unwrap();
    let rule = json!({"service": "dataverse", "target": "/oauth2/v2.0/token", "times": 1000, "fault": {"kind": "unauthenticated"}});
    let (status, _) = at(admin, "x", "POST", "/faults", &json!({"rules": [rule]}));
    assert!((200..300).contains(&status), "{status}");
    let meeting = json!({
        "bookedBy": "Employee", "type": "Online", "employeeId": employee, "customerId": crm.account(), "salesforceId": "42",
        "timeSlotId": held(&server, &token, &employee).1["id"], "title": "Pension review",
    });
    let (status, booked) = send(&server, &token, "POST", "/api/v3/bookme/meetings", &meeting);
    assert_eq!(status, 200, "the booking is none of the CRM's: {booked}");
    server.until_as(text(&server.ready, "/tokens/operator"), "needs-identity", 1);
    at(admin, "x", "DELETE", "/faults", &Json::Null);
    // What he had signed in with is gone; with what he does next he has signed in anew.
    let object = text(&server.ready, "/sandbox/dataverse/users/salesperson/object_id");
    let data = format!("store.data={}", folder.path().join("data").display());
    let remove = ["secrets", "remove", "Demo", &format!("assertion/{object}"), "--set", &data];
    let said = Command::new(PROGRAM).args(remove).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let patch = json!([{"op": "replace", "path": "/title", "value": "Pension"}]);
    let path = format!("/api/v3/bookme/meetings/{}", text(&booked, "/id"));
    let (status, changed) = send(&server, &token, "PATCH", &path, &patch);
    assert_eq!(status, 200, "{changed}");
    until(&server, 4);
    let event = crm.event(text(&booked, "/id"));
    assert_eq!(crm.author(&event), crm.user("salesperson"), "nobody stood in: {event}");
}

/// A workspace in which the personal id of a customer goes to the CRM.
const PERSONAL: &str = r#"
entity contact "Contact" on dataverse contact {
  Id          -> contactid
  LastName    -> lastname       required max 50
  ExternalKey -> contactid      readonly
}
pattern person "A person" {
  contact : contact
}
playbook booked "A booked meeting" {
  trigger MeetingBooked
  create one = person as application "a program that books has no user in the CRM" {
    contact.LastName: trigger.Meeting.Cpr | require
  }
}
"#;

#[test]
fn a_personal_id_is_in_the_crm_and_nowhere_else() {
    const CPR: &str = "010203-1234";
    let folder = tempfile::tempdir().unwrap();
    let workspace = folder.path().join("workspace");
    std::fs::create_dir(&workspace).unwrap();
    std::fs::write(workspace.join("engage.toml"), "name = \"personal\"\n").unwrap();
    std::fs::write(workspace.join("all.engage"), PERSONAL).unwrap();
    let server = with_data(folder.path(), &["--workspace", workspace.to_str().unwrap(), "--crm", "dataverse"]);
    let crm = Crm { server: &server, salesforce: false };
    provision(&server, "eli");
    let token = By::BackEnd.token(&server);
    let employee = working(&server, &token);
    let meeting = json!({
        "bookedBy": "Employee", "type": "Online", "employeeId": employee, "customerId": "acme", "salesforceId": "42",
        "timeSlotId": held(&server, &token, &employee).1["id"], "title": "Pension review", "cpr": CPR,
    });
    let (status, booked) = send(&server, &token, "POST", "/api/v3/bookme/meetings", &meeting);
    assert_eq!(status, 200, "{booked}");
    until(&server, 1);
    let contacts = crm.call("GET", "/api/data/v9.2/contacts?$select=lastname", &Json::Null);
    let names: Vec<&Json> = contacts["value"].as_array().unwrap().iter().map(|row| &row["lastname"]).collect();
    assert_eq!(names, [CPR]);
    // Nothing there puts meetings into the CRM: the booking stands, and the organisation is told.
    let admin = text(&server.ready, "/tokens/admin");
    let (_, alerts) = send(&server, admin, "GET", "/api/management/v1/alerts", &Json::Null);
    let told = (text(&alerts, "/items/0/kind"), text(&alerts, "/items/0/subject"), &alerts["items"][0]["count"]);
    assert_eq!(told, ("meetings.not-written", "BookMeMeeting", &json!(1)), "{alerts}");
    let listed = ["secrets", "list", "Demo", "--format", "json", "--set"];
    let data = format!("store.data={}", folder.path().join("data").display());
    let said = Command::new(PROGRAM).args(listed).arg(data).output().unwrap();
    assert!(String::from_utf8(said.stdout).unwrap().contains("\"sealed\""));
    let log = server.end();
    assert!(!log.contains(CPR), "{log}");
    nowhere(folder.path(), &[CPR]);
}
