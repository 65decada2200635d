//! What holds of every template and every input.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod samples;

use engage_liquid::{Absent, Limits, Render, RenderErrorKind, Template, Use, Variable, Variables};
use proptest::prelude::*;
use serde_json::Value;

use samples::{input, noise, template};

fn context() -> Render {
    let limits = Limits { max_steps: 5_000, max_output_bytes: 20_000, max_value_bytes: 20_000, ..Limits::default() };
    let zone = jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    Render { limits, ..Render::new(jiff::Timestamp::from_second(1_800_000_000).unwrap(), zone) }
}

/// Whether the variable at the beginning of the path may be one that the template makes: it has the fields it has.
fn makes(source: &str, path: &str) -> bool {
    let root = path.split(['.', '[']).next().unwrap_or_default();
    let tags = ["assign", "capture", "increment", "decrement", "for", "tablerow"];
    let made = tags.iter().any(|tag| source.contains(&format!("{tag} {root} ")));
    // A size has no fields, and a value without a size may well be there.
    made || matches!(root, "forloop" | "tablerowloop") || path.contains(".size")
}

/// Whether something is missing that the template needs.
fn lacks(variables: &Variables, input: &Value) -> bool {
    variables.roots.iter().any(|(name, variable)| variable_lacks(variable, input.get(name)))
}

fn variable_lacks(variable: &Variable, value: Option<&Value>) -> bool {
    let Some(value) = value else { return variable.required };
    // Which of its fields or items are needed is only known while rendering.
    if variable.uses.contains(&Use::Whole) {
        return true;
    }
    let fields = variable.fields.iter().any(|(name, field)| variable_lacks(field, value.get(name)));
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let items_lack = variable.items.as_ref().is_some_and(|item| {
        (item.required && items.is_empty()) || items.iter().any(|value| variable_lacks(item, Some(value)))
    });
    fields || items_lack
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(source in noise(), input in input()) {
        match Template::parse(&source) {
            Ok(template) => drop(template.render(&input, &context())),
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    prop_assert!(source.get(problem.span.clone()).is_some(), "{problem:?}");
                    prop_assert!(!problem.message.contains('\n') && !problem.message.ends_with('.'), "{problem}");
                }
            }
        }
    }

    #[test]
    fn rendering_is_deterministic(source in template(), input in input()) {
        let template = Template::parse(&source).map_err(|problems| TestCaseError::fail(format!("{problems:?}")))?;
        let again = Template::parse(&source).unwrap();
        prop_assert_eq!(template.variables(), again.variables());
        prop_assert_eq!(template.render(&input, &context()), again.render(&input, &context()));
    }

    #[test]
    fn the_variables_are_all_that_is_read(source in template(), input in input()) {
        let template = Template::parse(&source).unwrap();
        let restricted = template.variables().restrict(&input);
        prop_assert_eq!(template.render(&restricted, &context()), template.render(&input, &context()));
    }

    #[test]
    fn what_is_refused_as_missing_was_required(source in template(), input in input()) {
        let template = Template::parse(&source).unwrap();
        let strict = Render { absent: Absent::Refused, ..context() };
        if let Err(error) = template.render(&input, &strict)
            && let RenderErrorKind::Missing { path } = error.kind
        {
            let variables = template.variables();
            prop_assert!(makes(&source, &path) || variables.dynamic || lacks(variables, &input), "`{path}`: {variables:#?}");
        }
    }

    #[test]
    fn no_limit_is_passed(source in template(), input in input(), max in 0_usize..200) {
        let limits = Limits { max_output_bytes: max, max_value_bytes: max, ..Limits::default() };
        if let Ok(text) = Template::parse(&source).unwrap().render(&input, &Render { limits, ..context() }) {
            prop_assert!(text.len() <= max);
        }
    }
}
