//! A dependent field has one requirement.

use std::collections::HashMap;

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0311"),
    title: "two requirements on one field",
    explanation: "A field has one value and so one requirement. Where the value may come from one of several parts, \
                  they are alternatives of one requirement, in order of preference.",
    example: "pattern visit \"A visit\" {\n  account  : account readonly optional\n  \
              customer : account readonly optional\n  event    : event\n\n  \
              event.AccountId = account.Id optional\n  event.AccountId = customer.Id optional\n}\n",
    cure: "pattern visit \"A visit\" {\n  account  : account readonly optional\n  \
           customer : account readonly optional\n  event    : event\n\n  \
           event.AccountId = account.Id ?? customer.Id optional\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let mut first = HashMap::new();
    for (index, requirement) in shape.requirements() {
        let earlier = *first.entry(&requirement.dependent).or_insert(index);
        if earlier != index {
            let message = format!("`{}` already has a requirement", requirement.dependent);
            problems.push(
                Problem::error(INFO.code, shape.at(Place::Dependent(index)), message)
                    .help("join them as alternatives, `a.Id ?? b.Id`, or remove one")
                    .related(shape.at(Place::Requirement(earlier)), "the first requirement"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn the_second_points_at_the_first() {
        finds(
            "a account\nb account\ne event\ne.AccountId = a.Id\ne.AccountId = b.Id",
            &["E0311 Dependent(1): `e.AccountId` already has a requirement [Requirement(0): the first requirement]"],
        );
    }
}
