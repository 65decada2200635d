//! Why a command could not do what was asked, and how that is told to people and to programs.

use std::io;
use std::path::Path;
use std::time::Duration;

use engage_engine::run::Later;
use serde_json::{Value as Json, json};

use crate::exit::Exit;
use crate::io::{Io, to_json};

/// Why a command stopped.
#[derive(Debug, Clone)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What is wrong, lower case, no final stop; empty when the placed problems say it all.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The nearest name to one that does not exist.
    pub suggestion: Option<String>,
    /// Facts that belong to it: what had taken effect before.
    pub notes: Vec<String>,
    /// Of a run that failed: a stable word, and when to come back.
    pub run: Option<Box<Stopped>>,
    /// Problems with their places in files.
    pub placed: Option<Box<Placed>>,
}

/// Why a run stopped, for programs.
#[derive(Debug, Clone)]
pub struct Stopped {
    /// A stable word.
    pub reason: String,
    /// Where the same run may succeed later.
    pub later: Option<Later>,
}

/// Problems with their places in files, ready to be shown.
#[derive(Debug, Clone, Default)]
pub struct Placed {
    /// For people.
    pub text: String,
    /// The same for people with a terminal that shows colour.
    pub coloured: String,
    /// For programs: a list.
    pub json: Json,
}

impl Failure {
    /// A failure with a message.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), help: None, suggestion: None, notes: Vec::new(), run: None, placed: None }
    }

    /// The command line is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The input is wrong.
    pub fn problem(message: impl Into<String>) -> Self {
        Self::new(Exit::Problems, message)
    }

    /// The outside failed.
    pub fn outside(message: impl Into<String>) -> Self {
        Self::new(Exit::Outside, message)
    }

    /// A file that cannot be read: a wrong name is the caller's mistake, anything else the outside's.
    pub fn read(path: &Path, error: &io::Error) -> Self {
        let (exit, reason) = match error.kind() {
            io::ErrorKind::NotFound => (Exit::Usage, "there is no such file or folder".to_owned()),
            io::ErrorKind::IsADirectory => (Exit::Usage, "this is a folder, a file is expected".to_owned()),
            io::ErrorKind::InvalidData => (Exit::Problems, "this is no UTF-8 text".to_owned()),
            io::ErrorKind::FileTooLarge => (Exit::Problems, "it is larger than 16 MiB".to_owned()),
            _ => (Exit::Outside, error.to_string()),
        };
        Self::new(exit, format!("`{}` cannot be read: {reason}", path.display()))
    }

    /// A file that cannot be written: a place that cannot hold it is the caller's mistake, anything else the outside's.
    pub fn write(path: &Path, error: &io::Error) -> Self {
        let (exit, reason) = match error.kind() {
            io::ErrorKind::NotFound => (Exit::Usage, "there is no such folder".to_owned()),
            io::ErrorKind::IsADirectory => (Exit::Usage, "this is a folder, a file is expected".to_owned()),
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                (Exit::Usage, "a file stands where a folder is needed".to_owned())
            }
            _ => (Exit::Outside, error.to_string()),
        };
        Self::new(exit, format!("`{}` cannot be written: {reason}", path.display()))
    }

    /// Adds problems with their places.
    #[must_use]
    pub fn placed(mut self, placed: Placed) -> Self {
        self.placed = Some(Box::new(placed));
        self
    }

    /// Adds the remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the nearest name, if there is one.
    #[must_use]
    pub fn suggest(mut self, nearest: Option<String>) -> Self {
        self.suggestion = nearest;
        self
    }

    /// Tells the failure on the error stream: drawn for people, or as one JSON object.
    pub fn tell(&self, io: &mut Io<'_>, as_json: bool) {
        let text = if as_json { to_json(&self.to_json()) + "\n" } else { self.to_text(io.colour_err()) };
        io.err(text);
    }

    /// The failure as data: `exit`, `message`, `help`, `suggestion`, `notes`, `problems`; of a run also `reason`, and where
    /// the same run may succeed later `retry_after_seconds`. Where the placed problems say it all, the message is that
    /// of the first.
    pub fn to_json(&self) -> Json {
        let problems = self.placed.as_ref().map_or_else(|| json!([]), |placed| placed.json.clone());
        let first = problems.get(0).and_then(|problem| problem.get("message")).and_then(Json::as_str);
        let message = if self.message.is_empty() { first.unwrap_or_default() } else { &self.message };
        let mut told = json!({
            "exit": self.exit.code(),
            "message": message,
            "help": self.help,
            "suggestion": self.suggestion,
            "notes": self.notes,
            "problems": problems,
        });
        if let (Some(run), Some(object)) = (&self.run, told.as_object_mut()) {
            let Stopped { reason, later } = &**run;
            object.insert("reason".to_owned(), json!(reason));
            let seconds = later.as_ref().map(|Later { after }| json!(after.map(whole_seconds)));
            object.extend(seconds.map(|seconds| ("retry_after_seconds".to_owned(), seconds)));
        }
        told
    }

    fn to_text(&self, colour: bool) -> String {
        let (red, cyan, plain) = if colour { ("\x1b[1;31m", "\x1b[1;36m", "\x1b[0m") } else { ("", "", "") };
        let drawn = self.placed.as_ref().map(|placed| if colour { &placed.coloured } else { &placed.text });
        let mut text = drawn.cloned().unwrap_or_default();
        if !self.message.is_empty() {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&format!("{red}error{plain}: {}\n", self.message));
        }
        for note in &self.notes {
            text.push_str(&format!("{cyan}note{plain}: {note}\n"));
        }
        let meant = self.suggestion.as_ref().map(|name| format!("did you mean `{name}`?"));
        for help in meant.iter().chain(&self.help) {
            text.push_str(&format!("{cyan}help{plain}: {help}\n"));
        }
        text
    }
}

/// Whole seconds, rounded up: who comes back then is not too early.
pub fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
