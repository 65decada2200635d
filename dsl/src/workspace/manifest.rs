//! `engage.toml`: what a workspace is called and which CRM it is for.

use engage_engine::ids::{CrmName, SemanticId};
use engage_engine::nearest::nearest;
use engage_playbooks::model::Visibility;
use semver::Version;
use toml::Spanned as TomlSpanned;
use toml::de::{DeTable, DeValue};

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span, Spanned};

/// The keys, in the order of the documentation.
const KEYS: &[&str] = &["name", "target", "state", "packages", "package"];

/// The keys of `[package]`.
const PACKAGE_KEYS: &[&str] = &["version", "visibility"];
/// The most packages that one manifest names.
const MAX_PACKAGES: usize = 32;

/// What `[package]` says: the workspace is a package, called what the workspace is called.
#[derive(Debug)]
pub(super) struct PackageTable {
    pub(super) version: Version,
    pub(super) visibility: Visibility,
}

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub(super) name: Option<String>,
    pub(super) target: Option<Spanned<CrmName>>,
    pub(super) state: Option<Spanned<String>>,
    /// The folders of the packages that it uses.
    pub(super) packages: Vec<Spanned<String>>,
    pub(super) package: Option<PackageTable>,
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
                "packages" => manifest.packages = self.packages(value),
                "package" => manifest.package = self.package(value),
                unknown => self.unknown(unknown, KEYS, self.span(key.span())),
            }
        }
        self.slug(&manifest, table);
        // A slip in the key is one problem, not two.
        let slip = self.out.iter().any(|found| found.suggestion.as_deref() == Some("name"));
        if !broken && !slip && !table.keys().any(|key| key.get_ref() == "name") {
            let help = "add `name = \"…\"`";
            self.value(Span::new(self.file, 0, 0), "the workspace has no `name`".to_owned(), help);
        }
        manifest
    }

    /// A package is named in forks, as a workspace is nowhere: its name is a slug.
    fn slug(&mut self, manifest: &Manifest, table: &DeTable<'_>) {
        let (Some(name), Some(_)) = (&manifest.name, &manifest.package) else { return };
        if let Err(error) = SemanticId::new(name) {
            let value = table.iter().find(|(key, _)| key.get_ref() == "name").map(|(_, value)| value.span());
            let at = self.span(value.unwrap_or(0..0));
            self.value(at, format!("the name of a package: {error}"), "write for example `starter`");
        }
    }

    fn packages(&mut self, value: &TomlSpanned<DeValue<'_>>) -> Vec<Spanned<String>> {
        let DeValue::Array(list) = value.get_ref() else {
            let help = "write `packages = [\"../starter\"]`";
            self.value(self.span(value.span()), "`packages` must be a list of folders".to_owned(), help);
            return Vec::new();
        };
        if list.len() > MAX_PACKAGES {
            let message = format!("a workspace uses at most {MAX_PACKAGES} packages");
            self.value(self.span(value.span()), message, "leave the others out");
        }
        list.iter().take(MAX_PACKAGES).filter_map(|folder| self.text("packages", folder)).collect()
    }

    fn package(&mut self, value: &TomlSpanned<DeValue<'_>>) -> Option<PackageTable> {
        let help = "write `[package]`, and below it `version = \"1.0.0\"` and `visibility = \"open\"`";
        let DeValue::Table(table) = value.get_ref() else {
            self.value(self.span(value.span()), "`package` must be a table".to_owned(), help);
            return None;
        };
        let unknown = table.keys().filter(|key| !PACKAGE_KEYS.contains(&key.get_ref().as_ref()));
        for key in unknown {
            self.unknown(key.get_ref(), PACKAGE_KEYS, self.span(key.span()));
        }
        let Some(version) = table.get("version") else {
            self.value(self.span(value.span()), "the package has no `version`".to_owned(), help);
            return None;
        };
        let version = self.text("version", version)?;
        let Ok(number) = Version::parse(&version.value) else {
            self.value(version.span, "`version` is no version".to_owned(), "write for example `1.2.0`");
            return None;
        };
        let visibility = match table.get("visibility") {
            None => Visibility::Open,
            Some(value) => self.visibility(value)?,
        };
        Some(PackageTable { version: number, visibility })
    }

    fn visibility(&mut self, value: &TomlSpanned<DeValue<'_>>) -> Option<Visibility> {
        let text = self.text("visibility", value)?;
        let all = [Visibility::Open, Visibility::Proprietary];
        let found = all.into_iter().find(|one| one.name() == text.value);
        if found.is_none() {
            self.value(text.span, "`visibility` is `open` or `proprietary`".to_owned(), "write one of the two");
        }
        found
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

    fn unknown(&mut self, key: &str, keys: &[&'static str], span: Span) {
        let known = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let message = format!("`engage.toml` has no key `{key}`");
        let mut diagnostic =
            Diagnostic::error(codes::MANIFEST_KEY.code, span, message).help(format!("known are {known}"));
        diagnostic.suggestion = nearest(key, keys.iter().copied());
        self.out.push(diagnostic);
    }

    fn value(&mut self, span: Span, message: String, help: &str) {
        self.out.push(Diagnostic::error(codes::MANIFEST_VALUE.code, span, message).help(help));
    }

    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }
}
