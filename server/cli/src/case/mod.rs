//! Snapshot cases: an input and a simulated state, the plan and the state they lead to.
//!
//! A case is a document of a `*.case.yaml` file. [`read`] takes it from its text, [`execute`] plans and runs it on a
//! simulated CRM, [`compare`] holds what happened against what was expected, and [`accept`] writes what happened
//! into the file, touching nothing but its `expect`.

mod accept;
pub mod codes;
mod compare;
mod emit;
mod read;
mod run;
mod state;
mod suite;

use engage_dsl::source::{FileId, Span, Spanned};
use engage_dsl::yaml::Node;
use engage_engine::{CrmName, Operation};

pub use accept::accept;
pub use compare::{Mismatch, compare, sorted};
pub use emit::emit;
pub use read::{read, read_state};
pub use run::{Actual, Told, check, execute, given, operate};
pub(crate) use state::typed;
pub use state::{State, seed};
pub use suite::{Accepted, Report, Verdict, accepted, cases, folder, suite};

use crate::target::Switch;

/// A case as its author wrote it.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The file it stands in.
    pub file: FileId,
    /// Its document in the file.
    pub at: Span,
    /// The semantic id of the pattern.
    pub pattern: Spanned<String>,
    /// What is done with it.
    pub operation: Operation,
    /// The CRMs it runs on.
    pub crms: Vec<Spanned<CrmName>>,
    /// Whether `crms` stands there, so that expectations are given per CRM.
    pub per_crm: bool,
    /// Who acts.
    pub acting: Acting,
    /// What the simulated CRM can do.
    pub capabilities: Switch,
    /// The input; `None`: the pattern's minimal one.
    pub input: Option<Node>,
    /// Records before, by entity.
    pub state: State,
    /// What is expected.
    pub expect: Expect,
}

/// Who acts in a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Acting {
    /// The employee `local`, or the application where the pattern declares it.
    #[default]
    Default,
    /// A named employee.
    Employee(String),
    /// The application.
    Application,
}

/// What a case expects; what is absent is not compared.
#[derive(Debug, Clone, Default)]
pub struct Expect {
    /// The place of the whole; `None`: the case expects nothing yet.
    pub at: Option<Span>,
    /// The stable text of the plan, or one per CRM.
    pub plan: Option<Node>,
    /// How many requests, or how many per CRM.
    pub round_trips: Option<Node>,
    /// The output, or one per CRM.
    pub result: Option<Node>,
    /// Records after by entity, or those per CRM.
    pub state: Option<Node>,
    /// Codes of the problems that stop it.
    pub problems: Option<Node>,
}
