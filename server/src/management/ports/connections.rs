//! CRMs that are connected, and whether they can be used.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Serialize;

use super::workspace::Finding;

/// Connections of the organisation.
///
/// # Contract
/// Both checks ask the CRM and change nothing there. They may be given up at any time. No credential and no value of a record is in
/// what they tell.
#[async_trait]
pub trait Connections: Send + Sync {
    /// What is connected.
    fn list(&self) -> Vec<Connection>;

    /// Whether a CRM is reached and takes who signs in; nothing where it is not connected.
    async fn test(&self, crm: &str) -> Option<Tested>;

    /// The same, and whether it has all that the workspace names; nothing where it is not connected.
    async fn verify(&self, crm: &str) -> Option<Verified>;
}

/// A CRM that is connected. Its credentials are told nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// The CRM, as definitions name it: `dataverse`.
    pub crm: String,
    /// What it is for people, with the version of its interface.
    pub name: String,
    /// What is behind it.
    pub reach: Reach,
    /// Whether employees are acted for; else everything is done by the application, where a playbook says so.
    pub acts_for_employees: bool,
    /// Which user the application is to be there, where the configuration says it.
    pub expected_user: Option<String>,
}

/// What is behind a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Reach {
    /// The CRM itself.
    Live,
    /// A server of this process that behaves like it.
    Sandbox,
    /// Nothing but a file or memory.
    Simulated,
}

/// Whether a CRM can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tested {
    /// Whether nothing failed.
    pub passed: bool,
    /// What was looked at, in this order.
    pub checks: Vec<Check>,
}

/// Whether a CRM has all that the workspace names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// Whether nothing failed, and no problem is an error.
    pub passed: bool,
    /// What was looked at, in this order.
    pub checks: Vec<Check>,
    /// How many definitions were held against it.
    pub definitions: usize,
    /// How many of the problems are errors.
    pub errors: usize,
    /// How many are warnings.
    pub warnings: usize,
    /// What differs, at the lines of the definitions; 1000 at most.
    pub problems: Vec<Finding>,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ConnectionCheck")]
pub struct Check {
    /// What was checked.
    pub check: CheckName,
    /// How it came out.
    pub outcome: CheckOutcome,
    /// Why it failed, in a word that programs may decide by: `unauthenticated`, `denied`, `unavailable`, `throttled`,
    /// `quota-exhausted`, `timed-out`, `other-user`, `other`; `null` where it did not.
    pub reason: Option<String>,
    /// What was found, or what is missing, for people.
    pub detail: String,
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ConnectionCheckName")]
pub enum CheckName {
    /// A token of the application is issued and taken.
    Application,
    /// The application is the user that is expected.
    User,
    /// An employee can be acted for.
    Employee,
    /// The CRM tells what its entities are like.
    Metadata,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ConnectionCheckOutcome")]
pub enum CheckOutcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// Nothing was there to check it with.
    NotAsked,
}
