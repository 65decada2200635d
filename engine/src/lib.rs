//! The engine: entity definitions, entity patterns, their checks, plans and execution. It knows no text and no HTTP
//! and starts no runtime.

pub mod access;
pub mod acting;
pub mod adapter;
pub mod catalog;
pub mod check;
pub mod codes;
pub mod condition;
pub mod describe;
pub mod graph;
pub mod ids;
pub mod input;
pub mod model;
pub mod nearest;
pub mod plan;
pub mod problem;
pub mod run;
pub mod typing;
pub mod value;
pub mod verify;

pub use acting::{Acting, Identity};
pub use adapter::{Adapter, AdapterError, Capabilities};
pub use catalog::Catalog;
pub use check::{Checked, check};
pub use ids::{CrmName, FieldName, RefId, SemanticId};
pub use input::{Input, PartInput};
pub use plan::{Operation, Plan};
pub use run::{Execution, Outcome, RunError};
pub use value::{FieldType, Instance, Value, ValueError};
