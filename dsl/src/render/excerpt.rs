//! The lines that a diagnostic shows, cut to what a reader needs and freed of what could confuse a terminal.

use crate::source::{Position, Source, Span};

/// Characters of a line that are shown; longer lines are cut around the place.
const LONGEST_LINE: usize = 160;
/// Characters shown before the place in a cut line.
const BEFORE: usize = 40;
/// Lines between two places that may still share one excerpt.
const NEAR: usize = 24;

/// Some lines of a file with marks in them.
pub(super) struct Excerpt {
    pub(super) path: String,
    /// The place of the first mark in the whole file.
    pub(super) at: Position,
    pub(super) first_line: usize,
    pub(super) text: String,
    pub(super) marks: Vec<Mark>,
    span: Span,
    /// The line was too long to be shown whole.
    pub(super) cut: bool,
}

/// A marked range of bytes of the excerpt.
pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) label: String,
    pub(super) primary: bool,
    line: usize,
    /// Start and end in the line, for the excerpt to be put together anew.
    columns: (usize, usize),
}

impl Excerpt {
    /// The line of one place.
    pub(super) fn new(source: &Source, span: Span, label: &str, primary: bool) -> Self {
        let at = source.position(span.start);
        let line = Line::of(source, span);
        let (text, start, end, cut) = line.shown();
        let mark = Mark { start, end, label: clean(label), primary, line: at.line, columns: (start, end) };
        let path = clean(&source.path().display().to_string());
        Self { path, at, first_line: at.line, text, marks: vec![mark], span, cut }
    }

    /// Adds another place of the same file if it is near enough; says whether it was.
    pub(super) fn add(&mut self, source: &Source, span: Span, label: &str, primary: bool) -> bool {
        if self.cut || span.file != self.span.file || source.is_confidential() {
            return false;
        }
        let line = source.position(span.start).line;
        let first = self.marks.iter().map(|mark| mark.line).min().unwrap_or(line).min(line);
        let last = self.marks.iter().map(|mark| mark.line).max().unwrap_or(line).max(line);
        let (_, start, end, cut) = Line::of(source, span).shown();
        let between = lines(source, first, last);
        if cut || last - first > NEAR || between.iter().any(|line| line.chars().count() > LONGEST_LINE) {
            return false;
        }
        self.marks.push(Mark { start, end, label: clean(label), primary, line, columns: (start, end) });
        self.show(first, &between);
        true
    }

    /// The place as the header of the excerpt names it.
    pub(super) fn origin(&self, column: usize) -> String {
        format!("{}:{}:{column}", self.path, self.at.line)
    }

    /// The column of the first mark in the text as shown.
    pub(super) fn shown_column(&self) -> usize {
        let start = self.marks.first().map_or(0, |mark| mark.start);
        self.text.get(..start).map_or(0, |head| head.chars().count()) + 1
    }

    /// Puts the text together from whole lines and moves the marks to where their lines are now.
    fn show(&mut self, first: usize, lines: &[&str]) {
        self.text.clear();
        self.first_line = first;
        let mut starts = Vec::with_capacity(lines.len());
        for line in lines {
            starts.push(self.text.len());
            self.text.push_str(&clean(line));
            self.text.push('\n');
        }
        for mark in &mut self.marks {
            let start = starts.get(mark.line - first).copied().unwrap_or(0);
            (mark.start, mark.end) = (start + mark.columns.0, start + mark.columns.1);
        }
    }
}

/// The lines of a file from `first` to `last`, both counted from 1.
fn lines(source: &Source, first: usize, last: usize) -> Vec<&str> {
    if last - first > NEAR {
        return Vec::new();
    }
    (first..=last).map(|number| source.line(number)).collect()
}

/// A line and the part of it that a span covers.
struct Line<'s> {
    text: &'s str,
    /// Bytes in the line.
    start: usize,
    end: usize,
}

impl<'s> Line<'s> {
    fn of(source: &'s Source, span: Span) -> Self {
        let whole = source.text();
        let start = floor(whole, span.start as usize);
        let end = floor(whole, (span.end as usize).max(start));
        let number = source.position(span.start).line;
        let text = source.line(number);
        let begin = source.line_start(number);
        if source.is_confidential() {
            return Self { text: "", start: 0, end: 0 };
        }
        let within = |offset: usize| offset.saturating_sub(begin).min(text.len());
        Self { text, start: within(start), end: within(end) }
    }

    /// The text as shown, the marked bytes in it, and whether something was cut.
    fn shown(&self) -> (String, usize, usize, bool) {
        let head: Vec<char> = self.text.get(..self.start).unwrap_or("").chars().rev().take(LONGEST_LINE + 1).collect();
        let short = head.len() <= LONGEST_LINE && self.text.chars().nth(LONGEST_LINE).is_none();
        let before = if short { head.len() } else { BEFORE.min(head.len()) };
        let mut text = if before < head.len() { "…".to_owned() } else { String::new() };
        let kept: String = head.iter().take(before).rev().collect();
        text.push_str(&clean(&kept));
        let start = text.len();
        let room = LONGEST_LINE.saturating_sub(before);
        let tail = self.text.get(self.start..).unwrap_or("");
        let marked = self.text.get(self.start..self.end).unwrap_or("");
        text.push_str(&clean(&marked.chars().take(room).collect::<String>()));
        let end = text.len();
        let rest = tail.get(marked.len()..).unwrap_or("");
        let left = room.saturating_sub(marked.chars().take(room).count());
        text.push_str(&clean(&rest.chars().take(left).collect::<String>()));
        if tail.chars().nth(room).is_some() {
            text.push('…');
        }
        (text, start, end, !short)
    }
}

/// The line of a span, cut when it is long.
pub(super) fn shortened(source: &Source, span: Span) -> String {
    Line::of(source, span).shown().0
}

/// The nearest boundary of a character at or before an offset.
fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Replaces what would move the cursor, hide text or turn its direction.
pub(super) fn clean(text: &str) -> String {
    let harmless = |c: char| c == '\t' || !(c.is_control() || is_invisible(c));
    text.chars().map(|c| if harmless(c) { c } else { picture(c) }).collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn picture(c: char) -> char {
    match u32::from(c) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'),
        0x7f => '␡',
        _ => '\u{fffd}',
    }
}
