//! Choices and allowed texts: at least one, each once, each with a CRM value of its own.

use std::collections::HashMap;

use super::super::definitions::{Definitions, Entry};
use crate::model::{Choice, Field, FieldKind, Place, WireValue};
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0213"),
    title: "choices that cannot be told apart",
    explanation: "A choice has an abstract name, used on every CRM, and the CRM's value. Names and values are unique \
                  within the field: two names for one value could be written, but reading the value back would have \
                  two answers. A choice field has at least one choice, and allowed texts are listed once.",
    example: "entity event \"Event\" on crm-a event {\n  \
              ShowAs -> status choice { Busy = 5, Away = 5 }\n}\n",
    cure: "entity event \"Event\" on crm-a event {\n  \
           ShowAs -> status choice { Busy = 5, Away = 6 }\n}\n",
};

pub(super) fn check(entry: &Entry<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    for (index, field) in entry.fields() {
        let wrong = match &field.kind {
            FieldKind::Choice(choices) | FieldKind::MultiChoice(choices) => wrong_choices(field, choices),
            FieldKind::String { allowed } => repeated(allowed.iter().map(String::as_str))
                .map(|(at, text)| (Some(at), format!("`{}` allows `{text}` twice", field.name))),
            _ => None,
        };
        if let Some((at, message)) = wrong {
            let place = at.map_or(Place::FieldType(index), |at| Place::Choice(index, at));
            let problem = Problem::error(INFO.code, entry.at(place), message);
            problems.push(problem.help("list each name and each CRM value once"));
        }
    }
}

/// What is wrong, and with which choice.
fn wrong_choices(field: &Field, choices: &[Choice]) -> Option<(Option<usize>, String)> {
    if choices.is_empty() {
        return Some((None, format!("`{}` has no choices", field.name)));
    }
    if let Some(at) = choices.iter().position(|choice| choice.name.trim().is_empty()) {
        return Some((Some(at), format!("a choice of `{}` has no name", field.name)));
    }
    if let Some((at, name)) = repeated(choices.iter().map(|choice| choice.name.as_str())) {
        return Some((Some(at), format!("`{}` has the choice `{name}` twice", field.name)));
    }
    let mut values: HashMap<(u8, String), &str> = HashMap::new();
    for (at, choice) in choices.iter().enumerate() {
        let value = match choice.wire_value() {
            WireValue::Int(value) => (0, value.to_string()),
            WireValue::Text(value) => (1, value),
            WireValue::Boolean(value) => (2, value.to_string()),
        };
        if let Some(other) = values.insert(value, &choice.name) {
            let message = format!("`{other}` and `{}` of `{}` are one value of the CRM", choice.name, field.name);
            return Some((Some(at), message));
        }
    }
    None
}

/// The first name that stood before, with its position.
fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<(usize, &'a str)> {
    let mut seen = std::collections::HashSet::new();
    names.enumerate().find(|(_, name)| !seen.insert(*name))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity, found};
    use crate::model::{Choice, FieldKind, Model, WireValue};

    #[test]
    fn names_and_values_are_unique() {
        let mut definition =
            entity("event", "A choice X|Y, B choice X|X, C allowed a|a, D multichoice Y|Z, E choice X");
        let one = |name: &str| Choice { name: name.into(), wire: Some(WireValue::Int(1)) };
        definition.fields[3].kind = FieldKind::MultiChoice(vec![one("Y"), one("Z")]);
        definition.fields[4].kind = FieldKind::Choice(Vec::new());
        let expected = [
            "E0213 FieldType(4): `E` has no choices",
            "E0213 Choice(1, 1): `B` has the choice `X` twice",
            "E0213 Choice(2, 1): `C` allows `a` twice",
            "E0213 Choice(3, 1): `Y` and `Z` of `D` are one value of the CRM",
        ];
        assert_eq!(found(&Model { definitions: vec![definition], patterns: Vec::new() }), expected);
    }
}
