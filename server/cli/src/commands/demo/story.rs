//! What is done, step by step.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::call::{Call, Http, Part, Secret};
use super::crm::{Record, Records};
use super::sign_in;
use super::told::{Printer, Step};
use super::{By, Crm};
use crate::failure::Failure;

/// How long playbooks may take, and how often is looked whether they are done.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

/// The people of the directory, by what their addresses begin with.
const PEOPLE: [(&str, &str); 2] = [("eli", "Eli"), ("fay", "Fay")];

/// A caller of a server.
pub(super) struct Story {
    http: Http,
    ready: Json,
    api: String,
    crm: Records,
    /// What callers came with, in turn.
    tokens: Vec<Secret>,
}

/// What a meeting is made of.
struct Booking {
    employee: String,
    colleague: String,
    account: String,
}

impl Story {
    /// A caller of the server with this line of readiness.
    ///
    /// # Errors
    /// When the line has not what it should.
    pub(super) fn new(ready: Json, crm: Crm) -> Result<Self, Failure> {
        let api = format!("{}/api/v3", text(&ready, "/base_url")?);
        let crm = Records::new(&ready, crm)?;
        Ok(Self { http: Http::new()?, ready, api, crm, tokens: Vec::new() })
    }

    /// Does all of it and tells each step.
    ///
    /// # Errors
    /// When something does not come to what it should.
    pub(super) async fn told(&mut self, by: &[By], printer: &mut Printer<'_, '_>) -> Result<(), Failure> {
        printer.step(self.people().await?);
        let booking = self.hours(printer).await?;
        for by in by {
            let (token, calls) = sign_in::token(&self.http, &self.ready, *by).await?;
            let title = match by {
                By::BackEnd => "A back-end gets a token, by client credentials",
                By::Employee => "An employee signs in, with a code and PKCE",
            };
            printer.step(Step::new(title).calls(calls));
            self.tokens.push(token.clone());
            let meeting = self.booked(&token, &booking, printer).await?;
            self.cancelled(&token, &meeting, printer).await?;
        }
        Ok(())
    }

    /// What the commands that were shown take from variables.
    pub(super) fn variables(&self) -> Vec<(&'static str, &str)> {
        let told = |name, path| Some((name, self.ready.pointer(path)?.as_str()?));
        let told =
            [told("scim", "/scim/token"), told("manager", "/tokens/manager"), told("secret", "/issuer/client_secret")];
        let token = self.tokens.last().map(|token| (token.name, token.value.as_str()));
        let crm = self.crm.token();
        told.into_iter().flatten().chain(token).chain([(crm.name, crm.value.as_str())]).collect()
    }

    fn secret(&self, name: &'static str, path: &str) -> Result<Secret, Failure> {
        Ok(Secret { name, value: text(&self.ready, path)?.to_owned() })
    }

    /// Employees, as Entra provisions them; a playbook makes users of the CRM of them.
    async fn people(&mut self) -> Result<Step, Failure> {
        let scim = self.secret("scim", "/scim/token")?;
        let mut step =
            Step::new("Two employees come in from the directory (SCIM); a playbook makes users of the CRM of them");
        for (name, given) in PEOPLE {
            let user = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": email(name), "externalId": name,
                "active": true, "name": {"givenName": given, "familyName": "Green"},
            });
            let url = format!("{}/Users", text(&self.ready, "/scim/employees")?);
            let mut call = Call::new(Method::POST, url, &scim).json(user);
            self.http.send(&mut call).await?;
            step = step.call(call);
        }
        let began = Instant::now();
        for (name, _) in PEOPLE {
            while self.crm.user(&self.http, &email(name)).await?.is_none() {
                wait(began).await?;
            }
            step = step.fact(format!("{} is a user of the CRM", email(name)));
        }
        Ok(step)
    }

    /// The hours of the first of them, as a manager says.
    async fn hours(&mut self, told: &mut Printer<'_, '_>) -> Result<Booking, Failure> {
        let manager = self.secret("manager", "/tokens/manager")?;
        let listed = |path: &str| Call::new(Method::GET, format!("{}{path}", self.api), &manager);
        let (mut people, mut schedules) = (listed("/config/employees"), listed("/bookme/config/employee-schedules"));
        let employees = self.http.send(&mut people).await?.body;
        let [employee, colleague] = PEOPLE.map(|(name, _)| id_of(&employees, "email", &email(name)));
        let (employee, colleague) = (employee?, colleague?);
        let schedule = id_of(&self.http.send(&mut schedules).await?.body, "employeeId", &employee)?;
        let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"].map(|day| {
            json!({"isAvailable": true, "dayOfWeek": day, "from": "08:00:00", "to": "16:00:00",
                "availableMeetingTypes": [{"type": "Online"}]})
        });
        let patch = json!([{"op": "replace", "path": "/workdays", "value": days}]);
        let mut call = Call::new(Method::PATCH, format!("{}/{schedule}", schedules.url), &manager).json(patch);
        self.http.send(&mut call).await?;
        let step = Step::new("Their manager says when Eli works: online, on weekdays from 8 to 16");
        told.step(step.calls(vec![people, schedules, call]));
        let account = self.crm.account(&self.http).await?;
        Ok(Booking { employee, colleague, account })
    }

    /// A meeting at a free time; its id.
    async fn booked(&self, token: &Secret, booking: &Booking, told: &mut Printer<'_, '_>) -> Result<String, Failure> {
        let time = self.free(token, booking, told).await?;
        let hold = json!({"token": Uuid::new_v4(), "timeSlot": time});
        let url = format!("{}/bookme/time-slots/reserve", self.api);
        let mut call = Call::new(Method::POST, url, token).json(hold).keeps("hold", Part::Field(".id"));
        let held = self.http.send(&mut call).await?.body;
        told.step(Step::new("That time is held, for five minutes").call(call));
        let meeting = json!({
            "bookedBy": "Employee", "type": "Online", "employeeId": booking.employee, "customerId": booking.account,
            "salesforceId": booking.account, "timeSlotId": text(&held, "/id")?, "title": "Pension review",
            "additionalEmployees": [booking.colleague],
        });
        let url = format!("{}/bookme/meetings", self.api);
        let mut call = Call::new(Method::POST, url, token).json(meeting).keeps("meeting", Part::Field(".id"));
        let meeting = text(&self.http.send(&mut call).await?.body, "/id")?.to_owned();
        told.step(Step::new("It is booked, with a colleague").call(call).fact(format!("meeting {meeting}")));
        let (calls, records) = self.seen(&meeting, |_| true).await?;
        told.step(Step::new("A playbook has written it to the CRM").calls(calls).records(records));
        Ok(meeting)
    }

    /// The last time that somebody has in the week to come: nobody's clock comes between.
    async fn free(&self, token: &Secret, booking: &Booking, told: &mut Printer<'_, '_>) -> Result<Json, Failure> {
        let asked = [
            ("requireEmployeeParticipation", "true"),
            ("meetingTypes", "online"),
            ("explicitEmployeeIds", &booking.employee),
        ];
        let query = asked.map(|(name, value)| (name, value.to_owned())).into();
        let url = format!("{}/bookme/time-slots/available", self.api);
        let mut call = Call::new(Method::GET, url, token).query(query);
        let times = self.http.send(&mut call).await?.body;
        let times = times.as_array().map(Vec::as_slice).unwrap_or_default();
        let time = times.last().ok_or_else(|| Failure::outside("nobody has time"))?;
        let (start, end) = (text(time, "/startDate")?, text(time, "/endDate")?);
        told.step(
            Step::new("When is Eli free?").call(call).fact(format!("{} times; the last is {start}", times.len())),
        );
        Ok(json!({"status": "Reserved", "employeeId": booking.employee, "startDate": start, "endDate": end}))
    }

    /// The meeting is cancelled.
    async fn cancelled(&self, token: &Secret, meeting: &str, told: &mut Printer<'_, '_>) -> Result<(), Failure> {
        let query = vec![("cancellationReason", "ill".to_owned())];
        let url = format!("{}/bookme/meetings/{meeting}", self.api);
        let mut call = Call::new(Method::DELETE, url, token).query(query);
        self.http.send(&mut call).await?;
        told.step(Step::new("It is cancelled").call(call));
        let ill = |records: &[Record]| records.iter().any(|record| record.columns.values().any(|value| value == "ill"));
        // It is asked as before.
        let (_, records) = self.seen(meeting, ill).await?;
        told.step(Step::new("The records of the CRM follow").records(records));
        Ok(())
    }

    /// What the CRM has of a meeting, once it is as it is to be.
    async fn seen(
        &self,
        meeting: &str,
        enough: impl Fn(&[Record]) -> bool,
    ) -> Result<(Vec<Call>, Vec<Record>), Failure> {
        let began = Instant::now();
        loop {
            let (calls, records) = self.crm.meeting(&self.http, meeting).await?;
            if !records.is_empty() && enough(&records) {
                return Ok((calls, records));
            }
            wait(began).await?;
        }
    }
}

/// A little later, unless it took too long already.
async fn wait(began: Instant) -> Result<(), Failure> {
    if began.elapsed() > PATIENCE {
        return Err(Failure::outside("the playbook has not written to the CRM within a minute"));
    }
    sleep(PAUSE).await;
    Ok(())
}

fn email(name: &str) -> String {
    format!("{name}@bank.example")
}

/// The id of the one in a list that has this value.
fn id_of(list: &Json, member: &str, value: &str) -> Result<String, Failure> {
    let has = |one: &&Json| one.get(member).and_then(Json::as_str) == Some(value);
    let found = list.as_array().and_then(|list| list.iter().find(has));
    let found = found.ok_or_else(|| Failure::outside(format!("nothing in a list has this `{member}`")))?;
    text(found, "/id").map(str::to_owned)
}

/// A text in what was answered.
///
/// # Errors
/// When it is not there.
pub(super) fn text<'j>(json: &'j Json, path: &str) -> Result<&'j str, Failure> {
    json.pointer(path).and_then(Json::as_str).ok_or_else(|| Failure::outside(format!("an answer has no `{path}`")))
}
