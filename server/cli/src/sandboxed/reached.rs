//! Which CRM a command that asks the CRM itself has reached.

use engage_engine::CrmName;

use super::Local;
use crate::connection::{self, Connection};
use crate::execution;
use crate::failure::Failure;
use crate::target::{CrmChoice, On};
use crate::workspace::Loaded;

/// A CRM that a command has reached: one that the environment describes, or a sandbox.
#[derive(Debug)]
pub enum Reached {
    /// The CRM itself.
    Live(Box<Connection>),
    /// A sandbox of this process.
    Sandbox(Box<Local>),
}

impl Reached {
    /// The CRM that `--crm` means.
    ///
    /// # Errors
    /// When the environment describes none, or the sandbox does not start.
    pub fn open(on: &On, crm: &CrmName, loaded: &Loaded) -> Result<Self, Failure> {
        match on.crm {
            Some(CrmChoice::Sandbox) => Local::start(loaded, crm).map(Box::new).map(Self::Sandbox),
            _ => connection::required(crm, &loaded.catalog).map(Box::new).map(Self::Live),
        }
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        match self {
            Self::Live(connection) => connection,
            Self::Sandbox(local) => local.connection(),
        }
    }

    /// Runs a future to its end.
    ///
    /// # Errors
    /// When the system gives no runtime.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        match self {
            Self::Live(_) => execution::wait(work),
            Self::Sandbox(local) => Ok(local.wait(work)),
        }
    }
}
