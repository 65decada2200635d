//! What a file is, by its name.

use std::path::Path;

/// The kinds of file in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// `engage.toml` at the top.
    Manifest,
    /// `*.engage`: items in the engage language.
    Engage,
    /// `*.yaml`, `*.yml`, `*.json`: items in YAML.
    Yaml,
    /// `*.platform.json`: a playbook as the platform exports it.
    Platform,
    /// `*.liquid`: a template.
    Template,
    /// `*.case.yaml` (`.yml`, `.json`): snapshot cases.
    Case,
    /// `*.schema.yaml` (`.yml`, `.json`): the schema of a simulated CRM.
    Schema,
    /// `*.sandbox.yaml` (`.yml`, `.json`): tables and rows of a sandbox, in its own words.
    Sandbox,
}

/// The name of the file that makes a folder a workspace.
pub const MANIFEST: &str = "engage.toml";

/// The JSON Schemas of the YAML form and of bundles, which authors keep where their editor finds them.
const EDITOR_SCHEMAS: [&str; 2] = ["engage.schema.json", "engage-bundle.schema.json"];

impl FileKind {
    /// The kind of a file; `None` for files that are no part of a workspace. Among those are `*.input.yaml`, inputs that
    /// are handed to a command or named by a case, `*.bundle.yaml`, which are carried to other workspaces, and
    /// `engage.schema.json`, which editors read.
    ///
    /// ```
    /// use engage_dsl::workspace::FileKind;
    /// assert_eq!(FileKind::of("crm/contact.yaml".as_ref()), Some(FileKind::Yaml));
    /// assert_eq!(FileKind::of("crm/meeting.case.yaml".as_ref()), Some(FileKind::Case));
    /// assert_eq!(FileKind::of("README.md".as_ref()), None);
    /// assert_eq!(FileKind::of("engage.schema.json".as_ref()), None);
    /// assert_eq!(FileKind::of("lead.bundle.json".as_ref()), None);
    /// assert_eq!(FileKind::of("inputs/three-advisors.input.yaml".as_ref()), None);
    /// ```
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        if name == MANIFEST {
            return Some(Self::Manifest);
        }
        if EDITOR_SCHEMAS.contains(&name) {
            return None;
        }
        let (stem, extension) = name.rsplit_once('.')?;
        match extension {
            "engage" => Some(Self::Engage),
            "liquid" => Some(Self::Template),
            "json" if stem.ends_with(".platform") => Some(Self::Platform),
            "yaml" | "yml" | "json" if stem.ends_with(".case") => Some(Self::Case),
            "yaml" | "yml" | "json" if stem.ends_with(".schema") => Some(Self::Schema),
            "yaml" | "yml" | "json" if stem.ends_with(".sandbox") => Some(Self::Sandbox),
            "yaml" | "yml" | "json" if stem.ends_with(".input") || stem.ends_with(".bundle") => None,
            "yaml" | "yml" | "json" => Some(Self::Yaml),
            _ => None,
        }
    }
}
