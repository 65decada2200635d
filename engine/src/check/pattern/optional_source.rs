//! What always exists does not need what may not.

use super::super::definitions::Definitions;
use super::super::quoted;
use super::super::shape::Shape;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0315"),
    title: "a part that always exists needs one that may not",
    explanation: "A part without `optional` always has an instance. When its required field takes its value from \
                  optional parts alone, there may be none to take it from. An optional part may need another: it is \
                  skipped when the other is, and so are its own dependents.",
    example: "pattern visit \"A visit\" {\n  account : account readonly optional\n  event   : event\n\n  \
              event.AccountId = account.Id\n}\n",
    cure: "pattern visit \"A visit\" {\n  account : account readonly optional\n  event   : event\n\n  \
           event.AccountId = account.Id optional\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    for (index, requirement, dependent) in shape.dependents() {
        if requirement.optional || dependent.optional || requirement.sources.is_empty() {
            continue;
        }
        let sources = requirement.sources.iter().map(|source| Some((&source.part, shape.position(&source.part)?)));
        // A part that is not there has its own problem.
        let Some(sources) = sources.collect::<Option<Vec<_>>>() else { continue };
        let optional = |position| shape.part(position).is_some_and(|part| part.optional);
        if !sources.iter().all(|(_, position)| optional(*position)) {
            continue;
        }
        let labels = quoted(sources.iter().map(|(label, _)| label));
        let message = format!("`{}` needs {labels}, which may not exist", requirement.dependent);
        let help = format!(
            "mark the requirement `optional`, or the part `{}`, or let {labels} always exist",
            dependent.ref_id
        );
        let mut problem = Problem::error(INFO.code, shape.at(Place::Requirement(index)), message).help(help);
        for (label, position) in sources {
            problem = problem.related(shape.at(Place::Part(position)), format!("`{label}` is optional"));
        }
        problems.push(problem);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn a_part_that_always_exists_may_not_need_an_optional_one() {
        let expected = "E0315 Requirement(0): `e.AccountId` needs `a`, which may not exist [Part(0): `a` is optional]";
        finds("a account optional\ne event\ne.AccountId = a.Id", &[expected]);
    }

    #[test]
    fn an_optional_requirement_or_dependent_or_one_sure_alternative_is_enough() {
        finds("a account optional\ne event\ne.AccountId = a.Id optional", &[]);
        finds("a account optional\ne event optional\ne.AccountId = a.Id", &[]);
        finds("a account optional\nb account\ne event\ne.AccountId = a.Id ?? b.Id", &[]);
    }
}
