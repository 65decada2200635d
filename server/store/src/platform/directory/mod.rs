//! Users and groups, as the directories of customers send them.
//!
//! What must not be known here: what SCIM is. A record is a JSON text with a few of its values beside it, which are looked
//! for and of which no two may be alike.

mod members;
mod model;
mod purge;
mod read;
mod write;

pub use members::{MemberReads, MemberRow, Members};
pub use model::{Content, Kind, NewRecord, Realm, Record, Service, Tombstone};
pub use purge::{Purge, PurgeReads};
pub use read::{DirectoryReads, Found};
pub use write::Directory;
