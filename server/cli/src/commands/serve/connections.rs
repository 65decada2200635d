//! The CRM that playbooks run on.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use engage_adapters::http::Assertions;
use engage_adapters::memory::MemoryCrm;
use engage_engine::CrmName;
use engage_engine::acting::Identity;
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, Capabilities, GroupError, Page, Query, Request, WriteGroup, Written,
};
use engage_playbooks::ports::{ConnectionError, Connections};
use engage_playbooks::run::Tenant;

use super::behalf::Behalf;
use super::measures::Measures;
use super::settings::variable;
use crate::crm::{Crm, Place};
use crate::failure::Failure;
use crate::sandboxed::Local;
use crate::simulated;
use crate::target::CrmChoice;
use crate::workspace::Loaded;

/// What it takes to open the CRM, at any time.
pub(super) struct Opening {
    pub(super) loaded: Arc<Loaded>,
    pub(super) crm: CrmName,
    pub(super) choice: CrmChoice,
    pub(super) place: Place,
    /// What employees signed in with, and what is sealed, where a platform keeps it.
    pub(super) behalf: Option<Arc<Behalf>>,
}

/// The one CRM of the process.
pub(super) struct One {
    opening: Opening,
    /// The employee whose credentials stand in the environment, where those of one do.
    sole: Option<String>,
    measures: Arc<Measures>,
    /// The adapter, and in which term as leader it was opened.
    opened: Mutex<(u64, Arc<dyn Adapter>)>,
    live: bool,
    /// Whether it acts for employees at all: one that does not acts for nobody else than the application.
    employees: bool,
    /// The application whose users' tokens are exchanged for those of the CRM.
    exchanges_for: Option<String>,
}

impl One {
    /// Opens the CRM.
    ///
    /// # Errors
    /// When it cannot be opened, or nothing says whose credentials those in the environment are.
    pub(super) fn open(opening: Opening, acting: Option<&str>, measures: Arc<Measures>) -> Result<Self, Failure> {
        if opening.choice == CrmChoice::Sandbox {
            let failure = Failure::usage("a sandbox would be gone with this process, and what runs on it with it");
            return Err(
                failure.help("say `--sandbox`, or run `engage sandbox --env-file FILE` beside it, and name the CRM")
            );
        }
        let crm = opening.open()?;
        let live = crm.is_live();
        let sole = if live { sole(&opening.crm, acting)? } else { None };
        let adapter = opening.kept(&crm);
        let (employees, exchanges_for) = (crm.acts_for_employees(), crm.exchanges_for().map(ToOwned::to_owned));
        Ok(Self { opening, sole, measures, opened: Mutex::new((0, adapter)), live, employees, exchanges_for })
    }

    /// The CRM of a sandbox, which runs as long as the process.
    pub(super) fn of_sandbox(opening: Opening, sandbox: &Local, measures: Arc<Measures>) -> Self {
        let opened = Mutex::new((0, sandbox.connection().shared()));
        let exchanges_for = sandbox.connection().exchanges_for().map(ToOwned::to_owned);
        Self { opening, sole: None, measures, opened, live: false, employees: true, exchanges_for }
    }

    /// Whether it acts for employees.
    pub(super) fn acts_for_employees(&self) -> bool {
        self.employees
    }

    /// The application whose users' tokens are exchanged for those of the CRM.
    pub(super) fn exchanges_for(&self) -> Option<&str> {
        self.exchanges_for.as_deref()
    }

    /// Its name.
    pub(super) fn crm(&self) -> &CrmName {
        &self.opening.crm
    }

    /// Whether real customers are in it.
    pub(super) fn is_live(&self) -> bool {
        self.live
    }

    /// A file may have been written to by whoever led before: it is read again with every term.
    fn adapter(&self) -> Result<Arc<dyn Adapter>, ConnectionError> {
        let term = self.measures.term();
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.0 != term && matches!(self.opening.choice, CrmChoice::Memory(Some(_))) {
            let crm = self.opening.open().map_err(|failure| {
                tracing::error!(why = failure.message, "the records of the simulated CRM cannot be read");
                ConnectionError::Unavailable { after: None }
            })?;
            *opened = (term, self.opening.kept(&crm));
        }
        Ok(Arc::clone(&opened.1))
    }
}

impl Opening {
    /// What employees signed in with, as adapters ask for it.
    pub(super) fn assertions(&self) -> Option<Arc<dyn Assertions>> {
        self.behalf.clone().map(|behalf| behalf as Arc<dyn Assertions>)
    }

    fn open(&self) -> Result<Crm, Failure> {
        let kept = self.assertions();
        Ok(Crm::open_for(Some(&self.choice), &self.crm, &self.place, &self.loaded, kept.as_ref())?.crm)
    }

    fn kept(&self, crm: &Crm) -> Arc<dyn Adapter> {
        match (crm, &self.choice) {
            (Crm::Simulated(memory), CrmChoice::Memory(Some(path))) => {
                Arc::new(Kept { crm: Arc::clone(memory), path: path.clone(), saving: Arc::default() })
            }
            _ => crm.shared(),
        }
    }
}

/// Whose credentials stand in the environment, where they are those of one employee: nobody else may act with them.
fn sole(crm: &CrmName, acting: Option<&str>) -> Result<Option<String>, Failure> {
    let prefix = format!("ENGAGE_{}", crm.as_str().to_uppercase().replace('-', "_"));
    for name in ["ASSERTION", "EMPLOYEE"] {
        let name = format!("{prefix}_{name}");
        if variable(&name)?.is_none() {
            continue;
        }
        let missing = || {
            let failure = Failure::usage(format!("`{name}` is one employee's, and nothing says whose"));
            failure.help("`--acting ID` names them as events do; runs of others then wait until they can sign in")
        };
        return acting.map(|acting| Some(acting.to_owned())).ok_or_else(missing);
    }
    Ok(None)
}

#[async_trait]
impl Connections for One {
    async fn connect(&self, _: &Tenant, crm: &CrmName, who: &Identity) -> Result<Arc<dyn Adapter>, ConnectionError> {
        match (who, &self.sole) {
            _ if self.opening.crm != *crm => Err(ConnectionError::NotConnected),
            (Identity::Employee(id), Some(sole)) if id != sole => Err(ConnectionError::NeedsIdentity),
            _ => {
                let adapter = self.adapter()?;
                Ok(self
                    .opening
                    .behalf
                    .as_ref()
                    .map_or_else(|| Arc::clone(&adapter), |behalf| behalf.opened(Arc::clone(&adapter))))
            }
        }
    }
}

/// A simulated CRM that is in its file before a write is answered: what the journal says was written is there.
struct Kept {
    crm: Arc<MemoryCrm>,
    path: PathBuf,
    /// One at a time writes the file.
    saving: Arc<Mutex<()>>,
}

impl Kept {
    async fn save(&self) -> Result<(), AdapterError> {
        let (crm, path, saving) = (Arc::clone(&self.crm), self.path.clone(), Arc::clone(&self.saving));
        let saved = tokio::task::spawn_blocking(move || {
            let _one = saving.lock().unwrap_or_else(PoisonError::into_inner);
            simulated::keep(&crm, &path)
        });
        // It is in memory and may not be in the file.
        let unknown = || AdapterError::new(AdapterErrorKind::Unknown);
        saved.await.map_err(|_| unknown())?.map_err(|failure| {
            tracing::error!(why = failure.message, "the records of the simulated CRM are not kept");
            unknown()
        })
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Adapter for Kept {
    fn crm(&self) -> &CrmName {
        self.crm.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.crm.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        self.crm.read(call, queries).await
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        let answer = self.crm.write(call, group).await?;
        self.save().await?;
        Ok(answer)
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.crm.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.crm.preview_write(group)
    }
}
