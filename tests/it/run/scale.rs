//! Patterns far larger than anybody writes: linear, and no deep stack.

use std::time::{Duration, Instant};

use engage_adapters::memory::{MemoryCrm, Schema, presets};
use engage_dsl::Workspace;
use engage_engine::{CrmName, Execution, Identity, Input, Operation};
use engage_tests::workload;
use serde_json::json;

use super::Still;

/// Creates a pattern's records; answers how many matches they make when they are read from the first part.
async fn create(pattern_id: &str, first: &str, text: String, read: bool) -> usize {
    let catalog = Workspace::from_sources([("large.engage", text)]).catalog().unwrap();
    let crm_name = CrmName::new("dataverse").unwrap();
    let pattern = catalog.pattern("dataverse", pattern_id).unwrap();
    let crm = MemoryCrm::new(Schema::derive(&catalog, &crm_name)).unwrap().with_catalog(&catalog);
    let crm = crm.with_capabilities(presets::everything());
    let execution = |operation, input| {
        Execution::new(pattern, operation, input, &crm, Identity::Employee("ann".into())).clock(&Still)
    };
    let made = execution(Operation::Create, Input::default()).execute().await.unwrap();
    let id = made.effects().unwrap().part(first)[0].id.clone().unwrap();
    let input = Input::from_json(pattern, &json!({first: {"Id": id}})).unwrap();
    if !read {
        return 0;
    }
    execution(Operation::Read, input).execute().await.unwrap().results().unwrap().matches.len()
}

#[tokio::test]
async fn ten_thousand_parts_are_written_and_read_in_time() {
    let start = Instant::now();
    assert_eq!(create("chain", "p0", workload::chain(10_000), true).await, 1);
    // Every part of the fan would find every record, so it is not read.
    create("fan", "hub", workload::fan(10_000), false).await;
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
