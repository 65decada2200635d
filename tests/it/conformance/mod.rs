//! The conformance suite on both CRMs, over HTTP to the sandbox: under every capability set, and with every fault at
//! every request. Each test prints what it ran (`--no-capture`).

mod dataverse;
mod line;
mod salesforce;

use engage_adapters::conformance::{self, Report};
use engage_adapters::memory::presets;
use engage_engine::adapter::Call;
use engage_engine::{Capabilities, Identity};

use dataverse::Dataverse;
use line::{Line, Side};
use salesforce::Salesforce;

fn call() -> Call {
    Call { identity: Identity::Application, run: "conformance".to_owned(), timeout: None }
}

/// Every set of capabilities that an adapter is narrowed to.
fn sets() -> impl Iterator<Item = (&'static str, Capabilities)> {
    presets::all().into_iter().chain(presets::switches())
}

/// Prints what ran; what failed is kept for the end, so that one failure does not hide the next.
fn told<S: Side>(set: &str, report: &Report, failed: &mut Vec<String>) {
    println!("{} with {set}:\n{report}", S::CRM);
    failed.extend(report.failures().iter().map(|failure| format!("{set}: {failure}")));
}

async fn conforms<S: Side>() {
    let mut failed = Vec::new();
    let mut line = Line::<S>::start().await;
    told::<S>("everything it can do", &conformance::run(&line).await, &mut failed);
    for (set, to) in sets() {
        line = line.narrowed(&to);
        told::<S>(set, &conformance::run(&line).await, &mut failed);
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Every operation, with every fault at every request it takes.
async fn endures<S: Side>() {
    let mut failed = Vec::new();
    let line = Line::<S>::start().await;
    told::<S>("everything it can do", &conformance::faults(&line).await, &mut failed);
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn on_dataverse_nothing_is_lost_and_nothing_is_there_twice() {
    endures::<Dataverse>().await;
}

#[tokio::test]
async fn on_salesforce_nothing_is_lost_and_nothing_is_there_twice() {
    endures::<Salesforce>().await;
}

#[tokio::test]
async fn dataverse_conforms_under_every_capability_set() {
    conforms::<Dataverse>().await;
}

#[tokio::test]
async fn salesforce_conforms_under_every_capability_set() {
    conforms::<Salesforce>().await;
}
