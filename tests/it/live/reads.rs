//! Reads by every field, operator and part over HTTP find what they find on the simulated CRM in the same state, in the
//! same order, in as many requests as the plan says.

use std::collections::BTreeSet;

use engage_adapters::targets;
use engage_engine::catalog::{EntityField, Part};
use engage_engine::plan::{Figures, InputShape, plan};
use engage_engine::{FieldType, Input, Operation};
use serde_json::{Map, Value as Json, json};

use super::harness::Live;
use super::judge::one_number;
use crate::run::World;

/// Records with something of everything: values that are the same but for case, that quote and that escape, and none.
fn state() -> Json {
    json!({
        "access": [{"Id": "advice", "Name": "Advice"}],
        "employee": [
            {"Id": "ann", "EmployeeKey": "e-ann", "FirstName": "Ann", "LastName": "Berg", "Email": "ann@bank.example", "AccessId": "advice"},
            {"Id": "ben", "EmployeeKey": "e-ben", "FirstName": "Ben", "LastName": "dahl", "Email": "ben@bank.example", "AccessId": "advice"},
            {"Id": "cora", "FirstName": "Cora", "LastName": "Dahl", "Email": "cora@bank.example"},
        ],
        "account": [
            {"Id": "acme", "Name": "Acme & Sons", "Number": "10042", "City": "Oslo", "Revenue": "1250000.50", "Employees": 12, "OwnerId": "ann"},
            {"Id": "globex", "Name": "Globex 100%", "Number": "10043", "City": "oslo", "Employees": 0, "OwnerId": "ben"},
            {"Id": "nobody", "Name": "O'Hara_\\1", "OwnerId": "cora"},
        ],
        "contact": [
            {"Id": "carl", "FirstName": "Carl", "LastName": "Lie", "Email": "carl@acme.example", "AccountId": "acme", "OwnerId": "ann"},
            {"Id": "dora", "FirstName": "Dora", "LastName": "lie", "Email": "Dora@Acme.example", "AccountId": "acme", "OwnerId": "ben"},
            {"Id": "emil", "LastName": "Moe", "AccountId": "globex", "OwnerId": "ann"},
            {"Id": "fred", "LastName": "Ås", "Email": "fred+x@home.example", "OwnerId": "ann"},
        ],
        "opportunity": [
            {"Id": "o1", "Name": "Fleet loan", "Amount": "250000.25", "CloseDate": "2026-12-15", "Stage": "Proposal", "AccountId": "acme", "OwnerId": "ann"},
            {"Id": "o2", "Name": "Office loan", "CloseDate": "2027-03-01", "Stage": "Closed Won", "AccountId": "acme", "OwnerId": "ben"},
            {"Id": "o3", "Name": "Another", "Amount": "1", "CloseDate": "2027-01-01", "Stage": "Proposal", "AccountId": "globex", "OwnerId": "ben"},
        ],
        "case": [
            {"Id": "k1", "Title": "Card is blocked", "Priority": "High", "Origin": "Phone", "AccountId": "acme", "ContactId": "carl", "OwnerId": "ann"},
            {"Id": "k2", "Title": "Wrong address", "Priority": "Low", "State": "Closed", "AccountId": "acme", "OwnerId": "ann"},
            {"Id": "k3", "Title": "Wrong name", "Origin": "Web", "AccountId": "globex", "OwnerId": "ben"},
        ],
        "lead": [
            {"Id": "l1", "Subject": "Asked for an offer", "FirstName": "Eva", "LastName": "Nes", "Company": "Acme", "Source": "Web", "Rating": "Hot", "AccountId": "acme", "OwnerId": "ann"},
            {"Id": "l2", "Subject": "Mortgage", "LastName": "Nes", "Company": "Own", "Source": "Partner", "OwnerId": "ben"},
        ],
        "meeting": [
            {"Id": "m1", "Subject": "Pension review", "Start": "2026-11-30T09:00:00Z", "End": "2026-11-30T10:00:00Z", "Location": "Oslo", "ShowAs": "Busy", "AccountId": "acme", "OwnerId": "ann", "MeetingKey": "b-1"},
            {"Id": "m2", "Subject": "pension REVIEW", "Start": "2026-12-30T09:00:00Z", "End": "2026-12-30T10:00:00Z", "ShowAs": "Free", "AccountId": "acme", "OwnerId": "ben", "MeetingKey": "b-2"},
            {"Id": "m3", "Subject": "Mortgage", "Start": "2026-10-30T09:00:00Z", "End": "2026-10-30T09:30:00Z", "LeadId": "l1", "OwnerId": "ann"},
            {"Id": "m4", "Subject": "Internal", "Start": "2026-10-30T09:00:00Z", "End": "2026-10-30T09:30:00Z", "ShowAs": "OutOfOffice", "OwnerId": "cora"},
        ],
        "attendee": [
            {"Id": "g1", "MeetingId": "m1", "ContactId": "carl", "Role": "Required"},
            {"Id": "g2", "MeetingId": "m1", "EmployeeId": "ben", "Role": "Required"},
            {"Id": "g3", "MeetingId": "m1", "EmployeeId": "cora", "Role": "Optional"},
            {"Id": "g4", "MeetingId": "m2", "ContactId": "dora", "Role": "Optional"},
            {"Id": "g5", "MeetingId": "m4", "EmployeeId": "ann", "Role": "Required"},
        ],
        "event-detail": [
            {"Id": "d1", "MeetingId": "m1", "MeetingType": "Physical", "Topic": "Pension"},
            {"Id": "d2", "MeetingId": "m2", "MeetingType": "Online", "VideoLink": "https://meet.example.org/?a=b&c=d#e"},
            {"Id": "d4", "MeetingId": "m4", "Topic": "pension"},
        ],
        "meeting-note": [
            {"Id": "n1", "Title": "First call", "Text": "Prefers mornings.", "AccountId": "acme", "OwnerId": "ann"},
            {"Id": "n2", "Title": "Pension review", "Text": "Wants to retire at sixty-two.", "MeetingId": "m1", "OwnerId": "ann"},
        ],
    })
}

/// Conditions on a field, from values that are there.
fn conditions(field: &EntityField, rows: &Json) -> Vec<Json> {
    let name = field.name.as_str();
    let values: BTreeSet<String> =
        rows.as_array().unwrap().iter().filter_map(|row| Some(row.get(name)?.to_string())).collect();
    let values: Vec<Json> = values.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let mut all = vec![json!({"field": name, "operator": "IsNull"}), json!({"field": name, "operator": "IsNotNull"})];
    let Some(first) = values.first() else { return all };
    let last = values.last().unwrap();
    let mut one = |operator: &str, value: &Json| all.push(json!({"field": name, "operator": operator, "value": value}));
    match &field.field_type {
        FieldType::String => {
            let text: Vec<char> = last.as_str().unwrap().to_uppercase().chars().collect();
            let piece = |from: usize, to: usize| json!(text[from..to].iter().collect::<String>());
            one("Equals", &piece(0, text.len()));
            one("NotEquals", first);
            one("StartsWith", &piece(0, 1));
            one("EndsWith", &piece(text.len() - 1, text.len()));
            one("Contains", &piece(text.len() / 2, text.len()));
        }
        FieldType::Choice | FieldType::Boolean | FieldType::Ref(_) => {
            one("Equals", first);
            one("NotEquals", last);
        }
        _ => {
            for operator in ["Equals", "NotEquals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"]
            {
                one(operator, first);
            }
        }
    }
    if field.field_type != FieldType::Boolean {
        all.push(json!({"field": name, "operator": "In", "values": [first, last]}));
        all.push(json!({"field": name, "operator": "NotIn", "values": [first]}));
        all.push(json!({"or": [{"field": name, "operator": "IsNull"}, {"not": {"field": name, "operator": "In", "values": [last]}}]}));
    }
    all
}

/// What is read by each condition on a part.
fn inputs(part: &Part, state: &Map<String, Json>) -> Vec<Json> {
    let rows = &state[part.entity.id.as_str()];
    let fields = part.entity.fields.iter();
    let conditions = fields.flat_map(|field| conditions(field, rows));
    conditions.map(|condition| json!({part.ref_id.as_str(): {"$filter": condition}})).collect()
}

struct Both {
    live: Live,
    world: World,
    simulated: engage_adapters::memory::MemoryCrm,
    differences: Vec<String>,
    /// What took a request more than planned.
    more: BTreeSet<String>,
    reads: usize,
}

impl Both {
    async fn start(crm: &'static str) -> Self {
        let live = Live::start(crm).await;
        live.seed(&state());
        // Both have the same ids, so that ties are sorted alike.
        live.ids.forget();
        let world = World::starter(crm);
        let can = targets::for_crm(&crm.parse().unwrap()).unwrap();
        let mut state = Json::Object(live.state());
        // The same records as the meetings, by fewer of their columns.
        state.as_object_mut().unwrap().remove("cancellation");
        if crm == "dataverse" {
            // There the key that a record was made with is the record's own.
            let rows = state.as_object_mut().unwrap().values_mut().flat_map(|rows| rows.as_array_mut().unwrap());
            rows.for_each(|row| drop(row.as_object_mut().unwrap().remove("ExternalKey")));
        }
        let simulated = world.crm(can, &state);
        Self { live, world, simulated, differences: Vec::new(), more: BTreeSet::new(), reads: 0 }
    }

    async fn read(&mut self, pattern: &str, input: &Json) {
        let resolved = self.live.pattern(pattern);
        let Ok(typed) = Input::from_json(resolved, input) else { return };
        let shape = InputShape::of(resolved, &typed);
        let can = engage_engine::Adapter::capabilities(&self.simulated);
        let Ok(plan) = plan(resolved, Operation::Read, &shape, can) else { return };
        self.reads += 1;
        self.live.running.clear_log();
        let told = |outcome: Result<engage_engine::Outcome, engage_engine::RunError>| match outcome {
            Ok(outcome) => outcome.to_json(),
            Err(error) => json!(engage_cli::execution::word(&error.kind)),
        };
        let found = told(self.live.run(pattern, Operation::Read, input).await);
        let expected = told(self.world.run(&self.simulated, pattern, Operation::Read, input).await);
        let place = format!("{pattern} {input}");
        if one_number(&found) != one_number(&expected) {
            self.differences.push(format!("{place}\n  - {expected}\n  + {found}"));
        }
        self.count(&place, &found, &plan.figures);
    }

    /// What was sent against what was planned: the rest of a plan is left out once nothing has been found.
    fn count(&mut self, place: &str, found: &Json, figures: &Figures) {
        let (sent, planned) = (self.live.requests().len(), figures.round_trips);
        let none = found["Results"].as_array().is_some_and(Vec::is_empty);
        if !figures.round_trips_exact || !found.is_object() || sent == planned || none && sent < planned {
            return;
        }
        if sent == planned + 1 {
            self.more.insert(place.split(':').next().unwrap().to_owned());
        } else {
            self.differences.push(format!("{place}\n  planned {planned}, sent {:?}", self.live.requests()));
        }
    }
}

/// Every second condition, of all those that make a plan.
async fn all(crm: &'static str) -> Both {
    let mut both = Both::start(crm).await;
    let state = both.live.state();
    let patterns: Vec<_> = both.live.loaded.catalog.patterns(crm).cloned().collect();
    for pattern in patterns {
        for part in &pattern.parts {
            for input in inputs(part, &state).into_iter().step_by(2) {
                both.read(pattern.id.as_str(), &input).await;
            }
        }
    }
    assert!(
        both.differences.is_empty(),
        "{} of {}\n{}",
        both.differences.len(),
        both.reads,
        both.differences.join("\n")
    );
    both
}

#[tokio::test]
async fn what_is_read_of_dataverse_is_what_the_simulated_crm_has() {
    let both = all("dataverse").await;
    assert_eq!((both.reads, both.more.len()), (2214, 0));
}

/// A reference of several targets behind another (the owner of the lead that an event is with) is read apart.
#[tokio::test]
async fn what_is_read_of_salesforce_is_what_the_simulated_crm_has() {
    let both = all("salesforce").await;
    assert_eq!(both.more.into_iter().collect::<Vec<_>>(), ["portal-lead {\"event\"", "portal-lead {\"host\""]);
    assert_eq!(both.reads, 2199);
}
