//! Several files changed at once: all of them, or none.
//!
//! In `.engage-import` inside the workspace, which as a hidden folder is no part of it, the new files are written, and beside
//! them the old ones. Then a journal is put there that says which files are about to change, and each new file is renamed into
//! its place. Removing the journal makes all of it count. Until then whoever finds the journal takes everything back: the
//! import itself when something fails, or, when it was killed, [`recover`], which the next command calls.
//!
//! A lock on a file in the folder, which the system lets go of when its holder dies, tells an import that is under way from one
//! that was interrupted.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use engage_engine::problem::Severity;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::codes;
use super::disk::{Disk, Real};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};
use crate::workspace::{FileKind, MANIFEST};

/// The folder, in the workspace.
const STAGE: &str = ".engage-import";
const JOURNAL: &str = "journal";
const LOCK: &str = "lock";
/// The most that is read of a journal, in bytes.
const MAX_JOURNAL: u64 = 64 << 20;

/// A file that changes, by its path in the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: PathBuf,
    /// What is there now; `None` for a new file.
    pub(super) old: Option<Vec<u8>>,
    pub(super) new: Vec<u8>,
}

/// Why an import was not applied: the workspace is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Another import is under way.
    #[error("another import of this workspace is under way")]
    UnderWay,
    /// These files are not what they were when the import was planned.
    #[error("files were changed by somebody else: {}", shown(.0))]
    Changed(Vec<PathBuf>),
    /// An import was interrupted, and these files were edited since: taking it back would lose that.
    #[error("an import was interrupted, and files were edited since: {}", shown(.0))]
    Edited(Vec<PathBuf>),
    /// The disk refused, and everything that had been done was taken back.
    #[error("`{}` cannot be written; nothing was changed", .0.display())]
    Disk(PathBuf, #[source] io::Error),
    /// The disk refused to take back, too. The next command tries again; until then the workspace is not read.
    #[error("an import was interrupted and cannot be taken back, because of `{}`", .0.display())]
    Left(PathBuf, #[source] io::Error),
}

/// What [`recover`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovered {
    /// Nothing: no import was interrupted.
    Nothing,
    /// An import that was interrupted, and was taken back: the workspace is as it was before it.
    TakenBack,
}

/// What is about to change, for whoever has to take it back. Paths are below the workspace, with `/` between names.
#[derive(Debug, Serialize, Deserialize)]
struct Journal {
    /// The folders that are made, outer ones first.
    folders: Vec<String>,
    /// The files; the n-th has `n.new` and, where it was there before, `n.old` beside the journal.
    files: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: String,
    /// The digest of what was there.
    old: Option<String>,
    /// The digest of what comes there.
    new: String,
}

/// Takes back an import of a workspace that was interrupted, if there is one.
///
/// # Errors
/// What stands in the way: another import is under way, a file was edited since, or the disk refuses.
pub fn recover(folder: impl AsRef<Path>) -> Result<Recovered, ApplyError> {
    recover_on(&Real, folder.as_ref())
}

/// Whether an import has begun to change files, and has not ended.
pub(crate) fn interrupted(folder: &Path) -> bool {
    folder.join(STAGE).join(JOURNAL).symlink_metadata().is_ok()
}

/// What is wrong with a workspace that is read in that state.
pub(crate) fn half_done() -> Diagnostic {
    let message = "an import is under way, or was interrupted: what is read may be half of it";
    let help = "try again in a moment; any command of `engage` on this workspace takes back what was interrupted";
    unplaced(codes::INTERRUPTED.code, message).help(help)
}

fn unplaced(code: engage_engine::problem::Code, message: impl Into<String>) -> Diagnostic {
    Diagnostic { span: None, ..Diagnostic::error(code, Span::new(FileId(0), 0, 0), message) }
}

impl Recovered {
    /// What to tell a person about it: a warning.
    pub fn diagnostic(self) -> Option<Diagnostic> {
        let message = "an import was interrupted and is taken back; the workspace is as it was before";
        let warning = Diagnostic { severity: Severity::Warning, ..unplaced(codes::INTERRUPTED.code, message) };
        (self == Self::TakenBack).then(|| warning.help("run `engage import` again"))
    }
}

impl ApplyError {
    /// The finding that tells of it.
    pub fn diagnostic(&self) -> Diagnostic {
        let restore = format!("`{STAGE}` has the old files: restore what should be as it was, and remove that folder");
        let (code, help) = match self {
            Self::UnderWay => (codes::UNDER_WAY.code, "try again when it has ended".to_owned()),
            Self::Edited(_) => (codes::INTERRUPTED.code, restore),
            Self::Changed(_) => (codes::CHANGED.code, "plan the import again".to_owned()),
            Self::Disk(..) => {
                (codes::NOT_WRITTEN.code, "see to the disk and its permissions, and try again".to_owned())
            }
            Self::Left(..) => (codes::INTERRUPTED.code, format!("the next command tries again; or {restore}")),
        };
        let cause = std::error::Error::source(self).map(|cause| format!(": {cause}")).unwrap_or_default();
        unplaced(code, format!("{self}{cause}")).help(help)
    }

    /// The same, where it was met while taking back.
    fn left(self) -> Self {
        match self {
            Self::Disk(path, error) => Self::Left(path, error),
            other => other,
        }
    }
}

fn shown(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}

/// Names the path that an operation failed on.
fn at<T>(path: &Path, done: io::Result<T>) -> Result<T, ApplyError> {
    done.map_err(|error| ApplyError::Disk(path.to_path_buf(), error))
}

/// Changes files of a workspace, all or none. What was interrupted before is taken back first. `verify` looks once more, when
/// nobody else can import, whether the workspace is what it was.
pub(super) fn commit(
    disk: &dyn Disk,
    root: &Path,
    verify: impl FnOnce() -> Result<Vec<Change>, ApplyError>,
) -> Result<(), ApplyError> {
    recover_on(disk, root)?;
    let stage = root.join(STAGE);
    at(&stage, disk.make_folder(&stage))?;
    let _lock = locked(&stage)?;
    let done = verify().and_then(|changes| {
        let journal = prepare(disk, root, &stage, &changes)?;
        carry_out(disk, root, &stage, &journal)
    });
    if done.is_err() {
        take_back(disk, root, &stage).map_err(ApplyError::left)?;
    }
    // It counts already, or nothing has happened. What is left in the folder is removed by the next command where it cannot
    // be now.
    let _ = disk.sync(&stage);
    let _ = disk.remove_all(&stage);
    done
}

/// Makes the lock of an import that begins.
fn locked(stage: &Path) -> Result<File, ApplyError> {
    let path = stage.join(LOCK);
    let file = at(&path, File::create_new(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ApplyError::UnderWay),
        Err(TryLockError::Error(error)) => Err(ApplyError::Disk(path, error)),
    }
}

/// Writes the new files and the old ones aside, and the journal that names them.
fn prepare(disk: &dyn Disk, root: &Path, stage: &Path, changes: &[Change]) -> Result<Journal, ApplyError> {
    let mut journal = Journal { folders: missing_folders(root, changes), files: Vec::with_capacity(changes.len()) };
    for (number, Change { path, old, new }) in changes.iter().enumerate() {
        let target = root.join(path);
        let aside = |end: &str, bytes: &[u8]| {
            let file = stage.join(format!("{number}.{end}"));
            at(&file, disk.write(&file, bytes))?;
            if old.is_some() { at(&file, disk.permit(&file, &target)) } else { Ok(()) }
        };
        aside("new", new)?;
        if let Some(old) = old {
            aside("old", old)?;
        }
        let name =
            named(path).ok_or_else(|| ApplyError::Disk(target.clone(), io::ErrorKind::InvalidFilename.into()))?;
        journal.files.push(Entry { path: name, old: old.as_deref().map(digest), new: digest(new) });
    }
    let (draft, kept) = (stage.join("journal.new"), stage.join(JOURNAL));
    let text = serde_json::to_vec(&journal).map_err(|error| ApplyError::Disk(draft.clone(), error.into()))?;
    at(&draft, disk.write(&draft, &text))?;
    at(stage, disk.sync(stage))?;
    at(&kept, disk.rename(&draft, &kept))?;
    at(stage, disk.sync(stage))?;
    at(root, disk.sync(root))?;
    Ok(journal)
}

/// Renames the new files into their places. Once the journal is gone it counts.
fn carry_out(disk: &dyn Disk, root: &Path, stage: &Path, journal: &Journal) -> Result<(), ApplyError> {
    for folder in &journal.folders {
        let folder = root.join(folder);
        at(&folder, disk.make_folder(&folder))?;
    }
    for (number, entry) in journal.files.iter().enumerate() {
        let target = root.join(&entry.path);
        if at(&target, current(&target))? != entry.old {
            return Err(ApplyError::Changed(vec![target]));
        }
        at(&target, disk.rename(&stage.join(format!("{number}.new")), &target))?;
    }
    sync_all(disk, root, journal)?;
    let journal = stage.join(JOURNAL);
    at(&journal, disk.remove(&journal))
}

/// Brings the folders of all files to the disk.
fn sync_all(disk: &dyn Disk, root: &Path, journal: &Journal) -> Result<(), ApplyError> {
    let parents = journal.files.iter().filter_map(|entry| Some(root.join(&entry.path).parent()?.to_path_buf()));
    let made = journal.folders.iter().filter_map(|folder| Some(root.join(folder).parent()?.to_path_buf()));
    let folders: BTreeSet<PathBuf> = parents.chain(made).filter(|folder| folder.is_dir()).collect();
    folders.iter().try_for_each(|folder| at(folder, disk.sync(folder)))
}

fn recover_on(disk: &dyn Disk, root: &Path) -> Result<Recovered, ApplyError> {
    let stage = root.join(STAGE);
    match stage.symlink_metadata() {
        Err(_) => return Ok(Recovered::Nothing),
        Ok(found) if !found.is_dir() => return Err(ApplyError::Left(stage, io::ErrorKind::NotADirectory.into())),
        Ok(_) => {}
    }
    let _lock = left(&stage)?;
    let begun = interrupted(root);
    let done = take_back(disk, root, &stage).and_then(|()| at(&stage, disk.remove_all(&stage)));
    done.map_err(ApplyError::left)?;
    Ok(if begun { Recovered::TakenBack } else { Recovered::Nothing })
}

/// The lock of an import whose holder is gone; `None` where it was killed before it had one.
fn left(stage: &Path) -> Result<Option<File>, ApplyError> {
    let path = stage.join(LOCK);
    let open = || OpenOptions::new().read(true).write(true).open(&path);
    let file = match open() {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ApplyError::Left(path, error)),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(ApplyError::UnderWay),
        Err(TryLockError::Error(error)) => return Err(ApplyError::Left(path, error)),
    }
    // Its holder may have ended in between, and another import have begun with a lock of its own: a second look at the same
    // file finds it locked, namely by this one.
    match open().map(|again| again.try_lock()) {
        Ok(Err(TryLockError::WouldBlock)) => Ok(Some(file)),
        _ => Err(ApplyError::UnderWay),
    }
}

/// Puts the old files back and removes the new ones, as the journal says, and then the journal. What was taken back before
/// is left as it is, so that this too may be interrupted.
fn take_back(disk: &dyn Disk, root: &Path, stage: &Path) -> Result<(), ApplyError> {
    let path = stage.join(JOURNAL);
    let Some(journal) = at(&path, read_journal(root, &path))? else { return Ok(()) };
    let (mut todo, mut edited) = (Vec::new(), Vec::new());
    for (number, entry) in journal.files.iter().enumerate() {
        let target = root.join(&entry.path);
        // While its new file lies aside, nothing has happened to the old one.
        if stage.join(format!("{number}.new")).symlink_metadata().is_ok() {
            continue;
        }
        let now = at(&target, current(&target))?;
        if now.as_ref() == Some(&entry.new) {
            todo.push((stage.join(format!("{number}.old")), target, entry.old.is_some()));
        } else if now != entry.old {
            edited.push(target);
        }
    }
    if !edited.is_empty() {
        return Err(ApplyError::Edited(edited));
    }
    for (old, target, was_there) in todo {
        at(&target, if was_there { disk.rename(&old, &target) } else { disk.remove(&target) })?;
    }
    sync_all(disk, root, &journal)?;
    for folder in journal.folders.iter().rev() {
        // One that holds something else by now stays.
        let _ = disk.remove_folder(&root.join(folder));
    }
    at(&path, disk.remove(&path))?;
    at(stage, disk.sync(stage))
}

/// The journal, if there is one. A folder may come from anywhere: it is followed only to files that an import writes.
fn read_journal(root: &Path, path: &Path) -> io::Result<Option<Journal>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MAX_JOURNAL).read_to_end(&mut bytes)?;
    let journal: Journal = serde_json::from_slice(&bytes)?;
    let is_ours = |path: &str| {
        let written = [FileKind::Engage, FileKind::Yaml, FileKind::Platform, FileKind::Template];
        FileKind::of(Path::new(path)).is_some_and(|kind| written.contains(&kind))
    };
    let files = journal.files.iter().all(|entry| is_ours(&entry.path) && is_file_below(root, Path::new(&entry.path)));
    let folders = journal.folders.iter().all(|folder| is_folder_below(root, Path::new(folder)));
    if files && folders {
        Ok(Some(journal))
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "it names what no import of this workspace writes"))
    }
}

/// Whether a path leads to a file of the workspace, or to where one could be: a file that is no link, in such a folder.
pub(super) fn is_file_below(root: &Path, path: &Path) -> bool {
    let free = |found: fs::Metadata| found.is_file();
    is_folder_below(root, path.parent().unwrap_or(Path::new("")))
        && path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.'))
        && root.join(path).symlink_metadata().map_or(true, free)
}

/// Whether a path leads to a folder of the workspace, or to where one could be: by names alone, none of them hidden, through
/// folders that are no links and no workspaces of their own.
pub(super) fn is_folder_below(root: &Path, path: &Path) -> bool {
    let mut at = root.to_path_buf();
    path.components().all(|part| {
        let Component::Normal(name) = part else { return false };
        at.push(name);
        let usable = |found: fs::Metadata| found.is_dir() && !at.join(MANIFEST).exists();
        !name.to_string_lossy().starts_with('.') && at.symlink_metadata().map_or(true, usable)
    })
}

/// The folders that are missing for new files, outer ones first.
fn missing_folders(root: &Path, changes: &[Change]) -> Vec<String> {
    let folders = changes.iter().filter_map(|change| change.path.parent());
    let all: BTreeSet<&Path> = folders.flat_map(Path::ancestors).filter(|path| !path.as_os_str().is_empty()).collect();
    all.into_iter().filter(|folder| !root.join(folder).exists()).filter_map(named).collect()
}

/// A path with `/` between its names; `None` where a name is no text.
fn named(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.components().map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

/// The digest of a file; `None` where there is none.
fn current(path: &Path) -> io::Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(digest(&bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The SHA-256 digest of bytes, in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
