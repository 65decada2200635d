//! What the workspace says, what is planned of it, and the check of sources that are sent.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

use crate::management::values::word;

/// The workspace that is served, as it was loaded. It is written as files and packages; here it is read.
///
/// # Contract
/// Nothing here has an effect, and no CRM is asked. It may take time: who serves requests calls it where others do not wait.
pub trait Workspace: Send + Sync {
    /// What there is, in figures.
    fn overview(&self) -> Overview;

    /// Items of a kind, by id.
    fn items(&self, kind: ItemKind) -> Vec<Item>;

    /// An item in full: of a definition `crm` says whose. Of a proprietary package the text is not there.
    fn item(&self, kind: ItemKind, id: &str, crm: Option<&str>) -> Option<ItemDetail>;

    /// Packages that it uses, with the forks of their playbooks.
    fn packages(&self) -> Vec<Package>;

    /// What is wrong with it: of a workspace that is served, warnings.
    fn problems(&self) -> Vec<Finding>;

    /// The CRMs that it has definitions for, and what each can do.
    fn targets(&self) -> Vec<Target>;

    /// What an operation on a pattern would send.
    ///
    /// # Errors
    /// [`Unplanned`].
    fn plan_pattern(&self, id: &str, wanted: &PatternPlan) -> Result<Planned, Unplanned>;

    /// In what order the blocks of a playbook would run, and what that takes.
    ///
    /// # Errors
    /// [`Unplanned`].
    fn plan_playbook(&self, id: &str, crm: Option<&str>) -> Result<Planned, Unplanned>;

    /// What is wrong with a workspace of other files.
    fn check(&self, files: Vec<SourceFile>) -> Checked;
}

/// A workspace, in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Workspace")]
pub struct Overview {
    /// Its name.
    pub name: String,
    /// The CRM that its playbooks run on here.
    pub crm: String,
    /// The CRMs that it has definitions for.
    pub crms: Vec<String>,
    /// How many entities are defined, of all CRMs.
    pub definitions: usize,
    /// How many patterns there are.
    pub patterns: usize,
    /// How many playbooks there are.
    pub playbooks: usize,
    /// How many of them events start here.
    pub started_by_events: usize,
    /// How many templates there are.
    pub templates: usize,
    /// How many AI capabilities there are.
    pub capabilities: usize,
    /// How many mappers there are.
    pub mappers: usize,
    /// How many packages it uses.
    pub packages: usize,
    /// How many warnings there are; a workspace with errors is not served.
    pub warnings: usize,
}

/// What kind of item it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum ItemKind {
    /// One abstract entity on one entity of a CRM.
    Definition,
    /// Several definitions as one operation.
    Pattern,
    /// What is done when something happens.
    Playbook,
    /// A text with places to fill in.
    Template,
    /// Something that an AI does.
    Capability,
    /// Which pattern serves a use case.
    Mapper,
}

/// An item of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WorkspaceItem")]
pub struct Item {
    /// What kind it is.
    pub kind: ItemKind,
    /// Its semantic id; of a mapper its use case.
    pub id: String,
    /// Its name for people; empty where it has none.
    pub name: String,
    /// What it is for; empty where nobody has said it.
    pub description: String,
    /// The CRM, of a definition.
    pub crm: Option<String>,
    /// On which CRMs it can be used, of patterns and playbooks.
    pub crms: Vec<String>,
    /// The package that it belongs to; `null`: it is the workspace's own.
    pub package: Option<String>,
    /// Whether its text is shown: that of a proprietary package is not.
    pub shown: bool,
    /// The file that it stands in, below the workspace; `null` of packages.
    pub file: Option<String>,
    /// Its first line there.
    pub line: Option<usize>,
    /// More of a playbook.
    pub playbook: Option<PlaybookFacts>,
    /// More of a mapper.
    pub mapper: Option<MapperFacts>,
}

/// What is known of a playbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaybookFacts {
    /// What starts it, such as `MeetingBooked`.
    pub trigger: String,
    /// Whether that starts it here: not where a fork stands in its place, or the CRM is another.
    pub started_by_events: bool,
    /// How many blocks it has; `null` where they are not shown.
    pub blocks: Option<usize>,
    /// What it was copied from.
    pub fork: Option<Forked>,
}

/// What a playbook was copied from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Forked {
    /// The package.
    pub package: String,
    /// The playbook there.
    pub playbook: String,
    /// The version of the package at that time.
    pub version: String,
    /// Whether the original does not run while the copy is there.
    pub replaces: bool,
}

/// What a mapper says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MapperFacts {
    /// The pattern.
    pub pattern: String,
    /// The part and the field of the one value that the use case needs back: `account.Id`.
    pub field: Option<String>,
}

/// An item in full.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WorkspaceItemDetail")]
pub struct ItemDetail {
    /// What is known of it.
    pub item: Item,
    /// Its text in the engage language, in canonical form; of a template the template. `null` where it is not shown.
    pub source: Option<String>,
    /// The same as data, in the form of the YAML spelling, whose JSON Schema is published; `null` where it is not shown, and of a
    /// template.
    pub model: Option<Value>,
}

/// A package that a workspace uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Who may look into it: `open` or `proprietary`.
    pub visibility: String,
    /// Copies of its playbooks in the workspace.
    pub forks: Vec<Fork>,
}

/// A copy of a playbook of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fork {
    /// The copy.
    pub playbook: String,
    /// What it is a copy of.
    pub of: String,
    /// The version of the package at that time.
    pub version: String,
    /// Whether the original does not run while the copy is there.
    pub replaces: bool,
    /// Whether the package is newer than the copy. The copy stays as it is.
    pub update_available: bool,
}

/// Something that is wrong, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Its code, which `engage explain` explains.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a line.
    pub message: String,
    /// Where; `null` where it is in no file.
    pub place: Option<Place>,
    /// What to do about it.
    pub help: Option<String>,
    /// What could stand there instead.
    pub suggestion: Option<String>,
    /// Other places that have to do with it.
    pub related: Vec<Place>,
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Severity {
    /// The workspace cannot be used.
    Error,
    /// It can.
    Warning,
}

/// A place in a file: lines and columns from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SourcePlace")]
pub struct Place {
    /// The file, below the workspace.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// One past the last character.
    pub end_column: usize,
    /// What stands there, shortened where it is long; `null` in files that are not shown.
    pub source_line: Option<String>,
    /// What is to be said of the place; may be empty.
    pub label: String,
}

/// A CRM that there are definitions for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CrmTarget")]
pub struct Target {
    /// The CRM.
    pub crm: String,
    /// Whether playbooks run on it here.
    pub connected: bool,
    /// How many definitions there are.
    pub definitions: usize,
    /// What it can do; `null` where nobody knows its limits.
    pub capabilities: Option<Capabilities>,
}

/// What a CRM can do: plans are made by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CrmCapabilities")]
pub struct Capabilities {
    /// Whose they are: `Dataverse Web API v9.2`.
    pub name: String,
    /// Forms of writes that happen all or not at all, the preferred one first.
    pub atomic_groups: Vec<Group>,
    /// Writes that share a request without that.
    pub write_batch: Shared,
    /// Queries that share a request.
    pub read_batch: Shared,
    /// Whether queries that have nothing to do with each other share one.
    pub share_reads: bool,
    /// Whether a write may refer to the record of an earlier one of its group.
    pub back_references: bool,
    /// Whether a create takes the key that it is given.
    pub caller_ids: bool,
    /// Whether one request makes or changes, by a declared key.
    pub upsert: bool,
    /// Whether a record can be found by a declared key within a group of writes.
    pub find_in_group: bool,
    /// Whether a declared key may have several fields.
    pub compound_keys: bool,
    /// Whether a write can say which version a record must still have.
    pub etags: bool,
    /// Joins within one query.
    pub join: JoinCapabilities,
    /// The most values of an `In`.
    pub in_list: usize,
}

/// Writes that happen all or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AtomicGroup")]
pub struct Group {
    /// What it is on the wire.
    pub form: String,
    /// The most writes.
    pub max_writes: usize,
    /// The longest chain of references from write to write; `null`: any.
    pub max_depth: Option<usize>,
    /// The most different pairs of method and entity; `null`: any.
    pub max_kinds: Option<usize>,
}

/// What shares a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SharedRequest")]
pub struct Shared {
    /// What it is on the wire.
    pub form: String,
    /// The most operations; 1: each goes by itself.
    pub max: usize,
}

/// Joins within one query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JoinCapabilities {
    /// What it is on the wire.
    pub form: String,
    /// How deep; 0: the CRM cannot join.
    pub depth: usize,
    /// How many of the joins on a way may be to many records.
    pub many_depth: usize,
    /// The most joins to one record.
    pub max_to_one: usize,
    /// The most joins to many.
    pub max_to_many: usize,
    /// The most joins in all.
    pub max_total: usize,
    /// Whether columns without a relationship can be joined.
    pub any_field: bool,
}

/// What is to be planned of a pattern.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PatternPlanRequest")]
pub struct PatternPlan {
    /// What is done.
    pub operation: PlannedOperation,
    /// On which CRM; left out: the one that playbooks run on here.
    pub crm: Option<String>,
    /// The input, as the operation takes it; left out: the smallest that there is. Which members it has counts, and no value: none is
    /// kept.
    pub input: Option<Value>,
}

/// What is done with a pattern. Read in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlannedOperation {
    /// Find matches.
    Read,
    /// Make records.
    Create,
    /// Change records.
    Update,
}

impl JsonSchema for PlannedOperation {
    fn schema_name() -> Cow<'static, str> {
        "PatternOperation".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        word(&["Read", "Create", "Update"], "What is done with a pattern.", generator)
    }
}

/// A plan. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Plan")]
pub struct Planned {
    /// On which CRM.
    pub crm: String,
    /// The plan for people, as `engage plan` writes it; stable.
    pub text: String,
    /// The plan for programs, as `engage plan --format json` writes it; stable.
    pub plan: Value,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unplanned {
    /// There is no such item on that CRM.
    Absent,
    /// It belongs to a proprietary package: its blocks are not shown.
    Hidden,
    /// What was sent does not fit.
    Refused(Vec<Refused>),
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Where in what was sent: the members from the outside in, such as `input`, `event`, `Subject`.
    pub at: Vec<String>,
    /// What is wrong. It holds no value.
    pub message: String,
}

/// A file of a workspace that is to be checked.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceFile {
    /// Its path below the workspace, with `/` between: what it ends in says what it is (`*.engage`, `*.yaml`, `*.json`, `*.liquid`,
    /// `engage.toml`).
    pub path: String,
    /// What stands in it.
    pub text: String,
}

/// What is wrong with a workspace that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CheckedWorkspace")]
pub struct Checked {
    /// Whether it could be served.
    pub passed: bool,
    /// How many entities it defines.
    pub definitions: usize,
    /// How many patterns.
    pub patterns: usize,
    /// How many playbooks.
    pub playbooks: usize,
    /// How many errors there are.
    pub errors: usize,
    /// How many warnings.
    pub warnings: usize,
    /// What is wrong, in the order of the files; 1000 at most.
    pub problems: Vec<Finding>,
}
