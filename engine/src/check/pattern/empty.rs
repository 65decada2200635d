//! A pattern has a part.

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0302"),
    title: "a pattern without parts",
    explanation: "A pattern is one or more parts, each a label for an entity. Without one there is nothing to read or \
                  write.",
    example: "pattern nothing \"Nothing\" {\n}\n",
    cure: "pattern something \"Something\" {\n  account : account\n}\n\
           entity account \"Account\" on crm-a account {\n  Name -> name\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    if shape.pattern.parts.is_empty() {
        let message = format!("`{}` has no parts", shape.pattern.id);
        let help = "add a part, a label for an entity: `account : account`";
        problems.push(Problem::error(INFO.code, shape.at(Place::Whole), message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn nothing_is_not_a_pattern() {
        finds("", &["E0302 Whole: `p` has no parts"]);
    }
}
