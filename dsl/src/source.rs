//! Source files, spans in them, and the map from places of the model back to spans.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engage_engine::model::{Item, Place, Subject};

/// The number of a file in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A range of bytes in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span of a file. Files are limited to far less than 4 GiB, so the offsets fit.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { file, start: clamp(start), end: clamp(end) }
    }

    /// The span from the start of this one to the end of the other.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { end: other.end, ..self }
    }
}

/// A value with the place it was written at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins a value and its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A line and a column, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One file's name and text. `Debug` hides the text.
#[derive(Clone)]
pub struct Source {
    path: PathBuf,
    text: Arc<str>,
    lines: Arc<[u32]>,
    confidential: bool,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("path", &self.path).field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}

impl Source {
    /// Takes a file's text and finds its lines. `path` is how messages name it.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(breaks.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX))).collect();
        Self { path: path.into(), text, lines, confidential: false }
    }

    /// The same file, whose lines are never shown: it holds customers' values.
    #[must_use]
    pub fn confidential(self) -> Self {
        Self { confidential: true, ..self }
    }

    /// Whether the lines may not be shown.
    pub fn is_confidential(&self) -> bool {
        self.confidential
    }

    /// How messages name the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The offset of the first byte of a line, counted from 1.
    pub(crate) fn line_start(&self, line: usize) -> usize {
        self.lines.get(line.saturating_sub(1)).map_or(self.text.len(), |start| *start as usize)
    }

    /// A line, counted from 1, without its break.
    pub(crate) fn line(&self, line: usize) -> &str {
        let text = self.text.get(self.line_start(line)..self.line_start(line + 1)).unwrap_or("");
        let text = text.strip_suffix('\n').unwrap_or(text);
        text.strip_suffix('\r').unwrap_or(text)
    }

    /// Line and column of a byte offset; offsets past the end mean the end.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0) as usize;
        // An offset inside a character means the character.
        let head = self.text.as_bytes().get(start..(offset as usize).min(self.text.len())).unwrap_or_default();
        let column = head.iter().filter(|byte| (**byte & 0xc0) != 0x80).count() + 1;
        Position { line, column }
    }
}

/// The files that were read.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a file and gives its number.
    pub fn add(&mut self, source: Source) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(source);
        id
    }

    /// A file by number.
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// All files in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().map(|(n, source)| (FileId(u32::try_from(n).unwrap_or(u32::MAX)), source))
    }

    /// The text under a span.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).and_then(|file| file.text().get(span.start as usize..span.end as usize)).unwrap_or("")
    }
}

/// Where each place of the model was written.
///
/// A workspace has many more places than problems, so notes are appended and sorted once ([`SourceMap::finish`]); a
/// map that is still being written answers as well, only more slowly.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    /// By kind of item, then by its index.
    items: [Vec<Notes>; 6],
}

/// The kind of an item, as its position in [`SourceMap::items`], and its index.
fn row(item: Item) -> (usize, usize) {
    match item {
        Item::Definition(index) => (0, index),
        Item::Pattern(index) => (1, index),
        Item::Playbook(index) => (2, index),
        Item::Template(index) => (3, index),
        Item::Capability(index) => (4, index),
        Item::Mapper(index) => (5, index),
    }
}

/// The places of one item.
#[derive(Debug, Clone, Default)]
struct Notes {
    spans: Vec<(Place, Span)>,
    /// How many of the first spans are sorted.
    sorted: usize,
}

impl Notes {
    fn find(&self, place: Place) -> Option<Span> {
        let (sorted, tail) = self.spans.split_at_checked(self.sorted)?;
        let found = sorted.binary_search_by_key(&place, |(at, _)| *at).ok().and_then(|at| sorted.get(at));
        found.or_else(|| tail.iter().find(|(at, _)| *at == place)).map(|(_, span)| *span)
    }

    fn finish(&mut self) {
        if self.sorted < self.spans.len() {
            self.spans.sort_by_key(|(place, _)| *place);
            self.spans.dedup_by_key(|(place, _)| *place);
            self.spans.shrink_to_fit();
            self.sorted = self.spans.len();
        }
    }
}

impl SourceMap {
    /// Notes the span of a place; the first note of a place stays.
    pub fn insert(&mut self, at: Subject, span: Span) {
        let (kind, index) = row(at.item);
        let Some(list) = self.items.get_mut(kind) else { return };
        if list.len() <= index {
            list.resize_with(index + 1, Notes::default);
        }
        if let Some(notes) = list.get_mut(index) {
            notes.spans.push((at.place, span));
        }
    }

    /// The places that are noted of an item.
    #[cfg(test)]
    pub(crate) fn places(&self, item: Item) -> std::collections::BTreeSet<Place> {
        let (kind, index) = row(item);
        let notes = self.items.get(kind).and_then(|list| list.get(index));
        notes.into_iter().flat_map(|notes| &notes.spans).map(|(place, _)| *place).collect()
    }

    /// How much is noted of an item, to come back to.
    pub(crate) fn mark(&self, item: Item) -> usize {
        let (kind, index) = row(item);
        self.items.get(kind).and_then(|list| list.get(index)).map_or(0, |notes| notes.spans.len())
    }

    /// Forgets what was noted of an item since a mark.
    pub(crate) fn rewind(&mut self, item: Item, mark: usize) {
        let (kind, index) = row(item);
        if let Some(notes) = self.items.get_mut(kind).and_then(|list| list.get_mut(index)) {
            notes.spans.truncate(mark);
            notes.sorted = notes.sorted.min(mark);
        }
    }

    /// Notes of an item what another map notes of its own, in a file that has another number here. What was noted is
    /// forgotten.
    pub(crate) fn replace(&mut self, item: Item, by: &Self, theirs: Item, file: FileId) {
        self.rewind(item, 0);
        let (kind, index) = row(theirs);
        let notes = by.items.get(kind).and_then(|list| list.get(index));
        for (place, span) in notes.into_iter().flat_map(|notes| &notes.spans) {
            self.insert(Subject { item, place: *place }, Span { file, ..*span });
        }
    }

    /// Makes the map small and quick; to be called when all is noted.
    pub fn finish(&mut self) {
        self.items.iter_mut().flatten().for_each(Notes::finish);
    }

    /// The span of a place, or of the nearest wider place that has one. A place in the text of a template is where it
    /// says, without an end; in a bundle it is where the text begins, which is noted as its first byte.
    pub fn span(&self, at: &Subject) -> Option<Span> {
        let (kind, index) = row(at.item);
        let notes = self.items.get(kind)?.get(index)?;
        if let Place::TemplateText(byte) = at.place {
            let start = notes.find(Place::TemplateText(0));
            return start.or_else(|| notes.find(Place::Whole).map(|whole| Span::new(whole.file, byte, byte)));
        }
        let mut place = Some(at.place);
        while let Some(here) = place {
            if let Some(span) = notes.find(here) {
                return Some(span);
            }
            place = here.parent();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(place: Place) -> Subject {
        Subject { item: Item::Pattern(3), place }
    }

    #[test]
    fn the_first_note_stays_and_a_wider_place_stands_in() {
        let span = |start| Span::new(FileId(0), start, start + 1);
        let mut map = SourceMap::default();
        map.insert(subject(Place::Part(2)), span(20));
        map.insert(subject(Place::Whole), span(0));
        map.insert(subject(Place::Part(2)), span(99));
        for _ in 0..2 {
            assert_eq!(map.span(&subject(Place::Part(2))), Some(span(20)));
            assert_eq!(map.span(&subject(Place::DefaultValue(2, 7))), Some(span(20)));
            assert_eq!(map.span(&subject(Place::Dependent(9))), Some(span(0)));
            assert_eq!(map.span(&Subject { item: Item::Pattern(2), place: Place::Whole }), None);
            assert_eq!(map.span(&subject(Place::TemplateText(7))), Some(Span::new(FileId(0), 7, 7)));
            map.finish();
        }
    }

    #[test]
    fn columns_count_characters() {
        let source = Source::new("a", "x\næøå: 1\n");
        assert_eq!(source.position(8).to_string(), "2:4");
        assert_eq!(source.position(99).to_string(), "3:1");
    }
}
