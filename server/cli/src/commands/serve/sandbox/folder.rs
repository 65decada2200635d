//! The folder of a sandbox. A file in it says that a sandbox made it, and keeps what it has drawn.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::failure::Failure;

/// The file that says whose folder it is: JSON, names and what was drawn for them.
const MARK: &str = "engage-sandbox.json";
/// The file with the key to its secrets.
const KEY: &str = "engage-sandbox.key";

/// A folder that a sandbox has made, or was told to take.
pub(super) struct Folder {
    path: PathBuf,
    /// Removes the folder with the process.
    _temporary: Option<TempDir>,
}

impl Folder {
    /// A folder that goes with the process.
    pub(super) fn temporary() -> Result<Self, Failure> {
        let made = tempfile::Builder::new().prefix("engage-sandbox-").tempdir();
        let made = made.map_err(|error| Failure::outside(format!("no temporary folder can be made: {error}")))?;
        let folder = Self { path: made.path().to_owned(), _temporary: Some(made) };
        folder.write(&BTreeMap::new())?;
        Ok(folder)
    }

    /// A folder of one's choice: new, empty, or made by a sandbox before. Another one only where that is asked for.
    pub(super) fn claim(path: &Path, any: bool) -> Result<Self, Failure> {
        fs::create_dir_all(path).map_err(|error| Failure::write(path, &error))?;
        // Absolute, for it is told to others than this process.
        let path = fs::canonicalize(path).map_err(|error| Failure::write(path, &error))?;
        let folder = Self { path, _temporary: None };
        if folder.mark().exists() {
            return Ok(folder);
        }
        let read = |error: std::io::Error| Failure::read(&folder.path, &error);
        // A process that ended while it wrote the first mark has left that alone.
        let mut entries = fs::read_dir(&folder.path).map_err(read)?.flatten();
        if !any && entries.any(|entry| entry.path() != folder.new_mark()) {
            let message = format!("`{}` has things in it that no sandbox has put there", folder.path.display());
            let failure = Failure::usage(message);
            return Err(failure.help("name a new folder; `--unsafe-sandbox` takes this one all the same"));
        }
        folder.write(&BTreeMap::new())?;
        Ok(folder)
    }

    /// A place in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// What is kept under a name.
    pub(super) fn find(&self, name: &str) -> Result<Option<String>, Failure> {
        Ok(self.read()?.remove(name))
    }

    /// Keeps something under a name, in the place of what was.
    pub(super) fn keep(&self, name: &str, what: String) -> Result<(), Failure> {
        let mut kept = self.read()?;
        kept.insert(name.to_owned(), what);
        self.write(&kept)
    }

    /// The file with the key that secrets of the sandbox are kept under, drawn where it is not there.
    pub(super) fn key(&self) -> Result<PathBuf, Failure> {
        let path = self.path(KEY);
        if !path.exists() {
            let key = format!("sandbox:{}\n", super::draw()?);
            self.replace(&path, key.as_bytes())?;
        }
        Ok(path)
    }

    fn mark(&self) -> PathBuf {
        self.path.join(MARK)
    }

    /// Where it is written before it is in its place.
    fn new_mark(&self) -> PathBuf {
        new(&self.mark())
    }

    fn read(&self) -> Result<BTreeMap<String, String>, Failure> {
        let text = fs::read_to_string(self.mark()).map_err(|error| Failure::read(&self.mark(), &error))?;
        let wrong = |_| Failure::outside(format!("`{}` is not as a sandbox writes it", self.mark().display()));
        serde_json::from_str(&text).map_err(wrong)
    }

    /// Replaces the file as a whole: whoever kills the process finds the one before or this one.
    fn write(&self, kept: &BTreeMap<String, String>) -> Result<(), Failure> {
        self.replace(&self.mark(), &serde_json::to_vec(kept).map_err(|_| Failure::outside("what is kept is no JSON"))?)
    }

    /// The same of any file, which its owner alone can read.
    fn replace(&self, path: &Path, text: &[u8]) -> Result<(), Failure> {
        let new = new(path);
        let written = || -> std::io::Result<()> {
            match fs::remove_file(&new) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&new)?;
            file.write_all(text)?;
            file.sync_all()?;
            fs::rename(&new, path)
        };
        written().map_err(|error| Failure::write(path, &error))
    }
}

/// Where a file is written before it is in its place.
fn new(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_things_of_others_is_taken_only_where_that_is_asked_for() {
        let outer = tempfile::tempdir().unwrap();
        let own = outer.path().join("own");
        Folder::claim(&own, false).unwrap().keep("one", "1".to_owned()).unwrap();
        fs::write(own.join("more"), "").unwrap();
        let again = Folder::claim(&own, false).unwrap();
        assert_eq!(again.find("one").unwrap().as_deref(), Some("1"));
        let other = outer.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("accounts"), "").unwrap();
        assert!(Folder::claim(&other, false).is_err());
        assert!(Folder::claim(&other, true).is_ok());
        let begun = outer.path().join("begun");
        fs::create_dir(&begun).unwrap();
        fs::write(begun.join(format!("{MARK}.new")), "{").unwrap();
        Folder::claim(&begun, false).unwrap().keep("one", "1".to_owned()).unwrap();
    }
}
