//! What people may do, and what an operation asks for.

use std::fmt;
use std::str::FromStr;

use crate::denied::Reason;
use crate::principal::{Caller, Principal};

/// What a user may do, ascending: each may do what those before it may. The names are those of the app roles of the
/// Management API. Back-ends have no role: they are [`Caller::System`], which stands apart.
///
/// ```
/// use engage_identity::Role;
///
/// assert!(Role::Manager > Role::Employee);
/// assert_eq!("Admin".parse(), Ok(Role::Admin));
/// assert!("admin".parse::<Role>().is_err(), "a role is spelled one way");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Books for himself.
    Customer,
    /// Works for the organisation.
    Employee,
    /// Leads those who do.
    Manager,
    /// Says what things mean: topics, portals, patterns, playbooks.
    Configurator,
    /// Connects the organisation: credentials, portals' sign-in, logs.
    Admin,
}

impl Role {
    /// Every role, ascending.
    pub const ALL: [Self; 5] = [Self::Customer, Self::Employee, Self::Manager, Self::Configurator, Self::Admin];

    /// Its name, as tokens spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "Customer",
            Self::Employee => "Employee",
            Self::Manager => "Manager",
            Self::Configurator => "Configurator",
            Self::Admin => "Admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of `Customer`, `Employee`, `Manager`, `Configurator`, `Admin`")]
pub struct NoRole;

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(text: &str) -> Result<Self, NoRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(NoRole)
    }
}

/// Whom an operation is for: users from a role on, back-ends, or both. Back-ends are named explicitly: no role of users ever
/// admits them.
///
/// ```
/// use engage_identity::{Requirement, Role};
///
/// const LIST_MEETINGS: Requirement = Requirement::users_and_systems(Role::Employee);
/// const WRITE_A_PATTERN: Requirement = Requirement::users(Role::Configurator);
/// assert!(LIST_MEETINGS.system && !WRITE_A_PATTERN.system);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// The lowest role of a user; none where the operation is not for users.
    pub minimum: Option<Role>,
    /// Whether back-ends may call it.
    pub system: bool,
}

impl Requirement {
    /// Users alone.
    #[must_use]
    pub const fn users(minimum: Role) -> Self {
        Self { minimum: Some(minimum), system: false }
    }

    /// Users and back-ends.
    #[must_use]
    pub const fn users_and_systems(minimum: Role) -> Self {
        Self { minimum: Some(minimum), system: true }
    }

    /// Back-ends alone.
    #[must_use]
    pub const fn systems() -> Self {
        Self { minimum: None, system: true }
    }

    /// Whether a principal may call the operation.
    ///
    /// # Errors
    /// [`Reason::RoleTooLow`] for a user below the minimum, [`Reason::CallerKindRefused`] where the operation is not for users,
    /// or not for back-ends.
    pub fn admits(&self, principal: &Principal) -> Result<(), Reason> {
        match (&principal.caller, self.minimum) {
            (Caller::System(_), _) if self.system => Ok(()),
            (Caller::System(_), _) | (Caller::User(_), None) => Err(Reason::CallerKindRefused),
            (Caller::User(user), Some(minimum)) if user.role >= minimum => Ok(()),
            (Caller::User(_), Some(_)) => Err(Reason::RoleTooLow),
        }
    }
}
