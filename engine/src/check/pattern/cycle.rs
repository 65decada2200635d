//! Parts do not need each other in a circle, unless one of them can wait.

use super::super::definitions::Definitions;
use super::super::shape::{Link, Shape};
use crate::graph;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0317"),
    title: "parts need each other in a circle",
    explanation: "A source exists before its dependent, so parts that need each other can never be made. Where a \
                  record may exist without the value for a moment, one requirement of the circle is marked \
                  `deferred`: the record is created without it, and the value is set afterwards in the same atomic \
                  group.",
    example: "pattern customer \"A customer\" {\n  account : account\n  contact : contact\n\n  \
              contact.AccountId = account.Id\n  account.Primary   = contact.Id\n}\n",
    cure: "pattern customer \"A customer\" {\n  account : account\n  contact : contact\n\n  \
           contact.AccountId = account.Id\n  account.Primary   = contact.Id deferred\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let links: Vec<Link<'_>> = shape.links().filter(|link| !link.written.deferred && link.from != link.to).collect();
    for cycle in graph::cycles(shape.pattern.parts.len(), &Shape::edges(&links)) {
        let cycle: Vec<&Link<'_>> = cycle.iter().filter_map(|edge| links.get(*edge)).collect();
        problems.extend(report(shape, &cycle, INFO.code));
    }
}

/// The problem of a circle of links, each from where the one before leads to.
pub(super) fn report(shape: &Shape<'_>, cycle: &[&Link<'_>], code: Code) -> Option<Problem> {
    let label = |part| shape.part(part).map_or("", |part| part.ref_id.as_str());
    // Told from the dependent to its source, as a requirement is written.
    let told = || cycle.iter().rev();
    let first = told().next()?;
    let steps: Vec<String> = told().map(|link| format!("`{}` needs `{}`", label(link.to), label(link.from))).collect();
    let mut problem = Problem::error(code, shape.at(Place::Requirement(first.requirement)), steps.join(", "))
        .help("mark one of the requirements `deferred`: it is then set after both records exist");
    for (link, step) in told().zip(&steps) {
        problem = problem.related(shape.at(Place::Source(link.requirement, link.source)), step.clone());
    }
    Some(problem)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{domain, finds, found, part, pattern, requirement};
    use crate::model::Model;
    use proptest::prelude::*;

    #[test]
    fn a_circle_is_told_whole_each_edge_placed() {
        finds(
            "a account\nc contact\ne event\nc.AccountId = a.Id\ne.ContactId = c.Id\na.Name = e.Subject",
            &["E0317 Requirement(2): `a` needs `e`, `e` needs `c`, `c` needs `a` [Source(2, 0): `a` needs `e`] \
               [Source(1, 0): `e` needs `c`] [Source(0, 0): `c` needs `a`]"],
        );
    }

    #[test]
    fn one_deferred_edge_is_enough() {
        finds("a account\nc contact\nc.AccountId = a.Id\na.Primary = c.Id deferred", &[]);
    }

    #[test]
    fn circles_that_have_nothing_in_common_are_told_apart() {
        let lines = "a account\nc contact\nc.AccountId = a.Id\na.Primary = c.Id\n\
                     b account\nd contact\nd.AccountId = b.Id\nb.Primary = d.Id";
        let found = found(&super::super::super::testing::with(lines));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|line| line.contains("E0317")));
    }

    proptest! {
        /// A circle of any length, hidden among other parts and edges, is told with every one of its edges.
        #[test]
        fn any_circle_is_reported_with_its_path(length in 2_usize..30, before in 0_usize..10, seed: u64) {
            let mut lines = pattern("p", "");
            lines.parts = (0..before + length).map(|n| part(&format!("p{n} employee"))).collect();
            lines.requirements = (0..length)
                .map(|n| requirement(&format!("p{}.Manager = p{}.Id", before + (n + 1) % length, before + n)))
                .chain((1..before).map(|n| requirement(&format!("p{n}.Manager = p0.Id"))))
                .collect();
            let turn = usize::try_from(seed % 1000).unwrap_or(0) % lines.requirements.len();
            lines.requirements.rotate_left(turn);
            lines.parts.rotate_left(turn % (before + length));
            let found = found(&Model { definitions: domain(), patterns: vec![lines] });
            prop_assert_eq!(found.len(), 1);
            for n in 0..length {
                let step = format!("`p{}` needs `p{}`", before + (n + 1) % length, before + n);
                prop_assert!(found[0].contains(&step), "{}", found[0]);
            }
        }
    }
}
