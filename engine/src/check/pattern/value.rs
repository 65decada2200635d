//! Defaults and fixed values are values of their fields.

use super::super::shape::OnCrm;
use crate::model::{Assignment, Literal, Place};
use crate::problem::{Code, CodeInfo, Problem};
use crate::typing;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0314"),
    title: "a value does not fit its field",
    explanation: "A default or fixed value has the type of its field: text within its length and allowed texts, a \
                  number in range, a declared choice by its abstract name, a date or instant in its written form. \
                  `null` clears a field and is nothing for a required one.",
    example: "entity event \"Event\" on crm-a event {\n  \
              ShowAs -> status choice { Busy = 5, Free = 1 }\n}\n\
              pattern visit \"A visit\" {\n  event : event { ShowAs = \"Bussy\" }\n}\n",
    cure: "entity event \"Event\" on crm-a event {\n  \
           ShowAs -> status choice { Busy = 5, Free = 1 }\n}\n\
           pattern visit \"A visit\" {\n  event : event { ShowAs = \"Busy\" }\n}\n",
};

pub(super) fn check(on: &OnCrm<'_, '_>, problems: &mut Vec<Problem>) {
    for (index, part) in on.shape.parts() {
        for (position, assignment) in part.defaults.iter().enumerate() {
            look(on, index, assignment, Place::DefaultValue(index, position), problems);
        }
        for (position, assignment) in part.fixed.iter().enumerate() {
            look(on, index, assignment, Place::FixedValue(index, position), problems);
        }
    }
}

fn look(on: &OnCrm<'_, '_>, part: usize, assignment: &Assignment, place: Place, problems: &mut Vec<Problem>) {
    let Some(field) = on.field(part, &assignment.field) else { return };
    let name = &field.name;
    if assignment.value == Literal::Null && field.required {
        let problem = Problem::error(INFO.code, on.at(place), format!("`{name}` is required and cannot be null"));
        problems.push(problem.help("leave the value out, or give one"));
    } else if let Err(wrong) = typing::from_literal(field, &assignment.value) {
        let mut problem = Problem::error(INFO.code, on.at(place), format!("`{name}`: {wrong}"));
        problem.help = wrong.help().map(str::to_owned);
        problems.push(problem.suggest(wrong.suggestion));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn values_are_typed_by_their_fields() {
        finds("e event Status=Open Places=5 Start=null Subject:=x", &[]);
        finds(
            "e event Status=Opn Places=5.5 Start=soon Subject:=true\na account Name=null",
            &[
                "E0314 DefaultValue(0, 0): `Status`: not one of the allowed values: Open, Won (did you mean Open?)",
                "E0314 DefaultValue(0, 1): `Places`: not a valid Int: it has a fraction",
                "E0314 DefaultValue(0, 2): `Start`: not a valid DateTime: it does not read as date, time and offset",
                "E0314 DefaultValue(1, 0): `Name` is required and cannot be null",
                "E0314 FixedValue(0, 0): `Subject`: expected String, found a boolean",
            ],
        );
    }
}
