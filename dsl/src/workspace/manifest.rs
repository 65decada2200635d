//! `engage.toml`: what a workspace is called and which CRM it is for.

use engage_engine::ids::CrmName;
use engage_engine::nearest::nearest;
use toml::Spanned as TomlSpanned;
use toml::de::{DeTable, DeValue};

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span, Spanned};

/// The keys, in the order of the documentation.
const KEYS: &[&str] = &["name", "target", "state"];

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub(super) name: Option<String>,
    pub(super) target: Option<Spanned<CrmName>>,
    pub(super) state: Option<Spanned<String>>,
}

/// Reads the file; what is right in it counts even when something else is wrong.
pub(super) fn read(file: FileId, text: &str) -> (Manifest, Vec<Diagnostic>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { file, out: Vec::new() };
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let span = Span::new(file, span.start, span.end.max(span.start));
        let message = error.message().lines().next().unwrap_or("not TOML").to_lowercase();
        let help = "write `key = \"text\"`, one on each line";
        reader.out.push(Diagnostic::error(codes::MANIFEST_SYNTAX.code, span, message).help(help));
    }
    let broken = !reader.out.is_empty();
    let manifest = reader.manifest(table.get_ref(), broken);
    (manifest, reader.out)
}

struct Reader {
    file: FileId,
    out: Vec<Diagnostic>,
}

impl Reader {
    fn manifest(&mut self, table: &DeTable<'_>, broken: bool) -> Manifest {
        let mut manifest = Manifest::default();
        // The table sorts by key; problems are wanted in the order of the text.
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            match key.get_ref().as_ref() {
                "name" => manifest.name = self.text("name", value).map(|name| name.value),
                "target" => manifest.target = self.target(value),
                "state" => manifest.state = self.text("state", value),
                unknown => self.unknown(unknown, self.span(key.span())),
            }
        }
        // A slip in the key is one problem, not two.
        let slip = self.out.iter().any(|found| found.suggestion.as_deref() == Some("name"));
        if !broken && !slip && !table.keys().any(|key| key.get_ref() == "name") {
            let help = "add `name = \"…\"`";
            self.value(Span::new(self.file, 0, 0), "the workspace has no `name`".to_owned(), help);
        }
        manifest
    }

    fn target(&mut self, value: &TomlSpanned<DeValue<'_>>) -> Option<Spanned<CrmName>> {
        let text = self.text("target", value)?;
        match CrmName::new(&text.value) {
            Ok(name) => Some(Spanned::new(name, text.span)),
            Err(error) => {
                self.value(text.span, format!("`target` is not a CRM: {error}"), "write for example `dataverse`");
                None
            }
        }
    }

    fn text(&mut self, key: &str, value: &TomlSpanned<DeValue<'_>>) -> Option<Spanned<String>> {
        let span = self.span(value.span());
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Some(Spanned::new(text.to_string(), span)),
            DeValue::String(_) => {
                self.value(span, format!("`{key}` is empty"), "write a text in quotes");
                None
            }
            _ => {
                self.value(span, format!("`{key}` must be text"), "write a text in quotes");
                None
            }
        }
    }

    fn unknown(&mut self, key: &str, span: Span) {
        let known = KEYS.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let message = format!("`engage.toml` has no key `{key}`");
        let mut diagnostic =
            Diagnostic::error(codes::MANIFEST_KEY.code, span, message).help(format!("known are {known}"));
        diagnostic.suggestion = nearest(key, KEYS.iter().copied());
        self.out.push(diagnostic);
    }

    fn value(&mut self, span: Span, message: String, help: &str) {
        self.out.push(Diagnostic::error(codes::MANIFEST_VALUE.code, span, message).help(help));
    }

    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }
}
