//! A reference refers to an entity that is defined on the same CRM.

use super::super::definitions::{Definitions, Entry};
use super::super::quoted;
use crate::model::{FieldKind, Place};
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0208"),
    title: "a reference to an entity that is not defined",
    explanation: "The target of a reference decides what may be joined to it and which Ids it takes, so it must be \
                  defined, and on the same CRM. A column whose target is of no interest can be left out of the \
                  definition.",
    example: "entity contact \"Contact\" on crm-a contact {\n  \
              AccountId -> account_id  ref acount via account\n}\n\
              entity account \"Account\" on crm-a account {\n  Name -> name\n}\n",
    cure: "entity contact \"Contact\" on crm-a contact {\n  \
           AccountId -> account_id  ref account via account\n}\n\
           entity account \"Account\" on crm-a account {\n  Name -> name\n}\n",
};

pub(super) fn check(entry: &Entry<'_>, all: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let crm = &entry.definition.crm;
    for (index, field) in entry.fields() {
        let FieldKind::Ref { entity, .. } = &field.kind else { continue };
        if all.get(crm, entity).is_some() {
            continue;
        }
        let at = entry.at(Place::FieldType(index));
        problems.push(match all.crms_of(entity) {
            [] => Problem::error(INFO.code, at, format!("`{}` refers to `{entity}`, which is not defined", field.name))
                .help(format!("define `{entity}`, or correct the name"))
                .suggest(all.nearest(entity)),
            elsewhere => {
                let message = format!("`{}` refers to `{entity}`, which is not defined on `{crm}`", field.name);
                let help = format!("define `{entity}` on `{crm}` too: so far it is defined on {}", quoted(elsewhere));
                Problem::error(INFO.code, at, message).help(help)
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity, entity_on, found};
    use crate::model::Model;

    #[test]
    fn the_target_is_defined_on_the_same_crm() {
        let definitions = vec![
            entity("contact", "A ref acount, B ref account, C ref lead, D ref contact"),
            entity("account", ""),
            entity_on("crm-b", "lead", ""),
        ];
        let expected = [
            "E0208 FieldType(0): `A` refers to `acount`, which is not defined (did you mean account?)",
            "E0208 FieldType(2): `C` refers to `lead`, which is not defined on `crm-a`",
        ];
        assert_eq!(found(&Model { definitions, patterns: Vec::new() }), expected);
    }
}
