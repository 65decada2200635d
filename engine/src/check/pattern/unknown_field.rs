//! A pattern names fields that its entities have.

use super::super::shape::OnCrm;
use crate::ids::FieldName;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0308"),
    title: "an entity has no such field",
    explanation: "Requirements, defaults, fixed values, match, sort and conditions name fields by their abstract \
                  names, as the entity's definition declares them; `Id` is always there.",
    example: "entity contact \"Contact\" on crm-a contact {\n  Email -> email\n}\n\
              pattern add \"Add a contact\" {\n  contact : contact match (Emial)\n}\n",
    cure: "entity contact \"Contact\" on crm-a contact {\n  Email -> email\n}\n\
           pattern add \"Add a contact\" {\n  contact : contact match (Email)\n}\n",
};

/// The problem of a field that is not there.
pub(super) fn problem(
    entity: &str,
    field: &FieldName,
    nearest: Option<String>,
) -> impl FnOnce(crate::model::Subject) -> Problem {
    let message = format!("`{entity}` has no field `{field}`");
    move |at| Problem::error(INFO.code, at, message).help("declare the field, or correct the name").suggest(nearest)
}

pub(super) fn check(on: &OnCrm<'_, '_>, problems: &mut Vec<Problem>) {
    let mut look = |part: usize, name: &FieldName, place: Place| {
        let Some(entry) = on.entry(part) else { return };
        if let Err(nearest) = entry.field(name) {
            problems.push(problem(entry.definition.id.as_str(), name, nearest)(on.at(place)));
        }
    };
    for (index, part) in on.shape.parts() {
        for (position, name) in part.match_on.iter().enumerate() {
            look(index, name, Place::PartMatch(index, position));
        }
        for (position, assignment) in part.defaults.iter().enumerate() {
            look(index, &assignment.field, Place::Default(index, position));
        }
        for (position, assignment) in part.fixed.iter().enumerate() {
            look(index, &assignment.field, Place::Fixed(index, position));
        }
        if let Some(sort) = &part.query.sort {
            look(index, &sort.field, Place::Sort(index));
        }
    }
    for (index, requirement) in on.shape.requirements() {
        if let Some(part) = on.shape.position(&requirement.dependent.part) {
            look(part, &requirement.dependent.field, Place::Dependent(index));
        }
        for (position, source) in requirement.sources.iter().enumerate() {
            if let Some(part) = on.shape.position(&source.part) {
                look(part, &source.field, Place::Source(index, position));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity_on, finds, found, pattern};
    use crate::model::Model;

    #[test]
    fn every_place_that_names_a_field_is_looked_at() {
        finds(
            "a account sort Nme match Numbr Naem=x Nam:=x\ne event\ne.AcountId = a.ID",
            &[
                "E0308 PartMatch(0, 0): `account` has no field `Numbr` (did you mean Number?)",
                "E0308 Default(0, 0): `account` has no field `Naem` (did you mean Name?)",
                "E0308 Fixed(0, 0): `account` has no field `Nam` (did you mean Name?)",
                "E0308 Sort(0): `account` has no field `Nme` (did you mean Name?)",
                "E0308 Dependent(0): `event` has no field `AcountId` (did you mean AccountId?)",
                "E0308 Source(0, 0): `account` has no field `ID` (did you mean Id?)",
            ],
        );
    }

    #[test]
    fn what_is_wrong_on_every_crm_is_said_once() {
        let definitions = vec![entity_on("x", "a", "Name"), entity_on("y", "a", "Name")];
        let patterns = vec![pattern("p", "a a Nam=x")];
        let expected = "E0308 Default(0, 0): `a` has no field `Nam` (did you mean Name?)";
        assert_eq!(found(&Model { definitions, patterns }), [expected]);
    }
}
