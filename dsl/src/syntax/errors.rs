//! The list of a file's syntax errors, which has an end.

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};
use crate::syntax::codes;

/// Syntax errors that are listed per file.
pub const MAX_ERRORS: usize = 100;

/// Collects the errors of one file, one more than are listed at most.
#[derive(Debug)]
pub(crate) struct Errors {
    pub(crate) file: FileId,
    list: Vec<Diagnostic>,
}

impl Errors {
    pub(crate) fn new(file: FileId) -> Self {
        Self { file, list: Vec::new() }
    }

    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if !self.is_full() {
            self.list.push(diagnostic);
        }
    }

    /// Whether nothing more would be listed, so that there is no point in explaining.
    pub(crate) fn is_full(&self) -> bool {
        self.list.len() > MAX_ERRORS
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn any(&self, code: engage_engine::problem::Code) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.code == code)
    }

    /// Takes over the errors of another pass over the same file.
    pub(crate) fn append(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    /// The errors in the order of the file; past the limit, one note that there are more.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|diagnostic| diagnostic.span.map_or(0, |span| span.start));
        if let Some(next) = self.list.get(MAX_ERRORS) {
            let span = next.span.unwrap_or(Span::new(self.file, 0, 0));
            let note = codes::too_many(span);
            self.list.truncate(MAX_ERRORS);
            self.list.push(note);
        }
        self.list
    }
}
