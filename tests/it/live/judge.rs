//! What is the same of two ends: everything but the ids that were made and what a platform fills in by itself.

use std::collections::{BTreeMap, BTreeSet};

use engage_cli::case::Actual;
use engage_engine::catalog::Pattern;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json, json};

/// A field that a platform fills in or changes by itself, which the simulated CRM does not: CRM, entity, field.
type Exception = (&'static str, &'static str, &'static str);

/// What a platform gives a record that says nothing of it, and what the seed has to say before a platform takes one.
const FILLED: &[(&str, &str, &[&str])] = &[
    ("dataverse", "account", &["CreatedOn", "OwnerId"]),
    ("dataverse", "attendee", &["Kept"]),
    ("dataverse", "cancellation", &["ShowAs", "Status"]),
    ("dataverse", "case", &["CreatedOn", "Number", "OwnerId"]),
    ("dataverse", "contact", &["CreatedOn", "OwnerId"]),
    ("dataverse", "employee", &["AccessId", "Status", "UserName"]),
    ("dataverse", "event-detail", &["CreatedOn"]),
    ("dataverse", "lead", &["CreatedOn", "OwnerId"]),
    ("dataverse", "meeting", &["AllDay", "CreatedOn", "OwnerId", "ShowAs", "Status"]),
    ("dataverse", "meeting-note", &["CreatedOn", "OwnerId"]),
    ("dataverse", "opportunity", &["CreatedOn", "OwnerId"]),
    ("salesforce", "account", &["CreatedOn", "OwnerId"]),
    ("salesforce", "attendee", &["Kept"]),
    ("salesforce", "cancellation", &["ShowAs"]),
    ("salesforce", "case", &["CreatedOn", "Number", "OwnerId"]),
    ("salesforce", "contact", &["CreatedOn", "OwnerId"]),
    (
        "salesforce",
        "employee",
        &["AccessId", "Alias", "Encoding", "Language", "Locale", "Status", "TimeZone", "UserName"],
    ),
    ("salesforce", "event-detail", &["CreatedOn"]),
    ("salesforce", "lead", &["CreatedOn", "OwnerId"]),
    ("salesforce", "meeting", &["AllDay", "CreatedOn", "OwnerId", "ShowAs"]),
    ("salesforce", "meeting-note", &["CreatedOn", "OwnerId"]),
    ("salesforce", "opportunity", &["CreatedOn", "OwnerId"]),
];
/// What follows from something else that was written: a cancelled appointment has a status reason of its own.
const FOLLOWS: &[(&str, &str, &[&str])] =
    &[("dataverse", "cancellation", &["ShowAs"]), ("dataverse", "meeting", &["ShowAs"])];

fn exceptions(table: &'static [(&str, &str, &[&str])]) -> impl Iterator<Item = Exception> {
    table.iter().flat_map(|(crm, entity, fields)| fields.iter().map(|field| (*crm, *entity, *field)))
}

/// Collects what is not the same.
#[derive(Debug, Default)]
pub struct Judge {
    pub differences: Vec<String>,
    used: BTreeSet<Exception>,
}

/// An end in which every record has a name that is the same wherever the case ran.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    pub result: Json,
    pub state: Map<String, Json>,
}

impl End {
    /// Names for what was made: its part and place. `base` are records that every organisation has.
    pub fn of(actual: &Actual, base: &BTreeSet<String>, known: &BTreeSet<String>) -> Self {
        let made = made(actual.result.as_ref());
        let result = without(&named(&actual.result.clone().unwrap_or_default(), &made), base);
        let rows = |(entity, rows): (&String, &Json)| {
            let rows = without(&named(rows, &made), base);
            let rows = rows.as_array().unwrap().iter().map(|row| {
                let mut row = row.clone();
                let id = row["Id"].as_str().unwrap();
                // Nothing refers to these, and where they travel inside another record nobody tells their ids.
                if entity == "attendee" && !known.contains(id) {
                    row["Id"] = json!("new");
                }
                row
            });
            (entity.clone(), rows.collect())
        };
        Self { result, state: actual.state.iter().map(rows).collect() }
    }

    /// Of these records the fields that another end has too, without what names the record in its CRM.
    pub fn as_far_as(&self, other: &Self) -> Map<String, Json> {
        let rows = |(entity, rows): (&String, &Json)| {
            let mut theirs: Vec<&Json> = other.state[entity].as_array().unwrap().iter().collect();
            let mut shown: Vec<Json> = Vec::new();
            for row in rows.as_array().unwrap() {
                let Some(at) = theirs.iter().position(|their| their["Id"] == row["Id"]) else { continue };
                let their = theirs.remove(at);
                let fields = row.as_object().unwrap().iter();
                let told = |name: &str| their.get(name).is_some() && name != "ExternalKey";
                let follows = |name: &str| exceptions(FOLLOWS).any(|(_, of, field)| (of, field) == (entity, name));
                let fields = fields.filter(|(name, _)| told(name) && !follows(name));
                shown.push(Json::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect()));
            }
            shown.sort_by_key(ToString::to_string);
            (entity.clone(), Json::Array(shown))
        };
        self.state.iter().map(rows).collect()
    }
}

impl Judge {
    /// What happened over HTTP against what happened on the simulated CRM.
    pub fn outcomes(&mut self, place: &str, simulated: &Actual, real: &Actual) {
        let codes = |actual: &Actual| {
            let mut codes: Vec<String> = actual.problems.iter().map(|problem| problem.code.clone()).collect();
            codes.sort();
            codes
        };
        if codes(simulated) != codes(real) {
            self.differs(place, "problems", &json!(codes(simulated)), &json!(format!("{:?}", real.problems)));
        }
        if simulated.plan != real.plan || !real.audit.is_empty() {
            self.differs(place, "plan", &json!(simulated.plan), &json!(real.plan));
        }
    }

    /// What was sent against what the plan says; a plan may say that there are more.
    pub fn trips(&mut self, place: &str, simulated: &Actual, requests: &[String]) {
        let (Some(planned), true) = (simulated.round_trips, simulated.problems.is_empty()) else { return };
        let more = simulated.plan.as_ref().is_some_and(|plan| plan.contains("at least"));
        if requests.len() != planned && !(more && requests.len() > planned) {
            self.differs(place, "requests", &json!(planned), &json!(requests));
        }
    }

    pub fn results(&mut self, place: &str, pattern: &Pattern, simulated: &End, real: &End) {
        match (simulated.result.get("Results"), real.result.get("Results")) {
            (Some(Json::Array(expected)), Some(Json::Array(found))) if expected.len() == found.len() => {
                for (expected, found) in expected.iter().zip(found) {
                    for part in &pattern.parts {
                        let (expected, found) = (&expected[part.ref_id.as_str()], &found[part.ref_id.as_str()]);
                        // Records inside others got their ids from the sandbox, in no order of ours.
                        if part.entity.embedded.is_none() && ids(expected) != ids(found) {
                            self.differs(place, part.ref_id.as_str(), &ids(expected), &ids(found));
                        }
                        self.records(place, part.entity.crm.as_str(), part.entity.id.as_str(), expected, found);
                    }
                }
            }
            _ if simulated.result == real.result => {}
            _ => self.differs(place, "result", &simulated.result, &real.result),
        }
    }

    pub fn states(&mut self, place: &str, crm: &str, simulated: &End, real: &End) {
        for (entity, expected) in &simulated.state {
            self.records(place, crm, entity, expected, &real.state[entity]);
        }
    }

    /// Records that are the same, whatever their order.
    fn records(&mut self, place: &str, crm: &str, entity: &str, expected: &Json, found: &Json) {
        let (expected, mut left) = (expected.as_array().unwrap(), found.as_array().unwrap().clone());
        for record in expected {
            let same = left.iter().position(|other| self.is_same(crm, entity, record, other));
            match same {
                Some(at) => drop(left.remove(at)),
                None => self.differs(place, entity, record, &json!(left)),
            }
        }
        if left.len() + expected.len() > found.as_array().unwrap().len() {
            return;
        }
        left.iter().for_each(|more| self.differs(place, entity, &Json::Null, more));
    }

    fn is_same(&mut self, crm: &str, entity: &str, expected: &Json, found: &Json) -> bool {
        let (expected, found) = (expected.as_object().unwrap(), found.as_object().unwrap());
        let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
        let mut used = Vec::new();
        for name in names {
            let value = |record: &Map<String, Json>| record.get(name).filter(|value| !value.is_null()).cloned();
            let (expected, found) = (value(expected), value(found));
            if expected == found || is_one_number(expected.as_ref(), found.as_ref()) {
                continue;
            }
            let table = if expected.is_none() { FILLED } else { FOLLOWS };
            match exceptions(table).find(|exception| *exception == (crm, entity, name.as_str())) {
                Some(exception) => used.push(exception),
                None => return false,
            }
        }
        self.used.extend(used);
        true
    }

    /// The same case on two CRMs.
    pub fn same(&mut self, place: &str, dataverse: &Map<String, Json>, salesforce: &Map<String, Json>) {
        for (entity, rows) in dataverse {
            if salesforce[entity] != *rows {
                self.differs(place, entity, rows, &salesforce[entity]);
            }
        }
    }

    pub fn differs(&mut self, place: &str, what: &str, expected: &Json, found: &Json) {
        self.differences.push(format!("{place}: {what}\n  - {expected}\n  + {found}"));
    }

    /// Exceptions that nothing needed.
    pub fn unused(&self) -> Vec<Exception> {
        exceptions(FILLED).chain(exceptions(FOLLOWS)).filter(|exception| !self.used.contains(exception)).collect()
    }
}

/// The ids of records, in their order.
fn ids(records: &Json) -> Json {
    records.as_array().unwrap().iter().map(|record| record["Id"].clone()).collect()
}

/// Salesforce says `250000.0` of what was given as `250000.00`.
fn is_one_number(expected: Option<&Json>, found: Option<&Json>) -> bool {
    let number = |json: Option<&Json>| json?.as_str().filter(|text| text.contains('.'))?.parse::<Decimal>().ok();
    number(expected).is_some_and(|expected| number(found) == Some(expected))
}

/// The same with every decimal number in one spelling.
pub fn one_number(json: &Json) -> Json {
    match json {
        Json::String(text) if text.contains('.') => {
            text.parse::<Decimal>().map_or_else(|_| json.clone(), |number| json!(number.normalize().to_string()))
        }
        Json::Array(items) => items.iter().map(one_number).collect(),
        Json::Object(map) => map.iter().map(|(name, value)| (name.clone(), one_number(value))).collect(),
        other => other.clone(),
    }
}

/// The ids of records that a write made, each with a name: its part and place.
fn made(result: Option<&Json>) -> BTreeMap<String, String> {
    let parts = result.and_then(Json::as_object).into_iter().flatten().filter(|(part, _)| *part != "Results");
    let of_part = |(part, effects): (&String, &Json)| {
        let effects = effects.as_array().unwrap().iter().enumerate();
        let made = effects.filter(|(_, effect)| effect["outcome"] == "created");
        made.filter_map(|(at, effect)| Some((effect["Id"].as_str()?.to_owned(), format!("new {part} {at}"))))
            .collect::<Vec<_>>()
    };
    parts.flat_map(of_part).collect()
}

/// The same with names in place of ids.
fn named(json: &Json, names: &BTreeMap<String, String>) -> Json {
    match json {
        Json::String(text) => names.get(text).cloned().unwrap_or_else(|| text.clone()).into(),
        Json::Array(items) => items.iter().map(|item| named(item, names)).collect(),
        Json::Object(map) => map.iter().map(|(name, value)| (name.clone(), named(value, names))).collect(),
        other => other.clone(),
    }
}

/// The same without the records that every organisation has.
fn without(json: &Json, base: &BTreeSet<String>) -> Json {
    match json {
        Json::Array(items) => {
            let is_base = |item: &Json| item.get("Id").and_then(Json::as_str).is_some_and(|id| base.contains(id));
            items.iter().filter(|item| !is_base(item)).map(|item| without(item, base)).collect()
        }
        Json::Object(map) => map.iter().map(|(name, value)| (name.clone(), without(value, base))).collect(),
        other => other.clone(),
    }
}
