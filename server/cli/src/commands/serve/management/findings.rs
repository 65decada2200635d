//! What is wrong with files, as it is told over HTTP: no path of this machine, and no line of a file that is not shown.

use std::collections::BTreeMap;
use std::path::Path;

use engage_dsl::diagnostic::Diagnostic;
use engage_dsl::{Workspace, render};
use engage_playbooks::model::Visibility;
use engage_server::management::ports::{Finding, Place, Severity};
use serde::Deserialize;

/// The most that is told at once.
pub(super) const MOST: usize = 1000;

/// A row of [`render::json`], whose form is stable.
#[derive(Deserialize)]
struct Row {
    code: String,
    severity: String,
    message: String,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    source_line: Option<String>,
    label: String,
    help: Option<String>,
    suggestion: Option<String>,
    related: Vec<Related>,
}

#[derive(Deserialize)]
struct Related {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    source_line: String,
    label: String,
}

/// How the files of a workspace are called, and which of them are not shown.
pub(super) struct Files<'w> {
    workspace: &'w Workspace,
    /// By their path here: how they are told, and whether they are shown.
    told: BTreeMap<String, (String, bool)>,
}

impl<'w> Files<'w> {
    /// Those of a workspace in a folder.
    pub(super) fn of(workspace: &'w Workspace, folder: &Path) -> Self {
        let told = workspace.sources.iter().map(|(file, source)| {
            let (path, package) = (source.path(), workspace.package_of(file));
            let last = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let below = path.strip_prefix(folder).map(|path| path.display().to_string());
            let name = match package {
                // Where a package lies on this machine is nobody's business.
                Some(package) => format!("{}/{}", package.name, last()),
                None => below.unwrap_or_else(|_| last()),
            };
            let shown = package.is_none_or(|package| package.visibility == Visibility::Open);
            (path.display().to_string(), (name, shown))
        });
        Self { workspace, told: told.collect() }
    }

    /// What is wrong, in the order in which it is given; so much of it as is told.
    pub(super) fn findings(&self, diagnostics: &[Diagnostic]) -> Vec<Finding> {
        let some = diagnostics.get(..MOST).unwrap_or(diagnostics);
        let rows = serde_json::from_value(render::json(&self.workspace.sources, some));
        let rows: Vec<Row> = rows.unwrap_or_else(|error| {
            tracing::error!(%error, "findings that cannot be told");
            Vec::new()
        });
        rows.into_iter().map(|row| self.finding(row)).collect()
    }

    fn finding(&self, row: Row) -> Finding {
        let Row { code, severity, message, file, line, column, end_line, end_column, .. } = row;
        let place = file.zip(line).map(|(file, line)| {
            let (column, end_line) = (column.unwrap_or(1), end_line.unwrap_or(line));
            let end_column = end_column.unwrap_or(column);
            let source_line = row.source_line.unwrap_or_default();
            self.place(Related { file, line, column, end_line, end_column, source_line, label: row.label })
        });
        Finding {
            code,
            severity: if severity == "error" { Severity::Error } else { Severity::Warning },
            message,
            place,
            help: row.help,
            suggestion: row.suggestion,
            related: row.related.into_iter().map(|related| self.place(related)).collect(),
        }
    }

    fn place(&self, related: Related) -> Place {
        let Related { file, line, column, end_line, end_column, source_line, label } = related;
        let (file, shown) = self.told.get(&file).cloned().unwrap_or_else(|| (String::new(), false));
        Place { file, line, column, end_line, end_column, source_line: shown.then_some(source_line), label }
    }
}
