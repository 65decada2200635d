//! How long a search takes: all employees in the pool, 30 days, twenty external events on each.
//!
//! `cargo bench --manifest-path server/availability/Cargo.toml`. What does not depend on the machine is counted by
//! `examples/instructions.rs`.

#![expect(clippy::expect_used, reason = "a measurement stops at the first surprise")]

mod office;

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use engage_availability::{Calendar, EmployeeId, Index, Request};
use uuid::Uuid;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("availability");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    let all = Request { best: Some(false), ..office::request() };
    for (name, request, pool, others) in [
        ("best of 1,000", office::request(), 1_000, 0),
        ("best of 100 among 1,000", office::request(), 100, 900),
        ("best of 100 among 10,000", office::request(), 100, 9_900),
        ("best of 10,000", office::request(), 10_000, 0),
        ("all of 1,000", all, 1_000, 0),
    ] {
        let index = office::index(pool, others);
        let found = index.search(&request, office::now(), 7).expect("an answer");
        assert!(found.slots.len() > 500, "{name} found {}", found.slots.len());
        group.bench_function(name, |bencher| bencher.iter(|| black_box(index.search(&request, office::now(), 7))));
    }
    let mut index = office::index(100, 0);
    let changed = Calendar { slots: office::day(&mut office::Draw(2), 3), sign_ins: vec![] };
    let third = office::FIRST.checked_add(jiff::ToSpan::days(3)).expect("a day");
    group.bench_function("one day replaced", |bencher| {
        bencher.iter(|| index.replace_day(EmployeeId(Uuid::from_u128(7)), third, &changed).expect("a known employee"));
    });
    let organisation = office::organisation(1_000, 0);
    group.bench_function("compile 1,000", |bencher| bencher.iter(|| black_box(Index::compile(&organisation))));
    let mut index = Index::compile(&office::organisation(100, 0)).expect("a sound organisation");
    group.bench_function("100 calendars of 600 events", |bencher| bencher.iter(|| office::fill(&mut index, 100)));
    group.finish();
    criterion.final_summary();
}
