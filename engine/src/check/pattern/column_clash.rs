//! One instance sets one target of a polymorphic reference.

use std::collections::HashMap;

use super::super::shape::OnCrm;
use crate::ids::FieldName;
use crate::model::{Literal, Place};
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0329"),
    title: "one column would be written twice",
    explanation: "Fields that are targets of one polymorphic reference share its column, and one instance can refer to \
                  one of them. A part in which two of them always have a value, by a fixed value or a requirement that \
                  is not optional, could never be written.",
    example: "entity account \"Account\" on crm-b Account {\n  Name -> Name\n}\n\
              entity lead \"Lead\" on crm-b Lead {\n  Name -> LastName\n}\n\
              entity task \"Task\" on crm-b Task {\n  AccountId -> what_id ref account via what\n  \
              LeadId -> what_id ref lead via what\n}\n\
              pattern follow-up \"Follow up\" {\n  account : account\n  lead    : lead\n  task    : task\n\n  \
              task.AccountId = account.Id\n  task.LeadId    = lead.Id\n}\n",
    cure: "entity account \"Account\" on crm-b Account {\n  Name -> Name\n}\n\
           entity lead \"Lead\" on crm-b Lead {\n  Name -> LastName\n}\n\
           entity task \"Task\" on crm-b Task {\n  AccountId -> what_id ref account via what\n  \
           LeadId -> what_id ref lead via what\n}\n\
           pattern follow-up \"Follow up\" {\n  account : account\n  lead    : lead\n  task    : task\n\n  \
           task.AccountId = account.Id\n}\n",
};

pub(super) fn check(on: &OnCrm<'_, '_>, problems: &mut Vec<Problem>) {
    let mut set: Vec<Vec<(&FieldName, Place)>> = vec![Vec::new(); on.shape.pattern.parts.len()];
    for (index, part, _) in on.parts().filter(|(_, part, _)| !part.read_only) {
        for (position, fixed) in part.fixed.iter().enumerate().filter(|(_, fixed)| fixed.value != Literal::Null) {
            if let Some(list) = set.get_mut(index) {
                list.push((&fixed.field, Place::Fixed(index, position)));
            }
        }
    }
    for (index, requirement, part) in on.shape.dependents().filter(|(_, requirement, _)| !requirement.optional) {
        let list = on.shape.position(&part.ref_id).and_then(|part| set.get_mut(part));
        if let Some(list) = list.filter(|_| !part.read_only) {
            list.push((&requirement.dependent.field, Place::Requirement(index)));
        }
    }
    for (index, fields) in set.iter().enumerate() {
        let mut first: HashMap<&str, (&FieldName, Place)> = HashMap::new();
        for (name, place) in fields {
            let Some(column) = on.field(index, name).and_then(|field| field.write_column.as_deref()) else { continue };
            let (other, earlier) = *first.entry(column).or_insert((name, *place));
            if other == *name {
                continue;
            }
            problems.push(
                Problem::error(
                    INFO.code,
                    on.at(*place),
                    format!("`{other}` and `{name}` share a column and are both set"),
                )
                .help("keep one of them, or mark the requirements `optional` where one of them has a value")
                .related(on.at(earlier), format!("`{other}` is set here")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{domain, entity, found, pattern};
    use crate::model::Model;

    fn with(lines: &str) -> Vec<String> {
        let mut definitions = domain();
        definitions.push(entity("task", "AccountId ref account as What, ContactId ref contact as What, Name"));
        found(&Model { definitions, patterns: vec![pattern("p", lines)] })
    }

    #[test]
    fn two_targets_that_are_always_set_are_one_too_many() {
        let parts = "a account\nc contact\nt task\n";
        let found = with(&format!("{parts}t.AccountId = a.Id\nt.ContactId = c.Id"));
        let expected = "E0329 Requirement(1): `AccountId` and `ContactId` share a column and are both set \
                        [Requirement(0): `AccountId` is set here]";
        assert_eq!(found, [expected]);
        assert!(with(&format!("{parts}t.AccountId = a.Id\nt.ContactId = c.Id optional")).is_empty());
    }
}
