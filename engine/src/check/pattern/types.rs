//! Both sides of a requirement have one type; an `Id` goes only into a reference to its entity.

use super::super::quoted;
use super::super::shape::OnCrm;
use crate::catalog::EntityField;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0309"),
    title: "the types of a requirement disagree",
    explanation: "A requirement copies a value, so both fields have the same type. The type of an `Id` is a reference \
                  to its own entity: `event.AccountId = contact.Id` is wrong when `AccountId` refers to accounts. A \
                  Choice must know every choice of the field it is copied from.",
    example: "entity account \"Account\" on crm-a account {\n  Name -> name\n}\n\
              entity contact \"Contact\" on crm-a contact {\n  \
              AccountId -> account_id ref account via account\n}\n\
              pattern pair \"Two contacts\" {\n  first  : contact\n  second : contact\n\n  \
              second.AccountId = first.Id\n}\n",
    cure: "entity account \"Account\" on crm-a account {\n  Name -> name\n}\n\
           entity contact \"Contact\" on crm-a contact {\n  \
           AccountId -> account_id ref account via account\n}\n\
           pattern pair \"Two contacts\" {\n  first  : contact readonly\n  second : contact\n\n  \
           second.AccountId = first.AccountId\n}\n",
};

pub(super) fn check(on: &OnCrm<'_, '_>, problems: &mut Vec<Problem>) {
    for (index, requirement) in on.shape.requirements() {
        let Some(dependent) = on.referred(&requirement.dependent) else { continue };
        for (position, reference) in requirement.sources.iter().enumerate() {
            let Some(source) = on.referred(reference) else { continue };
            if !on.is_known(&dependent.field_type) || !on.is_known(&source.field_type) {
                continue;
            }
            let at = on.at(Place::Source(index, position));
            let (to, from) = (&requirement.dependent, reference);
            if dependent.field_type != source.field_type {
                let message = format!("`{to}` is {} and `{from}` is {}", dependent.field_type, source.field_type);
                problems.push(Problem::error(INFO.code, at, message).help("both sides of a requirement have one type"));
            } else if let Some(missing) = missing_choices(dependent, source) {
                let message = format!("`{to}` does not know the choices {} of `{from}`", quoted(missing));
                let help = "both sides of a requirement have the same choices, by their abstract names";
                problems.push(Problem::error(INFO.code, at, message).help(help));
            }
        }
    }
}

fn missing_choices<'a>(dependent: &EntityField, source: &'a EntityField) -> Option<Vec<&'a str>> {
    // Choices are sorted by name.
    let known = |name: &str| dependent.choices.binary_search_by(|choice| choice.name.as_str().cmp(name)).is_ok();
    let missing: Vec<&str> =
        source.choices.iter().map(|choice| choice.name.as_str()).filter(|name| !known(name)).collect();
    (!missing.is_empty()).then_some(missing)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity, finds, found, pattern};
    use crate::model::Model;

    #[test]
    fn an_id_goes_into_a_reference_to_its_entity() {
        finds(
            "a account\nc contact\ne event\ne.AccountId = a.Id\ne.ContactId = a.Id\ne.Subject = c.Email\ne.Places = c.Email",
            &[
                "E0309 Source(1, 0): `e.ContactId` is Ref(contact) and `a.Id` is Ref(account)",
                "E0309 Source(3, 0): `e.Places` is Int and `c.Email` is String",
            ],
        );
    }

    #[test]
    fn each_alternative_is_looked_at() {
        let expected = "E0309 Source(0, 1): `e.AccountId` is Ref(account) and `c.Id` is Ref(contact)";
        finds("a account\nc contact\ne event\ne.AccountId = a.Id ?? c.Id", &[expected]);
    }

    #[test]
    fn a_reference_to_nothing_is_told_once() {
        let definitions = vec![entity("a", "X ref b"), entity("c", "")];
        let patterns = vec![pattern("p", "a a\nc c\na.X = c.Id")];
        let expected = "E0208 FieldType(0): `X` refers to `b`, which is not defined (did you mean a?)";
        assert_eq!(found(&Model { definitions, patterns }), [expected]);
    }

    #[test]
    fn choices_of_the_source_are_known_to_the_dependent() {
        let definitions = vec![entity("a", "S choice Open|Won"), entity("b", "S choice Open|Won|Lost")];
        let patterns = vec![pattern("p", "a a\nb b\nb.S = a.S"), pattern("q", "a a\nb b\na.S = b.S")];
        let expected = "E0309 Source(0, 0): `a.S` does not know the choices `Lost` of `b.S`";
        assert_eq!(found(&Model { definitions, patterns }), [expected]);
    }
}
