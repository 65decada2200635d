//! The front door of engage: reads a workspace in either spelling, checks it, and re-exports the engine.
//!
//! ```
//! use engage_dsl::Workspace;
//!
//! let workspace = Workspace::from_sources([
//!     ("engage.toml", "name = \"demo\"\ntarget = \"memory\"\n"),
//!     ("contact.engage", "entity contact \"Contact\" on memory contact {\n  Email -> email\n}\n"),
//!     ("lookup.yaml", "kind: EntityPattern\nid: lookup\nname: Look up\nparts: [{ref: contact, entity: contact}]\n"),
//! ]);
//! let catalog = workspace.catalog()?;
//! assert!(catalog.pattern("memory", "lookup").is_some());
//! # Ok::<(), engage_dsl::Rejected>(())
//! ```
//!
//! [`Workspace::load`] does the same with a folder. Who wants every finding, warnings too, asks [`Workspace::check`] and
//! draws them with [`render`].
//!
//! | to | see |
//! |---|---|
//! | load and check | [`workspace`] |
//! | read text | [`syntax`] and [`lower`] for the engage language, [`yaml`] for YAML and JSON |
//! | write text | [`mod@print`] |
//! | carry items to another workspace | [`bundle`] |
//! | exchange playbooks with the platform | [`platform`] |
//! | find the line of something | [`source`] |
//! | show findings | [`diagnostic`], [`render`], [`mod@explain`] |
//! | read the input of an operation | [`value`] |
//! | help an editor | [`schema`] |
//! | render templates | `templates`, with the feature of that name |
//!
//! This crate alone knows text. What things mean is the engine's business: both spellings lower to one model, and the
//! checker never learns which of them a model came from.

#[cfg(test)]
pub(crate) mod arbitrary;
pub mod bundle;
pub mod diagnostic;
pub mod duration;
pub mod explain;
mod findings;
pub mod fmt;
#[cfg(test)]
mod generated;
pub mod lower;
pub mod path;
pub mod platform;
pub mod print;
#[cfg(test)]
mod readme;
pub mod render;
#[cfg(feature = "schema")]
pub mod schema;
pub mod source;
pub mod syntax;
#[cfg(feature = "templates")]
pub mod templates;
pub mod value;
pub mod workspace;
pub mod yaml;

pub use diagnostic::Diagnostic;
pub use engage_engine as engine;
pub use engage_playbooks as playbooks;
pub use explain::explain;
pub use workspace::{Rejected, Report, Workspace};
