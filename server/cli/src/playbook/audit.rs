//! The audit log in a file: who did what to which record, as whom, a line of JSON per call. Never a value.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use engage_engine::acting::Identity;
use engage_playbooks::ports::{AuditLog, AuditRecord};
use serde_json::json;

use crate::failure::Failure;

/// Who acted where no employee did.
const APPLICATION: &str = "application";

/// Lines at the end of a file. They are written by a thread of their own, so that no run waits for the disk; what is still on
/// its way there goes with a process that is killed.
#[derive(Debug)]
pub struct AuditFile {
    path: PathBuf,
    lines: Mutex<Option<Sender<String>>>,
    writer: Mutex<Option<JoinHandle<std::io::Result<()>>>>,
}

impl AuditFile {
    /// Opens a file, which is made where it is not there, for this user alone.
    ///
    /// # Errors
    /// When it cannot be written to.
    pub fn open(path: &Path) -> Result<Arc<Self>, Failure> {
        let failed = |error: std::io::Error| Failure::write(path, &error);
        let file = options().open(path).map_err(failed)?;
        let (lines, waiting) = channel();
        let writer = std::thread::Builder::new().name("audit".to_owned()).spawn(move || write(file, &waiting));
        let writer = Mutex::new(Some(writer.map_err(failed)?));
        Ok(Arc::new(Self { path: path.to_owned(), lines: Mutex::new(Some(lines)), writer }))
    }

    /// Waits until everything is written. What comes later is not taken in any more.
    ///
    /// # Errors
    /// When something could not be written.
    pub fn close(&self) -> Result<(), Failure> {
        drop(self.lines.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(writer) = writer else { return Ok(()) };
        let written = writer.join().unwrap_or_else(|_| Err(std::io::Error::other("its writer is gone")));
        written.map_err(|error| Failure::write(&self.path, &error))
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes what comes until nobody is left to send, and once more flushes whenever nothing waits.
fn write(file: File, lines: &Receiver<String>) -> std::io::Result<()> {
    let mut file = BufWriter::new(file);
    while let Ok(line) = lines.recv() {
        let waiting = std::iter::once(line).chain(lines.try_iter());
        for line in waiting {
            file.write_all(line.as_bytes()).inspect_err(tell)?;
        }
        file.flush().inspect_err(tell)?;
    }
    Ok(())
}

fn tell(error: &std::io::Error) {
    tracing::error!(%error, "the audit log cannot be written: nothing more comes into it");
}

impl AuditLog for AuditFile {
    fn record(&self, record: AuditRecord) {
        if let Some(lines) = &*self.lines.lock().unwrap_or_else(PoisonError::into_inner) {
            // Where the writer has given up it has told so.
            let _ = lines.send(line(&record));
        }
    }
}

fn line(record: &AuditRecord) -> String {
    let AuditRecord { at, tenant, run, block, who, as_whom, crm, part, entity, action, fields, id, failure } = record;
    let line = json!({
        "at": at.to_string(),
        "tenant": tenant.as_str(),
        "run": run.to_string(),
        "block": block.as_str(),
        "who": match who {
            Identity::Employee(employee) => employee.as_str(),
            Identity::Application => APPLICATION,
        },
        "as_whom": as_whom,
        "crm": crm.as_str(),
        "part": part.as_str(),
        "entity": entity.as_str(),
        "action": action.name(),
        "fields": fields.iter().map(|field| field.as_str()).collect::<Vec<_>>(),
        "id": id,
        "failure": failure,
    });
    format!("{line}\n")
}
