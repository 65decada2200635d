//! The server that is shown, in a thread of this process.

use std::ffi::OsString;
use std::io::{Result as IoResult, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use clap::Parser;
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::Crm;
use crate::commands::serve;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::starter;

/// A server that runs until it is told to end.
pub(super) struct Server {
    end: oneshot::Sender<()>,
    thread: JoinHandle<Result<Exit, Failure>>,
    /// The workspace that it serves.
    _folder: TempDir,
}

/// The command line of the server.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct Line {
    #[command(flatten)]
    serve: serve::Args,
}

/// Gives what is written to somebody else.
struct Lines(Sender<Vec<u8>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> IoResult<usize> {
        // Where nobody listens any more, nobody misses it.
        let _ = self.0.send(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> IoResult<()> {
        Ok(())
    }
}

impl Server {
    /// Starts a sandbox whose playbooks run on a CRM; its line of readiness with it.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn start(crm: Crm) -> Result<(Self, Json), Failure> {
        // The package that ships, whatever workspace this folder is, and a log of what goes wrong alone.
        let folder =
            tempfile::tempdir().map_err(|error| Failure::outside(format!("no folder can be made: {error}")))?;
        let starter = folder.path().join("starter");
        starter::unpack(&starter)?;
        let options =
            ["--sandbox", "--listen", "127.0.0.1:0", "--crm", crm.name(), "--ai", "local", "--set", "log.filter=error"];
        let options = options.map(OsString::from).into_iter().chain(["--workspace".into(), starter.into()]);
        let line = Line::try_parse_from(options).map_err(|error| Failure::outside(error.to_string()))?;
        let (end, ended) = oneshot::channel::<()>();
        let (lines, told) = channel();
        let thread = std::thread::spawn(move || {
            let mut io = Io::new(std::io::empty(), Lines(lines), std::io::stderr());
            let enough = async {
                // Whoever has it and drops it has enough, too.
                let _ = ended.await;
            };
            serve::run_until(&line.serve, &mut io, enough)
        });
        match ready(&told) {
            Some(ready) => Ok((Self { end, thread, _folder: folder }, ready)),
            None => Err(joined(thread).err().unwrap_or_else(|| Failure::outside("the server ended by itself"))),
        }
    }

    /// Lets it end.
    ///
    /// # Errors
    /// When it had ended by itself.
    pub(super) fn end(self) -> Result<(), Failure> {
        // One that has ended needs no telling.
        let _ = self.end.send(());
        joined(self.thread).map(drop)
    }
}

/// The line of readiness, once it is whole; `None` where the server ended without it.
fn ready(told: &Receiver<Vec<u8>>) -> Option<Json> {
    let mut line = Vec::new();
    loop {
        line.extend(told.recv().ok()?);
        if line.ends_with(b"\n") {
            return serde_json::from_slice(&line).ok();
        }
    }
}

fn joined(thread: JoinHandle<Result<Exit, Failure>>) -> Result<Exit, Failure> {
    thread.join().unwrap_or_else(|_| Err(Failure::outside("the server broke off")))
}
