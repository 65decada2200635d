//! A reference id labels one part.

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0303"),
    title: "two parts have one label",
    explanation: "Requirements, inputs and results know a part by its reference id. Two parts of one entity are fine \
                  as long as their labels differ.",
    example: "pattern pair \"Two accounts\" {\n  account : account\n  account : account\n}\n",
    cure: "pattern pair \"Two accounts\" {\n  seller : account\n  buyer  : account\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    for (index, part) in shape.parts() {
        let Some(first) = shape.position(&part.ref_id).filter(|first| *first != index) else { continue };
        problems.push(
            Problem::error(
                INFO.code,
                shape.at(Place::Part(index)),
                format!("there is already a part `{}`", part.ref_id),
            )
            .help("give one of the two another label")
            .related(shape.at(Place::Part(first)), "first declared here"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn labels_are_unique_and_entities_need_not_be() {
        finds("a account\nb account", &[]);
        finds("a account\na contact", &["E0303 Part(1): there is already a part `a` [Part(0): first declared here]"]);
    }
}
