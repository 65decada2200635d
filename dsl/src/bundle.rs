//! Bundles as files: a pattern or a playbook with all that it needs, carried from one workspace to another.
//!
//! A bundle is one document, in YAML or JSON. Its items are spelled as in the files of a workspace, templates stand in it with
//! their text, and it ends by saying that it is whole:
//!
//! ```yaml
//! kind: Bundle
//! version: 1
//! items:
//!   - {kind: EntityDefinition, id: contact, name: Contact, crm: memory, type: contact}
//!   - {kind: EntityPattern, id: person, name: Person, parts: [{ref: contact, entity: contact}]}
//!   - {kind: Template, id: note, text: "Hi {{ name }}"}
//! complete: true
//! ```
//!
//! [`write()`] and [`read`] are the two ways between text and [`Bundle`]. Bringing one in is a [`Plan`] first, which says item by
//! item what would be done and has checked what would come of it, and is then [applied](Plan::apply): wholly, or not at all.

pub mod codes;
mod commit;
mod disk;
mod ends;
mod placing;
mod plan;

use std::path::{Path, PathBuf};

use engage_engine::model::Model;
use engage_engine::problem::Severity;
use engage_playbooks::Library;
use engage_playbooks::bundle::Bundle;

use crate::diagnostic::Diagnostic;
use crate::print;
use crate::render;
use crate::source::{FileId, Source, SourceMap, Sources};
use crate::workspace::{Limits, Rejected, one_file, one_text};
use crate::yaml;

pub use self::commit::{ApplyError, Recovered, recover};
pub(crate) use self::commit::{half_done, interrupted};
pub use self::plan::{Plan, PlannedItem};

/// The version of the form that is written and read.
pub const VERSION: u32 = 1;
/// The items of a bundle stand in a list in a mapping.
const DEPTH: usize = yaml::MAX_DEPTH + 2;

/// The two spellings of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

impl Form {
    /// The spelling that the ending of a file asks for; `None` where it is another ending.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Writes a bundle. [`read`] gives it back, but for a field that one part gives two defaults: see [`print::yaml`].
///
/// ```
/// use engage_dsl::Workspace;
/// use engage_dsl::bundle::{self, Form};
/// use engage_dsl::playbooks::bundle::{Bundle, ItemId};
///
/// let text = "entity contact on memory contact { }\npattern person { contact : contact }\n";
/// let workspace = Workspace::from_sources([("all.engage", text)]);
/// let wanted = [ItemId::Pattern("person".parse().unwrap())];
/// let bundle = Bundle::of(&workspace.model, &workspace.library, &wanted).unwrap();
/// let text = bundle::write(&bundle, Form::Yaml);
/// assert!(text.starts_with("kind: Bundle\nversion: 1\nitems:\n"));
/// assert_eq!(bundle::read("person.bundle.yaml", &text)?.bundle, bundle);
/// # Ok::<(), engage_dsl::Rejected>(())
/// ```
pub fn write(bundle: &Bundle, form: Form) -> String {
    print::bundle(bundle, VERSION, form == Form::Json)
}

/// A bundle that was read, with its text and the places of what it holds.
#[derive(Debug, Clone)]
pub struct BundleFile {
    /// What it holds.
    pub bundle: Bundle,
    pub(crate) map: SourceMap,
    source: Source,
}

impl BundleFile {
    /// The file.
    pub fn source(&self) -> &Source {
        &self.source
    }
}

/// Reads a bundle from a text in either spelling. `name` is how messages name the file.
///
/// # Errors
/// [`Rejected`] with everything that is wrong with the text, placed. The text may be as long as a file of a workspace.
pub fn read(name: impl Into<PathBuf>, text: &str) -> Result<BundleFile, Rejected> {
    understood(one_text(&name.into(), text, &Limits::default()))
}

/// Reads a bundle from a file.
///
/// # Errors
/// As [`read`], and when the file cannot be read, is no text or is too large: then nothing is read of it.
pub fn load(path: impl AsRef<Path>) -> Result<BundleFile, Rejected> {
    understood(one_file(path.as_ref(), &Limits::default()))
}

fn understood((sources, mut diagnostics): (Sources, Vec<Diagnostic>)) -> Result<BundleFile, Rejected> {
    let file = FileId(0);
    let (mut model, mut library, mut map) = (Model::default(), Library::default(), SourceMap::default());
    if let (Some(source), true) = (sources.get(file), diagnostics.is_empty()) {
        let (tree, broken) = yaml::parse_within(file, source.text(), DEPTH);
        let whole = broken.is_empty();
        diagnostics.extend(broken);
        let found = yaml::lower_bundle(&tree, file, &mut model, &mut library, &mut map);
        // What is missing from a text that cannot be read whole is most likely there.
        diagnostics.extend(found.into_iter().filter(|found| whole || !codes::FOLLOWING.contains(&found.code.0)));
    }
    map.finish();
    diagnostics.iter_mut().for_each(|found| found.narrow(&sources));
    render::sort(&mut diagnostics);
    match sources.get(file) {
        Some(source) if diagnostics.iter().all(|found| found.severity != Severity::Error) => {
            Ok(BundleFile { bundle: Bundle { model, library }, map, source: source.clone() })
        }
        _ => Err(Rejected { sources, diagnostics }),
    }
}

#[cfg(test)]
pub(crate) mod tests;
