//! One way to two databases. Statements are written once, parameters are texts, numbers and bytes, and whatever is said about
//! an organisation is said through [`Tx`] or [`Reader`], which bind it.
//!
//! What must not be known here: what a row means.

mod bind;
mod condition;
mod database;
mod job;
mod link;
mod migrate;
#[cfg(feature = "postgres")]
mod postgres;
mod scoped;
mod session;
#[cfg(feature = "sqlite")]
mod sqlite;

pub(crate) use bind::{Bind, Row, binds, json_text};
pub use condition::{Column, Condition, Element, Given, Member, MemberColumn, Resource, Test};
pub use database::{Database, Options};
pub use job::Work;
pub use migrate::Status;
#[cfg(all(test, feature = "sqlite"))]
pub(crate) use scoped::Dialect;
pub(crate) use scoped::Global;
pub use scoped::Scoped;
#[cfg(all(test, feature = "sqlite"))]
pub(crate) use session::narrow;
pub use session::{Reader, Tx};
pub(crate) use session::{Session, Unscoped};
