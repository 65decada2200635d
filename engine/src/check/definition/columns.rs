//! Columns are named, and a column that is written belongs to one field, unless it is a polymorphic reference.

use std::collections::HashMap;

use super::super::definitions::{Definitions, Entry};
use crate::ids::SemanticId;
use crate::model::{Field, FieldKind, Place};
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const SHARED: CodeInfo = CodeInfo {
    code: Code("E0203"),
    title: "two fields write one column",
    explanation: "Two writable fields may share a column only as the targets of one polymorphic reference: each a \
                  reference, each to another entity. Anything else would let two values fight over one column. A \
                  second name for a column that is only read is marked `readonly`.",
    example: "entity contact \"Contact\" on crm-a contact {\n  Email -> email\n  Mail  -> email\n}\n",
    cure: "entity contact \"Contact\" on crm-a contact {\n  Email -> email\n  \
           Mail  -> email  readonly\n}\n",
};

pub(in crate::check) const EMPTY: CodeInfo = CodeInfo {
    code: Code("E0204"),
    title: "a CRM name is empty",
    explanation: "Definitions are the only place that knows the CRM's own names. Each definition names the CRM's \
                  entity, each field its column, and a name that is there may not be empty.",
    example: "kind: EntityDefinition\nid: contact\nname: Contact\ncrm: crm-a\ntype: contact\nfields:\n  \
              - {name: Email, mappedName: \"\"}\n",
    cure: "kind: EntityDefinition\nid: contact\nname: Contact\ncrm: crm-a\ntype: contact\nfields:\n  \
           - {name: Email, mappedName: email}\n",
};

pub(super) fn check(entry: &Entry<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    empty(entry, problems);
    let mut any: HashMap<&str, (usize, &Field)> = HashMap::new();
    let mut by_target: HashMap<(&str, Option<&SemanticId>), (usize, &Field)> = HashMap::new();
    for (index, field) in entry.fields().filter(|(_, field)| !field.read_only) {
        let (column, target) = (field.write_column(), target(field));
        let clash = match target {
            None => any.get(column),
            Some(_) => by_target.get(&(column, None)).or_else(|| by_target.get(&(column, target))),
        };
        if let Some((earlier, other)) = clash {
            let message = format!("`{}` and `{}` both write `{column}`", other.name, field.name);
            problems.push(
                Problem::error(SHARED.code, entry.at(Place::FieldWrite(index)), message)
                    .help("mark one of them `readonly`, or make them references to two different entities")
                    .related(entry.at(Place::FieldWrite(*earlier)), "the other field"),
            );
        }
        any.entry(column).or_insert((index, field));
        by_target.entry((column, target)).or_insert((index, field));
    }
}

fn target(field: &Field) -> Option<&SemanticId> {
    match &field.kind {
        FieldKind::Ref { entity, .. } => Some(entity),
        _ => None,
    }
}

fn empty(entry: &Entry<'_>, problems: &mut Vec<Problem>) {
    let definition = entry.definition;
    let mut report = |empty: bool, place: Place, what: &str| {
        if empty {
            let message = format!("the name of {what} is empty");
            problems.push(Problem::error(EMPTY.code, entry.at(place), message).help("write the CRM's own name for it"));
        }
    };
    report(definition.crm_type.trim().is_empty(), Place::CrmType, "the CRM's entity");
    for (index, field) in definition.fields.iter().enumerate() {
        report(field.mapped_name.trim().is_empty(), Place::FieldMapped(index), "the column");
        report(field.write.as_ref().is_some_and(|name| name.trim().is_empty()), Place::FieldWrite(index), "the column");
        if let FieldKind::Ref { via: Some(via), .. } = &field.kind {
            report(via.trim().is_empty(), Place::FieldVia(index), "the relationship");
        }
    }
    if let Some(embedded) = &definition.embedded {
        report(embedded.collection.trim().is_empty(), Place::EmbeddedAs, "the parent's collection");
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity, found};
    use crate::model::Model;

    fn with(fields: &str) -> Vec<String> {
        let others = ["account", "lead"].map(|id| entity(id, ""));
        let definitions = [entity("event", fields)].into_iter().chain(others).collect();
        found(&Model { definitions, patterns: Vec::new() })
    }

    #[test]
    fn targets_of_one_polymorphic_reference_share_their_column() {
        assert!(with("AccountId ref account as what_id, LeadId ref lead as L write what_id").is_empty());
        let twice = with("A ref account as what_id, B ref lead as what_id, C ref account as what_id");
        assert_eq!(twice, ["E0203 FieldWrite(2): `A` and `C` both write `what_id` [FieldWrite(0): the other field]"]);
    }

    #[test]
    fn other_fields_share_a_column_only_when_one_of_them_writes() {
        assert!(with("Email as mail, Mail as mail readonly").is_empty());
        let expected = "E0203 FieldWrite(1): `Email` and `Mail` both write `mail` [FieldWrite(0): the other field]";
        assert_eq!(with("Email as mail, Mail as mail"), [expected]);
        assert_eq!(with("A ref account as x, B as x").len(), 1);
        assert_eq!(with("A as x, B ref account as x").len(), 1);
    }

    #[test]
    fn names_of_the_crm_are_not_empty() {
        let mut definition = entity("event", "Subject");
        definition.crm_type = " ".into();
        definition.fields[0].mapped_name = String::new();
        let model = Model { definitions: vec![definition], patterns: Vec::new() };
        let expected = [
            "E0204 CrmType: the name of the CRM's entity is empty",
            "E0204 FieldMapped(0): the name of the column is empty",
        ];
        assert_eq!(found(&model), expected);
    }
}
