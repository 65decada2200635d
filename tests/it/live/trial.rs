//! One operation, and a fault that meets so many of its requests, from one on.

use engage_engine::Operation;
use engage_engine::plan::{Answer, InputShape, plan};
use engage_engine::run::{Done, Effect, Outcome, RunError, RunErrorKind};
use engage_sandbox::server::{Fault, Rule};
use serde_json::{Value as Json, json};

use super::harness::{CRMS, Kind, Live};
use super::seed::people;

/// An operation, and what is there before it.
pub struct Scenario {
    pattern: &'static str,
    operation: Operation,
    given: Json,
    input: Json,
}

impl Scenario {
    pub fn new(pattern: &'static str, operation: Operation, given: Json, input: Json) -> Self {
        Self { pattern, operation, given, input }
    }

    async fn run(&self, live: &Live) -> Result<Outcome, RunError> {
        live.run(self.pattern, self.operation, &self.input).await
    }

    /// Whether a repeat changes nothing, by the plan.
    fn once(&self, live: &Live) -> bool {
        let (pattern, can) = (live.pattern(self.pattern), live.wire.adapter().capabilities());
        let shape = InputShape::of(pattern, &live.input(self.pattern, &self.input));
        plan(pattern, self.operation, &shape, can).unwrap().figures.once != Answer::No
    }

    /// The sandbox as it is before the operation.
    fn prepare(&self, live: &Live) {
        live.running.reset().unwrap();
        live.ids.forget();
        live.seed(&people());
        live.seed(&self.given);
        live.running.clear_log();
    }
}

fn faults() -> Vec<Fault> {
    vec![
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::Unavailable,
        Fault::Throttled { after: 1 },
        Fault::Unauthenticated,
        Fault::RowLocked,
        Fault::Truncated { bytes: 40 },
    ]
}

/// A meeting with a guest and a detail.
pub fn meeting() -> Json {
    json!({
        "meeting": [{"Id": "m1", "Subject": "Review", "Start": "2026-11-30T09:00:00Z", "End": "2026-11-30T10:00:00Z",
            "AccountId": "acme", "OwnerId": "ann", "MeetingKey": "b-0"}],
        "attendee": [{"Id": "g1", "MeetingId": "m1", "ContactId": "c100", "Role": "Required"}],
        "event-detail": [{"Id": "d1", "MeetingId": "m1", "MeetingType": "Physical", "Topic": "Pension"}],
    })
}

/// Everything that is there, with names for what was made: the key that it was made with, where it has one.
fn settled(live: &Live) -> Vec<String> {
    let state = live.state();
    let known = known(&people()).chain(known(&meeting())).collect::<Vec<_>>();
    let rows = state.iter().flat_map(|(entity, rows)| rows.as_array().unwrap().iter().map(move |row| (entity, row)));
    let name = |(entity, row): (&String, &Json)| {
        let id = row["Id"].as_str().unwrap().to_owned();
        let key = row["ExternalKey"].as_str().or(row["EmployeeKey"].as_str()).unwrap_or(entity).to_owned();
        (!known.contains(&id) && !live.base.contains(&id)).then_some((id, key))
    };
    let names: Vec<(String, String)> = rows.clone().filter_map(name).collect();
    let line = |(entity, row): (&String, &Json)| {
        let mut row = row.clone();
        row.as_object_mut().unwrap().remove("CreatedOn");
        let line = format!("{entity} {row}");
        names.iter().fold(line, |line, (id, name)| line.replace(id.as_str(), name))
    };
    let mut lines: Vec<String> = rows.map(line).collect();
    lines.sort();
    lines
}

fn known(state: &Json) -> impl Iterator<Item = String> {
    let rows = state.as_object().unwrap().values().flat_map(|rows| rows.as_array().unwrap());
    rows.map(|row| row["Id"].as_str().unwrap().to_owned()).collect::<Vec<_>>().into_iter()
}

/// What was read, or what was done; not when it was made, and of a create-or-update not which of them it was: a repeat
/// finds what the first attempt made.
fn told(live: &Live, scenario: &Scenario, outcome: &Outcome) -> Json {
    let word = |effect: &Effect| match effect.outcome {
        Done::Created | Done::Updated if scenario.pattern == "employee-sync" => json!("written"),
        done => json!(done.name()),
    };
    match outcome {
        Outcome::Read(results) => {
            let mut json = live.ids.named(&results.to_json());
            strip(&mut json);
            json
        }
        Outcome::Write(effects) => {
            let words = |all: &[Effect]| all.iter().map(word).collect::<Json>();
            effects.parts.iter().map(|(part, all)| (part.to_string(), words(all))).collect()
        }
    }
}

fn strip(json: &mut Json) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(strip),
        Json::Object(map) => {
            map.remove("CreatedOn");
            map.values_mut().for_each(strip);
        }
        _ => {}
    }
}

/// One run in which a fault meets so many requests, from one on.
struct Trial<'a> {
    scenario: &'a Scenario,
    fault: Fault,
    skip: usize,
    times: u64,
    /// The adapter begins without tokens and tables.
    cold: bool,
}

impl Trial<'_> {
    async fn run(&self, live: &mut Live) -> Result<Outcome, RunError> {
        self.scenario.prepare(live);
        if self.cold {
            live.cold();
        }
        let rule = Rule {
            service: Some(live.crm.to_owned()),
            method: None,
            target: None,
            skip: self.skip as u64,
            times: self.times,
            fault: self.fault.clone(),
        };
        assert!(live.running.set_faults(vec![rule]));
        let outcome = self.scenario.run(live).await;
        assert!(live.running.set_faults(Vec::new()));
        let met = live.log().iter().filter(|(_, entry)| entry.fault.is_some()).count();
        assert!(met > 0, "the fault met nothing");
        outcome
    }
}

/// Every fault at every request of a scenario; what did not end well, in words.
async fn every_fault(live: &mut Live, scenario: &Scenario, cold: bool) -> Vec<String> {
    scenario.prepare(live);
    let before = settled(live);
    if cold {
        live.cold();
    }
    let expected = scenario.run(live).await.unwrap();
    let expected = told(live, scenario, &expected);
    let (after, kinds) = (settled(live), live.log().into_iter().map(|(kind, _)| kind).collect::<Vec<Kind>>());
    let (mut ends, once) = (Vec::new(), scenario.once(live));
    // What comes before the first request of its own is the same for all operations, and asked about once.
    let kinds = kinds.into_iter().enumerate().filter(|(_, kind)| !cold || *kind != Kind::Own);
    for (skip, kind) in kinds {
        let twice = faults().into_iter().flat_map(|fault| [(fault.clone(), 1), (fault, 2)]);
        for (fault, times) in twice.filter(|(_, times)| !cold || *times == 1) {
            let trial = Trial { scenario, fault: fault.clone(), skip, times, cold };
            let place = format!(
                "{} {} {}: {fault:?} {times} at {skip} ({kind:?})",
                live.crm, scenario.pattern, scenario.operation
            );
            match trial.run(live).await {
                Ok(outcome) => {
                    assert_eq!(settled(live), after, "{place}");
                    assert_eq!(told(live, scenario, &outcome), expected, "{place}");
                    if !once {
                        continue;
                    }
                }
                Err(error) => {
                    ends.push(format!("{kind:?} {fault:?} {times}: {}", word(&error)));
                    if let RunErrorKind::OutcomeUnknown(_) = error.kind {
                        let now = settled(live);
                        assert!(now == before || now == after, "{place}: {now:#?}");
                        continue;
                    }
                    assert_eq!(settled(live), before, "{place}: {error:?}");
                }
            }
            let again = scenario.run(live).await.unwrap_or_else(|error| panic!("{place}, again: {error:?}"));
            assert_eq!(settled(live), after, "{place}, again: {:?}", told(live, scenario, &again));
        }
    }
    ends
}

fn word(error: &RunError) -> String {
    let why = engage_cli::execution::adapter(&error.kind).map(|error| error.kind.to_string()).unwrap_or_default();
    format!("{} {why}", engage_cli::execution::word(&error.kind))
}

/// Every fault at every request on both CRMs; what did not end well, in words. What ended well has been looked at.
pub async fn all(scenario: &Scenario, cold: bool) -> String {
    let mut ends = Vec::new();
    for crm in CRMS {
        ends.push(on(crm, scenario, cold).await);
    }
    ends.join("\n")
}

/// The same on one CRM.
pub async fn on(crm: &'static str, scenario: &Scenario, cold: bool) -> String {
    let mut live = Live::start(crm).await;
    let ends = every_fault(&mut live, scenario, cold).await.into_iter();
    ends.map(|end| format!("{crm} {end}")).collect::<Vec<_>>().join("\n")
}
