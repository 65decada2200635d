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

/// Every set of capabilities, put upon an adapter that can do so much; those that leave the same as an earlier one, or
/// everything, are told and left out.
fn sets<S: Side>(line: &Line<S>) -> Vec<(&'static str, Capabilities)> {
    let mut seen = vec![("everything it can do", line.left_of(None))];
    let mut sets = Vec::new();
    for (set, to) in presets::all().into_iter().chain(presets::switches()) {
        let left = line.left_of(Some(&to));
        match seen.iter().find(|(_, other)| *other == left) {
            Some((other, _)) => println!("{} with {set} is {} with {other}", S::CRM, S::CRM),
            None => {
                seen.push((set, left));
                sets.push((set, to));
            }
        }
    }
    sets
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
    for (set, to) in sets(&line) {
        line = line.narrowed(&to);
        told::<S>(set, &conformance::run(&line).await, &mut failed);
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Every operation, with every fault at every request it takes.
async fn endures<S: Side>() {
    let mut failed = Vec::new();
    let mut line = Line::<S>::start().await;
    told::<S>("everything it can do", &conformance::faults(&line).await, &mut failed);
    for (set, to) in sets(&line) {
        line = line.narrowed(&to);
        let report = conformance::faults(&line).await;
        told::<S>(set, &report, &mut failed);
        // Without ids of ours, what has no field for a key is in doubt when an answer is lost, and only
        // that; a CRM that does not come back leaves everybody in doubt.
        let passing = report.ran.iter().filter(|ran| !ran.test.contains(", gone "));
        let doubt = passing.flat_map(|ran| &ran.notes).any(|note| note.starts_with("told as unknown"));
        assert_eq!(doubt, !line.left_of(Some(&to)).caller_ids, "{set}: {report}");
    }
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
