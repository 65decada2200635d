//! The files that `File` blocks give: what lies in a folder, by id.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use engage_playbooks::blocks::Limits;
use engage_playbooks::ports::{FileError, Files, StoredFile};
use engage_playbooks::run::Tenant;

use crate::failure::Failure;

/// Media types by the end of a name; everything else is bytes.
const TYPES: [(&str, &str); 12] = [
    ("csv", "text/csv"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("md", "text/markdown"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("txt", "text/plain"),
    ("xml", "application/xml"),
    ("yaml", "application/yaml"),
];

/// A folder of files. The id of a file is its name, or its name without what stands behind the last dot. An id is never a way
/// to somewhere else: only names of the folder itself are compared with it, and links lead nowhere.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A folder that is there.
    ///
    /// # Errors
    /// When it is none.
    pub fn open(path: &Path) -> Result<Arc<Self>, Failure> {
        if path.is_dir() {
            return Ok(Arc::new(Self(path.to_path_buf())));
        }
        let failure = Failure::usage(format!("`{}` is no folder", path.display()));
        Err(failure.help("it holds the files of `File` blocks, each under its id"))
    }

    /// The file of an id: the one of just that name, else the only one that has another ending.
    fn named(&self, id: &str) -> Result<Option<PathBuf>, std::io::Error> {
        let mut ending = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            if !entry.file_type()?.is_file() {
                continue;
            }
            let (name, path) = (entry.file_name(), entry.path());
            if name.to_str() == Some(id) {
                return Ok(Some(path));
            }
            if path.file_stem().and_then(|stem| stem.to_str()) == Some(id) {
                ending.push(path);
            }
        }
        Ok(if ending.len() == 1 { ending.pop() } else { None })
    }

    fn read(&self, id: &str) -> Result<Option<StoredFile>, std::io::Error> {
        let Some(path) = self.named(id)? else { return Ok(None) };
        // One byte more than a block takes, so that it says so.
        let most = u64::try_from(Limits::default().file_bytes).unwrap_or(u64::MAX).saturating_add(1);
        let mut content = Vec::new();
        fs::File::open(&path)?.take(most).read_to_end(&mut content)?;
        let text = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).unwrap_or_default().to_owned();
        let ending = text(path.extension()).to_lowercase();
        let known = TYPES.iter().find(|(end, _)| *end == ending).map_or("application/octet-stream", |(_, of)| of);
        Ok(Some(StoredFile { name: text(path.file_name()), content_type: known.to_owned(), content }))
    }
}

#[async_trait]
impl Files for Folder {
    async fn file(&self, _: &Tenant, id: &str) -> Result<StoredFile, FileError> {
        match self.read(id) {
            Ok(Some(file)) => Ok(file),
            Ok(None) => Err(FileError::NotFound),
            Err(error) => Err(FileError::Unavailable(Box::new(error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_id_and_nothing_outside_is() {
        let place = tempfile::tempdir().unwrap();
        let inner = place.path().join("files");
        fs::create_dir_all(inner.join("deep")).unwrap();
        fs::write(place.path().join("secret.txt"), "secret").unwrap();
        fs::write(inner.join("deep/terms.txt"), "deep").unwrap();
        for (name, text) in [("terms-1.pdf", "one"), ("two.txt", "a"), ("two.md", "b"), ("plain", "c")] {
            fs::write(inner.join(name), text).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(place.path().join("secret.txt"), inner.join("link.txt")).unwrap();
        let folder = Folder::open(&inner).unwrap();
        let read = |id: &str| folder.read(id).unwrap();
        let found = read("terms-1").unwrap();
        assert_eq!((found.name.as_str(), found.content_type.as_str()), ("terms-1.pdf", "application/pdf"));
        assert_eq!(read("two.md").unwrap().content, b"b");
        assert_eq!(read("plain").unwrap().content_type, "application/octet-stream");
        for id in ["two", "../secret.txt", "../secret", "deep/terms.txt", "deep", "link", "link.txt", "", ".", ".."] {
            assert!(read(id).is_none(), "{id}");
        }
        assert!(Folder::open(&place.path().join("secret.txt")).is_err());
    }

    #[test]
    fn no_more_is_read_than_shows_that_a_file_is_too_large() {
        let place = tempfile::tempdir().unwrap();
        let most = Limits::default().file_bytes;
        fs::write(place.path().join("big"), vec![0; most + 1000]).unwrap();
        let folder = Folder::open(place.path()).unwrap();
        assert_eq!(folder.read("big").unwrap().unwrap().content.len(), most + 1);
    }
}
