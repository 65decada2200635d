//! The formatter: one layout for every file, comments kept, meaning untouched.

mod columns;
mod layout;
mod pieces;

use engage_engine::model::Model;
use engage_playbooks::Library;

use crate::diagnostic::Diagnostic;
use crate::lower;
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::token::{Kind, Lexer};
use crate::syntax::{self, codes};

pub(crate) use layout::layout;

/// Formats a file. What was written stays in its order; spaces, line ends, columns and commas are the formatter's.
///
/// ```
/// let text = "pattern p \"P\" { account:account readonly, # who\n }";
/// let formatted = engage_dsl::fmt::format(text).unwrap();
/// assert_eq!(formatted, "pattern p \"P\" {\n  account : account  readonly  # who\n}\n");
/// ```
///
/// # Errors
/// The syntax errors of a file that has any; their spans name file 0. A file whose formatted text would not mean the
/// same is refused too, with a code of its own.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let before = meaning(text)?;
    let formatted = layout(text);
    let refusal = || {
        let message = "the formatted text would not mean the same; nothing was changed";
        let error = Diagnostic::error(codes::FORMATTER.code, Span::new(FileId(0), 0, 0), message);
        vec![error.help("this is a defect of the formatter: report the file that shows it")]
    };
    match meaning(&formatted) {
        Ok(after) if after == before => Ok(formatted),
        Ok(_) | Err(_) => Err(refusal()),
    }
}

/// What must survive: model and library, how many findings it had, the tokens without separators, and the comments.
#[derive(PartialEq)]
struct Meaning<'t> {
    model: Model,
    library: Library,
    findings: usize,
    tokens: Vec<&'t str>,
    comments: Vec<&'t str>,
}

fn meaning(text: &str) -> Result<Meaning<'_>, Vec<Diagnostic>> {
    let (document, errors) = syntax::parse(FileId(0), text);
    if !errors.is_empty() {
        return Err(errors);
    }
    let (mut model, mut library) = (Model::default(), Library::default());
    let findings = lower::document(&document, &mut model, &mut library, &mut SourceMap::default()).len();
    let (mut tokens, mut comments) = (Vec::new(), Vec::new());
    for token in Lexer::new(text) {
        match token.kind {
            Kind::Newline | Kind::Comma => {}
            Kind::Comment => comments.push(token.text(text).trim_end()),
            _ => tokens.push(token.text(text)),
        }
    }
    Ok(Meaning { model, library, findings, tokens, comments })
}

#[cfg(test)]
mod tests;
