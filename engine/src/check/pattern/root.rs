//! A pattern has one root at most.

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0324"),
    title: "two roots",
    explanation: "A read makes one match per instance of the root, so there is one root. A pattern needs to name it \
                  only where several parts are given by the caller; the sole part that is given is the root anyway.",
    example: "pattern find \"Find events\" {\n  account : account readonly root\n  event   : event readonly root\n\n  \
              event.AccountId = account.Id\n}\n",
    cure: "pattern find \"Find events\" {\n  account : account readonly\n  event   : event readonly root\n\n  \
           event.AccountId = account.Id\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let mut roots = shape.parts().filter(|(_, part)| part.root);
    let Some((first, _)) = roots.next() else { return };
    for (index, part) in roots {
        problems.push(
            Problem::error(INFO.code, shape.at(Place::PartRoot(index)), format!("`{}` is a second root", part.ref_id))
                .help("leave `root` on the part that makes one match per instance")
                .related(shape.at(Place::PartRoot(first)), "the first root"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn there_is_one_root_at_most() {
        let expected = "E0324 PartRoot(1): `e` is a second root [PartRoot(0): the first root]";
        finds("a account readonly root\ne event readonly root\ne.AccountId = a.Id", &[expected]);
    }
}
