//! Alternate keys name fields of the definition, each once.

use std::collections::{BTreeSet, HashMap};

use super::super::definitions::{Definitions, Entry};
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};
use crate::value::FieldType;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0206"),
    title: "an alternate key is wrong",
    explanation: "A key says which fields together identify one record in the CRM, so that `match` can use it in one \
                  trip. It names at least one field, each once and each declared, none of them `Id` (which is always a \
                  key) or a MultiChoice, and the same key is declared once.",
    example: "entity contact \"Contact\" on crm-a contact {\n  Email -> email\n  key (Emial)\n}\n",
    cure: "entity contact \"Contact\" on crm-a contact {\n  Email -> email\n  key (Email)\n}\n",
};

pub(super) fn check(entry: &Entry<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let mut first: HashMap<BTreeSet<_>, usize> = HashMap::new();
    for (index, key) in entry.definition.keys.iter().enumerate() {
        let at = entry.at(Place::Key(index));
        let mut report = |message: String, help: &str| problems.push(Problem::error(INFO.code, at, message).help(help));
        if key.is_empty() {
            report("a key without a field".to_owned(), "name the fields that identify a record");
            continue;
        }
        let names: BTreeSet<_> = key.iter().collect();
        if names.len() < key.len() {
            report("a key names a field twice".to_owned(), "name each field once");
        }
        for name in &names {
            let field = entry.entity.field(name.as_str());
            if name.is_id() {
                report("`Id` is always a key".to_owned(), "leave it out");
            } else if field.is_some_and(|field| field.field_type == FieldType::MultiChoice) {
                report(format!("`{name}` is a MultiChoice and identifies nothing"), "leave it out of the key");
            }
        }
        unknown(entry, index, &names, problems);
        let earlier = *first.entry(names).or_insert(index);
        if earlier != index {
            problems.push(
                Problem::error(INFO.code, at, "this key is already declared")
                    .help("remove one of the two")
                    .related(entry.at(Place::Key(earlier)), "first declared here"),
            );
        }
    }
}

fn unknown(entry: &Entry<'_>, index: usize, names: &BTreeSet<&crate::ids::FieldName>, problems: &mut Vec<Problem>) {
    let key = entry.definition.keys.get(index).map_or(&[][..], Vec::as_slice);
    for name in names {
        if let Err(suggestion) = entry.field(name) {
            let message = format!("`{}` has no field `{name}`", entry.definition.id);
            let position = key.iter().position(|written| written == *name).unwrap_or(0);
            let problem = Problem::error(INFO.code, entry.at(Place::KeyField(index, position)), message);
            problems.push(problem.help("a key is made of declared fields").suggest(suggestion));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity, found, name};
    use crate::model::Model;

    fn with(keys: &[&[&str]]) -> Vec<String> {
        let mut definition = entity("contact", "Email, First, Last, Tags multichoice A|B");
        definition.keys = keys.iter().map(|key| key.iter().map(|text| name(text)).collect()).collect();
        found(&Model { definitions: vec![definition], patterns: Vec::new() })
    }

    #[test]
    fn a_key_is_made_of_declared_fields() {
        assert!(with(&[&["Email"], &["First", "Last"]]).is_empty());
        assert_eq!(with(&[&["Emial"]]), ["E0206 KeyField(0, 0): `contact` has no field `Emial` (did you mean Email?)"]);
        for bad in [&[][..], &["Email", "Email"], &["Id"], &["Tags"]] {
            assert_eq!(with(&[bad]).len(), 1, "{bad:?}");
        }
    }

    #[test]
    fn the_same_key_in_another_order_is_the_same_key() {
        let found = with(&[&["First", "Last"], &["Last", "First"]]);
        assert_eq!(found, ["E0206 Key(1): this key is already declared [Key(0): first declared here]"]);
    }
}
