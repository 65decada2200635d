//! A read-only part has nothing that is about writing.

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0321"),
    title: "a read-only part is given something to write",
    explanation: "A read-only part is queried and never written: defaults, fixed values, `match` and `replace` have no \
                  meaning on it. Which records it finds is said by `where`, by requirements, and by the caller.",
    example: "pattern find \"Find an event\" {\n  event : event readonly { Status := \"Open\" }\n}\n",
    cure: "pattern find \"Find an event\" {\n  event : event readonly where Status == \"Open\"\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    for (index, part) in shape.parts().filter(|(_, part)| part.read_only) {
        let found = [
            (!part.defaults.is_empty(), Place::Default(index, 0), "has a default"),
            (!part.fixed.is_empty(), Place::Fixed(index, 0), "has a fixed value"),
            (!part.match_on.is_empty(), Place::PartMatch(index, 0), "has `match`"),
            (part.replace, Place::PartReplace(index), "has `replace`"),
        ];
        for (_, place, what) in found.into_iter().filter(|(found, _, _)| *found) {
            let message = format!("`{}` is read-only and {what}", part.ref_id);
            let problem = Problem::error(INFO.code, shape.at(place), message);
            problems.push(problem.help("leave it out, or leave out `readonly`; `where` says which records are meant"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn nothing_about_writing_stands_on_a_read_only_part() {
        finds(
            "a account readonly match Number Name=x\nc contact readonly Email:=x",
            &[
                "E0321 PartMatch(0, 0): `a` is read-only and has `match`",
                "E0321 Default(0, 0): `a` is read-only and has a default",
                "E0321 Fixed(1, 0): `c` is read-only and has a fixed value",
            ],
        );
    }
}
