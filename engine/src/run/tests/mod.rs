//! Executions against a CRM of a few lines; those against the simulated CRM stand with the integration tests.

mod budget;
pub(crate) mod crm;
mod distinct;
mod faults;
mod partial;
mod reads;
mod writes;

use serde_json::{Value as Json, json};
use uuid::Uuid;

use self::crm::{Crm, Fake, Longest};
use super::{Execution, Outcome, RunError};
use crate::acting::Identity;
use crate::catalog::Catalog;
use crate::check::check;
use crate::check::testing::with;
use crate::input::Input;
use crate::model::Model;
use crate::plan::Operation;

fn catalog(model: &Model) -> Catalog {
    let checked = check(model);
    checked.catalog.unwrap_or_else(|| panic!("{:?}", checked.problems))
}

/// An execution of the pattern `p` with the operation key 1, on a clock that does not wait.
async fn run_model(model: &Model, operation: Operation, input: Json, crm: &Crm) -> Result<Outcome, RunError> {
    let catalog = catalog(model);
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let input = Input::from_json(pattern, &input).unwrap();
    let clock = Fake::default();
    let ann = Identity::Employee("ann".into());
    Execution::new(pattern, operation, input, crm, ann)
        .operation_key(Uuid::from_u128(1))
        .run("r1")
        .clock(&clock)
        .jitter(&Longest)
        .execute()
        .await
}

async fn run(lines: &str, operation: Operation, input: Json, crm: &Crm) -> Result<Outcome, RunError> {
    run_model(&with(lines), operation, input, crm).await
}

async fn create(lines: &str, input: Json, crm: &Crm) -> Result<Outcome, RunError> {
    run(lines, Operation::Create, input, crm).await
}

async fn update(lines: &str, input: Json, crm: &Crm) -> Result<Outcome, RunError> {
    run(lines, Operation::Update, input, crm).await
}

async fn read(lines: &str, input: Json, crm: &Crm) -> Json {
    run(lines, Operation::Read, input, crm).await.unwrap().to_json()["Results"].take()
}

/// By part the Ids of each match, a line each.
fn ids(results: &Json) -> Vec<String> {
    let ids = |records: &Json| {
        let ids = records.as_array().unwrap().iter().map(|record| record["Id"].as_str().unwrap());
        ids.collect::<Vec<_>>().join(",")
    };
    let line = |found: &Json| {
        let parts = found.as_object().unwrap().iter().map(|(part, records)| format!("{part}={}", ids(records)));
        parts.collect::<Vec<_>>().join(" ")
    };
    results.as_array().unwrap().iter().map(line).collect()
}

/// The records of a CRM without their ids, sorted: what must be the same however it came about. References are
/// followed by one step.
fn shape(crm: &Crm) -> Vec<String> {
    let mut lines: Vec<String> = crm
        .state()
        .into_iter()
        .map(|line| {
            let (entity, fields) = line.split_once(": ").unwrap();
            format!("{}: {fields}", entity.split(' ').next().unwrap())
        })
        .collect();
    lines.sort();
    lines
}

fn filter(field: &str, value: &str) -> Json {
    json!({"$filter": {"field": field, "operator": "Equals", "value": value}})
}
