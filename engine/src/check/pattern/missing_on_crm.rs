//! A pattern runs on at least one CRM whole.
//!
//! A workspace may define a few entities on a second CRM without meaning all its patterns to run there; so a pattern
//! that is whole somewhere is only warned about the CRMs that have a part of it.

use std::collections::BTreeSet;

use super::super::definitions::Definitions;
use super::super::quoted;
use super::super::shape::{OnCrm, Shape};
use crate::ids::{CrmName, SemanticId};
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const NOWHERE: CodeInfo = CodeInfo {
    code: Code("E0305"),
    title: "no CRM defines all entities of a pattern",
    explanation: "A pattern is one operation on one CRM. Each of its entities is defined, but on different CRMs, so \
                  there is none on which it could run.",
    example: "entity account \"Account\" on crm-a account {\n  Name -> name\n}\n\
              entity lead \"Lead\" on crm-b Lead {\n  Name -> LastName\n}\n\
              pattern both \"Account and lead\" {\n  account : account\n  lead    : lead\n}\n",
    cure: "entity account \"Account\" on crm-a account {\n  Name -> name\n}\n\
           entity lead \"Lead\" on crm-a lead {\n  Name -> lastname\n}\n\
           pattern both \"Account and lead\" {\n  account : account\n  lead    : lead\n}\n",
};

pub(in crate::check) const PARTLY: CodeInfo = CodeInfo {
    code: Code("E0306"),
    title: "a CRM defines only some entities of a pattern",
    explanation: "A warning: the pattern can be used on another CRM, but not on this one, because an entity is \
                  missing there. A CRM that defines none of a pattern's entities is not mentioned.",
    example: "entity account \"Account\" on crm-a account {\n  Name -> name\n}\n\
              entity lead \"Lead\" on crm-a lead {\n  Name -> lastname\n}\n\
              entity account \"Account\" on crm-b Account {\n  Name -> Name\n}\n\
              pattern both \"Account and lead\" {\n  account : account\n  lead    : lead\n}\n",
    cure: "entity account \"Account\" on crm-a account {\n  Name -> name\n}\n\
           entity lead \"Lead\" on crm-a lead {\n  Name -> lastname\n}\n\
           entity account \"Account\" on crm-b Account {\n  Name -> Name\n}\n\
           entity lead \"Lead\" on crm-b Lead {\n  Name -> LastName\n}\n\
           pattern both \"Account and lead\" {\n  account : account\n  lead    : lead\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, all: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let entities: BTreeSet<&SemanticId> = shape.pattern.parts.iter().map(|part| &part.entity).collect();
    let known: Vec<&SemanticId> = entities.into_iter().filter(|entity| !all.crms_of(entity).is_empty()).collect();
    let whole = OnCrm::candidates(shape, all);
    let partly: BTreeSet<&CrmName> = known.iter().flat_map(|entity| all.crms_of(entity)).copied().collect();
    let lacks =
        |crm: &CrmName| known.iter().copied().filter(|entity| all.get(crm, entity).is_none()).collect::<Vec<_>>();
    if whole.is_empty() && !partly.is_empty() {
        let lacking: Vec<String> = partly.iter().map(|crm| format!("`{crm}` lacks {}", quoted(lacks(crm)))).collect();
        let message = format!("no CRM defines all entities of `{}`", shape.pattern.id);
        problems.push(Problem::error(NOWHERE.code, shape.at(Place::Id), message).help(lacking.join("; ")));
        return;
    }
    for crm in partly.into_iter().filter(|crm| !whole.contains(crm)) {
        let lacking = lacks(crm);
        let place = shape.parts().find(|(_, part)| lacking.contains(&&part.entity)).map(|(index, _)| index);
        let place = place.map_or(Place::Id, Place::PartEntity);
        let message = format!("`{}` cannot be used on `{crm}`, which lacks {}", shape.pattern.id, quoted(&lacking));
        let help = format!("define {} on `{crm}` if the pattern is meant to run there", quoted(&lacking));
        problems.push(Problem::warning(PARTLY.code, shape.at(place), message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity_on, found, pattern};
    use crate::check::check;
    use crate::model::Model;

    fn model(definitions: &[(&str, &str)]) -> Model {
        let definitions = definitions.iter().map(|(crm, id)| entity_on(crm, id, "Name")).collect();
        Model { definitions, patterns: vec![pattern("p", "a account\nl lead")] }
    }

    #[test]
    fn a_pattern_is_resolved_where_it_is_whole() {
        let model = model(&[("x", "account"), ("x", "lead"), ("y", "account"), ("z", "other")]);
        assert_eq!(found(&model), ["W E0306 PartEntity(1): `p` cannot be used on `y`, which lacks `lead`"]);
        let catalog = check(&model).catalog.unwrap();
        let on: Vec<bool> = ["x", "y", "z"].iter().map(|crm| catalog.pattern(crm, "p").is_some()).collect();
        assert_eq!(on, [true, false, false]);
    }

    #[test]
    fn a_pattern_that_is_whole_nowhere_is_an_error() {
        let model = model(&[("x", "account"), ("y", "lead")]);
        assert_eq!(found(&model), ["E0305 Id: no CRM defines all entities of `p`"]);
        let help = check(&model).problems.remove(0).help;
        assert_eq!(help.as_deref(), Some("`x` lacks `lead`; `y` lacks `account`"));
    }
}
