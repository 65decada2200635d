//! Loading a workspace for a command: read, checked, or refused with everything that is wrong.

use std::path::Path;

use engage_adapters::memory::Schema;
use engage_adapters::targets;
use engage_dsl::bundle::{self, ApplyError, Recovered};
use engage_dsl::diagnostic::Diagnostic;
use engage_dsl::render::{self, Style};
use engage_dsl::source::{Sources, Span};
use engage_dsl::workspace::{FileKind, Limits};
use engage_dsl::{Rejected, Report, Workspace};
use engage_engine::plan::repeat;
use engage_engine::problem::Severity;
use engage_engine::{Catalog, SemanticId};
use engage_playbooks::Playbooks;
use engage_playbooks::bundle::ItemId;
use serde_json::{Value as Json, json};

use crate::case::{self, Any, codes};
use crate::exit::Exit;
use crate::failure::{Failure, Placed};
use crate::schemas;

/// A workspace without errors.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Its files and model.
    pub workspace: Workspace,
    /// The model, resolved.
    pub catalog: Catalog,
    /// Its playbooks, checked and resolved on every CRM that has what they name.
    pub compiled: Playbooks,
}

impl Loaded {
    /// The ids of the playbooks.
    pub fn playbooks(&self) -> impl Iterator<Item = &str> {
        self.workspace.library.playbooks.iter().map(|playbook| playbook.id.as_str())
    }

    /// The proprietary package of a playbook, whose blocks are then not shown.
    pub fn closed(&self, id: &str) -> Option<&SemanticId> {
        let library = &self.workspace.library;
        let closed = library.playbooks.iter().find(|playbook| playbook.id.as_str() == id && !library.shows(playbook));
        closed.and_then(|playbook| playbook.package.as_ref())
    }

    /// Whether events start a playbook: not one in whose place a fork stands.
    pub fn starts(&self, id: &SemanticId) -> bool {
        let library = &self.workspace.library;
        library.playbooks.iter().filter(|playbook| playbook.id == *id).all(|playbook| library.runs(playbook))
    }
}

/// Reads a folder; what is wrong with its files stands in the workspace.
///
/// # Errors
/// When there is no such folder.
pub fn read(folder: &Path) -> Result<Workspace, Failure> {
    read_within(folder, &Limits::default())
}

/// Reads a folder within limits of one's own.
///
/// # Errors
/// As [`read`].
pub fn read_within(folder: &Path, limits: &Limits) -> Result<Workspace, Failure> {
    let warning = recover(folder)?;
    let mut workspace = Workspace::load_within(folder, limits).map_err(|rejected| refused(&rejected, Exit::Usage))?;
    workspace.diagnostics.extend(warning);
    Ok(workspace)
}

/// Takes back an import that was interrupted, with the warning that tells of it.
///
/// # Errors
/// When it cannot be taken back, or is under way.
pub fn recover(folder: &Path) -> Result<Option<Diagnostic>, Failure> {
    bundle::recover(folder).map(Recovered::diagnostic).map_err(|error| not_applied(&error))
}

/// Why an import was not applied.
pub fn not_applied(error: &ApplyError) -> Failure {
    let exit = match error {
        ApplyError::UnderWay | ApplyError::Changed(_) | ApplyError::Edited(_) => Exit::Problems,
        ApplyError::Disk(..) | ApplyError::Left(..) => Exit::Outside,
    };
    Failure::new(exit, "").placed(Placed::draw(&Sources::default(), &[error.diagnostic()]))
}

/// Everything that is wrong with a workspace, its cases and its schemas.
pub fn check(workspace: &Workspace) -> Vec<Diagnostic> {
    let Report { catalog, playbooks, mut diagnostics } = workspace.check();
    diagnostics.extend(check_cases(workspace, catalog.as_ref().zip(playbooks.as_ref())));
    diagnostics.extend(check_schemas(workspace));
    diagnostics.extend(schemas::check(workspace));
    diagnostics.extend(catalog.iter().flat_map(|catalog| check_repeats(workspace, catalog)));
    render::sort(&mut diagnostics);
    diagnostics
}

/// Reads and checks a folder for use.
///
/// # Errors
/// When there is no such folder, or an error in it: then every problem is told.
pub fn load(folder: &Path) -> Result<Loaded, Failure> {
    let workspace = read(folder)?;
    match workspace.check() {
        Report { catalog: Some(catalog), playbooks: Some(compiled), .. } => Ok(Loaded { workspace, catalog, compiled }),
        Report { diagnostics, .. } => {
            let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
            let message = format!("the workspace `{}` has {}", folder.display(), count(errors, "error"));
            let placed = Placed::draw(&workspace.sources, &diagnostics);
            Err(Failure::problem(message).placed(placed).help("cure them first; warnings do not matter here"))
        }
    }
}

/// What is wrong with the snapshot cases: their form, and where the workspace has no errors also their names.
fn check_cases(workspace: &Workspace, resolved: Option<(&Catalog, &Playbooks)>) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (file, source) in workspace.files(FileKind::Case) {
        let (cases, wrong) = case::read_all(file, source.text());
        problems.extend(wrong);
        if let Some(resolved) = resolved {
            problems.extend(cases.iter().flat_map(|found| match found {
                Any::Pattern(case) => case::check(workspace, resolved.0, case),
                Any::Playbook(case) => case::check_playbook(workspace, resolved, case),
            }));
        }
    }
    problems
}

/// The patterns whose records a repeat could make twice, on the CRMs whose limits are known.
fn check_repeats(workspace: &Workspace, catalog: &Catalog) -> Vec<Diagnostic> {
    let known = catalog.crms().filter_map(|crm| Some((crm, targets::for_crm(crm)?)));
    let warnings = known.flat_map(|(crm, can)| repeat::warnings(&workspace.model, catalog, crm, &can));
    warnings.map(|warning| workspace.diagnostic(&warning)).collect()
}

/// What is wrong with the schemas of simulated CRMs.
fn check_schemas(workspace: &Workspace) -> Vec<Diagnostic> {
    let files = workspace.files(FileKind::Schema);
    let wrong = files.filter_map(|(file, source)| {
        let error = Schema::from_yaml(source.text()).err()?;
        Some(Diagnostic::error(codes::BAD_SCHEMA.code, Span::new(file, 0, 0), error.to_string()))
    });
    wrong.collect()
}

/// A failure that shows what was refused.
pub fn refused(rejected: &Rejected, exit: Exit) -> Failure {
    Failure::new(exit, "").placed(Placed::draw(&rejected.sources, &rejected.diagnostics))
}

/// A number with its noun: `1 error`, `2 errors`.
pub fn count(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}

/// An item of a bundle, for programs: `kind`, `id`, and of a definition `crm`.
pub fn item_json(item: &ItemId) -> Json {
    json!({ "kind": item.kind(), "id": item.id().to_string(), "crm": item.crm().map(ToString::to_string) })
}

/// How many there are of each kind: `3 definitions, 1 pattern`.
pub fn tally(items: impl Iterator<Item = ItemId>) -> String {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for item in items {
        match kinds.iter_mut().find(|(kind, _)| *kind == item.kind()) {
            Some((_, number)) => *number += 1,
            None => kinds.push((item.kind(), 1)),
        }
    }
    let kinds: Vec<String> = kinds.into_iter().map(|(kind, number)| count(number, kind)).collect();
    if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") }
}

impl Placed {
    /// Draws problems with the lines they are about.
    pub fn draw(sources: &Sources, diagnostics: &[Diagnostic]) -> Self {
        let style = Style::default();
        Self {
            text: render::text(sources, diagnostics, style),
            coloured: render::text(sources, diagnostics, Style { color: true, ..style }),
            json: render::json(sources, diagnostics),
        }
    }
}
