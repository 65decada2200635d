//! `Id` is what it is: it may be given its column and nothing else.

use super::super::definitions::{Definitions, Entry};
use crate::model::{FieldKind, Place};
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0207"),
    title: "`Id` is declared as something else",
    explanation: "Every definition has the field `Id`: the record's identifier, read-only, a reference to the entity \
                  itself. A definition may name the column it stands in, but gives it no other type, no write column, \
                  and does not require it: the CRM or the engine makes it.",
    example: "entity contact \"Contact\" on crm-a contact {\n  Id -> contact_id int\n}\n",
    cure: "entity contact \"Contact\" on crm-a contact {\n  Id -> contact_id\n}\n",
};

pub(super) fn check(entry: &Entry<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let fields = entry.definition.fields.iter().enumerate();
    for (index, field) in fields.filter(|(_, field)| field.name.is_id()) {
        let mut report = |wrong: bool, place: Place, message: String| {
            if wrong {
                let help = "name only its column, or leave the line out where the CRM's primary key is meant";
                problems.push(Problem::error(INFO.code, entry.at(place), message).help(help));
            }
        };
        let itself = match &field.kind {
            // The type that is meant where none is written.
            FieldKind::String { allowed } => allowed.is_empty(),
            FieldKind::Ref { entity, via } => *entity == entry.definition.id && via.is_none(),
            _ => false,
        };
        let kind = format!("`Id` is a reference to `{}` itself and nothing else", entry.definition.id);
        report(!itself, Place::FieldType(index), kind);
        report(
            field.required,
            Place::FieldRequired(index),
            "`Id` cannot be required: it is never given a value".to_owned(),
        );
        report(field.max_length.is_some(), Place::FieldMax(index), "`Id` has no length to limit".to_owned());
        report(field.write.is_some(), Place::FieldWrite(index), "`Id` is never written".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity, found};
    use crate::model::Model;

    fn with(field: &str) -> Vec<String> {
        found(&Model { definitions: vec![entity("contact", field)], patterns: Vec::new() })
    }

    #[test]
    fn only_the_column_may_be_named() {
        for good in ["Id", "Id as contact_id", "Id as contact_id readonly public", "Id as contact_id ref contact"] {
            assert!(with(good).is_empty(), "{good}");
        }
        assert_eq!(with("Id int"), ["E0207 FieldType(0): `Id` is a reference to `contact` itself and nothing else"]);
        for bad in ["Id required", "Id write other", "Id max 3", "Id allowed a|b"] {
            assert_eq!(with(bad).len(), 1, "{bad}");
        }
    }
}
