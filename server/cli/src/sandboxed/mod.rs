//! A sandbox of one command: the CRM's own protocol on this machine, filled with the workspace's records, gone when the
//! command ends.

mod reached;
mod sow;

use std::path::Path;
use std::sync::Arc;

use engage_adapters::http::Assertions;
use engage_dsl::Workspace;
use engage_dsl::source::{Source, Sources};
use engage_dsl::workspace::FileKind;
use engage_engine::CrmName;
use engage_engine::nearest::nearest;
use engage_sandbox::dataverse::Role;
use engage_sandbox::salesforce::{Profile, Right};
use engage_sandbox::server::Entry;
use engage_sandbox::{Options, Running, STARTER_SCHEMAS, Sandbox, StartError};
use serde_json::Value as Json;

use crate::case;
use crate::connection::{self, Connection};
use crate::exit::Exit;
use crate::failure::{Failure, Placed};
use crate::input;
use crate::workspace::Loaded;

pub use reached::Reached;
pub use sow::Ids;

/// The security role of the employee who acts in a sandbox.
pub const ROLE: &str = "Salesperson";

/// Employees of a sandbox who sign in beside it.
pub struct Elsewhere<'a> {
    /// The application that they sign in with.
    pub client_id: &'a str,
    /// Roles that there is a user of Dataverse for, beside those that there always are: each may what the usual employee may.
    pub roles: &'a [&'a str],
    /// What they signed in with.
    pub kept: Arc<dyn Assertions>,
}

/// A sandbox within this process, and a connection to one of its CRMs.
#[derive(Debug)]
pub struct Local {
    connection: Connection,
    running: Running,
    /// What the servers run on. The commands' own futures run elsewhere.
    runtime: tokio::runtime::Runtime,
    crm: CrmName,
}

impl Local {
    /// Starts a sandbox with what the workspace says about it, and connects to a CRM of it.
    ///
    /// # Errors
    /// When a `*.sandbox.yaml` is refused, or the system gives no ports.
    pub fn start(loaded: &Loaded, crm: &CrmName) -> Result<Self, Failure> {
        Self::start_with(loaded, crm, Options::default(), None)
    }

    /// The same, with its rows in a folder, for employees who sign in elsewhere with an application of this client id: for each of
    /// these roles there is one.
    ///
    /// # Errors
    /// As [`start`](Self::start), and when the folder cannot be written.
    pub fn start_in(loaded: &Loaded, crm: &CrmName, folder: &Path, elsewhere: &Elsewhere<'_>) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder).map_err(|error| Failure::write(folder, &error))?;
        let Elsewhere { client_id, roles, kept } = elsewhere;
        let mut options = Options { folder: Some(folder.to_owned()), ..Options::default() };
        options.dataverse_setup.client_id = Some((*client_id).to_owned());
        let usual = options.dataverse_setup.roles.iter().find(|role| role.name == ROLE).cloned();
        let named = |name: &&str| usual.clone().map(|usual| Role { name: (*name).to_owned(), ..usual });
        options.dataverse_setup.roles.extend(roles.iter().filter_map(named));
        Self::start_with(loaded, crm, options, Some(kept))
    }

    fn start_with(
        loaded: &Loaded,
        crm: &CrmName,
        options: Options,
        kept: Option<&Arc<dyn Assertions>>,
    ) -> Result<Self, Failure> {
        let names = ["dataverse", "salesforce"];
        if !names.contains(&crm.as_str()) {
            let failure = Failure::usage(format!("the sandbox has no CRM `{crm}`"));
            return Err(failure
                .suggest(nearest(crm.as_str(), names))
                .help("it has `dataverse` and `salesforce`; `--crm memory` simulates any"));
        }
        let mut options = Options { schemas: STARTER_SCHEMAS.map(str::to_owned).into(), ..options };
        options.salesforce_setup.profiles.push(advisors());
        add_files(&loaded.workspace, &mut options)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| Failure::outside(format!("the runtime does not start: {error}")))?;
        let running = runtime.block_on(Sandbox::start(options)).map_err(|error| refused(&error))?;
        let facts = running.ready().get(crm.as_str()).unwrap_or(&Json::Null);
        let connection = connection::of_sandbox(crm, facts, ROLE, kept, &loaded.catalog)?;
        Ok(Self { connection, running, runtime, crm: crm.clone() })
    }

    /// The connection to it.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Puts the records of a file into it, and says which of its ids stand for those of the file. What this takes is not
    /// in the log.
    ///
    /// # Errors
    /// When the file cannot be read, or a record is refused: told at its line.
    pub fn fill(&self, loaded: &Loaded, path: &Path) -> Result<Ids, Failure> {
        let text = input::text(path)?;
        let mut sources = Sources::default();
        let file = sources.add(Source::new(path, text.as_str()));
        let (state, problems) = case::read_state(file, &text);
        if !problems.is_empty() {
            return Err(Failure::problem("").placed(Placed::draw(&sources, &problems)));
        }
        self.running.set_lenient(true);
        let sown = self.runtime.block_on(sow::sow(&loaded.catalog, self.connection.adapter(), &state));
        self.running.set_lenient(false);
        self.running.clear_log();
        sown.map_err(|problems| Failure::problem("").placed(Placed::draw(&sources, &problems)))
    }

    /// Fetches what is fetched once, so that the log holds what a command itself asks.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub fn warm(&self) -> Result<(), Failure> {
        self.runtime.block_on(self.connection.prepare())?;
        self.running.clear_log();
        Ok(())
    }

    /// Lets employees sign in at an issuer of these keys.
    pub fn trust(&self, keys: &Json) {
        self.running.trust(keys);
    }

    /// Where it is, as its ready line says.
    pub fn ready(&self) -> &serde_json::Map<String, Json> {
        self.running.ready()
    }

    /// Runs a future on the runtime that the connection belongs to.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The requests that its CRM has got, without those for tokens.
    pub fn requests(&self) -> Vec<Entry> {
        let log = self.running.log().into_iter();
        log.filter(|entry| entry.service == self.crm.as_str() && !entry.target.contains("/oauth2/")).collect()
    }
}

/// The profile of new users in the starter package. Seeds cannot make one: no client can.
fn advisors() -> Profile {
    let all = [Right::Read, Right::Create, Right::Edit, Right::Delete].into();
    Profile { name: "Advisors".to_owned(), objects: [("*".to_owned(), all)].into(), ..Profile::default() }
}

/// Adds a workspace's `*.sandbox.yaml`: schemas and seeds.
///
/// # Errors
/// When one of them is neither.
pub fn add_files(workspace: &Workspace, options: &mut Options) -> Result<(), Failure> {
    for (_, source) in workspace.files(FileKind::Sandbox) {
        add(options, &source.path().display().to_string(), source.text())?;
    }
    Ok(())
}

/// Adds a file: a schema or a seed, by its kind.
///
/// # Errors
/// When it is neither.
pub fn add(options: &mut Options, name: &str, text: &str) -> Result<(), Failure> {
    let kind = engage_sandbox::kind_of(text);
    match kind.as_deref() {
        Some("SandboxSchema") => options.schemas.push(text.to_owned()),
        Some("SandboxSeed") => options.seeds.push(text.to_owned()),
        _ => {
            let failure = Failure::problem(format!("`{name}` is no file for a sandbox"));
            return Err(failure.help("its `kind` is `SandboxSchema` or `SandboxSeed`"));
        }
    }
    Ok(())
}

/// A sandbox that does not start.
pub fn refused(error: &StartError) -> Failure {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        words = format!("{words}: {inner}");
        source = inner.source();
    }
    let exit = match error {
        StartError::Schema(_) | StartError::Seed(_) => Exit::Problems,
        StartError::Bind { .. } | StartError::Certificate { .. } => Exit::Usage,
        _ => Exit::Outside,
    };
    Failure::new(exit, format!("the sandbox does not start: {words}"))
}
