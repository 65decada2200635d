//! What a pattern looks like from outside: its parts and their fields. Pure: nothing is asked of a CRM.

use serde::Serialize;

use crate::catalog::{EntityField, Part, Pattern};
use crate::ids::{CrmName, FieldName, RefId, SemanticId};
use crate::model::{Direction, Operator};
use crate::value::FieldType;

/// A pattern on one CRM, described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// The pattern.
    pub pattern: SemanticId,
    /// Its name for people.
    pub name: String,
    /// The CRM.
    pub crm: CrmName,
    /// Parts by reference id.
    pub parts: Vec<PartDescription>,
}

/// A part, described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartDescription {
    /// The label.
    pub part: RefId,
    /// The entity's semantic id.
    pub entity: SemanticId,
    /// The CRM's entity.
    pub crm_type: String,
    /// Any number of instances.
    pub multiple: bool,
    /// May have no instance.
    pub optional: bool,
    /// Queried, never written.
    pub read_only: bool,
    /// Makes one match per instance of a read.
    pub root: bool,
    /// For which operations the caller names the record.
    pub needs_id: NeedsId,
    /// The parts that this one takes values from, sorted.
    pub sources: Vec<RefId>,
    /// Fields that find an existing record on create and update.
    pub match_on: Vec<FieldName>,
    /// The sort of a read, as field and direction.
    pub sort: Option<(FieldName, &'static str)>,
    /// The most records of a read.
    pub limit: Option<u32>,
    /// Fields by name; `Id` among them.
    pub fields: Vec<FieldDescription>,
}

/// For which operations a part needs an `Id`, where nothing else says which record is meant. A read-only part takes a
/// filter in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NeedsId {
    /// For a read: this is the root, and neither its own condition nor a limit bounds it.
    pub read: bool,
    /// For a create: the part is read-only, always there, and found by no requirement or condition.
    pub create: bool,
    /// For an update, when the part is to be changed: it has no `match` and is no embedded part; or as for create.
    pub update: bool,
}

/// A field, described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldDescription {
    /// Abstract name.
    pub name: FieldName,
    /// The type, as it is written in a definition: `String`, `Ref(account)`.
    #[serde(rename = "type", serialize_with = "type_name")]
    pub field_type: FieldType,
    /// Must have a value on create.
    pub required: bool,
    /// Never written, by its definition or because the part is read-only.
    pub read_only: bool,
    /// What gives the field its value on create, so that the caller need not.
    pub provided: Option<Provided>,
    /// Names of the choices, or the allowed texts.
    pub choices: Vec<String>,
    /// Longest text, in characters.
    pub max_length: Option<u32>,
    /// Values may appear in messages.
    pub public: bool,
    /// Values may not reach an Ai block without an `allow`.
    pub sensitive: bool,
}

/// What gives a field its value without the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provided {
    /// The pattern's fixed value, whatever the caller gives.
    Fixed,
    /// A requirement that is not optional.
    Requirement,
    /// The pattern's default.
    Default,
}

fn type_name<S: serde::Serializer>(field_type: &FieldType, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(field_type)
}

/// Describes a pattern.
///
/// ```
/// use engage_engine::check::check;
/// use engage_engine::describe::describe;
/// use engage_engine::model::Model;
///
/// let catalog = check(&Model::default()).catalog.unwrap();
/// assert_eq!(catalog.patterns("crm-a").map(|pattern| describe(pattern)).count(), 0);
/// ```
pub fn describe(pattern: &Pattern) -> Description {
    let parts = pattern.parts.iter().map(|part| describe_part(pattern, part));
    Description {
        pattern: pattern.id.clone(),
        name: pattern.name.clone(),
        crm: pattern.crm.clone(),
        parts: parts.collect(),
    }
}

fn describe_part(pattern: &Pattern, part: &Part) -> PartDescription {
    let entity = &part.entity;
    let name = |position: usize| entity.fields.get(position).map(|field| field.name.clone());
    let incoming = part.incoming.iter().filter_map(|position| pattern.requirements.get(*position));
    let mut sources: Vec<RefId> = incoming
        .flat_map(|requirement| &requirement.sources)
        .filter_map(|source| pattern.parts.get(source.part))
        .map(|source| source.ref_id.clone())
        .collect();
    sources.sort();
    sources.dedup();
    let fields = entity.fields.iter().enumerate();
    PartDescription {
        part: part.ref_id.clone(),
        entity: entity.id.clone(),
        crm_type: entity.crm_type.clone(),
        multiple: part.multiple,
        optional: part.optional,
        read_only: part.read_only,
        root: part.root,
        needs_id: needs_id(pattern, part),
        sources,
        match_on: part.match_on.iter().filter_map(|position| name(*position)).collect(),
        sort: part.sort.and_then(|(position, direction)| {
            let direction = match direction {
                Direction::Ascending => "ascending",
                Direction::Descending => "descending",
            };
            Some((name(position)?, direction))
        }),
        limit: part.limit,
        fields: fields.map(|(position, field)| describe_field(pattern, part, position, field)).collect(),
    }
}

fn needs_id(pattern: &Pattern, part: &Part) -> NeedsId {
    let bounded = part.filter.is_some() || part.limit.is_some();
    let is_root = part.root || pattern.parts.len() == 1;
    let looked_up = part.read_only && !part.optional && part.incoming.is_empty() && !bounded;
    NeedsId {
        read: is_root && !bounded,
        create: looked_up,
        update: if part.read_only { looked_up } else { part.match_on.is_empty() && part.entity.embedded.is_none() },
    }
}

fn describe_field(pattern: &Pattern, part: &Part, position: usize, field: &EntityField) -> FieldDescription {
    let choices = field.choices.iter().map(|choice| &choice.name).chain(&field.allowed);
    FieldDescription {
        name: field.name.clone(),
        field_type: field.field_type.clone(),
        required: field.required,
        read_only: field.read_only() || part.read_only,
        provided: provided(pattern, part, position),
        choices: choices.cloned().collect(),
        max_length: field.max_length,
        public: field.public,
        sensitive: field.sensitive,
    }
}

fn provided(pattern: &Pattern, part: &Part, position: usize) -> Option<Provided> {
    if part.read_only {
        return None;
    }
    let given = |values: &[(usize, crate::value::Value)]| values.iter().any(|(field, _)| *field == position);
    let required = || {
        let incoming = part.incoming.iter().filter_map(|index| pattern.requirements.get(*index));
        incoming.into_iter().any(|requirement| requirement.dependent.field == position && !requirement.optional)
    };
    if given(&part.fixed) {
        Some(Provided::Fixed)
    } else if required() {
        Some(Provided::Requirement)
    } else {
        given(&part.defaults).then_some(Provided::Default)
    }
}

/// The operators that a field can be compared by, for who builds conditions from a description.
pub fn operators(field_type: &FieldType) -> impl Iterator<Item = Operator> + '_ {
    Operator::ALL.into_iter().filter(|operator| crate::condition::has_operator(field_type, *operator))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::check::testing::with;

    fn described(lines: &str) -> Description {
        let catalog = check(&with(lines)).catalog.unwrap();
        describe(catalog.pattern("crm-a", "p").unwrap())
    }

    #[test]
    fn parts_and_fields_are_told_by_name() {
        let description = described(
            "e event Status:=Open Subject=x Places=1\na account readonly\nc[] contact optional match Email\n\
             e.AccountId = a.Id\nc.AccountId = a.Id optional",
        );
        let json = serde_json::to_value(&description).unwrap();
        let parts: Vec<String> = description
            .parts
            .iter()
            .map(|part| {
                let NeedsId { read, create, update } = part.needs_id;
                format!("{} {} {} {read} {create} {update}", part.part, part.crm_type, part.multiple)
            })
            .collect();
        assert_eq!(
            parts,
            ["a account false false true true", "c contact true false false false", "e event false false false true"]
        );
        let event = &description.parts[2];
        let fields: Vec<String> = event
            .fields
            .iter()
            .map(|field| format!("{} {} {:?}", field.name, field.field_type, field.provided))
            .collect();
        let expected = [
            "AccountId Ref(account) Some(Requirement)",
            "ContactId Ref(contact) None",
            "Id Ref(event) None",
            "OwnerId Ref(employee) None",
            "Places Int Some(Default)",
            "Start DateTime None",
            "Status Choice Some(Fixed)",
            "Subject String Some(Default)",
        ];
        assert_eq!(fields, expected);
        assert_eq!(json["parts"][2]["fields"][6]["choices"], serde_json::json!(["Open", "Won"]));
        assert_eq!(json["parts"][2]["fields"][0]["type"], "Ref(account)");
        assert!(description.parts[0].fields.iter().all(|field| field.read_only && field.provided.is_none()));
    }

    #[test]
    fn only_what_nothing_else_finds_needs_an_id() {
        let needs = |lines: &str| described(lines).parts.remove(0).needs_id;
        assert_eq!(needs("a account readonly"), NeedsId { read: true, create: true, update: true });
        assert_eq!(needs("a account readonly limit 5"), NeedsId { read: false, create: false, update: false });
        assert_eq!(needs("a account"), NeedsId { read: true, create: false, update: true });
        assert_eq!(needs("a account match Number"), NeedsId { read: true, create: false, update: false });
    }

    #[test]
    fn operators_are_those_of_the_type() {
        let names: Vec<&str> = operators(&FieldType::MultiChoice).map(Operator::name).collect();
        assert_eq!(names, ["Equals", "NotEquals", "Contains", "IsNull", "IsNotNull"]);
    }
}
