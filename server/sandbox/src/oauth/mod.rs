//! Tokens: signing and reading JSON web tokens, and the token endpoint of Microsoft Entra.
//!
//! [`Signer`] knows no CRM; what stands in a token is up to the endpoint that issues it.

mod assertion;
pub(crate) mod entra;
mod jwt;

pub use self::jwt::{Signer, SignerError};
