//! The platform's JSON of a playbook: blocks with position, type, value and name, relations with mappings.
//!
//! It is read and written by way of the YAML form, whose lowering then says what is wrong, where it stands in the JSON.
//! What the platform has no place for stands under `engage`, in the words of the YAML form, so that nothing is lost.
//!
//! ```json
//! {
//!   "id": "portal-lead", "name": "Portal lead", "description": "",
//!   "blocks": [
//!     {"name": "trigger", "type": "Trigger", "value": {"type": "PortalMeetings", "scope": ["retail"]}},
//!     {"name": "lead", "type": "EntityPatternCreate", "value": "portal-lead", "position": {"x": 10, "y": 20},
//!      "engage": {"after": ["note"], "constants": [{"at": 0, "to": "lead.Source", "value": "portal"}]}}
//!   ],
//!   "relations": [
//!     {"source": "trigger", "target": "lead", "mappings": [
//!       {"sourcePath": "Meeting.Title", "destinationPath": "lead.Subject", "transformations": [{"type": "Identity"}]}]}
//!   ],
//!   "engage": {"deadline": "2h"}
//! }
//! ```
//!
//! | type | value |
//! |---|---|
//! | `Trigger` | its `type`, and the portals of its `scope`; or the type alone |
//! | `EntityPatternRead`, `EntityPatternCreate`, `EntityPatternUpdate` | the pattern |
//! | `EntityPatternFilter` | `pattern`, `part`, `field`, `operator`, and `value` or `values` unless a relation to `value` gives it |
//! | `Template` | the template |
//! | `Ai` | `capability` and `version`, a number or `latest`; or the capability alone |
//! | `Output` | the name of the result |
//! | `Input` | the constant |
//! | `File` | the id of the file |
//!
//! An empty `sourcePath` is the whole output, an empty `destinationPath` the whole input. Positions are rounded to whole
//! numbers. Under `engage` stand, of a block, `title`, `when`, `after`, `escalation`, `allowSensitive`, `schedule`, `body`,
//! `inputs`, `given`, a `where` that is more than one comparison, and `constants` (each with its place `at` among the
//! inputs); of a mapping `then`, where one of its transformations is not the platform's; of a playbook `fork`,
//! `deadline` and `concurrency`. The package that a playbook belongs to is not written: it follows from where it is read.

mod read;
mod write;

pub use read::read;
pub use write::write;

pub(crate) use read::lower;

/// The types of blocks: the platform's word, ours, and the property of the YAML form that its value is.
const TYPES: [(&str, &str, &str); 10] = [
    ("Trigger", "Trigger", "event"),
    ("EntityPatternRead", "Read", "pattern"),
    ("EntityPatternFilter", "Filter", "pattern"),
    ("EntityPatternCreate", "Create", "pattern"),
    ("EntityPatternUpdate", "Update", "pattern"),
    ("Template", "Template", "template"),
    ("Ai", "Ai", "capability"),
    ("Output", "Output", "result"),
    ("Input", "Input", "value"),
    ("File", "File", "file"),
];

/// The platform's transformations, each with the property of what it takes.
const TRANSFORMATIONS: [(&str, &str, Option<&str>); 7] = [
    ("Identity", "identity", None),
    ("Extract", "extract", Some("path")),
    ("Project", "project", Some("fields")),
    ("Join", "join", Some("separator")),
    ("Split", "split", Some("separator")),
    ("Serialize", "serialize", None),
    ("Base64Decode", "base64decode", None),
];

/// Where a relation into a filter goes: what its field is compared with.
const COMPARED: &str = "value";

#[cfg(test)]
mod tests;
