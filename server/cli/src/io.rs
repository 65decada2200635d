//! Where a command reads and writes. Commands never touch the process's streams themselves, so that a test or another
//! program can run them.

use std::fmt::Write as _;
use std::io::{self, BufWriter, IsTerminal, Read, Write};

use serde::Serialize;

use crate::exit::Exit;

/// The most that is read from standard input, in bytes.
const MAX_INPUT: u64 = 16 * 1024 * 1024;

/// The streams of a command: data goes out, complaints go to `err`.
pub struct Io<'a> {
    input: Box<dyn Read + 'a>,
    out: Box<dyn Write + 'a>,
    err: Box<dyn Write + 'a>,
    colour_out: bool,
    colour_err: bool,
    screen: Option<fn() -> Option<Size>>,
    failed: Option<io::Error>,
}

/// The size of a terminal, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Characters in a line.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
}

impl std::fmt::Debug for Io<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Io").field("colour_out", &self.colour_out).finish_non_exhaustive()
    }
}

impl<'a> Io<'a> {
    /// Streams of the caller's choice, without colour.
    ///
    /// ```
    /// use engage_cli::{Io, main};
    /// let (mut out, mut err) = (Vec::new(), Vec::new());
    /// main(["engage", "--version"], &mut Io::new(std::io::empty(), &mut out, &mut err));
    /// assert!(String::from_utf8(out).unwrap().starts_with("engage "));
    /// ```
    pub fn new(input: impl Read + 'a, out: impl Write + 'a, err: impl Write + 'a) -> Self {
        Self {
            input: Box::new(input),
            out: Box::new(out),
            err: Box::new(err),
            colour_out: false,
            colour_err: false,
            screen: None,
            failed: None,
        }
    }

    /// The streams of this process; colour where they are terminals and the environment has nothing against it.
    pub fn process() -> Io<'static> {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let mut io = Io::new(io::stdin(), BufWriter::new(io::stdout()), io::stderr());
        io.colour_out = coloured(set, io::stdout().is_terminal());
        io.colour_err = coloured(set, io::stderr().is_terminal());
        if set("TERM").is_none_or(|term| term != "dumb") {
            io.screen = Some(terminal);
        }
        io
    }

    /// Colour on both streams, or on none.
    pub fn set_colour(&mut self, on: bool) {
        self.colour_out = on;
        self.colour_err = on;
    }

    /// Whether data may be coloured.
    pub fn colour_out(&self) -> bool {
        self.colour_out
    }

    /// Whether complaints may be coloured.
    pub fn colour_err(&self) -> bool {
        self.colour_err
    }

    /// Lets what asks the size of the terminal get an answer of the caller's; `None`: there is no terminal.
    pub fn set_screen(&mut self, size: Option<fn() -> Option<Size>>) {
        self.screen = size;
    }

    /// The size of the terminal that complaints go to, at this moment; `None` where they go elsewhere.
    pub fn screen(&self) -> Option<Size> {
        self.screen.and_then(|size| size())
    }

    /// Writes data as it is.
    pub fn out(&mut self, data: impl AsRef<[u8]>) {
        if self.failed.is_none() {
            self.failed = self.out.write_all(data.as_ref()).err();
        }
    }

    /// Writes a line of data.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.out(text.as_ref());
        self.out("\n");
    }

    /// Writes data as indented JSON and a newline.
    pub fn json(&mut self, data: &impl Serialize) {
        let text = to_json(data);
        self.line(text);
    }

    /// Writes a complaint as it is. That it cannot be written is nothing anybody could be told.
    pub fn err(&mut self, text: impl AsRef<str>) {
        self.flush();
        let _ = self.err.write_all(text.as_ref().as_bytes());
    }

    /// Reads standard input whole.
    ///
    /// # Errors
    /// When it cannot be read, is longer than 16 MiB, or is not UTF-8.
    pub fn read(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        (&mut self.input).take(MAX_INPUT + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_INPUT {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "more than 16 MiB on standard input"));
        }
        String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text"))
    }

    /// Writes out what is buffered and says how the command ended after all. A reader that has gone away (`| head`)
    /// is no failure.
    pub fn close(&mut self, exit: Exit) -> Exit {
        self.flush();
        match self.failed.take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let mut text = String::new();
                let _ = writeln!(text, "error: standard output cannot be written: {error}");
                let _ = self.err.write_all(text.as_bytes());
                Exit::Outside
            }
            _ => exit,
        }
    }

    /// Writes out what is buffered.
    pub fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.out.flush().err();
        }
    }
}

/// The size of this process's terminal.
fn terminal() -> Option<Size> {
    let (width, height) = terminal_size::terminal_size_of(io::stderr())?;
    Some(Size { columns: width.0, rows: height.0 })
}

/// Whether a stream may be coloured: `NO_COLOR` forbids it, `CLICOLOR_FORCE` asks for it anywhere, and a terminal has it
/// unless `TERM` is `dumb` or `CLICOLOR` is 0.
fn coloured(set: impl Fn(&str) -> Option<String>, terminal: bool) -> bool {
    if set("NO_COLOR").is_some() {
        return false;
    }
    if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    terminal && set("TERM").is_none_or(|term| term != "dumb") && set("CLICOLOR").is_none_or(|value| value != "0")
}

/// Indented JSON. What the command line serialises has text keys and finite numbers, so that nothing can fail.
pub(crate) fn to_json(data: &impl Serialize) -> String {
    serde_json::to_string_pretty(data).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::coloured;

    #[test]
    fn the_environment_decides_on_colour() {
        let with = |set: &'static [(&str, &str)], terminal| {
            let value = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            coloured(value, terminal)
        };
        assert!(with(&[], true) && !with(&[], false));
        assert!(!with(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], true));
        assert!(with(&[("CLICOLOR_FORCE", "1")], false) && !with(&[("CLICOLOR_FORCE", "0")], false));
        assert!(!with(&[("CLICOLOR", "0")], true) && !with(&[("TERM", "dumb")], true));
    }
}
