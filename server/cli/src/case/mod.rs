//! Snapshot cases: an input or an event and a simulated state, the plan or the schedule and the state they lead to.
//!
//! A case is a document of a `*.case.yaml` file. [`read`] takes it from its text, [`execute`] plans and runs it on a
//! simulated CRM, [`compare`] holds what happened against what was expected, and [`accept`] writes what happened
//! into the file, touching nothing but its `expect`.

mod accept;
pub mod codes;
mod compare;
mod emit;
mod play;
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
pub use play::{check as check_playbook, execute as execute_playbook};
pub use read::{read, read_all, read_state};
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

/// A case of a pattern or of a playbook.
#[derive(Debug, Clone)]
pub enum Any {
    /// An operation on a pattern.
    Pattern(Box<Case>),
    /// A run of a playbook.
    Playbook(Box<PlaybookCase>),
}

/// A case of a playbook as its author wrote it.
#[derive(Debug, Clone)]
pub struct PlaybookCase {
    /// What it shows.
    pub name: String,
    /// The file it stands in.
    pub file: FileId,
    /// Its document in the file.
    pub at: Span,
    /// The semantic id of the playbook; `None`: all that the events start.
    pub playbook: Option<Spanned<String>>,
    /// The CRMs it runs on.
    pub crms: Vec<Spanned<CrmName>>,
    /// Whether `crms` stands there, so that expectations are given per CRM.
    pub per_crm: bool,
    /// Who acts.
    pub acting: Acting,
    /// What the simulated CRM can do.
    pub capabilities: Switch,
    /// The event, or the path of a file with it; `None`: an event without data.
    pub event: Option<Node>,
    /// Events one after the other, or the paths of files with them. Each starts every playbook that it starts on the platform.
    pub events: Vec<Node>,
    /// The folder of the files that `File` blocks give, beside the case.
    pub files: Option<Spanned<String>>,
    /// What the AI answers, or the path of a file with it; `None`: what is made up.
    pub ai: Option<Node>,
    /// Records before, by entity.
    pub state: State,
    /// What is expected.
    pub expect: PlaybookExpect,
}

/// What a case of a playbook expects; what is absent is not compared.
#[derive(Debug, Clone, Default)]
pub struct PlaybookExpect {
    /// The place of the whole; `None`: the case expects nothing yet.
    pub at: Option<Span>,
    /// The stable text of the schedule, or one per CRM.
    pub schedule: Option<Node>,
    /// How many requests, or how many per CRM.
    pub round_trips: Option<Node>,
    /// What the run gives, by output, or that per CRM.
    pub outputs: Option<Node>,
    /// Records after by entity, or those per CRM.
    pub state: Option<Node>,
    /// How it fails: a reason, or a block and a reason.
    pub failure: Option<Node>,
}

/// Where the expectations of a case belong: one for all CRMs, or one per CRM.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'c> {
    per_crm: bool,
    crms: &'c [Spanned<CrmName>],
}

impl Any {
    /// What it shows.
    pub fn name(&self) -> &str {
        match self {
            Self::Pattern(case) => &case.name,
            Self::Playbook(case) => &case.name,
        }
    }

    /// The file it stands in, and its document there.
    pub fn place(&self) -> (FileId, Span) {
        match self {
            Self::Pattern(case) => (case.file, case.at),
            Self::Playbook(case) => (case.file, case.at),
        }
    }

    /// The CRMs it runs on.
    pub fn crms(&self) -> &[Spanned<CrmName>] {
        match self {
            Self::Pattern(case) => &case.crms,
            Self::Playbook(case) => &case.crms,
        }
    }

    /// What it is about: the pattern or the playbook.
    fn subject(&self) -> &str {
        match self {
            Self::Pattern(case) => &case.pattern.value,
            Self::Playbook(case) => case.playbook.as_ref().map_or("events", |playbook| &playbook.value),
        }
    }

    /// Where what it expects stands; `None`: it expects nothing yet.
    fn expects_at(&self) -> Option<Span> {
        match self {
            Self::Pattern(case) => case.expect.at,
            Self::Playbook(case) => case.expect.at,
        }
    }

    fn scope(&self) -> Scope<'_> {
        match self {
            Self::Pattern(case) => case.scope(),
            Self::Playbook(case) => case.scope(),
        }
    }
}

impl Case {
    fn scope(&self) -> Scope<'_> {
        Scope { per_crm: self.per_crm, crms: &self.crms }
    }
}

impl PlaybookCase {
    fn scope(&self) -> Scope<'_> {
        Scope { per_crm: self.per_crm, crms: &self.crms }
    }
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
