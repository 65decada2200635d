//! Stored files, for `File` blocks.

use std::fmt;

use async_trait::async_trait;

use crate::run::Tenant;

/// A store of files.
#[async_trait]
pub trait Files: Send + Sync {
    /// A file of a tenant. Files are not changed: the same id gives the same bytes.
    ///
    /// # Errors
    /// [`FileError`].
    async fn file(&self, tenant: &Tenant, id: &str) -> Result<StoredFile, FileError>;
}

/// A stored file. `Debug` leaves the content out.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl fmt::Debug for StoredFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredFile").field("bytes", &self.content.len()).finish_non_exhaustive()
    }
}

/// Why a file is not there.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The tenant has no such file.
    #[error("there is no such file")]
    NotFound,
    /// The store cannot be asked now.
    #[error("the file store is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A host without files.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

#[async_trait]
impl Files for NoFiles {
    async fn file(&self, _: &Tenant, _: &str) -> Result<StoredFile, FileError> {
        Err(FileError::NotFound)
    }
}
