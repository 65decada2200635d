//! Playbooks, capabilities and mappers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{FieldOfPart, ListOperator, Literal, Name, Operator, PresenceOperator, Slug};

#[derive(JsonSchema)]
pub(in crate::schema) enum PlaybookKind {
    Playbook,
}

#[derive(JsonSchema)]
pub(in crate::schema) enum CapabilityKind {
    AiCapability,
}

#[derive(JsonSchema)]
pub(in crate::schema) enum MapperKind {
    Mapper,
}

/// Blocks, started by a trigger, each taking its input from what others give.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct Playbook {
    kind: PlaybookKind,
    /// Identity: unique in the workspace.
    id: Slug,
    /// Name for people; the id where none is given.
    #[schemars(default)]
    name: Option<String>,
    /// What the playbook is for.
    #[schemars(default)]
    description: Option<String>,
    /// The most time of a run: `90s`, `30m`, `2h`.
    #[schemars(default)]
    deadline: Option<Time>,
    /// The most runs at the same time.
    #[schemars(default, range(max = u32::MAX))]
    concurrency: Option<u32>,
    /// The blocks, the trigger first.
    blocks: Vec<Block>,
}

/// A span of time: a number and `ms`, `s`, `m`, `h` or `d`, or several.
#[derive(JsonSchema)]
#[schemars(transparent)]
pub(in crate::schema) struct Time(#[schemars(regex(pattern = r"^([0-9]+(ms|s|m|h|d))+$"))] String);

/// A block: what it does, and where its input comes from.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields, extend("allOf" = block_rules()))]
pub(in crate::schema) struct Block {
    /// What other blocks call it; a trigger without a name is called `trigger`.
    #[schemars(default)]
    name: Option<Name>,
    /// A title for people.
    #[schemars(default)]
    title: Option<String>,
    /// What it does.
    #[schemars(rename = "type")]
    kind: BlockType,
    /// The event that a trigger waits for.
    #[schemars(default)]
    event: Option<Event>,
    /// The portals that a trigger is for; all where none are given.
    #[schemars(default)]
    portals: Option<Vec<String>>,
    #[schemars(default)]
    schedule: Option<Schedule>,
    /// The JSON Schema of a webhook's body.
    #[schemars(default)]
    body: Option<Value>,
    /// What a manual start takes.
    #[schemars(default)]
    inputs: Option<Vec<Declared>>,
    /// The pattern that is read, created, updated or filtered.
    #[schemars(default)]
    pattern: Option<Slug>,
    /// The part that a filter is about.
    #[schemars(default)]
    part: Option<Name>,
    /// The condition of a filter.
    #[schemars(default, rename = "where")]
    filter: Option<Filter>,
    /// The template: the name of its file, without `.liquid`.
    #[schemars(default)]
    template: Option<Slug>,
    /// The AI capability.
    #[schemars(default)]
    capability: Option<Slug>,
    /// The version of the capability; the latest where none is given.
    #[schemars(default, range(max = u32::MAX))]
    version: Option<u32>,
    /// What an output is called; the name of the block where nothing is given.
    #[schemars(default)]
    result: Option<String>,
    /// The constant that an input gives.
    #[schemars(default)]
    value: Option<Value>,
    /// The value that an input takes when a run starts.
    #[schemars(default)]
    given: Option<Given>,
    /// The id of a stored file.
    #[schemars(default)]
    file: Option<String>,
    /// Runs only when this holds.
    #[schemars(default)]
    when: Option<When>,
    /// Blocks that have to be done before.
    #[schemars(default)]
    after: Option<Names>,
    /// The reason to run under the application's own identity.
    #[schemars(default)]
    escalation: Option<String>,
    /// Why sensitive fields may reach this AI block.
    #[schemars(default)]
    allow_sensitive: Option<String>,
    #[schemars(default)]
    position: Option<Position>,
    /// Where its input comes from.
    #[schemars(default)]
    input: Option<Input>,
}

/// What goes with which type of block, and what a type cannot do without.
fn block_rules() -> Value {
    let absent = |keys: &[&str]| {
        let none: Map<_, _> = keys.iter().map(|key| ((*key).to_owned(), json!({ "type": "null" }))).collect();
        json!({ "properties": none })
    };
    let present = |keys: &[&str]| {
        let some = keys.iter().map(|key| ((*key).to_owned(), json!({ "not": { "type": "null" } })));
        let some: Map<_, _> = some.collect();
        json!({ "required": keys, "properties": some })
    };
    let of = |types: &[&str]| json!({ "required": ["type"], "properties": { "type": { "enum": types } } });
    let own = |types: &[&str], needs: &[&str], keys: &[&str]| {
        let needed = if needs.is_empty() { json!(true) } else { present(needs) };
        json!({ "if": of(types), "then": needed, "else": absent(keys) })
    };
    json!([
        own(&["Trigger"], &["event"], &["event", "portals", "schedule", "inputs"]),
        own(&["Filter"], &["part", "where"], &["part", "where"]),
        own(&["Filter", "Read", "Create", "Update"], &["pattern"], &["pattern"]),
        own(&["Template"], &["template"], &["template"]),
        own(&["Ai"], &["capability"], &["capability", "version"]),
        own(&["Output"], &[], &["result"]),
        own(&["Input"], &[], &["given"]),
        own(&["File"], &["file"], &["file"]),
        own(&["Read", "Create", "Update", "Template", "Ai", "Output"], &[], &["input"]),
        { "if": of(&["Trigger"]), "else": present(&["name"]) },
    ])
}

/// The types of blocks.
#[derive(JsonSchema)]
pub(in crate::schema) enum BlockType {
    Trigger,
    Filter,
    Read,
    Create,
    Update,
    Template,
    Ai,
    Output,
    Input,
    File,
}

/// The events that start playbooks.
#[derive(JsonSchema)]
pub(in crate::schema) enum Event {
    PortalMeetings,
    PortalMeetingCancelled,
    CustomerOverview,
    TranscriptReady,
    MeetMeetingEnded,
    MeetingBooked,
    MeetingUpdated,
    MeetingCancelled,
    AttendanceRecorded,
    EmployeeProvisioned,
    EmployeeDeprovisioned,
    RoomProvisioned,
    Schedule,
    Webhook,
    Manual,
}

/// When a schedule fires.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct Schedule {
    /// Minute, hour, day of month, month, day of week.
    cron: String,
    /// The IANA zone: `Europe/Copenhagen`; UTC where none is given.
    #[schemars(default)]
    zone: Option<String>,
}

/// A value that is given when a run starts.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct Declared {
    /// Its name.
    name: String,
    #[schemars(rename = "type")]
    kind: DeclaredType,
    /// The entity of a `Ref`.
    #[schemars(default)]
    entity: Option<Slug>,
    /// The type of a `List`'s elements.
    #[schemars(default)]
    of: Option<Of>,
    /// May be absent.
    #[schemars(default)]
    optional: Option<bool>,
}

/// A value that is given when a run starts, called as its block where it has no other name.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct Given {
    /// Its name.
    #[schemars(default)]
    name: Option<String>,
    #[schemars(rename = "type")]
    kind: DeclaredType,
    /// The entity of a `Ref`.
    #[schemars(default)]
    entity: Option<Slug>,
    /// The type of a `List`'s elements.
    #[schemars(default)]
    of: Option<Of>,
    /// May be absent.
    #[schemars(default)]
    optional: Option<bool>,
}

/// The type of a list's elements.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct Of {
    #[schemars(rename = "type")]
    kind: DeclaredType,
    #[schemars(default)]
    entity: Option<Slug>,
    #[schemars(default)]
    of: Option<Box<Of>>,
}

/// The type of a declared value.
#[derive(JsonSchema)]
pub(in crate::schema) enum DeclaredType {
    String,
    Boolean,
    Int,
    Double,
    Decimal,
    Date,
    DateTime,
    Ref,
    List,
}

/// One block, or several.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Names {
    One(Name),
    Several(Vec<Name>),
}

/// Where a drawing shows the block.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct Position {
    x: i64,
    y: i64,
}

/// Where the input of a block comes from: one source for all of it, sources by destination, or a list.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Input {
    Whole(String),
    ByDestination(BTreeMap<String, Source>),
    List(Vec<Mapping>),
}

/// A path from a block (`trigger.Meeting.Title`; `!` behind it: there has to be a value), or a mapping that says more.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Source {
    Path(String),
    From(From),
    Constant(Constant),
}

/// A path from a block, and what is done to it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct From {
    /// The path: `trigger.Meeting.Title`.
    from: String,
    /// What is done, in order.
    #[schemars(default)]
    then: Option<Steps>,
}

/// A constant, and what is done to it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct Constant {
    /// Any value.
    value: Value,
    /// What is done, in order.
    #[schemars(default)]
    then: Option<Steps>,
}

/// One input in a list.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Mapping {
    From(MappedFrom),
    Constant(MappedConstant),
}

/// A path from a block on its way to a destination.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct MappedFrom {
    /// Where it goes; the whole input where nothing is given.
    #[schemars(default)]
    to: Option<String>,
    /// The path: `trigger.Meeting.Title`.
    from: String,
    /// What is done, in order.
    #[schemars(default)]
    then: Option<Steps>,
}

/// A constant on its way to a destination.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct MappedConstant {
    /// Where it goes; the whole input where nothing is given.
    #[schemars(default)]
    to: Option<String>,
    /// Any value.
    value: Value,
    /// What is done, in order.
    #[schemars(default)]
    then: Option<Steps>,
}

/// One transformation, or several in order.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Steps {
    One(Step),
    Several(Vec<Step>),
}

/// A transformation: a word, or a word with what it takes.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Step {
    Word(StepWord),
    With(Box<StepWith>),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(in crate::schema) enum StepWord {
    Identity,
    Join,
    Split,
    Serialize,
    Base64Decode,
    First,
    Count,
    Require,
}

/// One transformation with what it takes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1))]
pub(in crate::schema) struct StepWith {
    /// A list as text, with this between its elements.
    #[schemars(default)]
    join: Option<String>,
    /// A text as list, split at this.
    #[schemars(default)]
    split: Option<String>,
    /// The value where there is none.
    #[schemars(default)]
    default: Option<Value>,
    /// What stands at this path.
    #[schemars(default)]
    extract: Option<String>,
    /// These fields alone.
    #[schemars(default)]
    project: Option<Vec<String>>,
    /// A value for a value.
    #[schemars(default)]
    map: Option<Table>,
    /// Of `map`: for every other value; those are absent where nothing is given.
    #[schemars(default, rename = "else")]
    otherwise: Option<Value>,
    /// A date or an instant as text: `%d.%m.%Y %H:%M`.
    #[schemars(default)]
    format: Option<String>,
    /// Of `format`: the IANA zone; UTC where none is given.
    #[schemars(default)]
    zone: Option<String>,
}

/// By text, or a list of pairs.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Table {
    ByText(BTreeMap<String, Value>),
    Pairs(Vec<Pair>),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct Pair {
    /// The value that is looked up.
    from: Value,
    /// What stands for it.
    to: Value,
}

/// A value, or where it comes from.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Operand {
    Literal(Literal),
    From(From),
    Constant(Constant),
}

/// The condition of a filter: comparisons of fields of its part, and groups of them.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Filter {
    One(Box<FilterTest>),
    List(FilterListTest),
    Presence(FilterPresence),
    And(FilterAnd),
    Or(FilterOr),
    Not(FilterNot),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct FilterTest {
    field: Name,
    operator: Operator,
    value: Operand,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct FilterListTest {
    field: Name,
    operator: ListOperator,
    values: Vec<Operand>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct FilterPresence {
    field: Name,
    operator: PresenceOperator,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct FilterAnd {
    and: Vec<Filter>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct FilterOr {
    or: Vec<Filter>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct FilterNot {
    not: Box<Filter>,
}

/// A condition on what blocks give.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum When {
    One(Box<WhenTest>),
    List(Box<WhenListTest>),
    Presence(Box<WhenPresence>),
    And(WhenAnd),
    Or(WhenOr),
    Not(WhenNot),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct WhenTest {
    source: Source,
    operator: Operator,
    value: Operand,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct WhenListTest {
    source: Source,
    operator: ListOperator,
    values: Vec<Operand>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct WhenPresence {
    source: Source,
    operator: PresenceOperator,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct WhenAnd {
    and: Vec<When>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct WhenOr {
    or: Vec<When>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct WhenNot {
    not: Box<When>,
}

/// Something that an AI does for playbooks: a prompt with a typed input and a typed answer.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct AiCapability {
    kind: CapabilityKind,
    /// Identity: unique in the workspace.
    id: Slug,
    /// Name for people; the id where none is given.
    #[schemars(default)]
    name: Option<String>,
    /// What it is for.
    #[schemars(default)]
    description: Option<String>,
    /// The versions; the greatest number is the latest.
    versions: Vec<Version>,
}

/// One version of a capability.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::schema) struct Version {
    /// Its number.
    #[schemars(range(max = u32::MAX))]
    version: u32,
    /// The model's name, as the endpoint knows it.
    model: String,
    /// What the model is told to do.
    prompt: String,
    /// The most tokens of an answer.
    #[schemars(default, range(max = u32::MAX))]
    max_tokens: Option<u32>,
    /// The JSON Schema of the input.
    input: Schema,
    /// The JSON Schema of the answer.
    output: Schema,
}

/// A JSON Schema.
#[derive(JsonSchema)]
#[schemars(transparent, extend("not" = json!({ "type": "null" })))]
pub(in crate::schema) struct Schema(Value);

/// Which pattern serves a use case.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::schema) struct Mapper {
    kind: MapperKind,
    /// The use case: `BookMeMeeting`.
    use_case: String,
    /// The pattern.
    pattern: Slug,
    /// The one value that the use case needs back: `account.Id`.
    #[schemars(default)]
    field: Option<FieldOfPart>,
}
