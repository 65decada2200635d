#![doc = include_str!("../README.md")]

mod denied;
mod directory;
pub mod issuer;
mod json;
pub mod keys;
mod principal;
mod proven;
mod role;
mod settings;
mod token;
mod validator;

pub use denied::{Denied, Facts, Known, Reason};
pub use directory::{Clients, Directory, Listed, Mapping, Registration, Tenants, Unreadable};
pub use keys::{Fetch, HttpFetch, Keys};
pub use principal::{Caller, Choice, Environment, NoEnvironment, Principal, System, User};
pub use proven::{ORGANIZATION_HEADER, Proven};
pub use role::{NoRole, Requirement, Role};
pub use settings::{Api, Authority, Misconfigured, Settings, Systems, Version};
pub use token::MAX_TOKEN;
pub use validator::{ASSERTION_HEADER, Assertion, Presented, Validator};
