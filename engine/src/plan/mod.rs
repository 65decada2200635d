//! Plans: what an operation will do, as plain data, before anything is done.
//!
//! This file is the data and the front door; the makers, the printers and the independent checker are modules of
//! their own.

pub mod audit;
mod explain;
mod figures;
mod json;
mod lower;
mod problem;
mod read;
pub mod repeat;
mod shape;
mod tree;
mod write;

use std::fmt;

use serde::Serialize;

pub use problem::{PlanProblem, index};
pub use shape::{InputShape, InstanceShape, PartShape, RecordShape};

use crate::acting::Acting;
use crate::adapter::{Capabilities, JoinLimits};
use crate::catalog::Pattern;
use crate::ids::{CrmName, FieldName, RefId, SemanticId};

/// What is done with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Finds matches.
    Read,
    /// Makes records.
    Create,
    /// Changes records.
    Update,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 3] = [Self::Read, Self::Create, Self::Update];
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
        })
    }
}

/// Plans an operation on a pattern: pure, and the same input gives the same plan.
///
/// Reads come before writes. A plan that has both is a forecast from the writes on: what is to be found counts as one
/// record. Whoever runs it runs the reads, adds what they found to the shape, and plans again.
///
/// ```
/// use engage_engine::plan::{InputShape, Operation, plan};
/// use engage_engine::{Capabilities, Catalog};
///
/// fn show(catalog: &Catalog, capabilities: &Capabilities) {
///     for pattern in catalog.patterns("crm-a") {
///         let shape = InputShape::minimal(pattern, Operation::Create);
///         match plan(pattern, Operation::Create, &shape, capabilities) {
///             Ok(plan) => println!("{}", plan.explain()),
///             Err(problems) => println!("{} problems", problems.len()),
///         }
///     }
/// }
/// ```
///
/// # Errors
/// Every [`PlanProblem`] at once: what the input lacks for this operation.
pub fn plan(
    pattern: &Pattern,
    operation: Operation,
    shape: &InputShape,
    capabilities: &Capabilities,
) -> Result<Plan, Vec<PlanProblem>> {
    let planned = plan_with(pattern, operation, shape, capabilities)?;
    let by_value = |step: &Step| matches!(&step.action, StepAction::Read(read) if read.by.is_by_value());
    if !planned.steps.iter().any(by_value) {
        return Ok(planned);
    }
    // Joining by value pays where it saves a trip; what it keeps from travelling along may cost one.
    let join = JoinLimits { by_value: None, ..capabilities.join.clone() };
    let plain = plan_with(pattern, operation, shape, &Capabilities { join, ..capabilities.clone() })?;
    let cost = |plan: &Plan| (plan.figures.depth, plan.figures.round_trips);
    Ok(if cost(&planned) < cost(&plain) { planned } else { plain })
}

fn plan_with(
    pattern: &Pattern,
    operation: Operation,
    shape: &InputShape,
    capabilities: &Capabilities,
) -> Result<Plan, Vec<PlanProblem>> {
    match operation {
        Operation::Read => read::plan(pattern, shape, capabilities),
        Operation::Create | Operation::Update => write::plan(pattern, operation, shape, capabilities),
    }
}

/// What an operation will do. The same pattern, operation and shape give the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The pattern.
    pub pattern: SemanticId,
    /// The CRM.
    pub crm: CrmName,
    /// The operation.
    pub operation: Operation,
    /// The one identity of the plan.
    pub acting: Acting,
    /// What is done, sources before dependents.
    pub steps: Vec<Step>,
    /// The steps by logical level: positions in `steps`.
    pub stages: Vec<Vec<usize>>,
    /// What travels together, by trip.
    pub groups: Vec<WireGroup>,
    /// The headline.
    pub figures: Figures,
}

/// One part's operation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The part.
    pub part: RefId,
    /// The part's position in the pattern.
    #[serde(skip)]
    pub position: usize,
    /// The entity's semantic id.
    pub entity: SemanticId,
    /// What is done.
    pub action: StepAction,
    /// The instances it is done for.
    pub count: Count,
    /// Where each written field comes from, by field name. Empty for reads and deletes.
    pub fields: Vec<FieldSource>,
    /// Steps (positions) that must be done before: always smaller numbers.
    pub after: Vec<usize>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepAction {
    /// Reads records.
    Read(ReadStep),
    /// Finds a record by a declared key inside the write group.
    Find {
        /// The key's fields.
        key: Vec<FieldName>,
    },
    /// Makes records.
    Create,
    /// Changes records by Id.
    Update,
    /// Makes or changes records by a declared key, in one go.
    Upsert {
        /// The key's fields.
        key: Vec<FieldName>,
        /// Never makes one (an update).
        update_only: bool,
    },
    /// Removes records that a `replace` part no longer has.
    Delete,
    /// Sets deferred fields of records made earlier.
    Defer,
    /// Travels inside the write of the parent: it is no member of a wire group. The row of each instance goes to the
    /// parent's instance in the same place, or to the only one.
    Embed {
        /// The step whose write carries the instances.
        parent: usize,
    },
}

/// How records are read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReadStep {
    /// How they are found.
    pub by: By,
    /// Fields fetched, sorted, without `Id`, which always comes.
    pub select: Vec<FieldName>,
    /// The engine applies the part's limit, or a requirement, after fetching more than needed: neither sort nor limit
    /// goes on the wire.
    pub over_fetch: bool,
}

/// How a read step finds its records.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// By the Ids in the input.
    Id,
    /// By the filter in the input.
    Filter,
    /// By the part's own condition, sort and limit.
    Own,
    /// By the match fields of the instances.
    Match {
        /// The match fields.
        on: Vec<FieldName>,
    },
    /// The existing records of a `replace` part, by their parent.
    Children {
        /// The field that refers to the parent.
        field: FieldName,
        /// The parent part.
        parent: RefId,
    },
    /// By equality with another part's field. A part that the input gives by Ids or filter applies these as well.
    Join {
        /// The step that reads the other part.
        step: usize,
        /// This part's field.
        field: FieldName,
        /// The other part's field.
        other: FieldName,
        /// How it travels.
        wire: JoinWire,
    },
}

impl By {
    /// Whether the records come by equal values inside another part's query.
    pub fn is_by_value(&self) -> bool {
        matches!(self, Self::Join { wire: JoinWire::ByValue, .. })
    }

    /// Whether the records come inside another part's query.
    pub fn is_nested(&self) -> bool {
        matches!(self, Self::Join { wire: JoinWire::Nested | JoinWire::ByValue, .. })
    }
}

/// How a join travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JoinWire {
    /// Inside the other part's query.
    Nested,
    /// Inside the other part's query, which is of the form that joins by values.
    ByValue,
    /// In a later query, as a list of the other part's values.
    InList,
}

/// How many instances a step is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Count {
    /// These instances of the part, by position, ascending.
    Exactly(Vec<usize>),
    /// As many as a read finds.
    Found,
}

/// Where a written field takes its value from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldSource {
    /// The field.
    pub field: FieldName,
    /// Where the value comes from; with several, the first that has one.
    pub from: Vec<Origin>,
}

/// One origin of a value, in order of precedence: fixed, requirement, caller, default.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The pattern's fixed value.
    Fixed,
    /// A field of another part.
    Part {
        /// The other part.
        part: RefId,
        /// Its field.
        field: FieldName,
        /// The step that provides it; `None`: it is known beforehand, from the input, the pattern or an earlier read.
        step: Option<usize>,
    },
    /// The caller's input.
    Input,
    /// The pattern's default.
    Default,
}

/// Steps that travel as one round trip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WireGroup {
    /// 1-based; groups of one trip go at the same time, a later trip waits for the earlier ones it needs.
    pub trip: usize,
    /// Reads or writes.
    pub kind: GroupKind,
    /// The wire form, from the capabilities: `$batch change set`, `query`.
    pub form: String,
    /// What travels, in order.
    pub members: Vec<Member>,
    /// Groups (positions) whose answers this one needs.
    pub after: Vec<usize>,
}

/// What a wire group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupKind {
    /// One query with whatever it joins, or several queries in one request.
    Read,
    /// All or nothing.
    Atomic,
    /// Writes that share a request, each on its own.
    Batch,
}

/// Instances of a step inside a wire group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The step.
    pub step: usize,
    /// First index into the step's instances.
    pub from: usize,
    /// One past the last index; for reads and unknown counts `from + 1`.
    pub to: usize,
}

/// The headline of a plan. Tests assert these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Sequential trips.
    pub depth: usize,
    /// Requests in all.
    pub round_trips: usize,
    /// Whether the input settles the number; else it is a lower bound, and the executor plans again after the read.
    pub round_trips_exact: bool,
    /// Operations that the CRM performs.
    pub server_operations: usize,
    /// Whether all writes take effect together.
    pub atomic: Answer,
    /// Whether a repeat after an unknown outcome cannot write twice.
    pub once: Answer,
    /// Whether updates send the version that this plan read; `none`: the last write wins.
    pub guard: Guard,
    /// Whether somebody else could write between the look-up of a match and its write.
    pub race: bool,
    /// Whether more is fetched than the answer needs.
    pub over_fetch: bool,
}

/// Yes, no, or there is nothing to ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// The plan writes nothing.
    NotApplicable,
}

/// What protects updates against somebody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// Every update sends the version that was read.
    Etag,
    /// At least one update does not: the last write wins.
    None,
    /// The plan updates nothing.
    NotApplicable,
}

#[cfg(test)]
mod tests;
