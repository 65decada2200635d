//! One semantic id is defined once per CRM.

use std::collections::HashMap;

use super::super::definitions::Definitions;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0201"),
    title: "an entity is defined twice on one CRM",
    explanation: "A semantic id means one definition per CRM. With two of them nobody could say which one a pattern \
                  means. The first one counts until the second is renamed or removed.",
    example: "entity contact \"Contact\" on crm-a contact {\n  Email -> email\n}\n\
              entity contact \"Person\" on crm-a contact {\n  Email -> email_2\n}\n",
    cure: "entity contact \"Contact\" on crm-a contact {\n  Email  -> email\n  Email2 -> email_2\n}\n",
};

pub(super) fn check(all: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let mut first = HashMap::new();
    for entry in all.iter() {
        let definition = entry.definition;
        if let Some(other) = first.insert((&definition.crm, &definition.id), entry) {
            first.insert((&definition.crm, &definition.id), other);
            let message = format!("`{}` is already defined on `{}`", definition.id, definition.crm);
            problems.push(
                Problem::error(INFO.code, entry.at(Place::Id), message)
                    .help("remove one of the two, or give this one an id of its own")
                    .related(other.at(Place::Id), "first defined here"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity, entity_on, found};
    use crate::model::Model;

    #[test]
    fn one_id_is_one_definition_per_crm() {
        let definitions =
            vec![entity("contact", "Email"), entity_on("crm-b", "contact", "Email"), entity("contact", "Email")];
        let model = Model { definitions, patterns: Vec::new() };
        assert_eq!(found(&model), ["E0201 Id: `contact` is already defined on `crm-a` [Id: first defined here]"]);
    }
}
