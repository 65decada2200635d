//! Which seeds a folder has had: they are its beginning, and are not sown again by a sandbox that goes on from it.
//!
//! A line of the list is the mark of a seed that is sown, or says that one is begun and how long the files of rows were before it:
//! where that is the last line, the process has ended in between, and what there is of the seed is taken back.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};

use super::Service;
use super::sandbox::StartError;
use super::seed::{self, SeedError};
use crate::store::cut;

/// What a line begins with that is no mark.
const BEGUN: &str = "begun";

/// The list of a folder; of none in memory, where every start is a beginning.
#[derive(Debug)]
pub(crate) struct Sown(Option<List>);

#[derive(Debug)]
struct List {
    path: PathBuf,
    /// The files of rows.
    rows: Vec<PathBuf>,
}

impl Sown {
    /// The list of a folder, which a folder without the rows of every CRM begins anew.
    pub(crate) fn of(folder: Option<&Path>, files: &[&str]) -> Result<Sown, StartError> {
        let rows = |folder: &Path| files.iter().map(|file| folder.join(file)).collect();
        let sown = Sown(folder.map(|folder| List { path: folder.join("seeds"), rows: rows(folder) }));
        match &sown.0 {
            Some(list) if list.rows.iter().all(|rows| rows.exists()) => sown.take_back(list)?,
            _ => sown.forget()?,
        }
        Ok(sown)
    }

    /// Takes back what there is of a seed that was not sown to its end.
    fn take_back(&self, list: &List) -> Result<(), StartError> {
        let text = self.read()?;
        // What is no line was being written: that a seed is begun, or that it is sown; then it is sown once more.
        let whole = text.get(..text.rfind('\n').map_or(0, |end| end + 1)).unwrap_or_default();
        let mut before = whole;
        if let Some((lines, lengths)) = begun(whole) {
            for (rows, length) in list.rows.iter().zip(lengths) {
                cut(rows, length)?;
            }
            before = lines;
        }
        if before.len() == text.len() {
            return Ok(());
        }
        let new = list.path.with_extension("new");
        let written = std::fs::write(&new, before).and_then(|()| std::fs::rename(&new, &list.path));
        Ok(written.map_err(SeedError::List)?)
    }

    /// Sows the seeds that were not sown by an earlier sandbox.
    pub(crate) fn sow(&self, seeds: &[String], services: &[Arc<dyn Service>]) -> Result<(), SeedError> {
        let before = self.read()?;
        for text in seeds {
            let mark = mark(text);
            if before.lines().all(|line| line != mark) {
                self.begin()?;
                seed::sow(text, services)?;
                self.remember(&mark)?;
            }
        }
        Ok(())
    }

    /// Begins anew.
    pub(crate) fn forget(&self) -> Result<(), SeedError> {
        let Some(List { path, .. }) = &self.0 else { return Ok(()) };
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(SeedError::List(error)),
            _ => Ok(()),
        }
    }

    fn read(&self) -> Result<String, SeedError> {
        let Some(List { path, .. }) = &self.0 else { return Ok(String::new()) };
        match std::fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
            result => result.map_err(SeedError::List),
        }
    }

    /// Writes down what is to be there where a seed is not sown to its end.
    fn begin(&self) -> Result<(), SeedError> {
        let Some(List { rows, .. }) = &self.0 else { return Ok(()) };
        let mut line = BEGUN.to_owned();
        for rows in rows {
            let length = std::fs::metadata(rows).map_err(SeedError::List)?.len();
            line.push_str(&format!(" {length}"));
        }
        self.remember(&line)
    }

    fn remember(&self, line: &str) -> Result<(), SeedError> {
        let Some(List { path, .. }) = &self.0 else { return Ok(()) };
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes())).map_err(SeedError::List)
    }
}

/// Of whole lines of which the last says that a seed is begun: those before it, and how long the files were.
fn begun(whole: &str) -> Option<(&str, impl Iterator<Item = u64>)> {
    let last = whole.lines().next_back()?;
    let lengths = last.strip_prefix(BEGUN)?.split_whitespace();
    let before = whole.strip_suffix('\n')?.strip_suffix(last)?;
    Some((before, lengths.map_while(|length| length.parse().ok())))
}

/// What tells one text from another.
fn mark(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
