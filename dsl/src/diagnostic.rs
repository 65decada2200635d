//! Diagnostics: problems with file, line, source text and help; rendered for people and for programs.

use engage_engine::problem::{Code, Severity};

use crate::source::{Sources, Span};

/// A finding with its place in a file. Rendering lives in `render.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, lower case, no final stop.
    pub message: String,
    /// Where; `None` for what belongs to no file (a missing folder).
    pub span: Option<Span>,
    /// A short label under the span; empty for none.
    pub label: String,
    /// Other places that belong to it.
    pub related: Vec<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
    /// What could stand at `span` instead: a quick fix.
    pub suggestion: Option<String>,
}

impl Diagnostic {
    /// An error at a span.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            span: Some(span),
            label: String::new(),
            related: Vec::new(),
            help: None,
            suggestion: None,
        }
    }

    /// Adds the remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the label under the span.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Narrows the span of a diagnostic with a suggestion to the bare word that the suggestion would replace: without
    /// quotes or backticks, and of `part.Field` the half that is wrong. So a program can put one for the other.
    pub(crate) fn narrow(&mut self, sources: &Sources) {
        let (Some(span), true) = (self.span, self.suggestion.is_some()) else { return };
        let written = sources.text(span);
        let (mut start, mut end) = (0, written.len());
        if let Some(dot) = written.find('.') {
            match self.code.0 {
                UNKNOWN_PART => end = dot,
                UNKNOWN_FIELD => start = dot + 1,
                _ => {}
            }
        }
        for sign in ['"', '\'', '`'] {
            let word = written.get(start..end).unwrap_or("");
            start += usize::from(word.starts_with(sign));
            end -= usize::from(word.len() > 1 && word.ends_with(sign));
        }
        self.span = Some(Span::new(span.file, span.start as usize + start, span.start as usize + end));
    }
}

/// A requirement names a part that is not there.
const UNKNOWN_PART: &str = "E0307";
/// A requirement, or something else, names a field that its entity does not have.
const UNKNOWN_FIELD: &str = "E0308";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn a_suggestion_replaces_exactly_the_word_that_is_wrong() {
        for (written, code, word) in [
            ("Emial", "E0308", "Emial"),
            ("b.Emial", "E0308", "Emial"),
            ("bb.Email", "E0307", "bb"),
            ("\"b.Emial\"", "E0308", "Emial"),
            ("\"bb.Email\"", "E0307", "bb"),
            ("`a b`.`c d`", "E0308", "c d"),
            ("`a b`.`c d`", "E0307", "a b"),
            ("\"Opne\"", "E0314", "Opne"),
            ("'x.y.z'", "E0314", "x.y.z"),
            ("\"", "E0314", ""),
            ("", "E0314", ""),
        ] {
            let mut sources = Sources::default();
            let file = sources.add(Source::new("a", written));
            let mut diagnostic = Diagnostic::error(Code(code), Span::new(file, 0, written.len()), "x");
            diagnostic.suggestion = Some("y".to_owned());
            diagnostic.narrow(&sources);
            assert_eq!(sources.text(diagnostic.span.unwrap()), word, "{written}");
        }
    }
}
