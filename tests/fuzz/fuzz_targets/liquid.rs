//! Templates: no panic and no endless work on any template and input; rendering is deterministic, within its limits, and
//! reads nothing but the variables. The first line is the input in JSON, the rest the template.
#![no_main]

use engage_liquid::{Limits, Render, Template};
use jiff::{Timestamp, tz::TimeZone};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (first, source) = text.split_once('\n').unwrap_or(("", text));
    let template = match Template::parse(source) {
        Ok(template) => template,
        Err(problems) => {
            assert!(!problems.is_empty());
            return problems.iter().for_each(|problem| assert!(source.get(problem.span.clone()).is_some()));
        }
    };
    let input = serde_json::from_str(first).unwrap_or_else(|_| serde_json::json!({ "a": [1, { "b": "x" }], "b": "y" }));
    let limits = Limits { max_steps: 2_000, max_output_bytes: 10_000, max_value_bytes: 10_000, ..Limits::default() };
    let context = Render { limits, ..Render::new(Timestamp::UNIX_EPOCH, TimeZone::UTC) };
    let rendered = template.render(&input, &context);
    assert!(rendered.as_ref().map_or(0, String::len) <= context.limits.max_output_bytes);
    assert_eq!(template.render(&template.variables().restrict(&input), &context), rendered);
});
