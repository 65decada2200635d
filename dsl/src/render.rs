//! Diagnostics for people and for programs.
//!
//! [`text`] draws them with the lines they are about; [`json`] gives the same as data, whose form is stable:
//!
//! | key | value |
//! |---|---|
//! | `code`, `severity`, `message` | `"E0144"`, `"error"` or `"warning"`, one line |
//! | `file`, `line`, `column` | the place; lines and columns from 1, columns in characters; `null` where there is no file |
//! | `end_line`, `end_column` | one past the last character |
//! | `source_line` | the line, shortened when very long; empty where the file holds customers' values |
//! | `label` | what stands under the place; may be empty |
//! | `help`, `suggestion` | the remedy; what could stand at the place instead; `null` where there is none |
//! | `related` | other places: `{file, line, column, end_line, end_column, source_line, label}` |

mod excerpt;

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use engage_engine::problem::Severity;
use serde::Serialize;

use self::excerpt::{Excerpt, clean};
use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span};

/// The excerpts among which a further place looks for its own.
const RECENT: usize = 16;

/// Diagnostics that [`text`] draws. No one reads more of them, and drawing takes its time: a file of 1 MB can have 50,000.
pub const MAX_DRAWN: usize = 1_000;

/// How [`text`] looks.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// Columns of the terminal; source lines are shortened to them.
    pub width: usize,
}

impl Default for Style {
    /// No colour, 120 columns.
    fn default() -> Self {
        Self { color: false, width: 120 }
    }
}

/// Puts diagnostics in the order in which they are shown: by file and place, then by code.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
}

/// Draws diagnostics, each with its source line, label, related places and help, separated by blank lines.
///
/// Control characters of the source are made visible, so that a file cannot write on the reader's terminal. After the
/// first [`MAX_DRAWN`] only the number of the others is told.
///
/// ```
/// use engage_dsl::source::{Source, Sources};
/// use engage_dsl::{render, yaml};
/// let mut sources = Sources::default();
/// let text = "kind: Note\nkind: Again\n";
/// let (_, problems) = yaml::parse(sources.add(Source::new("note.yaml", text)), text);
/// let drawn = render::text(&sources, &problems, render::Style::default());
/// assert!(drawn.starts_with("error[E0144]: `kind` stands twice\n --> note.yaml:2:1\n"));
/// ```
pub fn text(sources: &Sources, diagnostics: &[Diagnostic], style: Style) -> String {
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() }.term_width(style.width);
    let mut drawn = String::new();
    for diagnostic in diagnostics.iter().take(MAX_DRAWN) {
        if !drawn.is_empty() {
            drawn.push('\n');
        }
        let _ = writeln!(drawn, "{}", draw(sources, diagnostic, &renderer));
    }
    if let Some(rest) = diagnostics.len().checked_sub(MAX_DRAWN).filter(|rest| *rest > 0) {
        let _ = writeln!(drawn, "\nand {rest} more, which are not drawn");
    }
    drawn
}

fn draw(sources: &Sources, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(clean(&diagnostic.message)).id(diagnostic.code.0);
    let excerpts = excerpts(sources, diagnostic);
    let mut group = Group::with_title(title).elements(excerpts.iter().map(element));
    let help = advice(diagnostic).map(|help| clean(&help));
    if excerpts.is_empty() {
        // Drawn apart: without a place the renderer would draw the margin of one between the two.
        let help = help.map(|help| renderer.render(&[Group::with_title(Level::HELP.secondary_title(help))]));
        return [Some(renderer.render(&[group])), help].into_iter().flatten().collect::<Vec<_>>().join("\n");
    }
    if let Some(help) = help {
        group = group.element(Level::HELP.message(help));
    }
    let mut drawn = renderer.render(&[group]);
    for excerpt in excerpts.iter().filter(|excerpt| excerpt.cut) {
        // The renderer counts columns in the cut line that it was given.
        drawn = drawn.replacen(&excerpt.origin(excerpt.shown_column()), &excerpt.origin(excerpt.at.column), 1);
    }
    drawn
}

fn excerpts(sources: &Sources, diagnostic: &Diagnostic) -> Vec<Excerpt> {
    let primary = diagnostic.span.map(|span| (span, diagnostic.label.as_str(), true));
    let related = diagnostic.related.iter().map(|(span, label)| (*span, label.as_str(), false));
    let mut excerpts: Vec<Excerpt> = Vec::new();
    for (span, label, primary) in primary.into_iter().chain(related) {
        let Some(source) = sources.get(span.file) else { continue };
        // Of very many places each is near one of the last excerpts, or near none that a reader would miss.
        let recent = excerpts.len().saturating_sub(RECENT);
        let merged = excerpts.iter_mut().skip(recent).any(|excerpt| excerpt.add(source, span, label, primary));
        if !merged {
            excerpts.push(Excerpt::new(source, span, label, primary));
        }
    }
    excerpts
}

fn element(excerpt: &Excerpt) -> Element<'_> {
    if excerpt.text.trim().is_empty() {
        return Origin::path(excerpt.path.as_str()).line(excerpt.at.line).char_column(excerpt.at.column).into();
    }
    let mut snippet = Snippet::source(excerpt.text.as_str()).line_start(excerpt.first_line).path(excerpt.path.as_str());
    for mark in &excerpt.marks {
        let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let label = (!mark.label.is_empty()).then_some(mark.label.as_str());
        snippet = snippet.annotation(kind.span(mark.start..mark.end).label(label));
    }
    snippet.into()
}

/// The help line: the remedy and the nearest name.
fn advice(diagnostic: &Diagnostic) -> Option<String> {
    let meant = diagnostic.suggestion.as_ref().map(|nearest| format!("did you mean `{nearest}`?"));
    match (&diagnostic.help, meant) {
        (Some(help), Some(meant)) => Some(format!("{help} — {meant}")),
        (Some(help), None) => Some(help.clone()),
        (None, meant) => meant,
    }
}

/// Diagnostics as data: a JSON array, see the table above.
pub fn json(sources: &Sources, diagnostics: &[Diagnostic]) -> serde_json::Value {
    let rows: Vec<Row<'_>> = diagnostics.iter().map(|diagnostic| Row::new(sources, diagnostic)).collect();
    serde_json::to_value(rows).unwrap_or_default()
}

#[derive(Serialize)]
struct Row<'d> {
    code: &'static str,
    severity: &'static str,
    message: &'d str,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    source_line: Option<String>,
    label: &'d str,
    help: Option<&'d str>,
    suggestion: Option<&'d str>,
    related: Vec<Related<'d>>,
}

#[derive(Serialize)]
struct Related<'d> {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    source_line: String,
    label: &'d str,
}

impl<'d> Row<'d> {
    fn new(sources: &Sources, diagnostic: &'d Diagnostic) -> Self {
        let Diagnostic { code, severity, message, span, label, related, help, suggestion } = diagnostic;
        let place = span.and_then(|span| place(sources, span, label));
        let related = related.iter().filter_map(|(span, label)| self::place(sources, *span, label)).collect();
        let at = place.as_ref();
        Self {
            code: code.0,
            severity: match severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message,
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            end_line: at.map(|at| at.end_line),
            end_column: at.map(|at| at.end_column),
            source_line: at.map(|at| at.source_line.clone()),
            file: place.map(|at| at.file),
            label,
            help: help.as_deref(),
            suggestion: suggestion.as_deref(),
            related,
        }
    }
}

fn place<'d>(sources: &Sources, span: Span, label: &'d str) -> Option<Related<'d>> {
    let source = sources.get(span.file)?;
    let (start, end) = (source.position(span.start), source.position(span.end.max(span.start)));
    Some(Related {
        file: source.path().display().to_string(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        source_line: excerpt::shortened(source, span),
        label,
    })
}

#[cfg(test)]
mod tests;
