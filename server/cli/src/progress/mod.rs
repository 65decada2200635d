//! What is told of a run while it goes on: a tree that is redrawn in place on a terminal, lines elsewhere, JSON for
//! programs. No value of a record is told.

mod lines;
mod tree;

use engage_playbooks::run::{Fact, FactKind};
use engage_playbooks::timeline::{Shape, Timeline};
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

use crate::io::{Io, Size};
use crate::timeline::CLOSED;

pub use lines::{json, line};
pub use tree::tree;

/// How a run is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A tree of blocks, redrawn in place on the terminal of the error stream.
    Tree,
    /// A line per fact, on the error stream.
    Lines,
    /// A line of JSON per fact, among the data.
    Json,
}

/// A run as it is told.
#[derive(Debug)]
pub struct Progress {
    mode: Mode,
    title: String,
    shape: Shape,
    facts: Vec<Fact>,
    /// Widths of the lines that stand on the terminal.
    drawn: Vec<usize>,
}

impl Progress {
    /// Nothing is told yet. `title` names the run for people.
    pub fn new(mode: Mode, title: &str, shape: Shape) -> Self {
        Self { mode, title: title.to_owned(), shape, facts: Vec::new(), drawn: Vec::new() }
    }

    /// The mode for the streams of a command: a tree needs a terminal.
    pub fn mode(json: bool, io: &Io<'_>) -> Mode {
        match io.screen() {
            _ if json => Mode::Json,
            Some(_) => Mode::Tree,
            None => Mode::Lines,
        }
    }

    /// Takes in a fact that was told before: of a run that goes on.
    pub fn known(&mut self, fact: &Fact) {
        self.facts.push(fact.clone());
    }

    /// Tells a fact.
    pub fn fact(&mut self, fact: &Fact, io: &mut Io<'_>) {
        let began = self.facts.first().map_or(fact.at, |first| first.at);
        self.facts.push(fact.clone());
        let closed = self.shape.closed;
        let told = if closed { fact.kind.closed() } else { Some(fact.kind.clone()) };
        let Some(fact) = told.map(|kind| Fact { at: fact.at, kind }) else { return };
        match self.mode {
            Mode::Tree => {}
            Mode::Lines => {
                io.err(line(&fact, began) + "\n");
                if closed && matches!(fact.kind, FactKind::Started(_)) {
                    io.err(format!("note: {CLOSED}\n"));
                }
            }
            Mode::Json => {
                io.line(json(&fact).to_string());
                io.flush();
            }
        }
    }

    /// Redraws the tree, where there is one, as of an instant.
    pub fn tick(&mut self, now: Timestamp, io: &mut Io<'_>) {
        let Some(size) = io.screen().filter(|_| self.mode == Mode::Tree) else { return };
        let frame = tree(&self.title, &self.timeline(now), now, size, io.colour_err());
        io.err(self.replaced(&frame, size));
    }

    /// The run so far.
    pub fn timeline(&self, now: Timestamp) -> Timeline {
        Timeline::of(&self.facts, Some(&self.shape), now)
    }

    /// What has to be written so that a frame stands where the one before stood. A terminal that was made narrower has
    /// broken its lines since.
    fn replaced(&mut self, frame: &[String], size: Size) -> String {
        let columns = usize::from(size.columns).max(1);
        let rows: usize = self.drawn.iter().map(|width| width.div_ceil(columns).max(1)).sum();
        self.drawn = frame.iter().map(|line| plain(line).width()).collect();
        let up = if rows == 0 { String::new() } else { format!("\x1b[{rows}A\r\x1b[J") };
        frame.iter().fold(up, |text, line| text + line + "\n")
    }
}

/// A line without its colours.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut colour = false;
    for character in line.chars() {
        match character {
            '\x1b' => colour = true,
            'm' if colour => colour = false,
            _ if colour => {}
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests;
