//! Where in the model something stands, so that a problem found on the model leads back to its line.

/// One place of one item: what a problem points at and what a source map gives a position for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    /// The item.
    pub item: Item,
    /// The place in it.
    pub place: Place,
}

/// An item of a [`Model`](crate::model::Model) or of what is built on it, by its index there (ids may be duplicates,
/// indexes are not).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Item {
    /// `model.definitions[n]`.
    Definition(usize),
    /// `model.patterns[n]`.
    Pattern(usize),
    /// The n-th playbook.
    Playbook(usize),
    /// The n-th template.
    Template(usize),
    /// The n-th AI capability.
    Capability(usize),
    /// The n-th mapper.
    Mapper(usize),
}

/// Which of a block's inputs: where a value of another block, or a constant, comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum InputAt {
    /// The n-th mapping.
    Mapping(usize),
    /// The n-th operand of the block's condition, counted left to right.
    Operand(usize),
    /// The n-th value in the block's `when`, counted left to right, left sides and operands alike.
    When(usize),
}

/// A place inside an item. Where a source map has no position for a place, [`Place::parent`] is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The item as a whole (its header).
    Whole,
    /// The semantic id.
    Id,
    /// The CRM name of a definition.
    Crm,
    /// The CRM entity of a definition.
    CrmType,
    /// The idempotency field of a definition.
    Idempotency,
    /// The n-th alternate key of a definition.
    Key(usize),
    /// A field of an alternate key: key, position.
    KeyField(usize, usize),
    /// The entity that a definition is embedded in.
    Embedded,
    /// The parent's collection that instances of a definition travel in.
    EmbeddedAs,
    /// The escalation of a pattern.
    Escalation,
    /// The n-th field of a definition (its name).
    Field(usize),
    /// The mapped name of the n-th field.
    FieldMapped(usize),
    /// The column that the n-th field is written to.
    FieldWrite(usize),
    /// The type of the n-th field; of a reference its entity.
    FieldType(usize),
    /// The relationship of the n-th field, a reference.
    FieldVia(usize),
    /// A choice or an allowed text of a field: field, position.
    Choice(usize, usize),
    /// The n-th field's flags.
    FieldFlags(usize),
    /// The n-th field's `required`.
    FieldRequired(usize),
    /// The n-th field's `read-only`.
    FieldReadOnly(usize),
    /// The n-th field's `max`.
    FieldMax(usize),
    /// The n-th part of a pattern (its reference id).
    Part(usize),
    /// The entity of the n-th part.
    PartEntity(usize),
    /// The flags of the n-th part.
    PartFlags(usize),
    /// The n-th part's `root`.
    PartRoot(usize),
    /// The n-th part's `replace`.
    PartReplace(usize),
    /// A match field of a part: part, position.
    PartMatch(usize, usize),
    /// The field of a default: part, position.
    Default(usize, usize),
    /// The literal of a default: part, position.
    DefaultValue(usize, usize),
    /// The field of a fixed value: part, position.
    Fixed(usize, usize),
    /// The literal of a fixed value: part, position.
    FixedValue(usize, usize),
    /// The query of the n-th part.
    Query(usize),
    /// The sort field of the n-th part.
    Sort(usize),
    /// The limit of the n-th part.
    Limit(usize),
    /// The n-th field named in the condition of a part (counted left to right): part, position.
    QueryField(usize, usize),
    /// The n-th requirement.
    Requirement(usize),
    /// The dependent side of the n-th requirement.
    Dependent(usize),
    /// A source of a requirement: requirement, position.
    Source(usize, usize),
    /// What a playbook was copied from: its package.
    Fork,
    /// The playbook that it was copied from.
    ForkPlaybook,
    /// The version that it was copied from.
    ForkVersion,
    /// The deadline of a playbook.
    Deadline,
    /// The concurrency of a playbook.
    Concurrency,
    /// The n-th block of a playbook (its name).
    Block(usize),
    /// What the n-th block names: its trigger's kind, pattern, template, capability, file, constant.
    BlockValue(usize),
    /// The part that the n-th block, a filter, is about.
    BlockPart(usize),
    /// The version of the n-th block's capability.
    BlockVersion(usize),
    /// The n-th field named in a filter's condition (counted left to right): block, position.
    BlockField(usize, usize),
    /// The condition under which the n-th block runs.
    BlockWhen(usize),
    /// A block that has to be done before: block, position.
    BlockAfter(usize, usize),
    /// The escalation of the n-th block.
    BlockEscalation(usize),
    /// Why sensitive fields may reach the n-th block.
    BlockAllow(usize),
    /// A portal of the n-th block, a trigger: block, position.
    BlockPortal(usize, usize),
    /// The schedule of the n-th block, a trigger.
    BlockSchedule(usize),
    /// The zone of the n-th block's schedule.
    BlockZone(usize),
    /// The schema of the n-th block's body.
    BlockSchema(usize),
    /// A declared value of the n-th block: block, position.
    BlockDeclared(usize, usize),
    /// An input of a block as a whole: where it comes from.
    Input(usize, InputAt),
    /// Where an input of a block goes.
    InputDestination(usize, usize),
    /// A transformation of an input: block, input, position.
    InputStep(usize, InputAt, usize),
    /// The n-th version of a capability.
    Version(usize),
    /// The model of the n-th version.
    VersionModel(usize),
    /// The prompt of the n-th version.
    VersionPrompt(usize),
    /// The input schema of the n-th version.
    VersionInput(usize),
    /// The output schema of the n-th version.
    VersionOutput(usize),
    /// The text of a template from this byte on.
    TemplateText(usize),
    /// The pattern of a mapper.
    MapperPattern,
    /// The field of a mapper.
    MapperField,
}

impl Place {
    /// The next wider place, `None` for the whole item.
    pub fn parent(&self) -> Option<Self> {
        Some(match self {
            Self::Whole => return None,
            Self::Id
            | Self::Crm
            | Self::CrmType
            | Self::Idempotency
            | Self::Key(_)
            | Self::Embedded
            | Self::Escalation
            | Self::Field(_)
            | Self::Part(_)
            | Self::Requirement(_)
            | Self::Fork
            | Self::Deadline
            | Self::Concurrency
            | Self::Block(_)
            | Self::Version(_)
            | Self::TemplateText(_)
            | Self::MapperPattern
            | Self::MapperField => Self::Whole,
            Self::ForkPlaybook | Self::ForkVersion => Self::Fork,
            Self::KeyField(n, _) => Self::Key(*n),
            Self::EmbeddedAs => Self::Embedded,
            Self::FieldMapped(n) | Self::FieldWrite(n) | Self::FieldType(n) | Self::FieldFlags(n) => Self::Field(*n),
            Self::FieldVia(n) | Self::Choice(n, _) => Self::FieldType(*n),
            Self::FieldRequired(n) | Self::FieldReadOnly(n) | Self::FieldMax(n) => Self::FieldFlags(*n),
            Self::PartEntity(n)
            | Self::PartFlags(n)
            | Self::PartMatch(n, _)
            | Self::Default(n, _)
            | Self::Fixed(n, _)
            | Self::Query(n) => Self::Part(*n),
            Self::PartRoot(n) | Self::PartReplace(n) => Self::PartFlags(*n),
            Self::DefaultValue(part, n) => Self::Default(*part, *n),
            Self::FixedValue(part, n) => Self::Fixed(*part, *n),
            Self::Sort(n) | Self::Limit(n) | Self::QueryField(n, _) => Self::Query(*n),
            Self::Dependent(n) | Self::Source(n, _) => Self::Requirement(*n),
            Self::BlockValue(n)
            | Self::BlockWhen(n)
            | Self::BlockAfter(n, _)
            | Self::BlockEscalation(n)
            | Self::BlockAllow(n)
            | Self::BlockPortal(n, _)
            | Self::BlockSchedule(n)
            | Self::BlockDeclared(n, _)
            | Self::BlockField(n, _)
            | Self::Input(n, InputAt::Mapping(_) | InputAt::Operand(_)) => Self::Block(*n),
            Self::Input(n, InputAt::When(_)) => Self::BlockWhen(*n),
            Self::BlockPart(n) | Self::BlockVersion(n) | Self::BlockSchema(n) => Self::BlockValue(*n),
            Self::BlockZone(n) => Self::BlockSchedule(*n),
            Self::InputDestination(n, mapping) => Self::Input(*n, InputAt::Mapping(*mapping)),
            Self::InputStep(n, at, _) => Self::Input(*n, *at),
            Self::VersionModel(n) | Self::VersionPrompt(n) | Self::VersionInput(n) | Self::VersionOutput(n) => {
                Self::Version(*n)
            }
        })
    }
}
