//! Who calls, once that is proven.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

use crate::role::Role;

/// One of the three places that an organisation may work in, apart from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    /// For those who build.
    Dev,
    /// For those who try.
    Test,
    /// For those who work.
    Prod,
}

impl Environment {
    /// Every environment.
    pub const ALL: [Self; 3] = [Self::Dev, Self::Test, Self::Prod];

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Test => "test",
            Self::Prod => "prod",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of `dev`, `test`, `prod`")]
pub struct NoEnvironment;

impl FromStr for Environment {
    type Err = NoEnvironment;

    fn from_str(text: &str) -> Result<Self, NoEnvironment> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or(NoEnvironment)
    }
}

/// Who calls, and where everything that the call does is confined to.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The organisation.
    pub organisation: Uuid,
    /// Its environment.
    pub environment: Environment,
    /// Who.
    pub caller: Caller,
}

/// A user or a back-end.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A user, by a token of his own tenant.
    User(User),
    /// A back-end of the organisation, by a token of the platform's tenant.
    System(System),
}

/// A user. What identifies him is `(tenant, object)`; names and addresses in a token are neither unique nor constant
/// (Microsoft, "Secure applications and APIs by validating claims"), and are not kept.
#[derive(Debug, Clone)]
pub struct User {
    /// His Entra tenant (`tid`).
    pub tenant: Uuid,
    /// Himself in that tenant (`oid`).
    pub object: Uuid,
    /// The application that he uses (`azp`, or `appid` in tokens of version 1.0).
    pub client: Uuid,
    /// His highest role, lowered to the cap of the organisation.
    pub role: Role,
    /// Roles in his token that are none of ours: they were ignored.
    pub unknown_roles: usize,
    /// His token, to act for him at a CRM (OAuth 2.0 On-Behalf-Of).
    pub assertion: SecretString,
    /// Until when the token is good, without any allowance for clocks that differ.
    pub expires: Timestamp,
}

/// A back-end. Nothing is done on behalf of it, so its token is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct System {
    /// Its client id (`azp`, or `appid` in tokens of version 1.0).
    pub client: Uuid,
}

/// What a user may choose: `X-Engage-Organization` names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The organisation.
    pub organisation: Uuid,
    /// Its environment.
    pub environment: Environment,
    /// What the user may do there.
    pub role: Role,
}
