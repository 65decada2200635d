//! An embedded entity has a parent, which is an entity of its own.

use super::super::definitions::{Definitions, Entry};
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0209"),
    title: "an entity is embedded in something it cannot be embedded in",
    explanation: "Instances of an embedded entity travel inside their parent's write. The parent is another entity, \
                  defined on the same CRM, that is not embedded itself; and since an embedded record has no life of \
                  its own, it has neither alternate keys nor an idempotency field.",
    example: "entity party \"Party\" on crm-a party {\n  Role -> role int\n  \
              embedded in event as parties\n}\n",
    cure: "entity party \"Party\" on crm-a party {\n  Role -> role int\n  \
           embedded in event as parties\n}\n\
           entity event \"Event\" on crm-a event {\n  Subject -> subject\n}\n",
};

pub(super) fn check(entry: &Entry<'_>, all: &Definitions<'_>, problems: &mut Vec<Problem>) {
    let definition = entry.definition;
    let Some(embedded) = &definition.embedded else { return };
    let (parent, at) = (&embedded.parent, entry.at(Place::Embedded));
    if *parent == definition.id {
        let problem = Problem::error(INFO.code, at, format!("`{parent}` is embedded in itself"));
        problems.push(problem.help("name the entity whose write carries the instances"));
    } else if let Some(other) = all.get(&definition.crm, parent) {
        if other.definition.embedded.is_some() {
            let message = format!("`{}` is embedded in `{parent}`, which is embedded itself", definition.id);
            problems.push(
                Problem::error(INFO.code, at, message)
                    .help("embed it in an entity that is written on its own")
                    .related(other.at(Place::Embedded), format!("`{parent}` is embedded here")),
            );
        }
    } else {
        let message = format!("`{parent}` is not defined on `{}`", definition.crm);
        // Defined elsewhere means: not a slip.
        let nearest = all.crms_of(parent).is_empty().then(|| all.nearest(parent)).flatten();
        problems.push(Problem::error(INFO.code, at, message).help("define the parent").suggest(nearest));
    }
    let own = "an embedded record cannot be found or repeated on its own: leave this out";
    if definition.idempotency.is_some() {
        let message = format!("`{}` is embedded and has an idempotency field", definition.id);
        problems.push(Problem::error(INFO.code, entry.at(Place::Idempotency), message).help(own));
    }
    if !definition.keys.is_empty() {
        let message = format!("`{}` is embedded and has an alternate key", definition.id);
        problems.push(Problem::error(INFO.code, entry.at(Place::Key(0)), message).help(own));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{entity, found, id, name};
    use crate::model::{Embedded, EntityDefinition, Model};

    fn party(parent: &str) -> EntityDefinition {
        let embedded = Some(Embedded { parent: id(parent), collection: "parties".into() });
        EntityDefinition { embedded, ..entity("party", "Role") }
    }

    fn with(definitions: Vec<EntityDefinition>) -> Vec<String> {
        found(&Model { definitions, patterns: Vec::new() })
    }

    #[test]
    fn the_parent_is_another_entity_that_stands_on_its_own() {
        assert!(with(vec![party("event"), entity("event", "")]).is_empty());
        assert_eq!(with(vec![party("party")]), ["E0209 Embedded: `party` is embedded in itself"]);
        let missing = with(vec![party("evnt"), entity("event", "")]);
        assert_eq!(missing, ["E0209 Embedded: `evnt` is not defined on `crm-a` (did you mean event?)"]);
        let inner = EntityDefinition { id: id("inner"), ..party("party") };
        let nested = with(vec![inner, party("event"), entity("event", "")]);
        let expected = "E0209 Embedded: `inner` is embedded in `party`, which is embedded itself \
                        [Embedded: `party` is embedded here]";
        assert_eq!(nested, [expected]);
    }

    #[test]
    fn an_embedded_record_has_no_key_of_its_own() {
        let mut party = party("event");
        party.idempotency = Some(name("Role"));
        party.keys = vec![vec![name("Role")]];
        let expected = [
            "E0209 Idempotency: `party` is embedded and has an idempotency field",
            "E0209 Key(0): `party` is embedded and has an alternate key",
        ];
        assert_eq!(with(vec![party, entity("event", "")]), expected);
    }
}
