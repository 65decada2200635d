//! The idempotency field is there and can carry a key.

use super::super::definitions::{Definitions, Entry};
use crate::model::{FieldKind, Place};
use crate::problem::{Code, CodeInfo, Problem};

/// Keys are written as hyphenated UUIDs.
const KEY_LENGTH: u32 = 36;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0205"),
    title: "the idempotency field cannot carry a key",
    explanation: "Where the CRM makes the Ids, a create carries its key in this field, so that a repeat fails as a \
                  duplicate instead of making a second record. It must be a field of the definition, a writable \
                  String without a list of allowed texts, with room for 36 characters; in the CRM it must be a \
                  unique external id.",
    example: "entity lead \"Lead\" on crm-b Lead {\n  Name -> LastName\n  idempotency ExternalKey\n}\n",
    cure: "entity lead \"Lead\" on crm-b Lead {\n  Name        -> LastName\n  \
           ExternalKey -> external_key\n  idempotency ExternalKey\n}\n",
};

pub(super) fn check(entry: &Entry<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let Some(name) = &entry.definition.idempotency else { return };
    let at = entry.at(Place::Idempotency);
    let index = entry.declared(name.as_str());
    let Some((index, field)) = index.and_then(|index| Some((index, entry.definition.fields.get(index)?))) else {
        let suggestion = entry.field(name).err().flatten();
        let message = format!("`{}` has no field `{name}` to carry the key of a create", entry.definition.id);
        let help = "declare the field, or name one that is declared (`Id` cannot carry it)";
        problems.push(Problem::error(INFO.code, at, message).help(help).suggest(suggestion));
        return;
    };
    let reason = match &field.kind {
        _ if name.is_id() => "it is the record's own identifier",
        FieldKind::String { .. } if field.read_only => "it is read-only",
        FieldKind::String { allowed } if !allowed.is_empty() => "it has a list of allowed texts",
        FieldKind::String { .. } if field.max_length.is_some_and(|max| max < KEY_LENGTH) => {
            "it has no room for 36 characters"
        }
        FieldKind::String { .. } => return,
        _ => "it is not a String",
    };
    problems.push(
        Problem::error(INFO.code, at, format!("`{name}` cannot carry the key of a create: {reason}"))
            .help("use a writable String that is a unique external id in the CRM")
            .related(entry.at(Place::Field(index)), "declared here"),
    );
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity, found, name};
    use crate::model::Model;

    fn with(fields: &str, idempotency: &str) -> Vec<String> {
        let mut definition = entity("lead", fields);
        definition.idempotency = Some(name(idempotency));
        found(&Model { definitions: vec![definition], patterns: Vec::new() })
    }

    #[test]
    fn it_is_a_writable_string_with_room_for_a_key() {
        assert!(with("Key", "Key").is_empty());
        assert!(with("Key max 36", "Key").is_empty());
        for bad in ["Key readonly", "Key int", "Key max 35", "Key allowed a|b"] {
            assert_eq!(with(bad, "Key").len(), 1, "{bad}");
        }
    }

    #[test]
    fn it_is_declared() {
        let expected = "E0205 Idempotency: `lead` has no field `Kay` to carry the key of a create (did you mean Key?)";
        assert_eq!(with("Key", "Kay"), [expected]);
        assert_eq!(with("Key", "Id").len(), 1);
        assert_eq!(with("Key, Id as leadid", "Id").len(), 1);
    }
}
