//! Holds the README to its word: it names the tags and filters that there are.

use std::collections::BTreeSet;

const README: &str = include_str!("../README.md");

/// The words in backticks of the table's rows that begin so.
fn named(rows: &[&str]) -> BTreeSet<&'static str> {
    let lines = README.lines().filter(|line| rows.iter().any(|row| line.starts_with(&format!("| {row} |"))));
    lines.flat_map(|line| line.split('`').skip(1).step_by(2)).filter(|word| *word != "#").collect()
}

#[test]
fn the_tags_are_those_that_there_are() {
    assert_eq!(named(&["tags"]), crate::parse::TAGS.into_iter().collect());
}

#[test]
fn the_filters_are_those_that_there_are() {
    let rows = ["text filters", "HTML and encodings", "numbers", "lists", "others"];
    assert_eq!(named(&rows), crate::filters::names().collect());
}

#[test]
fn the_limits_are_those_that_there_are() {
    let crate::Limits { max_source_bytes, max_nesting, max_steps, max_output_bytes, max_value_bytes } =
        crate::Limits::default();
    for (name, shown) in [
        ("max_source_bytes", format!("{} KiB", max_source_bytes >> 10)),
        ("max_nesting", max_nesting.to_string()),
        ("max_steps", format!("{},000", max_steps / 1000)),
        ("max_output_bytes", format!("{} MiB", max_output_bytes >> 20)),
        ("max_value_bytes", format!("{} MiB", max_value_bytes >> 20)),
    ] {
        assert!(README.contains(&format!("| `{name}` | {shown} |")), "{name} is {shown}");
    }
}
