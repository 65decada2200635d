//! Replacing a set needs a set, and somebody whose set it is.

use std::collections::HashSet;

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0323"),
    title: "`replace` without a set to replace",
    explanation: "`replace` says that the given instances are the whole set: on update, existing ones that were not \
                  given are deleted. The part is therefore multiple, and belongs to one parent by a requirement on the \
                  parent's `Id`; without it every record of the entity would be in the set.",
    example: "pattern notes \"Notes of an event\" {\n  event   : event\n  notes[] : note replace optional\n}\n",
    cure: "pattern notes \"Notes of an event\" {\n  event   : event\n  notes[] : note replace optional\n\n  \
           notes.EventId = event.Id\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    if !shape.pattern.parts.iter().any(|part| part.replace) {
        return;
    }
    let by_id = shape.links().filter(|link| {
        let source = link.written.sources.get(link.source);
        let single = shape.part(link.from).is_some_and(|part| !part.multiple);
        single && !link.written.deferred && source.is_some_and(|source| source.field.is_id())
    });
    let with_parent: HashSet<usize> = by_id.map(|link| link.to).collect();
    for (index, part) in shape.parts().filter(|(_, part)| part.replace && !part.read_only) {
        let (message, help) = if !part.multiple {
            (
                format!("`{}` is single and has `replace`", part.ref_id),
                "make it multiple (`[]`), or leave out `replace`",
            )
        } else if !with_parent.contains(&index) && !shape.may_hide(&part.ref_id) {
            let message = format!("`{}` has `replace` but no parent whose set it is", part.ref_id);
            (message, "add a requirement on the `Id` of a single part: `notes.EventId = event.Id`")
        } else {
            continue;
        };
        problems.push(Problem::error(INFO.code, shape.at(Place::PartReplace(index)), message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn a_set_has_many_and_a_parent() {
        finds("e event\nn[] note replace\nn.EventId = e.Id", &[]);
        finds("e event\nn note replace\nn.EventId = e.Id", &["E0323 PartReplace(1): `n` is single and has `replace`"]);
        finds("e event\nn[] note replace", &["E0323 PartReplace(1): `n` has `replace` but no parent whose set it is"]);
    }

    #[test]
    fn a_slip_in_the_requirement_is_told_once() {
        finds(
            "e event\nn[] note replace\nn.EventId = f.Id",
            &["E0307 Source(0, 0): `p` has no part `f` (did you mean e?)"],
        );
    }

    #[test]
    fn many_parents_are_no_parent() {
        let expected = "E0323 PartReplace(1): `n` has `replace` but no parent whose set it is";
        finds("e[] event\nn[] note replace\nn.EventId = e.Id", &[expected]);
    }
}
