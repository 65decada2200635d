//! Files that a command is given by name.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use engage_dsl::value::{self, InputFile};
use engage_engine::Input;
use engage_engine::catalog::Pattern;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::workspace;

/// The most that is read from one file, in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The text of a file.
///
/// # Errors
/// When it cannot be read, is larger than 16 MiB, or is not UTF-8.
pub fn text(path: &Path) -> Result<String, Failure> {
    read(path).map_err(|error| Failure::read(path, &error))
}

fn read(path: &Path) -> io::Result<String> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// The text of a file with the name that messages call it by; `-` is standard input.
///
/// # Errors
/// As [`text`].
pub fn named(path: &Path, io: &mut Io<'_>) -> Result<(String, String), Failure> {
    if path.as_os_str() != "-" {
        return Ok((path.display().to_string(), text(path)?));
    }
    let name = "standard input";
    Ok((name.to_owned(), io.read().map_err(|error| Failure::read(Path::new(name), &error))?))
}

/// The input of an operation, read from a file and typed for a pattern. `-` is standard input.
///
/// # Errors
/// When the file cannot be read, or does not fit the pattern: every problem with its line, and no value shown.
pub fn operation(path: &Path, pattern: &Pattern, io: &mut Io<'_>) -> Result<(Input, InputFile), Failure> {
    let (name, text) = named(path, io)?;
    let file = value::read(&name, &text).map_err(|rejected| workspace::refused(&rejected, Exit::Problems))?;
    match Input::from_json(pattern, &file.value) {
        Ok(input) => Ok((input, file)),
        Err(problems) => Err(workspace::refused(&file.rejected(&problems), Exit::Problems)),
    }
}

/// A variable of the environment; `None` where it is not set, or empty.
///
/// # Errors
/// When it is no text.
pub fn variable(name: &str) -> Result<Option<String>, Failure> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(Failure::usage(format!("`{name}` is no text"))),
    }
}
