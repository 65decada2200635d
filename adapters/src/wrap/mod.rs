//! Adapters around adapters: what any CRM can be given without its adapter knowing.
//!
//! Each takes an `Arc`, so that whoever builds a stack keeps a handle on what is inside it.
//!
//! ```
//! # use std::sync::Arc;
//! use engage_adapters::memory::{MemoryCrm, Schema};
//! use engage_adapters::wrap::{Limit, Trace};
//! let crm = Arc::new(MemoryCrm::new(Schema::new("memory".parse().unwrap())).unwrap());
//! let traced = Arc::new(Trace::new(Arc::clone(&crm)));
//! let limited = Limit::new(Arc::clone(&traced), 8);
//! assert_eq!(engage_engine::Adapter::crm(&limited).as_str(), "memory");
//! ```

mod fault;
mod limit;
mod narrow;
mod record;
mod tape;
mod trace;

pub use fault::{Fault, FaultKind, Seen, When};
pub use limit::Limit;
pub use narrow::Narrow;
pub use record::{Record, Replay};
pub use tape::{Exchange, Tape};
pub use trace::{Trace, Traced};
