//! A field that is read-only is given no value.

use super::super::shape::OnCrm;
use crate::ids::FieldName;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0310"),
    title: "a read-only field is written",
    explanation: "A read-only field is never written, so a default, a fixed value or a requirement on it could have no \
                  effect. A requirement on a read-only part is another matter: there it is the condition by which the \
                  part is found. `Id` is read-only on every entity.",
    example: "entity account \"Account\" on crm-a account {\n  Number -> number readonly\n}\n\
              pattern add \"Add an account\" {\n  account : account { Number = \"1\" }\n}\n",
    cure: "entity account \"Account\" on crm-a account {\n  Number -> number\n}\n\
           pattern add \"Add an account\" {\n  account : account { Number = \"1\" }\n}\n",
};

pub(super) fn check(on: &OnCrm<'_, '_>, problems: &mut Vec<Problem>) {
    let mut look = |part: usize, name: &FieldName, place: Place| {
        let Some(entry) = on.entry(part) else { return };
        if !on.field(part, name).is_some_and(|field| field.read_only()) {
            return;
        }
        let message = format!("`{name}` of `{}` is read-only", entry.definition.id);
        let problem = Problem::error(INFO.code, on.at(place), message);
        problems.push(match entry.declared(name.as_str()) {
            Some(field) if !name.is_id() => problem
                .help("leave the value out, or make the field writable in its definition")
                .related(entry.at(Place::FieldReadOnly(field)), "declared here"),
            _ => problem.help("`Id` is made by the CRM or the engine and is never written"),
        });
    };
    for (index, part) in on.shape.parts().filter(|(_, part)| !part.read_only) {
        for (position, assignment) in part.defaults.iter().enumerate() {
            look(index, &assignment.field, Place::Default(index, position));
        }
        for (position, assignment) in part.fixed.iter().enumerate() {
            look(index, &assignment.field, Place::Fixed(index, position));
        }
    }
    for (index, requirement, part) in on.shape.dependents().filter(|(_, _, part)| !part.read_only) {
        if let Some(position) = on.shape.position(&part.ref_id) {
            look(position, &requirement.dependent.field, Place::Dependent(index));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity_on, finds, found, pattern};
    use crate::model::Model;

    #[test]
    fn defaults_fixed_values_and_requirements_write() {
        finds(
            "a account Score=1\nn note CreatedOn:=2026-11-24T09:00:00Z\ne employee\ne.Id = a.OwnerId",
            &[
                "E0310 Default(0, 0): `Score` of `account` is read-only [FieldReadOnly(4): declared here]",
                "E0310 Fixed(1, 0): `CreatedOn` of `note` is read-only [FieldReadOnly(4): declared here]",
                "E0310 Dependent(0): `Id` of `employee` is read-only",
            ],
        );
    }

    #[test]
    fn a_requirement_on_a_read_only_part_is_a_join() {
        finds("a account readonly\no employee readonly\no.Id = a.OwnerId", &[]);
    }

    #[test]
    fn what_is_read_only_on_one_crm_alone_names_it() {
        let definitions = vec![entity_on("x", "a", "Name"), entity_on("y", "a", "Name readonly")];
        let patterns = vec![pattern("p", "a a Name=n")];
        let expected = "E0310 Default(0, 0): `Name` of `a` is read-only on `y` [FieldReadOnly(0): declared here]";
        assert_eq!(found(&Model { definitions, patterns }), [expected]);
    }
}
