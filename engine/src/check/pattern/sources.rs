//! A requirement has sources, each once, none of them its own part.

use std::collections::HashSet;

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0320"),
    title: "a requirement with a source that makes no sense",
    explanation: "The source of a requirement is a field of another part, which exists first; the part itself does \
                  not exist before itself. Alternatives are tried in order, so naming one twice has no effect.",
    example: "pattern add \"Add an account\" {\n  account : account\n\n  account.ParentId = account.Id\n}\n",
    cure: "pattern add \"Add an account\" {\n  parent  : account readonly\n  account : account\n\n  \
           account.ParentId = parent.Id\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    for (index, requirement) in shape.requirements() {
        let dependent = &requirement.dependent;
        let mut report = |place: Place, message: String, help: &str| {
            problems.push(Problem::error(INFO.code, shape.at(place), message).help(help));
        };
        if requirement.sources.is_empty() {
            let message = format!("the requirement of `{dependent}` has no source");
            report(Place::Requirement(index), message, "name a field of another part");
        }
        let mut seen = HashSet::new();
        for (position, source) in requirement.sources.iter().enumerate() {
            let place = Place::Source(index, position);
            if source.part == dependent.part {
                let help = "take the value from another part; a second part of the same entity has its own label";
                report(place, format!("`{dependent}` takes its value from its own part"), help);
            } else if !seen.insert(source) {
                report(place, format!("`{source}` is already a source of `{dependent}`"), "name each alternative once");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{finds, found, with};

    #[test]
    fn a_part_does_not_come_before_itself() {
        finds("a employee\na.Manager = a.Id", &["E0320 Source(0, 0): `a.Manager` takes its value from its own part"]);
    }

    #[test]
    fn each_alternative_is_named_once_and_one_at_least() {
        let expected = "E0320 Source(0, 1): `a.Id` is already a source of `e.AccountId`";
        finds("a account\ne event\ne.AccountId = a.Id ?? a.Id", &[expected]);
        let mut model = with("a account\ne event\ne.AccountId = a.Id");
        model.patterns[0].requirements[0].sources.clear();
        assert_eq!(found(&model), ["E0320 Requirement(0): the requirement of `e.AccountId` has no source"]);
    }
}
