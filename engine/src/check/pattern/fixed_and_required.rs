//! A field with a fixed value has no requirement.

use std::collections::HashMap;

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::{FieldRef, Place};
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0312"),
    title: "a fixed value and a requirement on one field",
    explanation: "A fixed value (`:=`) always wins, so a requirement on the same field could never have an effect, and \
                  one of the two is a mistake. On a read-only part, where a fixed value is an error of its own, this \
                  rule is silent.",
    example: "pattern visit \"A visit\" {\n  account : account readonly\n  event   : event { AccountId := \"42\" }\n\n  \
              event.AccountId = account.Id\n}\n",
    cure: "pattern visit \"A visit\" {\n  account : account readonly\n  event   : event\n\n  \
           event.AccountId = account.Id\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let requirements: HashMap<&FieldRef, usize> =
        shape.requirements().map(|(index, requirement)| (&requirement.dependent, index)).collect();
    for (index, part) in shape.parts().filter(|(_, part)| !part.read_only) {
        for (position, assignment) in part.fixed.iter().enumerate() {
            let field = FieldRef { part: part.ref_id.clone(), field: assignment.field.clone() };
            let Some(requirement) = requirements.get(&field) else { continue };
            problems.push(
                Problem::error(
                    INFO.code,
                    shape.at(Place::Fixed(index, position)),
                    format!("`{field}` has a fixed value and a requirement"),
                )
                .help("remove one of the two; a default (`=`) may stand beside a requirement")
                .related(shape.at(Place::Requirement(*requirement)), "the requirement"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn a_default_may_stand_beside_a_requirement_a_fixed_value_may_not() {
        finds(
            "a account\ne event AccountId=42\ne.AccountId = a.Id",
            &["E0314 DefaultValue(1, 0): `AccountId`: expected Ref(account), found a number"],
        );
        finds("a account optional\ne event AccountId=x\ne.AccountId = a.Id optional", &[]);
        finds(
            "a account\ne event AccountId:=x\ne.AccountId = a.Id",
            &["E0312 Fixed(1, 0): `e.AccountId` has a fixed value and a requirement [Requirement(0): the requirement]"],
        );
    }
}
