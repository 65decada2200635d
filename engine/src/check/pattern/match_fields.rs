//! Match fields can find a record and be written to a new one.

use std::collections::HashSet;

use super::super::shape::OnCrm;
use crate::catalog::EntityField;
use crate::ids::FieldName;
use crate::model::{FieldRef, Literal, PatternPart, Place};
use crate::problem::{Code, CodeInfo, Problem};
use crate::value::FieldType;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0322"),
    title: "a field cannot be matched on",
    explanation: "`match` finds an existing record by these fields, and writes them when there is none. They are \
                  therefore writable fields, each named once, with a value that is known before the write and is never \
                  null. `Id` is not matched on: an instance that is given with its Id is that record.",
    example: "entity contact \"Contact\" on crm-a contact {\n  Number -> number readonly\n}\n\
              pattern add \"Add a contact\" {\n  contact : contact match (Number)\n}\n",
    cure: "entity contact \"Contact\" on crm-a contact {\n  Number -> number\n}\n\
           pattern add \"Add a contact\" {\n  contact : contact match (Number)\n}\n",
};

pub(super) fn check(on: &OnCrm<'_, '_>, problems: &mut Vec<Problem>) {
    let deferred: HashSet<&FieldRef> = on
        .shape
        .requirements()
        .filter(|(_, requirement)| requirement.deferred)
        .map(|(_, requirement)| &requirement.dependent)
        .collect();
    for (index, part, _) in on.parts().filter(|(_, part, _)| !part.read_only) {
        let mut seen = HashSet::new();
        for (position, name) in part.match_on.iter().enumerate() {
            let Some(field) = on.field(index, name) else { continue };
            let reference = FieldRef { part: part.ref_id.clone(), field: name.clone() };
            let reason = match reason(field, part, name) {
                None if !seen.insert(name) => "it is named twice",
                None if deferred.contains(&reference) => "its requirement is deferred",
                None => continue,
                Some(reason) => reason,
            };
            let message = format!("`{reference}` cannot be matched on: {reason}");
            let help = "match on writable fields whose values are there before the write";
            problems.push(Problem::error(INFO.code, on.at(Place::PartMatch(index, position)), message).help(help));
        }
    }
}

fn reason(field: &EntityField, part: &PatternPart, name: &FieldName) -> Option<&'static str> {
    let fixed_null = || part.fixed.iter().any(|fixed| fixed.field == *name && fixed.value == Literal::Null);
    if name.is_id() {
        Some("an instance given with its `Id` is that record already")
    } else if field.read_only() {
        Some("it is read-only")
    } else if field.field_type == FieldType::MultiChoice {
        Some("a MultiChoice identifies nothing")
    } else {
        fixed_null().then_some("its fixed value is null")
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::finds;

    #[test]
    fn match_fields_are_written_and_known_before() {
        finds("c contact match Email|LastName", &[]);
        finds(
            "a account match Score\nb account match Id\nc contact match Tags\nd contact match Email|Email Email:=null",
            &[
                "E0322 PartMatch(0, 0): `a.Score` cannot be matched on: it is read-only",
                "E0322 PartMatch(1, 0): `b.Id` cannot be matched on: an instance given with its `Id` is that record already",
                "E0322 PartMatch(2, 0): `c.Tags` cannot be matched on: a MultiChoice identifies nothing",
                "E0322 PartMatch(3, 0): `d.Email` cannot be matched on: its fixed value is null",
                "E0322 PartMatch(3, 1): `d.Email` cannot be matched on: its fixed value is null",
            ],
        );
        finds(
            "d contact match Email|Email",
            &["E0322 PartMatch(0, 1): `d.Email` cannot be matched on: it is named twice"],
        );
    }

    #[test]
    fn a_deferred_value_comes_too_late() {
        let found = "E0322 PartMatch(0, 0): `a.Primary` cannot be matched on: its requirement is deferred";
        finds("a account match Primary\nc contact\nc.AccountId = a.Id\na.Primary = c.Id deferred", &[found]);
    }
}
