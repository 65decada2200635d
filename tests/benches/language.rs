//! Parsing and checking: what an author waits for.
//!
//! `cargo bench -p engage-tests --bench language`; `ENGAGE_BENCH_LARGE=1` adds 25,000 definitions and patterns.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use engage_dsl::Workspace;
use engage_tests::workload;

fn files(count: usize) -> Vec<(String, String)> {
    vec![
        ("definitions.engage".to_owned(), workload::definitions(count)),
        ("patterns.engage".to_owned(), workload::patterns(count, count)),
    ]
}

fn sizes() -> Vec<usize> {
    let mut sizes = vec![1_000, 5_000];
    if std::env::var_os("ENGAGE_BENCH_LARGE").is_some() {
        sizes.push(25_000);
    }
    sizes
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("language");
    group.sample_size(10).measurement_time(Duration::from_secs(8));
    for count in sizes() {
        let files = files(count);
        group.throughput(Throughput::Bytes(files.iter().map(|(_, text)| text.len() as u64).sum()));
        group.bench_with_input(BenchmarkId::new("parse", count), &files, |bencher, files| {
            bencher.iter(|| black_box(Workspace::from_sources(files.clone())));
        });
        let workspace = Workspace::from_sources(files.clone());
        assert!(workspace.diagnostics.is_empty(), "the generated workspace must be right");
        group.bench_with_input(BenchmarkId::new("check", count), &workspace, |bencher, workspace| {
            bencher.iter(|| black_box(workspace.check()));
        });
    }
    group.finish();
    criterion.final_summary();
}
