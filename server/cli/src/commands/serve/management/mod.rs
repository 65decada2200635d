//! What the Management API shows of the workspace, its runs and its CRM.
//!
//! | file | what |
//! |---|---|
//! | `workspace` | what the workspace says, what is planned of it, the check of other sources |
//! | `items` | its items, one by one |
//! | `findings` | what is wrong, as it is told over HTTP |
//! | `connections` | the CRM, and whether it can be used |

mod connections;
mod findings;
mod items;
mod workspace;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use engage_engine::CrmName;
use engage_playbooks::Compiled;
use engage_playbooks::ports::DurableEngine;
use engage_playbooks::run::Tenant;
use engage_playbooks::timeline::Shape;
use engage_runner::{MemoryShelf, Shelf as _};
use engage_server::management::ports::{Runs, Served};
use uuid::Uuid;

use super::connections::Probe;
use crate::workspace::Loaded;
use connections::Crms;
use workspace::Loading;

/// What is to be shown, known before anything runs.
pub(super) struct Shown {
    pub(super) loaded: Arc<Loaded>,
    /// The folder of the workspace: what is told of files is told below it.
    pub(super) folder: PathBuf,
    pub(super) crm: CrmName,
    /// The playbooks that events start.
    pub(super) on: Vec<Arc<Compiled>>,
    pub(super) probe: Probe,
}

impl Shown {
    /// All of it, for an organisation.
    pub(super) fn served(
        self,
        organisation: Uuid,
        engine: Arc<dyn DurableEngine>,
        (tenant, shelf): (Tenant, Arc<MemoryShelf>),
    ) -> Served {
        let Self { loaded, folder, crm, on, probe } = self;
        let on = on.iter().map(|playbook| playbook.id.clone()).collect();
        let workspace = Arc::new(Loading {
            loaded: Arc::clone(&loaded),
            folder: folder.clone(),
            crm: crm.clone(),
            on,
            known: OnceLock::new(),
        });
        let of = tenant.clone();
        let shapes = Arc::new(move |digest: &str| shelf.pinned(&of, digest).map(|version| Shape::of(&version)));
        let connections = Arc::new(Crms::new(loaded, folder, crm, probe));
        Served { organisation, workspace, runs: Runs { engine, tenant, shapes }, connections }
    }
}
