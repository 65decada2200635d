//! Playbooks.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::source::{Filter, Input, When};
use super::{Name, Slug};

#[derive(JsonSchema)]
pub(in crate::schema) enum PlaybookKind {
    Playbook,
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
    /// What the playbook was copied from.
    #[schemars(default)]
    fork: Option<Fork>,
    /// The most time of a run: `90s`, `30m`, `2h`.
    #[schemars(default)]
    deadline: Option<Time>,
    /// The most runs at the same time.
    #[schemars(default, range(max = u32::MAX))]
    concurrency: Option<u32>,
    /// The blocks, the trigger first.
    blocks: Vec<Block>,
}

/// The playbook of a package that this one is a copy of.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct Fork {
    /// The package.
    package: Slug,
    /// Its version when the copy was made: `1.2.0`.
    #[schemars(regex(pattern = r"^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$"))]
    version: String,
    /// The playbook there.
    playbook: Slug,
    /// The original does not run while the copy is there.
    #[schemars(default)]
    replaces: Option<bool>,
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
    x: f64,
    y: f64,
}
