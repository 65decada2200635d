//! Playbooks as their author means them: plain data, no positions, nothing resolved yet.
//!
//! Both spellings lower to it and both printers start from it. A place of it is named by an engine
//! [`Subject`](engage_engine::model::Subject), as the places of definitions and patterns are.

mod block;
mod coordinate;
mod mapping;
mod package;
mod path;
mod playbook;
mod resource;
mod trigger;
mod when;

pub use block::{Block, BlockKind, InputValue, Operand, Position, VersionChoice};
pub use coordinate::{Coordinate, NoCoordinate};
pub use mapping::{FieldMapping, Origin, Source, Transformation};
pub use package::{Fork, Package, Visibility};
pub use path::{Path, Segment};
pub use playbook::Playbook;
pub use resource::{Capability, CapabilityVersion, Library, Mapper, Template};
pub use trigger::{Declared, DeclaredType, Schedule, Trigger, TriggerKind};
pub use when::{Comparison, When};
