//! What the Management API shows and asks of things that are known elsewhere: the workspace that is served, its runs, the connections to
//! CRMs. Whoever puts a server together hands them in, as events are handed to a listener: this crate knows no text of a workspace and
//! no CRM.
//!
//! | file | what |
//! |---|---|
//! | `workspace` | what the workspace says, what is planned of it, and the check of sources that are sent |
//! | `connections` | CRMs that are connected, and whether they can be used |

mod connections;
mod workspace;

use std::sync::Arc;

use engage_playbooks::ports::DurableEngine;
use engage_playbooks::run::Tenant;
use engage_playbooks::timeline::Shape;
use uuid::Uuid;

pub use connections::{Check, CheckName, CheckOutcome, Connection, Connections, Reach, Tested, Verified};
pub use workspace::{
    Capabilities, Checked, Finding, Fork, Forked, Group, Item, ItemDetail, ItemKind, JoinCapabilities, MapperFacts,
    Overview, Package, PatternPlan, Place, Planned, PlannedOperation, PlaybookFacts, Refused, Severity, Shared,
    SourceFile, Target, Unplanned, Workspace,
};

/// What is served for one organisation.
#[derive(Clone)]
pub struct Served {
    /// Whose it is. For others none of it is there.
    pub organisation: Uuid,
    /// The workspace.
    pub workspace: Arc<dyn Workspace>,
    /// Runs of its playbooks.
    pub runs: Runs,
    /// The CRMs that they run on.
    pub connections: Arc<dyn Connections>,
}

impl std::fmt::Debug for Served {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Served").field("organisation", &self.organisation).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Runs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runs").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// What says how the blocks of a version of a playbook hang together, by its digest.
pub type Shapes = Arc<dyn Fn(&str) -> Option<Shape> + Send + Sync>;

/// Where playbooks run.
#[derive(Clone)]
pub struct Runs {
    /// Who runs them.
    pub engine: Arc<dyn DurableEngine>,
    /// Under what name the engine knows the organisation.
    pub tenant: Tenant,
    /// How the blocks of a version hang together; of a version that nobody has any more, nothing is known.
    pub shapes: Shapes,
}
