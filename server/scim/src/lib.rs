#![doc = include_str!("../README.md")]

mod error;
pub mod filter;
pub mod json;
pub mod list;
pub mod patch;
pub mod path;
pub mod projection;
mod resource;
pub mod schema;

pub use error::{ERROR, ScimError, ScimType, Status};
pub use patch::Patch;
pub use resource::{MAX_ELEMENTS, MAX_MEMBERS, MAX_STRING, Meta, Outcome, Resource, User};
