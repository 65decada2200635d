//! The file: whose it is, what stands beside it.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Makes the file where it is not there; SQLite gives what it puts beside it the same permissions.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    own(path).map(drop)
}

/// A file that only this user reads, made where it is not there.
pub(crate) fn own(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A path beside the file.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// A lock on a file of its own, made where it is not there: the system gives it back whatever becomes of the process. `None` while
/// another holds it.
pub(crate) fn lock(path: &Path) -> io::Result<Option<File>> {
    let file = own(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
