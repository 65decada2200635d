//! A read-only part of a pattern that writes is there for something.

use std::collections::HashSet;

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0331"),
    title: "a read-only part that nothing needs",
    explanation: "A warning: a read-only part in a pattern that writes gives its Id or another field to other parts by \
                  requirements. Without one it is looked up for nothing, or a requirement was forgotten.",
    example: "pattern visit \"A visit\" {\n  account : account readonly\n  event   : event\n}\n",
    cure: "pattern visit \"A visit\" {\n  account : account readonly\n  event   : event\n\n  \
           event.AccountId = account.Id\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let links: Vec<_> = shape.links().collect();
    let written: usize = shape.pattern.requirements.iter().map(|requirement| requirement.sources.len()).sum();
    // A requirement with an unknown label may be the one that is missed.
    if shape.pattern.parts.iter().all(|part| part.read_only) || links.len() < written {
        return;
    }
    let linked: HashSet<usize> = links.iter().flat_map(|link| [link.from, link.to]).collect();
    for (index, part) in shape.parts().filter(|(index, part)| part.read_only && !linked.contains(index)) {
        let message = format!("nothing needs `{}`", part.ref_id);
        let problem = Problem::warning(INFO.code, shape.at(Place::Part(index)), message);
        problems.push(problem.help("add the requirement that takes a field of it, or remove the part"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn only_patterns_that_write_are_warned() {
        finds("a account readonly\ne event readonly", &[]);
        finds("a account readonly\ne event", &["W E0331 Part(0): nothing needs `a`"]);
        finds("a account readonly\ne event\ne.AccountId = a.Id", &[]);
    }
}
