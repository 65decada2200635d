//! Templates: reading one, and rendering it for each run.
//!
//! `cargo bench -p engage-tests --bench templates`

use std::hint::black_box;

use criterion::Criterion;
use engage_liquid::{Render, Template};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

const FOUR_FIELDS: &str =
    "Hej {{ contact.name }}, vi ses {{ start | date: '%d.%m.%Y kl. %H:%M' }} på {{ place }} om {{ topic }}.";
const TABLE: &str =
    "{% for row in rows %}{{ forloop.index }}. {{ row.name | upcase }}: {{ row.amount | times: 1.25 | round: 2 }} kr.
{% endfor %}";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let context = Render::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    let rows: Vec<_> = (0..100).map(|at| json!({ "name": format!("række {at}"), "amount": at })).collect();
    let input = json!({
        "contact": { "name": "Åse" }, "start": "2026-11-26T09:00:00Z", "place": "Aarhus", "topic": "pension", "rows": rows,
    });
    let mut group = criterion.benchmark_group("templates");
    for (name, source) in [("four fields", FOUR_FIELDS), ("table of 100 rows", TABLE)] {
        group.bench_function(format!("read {name}"), |bencher| {
            bencher.iter(|| Template::parse(black_box(source)).is_ok())
        });
        let template = Template::parse(source).expect("the template is right");
        group.bench_function(format!("render {name}"), |bencher| {
            bencher.iter(|| template.render(black_box(&input), &context).expect("the input fits").len());
        });
    }
    group.finish();
    criterion.final_summary();
}
