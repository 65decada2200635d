//! Bringing a bundle into a workspace: planned, checked whole, and only then written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use engage_engine::model::{Item, Place, Subject};
use engage_engine::problem::Severity;
use engage_playbooks::bundle::{Action, Import, ItemId};

use super::commit::{ApplyError, Change, commit, digest};
use super::disk::Real;
use super::placing::{Placed, differing, place, same};
use super::{BundleFile, codes};
use crate::diagnostic::Diagnostic;
use crate::render;
use crate::source::{FileId, Span};
use crate::workspace::{Limits, Rejected, Workspace};

/// The sign that some editors put before a text.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// One item of a planned import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedItem {
    /// The item.
    pub item: ItemId,
    /// What happens to it.
    pub action: Action,
    /// The file where it stands, or will stand.
    pub file: PathBuf,
}

/// A planned import, whose outcome was checked. Nothing is done yet.
///
/// ```no_run
/// use engage_dsl::bundle::{self, Plan};
/// let bundle = bundle::load("lead.bundle.yaml")?;
/// let plan = Plan::of(&bundle, "shop", &Default::default())?;
/// for line in &plan.items {
///     println!("{} {} in {}", line.action.name(), line.item, line.file.display());
/// }
/// plan.apply()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Plan {
    /// Every item of the bundle, sorted.
    pub items: Vec<PlannedItem>,
    /// The workspace that the import would give: what the bundle brings is placed in the bundle, behind the workspace's own
    /// files.
    pub outcome: Workspace,
    folder: PathBuf,
    limits: Limits,
    before: Workspace,
    changes: BTreeMap<PathBuf, String>,
    digest: String,
}

impl Plan {
    /// Plans the import of a bundle into a workspace, item by item. The workspace that would come of it is checked whole, and
    /// what would be written is read again.
    ///
    /// # Errors
    /// [`Rejected`] with every finding when one of them is an error, placed in the bundle or in the workspace.
    pub fn of(bundle: &BundleFile, folder: impl AsRef<Path>, limits: &Limits) -> Result<Self, Rejected> {
        let folder = folder.as_ref();
        let before = Workspace::load_within(folder, limits)?;
        let import = Import::plan(&bundle.bundle, &before.model, &before.library);
        let outcome = before.with_bundle(bundle, &import);
        let here = outcome.numbered();
        let at = |item: &ItemId| outcome.map.span(&Subject { item: *here.get(item)?, place: Place::Id });
        let Placed { files, changes, mut found } = place(folder, &before, &import, at);
        found.extend(read_only(&before, &import, at));
        found.extend(outcome.check().diagnostics);
        accepted(found, &outcome)?;
        if !changes.is_empty() {
            read_again(folder, limits, &changes, &import)?;
        }
        let line = |line: engage_playbooks::bundle::ImportItem| {
            let file = files.get(&line.item).cloned().unwrap_or_default();
            PlannedItem { item: line.item, action: line.action, file }
        };
        let digest = digest_of(bundle, folder, &before);
        let items = import.items.into_iter().map(line).collect();
        Ok(Self { items, outcome, folder: folder.to_path_buf(), limits: limits.clone(), before, changes, digest })
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The files that would be written, sorted; `true` for those that are new.
    pub fn files(&self) -> impl Iterator<Item = (&Path, bool)> {
        let known = |path: &Path| self.before.sources.iter().any(|(_, source)| source.path() == path);
        self.changes.keys().map(move |path| (path.as_path(), !known(path)))
    }

    /// What the bundle and the workspace were when this was planned: as long as both are the same, so is this, in
    /// hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Writes all files, or none: when this fails, or the machine does, the workspace is as it was, at the latest after
    /// [`recover`](super::recover).
    ///
    /// # Errors
    /// [`ApplyError`]: the workspace is no longer what the plan was made for, another import is under way, or the disk refuses.
    pub fn apply(&self) -> Result<(), ApplyError> {
        if self.is_empty() { Ok(()) } else { commit(&Real, &self.folder, || self.verified()) }
    }

    /// The changes, where the workspace is still what it was.
    fn verified(&self) -> Result<Vec<Change>, ApplyError> {
        let changed = |paths| Err(ApplyError::Changed(paths));
        let Ok(now) = Workspace::load_within(&self.folder, &self.limits) else {
            return changed(vec![self.folder.clone()]);
        };
        let differing = differing(&self.before, &now);
        if !differing.is_empty() {
            return changed(differing);
        }
        let mut changes = Vec::with_capacity(self.changes.len());
        for (path, text) in &self.changes {
            let old = match fs::read(path) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(ApplyError::Disk(path.clone(), error)),
            };
            let mark = old.as_ref().filter(|old| old.starts_with(MARK)).map_or(&[][..], |_| MARK);
            let new = [mark, text.as_bytes()].concat();
            let path = path.strip_prefix(&self.folder).unwrap_or(path).to_path_buf();
            changes.push(Change { path, old, new });
        }
        Ok(changes)
    }
}

/// The findings, as long as none of them is an error.
fn accepted(mut diagnostics: Vec<Diagnostic>, workspace: &Workspace) -> Result<(), Rejected> {
    render::sort(&mut diagnostics);
    diagnostics.dedup();
    if diagnostics.iter().all(|found| found.severity != Severity::Error) {
        return Ok(());
    }
    Err(Rejected { sources: workspace.sources.clone(), diagnostics })
}

/// Complains about every item that would change and stands in a package.
fn read_only(before: &Workspace, import: &Import, at: impl Fn(&ItemId) -> Option<Span>) -> Vec<Diagnostic> {
    let here = before.numbered();
    let updates = import.items.iter().filter(|line| line.action == Action::Update);
    let refused = updates.filter_map(|line| {
        let item = *here.get(&line.item)?;
        let package = before.package_of(before.file_of(item)?)?;
        let message = format!("{} belongs to the package `{}`, which is read-only", line.item, package.name);
        let id = line.item.id();
        let help = match item {
            Item::Playbook(_) if before.closed_package(item).is_none() => {
                format!(
                    "give it another id in the bundle, or fork it: `engage fork {id} --as NEW-ID`, and change the copy"
                )
            }
            _ => "give it another id in the bundle, with all that names it; or use the package as it is".to_owned(),
        };
        let error = Diagnostic::error(codes::READ_ONLY.code, Span::new(FileId(0), 0, 0), message).help(help);
        Some(Diagnostic { span: at(&line.item), ..error })
    });
    refused.collect()
}

/// Reads the files as they would be, and holds what they mean against what was planned.
fn read_again(
    folder: &Path,
    limits: &Limits,
    changes: &BTreeMap<PathBuf, String>,
    import: &Import,
) -> Result<(), Rejected> {
    let again = Workspace::load_changed(folder, limits, changes)?;
    let mut found = again.diagnostics.clone();
    let broken = found.iter().any(|found| found.severity == Severity::Error);
    if !broken && !same(&again.model, &again.library, import.merged()) {
        let message = "the files would not mean what the bundle says; nothing was written";
        let error = Diagnostic::error(codes::MEANING.code, Span::new(FileId(0), 0, 0), message);
        let help =
            "put each item that the bundle changes into a file of its own; where that does not help, report the bundle";
        found.push(Diagnostic { span: None, ..error.help(help) });
    }
    accepted(found, &again)
}

/// The digest of a bundle and of the texts of a workspace, wherever it stands.
fn digest_of(bundle: &BundleFile, folder: &Path, workspace: &Workspace) -> String {
    let mut parts = digest(bundle.source().text().as_bytes());
    for (_, source) in workspace.sources.iter() {
        // What is not below the folder, a package, stands in its order.
        let path =
            source.path().strip_prefix(folder).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        parts.push_str(&digest(path.as_bytes()));
        parts.push_str(&digest(source.text().as_bytes()));
    }
    digest(parts.as_bytes()).chars().take(32).collect()
}
