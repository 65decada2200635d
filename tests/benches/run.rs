//! What the executor costs per step, on a CRM that costs next to nothing.
//!
//! `cargo bench -p engage-tests --bench run`

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use engage_adapters::memory::{MemoryCrm, Schema, presets};
use engage_dsl::Workspace;
use engage_dsl::engine::plan::{InputShape, plan};
use engage_dsl::engine::{Catalog, CrmName, Execution, Identity, Input, Operation};
use engage_tests::workload;

fn crm(catalog: &Catalog) -> MemoryCrm {
    let name = CrmName::new("dataverse").expect("a name");
    MemoryCrm::new(Schema::derive(catalog, &name))
        .expect("it stands")
        .with_capabilities(presets::everything())
        .with_catalog(catalog)
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let mut group = criterion.benchmark_group("run");
    group.sample_size(20).measurement_time(Duration::from_secs(5));
    for parts in [10, 100, 1_000] {
        let text = workload::fan(parts);
        let catalog = Workspace::from_sources([("fan.engage", text)]).catalog().expect("the workspace is right");
        let pattern = catalog.pattern("dataverse", "fan").expect("the pattern is there");
        let shape = InputShape::minimal(pattern, Operation::Create);
        group.throughput(Throughput::Elements(parts as u64 + 1));
        group.bench_function(BenchmarkId::new("plan", parts), |bencher| {
            bencher.iter(|| black_box(plan(pattern, Operation::Create, &shape, &presets::everything())));
        });
        group.bench_function(BenchmarkId::new("create", parts), |bencher| {
            bencher.iter_batched(
                || crm(&catalog),
                |crm| {
                    let acting = Identity::Employee("ann".to_owned());
                    let run = Execution::new(pattern, Operation::Create, Input::default(), &crm, acting);
                    runtime.block_on(run.execute()).expect("the create succeeds");
                    crm
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
    criterion.final_summary();
}
