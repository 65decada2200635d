//! Which seeds a folder has had: they are its beginning, and are not sown again by a sandbox that goes on from it.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};

use super::Service;
use super::seed::{self, SeedError};

/// The list of a folder; of none in memory, where every start is a beginning.
#[derive(Debug)]
pub(crate) struct Sown(Option<PathBuf>);

impl Sown {
    /// The list of a folder, which a folder without the rows of every CRM begins anew.
    pub(crate) fn of(folder: Option<&Path>, files: &[&str]) -> Result<Sown, SeedError> {
        let sown = Sown(folder.map(|folder| folder.join("seeds")));
        if folder.is_some_and(|folder| !files.iter().all(|file| folder.join(file).exists())) {
            sown.forget()?;
        }
        Ok(sown)
    }

    /// Sows the seeds that were not sown by an earlier sandbox.
    pub(crate) fn sow(&self, seeds: &[String], services: &[Arc<dyn Service>]) -> Result<(), SeedError> {
        let before = self.read()?;
        for text in seeds {
            let mark = mark(text);
            if before.lines().all(|line| line != mark) {
                seed::sow(text, services)?;
                self.remember(&mark)?;
            }
        }
        Ok(())
    }

    /// Begins anew.
    pub(crate) fn forget(&self) -> Result<(), SeedError> {
        let Some(path) = &self.0 else { return Ok(()) };
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(SeedError::List(error)),
            _ => Ok(()),
        }
    }

    fn read(&self) -> Result<String, SeedError> {
        let Some(path) = &self.0 else { return Ok(String::new()) };
        match std::fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
            result => result.map_err(SeedError::List),
        }
    }

    fn remember(&self, mark: &str) -> Result<(), SeedError> {
        let Some(path) = &self.0 else { return Ok(()) };
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        file.and_then(|mut file| writeln!(file, "{mark}")).map_err(SeedError::List)
    }
}

/// What tells one text from another.
fn mark(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
