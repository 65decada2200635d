//! CRM adapters behind one trait: the in-memory CRM, wrappers, and the conformance suite.
//!
//! ```
//! use engage_adapters::memory::{MemoryCrm, Schema};
//! let schema = Schema::from_yaml("kind: CrmSchema\ncrm: dataverse\ntables:\n  contact: {key: contactid}\n").unwrap();
//! let crm = MemoryCrm::new(schema).unwrap().with_capabilities(engage_adapters::targets::dataverse());
//! assert_eq!(engage_engine::Adapter::crm(&crm).as_str(), "dataverse");
//! ```
//!
//! | module | what |
//! |---|---|
//! | [`targets`] | what Dataverse and Salesforce can do, as data |
//! | [`memory`] | the simulated CRM: reference implementation of the adapter trait |
//! | [`guard`] | holds a call against capabilities; every adapter's first step |
//! | [`wrap`] | adapters around adapters: limit, trace, record and replay, fault |
//! | [`conformance`] | what any adapter must do, as tests that its author runs |
//! | [`snapshot`] | plan and end state as text, for embedders' snapshot tests |

#[cfg(feature = "ai")]
pub mod ai;
pub mod conformance;
#[cfg(feature = "dataverse")]
pub mod dataverse;
pub mod guard;
#[cfg(feature = "http")]
pub mod http;
pub mod memory;
#[cfg(any(feature = "dataverse", feature = "salesforce"))]
mod order;
#[cfg(feature = "salesforce")]
pub mod salesforce;
#[cfg(any(feature = "dataverse", feature = "salesforce"))]
mod sign;
pub mod snapshot;
#[cfg(any(feature = "dataverse", feature = "salesforce"))]
mod split;
pub mod targets;
pub mod wrap;
