//! Runs a case: a simulated CRM in the state it describes, the plan, the audit, the operation.

use std::path::{Path, PathBuf};

use engage_dsl::Workspace;
use engage_dsl::diagnostic::Diagnostic;
use engage_dsl::source::{FileId, Source, Span, Spanned};
use engage_dsl::value;
use engage_dsl::yaml::{Node, NodeKind};
use engage_engine::catalog::Pattern;
use engage_engine::input::InputProblem;
use engage_engine::nearest::nearest;
use engage_engine::plan::audit::audit;
use engage_engine::plan::{InputShape, plan};
use engage_engine::run::{Execution, RetryPolicy, RunError, RunErrorKind};
use engage_engine::{Adapter, Catalog, CrmName, Identity, Input};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::state::{self, seed, unknown};
use super::{Acting, Case, codes};
use crate::execution::{self, wait, word};
use crate::failure::Failure;
use crate::workspace::Loaded;
use crate::{input, simulated};

/// The operation key of every case, so that the ids of a case never change.
const KEY: Uuid = Uuid::from_u128(0xca5e_0000_0000_5000_8000_0000_0000_0001);

/// What happened when a case ran on one CRM.
#[derive(Debug, Clone)]
pub struct Actual {
    /// The CRM.
    pub crm: CrmName,
    /// The stable text of the plan, of a playbook that of its schedule; `None`: there was none.
    pub plan: Option<String>,
    /// Its number of requests.
    pub round_trips: Option<usize>,
    /// The output; `None`: the operation failed.
    pub result: Option<Json>,
    /// Every record afterwards, by entity.
    pub state: Map<String, Json>,
    /// Entities that the pattern writes.
    pub written: Vec<String>,
    /// What stopped it.
    pub problems: Vec<Told>,
    /// Of a playbook, the block that failed.
    pub failed_block: Option<String>,
    /// What the auditor says against the plan.
    pub audit: Vec<String>,
}

/// A problem as cases name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// A code (`E0402`), or a word for a failed run (`no-record`).
    pub code: String,
    /// The message.
    pub message: String,
}

impl Told {
    fn of(problem: &InputProblem) -> Self {
        Self { code: problem.code.to_string(), message: problem.to_string() }
    }
}

/// Runs a case on one of its CRMs.
///
/// # Errors
/// What is wrong with the case itself: a name that the workspace does not have, a state that the CRM refuses.
pub fn execute(loaded: &Loaded, case: &Case, crm: &Spanned<CrmName>) -> Result<Actual, Vec<Diagnostic>> {
    let pattern = find(&loaded.workspace, &loaded.catalog, case, crm)?;
    let told = |failure: Failure| vec![told(failure, crm.span)];
    let adapter = simulated::empty(loaded, &crm.value, case.capabilities.of(&crm.value)).map_err(told)?;
    seed(&loaded.catalog, &adapter, &case.state)?;
    let input = Input::from_json(pattern, &given(loaded, case)?);
    let mut actual = wait(operate(pattern, case, input, &adapter)).map_err(told)?;
    actual.state = simulated::records(loaded, &adapter);
    Ok(actual)
}

/// Plans and runs what a case does, on a CRM that is in the case's state already, whatever its kind. What is in the CRM
/// afterwards is the caller's to look up.
pub async fn operate(
    pattern: &Pattern,
    case: &Case,
    input: Result<Input, Vec<InputProblem>>,
    adapter: &dyn Adapter,
) -> Actual {
    let mut actual = Actual {
        crm: pattern.crm.clone(),
        plan: None,
        round_trips: None,
        result: None,
        state: Map::new(),
        written: written(pattern),
        problems: Vec::new(),
        failed_block: None,
        audit: Vec::new(),
    };
    match input {
        Err(problems) => {
            actual.problems = problems.iter().map(Told::of).collect();
        }
        Ok(input) => {
            let (shape, capabilities) = (InputShape::of(pattern, &input), adapter.capabilities());
            if let Ok(plan) = plan(pattern, case.operation, &shape, capabilities) {
                let findings = audit(&plan, pattern, &shape, capabilities);
                actual.audit = findings.iter().map(ToString::to_string).collect();
                actual.plan = Some(plan.explain());
                actual.round_trips = Some(plan.figures.round_trips);
            }
            let execution = Execution::new(pattern, case.operation, input, adapter, identity(pattern, &case.acting));
            match execution.operation_key(KEY).retry(RetryPolicy::NEVER).execute().await {
                Ok(outcome) => actual.result = Some(outcome.to_json()),
                Err(error) => actual.problems = problems(&error),
            }
        }
    }
    actual
}

/// What is wrong with the names and values of a case; nothing is run.
pub fn check(workspace: &Workspace, catalog: &Catalog, case: &Case) -> Vec<Diagnostic> {
    let mut problems: Vec<Diagnostic> = Vec::new();
    for crm in &case.crms {
        let found = find(workspace, catalog, case, crm).err().unwrap_or_default().into_iter();
        let typed = state::typed(catalog, &crm.value, &case.state).err().unwrap_or_default();
        // What is wrong on one CRM is mostly wrong on the next in the same place.
        let new: Vec<Diagnostic> =
            found.chain(typed).filter(|found| problems.iter().all(|told| told.span != found.span)).collect();
        problems.extend(new);
    }
    problems
}

fn find<'l>(
    workspace: &Workspace,
    catalog: &'l Catalog,
    case: &Case,
    crm: &Spanned<CrmName>,
) -> Result<&'l Pattern, Vec<Diagnostic>> {
    known(catalog, crm)?;
    let name = &case.pattern.value;
    catalog.pattern(crm.value.as_str(), name).map(AsRef::as_ref).ok_or_else(|| {
        let all = workspace.model.patterns.iter().map(|pattern| pattern.id.as_str());
        let near = nearest(name, all).filter(|near| near != name);
        vec![unknown(case.pattern.span, format!("there is no pattern `{name}` on {}", crm.value), near)]
    })
}

/// Whether the workspace has definitions on a CRM.
pub(super) fn known(catalog: &Catalog, crm: &Spanned<CrmName>) -> Result<(), Vec<Diagnostic>> {
    let known: Vec<&CrmName> = catalog.crms().collect();
    if known.contains(&&crm.value) {
        return Ok(());
    }
    let near = nearest(crm.value.as_str(), known.iter().map(|crm| crm.as_str()));
    let message = format!("the workspace has no definitions on a CRM `{}`", crm.value);
    Err(vec![unknown(crm.span, message, near)])
}

/// The input as JSON: as it stands in the case, from the file that it names, or none.
///
/// # Errors
/// When the file cannot be read.
pub fn given(loaded: &Loaded, case: &Case) -> Result<Json, Vec<Diagnostic>> {
    match &case.input {
        Some(node) => beside(&loaded.workspace, case.file, node),
        None => Ok(json!({})),
    }
}

/// A path that a case names, which begins where the case is.
pub(super) fn path_beside(workspace: &Workspace, file: FileId, path: &str) -> PathBuf {
    let file = workspace.sources.get(file).map(Source::path);
    file.and_then(Path::parent).unwrap_or(Path::new(".")).join(path)
}

/// What stands in a case, or in the file beside it that it names.
pub(super) fn beside(workspace: &Workspace, file: FileId, node: &Node) -> Result<Json, Vec<Diagnostic>> {
    let NodeKind::Text(path) = &node.kind else { return Ok(value::json(node)) };
    let path = path_beside(workspace, file, path);
    let wrong = |failure: Failure| vec![told(failure, node.span)];
    let text = input::text(&path).map_err(wrong)?;
    let read = value::read(&path.display().to_string(), &text);
    read.map(|file| file.value).map_err(|rejected| {
        let why = rejected.diagnostics.first().map(|found| found.message.clone()).unwrap_or_default();
        vec![Diagnostic::error(codes::WRONG_VALUE.code, node.span, format!("the input file cannot be used: {why}"))]
    })
}

/// The entities that the pattern writes.
fn written(pattern: &Pattern) -> Vec<String> {
    let parts = pattern.parts.iter().filter(|part| !part.read_only);
    parts.map(|part| part.entity.id.to_string()).collect()
}

fn identity(pattern: &Pattern, acting: &Acting) -> Identity {
    match acting {
        Acting::Default => simulated::identity(pattern, None, false),
        Acting::Employee(name) => simulated::identity(pattern, Some(name), false),
        Acting::Application => simulated::identity(pattern, None, true),
    }
}

fn problems(error: &RunError) -> Vec<Told> {
    match &error.kind {
        RunErrorKind::Input(problems) => problems.iter().map(Told::of).collect(),
        RunErrorKind::Plan(problems) => {
            problems.iter().map(|found| Told { code: found.code.to_string(), message: found.to_string() }).collect()
        }
        kind => {
            let adapter = execution::adapter(kind);
            let mut message = error.to_string();
            for word in
                adapter.into_iter().flat_map(|error| std::iter::once(error.to_string()).chain(error.details.clone()))
            {
                message.push_str(&format!(": {word}"));
            }
            vec![Told { code: word(kind).to_owned(), message }]
        }
    }
}

/// A failure of the surroundings, told at the place of the case that led to it.
pub(super) fn told(failure: Failure, span: Span) -> Diagnostic {
    let diagnostic = Diagnostic::error(codes::WRONG_VALUE.code, span, failure.message);
    match failure.help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}
