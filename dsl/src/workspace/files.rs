//! Finds and reads the files of a folder, in the order of their paths, within limits.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use engage_engine::problem::{Code, CodeInfo};
use engage_playbooks::model::Package;

use super::codes;
use super::kind::{FileKind, MANIFEST};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Source, Sources, Span};

/// What is read of a folder at most.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files.
    pub total_bytes: u64,
    /// Number of files that are read.
    pub files: usize,
    /// Number of entries that are looked at, read or not.
    pub entries: usize,
    /// Folders inside each other.
    pub depth: usize,
    /// Whether folders with an `engage.toml` of their own are read too: for programs that want files, not a model.
    pub nested: bool,
}

impl Default for Limits {
    /// 4 MiB a file, 256 MiB and 50,000 files in all, 500,000 entries, 32 folders deep, without other workspaces.
    fn default() -> Self {
        Self { file_bytes: 4 << 20, total_bytes: 256 << 20, files: 50_000, entries: 500_000, depth: 32, nested: false }
    }
}

/// The files of a folder with what stood in the way of reading them.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) sources: Sources,
    /// The kind of each source, by its number. `None`: the content could not be read.
    pub(super) kinds: Vec<Option<FileKind>>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The packages, each with its first file; its files go on to the next package's. Own files come before them all.
    pub(super) packages: Vec<(Package, FileId)>,
}

impl Found {
    /// Adds a file whose text is known.
    pub(super) fn add(&mut self, path: PathBuf, text: impl Into<std::sync::Arc<str>>, kind: Option<FileKind>) -> Span {
        Span::new(self.put(Source::new(path, text), kind), 0, 0)
    }

    /// Files from memory.
    pub(super) fn of(files: BTreeMap<PathBuf, Source>) -> Self {
        let mut found = Self::default();
        for (path, source) in files {
            found.put(source, FileKind::of(&path));
        }
        found
    }

    /// The same files with other texts for some, and with new ones, which are judged as if they had been read. What is wrong
    /// with files that stay is kept.
    pub(super) fn changed(self, changes: &BTreeMap<PathBuf, String>, limits: &Limits) -> Self {
        let mut found = Self { diagnostics: self.diagnostics, ..Self::default() };
        let mut new = changes.clone();
        for ((_, source), kind) in self.sources.iter().zip(self.kinds) {
            match new.remove(source.path()) {
                Some(text) => found.written(source.path(), text, limits),
                None => drop(found.put(source.clone(), kind)),
            }
        }
        for (path, text) in new {
            found.written(&path, text, limits);
        }
        let total: u64 = found.sources.iter().map(|(_, source)| source.text().len() as u64).sum();
        let count = found.sources.iter().count();
        if total > limits.total_bytes || count > limits.files {
            let (most, bytes) = (limits.files, size(limits.total_bytes));
            let message = format!("{count} files of {}, and at most {most} of {bytes} are read", size(total));
            let refusal = Refusal::too_large(message);
            let error = Diagnostic::error(refusal.code, Span::new(FileId(0), 0, 0), refusal.message);
            found.diagnostics.push(Diagnostic { span: None, ..error.help(refusal.help) });
        }
        found
    }

    /// Adds a text that is about to be written.
    fn written(&mut self, path: &Path, text: String, limits: &Limits) {
        let length = text.len() as u64;
        if length > limits.file_bytes {
            self.refuse(path, Refusal::file_too_large(length, limits));
        } else {
            take(path, text.into_bytes(), self);
        }
    }

    /// Adds a file.
    pub(super) fn put(&mut self, source: Source, kind: Option<FileKind>) -> FileId {
        self.kinds.push(kind);
        self.sources.add(source)
    }

    fn refuse(&mut self, path: &Path, refusal: Refusal) {
        let span = self.add(path.to_path_buf(), "", None);
        self.diagnostics.push(Diagnostic::error(refusal.code, span, refusal.message).help(refusal.help));
    }
}

/// Why a file or folder is not read.
struct Refusal {
    code: Code,
    message: String,
    help: &'static str,
}

impl Refusal {
    fn new(info: &CodeInfo, message: impl Into<String>, help: &'static str) -> Self {
        Self { code: info.code, message: message.into(), help }
    }

    fn file_too_large(length: u64, limits: &Limits) -> Self {
        let message = format!("the file has {}, at most {} are read", size(length), size(limits.file_bytes));
        Self::new(&codes::FILE_TOO_LARGE, message, "split it, or move it out of the workspace")
    }

    fn too_large(message: String) -> Self {
        Self::new(&codes::WORKSPACE_TOO_LARGE, message, "is this the folder that was meant?")
    }
}

/// Reads a folder. The error says why there is nothing to read at all.
pub(super) fn read(root: &Path, limits: &Limits) -> Result<Found, std::io::Error> {
    let canonical = fs::canonicalize(root)?;
    fs::read_dir(root)?;
    let mut walk = Walk { root, canonical, limits, paths: BTreeMap::new(), entries: 0 };
    walk.run();
    let mut found = Found::default();
    let (mut total, mut count) = (0, 0);
    for (path, refusal) in walk.paths {
        if let Some(refusal) = refusal {
            found.refuse(&path, refusal);
            continue;
        }
        count += 1;
        if count > limits.files {
            let message = format!("more than {} files; the rest is not read", limits.files);
            found.refuse(&path, Refusal::too_large(message));
            break;
        }
        total += read_file(&path, limits, &mut found);
        if total > limits.total_bytes {
            let most = size(limits.total_bytes);
            let message = format!("the files are larger than {most} together; the rest is not read");
            found.refuse(&path, Refusal::too_large(message));
            break;
        }
    }
    Ok(found)
}

/// One file that belongs to no workspace, and what stood in the way of reading it.
pub(crate) fn one_file(path: &Path, limits: &Limits) -> (Sources, Vec<Diagnostic>) {
    let mut found = Found::default();
    read_file(path, limits, &mut found);
    (found.sources, found.diagnostics)
}

/// A text, judged as the file that it came from would be.
pub(crate) fn one_text(path: &Path, text: &str, limits: &Limits) -> (Sources, Vec<Diagnostic>) {
    let mut found = Found::default();
    found.written(path, text.to_owned(), limits);
    (found.sources, found.diagnostics)
}

struct Walk<'w> {
    root: &'w Path,
    canonical: PathBuf,
    limits: &'w Limits,
    /// What is to be read, and what is not with the reason; sorted, so that the order of a disk shows nowhere.
    paths: BTreeMap<PathBuf, Option<Refusal>>,
    entries: usize,
}

impl Walk<'_> {
    fn run(&mut self) {
        let mut folders = vec![(self.root.to_path_buf(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else {
                let help = "give yourself permission to read it, or move it out of the workspace";
                self.refuse(folder, Refusal::new(&codes::UNREADABLE, "the folder cannot be read", help));
                continue;
            };
            for entry in entries.flatten() {
                self.entries += 1;
                if self.entries > self.limits.entries {
                    let message = format!("more than {} files and folders; the rest is not read", self.limits.entries);
                    self.refuse(folder, Refusal::too_large(message));
                    return;
                }
                self.entry(&entry, depth, &mut folders);
            }
        }
    }

    fn refuse(&mut self, path: PathBuf, refusal: Refusal) {
        self.paths.insert(path, Some(refusal));
    }

    fn entry(&mut self, entry: &fs::DirEntry, depth: usize, folders: &mut Vec<(PathBuf, usize)>) {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let Ok(kind) = entry.file_type() else { return };
        if hidden {
            return;
        }
        if kind.is_symlink() {
            self.link(path);
        } else if kind.is_dir() {
            self.folder(path, depth, folders);
        } else if kind.is_file() && FileKind::of(&path).is_some() {
            self.paths.insert(path, None);
        }
    }

    fn folder(&mut self, path: PathBuf, depth: usize, folders: &mut Vec<(PathBuf, usize)>) {
        if !self.limits.nested && path.join(MANIFEST).is_file() {
            // A workspace of its own.
            return;
        }
        if depth + 1 < self.limits.depth {
            folders.push((path, depth + 1));
        } else {
            let message = format!("more than {} folders inside each other; this one is not read", self.limits.depth);
            self.refuse(path, Refusal::too_large(message));
        }
    }

    /// Follows a link to a file of the workspace, and no other.
    fn link(&mut self, path: PathBuf) {
        let wanted = FileKind::of(&path).is_some();
        let Ok(target) = fs::canonicalize(&path) else {
            if wanted {
                let help = "remove the link or restore what it leads to";
                self.refuse(path, Refusal::new(&codes::UNREADABLE, "the link leads nowhere", help));
            }
            return;
        };
        if !target.is_file() {
            let help = "move the folder into the workspace, or remove the link";
            self.refuse(path, Refusal::new(&codes::LINK, "links to folders are not followed", help));
            return;
        }
        if !wanted {
            return;
        }
        let Ok(inside) = target.strip_prefix(&self.canonical) else {
            let message = "the link leads out of the workspace and is not followed";
            self.refuse(path, Refusal::new(&codes::LINK, message, "copy the file into the workspace"));
            return;
        };
        // A file that is read under its own name is not read twice.
        let visible = inside.components().all(|part| !part.as_os_str().to_string_lossy().starts_with('.'));
        if !(visible && FileKind::of(inside).is_some()) {
            self.paths.insert(path, None);
        }
    }
}

/// Reads one file and gives the number of its bytes.
fn read_file(path: &Path, limits: &Limits, found: &mut Found) -> u64 {
    // A file may grow between being measured and being read: only so much is ever read.
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| {
        let length = file.metadata()?.len();
        if length > limits.file_bytes {
            return Ok(length);
        }
        file.take(limits.file_bytes + 1).read_to_end(&mut bytes).map(|length| length as u64)
    });
    match read {
        Err(error) => {
            let message = format!("the file cannot be read: {}", error.kind());
            found.refuse(path, Refusal::new(&codes::UNREADABLE, message, "check its permissions"));
            0
        }
        Ok(length) if length > limits.file_bytes => {
            found.refuse(path, Refusal::file_too_large(length, limits));
            0
        }
        Ok(length) => {
            take(path, bytes, found);
            length
        }
    }
}

fn take(path: &Path, bytes: Vec<u8>, found: &mut Found) {
    match std::str::from_utf8(&bytes) {
        Ok(text) if !text.contains('\0') => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            found.add(path.to_path_buf(), text, FileKind::of(path));
        }
        Ok(text) => not_text(path, &bytes, text.find('\0').unwrap_or(0), found),
        Err(error) => not_text(path, &bytes, error.valid_up_to(), found),
    }
}

/// Reports the first byte that is no text; the file is kept up to there, to show the line.
fn not_text(path: &Path, bytes: &[u8], at: usize, found: &mut Found) {
    let head = bytes.get(..at).and_then(|head| std::str::from_utf8(head).ok()).unwrap_or("");
    let byte = bytes.get(at).copied().unwrap_or(0);
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let help = match byte {
        _ if utf16 => "this looks like UTF-16: save the file as UTF-8",
        _ if bytes.contains(&0) => "this looks like a binary file: move it out of the workspace or rename it",
        _ => "save the file as UTF-8",
    };
    let span = found.add(path.to_path_buf(), format!("{head}\u{fffd}"), None);
    let span = Span::new(span.file, at, at + '\u{fffd}'.len_utf8());
    let message = format!("the file is not UTF-8 text: byte {at} is 0x{byte:02x}");
    found.diagnostics.push(Diagnostic::error(codes::NOT_TEXT.code, span, message).help(help));
}

/// A size for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}
