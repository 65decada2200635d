//! The packages that a workspace uses: folders beside it, whose files are read with its own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Component, Path, PathBuf};

use engage_engine::ids::SemanticId;
use engage_engine::problem::CodeInfo;
use engage_playbooks::model::{Package, Visibility};

use super::files::{self, Found, Limits};
use super::kind::MANIFEST;
use super::{codes, manifest};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Source, Span, Spanned};

/// Packages of packages of packages are read down to here.
const MAX_DEPTH: usize = 4;

/// Gives the files of a folder: from the disk, or from what is there in memory. The text says what stands in the way.
pub(super) type Fetch<'f> = dyn FnMut(&Path, &Found) -> Result<Found, String> + 'f;

/// A manifest whose packages are to be read.
struct Open {
    folder: PathBuf,
    uses: Vec<Spanned<String>>,
    /// The folders that led here, itself included.
    chain: Vec<PathBuf>,
}

/// Reads the packages that the manifest at the top names, and those that they name. Their files stand before the
/// workspace's own, so that of two items with one id the workspace's is the second.
pub(super) fn gather(own: Found, root: &Path, fetch: &mut Fetch<'_>) -> Found {
    let mut found = own;
    let mut open = VecDeque::new();
    let top = root.join(MANIFEST);
    let at_top = found.sources.iter().find(|(_, source)| source.path() == top);
    if let Some((file, source)) = at_top {
        let uses = manifest::read(file, source.text()).0.packages;
        open.push_back(Open { folder: root.to_path_buf(), uses, chain: vec![normal(root)] });
    }
    let mut known = BTreeSet::new();
    while let Some(Open { folder, uses, chain }) = open.pop_front() {
        for Spanned { value, span } in uses {
            let path = normal(&folder.join(&value));
            let name = identity(&path);
            if chain.iter().any(|one| identity(one) == name) {
                found.wrong(&codes::PACKAGE_CYCLE, span, "the package uses itself", "leave one of them out");
            } else if chain.len() > MAX_DEPTH {
                let message = format!("packages stand in each other more than {MAX_DEPTH} deep; this one is not read");
                found.wrong(&codes::PACKAGE_CYCLE, span, message, "name it in the workspace itself");
            } else if known.insert(name) {
                let read = fetch(&path, &found);
                let more = found.take(read, &path, span);
                let chain = chain.iter().cloned().chain([path.clone()]).collect();
                open.extend(more.map(|uses| Open { folder: path, uses, chain }));
            }
        }
    }
    found
}

/// What a folder is called, whichever way leads there.
fn identity(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// A path without `.`, and without `..` where that goes by the names alone.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// Fetches from the disk, within what the limits leave over.
pub(super) fn from_disk(folder: &Path, so_far: &Found, limits: &Limits) -> Result<Found, String> {
    let read: usize = so_far.sources.iter().map(|(_, source)| source.text().len()).sum();
    let left = Limits {
        total_bytes: limits.total_bytes.saturating_sub(read as u64),
        files: limits.files.saturating_sub(so_far.sources.iter().count()),
        nested: false,
        ..limits.clone()
    };
    files::read(folder, &left).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such folder".to_owned(),
        kind => format!("the folder cannot be read: {kind}"),
    })
}

/// Fetches from files in memory: what is below the folder is taken out of them.
pub(super) fn from_memory(folder: &Path, rest: &mut BTreeMap<PathBuf, Source>) -> Result<Found, String> {
    let (inside, outside): (BTreeMap<_, _>, _) =
        std::mem::take(rest).into_iter().partition(|(path, _)| normal(path).starts_with(folder));
    *rest = outside;
    if inside.is_empty() { Err("there is no such folder".to_owned()) } else { Ok(Found::of(inside)) }
}

impl Found {
    fn wrong(&mut self, info: &CodeInfo, at: Span, message: impl Into<String>, help: &str) {
        self.diagnostics.push(Diagnostic::error(info.code, at, message).help(help));
    }

    /// Adds the files of a package that was read, and gives what it uses itself.
    fn take(&mut self, read: Result<Self, String>, folder: &Path, at: Span) -> Option<Vec<Spanned<String>>> {
        let help = "name a folder beside the workspace that has an `engage.toml` with a `[package]` table";
        let read = match read {
            Ok(read) => read,
            Err(message) => {
                self.wrong(&codes::PACKAGE, at, message, help);
                return None;
            }
        };
        let top = folder.join(MANIFEST);
        let Some(manifest) = read.sources.iter().find(|(_, source)| normal(source.path()) == top) else {
            self.wrong(&codes::PACKAGE, at, "the folder has no `engage.toml`", help);
            return None;
        };
        let (manifest, _) = manifest::read(manifest.0, manifest.1.text());
        let Some((name, table)) = named(manifest.name.as_deref(), manifest.package) else {
            let message = "the workspace in this folder is no package";
            self.wrong(
                &codes::PACKAGE,
                at,
                message,
                "give its `engage.toml` a `[package]` table, and a slug as `name`",
            );
            return None;
        };
        if self.packages.iter().any(|(package, _)| package.name == name) {
            self.wrong(&codes::PACKAGE, at, format!("there is another package `{name}`"), "leave one of them out");
            return None;
        }
        let package = Package { name, version: table.version, visibility: table.visibility };
        let base = self.append(read, &package);
        let moved = |uses: Spanned<String>| Spanned { span: moved(uses.span, base), ..uses };
        Some(manifest.packages.into_iter().map(moved).collect())
    }

    /// Adds the files of a package behind those that are there; gives the number of the first.
    fn append(&mut self, read: Self, package: &Package) -> u32 {
        let base = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
        let closed = package.visibility == Visibility::Proprietary;
        for ((_, source), kind) in read.sources.iter().zip(read.kinds) {
            let source = if closed { source.clone().confidential() } else { source.clone() };
            self.put(source, kind);
        }
        self.diagnostics.extend(read.diagnostics.into_iter().map(|mut found| {
            found.span = found.span.map(|span| moved(span, base));
            found
        }));
        self.packages.push((package.clone(), FileId(base)));
        base
    }
}

fn moved(span: Span, base: u32) -> Span {
    Span { file: FileId(span.file.0.saturating_add(base)), ..span }
}

/// The name and the table of a package that has both.
fn named(name: Option<&str>, table: Option<manifest::PackageTable>) -> Option<(SemanticId, manifest::PackageTable)> {
    Some((SemanticId::new(name?).ok()?, table?))
}
