//! The CRM that something is run on: the real one, its simulation, or a sandbox of this process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueHint;
use engage_adapters::http::Assertions;
use engage_adapters::memory::MemoryCrm;
use engage_engine::adapter::Adapter;
use engage_engine::{Capabilities, CrmName};
use engage_sandbox::server::Entry;
use serde_json::{Value as Json, json};

use crate::connection;
use crate::execution::{Words, wait};
use crate::failure::Failure;
use crate::io::Io;
use crate::sandboxed::{Ids, Local, Reached};
use crate::simulated;
use crate::target::{CrmChoice, Switch};
use crate::workspace::Loaded;

/// The options that say what the CRM is like and what it holds.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    /// What the CRM can do, for trying: what the target can, or less
    #[arg(long, value_enum, default_value_t = Switch::Target, value_name = "SET")]
    pub capabilities: Switch,
    /// Records to begin with where the CRM's file is not there yet: a case, or YAML by entity as its `state`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub state: Option<PathBuf>,
    /// Tell what the CRM says about the failure of an operation, also where that may hold values of records
    #[arg(long)]
    pub crm_words: bool,
}

/// Where it runs.
#[derive(Debug)]
pub enum Crm {
    /// On the simulated CRM.
    Simulated(Arc<MemoryCrm>),
    /// On a CRM that is reached over HTTP.
    Reached(Reached),
}

/// A CRM that is open, and what its records are called there.
#[derive(Debug)]
pub struct Opened {
    /// The CRM.
    pub crm: Crm,
    /// What the ids of the records to begin with stand for.
    pub ids: Option<Ids>,
}

impl Crm {
    /// The CRM itself where it is named and the environment says where it is, else its simulation; or a sandbox, filled
    /// with the records to begin with.
    ///
    /// # Errors
    /// When options contradict each other, a file cannot be read, or the sandbox does not start.
    pub fn open(choice: Option<&CrmChoice>, crm: &CrmName, place: &Place, loaded: &Loaded) -> Result<Opened, Failure> {
        Self::open_for(choice, crm, place, loaded, None)
    }

    /// The same, for employees whose tokens somebody keeps.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_for(
        choice: Option<&CrmChoice>,
        crm: &CrmName,
        place: &Place,
        loaded: &Loaded,
        kept: Option<&Arc<dyn Assertions>>,
    ) -> Result<Opened, Failure> {
        let path = file(choice)?;
        if matches!(choice, Some(CrmChoice::Sandbox)) {
            if place.capabilities != Switch::Target {
                return Err(Failure::usage("`--capabilities` is for simulated CRMs").help("leave it out"));
            }
            return sandbox(crm, place, loaded);
        }
        if matches!(choice, Some(CrmChoice::Named(_)))
            && let Some(live) = connection::open_for(crm, &loaded.catalog, kept)?
        {
            if place.state.is_some() || place.capabilities != Switch::Target {
                return Err(Failure::usage("`--state` and `--capabilities` are for simulated CRMs")
                    .help("leave them out, or use `--crm memory`"));
            }
            return Ok(Opened { crm: Self::Reached(Reached::Live(Box::new(live))), ids: None });
        }
        let memory = begin(crm, path, place, loaded)?;
        Ok(Opened { crm: Self::Simulated(Arc::new(memory)), ids: None })
    }

    /// The adapter.
    pub fn adapter(&self) -> &dyn Adapter {
        match self {
            Self::Simulated(memory) => &**memory,
            Self::Reached(reached) => reached.connection().adapter(),
        }
    }

    /// The adapter, for those that keep it.
    pub fn shared(&self) -> Arc<dyn Adapter> {
        match self {
            Self::Simulated(memory) => Arc::<MemoryCrm>::clone(memory),
            Self::Reached(reached) => reached.connection().shared(),
        }
    }

    /// The simulated CRM.
    pub fn memory(&self) -> Option<&MemoryCrm> {
        match self {
            Self::Simulated(memory) => Some(memory),
            Self::Reached(_) => None,
        }
    }

    /// Whether real customers are in it.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Reached(Reached::Live(_)))
    }

    /// Whether it can act for employees: a simulated CRM for anybody.
    pub fn acts_for_employees(&self) -> bool {
        match self {
            Self::Simulated(_) => true,
            Self::Reached(reached) => reached.connection().acts_for_employees(),
        }
    }

    /// The application whose users' tokens are exchanged for those of the CRM.
    pub fn exchanges_for(&self) -> Option<&str> {
        match self {
            Self::Simulated(_) => None,
            Self::Reached(reached) => reached.connection().exchanges_for(),
        }
    }

    /// Fetches what a dry run has to know about the CRM.
    ///
    /// # Errors
    /// When the CRM does not answer.
    pub fn prepare(&self) -> Result<(), Failure> {
        match self {
            Self::Simulated(_) => Ok(()),
            Self::Reached(reached) => reached.wait(reached.connection().prepare())?,
        }
    }

    /// Runs a future to its end, on the runtime that the connection belongs to.
    ///
    /// # Errors
    /// When the system gives no runtime.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        match self {
            Self::Simulated(_) => wait(work),
            Self::Reached(reached) => reached.wait(work),
        }
    }

    /// How much is told of what the CRM says about a failure.
    pub fn words(&self, place: &Place) -> Words {
        if self.is_live() && !place.crm_words { Words::WithoutValues } else { Words::All }
    }

    /// The requests that a sandbox has got, in their order; `None` elsewhere.
    pub fn requests(&self) -> Option<Vec<Json>> {
        let Self::Reached(Reached::Sandbox(local)) = self else { return None };
        let one = |entry: Entry| json!({"method": entry.method, "target": entry.target, "status": entry.status});
        Some(local.requests().into_iter().map(one).collect())
    }

    /// Keeps the records of a simulated CRM that has a file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, choice: Option<&CrmChoice>) -> Result<(), Failure> {
        match (choice, self.memory()) {
            (Some(CrmChoice::Memory(Some(path))), Some(memory)) => simulated::keep(memory, path),
            _ => Ok(()),
        }
    }
}

/// Says what the command line might have promised otherwise: a CRM's own name a connection, `--state` its records.
pub fn warn(crm: &Crm, choice: Option<&CrmChoice>, place: &Place, io: &mut Io<'_>) {
    let note = match (choice, &place.state) {
        _ if crm.memory().is_none() => return,
        (Some(CrmChoice::Named(name)), _) => format!(
            "note: nothing says where `{name}` is: this ran on its simulation and nothing is kept\nhelp: `--crm \
             memory:crm.json --target {name}` keeps the records in a file\n"
        ),
        (Some(CrmChoice::Memory(Some(path))), Some(_)) if path.exists() => {
            format!("note: `{}` is there already, so that `--state` is not used\n", path.display())
        }
        _ => return,
    };
    io.err(note);
}

/// What a command says of the requests that a sandbox has got.
pub fn tell_requests(requests: Option<Vec<Json>>, io: &mut Io<'_>) {
    for request in requests.into_iter().flatten() {
        let of =
            |name: &str| request.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let words: Vec<String> = ["method", "target", "status"].into_iter().filter_map(of).collect();
        io.line(format!("# sandbox: {}", words.join(" ")));
    }
}

/// A sandbox with the records to begin with.
fn sandbox(crm: &CrmName, place: &Place, loaded: &Loaded) -> Result<Opened, Failure> {
    let local = Local::start(loaded, crm)?;
    let state = place.state.as_deref().or(loaded.workspace.state.as_deref());
    let ids = state.map(|state| local.fill(loaded, state)).transpose()?;
    local.warm()?;
    Ok(Opened { crm: Crm::Reached(Reached::Sandbox(Box::new(local))), ids })
}

/// The simulated CRM: as the file holds it, or new and filled with the records to begin with.
fn begin(crm: &CrmName, path: Option<&Path>, place: &Place, loaded: &Loaded) -> Result<MemoryCrm, Failure> {
    let capabilities: Capabilities = place.capabilities.of(crm);
    let memory = match path {
        Some(path) => simulated::open(loaded, crm, capabilities, path)?,
        None => simulated::empty(loaded, crm, capabilities)?,
    };
    let there = path.is_some_and(Path::exists);
    let state = place.state.as_deref().or(loaded.workspace.state.as_deref());
    if let Some(state) = state.filter(|_| !there) {
        simulated::fill(loaded, &memory, state)?;
    }
    Ok(memory)
}

/// The file with the records; none for records that are forgotten.
fn file(choice: Option<&CrmChoice>) -> Result<Option<&Path>, Failure> {
    let example = "use the simulated CRM: `--crm memory:crm.json`, with `--target` for the CRM that is meant";
    match choice {
        Some(CrmChoice::Memory(None) | CrmChoice::Named(_) | CrmChoice::Sandbox) => Ok(None),
        Some(CrmChoice::Memory(Some(path))) => writable(path).map(|()| Some(path.as_path())),
        None => Err(Failure::usage("say where to run: `--crm` is missing").help(example)),
    }
}

/// A place that cannot be written is refused before anything is done there.
fn writable(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Err(Failure::usage(format!("`{}` is a folder, a file is expected", path.display())));
    }
    // The file is replaced as a whole, which its own permissions would not prevent.
    if path.metadata().is_ok_and(|found| found.permissions().readonly()) {
        return Err(Failure::outside(format!("`{}` is read-only", path.display())));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        return Ok(());
    }
    Err(Failure::usage(format!("there is no folder `{}` for the records", folder.display())))
}
