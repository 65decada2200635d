//! Tokens: signing and reading JSON web tokens, and the token endpoint of Microsoft Entra.
//!
//! [`Signer`] knows no CRM; what stands in a token is up to the endpoint that issues it.

mod assertion;
pub(crate) mod entra;
mod jwt;

/// How long the tokens of the ready line are good for, in seconds: longer than anybody works at a stretch.
pub(crate) const READY_LIFE: i64 = 7 * 24 * 3600;

pub use self::jwt::{PublicKey, Signer, SignerError};
