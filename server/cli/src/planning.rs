//! What planning needs from the command line: pattern, operation, input, capabilities; and how a refusal is told.

use std::path::Path;
use std::sync::Arc;

use clap::ValueHint;
use engage_dsl::diagnostic::Diagnostic;
use engage_dsl::source::{FileId, Sources, Span};
use engage_dsl::value::InputFile;
use engage_engine::catalog::Pattern;
use engage_engine::plan::{InputShape, Plan, PlanProblem, plan};
use engage_engine::{Capabilities, Input, Operation};

use crate::exit::Exit;
use crate::failure::{Failure, Placed};
use crate::input;
use crate::io::Io;
use crate::target::{self, On, Op, Switch};
use crate::workspace::Loaded;

/// The options of every command that plans.
#[derive(Debug, Clone, clap::Args)]
pub struct Planning {
    /// The pattern or the playbook, by its semantic id; `pattern:ID` or `playbook:ID` where both have it
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The operation on a pattern
    #[arg(long, value_enum, value_name = "OPERATION")]
    pub op: Option<Op>,
    /// The workspace and the CRM.
    #[command(flatten)]
    pub on: On,
    /// The input of a pattern, YAML or JSON, `-` for standard input; of a playbook NAME=VALUE, any number of times
    #[arg(short, long, value_name = "FILE|NAME=VALUE", value_hint = ValueHint::FilePath)]
    pub input: Vec<String>,
}

impl Planning {
    /// What is done with a pattern.
    ///
    /// # Errors
    /// When it is not said.
    pub fn operation(&self) -> Result<Op, Failure> {
        self.op.ok_or_else(|| {
            let failure =
                Failure::usage(format!("say what is done with the pattern `{}`: `--op` is missing", self.name));
            failure.help("add `--op read`, `--op create` or `--op update`")
        })
    }

    /// The file with the input of a pattern.
    ///
    /// # Errors
    /// When there are several.
    pub fn file(&self) -> Result<Option<&Path>, Failure> {
        match self.input.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(Path::new(one))),
            _ => Err(Failure::usage("a pattern takes one `--input`").help("put all of it into one file")),
        }
    }
}

/// Everything that a plan is made from.
#[derive(Debug)]
pub struct Prepared {
    /// The workspace.
    pub loaded: Loaded,
    /// The pattern on its CRM.
    pub pattern: Arc<Pattern>,
    /// What is done.
    pub operation: Operation,
    /// What the CRM can do.
    pub capabilities: Capabilities,
    /// The input with its file; `None`: none was given.
    pub input: Option<(Input, InputFile)>,
}

/// Finds the pattern on the CRM that is meant, and reads the input.
///
/// # Errors
/// When one of them is missing or wrong.
pub fn prepare(
    args: &Planning,
    id: &str,
    loaded: Loaded,
    capabilities: Switch,
    io: &mut Io<'_>,
) -> Result<Prepared, Failure> {
    let operation = args.operation()?.into();
    let crm = args.on.definitions(&loaded)?;
    let pattern = Arc::clone(target::pattern(&loaded, &crm, id)?);
    let input = args.file()?.map(|path| input::operation(path, &pattern, io)).transpose()?;
    Ok(Prepared { loaded, pattern, operation, capabilities: capabilities.of(&crm), input })
}

impl Prepared {
    /// What the planner sees of the input: the smallest possible one where none was given.
    pub fn shape(&self) -> InputShape {
        match &self.input {
            Some((input, _)) => InputShape::of(&self.pattern, input),
            None => InputShape::minimal(&self.pattern, self.operation),
        }
    }

    /// Plans the operation.
    ///
    /// # Errors
    /// When the input lacks something for this operation: told at its lines.
    pub fn plan(&self) -> Result<Plan, Failure> {
        let shape = self.shape();
        let file = self.input.as_ref().map(|(_, file)| file);
        plan(&self.pattern, self.operation, &shape, &self.capabilities).map_err(|problems| match file {
            Some(_) => refused(&problems, file),
            None => refused(&problems, file).help("this was planned for the smallest input; give yours with `--input`"),
        })
    }
}

/// A failure that shows why there is no plan, at the lines of the input where there is one.
pub fn refused(problems: &[PlanProblem], file: Option<&InputFile>) -> Failure {
    let nowhere = Sources::default();
    let sources = file.map_or(&nowhere, InputFile::sources);
    let diagnostics: Vec<Diagnostic> =
        problems.iter().map(|problem| diagnostic(problem, file.map(|file| file.span(&path(problem))))).collect();
    let failure = Failure::new(Exit::Problems, "").placed(Placed::draw(sources, &diagnostics));
    if file.is_some() { failure } else { failure.help("give the input with `--input`") }
}

/// Where in an input a problem of planning belongs.
pub fn path(problem: &PlanProblem) -> String {
    let part = problem.part.as_ref().map(ToString::to_string).unwrap_or_default();
    match &problem.field {
        Some(field) => format!("{part}.{field}"),
        None => part,
    }
}

/// A problem of planning at a place, or at none.
pub fn diagnostic(problem: &PlanProblem, span: Option<Span>) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(problem.code, Span::new(FileId(0), 0, 0), problem.message.clone());
    diagnostic.span = span;
    diagnostic.help.clone_from(&problem.help);
    diagnostic
}
