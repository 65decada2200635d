#![doc = include_str!("../README.md")]

mod denied;
mod directory;
pub mod issuer;
mod json;
pub mod keys;
mod principal;
mod role;
mod settings;
mod token;
mod validator;

pub use denied::{Denied, Facts, Reason};
pub use directory::{Clients, Directory, Listed, Mapping, Registration, Tenants, Unreadable};
pub use keys::{Fetch, HttpFetch, Keys};
pub use principal::{Caller, Choice, Environment, NoEnvironment, Principal, System, User};
pub use role::{NoRole, Requirement, Role};
pub use settings::{Api, Authority, Misconfigured, Settings, Systems, Version};
pub use token::MAX_TOKEN;
pub use validator::{ASSERTION_HEADER, ORGANIZATION_HEADER, Presented, Validator};
