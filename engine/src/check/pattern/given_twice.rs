//! A part gives a field one value.

use std::collections::HashMap;

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0313"),
    title: "a part gives a field two values",
    explanation: "A field is listed once among the values of a part. Beside a fixed value (`:=`) a default (`=`) would \
                  never be used.",
    example: "pattern visit \"A visit\" {\n  event : event { Subject = \"Visit\", Subject := \"Meeting\" }\n}\n",
    cure: "pattern visit \"A visit\" {\n  event : event { Subject = \"Visit\" }\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    for (index, part) in shape.parts() {
        let fixed = part.fixed.iter().enumerate().map(|(n, value)| (value, Place::Fixed(index, n)));
        let defaults = part.defaults.iter().enumerate().map(|(n, value)| (value, Place::Default(index, n)));
        let mut first = HashMap::new();
        for (assignment, place) in fixed.chain(defaults) {
            let earlier = *first.entry(&assignment.field).or_insert(place);
            if earlier != place {
                let message = format!("`{}.{}` is given two values", part.ref_id, assignment.field);
                problems.push(
                    Problem::error(INFO.code, shape.at(place), message)
                        .help("keep one: `=` is used when nothing else gives a value, `:=` always wins")
                        .related(shape.at(earlier), "the other value"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn of_two_values_one_is_a_mistake() {
        let expected = "E0313 Default(0, 1): `e.Subject` is given two values [Default(0, 0): the other value]";
        finds("e event Subject=a Subject=b", &[expected]);
        let expected = "E0313 Default(0, 0): `e.Subject` is given two values [Fixed(0, 0): the other value]";
        finds("e event Subject=a Subject:=b", &[expected]);
    }
}
