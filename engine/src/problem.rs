//! What a checker finds: coded, pointing at a place of the model, with a way out.

use std::fmt;

use crate::model::Subject;

/// A stable code, `E0301`; never reused for another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub &'static str);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What the index of codes says about one code. The index is generated from these, `engage explain` prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// The rule in a few words.
    pub title: &'static str,
    /// Why the rule is there, in a paragraph.
    pub explanation: &'static str,
    /// A workspace file that breaks it, in the DSL unless the rule is about YAML.
    pub example: &'static str,
    /// The same file, cured.
    pub cure: &'static str,
}

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The workspace cannot be used.
    Error,
    /// It can, but the author should know.
    Warning,
}

/// One finding on the model.
///
/// The message is lower case without a final stop and holds the author's words in backticks; the remedy stands in
/// `help`. Neither holds a customer's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The rule.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub at: Subject,
    /// Other places that belong to it, each with a label: the first of two duplicates, each edge of a cycle.
    pub related: Vec<(Subject, String)>,
    /// What to do about it.
    pub help: Option<String>,
    /// The nearest name to a name that does not exist.
    pub suggestion: Option<String>,
}

impl Problem {
    /// An error at a place.
    pub fn error(code: Code, at: Subject, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            at,
            related: Vec::new(),
            help: None,
            suggestion: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: Code, at: Subject, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, at, message) }
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

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, at: Subject, label: impl Into<String>) -> Self {
        self.related.push((at, label.into()));
        self
    }
}
