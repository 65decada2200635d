//! Definitions that share an id are one abstract entity: the same fields, types and choices on every CRM.

use super::super::definitions::{Definitions, Entry};
use super::super::quoted;
use crate::catalog::EntityField;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0210"),
    title: "an entity differs between CRMs",
    explanation: "Patterns know an entity by its semantic id alone, so that one pattern runs on every CRM. \
                  Definitions that share an id therefore have the same abstract fields with the same types and the \
                  same names of choices and allowed texts. Columns, CRM values, lengths, and whether a field is \
                  required or read-only may differ.",
    example: "entity contact \"Contact\" on crm-a contact {\n  Vip -> vip boolean\n}\n\
              entity contact \"Contact\" on crm-b Contact {\n  Vip -> vip_flag\n}\n",
    cure: "entity contact \"Contact\" on crm-a contact {\n  Vip -> vip boolean\n}\n\
           entity contact \"Contact\" on crm-b Contact {\n  Vip -> vip_flag boolean\n}\n",
};

pub(super) fn check(all: &Definitions<'_>, problems: &mut Vec<Problem>) {
    for sharing in all.sharing() {
        if let [first, others @ ..] = sharing.as_slice() {
            for other in others {
                compare(first, other, problems);
            }
        }
    }
}

fn compare(first: &Entry<'_>, other: &Entry<'_>, problems: &mut Vec<Problem>) {
    let (here, there) = (&other.definition.crm, &first.definition.crm);
    for field in &other.entity.fields {
        let Some(declared) = other.declared(field.name.as_str()) else { continue };
        let Some(twin) = first.entity.field(field.name.as_str()) else {
            let message =
                format!("`{}` has a field `{}` on `{here}` but not on `{there}`", first.definition.id, field.name);
            problems.push(
                Problem::error(INFO.code, other.at(Place::Field(declared)), message)
                    .help(format!("declare it on `{there}` too, or remove it here"))
                    .related(first.at(Place::Whole), format!("the definition on `{there}`")),
            );
            continue;
        };
        if let Some(difference) = difference(twin, field) {
            let twin_at = first.declared(field.name.as_str()).map_or(Place::Whole, Place::FieldType);
            let message = format!("`{}` {} on `{there}`, {} on `{here}`", field.name, difference.0, difference.1);
            problems.push(
                Problem::error(INFO.code, other.at(Place::FieldType(declared)), message)
                    .help("one entity has one type per field: make both the same")
                    .related(first.at(twin_at), format!("on `{there}`")),
            );
        }
    }
    for (index, field) in first.fields() {
        if other.entity.field(field.name.as_str()).is_none() {
            let message =
                format!("`{}` has a field `{}` on `{there}` but not on `{here}`", first.definition.id, field.name);
            problems.push(
                Problem::error(INFO.code, other.at(Place::Id), message)
                    .help(format!("declare `{}` here too, or remove it on `{there}`", field.name))
                    .related(first.at(Place::Field(index)), format!("declared on `{there}`")),
            );
        }
    }
}

/// How two fields of one name differ: what the first is and what the second is.
fn difference(first: &EntityField, second: &EntityField) -> Option<(String, String)> {
    let is = |field: &EntityField| format!("is {}", field.field_type);
    if first.field_type != second.field_type {
        return Some((is(first), is(second)));
    }
    let names = |field: &EntityField| {
        let choices = field.choices.iter().map(|choice| choice.name.as_str());
        choices.chain(field.allowed.iter().map(String::as_str)).collect::<Vec<_>>().join("\n")
    };
    let has = |field: &EntityField| match names(field).as_str() {
        "" => "takes any text".to_owned(),
        names => format!("has {}", quoted(names.lines())),
    };
    (names(first) != names(second)).then(|| (has(first), has(second)))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity, entity_on, found};
    use crate::model::Model;

    fn differing(here: &str, there: &str) -> Vec<String> {
        let definitions = vec![entity("contact", here), entity_on("crm-b", "contact", there)];
        found(&Model { definitions, patterns: Vec::new() })
    }

    #[test]
    fn columns_and_flags_may_differ() {
        assert!(differing("A as x required, B choice Y|X", "B as z readonly choice X|Y, A as y max 3").is_empty());
        assert!(differing("Id as contact_id", "").is_empty());
    }

    #[test]
    fn fields_types_and_choices_may_not() {
        let expected = "E0210 FieldType(0): `A` is Int on `crm-a`, is String on `crm-b` [FieldType(0): on `crm-a`]";
        assert_eq!(differing("A int", "A"), [expected]);
        let found = differing("A choice X|Y", "A choice X|Z");
        let expected =
            "E0210 FieldType(0): `A` has `X`, `Y` on `crm-a`, has `X`, `Z` on `crm-b` [FieldType(0): on `crm-a`]";
        assert_eq!(found, [expected]);
        let expected = [
            "E0210 Id: `contact` has a field `B` on `crm-a` but not on `crm-b` [Field(1): declared on `crm-a`]",
            "E0210 Field(1): `contact` has a field `C` on `crm-b` but not on `crm-a` [Whole: the definition on `crm-a`]",
        ];
        assert_eq!(differing("A, B", "A, C"), expected);
    }
}
