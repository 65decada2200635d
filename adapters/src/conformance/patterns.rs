//! The patterns that are executed while the wire fails: what each kind of write and read is made of.

use engage_engine::ids::{FieldName, RefId, SemanticId};
use engage_engine::model::{EntityPattern, Escalation, FieldRef, FieldRequirement, PatternPart};

/// The patterns, by id; a test of the catalog holds that none is lost to a name that is none.
pub(super) fn patterns() -> Vec<EntityPattern> {
    [customer(), briefing(), meeting(), numbered(), noted()].into_iter().flatten().collect()
}

fn pattern(id: &str, parts: Vec<Option<PatternPart>>, requirements: &[(&str, &str, &str)]) -> Option<EntityPattern> {
    let requirement = |(part, field, source): &(&str, &str, &str)| {
        let of = |part: &str, field: FieldName| Some(FieldRef { part: RefId::new(part).ok()?, field });
        Some(FieldRequirement {
            dependent: of(part, FieldName::new(field).ok()?)?,
            sources: vec![of(source, FieldName::id())?],
            optional: false,
            deferred: false,
        })
    };
    Some(EntityPattern {
        id: SemanticId::new(id).ok()?,
        name: id.to_owned(),
        description: String::new(),
        // The suite acts as the application; the engine holds a pattern to saying so.
        escalation: Some(Escalation { reason: "the conformance suite".to_owned() }),
        parts: parts.into_iter().collect::<Option<_>>()?,
        requirements: requirements.iter().map(requirement).collect::<Option<_>>()?,
    })
}

fn part(label: &str, entity: &str) -> Option<PatternPart> {
    Some(PatternPart::new(RefId::new(label).ok()?, SemanticId::new(entity).ok()?))
}

fn root(part: Option<PatternPart>) -> Option<PatternPart> {
    part.map(|part| PatternPart { root: true, ..part })
}

/// Any number, replaced as a whole by an update.
fn set(part: Option<PatternPart>) -> Option<PatternPart> {
    part.map(|part| PatternPart { multiple: true, optional: true, replace: true, ..part })
}

/// An account and its contacts: none of them has a field for a key.
fn customer() -> Option<EntityPattern> {
    let parts = vec![root(part("account", "account")), set(part("contacts", "contact"))];
    pattern("customer", parts, &[("contacts", "AccountId", "account")])
}

/// An account and a note about it, which has a key: that of the note speaks for both where they are one group.
fn briefing() -> Option<EntityPattern> {
    let parts = vec![root(part("account", "account")), part("note", "note")];
    pattern("briefing", parts, &[("note", "AccountId", "account")])
}

/// A meeting, which has a key, and the parties inside it.
fn meeting() -> Option<EntityPattern> {
    let parts = vec![root(part("meeting", "meeting")), set(part("parties", "party"))];
    pattern("meeting", parts, &[("parties", "MeetingId", "meeting")])
}

/// An account that is found by its number, or made.
fn numbered() -> Option<EntityPattern> {
    let number = FieldName::new("Number").ok()?;
    let account = part("account", "account").map(|part| PatternPart { match_on: vec![number], ..part });
    pattern("numbered", vec![account], &[])
}

/// A note about an account that is there.
fn noted() -> Option<EntityPattern> {
    let account = part("account", "account").map(|part| PatternPart { read_only: true, ..part });
    pattern("noted", vec![account, root(part("note", "note"))], &[("note", "AccountId", "account")])
}
