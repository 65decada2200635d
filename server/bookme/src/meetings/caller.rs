//! Who asks: what they made is theirs.

use serde_json::json;
use uuid::Uuid;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A person of an Entra tenant.
    Person {
        /// The tenant (`tid`).
        tenant: Uuid,
        /// The person (`oid`).
        object: Uuid,
    },
    /// A program, by its client id.
    Client(String),
    /// Somebody in a portal.
    Portal {
        /// Which portal.
        portal: Uuid,
        /// Who vouches for them (`iss`).
        issuer: String,
        /// Who they are (`sub`).
        subject: String,
    },
}

/// Who asks, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub who: Who,
    /// A customer: reaches what they made, and nothing else. In a portal everybody is one.
    pub customer: bool,
}

impl Caller {
    /// A member of staff.
    #[must_use]
    pub fn staff(tenant: Uuid, object: Uuid) -> Self {
        Self { who: Who::Person { tenant, object }, customer: false }
    }

    /// A program that acts for itself.
    #[must_use]
    pub fn client(id: impl Into<String>) -> Self {
        Self { who: Who::Client(id.into()), customer: false }
    }

    /// Whether they reach what they made alone.
    #[must_use]
    pub fn is_customer(&self) -> bool {
        self.customer || matches!(self.who, Who::Portal { .. })
    }

    /// Who it is, as one text: no two callers have the same.
    #[must_use]
    pub fn creator(&self) -> String {
        let parts = match &self.who {
            Who::Person { tenant, object } => json!(["person", tenant, object]),
            Who::Client(id) => json!(["client", id]),
            Who::Portal { portal, issuer, subject } => json!(["portal", portal, issuer, subject]),
        };
        parts.to_string()
    }

    /// Whether they may see and change what a creator made.
    #[must_use]
    pub fn may_reach(&self, creator: &str) -> bool {
        !self.is_customer() || self.creator() == creator
    }

    /// The account of the employee who acts (`oid`): nobody's where a program or a customer does.
    #[must_use]
    pub fn employee(&self) -> Option<Uuid> {
        match self.who {
            Who::Person { object, .. } if !self.customer => Some(object),
            _ => None,
        }
    }

    /// Who acts, as events say it: `employee`, `system`, `citizen`.
    #[must_use]
    pub fn actor(&self) -> &'static str {
        match (&self.who, self.is_customer()) {
            (_, true) => "citizen",
            (Who::Client(_), false) => "system",
            (_, false) => "employee",
        }
    }
}
