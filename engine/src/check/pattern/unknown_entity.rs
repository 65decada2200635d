//! A part's entity is defined somewhere.

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0304"),
    title: "a part of an entity that is not defined",
    explanation: "A part names its entity by the semantic id of a definition. The definition may stand in any file of \
                  the workspace.",
    example: "entity contact \"Contact\" on crm-a contact {\n  Email -> email\n}\n\
              pattern find \"Find a contact\" {\n  contact : contcat readonly\n}\n",
    cure: "entity contact \"Contact\" on crm-a contact {\n  Email -> email\n}\n\
           pattern find \"Find a contact\" {\n  contact : contact readonly\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, all: &Definitions<'_>, problems: &mut Vec<Problem>) {
    for (index, part) in shape.parts().filter(|(_, part)| all.crms_of(&part.entity).is_empty()) {
        problems.push(
            Problem::error(INFO.code, shape.at(Place::PartEntity(index)), format!("`{}` is not defined", part.entity))
                .help("define the entity, or correct the name")
                .suggest(all.nearest(&part.entity)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn the_nearest_is_suggested_and_the_rest_is_still_checked() {
        finds(
            "a acount\nc contact Emial=x",
            &[
                "E0304 PartEntity(0): `acount` is not defined (did you mean account?)",
                "E0308 Default(1, 0): `contact` has no field `Emial` (did you mean Email?)",
            ],
        );
    }
}
