//! A field is declared once.

use std::collections::HashMap;

use super::super::definitions::{Definitions, Entry};
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0202"),
    title: "a field is declared twice",
    explanation: "The abstract name of a field is unique in its definition: patterns and callers know it by nothing \
                  else.",
    example: "entity contact \"Contact\" on crm-a contact {\n  Email -> email\n  Email -> email_2\n}\n",
    cure: "entity contact \"Contact\" on crm-a contact {\n  Email  -> email\n  Email2 -> email_2\n}\n",
};

pub(super) fn check(entry: &Entry<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let mut first = HashMap::new();
    for (index, field) in entry.definition.fields.iter().enumerate() {
        let earlier = *first.entry(&field.name).or_insert(index);
        if earlier != index {
            problems.push(
                Problem::error(
                    INFO.code,
                    entry.at(Place::Field(index)),
                    format!("`{}` already has a field `{}`", entry.definition.id, field.name),
                )
                .help("rename or remove one of the two")
                .related(entry.at(Place::Field(earlier)), "first declared here"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity, found};
    use crate::model::Model;

    #[test]
    fn every_repetition_points_at_the_first() {
        let definitions = vec![entity("contact", "Email, Name, Email as b, Email as c")];
        let expected = [
            "E0202 Field(2): `contact` already has a field `Email` [Field(0): first declared here]",
            "E0202 Field(3): `contact` already has a field `Email` [Field(0): first declared here]",
        ];
        assert_eq!(found(&Model { definitions, patterns: Vec::new() }), expected);
    }
}
