//! Who acts, and under whose authority. Names only, never a token: plans and journals hold these.

use std::fmt;

/// Under whose authority a plan runs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acting {
    /// On behalf of the employee who acts.
    Employee,
    /// The application's own identity, declared with a reason.
    Application {
        /// The author's reason.
        reason: String,
    },
}

/// The identity a call is made under: a name that the adapter turns into credentials of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identity {
    /// A named employee, by the platform's id for them.
    Employee(String),
    /// The application itself.
    Application,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Employee(name) => write!(f, "employee {name}"),
            Self::Application => f.write_str("application"),
        }
    }
}
