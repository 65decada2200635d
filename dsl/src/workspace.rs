//! A workspace: the folder with an author's files, read, placed and checked.

pub mod codes;
mod files;
mod kind;
mod manifest;
mod merge;
mod packages;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engage_engine::ids::{CrmName, SemanticId};
use engage_engine::model::{Item, Model, Place, Subject};
use engage_playbooks::Library;
use engage_playbooks::model::{Package, Template};

use self::files::Found;
use crate::bundle;
use crate::diagnostic::Diagnostic;
use crate::lower;
use crate::platform;
use crate::render;
use crate::source::{FileId, Source, SourceMap, Sources, Span, Spanned};
use crate::syntax;
use crate::yaml;

pub use self::files::Limits;
pub(crate) use self::files::{one_file, one_text};
pub use self::kind::{FileKind, MANIFEST};
pub use self::report::Report;

/// A workspace as it was read: sources, model, and what was wrong with the text.
///
/// ```
/// use engage_dsl::Workspace;
/// let workspace = Workspace::from_sources([
///     ("engage.toml", "name = \"demo\"\ntarget = \"memory\"\n"),
///     ("contact.yaml", "kind: EntityDefinition\nid: contact\ncrm: memory\ntype: contact\n"),
/// ]);
/// let catalog = workspace.catalog()?;
/// assert!(catalog.entity("memory", "contact").is_some());
/// # Ok::<(), engage_dsl::Rejected>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    /// Its name, from `engage.toml`.
    pub name: String,
    /// The CRM that plans are made for when none is asked for.
    pub target: Option<CrmName>,
    /// The file of the records that simulated CRMs begin with; `engage.toml` names it beside itself.
    pub state: Option<PathBuf>,
    /// The files that were read, sorted by path.
    pub sources: Sources,
    /// The definitions and patterns that they declare.
    pub model: Model,
    /// Everything else that they declare: playbooks, templates, capabilities, mappers.
    pub library: Library,
    /// Where each place of the model was written.
    pub map: SourceMap,
    /// What is wrong with the files as text, sorted by file and place.
    pub diagnostics: Vec<Diagnostic>,
    kinds: Vec<Option<FileKind>>,
    /// The packages with their first files, as [`Found`] has them.
    packages: Vec<(Package, FileId)>,
    target_at: Option<Span>,
    state_at: Option<Span>,
}

/// Why a workspace or an input cannot be used: what is wrong, and the sources to draw it with. Shown as drawn text.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", render::text(sources, diagnostics, render::Style::default()))]
pub struct Rejected {
    /// The files.
    pub sources: Sources,
    /// What is wrong with them; at least one error.
    pub diagnostics: Vec<Diagnostic>,
}

impl Workspace {
    /// Reads a folder with the default [`Limits`].
    ///
    /// Files are read in the order of their paths. Hidden files and folders (`.git`) are passed over, and so are
    /// folders with an `engage.toml` of their own: they are other workspaces.
    ///
    /// # Errors
    /// [`Rejected`] when there is no such folder. What is wrong with a file stands in
    /// [`Workspace::diagnostics`], and the rest is read all the same.
    ///
    /// ```no_run
    /// use engage_dsl::Workspace;
    /// let workspace = Workspace::load("playbooks/packages/starter")?;
    /// let catalog = workspace.catalog()?;
    /// # Ok::<(), engage_dsl::Rejected>(())
    /// ```
    pub fn load(folder: impl AsRef<Path>) -> Result<Self, Rejected> {
        Self::load_within(folder, &Limits::default())
    }

    /// Reads a folder within limits of one's own.
    ///
    /// # Errors
    /// As [`Workspace::load`].
    pub fn load_within(folder: impl AsRef<Path>, limits: &Limits) -> Result<Self, Rejected> {
        let folder = folder.as_ref();
        let mut found = files::read(folder, limits).map_err(|error| no_folder(folder, &error))?;
        if bundle::interrupted(folder) {
            found.diagnostics.push(bundle::half_done());
        }
        let manifest = folder.join(MANIFEST);
        if !found.sources.iter().any(|(_, source)| source.path() == manifest) {
            let span = found.add(manifest, "", None);
            let message = "`engage.toml` is missing";
            let help = "write one with `name = \"…\"` and `target = \"…\"`, or run `engage init`";
            found.diagnostics.push(Diagnostic::error(codes::NO_MANIFEST.code, span, message).help(help));
        }
        let found = packages::gather(found, folder, &mut |path, so_far| packages::from_disk(path, so_far, limits));
        let mut workspace = Self::read(found);
        if let (Some(state), Some(span)) = (&workspace.state, workspace.state_at)
            && !state.is_file()
        {
            let help = "name a file below the workspace: YAML, by entity, as the `state` of a case";
            let missing = Diagnostic::error(codes::MANIFEST_VALUE.code, span, "`state` names no file").help(help);
            workspace.diagnostics.push(missing);
            render::sort(&mut workspace.diagnostics);
        }
        Ok(workspace)
    }

    /// Takes files from memory: their paths say what they are. An `engage.toml` may be absent; packages that one names are
    /// files from memory too.
    pub fn from_sources<P: Into<PathBuf>, T: Into<Arc<str>>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        let files: Vec<(PathBuf, Arc<str>)> =
            files.into_iter().map(|(path, text)| (path.into(), text.into())).collect();
        let is_manifest = |path: &Path| FileKind::of(path) == Some(FileKind::Manifest);
        let manifests = files.iter().map(|(path, _)| path.as_path()).filter(|path| is_manifest(path));
        let folders: BTreeSet<PathBuf> =
            manifests.clone().filter_map(|path| Some(path.parent()?.to_path_buf())).collect();
        let top = manifests.min_by_key(|path| path.components().count());
        let root = top.and_then(Path::parent).unwrap_or(Path::new("")).to_path_buf();
        let other = |path: &Path| path.ancestors().skip(1).find(|above| folders.contains(*above)) != Some(&root);
        let sorted: BTreeMap<PathBuf, Source> =
            files.into_iter().map(|(path, text)| (path.clone(), Source::new(path, text))).collect();
        let (mut others, own): (BTreeMap<_, _>, BTreeMap<_, _>) =
            sorted.into_iter().partition(|(path, _)| !folders.is_empty() && other(path));
        let found = Found::of(own);
        Self::read(packages::gather(found, &root, &mut |path, _| packages::from_memory(path, &mut others)))
    }

    /// Reads a folder as it would be with other texts for some of its files, and with new ones.
    ///
    /// # Errors
    /// As [`Workspace::load`].
    pub fn load_changed(
        folder: impl AsRef<Path>,
        limits: &Limits,
        changes: &BTreeMap<PathBuf, String>,
    ) -> Result<Self, Rejected> {
        let folder = folder.as_ref();
        let found = files::read(folder, limits).map_err(|error| no_folder(folder, &error))?;
        let found = found.changed(changes, limits);
        Ok(Self::read(packages::gather(found, folder, &mut |path, so_far| packages::from_disk(path, so_far, limits))))
    }

    fn read(found: Found) -> Self {
        let Found { sources, kinds, diagnostics, packages } = found;
        let mut workspace =
            Self { name: "workspace".to_owned(), sources, kinds, diagnostics, packages, ..Self::default() };
        workspace.library.packages = workspace.packages.iter().map(|(package, _)| package.clone()).collect();
        let files: Vec<(FileId, FileKind)> = workspace.readable().collect();
        let (theirs, own): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(file, _)| workspace.package_of(*file).is_some());
        // The packages' items come first: of two with one id the workspace's own is the one too many.
        for (file, kind) in theirs.into_iter().chain(own) {
            workspace.read_file(file, kind);
        }
        workspace.map.finish();
        let Self { sources, diagnostics, .. } = &mut workspace;
        diagnostics.iter_mut().for_each(|found| found.narrow(sources));
        render::sort(&mut workspace.diagnostics);
        workspace
    }

    fn read_file(&mut self, file: FileId, kind: FileKind) {
        let Some(source) = self.sources.get(file).cloned() else { return };
        let before = self.library.playbooks.len();
        match kind {
            FileKind::Manifest => self.read_manifest(file, source.text()),
            FileKind::Yaml => self.read_yaml(file, source.text()),
            FileKind::Engage => self.read_engage(file, source.text()),
            FileKind::Platform => self.read_platform(file, source.text()),
            FileKind::Template => self.read_template(file, &source),
            FileKind::Case | FileKind::Schema | FileKind::Sandbox => {}
        }
        let package = self.package_of(file).map(|package| package.name.clone());
        for playbook in self.library.playbooks.iter_mut().skip(before) {
            playbook.package.clone_from(&package);
        }
    }

    /// The package that a file belongs to; `None` for the workspace's own.
    pub fn package_of(&self, file: FileId) -> Option<&Package> {
        // What was not read with the folder, a bundle, has a number behind all others.
        if file.0 as usize >= self.kinds.len() {
            return None;
        }
        self.packages.iter().rev().find(|(_, first)| *first <= file).map(|(package, _)| package)
    }

    /// The file of an item.
    pub fn file_of(&self, item: Item) -> Option<FileId> {
        self.map.span(&Subject { item, place: Place::Whole }).map(|span| span.file)
    }

    fn read_manifest(&mut self, file: FileId, text: &str) {
        let (manifest, diagnostics) = manifest::read(file, text);
        self.diagnostics.extend(diagnostics);
        if self.package_of(file).is_some() {
            // Its target and its state are for those who work on the package.
            return;
        }
        if let Some(name) = manifest.name {
            self.name = name;
        }
        if let Some(Spanned { value, span }) = manifest.target {
            self.target = Some(value);
            self.target_at = Some(span);
        }
        if let Some(Spanned { value, span }) = manifest.state {
            let beside = self.sources.get(file).and_then(|source| source.path().parent());
            self.state = Some(beside.unwrap_or(Path::new("")).join(value));
            self.state_at = Some(span);
        }
    }

    fn read_yaml(&mut self, file: FileId, text: &str) {
        let (tree, diagnostics) = yaml::parse(file, text);
        self.diagnostics.extend(diagnostics);
        self.diagnostics.extend(yaml::lower(&tree, &mut self.model, &mut self.library, &mut self.map));
    }

    fn read_platform(&mut self, file: FileId, text: &str) {
        let (tree, diagnostics) = yaml::parse(file, text);
        self.diagnostics.extend(diagnostics);
        self.diagnostics.extend(platform::lower(&tree, &mut self.library, &mut self.map));
    }

    fn read_engage(&mut self, file: FileId, text: &str) {
        let (document, diagnostics) = syntax::parse(file, text);
        self.diagnostics.extend(diagnostics);
        self.diagnostics.extend(lower::document(&document, &mut self.model, &mut self.library, &mut self.map));
    }

    /// A template, by the name of its file.
    fn read_template(&mut self, file: FileId, source: &Source) {
        let stem = source.path().file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        let start = Span::new(file, 0, source.text().chars().next().map_or(0, char::len_utf8));
        match SemanticId::new(&stem) {
            Ok(id) => {
                let item = Item::Template(self.library.templates.len());
                self.map.insert(Subject { item, place: Place::Whole }, start);
                self.library.templates.push(Template { id, source: source.text().to_owned() });
            }
            Err(error) => {
                let found = lower::codes::bad_name(&error, &stem, start);
                // The name is the file's: there is nothing in the text to put another in the place of.
                let help = "rename the file to lower-case letters, digits and hyphens: `meeting-note.liquid`";
                self.diagnostics.push(Diagnostic { suggestion: None, ..found.help(help) });
            }
        }
    }

    fn readable(&self) -> impl Iterator<Item = (FileId, FileKind)> {
        let ids = self.sources.iter().map(|(file, _)| file);
        ids.zip(&self.kinds).filter_map(|(file, kind)| Some((file, (*kind)?)))
    }

    /// The files of a kind that are the workspace's own, sorted by path.
    pub fn files(&self, kind: FileKind) -> impl Iterator<Item = (FileId, &Source)> {
        let of_kind = self.readable().filter(move |(file, other)| *other == kind && self.package_of(*file).is_none());
        of_kind.filter_map(|(file, _)| Some((file, self.sources.get(file)?)))
    }

    /// The snapshot cases: `*.case.yaml`.
    pub fn cases(&self) -> impl Iterator<Item = &Source> {
        self.files(FileKind::Case).map(|(_, source)| source)
    }

    /// The schemas of simulated CRMs: `*.schema.yaml`, those of packages included.
    pub fn schemas(&self) -> impl Iterator<Item = &Source> {
        let of_kind = self.readable().filter(|(_, kind)| *kind == FileKind::Schema);
        of_kind.filter_map(|(file, _)| self.sources.get(file))
    }

    /// The templates: `*.liquid`.
    pub fn templates(&self) -> impl Iterator<Item = &Source> {
        self.files(FileKind::Template).map(|(_, source)| source)
    }
}

fn no_folder(folder: &Path, error: &std::io::Error) -> Rejected {
    let shown = folder.display();
    let (message, help) = match error.kind() {
        std::io::ErrorKind::NotFound => (format!("there is no folder `{shown}`"), "check the path"),
        std::io::ErrorKind::NotADirectory => {
            (format!("`{shown}` is a file, not a folder"), "give the folder with `engage.toml` in it")
        }
        kind => (format!("the folder `{shown}` cannot be read: {kind}"), "check its permissions"),
    };
    let mut diagnostic = Diagnostic::error(codes::NO_FOLDER.code, Span::new(FileId(0), 0, 0), message).help(help);
    diagnostic.span = None;
    Rejected { sources: Sources::default(), diagnostics: vec![diagnostic] }
}

#[cfg(test)]
mod tests;
