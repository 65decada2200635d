//! Loads and checks a generated workspace once and prints time and peak memory: `weigh 5000`.

use std::time::Instant;

use engage_dsl::Workspace;
use engage_tests::workload;

fn main() {
    let count: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(5_000);
    let files =
        [("definitions.engage", workload::definitions(count)), ("patterns.engage", workload::patterns(count, count))];
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let start = Instant::now();
    let workspace = Workspace::from_sources(files);
    let parsed = start.elapsed();
    let report = workspace.check();
    let checked = start.elapsed() - parsed;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown");
    println!("{count} definitions and patterns, {bytes} bytes: parse {parsed:.0?}, check {checked:.0?}, {peak}");
    println!("{} problems", report.diagnostics.len());
}
