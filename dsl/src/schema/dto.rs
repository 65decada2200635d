//! The YAML form as types, for their schema. The comments are what an editor shows.

#![expect(dead_code, reason = "the types are never made; their schema is what they are for")]

mod capability;
mod playbook;
mod source;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Value, json};

use capability::{AiCapability, Mapper};
use playbook::Playbook;

/// A document of a workspace: an entity definition, an entity pattern, a playbook, an AI capability or a mapper.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Document {
    Definition(EntityDefinition),
    Pattern(EntityPattern),
    Playbook(Playbook),
    Capability(AiCapability),
    Mapper(Mapper),
}

/// An item of a bundle: an entity definition, an entity pattern, a playbook, an AI capability or a template.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Item {
    Definition(EntityDefinition),
    Pattern(EntityPattern),
    Playbook(Playbook),
    Capability(AiCapability),
    Template(Template),
}

/// A template with its text; in a workspace it is the file `ID.liquid`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Template {
    kind: TemplateKind,
    /// Identity: unique in the workspace.
    id: Slug,
    /// The text, in Liquid.
    text: String,
}

#[derive(JsonSchema)]
pub(super) enum TemplateKind {
    Template,
}

#[derive(JsonSchema)]
pub(super) enum DefinitionKind {
    EntityDefinition,
}

#[derive(JsonSchema)]
pub(super) enum PatternKind {
    EntityPattern,
}

// Regular expressions stay within what every validator reads: no `\p{L}`, which Python's refuses, and no `\u`, which Go's
// does. So they are exact for ASCII and take any character beyond it; the reader knows which of those are letters.

/// A slug: lower-case letters, digits and hyphens.
#[derive(JsonSchema)]
#[schemars(transparent)]
pub(super) struct Slug(#[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]*$"), length(max = 128))] String);

/// A name: letters, digits, `_`, `-` and spaces.
#[derive(JsonSchema)]
#[schemars(transparent)]
pub(super) struct Name(
    #[schemars(
        regex(pattern = r"^[^\x00-@\[-\^`{-\x7f]([^\x00-\x1f!-,./:-@\[-\^`{-\x7f]*[^\x00-,./:-@\[-\^`{-\x7f])?$"),
        length(max = 128)
    )]
    String,
);

/// A field of a part: `account.Id`.
#[derive(JsonSchema)]
#[schemars(transparent)]
pub(super) struct FieldOfPart(
    #[schemars(regex(
        pattern = r"^[^\x00-@\[-\^`{-\x7f][^\x00-\x1f!-,./:-@\[-\^`{-\x7f]*\.[^\x00-@\[-\^`{-\x7f][^\x00-\x1f!-,./:-@\[-\^`{-\x7f]*$"
    ))]
    String,
);

/// Maps one abstract entity to one entity of one CRM, field by field.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EntityDefinition {
    kind: DefinitionKind,
    /// Identity: unique in the workspace per CRM.
    id: Slug,
    /// Name for people; the id where none is given.
    #[schemars(default)]
    name: Option<String>,
    /// What the entity is for.
    #[schemars(default)]
    description: Option<String>,
    /// The CRM: `dataverse`, `salesforce` or the name of another adapter.
    crm: Slug,
    /// The CRM's entity: a logical name (`contact`) or an API name (`Event`).
    #[schemars(rename = "type")]
    crm_type: String,
    /// The field that is a unique external id: it makes creates happen once where the CRM makes the ids.
    #[schemars(default)]
    idempotency: Option<Name>,
    /// Alternate keys that the CRM declares, each a list of fields.
    #[schemars(default)]
    keys: Option<Vec<Vec<Name>>>,
    #[schemars(default)]
    embedded: Option<Embedded>,
    /// The fields. `Id` is always there and needs to stand here only to name its column.
    #[schemars(default)]
    fields: Option<Vec<Field>>,
}

/// Instances travel inside the write of their parent and are replaced as a whole on update.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Embedded {
    /// The parent entity.
    #[schemars(rename = "in")]
    parent: Slug,
    /// The parent's collection, by its CRM name.
    #[schemars(rename = "as")]
    collection: String,
}

/// One abstract field and the column it stands for.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields, extend("allOf" = type_rules()))]
pub(super) struct Field {
    /// Abstract name, unique in the definition: `Email`.
    name: Name,
    /// The CRM's column: `emailaddress1`, `Email__c`.
    mapped_name: String,
    /// The column that is written, where it is another than the one that is read.
    #[schemars(default)]
    write_name: Option<String>,
    /// The type; `String` where none is given.
    #[schemars(default, rename = "type")]
    kind: Option<FieldType>,
    /// Must have a value on create.
    #[schemars(default)]
    required: Option<bool>,
    /// Is never written.
    #[schemars(default)]
    read_only: Option<bool>,
    /// Longest text, in characters.
    #[schemars(default, range(max = u32::MAX))]
    max_length: Option<u32>,
    /// Its values may appear in messages.
    #[schemars(default)]
    public: Option<bool>,
    /// Its values may not reach an Ai block without an `allow`.
    #[schemars(default)]
    sensitive: Option<bool>,
    /// The choices of a `Choice` or `MultiChoice`.
    #[schemars(default)]
    choices: Option<Vec<Choice>>,
    /// The allowed texts of a `String`; any where none are given.
    #[schemars(default)]
    allowed: Option<Vec<String>>,
    /// The entity that a `Ref` refers to.
    #[schemars(default)]
    entity: Option<Slug>,
    /// The CRM's relationship of a `Ref`: it decides which target of a polymorphic column is meant.
    #[schemars(default)]
    via: Option<String>,
}

/// What goes with which type: a reference names its entity, choices are listed, and nothing else has either.
fn type_rules() -> Value {
    let absent = |key: &str| json!({ "properties": { key: { "type": "null" } } });
    let present = |key: &str| json!({ "required": [key], "properties": { key: { "not": { "type": "null" } } } });
    let of = |types: &[&str]| json!({ "required": ["type"], "properties": { "type": { "enum": types } } });
    json!([
        { "if": of(&["Ref"]), "then": present("entity"), "else": { "allOf": [absent("entity"), absent("via")] } },
        { "if": of(&["Choice", "MultiChoice"]), "then": present("choices"), "else": absent("choices") },
        { "if": { "properties": { "type": { "enum": ["String", null] } } }, "else": absent("allowed") },
    ])
}

/// The type of a field.
#[derive(JsonSchema)]
pub(super) enum FieldType {
    String,
    Boolean,
    Int,
    Double,
    Decimal,
    Date,
    DateTime,
    Choice,
    MultiChoice,
    Ref,
}

/// A choice: its abstract name, which the CRM stores too, or a name with the CRM's own value.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Choice {
    Same(String),
    Mapped(MappedChoice),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct MappedChoice {
    /// Abstract name, used on every CRM.
    name: String,
    /// What this CRM stores.
    #[schemars(default)]
    value: Option<WireValue>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum WireValue {
    Number(i64),
    Text(String),
    Boolean(bool),
}

/// Several entities combined into one operation; the requirements alone decide the order.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct EntityPattern {
    kind: PatternKind,
    /// Identity: unique in the workspace.
    id: Slug,
    /// Name for people; the id where none is given.
    #[schemars(default)]
    name: Option<String>,
    /// What the pattern is for.
    #[schemars(default)]
    description: Option<String>,
    /// The reason to run under the application's own identity; without one the employee who acts is used.
    #[schemars(default)]
    escalation: Option<String>,
    /// The parts.
    parts: Vec<Part>,
    /// Which fields take their values from which others.
    #[schemars(default)]
    requirements: Option<Vec<Requirement>>,
}

/// A slot of a pattern: one entity under a label.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Part {
    /// The label, unique in the pattern.
    #[schemars(rename = "ref")]
    ref_id: Name,
    /// The entity.
    entity: Slug,
    /// Queried, never written.
    #[schemars(default)]
    read_only: Option<bool>,
    /// Any number of instances.
    #[schemars(default)]
    multiple: Option<bool>,
    /// May have no instance.
    #[schemars(default)]
    optional: Option<bool>,
    /// Makes one match per instance when it is not the sole anchor of a read.
    #[schemars(default)]
    root: Option<bool>,
    /// On update the given instances are the whole set.
    #[schemars(default)]
    replace: Option<bool>,
    /// Fields that identify an existing record: create becomes create-or-update.
    #[schemars(default, rename = "match")]
    match_on: Option<Vec<Name>>,
    /// Values used when nothing else gives one.
    #[schemars(default)]
    defaults: Option<BTreeMap<String, Literal>>,
    /// Values that always win.
    #[schemars(default)]
    fixed: Option<BTreeMap<String, Literal>>,
    #[schemars(default)]
    query: Option<Query>,
}

/// A value as written.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Literal {
    Null(()),
    Boolean(bool),
    Number(f64),
    Text(String),
    List(Vec<Literal>),
}

/// How the part is read.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Query {
    /// Restricts the records wherever the part is read.
    #[schemars(default, rename = "where")]
    filter: Option<Condition>,
    /// The order.
    #[schemars(default)]
    sort: Option<Sort>,
    /// The most records.
    #[schemars(default, range(max = u32::MAX))]
    limit: Option<u32>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Sort {
    /// The field to sort by.
    field: Name,
    /// `ascending` where none is given.
    #[schemars(default)]
    direction: Option<Direction>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum Direction {
    Ascending,
    Descending,
}

/// A comparison or a group of conditions.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Condition {
    Comparison(Comparison),
    List(ListComparison),
    Presence(Presence),
    And(And),
    Or(Or),
    Not(Not),
}

/// A comparison with one value.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Comparison {
    field: Name,
    operator: Operator,
    value: Literal,
}

#[derive(JsonSchema)]
pub(super) enum Operator {
    Equals,
    NotEquals,
    Contains,
    StartsWith,
    EndsWith,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
}

/// A comparison with several values.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ListComparison {
    field: Name,
    operator: ListOperator,
    values: Vec<Literal>,
}

#[derive(JsonSchema)]
pub(super) enum ListOperator {
    In,
    NotIn,
}

/// Whether there is a value.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Presence {
    field: Name,
    operator: PresenceOperator,
}

#[derive(JsonSchema)]
pub(super) enum PresenceOperator {
    IsNull,
    IsNotNull,
}

/// All hold.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct And {
    and: Vec<Condition>,
}

/// One holds at least.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Or {
    or: Vec<Condition>,
}

/// Does not hold.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Not {
    not: Box<Condition>,
}

/// `dependent.Field = source.Field`: the source exists first.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Requirement {
    /// The field that takes the value: `event.AccountId`.
    dependent: FieldOfPart,
    /// Where it comes from, or a list of alternatives of which the first with a value counts.
    source: Sources,
    /// No error when no source has a value.
    #[schemars(default)]
    optional: Option<bool>,
    /// Set after both records exist; the only legal edge of a circle.
    #[schemars(default)]
    deferred: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Sources {
    One(FieldOfPart),
    Several(#[schemars(length(min = 1))] Vec<FieldOfPart>),
}
