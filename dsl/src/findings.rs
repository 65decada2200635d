//! A list of diagnostics that cannot grow without bound.

use engage_engine::problem::CodeInfo;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Problems that are kept per file. A file with more is not one that anybody wrote.
pub(crate) const MAX_FINDINGS: usize = 1_000;

/// Collects the diagnostics of one file.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Diagnostic>,
}

impl Findings {
    /// Adds a diagnostic; past the limit only the fact that there are more is kept.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.len() < MAX_FINDINGS {
            self.list.push(diagnostic);
        } else if self.list.len() == MAX_FINDINGS {
            let code = crate::yaml::codes::TOO_MANY.code;
            let message = format!("more than {MAX_FINDINGS} problems in one file; the others are not listed");
            self.list.push(Diagnostic { code, message, ..diagnostic }.help("cure the first ones and check again"));
        }
    }

    /// Adds an error and gives it back to be completed.
    pub(crate) fn error(&mut self, info: &CodeInfo, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::error(info.code, span, message).help(help));
    }

    /// Whether the limit is reached: there is no point in reading on.
    pub(crate) fn full(&self) -> bool {
        self.list.len() > MAX_FINDINGS
    }

    /// The diagnostics.
    pub(crate) fn into_vec(self) -> Vec<Diagnostic> {
        self.list
    }
}
