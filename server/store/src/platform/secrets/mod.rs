//! Secrets of customers: each value under a key of its own, that key under one which is not in the database.
//!
//! A value goes in and does not come out, but for a purpose that is written down: [`Secrets::reveal`]. What is listed says
//! which secrets there are, never what they say; that takes no key ([`Inventory`]).

mod audit;
mod inventory;
mod key;
mod random;
mod rewrap;
mod rows;
mod seal;
mod secret;
mod vault;

pub use audit::{Actor, Purpose};
pub use inventory::Inventory;
pub use key::{KeyError, KeyWrap, Keyring, LocalKey};
pub use random::{Random, SystemRandom, draw_token};
pub use rewrap::Rewrapped;
pub use rows::{KeyUse, SecretInfo, SecretName, SecretState};
pub use secret::Secret;
pub use vault::{Secrets, Vault};
