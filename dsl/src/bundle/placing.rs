//! Where the items of a bundle go: a changed one is written where it stands, in that file's spelling, and a new one to a file of
//! its own. What a bundle says never chooses a path: names of files are made of semantic ids.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use engage_engine::ids::SemanticId;
use engage_engine::model::{Item, Model, Place, Subject};
use engage_playbooks::Library;
use engage_playbooks::bundle::{Action, Bundle, Import, ItemId};

use super::codes;
use super::commit::{is_file_below, is_folder_below};
use super::ends::LineEnd;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Source, Span};
use crate::workspace::{FileKind, Workspace};
use crate::{platform, print, syntax, yaml};

/// The files of an import.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// The file of each item.
    pub(super) files: BTreeMap<ItemId, PathBuf>,
    /// The new texts of files.
    pub(super) changes: BTreeMap<PathBuf, String>,
    /// What cannot be written.
    pub(super) found: Vec<Diagnostic>,
}

/// Finds the files of all items, and writes their texts.
pub(super) fn place(
    root: &Path,
    workspace: &Workspace,
    import: &Import,
    at: impl Fn(&ItemId) -> Option<Span>,
) -> Placed {
    let merged = Numbered::new(import);
    let (entities, texts) = (entities(root, workspace), texts(workspace));
    let mut placing = Placing { root, workspace, edits: BTreeMap::new(), entities, texts, out: Placed::default() };
    let (new, known): (Vec<_>, Vec<_>) = import.items.iter().partition(|line| line.action == Action::Create);
    for line in known {
        let here = merged.here.get(&line.item).and_then(|item| workspace.map.span(&whole(*item)));
        let Some((span, source)) = here.and_then(|span| Some((span, workspace.sources.get(span.file)?))) else {
            continue;
        };
        placing.out.files.insert(line.item.clone(), source.path().to_path_buf());
        if line.action == Action::Update && workspace.package_of(span.file).is_none() {
            placing.edits.entry(span.file).or_default().push((span.start as usize, merged.only(&line.item)));
        }
    }
    placing.change_files();
    for line in new {
        if let Err(message) = placing.create(&line.item, &merged.only(&line.item)) {
            let error = Diagnostic::error(codes::NO_PLACE.code, Span::new(FileId(0), 0, 0), message);
            let help = "move what stands there out of the way, or leave the item out of the bundle";
            placing.out.found.push(Diagnostic { span: at(&line.item), ..error.help(help) });
        }
    }
    placing.out
}

/// The files of definitions, where they can hold several items and are the workspace's own.
fn entities(root: &Path, workspace: &Workspace) -> BTreeMap<SemanticId, PathBuf> {
    let definitions = workspace.model.definitions.iter().enumerate();
    let files = definitions.filter_map(|(n, definition)| {
        let file = workspace.file_of(Item::Definition(n)).filter(|file| workspace.package_of(*file).is_none())?;
        let path = workspace.sources.get(file)?.path();
        let inside = path.strip_prefix(root).is_ok_and(|inside| is_file_below(root, inside));
        let several = matches!(Spelling::of(path), Some(Spelling::Engage | Spelling::Yaml));
        (inside && several).then(|| (definition.id.clone(), path.to_path_buf()))
    });
    files.collect()
}

fn whole(item: Item) -> Subject {
    Subject { item, place: Place::Whole }
}

/// The workspace that an import gives, by item.
struct Numbered<'a> {
    import: &'a Import,
    here: BTreeMap<ItemId, Item>,
}

impl<'a> Numbered<'a> {
    fn new(import: &'a Import) -> Self {
        let (model, library) = import.merged();
        let here = engage_playbooks::bundle::numbered(model, library).into_iter().rev().collect();
        Self { import, here }
    }

    /// A bundle of one item.
    fn only(&self, item: &ItemId) -> Bundle {
        fn one<T: Clone>(list: &[T], n: usize) -> Vec<T> {
            list.get(n).cloned().into_iter().collect()
        }
        let (model, library) = self.import.merged();
        let mut bundle = Bundle::default();
        match self.here.get(item) {
            Some(Item::Definition(n)) => bundle.model.definitions = one(&model.definitions, *n),
            Some(Item::Pattern(n)) => bundle.model.patterns = one(&model.patterns, *n),
            Some(Item::Playbook(n)) => bundle.library.playbooks = one(&library.playbooks, *n),
            Some(Item::Template(n)) => bundle.library.templates = one(&library.templates, *n),
            Some(Item::Capability(n)) => bundle.library.capabilities = one(&library.capabilities, *n),
            Some(Item::Mapper(_)) | None => {}
        }
        bundle
    }
}

/// How the items of a file are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Engage,
    Yaml,
    Json,
    Platform,
    Template,
}

impl Spelling {
    /// The spelling of a file that holds items.
    fn of(path: &Path) -> Option<Self> {
        Some(match FileKind::of(path)? {
            FileKind::Engage => Self::Engage,
            FileKind::Yaml if path.extension().is_some_and(|end| end == "json") => Self::Json,
            FileKind::Yaml => Self::Yaml,
            FileKind::Platform => Self::Platform,
            FileKind::Template => Self::Template,
            FileKind::Manifest | FileKind::Case | FileKind::Schema | FileKind::Sandbox => return None,
        })
    }

    /// The text of a single item.
    fn text(self, item: &Bundle) -> String {
        let Bundle { model, library } = item;
        match self {
            Self::Engage => print::dsl(model, library),
            Self::Yaml => print::yaml(model, library),
            Self::Json => print::json(model, library),
            Self::Platform => library.playbooks.iter().map(platform::write).collect(),
            Self::Template => library.templates.iter().map(|template| template.source.as_str()).collect(),
        }
    }

    /// Where the items of a text stand, in order.
    fn items(self, text: &str) -> Vec<Range<usize>> {
        match self {
            Self::Engage => syntax::items(text),
            Self::Yaml | Self::Json | Self::Platform => {
                let (tree, _) = yaml::parse(FileId(0), text);
                tree.documents.iter().map(|node| document(node.span, text)).collect()
            }
            Self::Template => std::iter::once(0..text.len()).collect(),
        }
    }

    /// What stands between a text and an item behind it.
    fn separator(self, text: &str) -> &'static str {
        match (self, text.is_empty()) {
            (_, true) => "",
            (Self::Engage, false) => "\n",
            (_, false) => "---\n",
        }
    }
}

/// The range of a document without the blanks around it, with the sign behind a key that has no value.
fn document(span: Span, text: &str) -> Range<usize> {
    let (start, end) = (span.start as usize, span.end as usize);
    let written = text.get(start..end).unwrap_or("").trim_end().len();
    let open = text.get(start + written..).is_some_and(|rest| rest.starts_with(':'));
    start..start + written + usize::from(open)
}

struct Placing<'a> {
    root: &'a Path,
    workspace: &'a Workspace,
    /// By file: where an item that changes begins, and what it becomes.
    edits: BTreeMap<FileId, Vec<(usize, Bundle)>>,
    /// By entity: a file that its definition on another CRM may join.
    entities: BTreeMap<SemanticId, PathBuf>,
    texts: BTreeMap<&'a Path, &'a str>,
    out: Placed,
}

impl Placing<'_> {
    /// Writes the items that change into the texts of their files.
    fn change_files(&mut self) {
        for (file, edits) in std::mem::take(&mut self.edits) {
            let Some(source) = self.workspace.sources.get(file) else { continue };
            let inside = source.path().strip_prefix(self.root).unwrap_or(source.path());
            let spelling = Spelling::of(source.path()).filter(|_| is_file_below(self.root, inside));
            match spelling {
                Some(spelling) => {
                    let text = replaced(source, spelling, edits);
                    self.out.changes.insert(source.path().to_path_buf(), text);
                }
                None => {
                    let message = format!("`{}` is a link, and not written through", source.path().display());
                    let error = Diagnostic::error(codes::NO_PLACE.code, Span::new(file, 0, 0), message);
                    self.out.found.push(error.help("put a file in the place of the link"));
                }
            }
        }
    }

    /// Writes a new item to a file of its own; a definition joins those of other CRMs that have its id.
    fn create(&mut self, item: &ItemId, bundle: &Bundle) -> Result<(), String> {
        let companion = match item {
            ItemId::Definition(id, _) => self.entities.get(id).cloned(),
            _ => None,
        };
        let path = companion.map_or_else(|| self.free(item), Ok)?;
        let spelling = Spelling::of(&path).ok_or("this file holds no items")?;
        let known = self.texts.get(path.as_path());
        let old = self.out.changes.remove(&path).or_else(|| known.map(|text| (*text).to_owned()));
        let mut text = old.unwrap_or_default();
        let end = LineEnd::of(&text);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push_str(end.as_str());
        }
        text.push_str(&end.written(spelling.separator(&text)));
        text.push_str(&end.written(&spelling.text(bundle)));
        self.out.changes.insert(path.clone(), text);
        if let ItemId::Definition(id, _) = item {
            self.entities.insert(id.clone(), path.clone());
        }
        self.out.files.insert(item.clone(), path);
        Ok(())
    }

    /// A path that nothing has: `patterns/ID.engage`; beside `engage.toml` where there can be no such folder.
    fn free(&self, item: &ItemId) -> Result<PathBuf, String> {
        let (folder, ending) = match item {
            ItemId::Definition(..) => ("definitions", self.ending()),
            ItemId::Pattern(_) => ("patterns", self.ending()),
            ItemId::Playbook(_) => ("playbooks", self.ending()),
            ItemId::Capability(_) => ("capabilities", self.ending()),
            ItemId::Template(_) => ("templates", "liquid"),
        };
        let folder = Path::new(if is_folder_below(self.root, Path::new(folder)) { folder } else { "" });
        let id = item.id();
        // A template is called what its file is called.
        let names = if ending == "liquid" { 1 } else { 100 };
        let mut names = (1..=names).map(|n| match n {
            1 => folder.join(format!("{id}.{ending}")),
            n => folder.join(format!("{id}-{n}.{ending}")),
        });
        let is_free = |path: &PathBuf| {
            let path = self.root.join(path);
            path.symlink_metadata().is_err() && !self.out.changes.contains_key(&path)
        };
        let free = names.find(is_free).map(|path| self.root.join(path));
        free.ok_or_else(|| {
            format!("there is no free file for {item}: `{}` is taken", folder.join(id.as_str()).display())
        })
    }

    /// The ending of new files: that of the spelling which the workspace has.
    fn ending(&self) -> &'static str {
        let has = |kind| self.workspace.files(kind).next().is_some();
        if has(FileKind::Yaml) && !has(FileKind::Engage) { "yaml" } else { "engage" }
    }
}

/// A text with other items in the place of some.
fn replaced(source: &Source, spelling: Spelling, mut edits: Vec<(usize, Bundle)>) -> String {
    let text = source.text();
    let (ranges, end) = (spelling.items(text), LineEnd::of(text));
    edits.sort_by_key(|(start, _)| *start);
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for (start, item) in edits {
        // The last item that begins there or before.
        let at = ranges.partition_point(|range| range.start <= start);
        let Some(range) = at.checked_sub(1).and_then(|at| ranges.get(at)).filter(|range| range.start >= done) else {
            continue;
        };
        let mut from = range.start;
        let line = text.get(..from).and_then(|head| head.rfind('\n')).map_or(0, |end| end + 1);
        let lead = text.get(line.max(done)..from).unwrap_or("");
        let new = spelling.text(&item);
        let mut new = if spelling == Spelling::Template { new.as_str() } else { new.trim_end() }.to_owned();
        if lead.chars().all(|c| c == ' ') {
            from -= lead.len();
        } else if spelling == Spelling::Yaml {
            // Behind `---` a document of several lines starts on its own.
            new.insert(0, '\n');
        }
        out.push_str(text.get(done..from).unwrap_or(""));
        // The lines of a template are its content.
        out.push_str(&if spelling == Spelling::Template { Cow::Borrowed(new.as_str()) } else { end.written(&new) });
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or(""));
    out
}

/// The items of two workspaces by name, to hold one against the other.
pub(super) fn same(model: &Model, library: &Library, other: (&Model, &Library)) -> bool {
    fn sorted<'a, T, K: Ord>(list: &'a [T], key: impl Fn(&'a T) -> K) -> Vec<&'a T> {
        let mut sorted: Vec<&T> = list.iter().collect();
        sorted.sort_by_key(|item| key(item));
        sorted
    }
    let Library { packages, playbooks, templates, capabilities, mappers } = library;
    let name = |playbook: &engage_playbooks::model::Playbook| playbook.id.clone();
    sorted(&model.definitions, ItemId::of_definition) == sorted(&other.0.definitions, ItemId::of_definition)
        && sorted(&model.patterns, |one| &one.id) == sorted(&other.0.patterns, |one| &one.id)
        && sorted(playbooks, name) == sorted(&other.1.playbooks, name)
        && sorted(templates, |one| &one.id) == sorted(&other.1.templates, |one| &one.id)
        && sorted(capabilities, |one| &one.id) == sorted(&other.1.capabilities, |one| &one.id)
        && sorted(mappers, |one| &one.use_case) == sorted(&other.1.mappers, |one| &one.use_case)
        && *packages == other.1.packages
}

/// The texts of all files.
fn texts(workspace: &Workspace) -> BTreeMap<&Path, &str> {
    workspace.sources.iter().map(|(_, source)| (source.path(), source.text())).collect()
}

/// The paths on which two workspaces differ.
pub(super) fn differing(before: &Workspace, now: &Workspace) -> Vec<PathBuf> {
    let (before, now) = (texts(before), texts(now));
    let paths: BTreeSet<&Path> = before.keys().chain(now.keys()).copied().collect();
    paths.into_iter().filter(|path| before.get(path) != now.get(path)).map(Path::to_path_buf).collect()
}
