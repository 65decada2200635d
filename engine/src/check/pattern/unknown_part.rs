//! A requirement names parts of its pattern.

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::{FieldRef, Place};
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0307"),
    title: "a requirement names a part that is not there",
    explanation: "Both sides of a requirement are `part.Field`, and the part is one of the pattern's own labels (not \
                  the name of an entity).",
    example: "pattern visit \"A visit\" {\n  customer : account readonly\n  event    : event\n\n  \
              event.AccountId = account.Id\n}\n",
    cure: "pattern visit \"A visit\" {\n  customer : account readonly\n  event    : event\n\n  \
           event.AccountId = customer.Id\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let mut look = |place: Place, reference: &FieldRef| {
        if shape.position(&reference.part).is_some() {
            return;
        }
        problems.push(
            Problem::error(
                INFO.code,
                shape.at(place),
                format!("`{}` has no part `{}`", shape.pattern.id, reference.part),
            )
            .help("declare the part, or correct the label")
            .suggest(shape.nearest(&reference.part)),
        );
    };
    for (index, requirement) in shape.requirements() {
        look(Place::Dependent(index), &requirement.dependent);
        for (position, source) in requirement.sources.iter().enumerate() {
            look(Place::Source(index, position), source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn both_sides_are_looked_at() {
        finds(
            "customer account\nevent event\nevnt.AccountId = account.Id",
            &[
                "E0307 Dependent(0): `p` has no part `evnt` (did you mean event?)",
                "E0307 Source(0, 0): `p` has no part `account` (did you mean customer?)",
            ],
        );
    }
}
