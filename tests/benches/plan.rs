//! Planning: pure, so it is measured alone.
//!
//! `cargo bench -p engage-tests --bench plan`

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use engage_adapters::targets;
use engage_dsl::Workspace;
use engage_dsl::engine::catalog::Pattern;
use engage_dsl::engine::plan::{InputShape, plan};
use engage_dsl::engine::{Catalog, Input, Operation};
use engage_tests::workload;

fn catalog(text: String) -> Catalog {
    Workspace::from_sources([("bench.engage", text)]).catalog().expect("the generated workspace is right")
}

fn shape(pattern: &Pattern, input: &serde_json::Value) -> InputShape {
    InputShape::of(pattern, &Input::from_json(pattern, input).expect("the input is right"))
}

fn six_parts(criterion: &mut Criterion) {
    let starter = concat!(env!("CARGO_MANIFEST_DIR"), "/../playbooks/packages/starter");
    let catalog = Workspace::load(starter).and_then(|workspace| workspace.catalog()).expect("the starter is right");
    let input = serde_json::json!({
        "account": {"Id": "a"}, "owner": {"Id": "o"},
        "advisors": [{"Id": "1"}, {"Id": "2"}, {"Id": "3"}],
        "event": {"Subject": "s", "Start": "2026-01-01T09:00:00Z", "End": "2026-01-01T10:00:00Z"},
    });
    for (crm, capabilities) in [("dataverse", targets::dataverse()), ("salesforce", targets::salesforce())] {
        let pattern = catalog.pattern(crm, "internal-meeting").expect("the starter has the pattern");
        let shape = shape(pattern, &input);
        plan(pattern, Operation::Create, &shape, &capabilities).expect("the plan is possible");
        criterion.bench_function(&format!("plan/internal-meeting/{crm}"), |bencher| {
            bencher.iter(|| black_box(plan(pattern, Operation::Create, &shape, &capabilities)));
        });
    }
}

fn large(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for (name, make) in [("chain", workload::chain as fn(usize) -> String), ("fan", workload::fan)] {
        for parts in [1_000, 10_000] {
            let catalog = catalog(make(parts));
            let pattern = catalog.pattern("dataverse", name).expect("the generated pattern is there");
            let shape = InputShape::minimal(pattern, Operation::Create);
            let capabilities = targets::dataverse();
            group.throughput(Throughput::Elements(parts as u64));
            group.bench_function(BenchmarkId::new(name, parts), |bencher| {
                bencher.iter(|| black_box(plan(pattern, Operation::Create, &shape, &capabilities)));
            });
        }
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    six_parts(&mut criterion);
    large(&mut criterion);
    criterion.final_summary();
}
